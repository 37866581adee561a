"""What a message may be: how long, with how many files and how large ones. Told before anything is sent."""

from collections.abc import Sequence

from tuichat.client.errors import RefusedError
from tuichat.client.uploads import MAX_FILES, OutgoingFile
from tuichat.protocol.message import MAX_CONTENT_CHARACTERS
from tuichat.translation import _


def check_new(text: str, files: Sequence[OutgoingFile], max_upload_bytes: int) -> None:
    """Raise RefusedError for a message that is empty or too long, or has too many or too large files."""
    if not text.strip() and not files:
        raise RefusedError(_("A message needs some text."))
    if len(files) > MAX_FILES:
        raise RefusedError(
            _("A message has at most {max_files} files, this one has {count}: send it in parts.").format(
                max_files=MAX_FILES, count=len(files)
            )
        )
    check_file_sizes(files, max_upload_bytes)
    if len(text) > MAX_CONTENT_CHARACTERS:
        raise RefusedError(
            _(
                "A message has at most {max_content_characters} characters, this one has {count}: take out "
                "{surplus}, or send it in parts."
            ).format(
                max_content_characters=MAX_CONTENT_CHARACTERS,
                count=len(text),
                surplus=len(text) - MAX_CONTENT_CHARACTERS,
            )
        )


def check_file_sizes(files: Sequence[OutgoingFile], max_upload_bytes: int) -> None:
    """Raise RefusedError, with the limit, for a file that the server says it does not take; 0 says nothing."""
    for file in files:
        if max_upload_bytes and file.size_bytes > max_upload_bytes:
            raise RefusedError(
                _("This server takes files of up to {limit:.0f} MiB, {name} has {size_bytes:.1f} MiB.").format(
                    limit=max_upload_bytes / 1048576, name=file.name, size_bytes=file.size_bytes / 1048576
                )
            )


def check_edited(text: str) -> None:
    """Raise RefusedError for an edited text that is too long."""
    if len(text) > MAX_CONTENT_CHARACTERS:
        raise RefusedError(
            _("A message has at most {max_content_characters} characters, this one has {count}.").format(
                max_content_characters=MAX_CONTENT_CHARACTERS, count=len(text)
            )
        )
