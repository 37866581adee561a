"""Has a text edited in the user's own editor, which has the terminal meanwhile."""

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tuichat.config.editor import EditorError, find_editor
from tuichat.config.private_files import PrivateFileError, write_private
from tuichat.translation import _

MAX_BYTES = 1024 * 1024  # taste: five hundred of the longest messages
_KEYBOARD_SIGNALS = (signal.SIGINT, signal.SIGQUIT)


class Edited(msgspec.Struct, frozen=True):
    """The text as the editor left it; `problem` is a sentence when the editor failed, empty when it did not."""

    text: str
    problem: str = ""


async def edit_outside(text: str) -> Edited:
    """Return the text after its user has edited it. Call it while the terminal is let go.

    The file is private, in a folder of mode 0700, and gone afterwards. What an editor wrote before it failed is kept.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="tuichat-") as folder:
            path = Path(folder) / "message.md"
            write_private(path, text.encode("utf-8", "replace"))
            problem = await _run(path)
            return Edited(_read(path, text), problem)
    except (EditorError, PrivateFileError, OSError) as error:
        return Edited(text, str(error))


async def _run(path: Path) -> str:
    """Run the editor; return what went wrong with it. Raises EditorError when there is none."""
    command = find_editor()
    with _deaf_to_keyboard():
        try:
            process = await asyncio.create_subprocess_exec(*command, str(path))
        except OSError as error:
            raise EditorError(
                _("Cannot run the editor {editor}: {reason}. Set EDITOR.").format(
                    editor=command[0], reason=error.strerror
                )
            ) from error
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            raise
    if code:
        return _("The editor {editor} ended with {code}; ctrl+z brings back what was there before.").format(
            editor=command[0], code=code
        )
    return ""


@contextlib.contextmanager
def _deaf_to_keyboard() -> Iterator[None]:
    """Leave ctrl+c to the editor: the terminal sends its signal to us as well. (An ignored one would be ignored there too.)"""
    before = {number: signal.signal(number, lambda *_: None) for number in _KEYBOARD_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _read(path: Path, before: str) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES).decode("utf-8", "replace")
    # Editors end the last line; who wrote it did not.
    return content if before.endswith("\n") else content.removesuffix("\n")
