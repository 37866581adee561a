"""The one lock of a data folder: who holds it serves the data, and nobody else opens it."""

import contextlib
import errno
import fcntl
import os
import struct
import sys
from pathlib import Path
from types import TracebackType

import msgspec

from tuichat.config.private_files import write_private
from tuichat.local.errors import DataInUse, LocalError
from tuichat.local.file_system import is_network_folder
from tuichat.local.runtime import make_folder
from tuichat.local.this_host import boot_id, host_name
from tuichat.translation import _

LOCK_NAME = "lock"
CLAIM_NAME = "lock.host"

# struct flock of <fcntl.h>, 64-bit off_t: order and padding differ between Linux and the BSDs.
_FLOCK_LINUX = "@hhqqi0q"
_FLOCK_BSD = "@qqihh"

_held_here: set[tuple[int, int]] = set()  # POSIX locks do not exclude a process from itself


class Holder(msgspec.Struct, frozen=True):
    """Who has a data folder open."""

    host: str
    boot_id: str
    pid: int

    @classmethod
    def this_process(cls) -> "Holder":
        return cls(host_name(), boot_id(), os.getpid())


class DataLock:
    """A data folder that this process alone has open, until `release` or its death.

    On one host the kernel's POSIX lock decides, so a dead holder's lock is free at once, whatever the
    pid was given to since. On a network file system, where kernels may not know of each other's locks,
    a claim file that only its host may clear decides between hosts as well.
    """

    def __init__(self, data: Path, descriptor: int, inode: tuple[int, int], *, has_claim: bool) -> None:
        self.data = data
        self._descriptor = descriptor
        self._inode = inode
        self._has_claim = has_claim

    @classmethod
    def acquire(cls, data: Path) -> "DataLock":
        """Take the lock of `data`, making the folder if there is none.

        Raises DataInUse with the holder's pid and host in its text when it is held.
        """
        make_folder(data)
        if _is_held_here(data):
            raise DataInUse(
                _("{data} is already open in this process ({getpid}).").format(data=data, getpid=os.getpid())
            )
        try:
            descriptor = os.open(data / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise LocalError(
                _("Cannot open {data}: {reason}.").format(data=data / LOCK_NAME, reason=error.strerror)
            ) from error
        status = os.fstat(descriptor)
        inode = (status.st_dev, status.st_ino)
        try:
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EAGAIN):
                    raise LocalError(
                        _("Cannot lock {data}: {reason}.").format(data=data / LOCK_NAME, reason=error.strerror)
                    ) from error
                raise DataInUse(_in_use(data, find_holder_pid(data))) from None
            has_claim = is_network_folder(data)
            if has_claim:
                _claim(data)
        except BaseException:
            os.close(descriptor)
            raise
        _held_here.add(inode)
        return cls(data, descriptor, inode, has_claim=has_claim)

    def release(self) -> None:
        if self._descriptor < 0:
            return
        if self._has_claim:
            with contextlib.suppress(OSError):
                (self.data / CLAIM_NAME).unlink()
        _held_here.discard(self._inode)
        os.close(self._descriptor)
        self._descriptor = -1

    def __enter__(self) -> "DataLock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def find_holder_pid(data: Path) -> int | None:
    """Return the pid of the process of this machine that has `data` open, or None.

    The kernel is asked (F_GETLK), which takes no lock itself: asking never stops a server from starting.
    0 stands for a holder whose pid cannot be seen from here, as in another container.
    """
    if _is_held_here(data):
        return os.getpid()
    try:
        descriptor = os.open(data / LOCK_NAME, os.O_RDWR | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise LocalError(
            _("Cannot open {data}: {reason}.").format(data=data / LOCK_NAME, reason=error.strerror)
        ) from error
    try:
        if sys.platform == "linux":
            answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack(_FLOCK_LINUX, fcntl.F_WRLCK, 0, 0, 0, 0))
            kind, _whence, _start, _length, pid = struct.unpack(_FLOCK_LINUX, answer)
        else:
            answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack(_FLOCK_BSD, 0, 0, 0, fcntl.F_WRLCK, 0))
            _start, _length, pid, kind, _whence = struct.unpack(_FLOCK_BSD, answer)
    finally:
        os.close(descriptor)
    return None if kind == fcntl.F_UNLCK else max(int(pid), 0)


def _is_held_here(data: Path) -> bool:
    """Say whether this process holds the lock, without opening it: closing any descriptor drops the lock."""
    try:
        status = (data / LOCK_NAME).stat()
    except OSError:
        return False  # we could stat it when we took it
    return (status.st_dev, status.st_ino) in _held_here


def _claim(data: Path) -> None:
    """Write this host's name on `data`; the kernel's lock is held, so only other hosts compete.

    Exclusive creation is atomic over NFS since version 3 (open(2)).
    """
    path = data / CLAIM_NAME
    ours = msgspec.json.encode(Holder.this_process())
    for _attempt in range(2):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            present = _read_claim(path)
            if present is not None and present.host == host_name():
                write_private(path, ours)  # we hold this host's lock, so the earlier one here is gone
                return
            if present is None and not path.exists():
                continue
            name = (
                _("another host")
                if present is None
                else _("the host {host} (process {pid})").format(host=present.host, pid=present.pid)
            )
            raise DataInUse(
                _(
                    "{data} lies on a network file system and is open on {name}. Stop the server there; if that "
                    "host is gone for good, remove {path}."
                ).format(data=data, name=name, path=path)
            ) from None
        with os.fdopen(descriptor, "wb") as file:
            file.write(ours)
            file.flush()
            os.fsync(file.fileno())
        return


def _read_claim(path: Path) -> Holder | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    except (OSError, msgspec.MsgspecError):
        return None


def _in_use(data: Path, pid: int | None) -> str:
    if pid:
        return _(
            "{data} is open in process {pid} on this machine; `tuichat server stop` ends a background server."
        ).format(data=data, pid=pid)
    return _("{data} is open in another process on this machine.").format(data=data)
