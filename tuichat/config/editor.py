"""Opens the settings in the user's editor and checks what comes back."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tuichat.config.example import example_text
from tuichat.config.loader import ConfigError, load
from tuichat.config.private_files import make_private_dir, write_private
from tuichat.errors import TuichatError
from tuichat.translation import _

_FALLBACK_EDITORS = ("sensible-editor", "nano", "vi", "ed")


class EditorError(TuichatError):
    """The user's editor cannot be run, or gave up."""


def edit_settings(path: Path, *, edit_again: Callable[[str], bool]) -> None:
    """Open `path` in the editor, made from the example if absent, until it is right or the user stops.

    `edit_again` is told what is wrong and answers whether to open the editor once more. Raises
    ConfigError when the user leaves the file wrong.
    """
    if not path.exists():
        make_private_dir(path.parent)
        write_private(path, example_text().encode())
    while True:
        _run_editor(path)
        try:
            load(path)
        except ConfigError as error:
            if not edit_again(str(error)):
                raise
        else:
            return


def _run_editor(path: Path) -> None:
    command = [*find_editor(), os.fspath(path)]
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603  # the user's own choice
    except OSError as error:
        raise EditorError(
            _("Cannot run the editor {command}: {reason}. Set EDITOR.").format(
                command=command[0], reason=error.strerror
            )
        ) from error
    if code:
        raise EditorError(
            _("The editor {command} ended with {code}; {path} is as it left it.").format(
                command=command[0], code=code, path=path
            )
        )


def find_editor() -> list[str]:
    """Return the words of the user's editor command. Raises EditorError when there is none."""
    for variable in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(os.environ.get(variable, ""))
        except ValueError as error:
            raise EditorError(
                _("{variable} is not a command: {error}.").format(variable=variable, error=error)
            ) from error
        if words:
            return words
    for name in _FALLBACK_EDITORS:
        if shutil.which(name):
            return [name]
    raise EditorError(_("No editor was found; set EDITOR to the one you use."))
