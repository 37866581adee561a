"""What a running server says about itself to the programs of its user: one small private file."""

import contextlib
import enum
import os
from pathlib import Path

import msgspec

import tuichat
from tuichat.config.private_files import PrivateFileError, check_private, write_private
from tuichat.local.errors import LocalError
from tuichat.local.this_host import boot_id, host_name
from tuichat.translation import _

RECORD_NAME = "server.json"


class ServerState(enum.Enum):
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


class ServerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The record; it counts only while its process holds the lock of the same data folder."""

    state: ServerState
    pid: int
    host: str
    boot_id: str
    version: str
    is_personal: bool  # started by tuichat itself, which may therefore stop and replace it
    socket_path: str
    tcp_host: str = ""  # empty until READY
    tcp_port: int = 0  # 0 until READY
    is_tls: bool = False  # whether TCP speaks TLS
    server_id: str = ""  # empty until READY
    reason: str = ""  # why a server that is STOPPING stops, for the screen of those who wait

    @classmethod
    def of_this_process(cls, socket_path: Path, *, is_personal: bool) -> "ServerRecord":
        """Return the record of a server that has just taken the lock, in state STARTING."""
        return cls(
            state=ServerState.STARTING,
            pid=os.getpid(),
            host=host_name(),
            boot_id=boot_id(),
            version=tuichat.__version__,
            is_personal=is_personal,
            socket_path=os.fspath(socket_path),
        )

    @property
    def url(self) -> str:
        """Where programs reach the server over TCP."""
        host = f"[{self.tcp_host}]" if ":" in self.tcp_host else self.tcp_host
        return f"{'https' if self.is_tls else 'http'}://{host}:{self.tcp_port}"

    def ready(self, *, server_id: str, tcp_host: str, tcp_port: int, is_tls: bool = False) -> "ServerRecord":
        return msgspec.structs.replace(
            self, state=ServerState.READY, server_id=server_id, tcp_host=tcp_host, tcp_port=tcp_port, is_tls=is_tls
        )

    def stopping(self, reason: str = "") -> "ServerRecord":
        return msgspec.structs.replace(self, state=ServerState.STOPPING, reason=reason)

    def write(self, data: Path) -> None:
        """Put the record into the data folder, mode 0600, in one step. Call it under the DataLock."""
        write_private(data / RECORD_NAME, msgspec.json.format(msgspec.json.encode(self)))

    @staticmethod
    def remove(data: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            (data / RECORD_NAME).unlink()

    @classmethod
    def read(cls, data: Path) -> "ServerRecord | None":
        """Return the record of `data`, or None when there is none or a half-written world is all there is.

        Raises LocalError when others could have written it.
        """
        path = data / RECORD_NAME
        try:
            check_private(path)
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PrivateFileError as error:
            raise LocalError(_("Not trusting the server's record: {error}").format(error=error)) from error
        except OSError as error:
            raise LocalError(_("Cannot read {path}: {reason}.").format(path=path, reason=error.strerror)) from error
        except msgspec.MsgspecError:
            return None  # another release's record; the lock tells whether its writer still lives


class ServerAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A server of this user that was reached and verified."""

    server_id: str
    version: str
    socket_path: Path
    tcp_host: str
    tcp_port: int
    url: str  # of TCP
    pid: int

    @classmethod
    def of(cls, record: ServerRecord) -> "ServerAddress":
        return cls(
            server_id=record.server_id,
            version=record.version,
            socket_path=Path(record.socket_path),
            tcp_host=record.tcp_host,
            tcp_port=record.tcp_port,
            url=record.url,
            pid=record.pid,
        )
