"""Which folders may hold a server's data: a new one, an empty one, or one that holds it already."""

import os
import pwd
import shlex
import stat
from pathlib import Path

from tuichat.config.paths import data_dir
from tuichat.local.database_place import PLACE_NAME
from tuichat.local.errors import LocalError
from tuichat.local.runtime import make_folder
from tuichat.translation import _

DATABASE_NAME = "tuichat.db"
FILES_NAME = "files"  # the folder of attachments and pictures

# What programs of tuichat may leave in a folder before its database is made, and what a file system puts there.
_BOOKKEEPING = frozenset({"backups", "lock", "lock.host", "start.lock", "server.json", "stopped", "run", "lost+found"})
_DRAFTS = (".server.json.", ".lock.host.", f".{PLACE_NAME}.")
_SHOWN_NAMES = 3


def open_data_folder(data: Path) -> Path:
    """Return `data`, made if there is none, with mode 0700; a folder of other things is neither closed nor written to.

    Raises LocalError for a folder that holds other files and no data of tuichat, or that belongs to somebody else.
    """
    if _is_there(data):
        foreign = [] if has_data(data) else sorted(name for name in _names(data) if not _is_bookkeeping(name))
        if foreign:
            shown = ", ".join(foreign[:_SHOWN_NAMES]) + (", ..." if len(foreign) > _SHOWN_NAMES else "")
            raise LocalError(
                _(
                    "{data} holds other files ({shown}) and no data of tuichat, so it was left alone. Give "
                    "--data a new or an empty folder, such as {data2}."
                ).format(data=data, shown=shown, data2=data / "tuichat")
            )
    return make_folder(data)


def require_data(data: Path) -> Path:
    """Return `data`, which holds a server's data. Raises LocalError, and makes nothing, where it does not."""
    if not _is_there(data) or not has_data(data):
        raise LocalError(
            _("There is no tuichat data in {data}; `tuichat serve --data {data}` makes some.").format(data=data)
        )
    return data


def data_option(data: Path) -> str:
    """Return what a command needs behind it, a blank first, so that it means `data`: nothing for the personal server's."""
    return "" if data == data_dir() else _(" --data {data}").format(data=shlex.quote(str(data)))


def has_data(data: Path) -> bool:
    """Say whether the rows of a server are in the folder, or a note of where they are."""
    return (data / DATABASE_NAME).exists() or (data / PLACE_NAME).exists()


def _is_there(data: Path) -> bool:
    """Say whether `data` is a folder of ours. Raises LocalError when it is something else, or somebody else's."""
    try:
        status = data.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise LocalError(
            _("Cannot open the folder {data}: {reason}.").format(data=data, reason=error.strerror)
        ) from error
    if not stat.S_ISDIR(status.st_mode):
        raise LocalError(_("{data} must be a folder and is a file; give --data another name.").format(data=data))
    if status.st_uid != os.getuid():
        owner = _user_name(status.st_uid)
        raise LocalError(
            _(
                "{data} belongs to {owner}, not to you ({user_name}). Run this as {owner}, or give --data a "
                "folder of your own."
            ).format(data=data, owner=owner, user_name=_user_name(os.getuid()))
        )
    return True


def _names(data: Path) -> list[str]:
    try:
        return os.listdir(data)
    except OSError as error:
        raise LocalError(
            _("Cannot read the folder {data}: {reason}.").format(data=data, reason=error.strerror)
        ) from error


def _is_bookkeeping(name: str) -> bool:
    return name in _BOOKKEEPING or name.startswith(_DRAFTS)


def _user_name(uid: int) -> str:
    try:
        return _("the user {pw_name}").format(pw_name=pwd.getpwuid(uid).pw_name)
    except KeyError:
        return _("user {uid}").format(uid=uid)
