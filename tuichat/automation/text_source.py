"""Where the text of messages comes from: words of the command line, or standard input, whole or line by line."""

import codecs
import sys
from collections.abc import AsyncIterator

from tuichat.automation.pieces import pieces
from tuichat.commands.errors import CommandError
from tuichat.local.descriptor import read_block
from tuichat.translation import _

MAX_WHOLE_BYTES = 16 * 1024 * 1024  # taste: eight thousand messages; who sends more sends a file
MAX_LINE_CHARACTERS = 1024 * 1024  # taste: a line beyond it is sent in parts as it comes


def standard_input() -> int:
    """Return the descriptor of standard input. Raises CommandError where it is closed."""
    if sys.stdin is None:  # its number may be that of a socket by now
        raise CommandError(_("Standard input is closed: there is nothing to read."))
    return sys.stdin.fileno()


async def whole(descriptor: int) -> AsyncIterator[str]:
    """Yield all that comes as one message, or as many as it needs. Raises CommandError where it is too much."""
    blocks: list[bytes] = []
    count = 0
    while block := await read_block(descriptor):
        count += len(block)
        if count > MAX_WHOLE_BYTES:
            raise CommandError(
                _(
                    "Standard input has more than {limit} MiB: send it as a file with -f, or line by line with --lines."
                ).format(limit=MAX_WHOLE_BYTES >> 20)
            )
        blocks.append(block)
    for piece in pieces(b"".join(blocks).decode(errors="replace").replace("\r\n", "\n")):
        yield piece


async def lines(descriptor: int) -> AsyncIterator[str]:
    """Yield each line that is not blank as soon as it is there; one that is too long for a message becomes several."""
    async for line in script_lines(descriptor):
        for piece in pieces(line):
            yield piece


async def script_lines(descriptor: int) -> AsyncIterator[str]:
    """Yield each line as it is, blank ones too, as soon as it is there."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = ""
    is_ended = False
    while not is_ended:
        block = await read_block(descriptor)
        is_ended = not block
        text += decoder.decode(block, final=is_ended)
        *whole_lines, text = text.split("\n")
        if text and (is_ended or len(text) > MAX_LINE_CHARACTERS):
            whole_lines.append(text)
            text = ""
        for line in whole_lines:
            yield line.removesuffix("\r")


async def words(text: str) -> AsyncIterator[str]:
    """Yield what the command line has."""
    for piece in pieces(text):
        yield piece
