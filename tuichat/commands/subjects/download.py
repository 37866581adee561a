"""The command that saves the files of a message."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from tuichat.client.errors import RefusedError
from tuichat.client.file_name import safe_file_name
from tuichat.client.transfer import transfer_key
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.naming.named_message import HELP
from tuichat.protocol.json import printable
from tuichat.protocol.message import Attachment
from tuichat.translation import _


@command
async def download(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    path: Annotated[Text | None, "a folder, or a name for its only file; the present folder without"] = None,
) -> Outcome:
    """Save the files of a message, and tell where. Nothing is overwritten; what broke off goes on where it was."""
    return await save_files(context, message, path)


@command
async def save(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    path: Annotated[Text | None, "a folder, or a name for its only file; the present folder without"] = None,
) -> Outcome:
    """Save the files of a message, as /download does."""
    return await save_files(context, message, path)


async def save_files(context: CommandContext, message: FoundMessage, path: str | None) -> Outcome:
    files = message.message.attachments
    if not files:
        raise RefusedError(_("That message has no files."))
    folder, name = _target(path, files)
    saved = [await _save(message, number, item, folder, name) for number, item in enumerate(files)]
    if context.is_script:
        return Outcome(text="\n".join(map(str, saved)))
    return Outcome(text="\n".join(_("Saved: {path}").format(path=each) for each in saved))


async def _save(found: FoundMessage, number: int, item: Attachment, folder: Path, name: str | None) -> Path:
    entry = found.client.state.timeline(found.channel_id).find(int(found.message.id))
    key = transfer_key(found.channel_id, str(int(found.message.id)) if entry is None else entry.key, number)
    return await found.client.downloads.save(key, item.url, name or item.filename, item.size, folder)


def _target(path: str | None, files: Sequence[Attachment]) -> tuple[Path, str | None]:
    """Return the folder to save to, and the name of the file where one was chosen. Raises RefusedError."""
    try:
        target = Path(path or ".").expanduser().absolute()
    except RuntimeError as error:
        raise RefusedError(_("{path} is no path: {error}.").format(path=printable(path or ""), error=error)) from error
    if path is None or path.endswith(os.sep) or target.is_dir():
        return target, None
    if len(files) > 1:
        words = _("The message has {count} files: name a folder for them, with / at its end.")
        raise RefusedError(words.format(count=len(files)))
    if os.path.lexists(target):
        raise RefusedError(
            _("{path} is there already, and is not overwritten: choose another name.").format(path=target)
        )
    if safe_file_name(target.name) != target.name:
        words = _("A file that comes from elsewhere cannot be called {name}: choose another name.")
        raise RefusedError(words.format(name=printable(target.name)))
    return target.parent, target.name
