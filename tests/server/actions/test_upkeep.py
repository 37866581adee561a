"""What whoever runs the server does with its data: count it, purge old messages, export a guild."""

import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Town, refused
from tests.server.actions.room_people import Room
from tests.server.actions.test_scheduled_events import elsewhere, plan
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, Snowflake
from tuichat.server.actions import export, purge
from tuichat.server.actions.admin import (
    AdminAnswer,
    AdminRequest,
    PurgeMessages,
    ShowStatistics,
    Task,
    execute,
)
from tuichat.server.actions.export import ExportRequest
from tuichat.server.actions.upkeep_step import UpkeepStep
from tuichat.server.store.message_rows import AttachmentRow, MessageRow

DAY_MS = 86_400_000


async def ask(town: Town, task: Task) -> AdminAnswer:
    return await execute(town.ctx, AdminRequest(task))


def id_of(ms: int, number: int = 0) -> Snowflake:
    return Snowflake(((ms - EPOCH_MS) << TIMESTAMP_SHIFT) + number)


async def write_old(town: Town, days: int, number: int) -> Snowflake:
    row = MessageRow(
        id=id_of(town.clock.ms - days * DAY_MS, number),
        channel_id=town.general,
        author_id=town.ada.user_id,
        content=f"{days} days ago",
    )
    await town.ctx.store.add_message(row)
    return row.id


async def test_everything_is_counted(town: Town) -> None:
    await town.say("one")
    await town.say("two")
    read = (await ask(town, ShowStatistics())).statistics
    assert read is not None
    counts = {name: read.counts[name] for name in ("accounts", "guilds", "messages", "members")}
    kept = await town.ctx.store.read_messages(town.general)
    assert counts == {"accounts": 5, "guilds": 1, "messages": len(kept), "members": 4}
    assert read.counts["database_bytes"] > 10_000
    assert [(each.name, each.messages) for each in read.guilds] == [("Town", len(kept))]
    assert [(each.name, each.messages) for each in read.channels] == [("general", len(kept))]


async def test_old_messages_go_and_whoever_sees_them_is_told(town: Town) -> None:
    young = await town.say("today")
    old = [await write_old(town, 40, number) for number in range(150)]
    kept = await write_old(town, 20, 0)
    before = {row.id for row in await town.ctx.store.read_messages(town.general, limit=500)}
    town.published.clear()
    task = PurgeMessages(older_than_days=30, is_dry_run=True)
    assert (await ask(town, task)).messages == 150
    assert {row.id for row in await town.ctx.store.read_messages(town.general, limit=500)} == before
    task = msgspec.structs.replace(task, is_dry_run=False)
    assert (await ask(town, task)).messages == 150
    assert (await ask(town, task)).messages == 0
    left = {row.id for row in await town.ctx.store.read_messages(town.general, limit=500)}
    assert left == before - set(old)
    assert {young, kept} <= left
    told = [msgspec.json.decode(event.body)["ids"] for event in town.told("MESSAGE_DELETE_BULK")]
    assert sorted(int(message_id) for ids in told for message_id in ids) == old
    assert all(len(ids) <= 100 for ids in told)


async def test_a_request_removes_so_many_and_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "PAGE", 10)
    monkeypatch.setattr(purge, "MAX_STEP", 20)
    for number in range(35):
        await write_old(town, 40, number)
    task = PurgeMessages(older_than_days=30, channel=town.general)
    assert [(await ask(town, task)).messages for _ in range(3)] == [20, 15, 0]


async def test_what_to_purge_must_be_there(town: Town) -> None:
    with refused(50035):
        await ask(town, PurgeMessages(older_than_days=30, channel=Snowflake(7)))
    with refused(50035):
        await ask(town, PurgeMessages(older_than_days=30, guild="nowhere"))
    with refused(50035):
        await ask(town, PurgeMessages(older_than_days=-1))


async def exported(town: Town, target: Path) -> tuple[list[UpkeepStep], zipfile.ZipFile]:
    state, path = export.find(town.ctx, ExportRequest(target=str(target)))
    steps = [step async for step in export.export(town.ctx, state, path)]
    return steps, zipfile.ZipFile(target)


def lines(archive: zipfile.ZipFile, name: str) -> list[Any]:
    return [msgspec.json.decode(line) for line in archive.read(name).splitlines()]


async def test_a_guild_is_exported_with_its_messages_and_files(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE", 3)
    said = [await town.say(f"message {number}") for number in range(8)]
    blob = await town.ctx.files.keep_bytes(b"a file")
    files = [
        AttachmentRow(id=town.ctx.next_id(), filename=name, sha256=blob.name, size_bytes=6)
        for name in ("a.txt", "../../evil\x1b", "..")
    ]
    lost = AttachmentRow(id=town.ctx.next_id(), filename="lost", sha256="0" * 64, size_bytes=6)
    row = MessageRow(
        id=town.ctx.next_id(), channel_id=town.general, author_id=town.ada.user_id, attachments=(*files, lost)
    )
    await town.ctx.store.add_message(row)
    await plan(town, elsewhere(town))
    await Room(town).open(tags=["bees"])
    steps, archive = await exported(town, tmp_path / "town.zip")
    assert steps[-1] == UpkeepStep(is_done=True, missing=["0" * 64])
    assert (tmp_path / "town.zip").stat().st_mode & 0o777 == 0o600
    assert msgspec.json.decode(archive.read("guild.json"))["name"] == "Town"
    assert {member["user"]["username"] for member in lines(archive, "members.jsonl")} == {"ada", "mod", "bob", "hush"}
    assert {role["name"] for role in lines(archive, "roles.jsonl")} == {"@everyone", "mod"}
    assert "general" in {channel["name"] for channel in lines(archive, "channels.jsonl")}
    assert [event["name"] for event in lines(archive, "scheduled_events.jsonl")] == ["Honey"]
    assert [(room["topic"], room["tags"]) for room in lines(archive, "live_rooms.jsonl")] == [("Bees", ["bees"])]
    messages = [message for message in lines(archive, f"messages/{town.general}.jsonl") if message["type"] == 0]
    assert [int(message["id"]) for message in messages] == [*said, row.id]
    assert [message["content"] for message in messages[:2]] == ["message 0", "message 1"]
    names = [name for name in archive.namelist() if name.startswith("attachments/")]
    assert names == [
        f"attachments/{files[0].id}/a.txt", f"attachments/{files[1].id}/evil_", f"attachments/{files[2].id}/file",
    ]  # fmt: skip
    assert {archive.read(name) for name in names} == {b"a file"}


async def test_an_export_never_writes_over_a_file(town: Town, tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_bytes(b"mine")
    state, path = export.find(town.ctx, ExportRequest(guild="Town", target=str(tmp_path / "mine.zip")))
    (step,) = [step async for step in export.export(town.ctx, state, path)]
    assert step.fault is not None
    assert (tmp_path / "mine.zip").read_bytes() == b"mine"
    with refused(50035):
        export.find(town.ctx, ExportRequest(guild="nowhere", target="/x"))
    for target in ("relative", "/nul\0", "/" + "x" * 5000):
        with refused(50035):
            export.find(town.ctx, ExportRequest(target=target))


async def test_nobody_waits_for_an_export_any_more_and_nothing_is_left(town: Town, tmp_path: Path) -> None:
    await town.say("x")
    state, path = export.find(town.ctx, ExportRequest(target=str(tmp_path / "town.zip")))
    steps = export.export(town.ctx, state, path)
    await anext(steps)
    await steps.aclose()
    assert not path.exists()
    assert not town.ctx.files.is_held
