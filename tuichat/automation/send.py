"""`tuichat send`: words, standard input or files to one address."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuichat.automation import text_source
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.headless import Headless
from tuichat.automation.pieces import pieces
from tuichat.automation.place import Place, find_place
from tuichat.automation.program import run_to_end, say
from tuichat.automation.progress import progress_words, shown
from tuichat.automation.sender import Sender
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.uploads import OutgoingFile, choose
from tuichat.commands.errors import CommandError
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.protocol.message import MAX_CONTENT_CHARACTERS
from tuichat.text import mention_text
from tuichat.translation import _, ngettext

READ_AHEAD = 20_000  # messages (taste): how many there are is known early, and a pipe without end fits in memory


@dataclass(frozen=True, slots=True)
class SendOrder:
    """What the command line says. Without words and files, standard input is the text: a message, or one a line."""

    address: str
    words: str | None = None
    files: tuple[Path, ...] = ()
    is_by_line: bool = False


def run(profile: Profile, settings: Settings, order: SendOrder) -> int:
    return run_to_end(_run(profile, settings, order))


async def _run(profile: Profile, settings: Settings, order: SendOrder) -> int:
    files = _chosen(order.files)
    if not files and order.words is not None and not order.words.strip():
        raise CommandError(_("There is nothing to send: the words are empty."))
    async with Headless(profile, settings) as accounts:
        place = await find_place(order.address, accounts)
        sender = Sender(place.client, place.channel_id)
        if files:
            return await _send_files(order, place, sender, files)
        return await Run(place, sender).send_all(_texts(order), needs_text=not order.is_by_line)


def _texts(order: SendOrder) -> AsyncIterator[str]:
    if order.words is not None:
        return text_source.words(order.words)
    descriptor = text_source.standard_input()
    if os.isatty(descriptor):
        say(_("Write what is to be sent; Ctrl+D at the beginning of a line ends it."))
    read = text_source.lines if order.is_by_line else text_source.whole
    return read(descriptor)


def _chosen(paths: Sequence[Path]) -> list[OutgoingFile]:
    try:
        return [choose(path.expanduser()) for path in paths]
    except RefusedError as error:
        raise CommandError(str(error)) from error


async def _send_files(order: SendOrder, place: Place, sender: Sender, files: list[OutgoingFile]) -> int:
    """Send the files with the first message of the words, and what does not fit into one after it."""
    texts = [each for piece in pieces(order.words or "") for each in carried(piece, place)]
    await sender.send(texts[0] if texts else "", files)
    for text in texts[1:]:
        await sender.send(text)
    return ExitCode.DONE


class Run:
    """One run of messages to a place: what is read waits its turn, and what went is counted."""

    def __init__(self, place: Place, sender: Sender) -> None:
        self._place = place
        self._sender = sender
        self._waiting: asyncio.Queue[str | CommandError | None] = asyncio.Queue(READ_AHEAD)
        self._count = 0  # read so far
        self._is_read = False

    async def send_all(self, texts: AsyncIterator[str], *, needs_text: bool) -> int:
        """Send each when the one before has arrived, and stop at the first that is refused."""
        reading = asyncio.create_task(self._read(texts))
        try:
            async with shown(self._progress, sys.stderr):
                while (text := await self._waiting.get()) is not None:
                    if isinstance(text, CommandError):
                        raise text
                    await self._sender.send(text)
        except ClientError as error:
            say(str(error))
            self._tell_count()
            return ExitCode.FAILED
        except asyncio.CancelledError:
            self._tell_count()
            raise
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        if needs_text and not self._count:
            raise CommandError(_("There is nothing to send: standard input is empty."))
        return ExitCode.DONE

    async def _read(self, texts: AsyncIterator[str]) -> None:
        last: CommandError | None = None
        try:
            async for piece in texts:
                for text in carried(piece, self._place):
                    self._count += 1
                    await self._waiting.put(text)
        except CommandError as error:
            last = error
        self._is_read = True
        await self._waiting.put(last)

    def _progress(self) -> str:
        left_s = self._sender.left_s(self._count - self._sender.sent)
        return progress_words(self._sender.sent, self._count if self._is_read else None, left_s)

    def _tell_count(self) -> None:
        sent = self._sender.sent
        if self._is_read:
            words = ngettext(
                "{sent} of {count} message was sent.", "{sent} of {count} messages were sent.", self._count
            )
        else:
            words = ngettext("{sent} message was sent.", "{sent} messages were sent.", sent)
        say(words.format(sent=sent, count=self._count))


def carried(text: str, place: Place, limit: int = MAX_CONTENT_CHARACTERS) -> Iterator[str]:
    """Yield a message with its mentions as the protocol carries them, in parts where that makes it too long."""
    encoded = mention_text.encode(text, place.client.state, place.channel_id)
    if len(encoded) <= MAX_CONTENT_CHARACTERS or limit < 2:
        yield encoded[:MAX_CONTENT_CHARACTERS]
        return
    for part in pieces(text, limit // 2):
        yield from carried(part, place, limit // 2)
