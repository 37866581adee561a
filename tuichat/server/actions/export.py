"""Export: everything of a guild in a zip of JSON lines, for other programs to read."""

import asyncio
import contextlib
import os
import zipfile
from collections.abc import AsyncGenerator, Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from tuichat.errors import TuichatError
from tuichat.protocol import codec
from tuichat.server.actions import message_objects, scheduled_event_objects, stage_objects, wire
from tuichat.server.actions.admin import find_guild
from tuichat.server.actions.backup import require_target
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.upkeep_step import UpkeepStep
from tuichat.server.files.errors import FileMissing
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import AttachmentRow

PAGE = 100  # messages that are made into JSON at once
MODE = 0o600
MAX_MISSING = 1000


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which guild, by id or exact name (None: the only one), and to which new file."""

    guild: str | None = None
    target: str


class ExportFailed(TuichatError):
    """The zip cannot be written; the text says why."""


async def export(ctx: Context, state: GuildState, target: Path) -> AsyncGenerator[UpkeepStep, None]:
    """Write a guild to the new file `target`, mode 0600, and tell how far it is. What fails is told by the last step.

    In it are guild.json, roles.jsonl, channels.jsonl (threads among them), members.jsonl, scheduled_events.jsonl,
    live_rooms.jsonl, messages/CHANNEL.jsonl (oldest first) and attachments/ATTACHMENT/NAME; every object as the REST API
    answers it. What is written meanwhile may be in it.
    """
    try:
        with _new_zip(target) as archive:
            async with ctx.files.hold():
                missing: list[str] = []
                async for step in _fill(ctx, state, archive, missing):
                    yield step
    except TuichatError as error:
        yield UpkeepStep(fault=str(error))
        return
    yield UpkeepStep(is_done=True, missing=missing[:MAX_MISSING])


def find(ctx: Context, request: ExportRequest) -> tuple[GuildState, Path]:
    """Return what to export and where to. Raises ActionError 50035."""
    return find_guild(ctx, request.guild), require_target(request.target)


async def _fill(
    ctx: Context, state: GuildState, archive: zipfile.ZipFile, missing: list[str]
) -> AsyncGenerator[UpkeepStep, None]:
    channels = [*state.channels.values(), *state.threads.values()]
    write = asyncio.to_thread
    await write(archive.writestr, "guild.json", codec.encode(wire.guild(ctx, state)))
    await write(archive.writestr, "roles.jsonl", _lines(wire.roles(state)))
    await write(archive.writestr, "channels.jsonl", _lines(_shown(state, row) for row in channels))
    planned = ctx.scheduled_events.of(state.id)
    events = _lines(scheduled_event_objects.shown(ctx, row) for row in planned)
    await write(archive.writestr, "scheduled_events.jsonl", events)
    live = _lines(stage_objects.live_room(ctx, stage) for stage in state.stages.values())
    await write(archive.writestr, "live_rooms.jsonl", live)
    members = list(state.members.values())
    with archive.open("members.jsonl", "w") as file:
        for begin in range(0, len(members), PAGE):
            await write(file.write, _lines(wire.member(ctx, row) for row in members[begin : begin + PAGE]))
    for number, channel in enumerate(channels):
        attachments: list[AttachmentRow] = []
        with archive.open(f"messages/{channel.id}.jsonl", "w", force_zip64=True) as file:
            async for page, found in _pages(ctx, state, channel):
                await write(file.write, page)
                attachments += found
        for attachment in attachments:
            await _add_file(ctx, archive, attachment, missing)
        yield UpkeepStep(phase="channels", done=number + 1, total=len(channels))


async def _pages(
    ctx: Context, state: GuildState, channel: ChannelRow
) -> AsyncGenerator[tuple[bytes, list[AttachmentRow]], None]:
    after = 0
    while rows := await ctx.store.read_messages(channel.id, after=after, limit=PAGE):
        rows.reverse()  # a page is newest first
        after = rows[-1].id
        shown = await message_objects.messages(ctx, state, rows)
        yield _lines(shown), [attachment for row in rows for attachment in row.attachments]


async def _add_file(ctx: Context, archive: zipfile.ZipFile, attachment: AttachmentRow, missing: list[str]) -> None:
    name = f"attachments/{attachment.id}/{_file_name(attachment.filename)}"
    try:
        async with ctx.files.local_copy(attachment.sha256) as path:
            await asyncio.to_thread(_copy, archive, name, path)
    except FileMissing:
        missing.append(attachment.sha256)


def _copy(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_STORED  # most are compressed already
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as file:
        while chunk := source.read(1 << 20):
            file.write(chunk)


def _shown(state: GuildState, row: ChannelRow) -> object:
    return wire.channel(state, row) if row.thread is None else wire.thread(state, row)


def _lines(objects: Iterable[object]) -> bytes:
    return b"".join(codec.encode(each) + b"\n" for each in objects)


def _file_name(name: str) -> str:
    """A name that stays in its folder, wherever the zip is unpacked."""
    last = name.replace("\\", "/").rpartition("/")[2]
    cleaned = "".join(character if character.isprintable() else "_" for character in last)
    return cleaned if cleaned.strip(". ") else "file"


@contextlib.contextmanager
def _new_zip(target: Path) -> Iterator[zipfile.ZipFile]:
    """A new zip, whole on the disk when left; gone where something failed."""
    try:
        descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, MODE)
    except OSError as error:
        raise ExportFailed(f"{target} cannot be written: {error.strerror}.") from error
    file: IO[bytes] = os.fdopen(descriptor, "w+b")
    try:
        with file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        target.unlink(missing_ok=True)
        raise ExportFailed(f"{target} cannot be written: {error.strerror or error}.") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
