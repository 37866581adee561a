"""Starts one plugin, confines it, and ends it with all that it started; a program of its own, which imports nothing of tuichat.

Run as `python -I -S launcher.py ORDER`, where ORDER is an object in JSON (`order` in confinement.py makes it). It stays as
the plugin's parent: when its lifeline ends, which it does also where tuichat is killed, so does everything that the plugin
started, in whichever session that is. It exits as the plugin did, 128 and the signal's number where one ended it.
"""

import base64
import contextlib
import ctypes
import errno
import json
import os
import resource
import select
import signal
import struct
import sys
from typing import Any, NoReturn

CANNOT_START = 126

_PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 22, 24, 36, 38
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_GET_ABI = 1
_RULE_PATH_BENEATH = 1
_SCOPE_ABSTRACT_UNIX_SOCKET, _SCOPE_SIGNAL = 1, 2

# <linux/landlock.h>: what a rule may allow in the file system, and since which ABI there is such a right.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many of them, from the lowest bit
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_NETWORK_RIGHTS = 3  # to bind and to connect TCP, since ABI 4

_MAX_PLUGIN_TASKS = 64
_NICENESS = 5  # taste: voice and screen do not stutter, and a plugin still goes on


class _Filter(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


def main() -> NoReturn:
    order = json.loads(sys.argv[1])
    lifeline = int(order["lifeline"])
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    ready, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake)
    child = os.fork()
    if child == 0:
        _become(order)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # the pipes are the plugin's: they end with it
        os.dup2(null, descriptor)
    code = 0
    while True:
        readable, _writable, _broken = select.select([lifeline, ready], [], [])
        ended = _reap(child)
        if ended is not None:
            code = ended
            break
        if lifeline in readable:
            break
        os.read(ready, 4096)
    _end_all(child)
    os._exit(code)


def _reap(child: int) -> int | None:
    """Take note of processes that ended; return the plugin's exit code where it was among them."""
    code = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
    return code if code is None or code >= 0 else 128 - code


def _end_all(child: int) -> None:
    """End the plugin and whatever it started. What loses its parent becomes a child of ours, so in the end there is none."""
    if sys.platform != "linux":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        return
    while True:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    me = os.getpid()
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # pid (name) state parent ...: a name may hold anything
                if int(file.read().rpartition(b")")[2].split()[1]) == me:
                    found.append(int(name))
    return found


def _become(order: dict[str, Any]) -> NoReturn:
    """Be the plugin: confined, with three descriptors and an environment of its own."""
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals():
            with contextlib.suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.closerange(3, 65_536)
        os.umask(0o077)
        _limit(order["limits"])
        _stand_back()
        words: list[str] = order["words"]
        if order["bubblewrap"] is not None:  # which confines itself once it has made its namespaces
            source, sink = os.pipe()
            os.write(sink, base64.b64decode(order["filter"]))  # a few kilobytes: a pipe takes them
            os.close(sink)
            os.set_inheritable(source, True)
            words = [*order["bubblewrap"], "--seccomp", str(source), "--", *words]
        else:
            os.chdir(order["folder"])
            if sys.platform == "linux":
                _prctl(_PR_SET_NO_NEW_PRIVS, 1)
            if order["landlock"] is not None:
                _drop_capabilities()
                _restrict(order["landlock"])
                _install(base64.b64decode(order["filter"]))
        os.execvpe(words[0], words, order["environment"])  # noqa: S606  # a shell is what it must not meet
    except BaseException as error:
        reason = error.strerror if isinstance(error, OSError) else repr(error)
        os.write(2, f"{order['words'][0]} cannot be started: {reason}\n".encode())
    os._exit(CANNOT_START)


def _limit(limits: dict[str, int]) -> None:
    for name, wanted in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is None:
            continue
        if name == "NPROC":  # counts all of this user's
            wanted = _tasks_of_user() + _MAX_PLUGIN_TASKS
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(kind, (wanted, wanted))


def _stand_back() -> None:
    """Have others go first: for the processor, and where memory runs out it is the plugin that the kernel ends."""
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _tasks_of_user() -> int:
    me, count = os.getuid(), 0
    with contextlib.suppress(OSError):
        for entry in os.scandir("/proc"):
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == me:
                    count += len(os.listdir(f"/proc/{entry.name}/task"))
    return count


def _drop_capabilities() -> None:
    """Have root be a user without privileges; for others nothing changes."""
    for number in range(_LAST_CAPABILITY + 1):
        with contextlib.suppress(OSError):  # the kernel has fewer, or we may not
            _prctl(_PR_CAPBSET_DROP, number)
    header = struct.pack("=II", _CAPABILITY_VERSION_3, 0)
    _checked(_libc().capset(header, bytes(24)))


def _restrict(landlock: dict[str, Any]) -> None:
    """Have Landlock allow what the order lists and nothing else."""
    abi = int(landlock["abi"])
    handled = (1 << _RIGHTS_OF_ABI[min(abi, 5)]) - 1
    network = _NETWORK_RIGHTS if abi >= 4 and not landlock["network"] else 0
    scope = _SCOPE_ABSTRACT_UNIX_SOCKET | _SCOPE_SIGNAL if abi >= 6 else 0
    attributes = struct.pack("=QQQ", handled, network, scope)[: 24 if abi >= 6 else 16 if abi >= 4 else 8]
    ruleset = _checked(_libc().syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    reading = _EXECUTE | _READ_FILE | _READ_DIR
    for kind, rights in (
        ("read", reading),
        ("write", handled & ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV)),
        ("devices", _READ_FILE | _WRITE_FILE),
    ):
        for path in landlock[kind]:
            _allow(ruleset, path, rights & handled)
    _checked(_libc().syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there cannot be allowed, and need not be
    if not os.path.isdir(path):
        rights &= _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV
    rule = struct.pack("=Qi", rights, descriptor)
    _checked(_libc().syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0))
    os.close(descriptor)


def landlock_abi() -> int:
    """Return the version of Landlock that this kernel has, 0 for none."""
    if sys.platform != "linux":
        return 0
    version = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _GET_ABI)
    return max(int(version), 0)


def _install(program: bytes) -> None:
    """Have the kernel refuse the calls of a filter from now."""
    wanted = _Filter(len(program) // 8, program)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(wanted))


def _prctl(option: int, first: int, second: int = 0) -> None:
    zero = ctypes.c_ulong(0)
    _checked(_libc().prctl(option, ctypes.c_ulong(first), ctypes.c_ulong(second), zero, zero))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno() or errno.EPERM
        raise OSError(number, os.strerror(number))
    return int(result)


if __name__ == "__main__":
    main()
