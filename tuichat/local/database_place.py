"""The note in a data folder that says in which database its rows are, where they are not in the folder itself."""

import contextlib
from pathlib import Path

import msgspec

from tuichat.config.private_files import PrivateFileError, check_private, write_private
from tuichat.local.errors import LocalError
from tuichat.translation import _

PLACE_NAME = "database.json"


class DatabasePlace(msgspec.Struct, frozen=True, kw_only=True):
    """A database, and the server's id that its rows have: another one's are not those that go with the folder's files."""

    url: str  # never with a password in it
    server_id: str

    @classmethod
    def read(cls, data: Path) -> "DatabasePlace | None":
        """Return the note of a folder, None where its rows are in the folder. Raises LocalError for one that cannot be read."""
        path = data / PLACE_NAME
        try:
            check_private(path)
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PrivateFileError as error:
            raise LocalError(_("Not trusting the note of the database: {error}").format(error=error)) from error
        except (OSError, msgspec.MsgspecError) as error:
            raise LocalError(
                _("{path} says in which database the data is, and cannot be read: {error}.").format(
                    path=path, error=error
                )
            ) from error

    def write(self, data: Path) -> None:
        """Put the note into the folder, in one step."""
        write_private(data / PLACE_NAME, msgspec.json.format(msgspec.json.encode(self)))

    @staticmethod
    def remove(data: Path) -> None:
        """The rows are in the folder from now on."""
        with contextlib.suppress(FileNotFoundError):
            (data / PLACE_NAME).unlink()
