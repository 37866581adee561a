"""A copy of a store, as a new file of the embedded one, has every row."""

from pathlib import Path

import pytest

from tests.server.store.conftest import World
from tuichat.server.store.errors import StoreError
from tuichat.server.store.message_rows import MessageExtras, MessageRow, PollAnswerRow, PollRow
from tuichat.server.store.message_search import MessageSearch, SearchIndexing
from tuichat.server.store.operations import AddReaction, Put, SetVotes
from tuichat.server.store.rows import ImageRow, SoundRow, TokenRow
from tuichat.server.store.sqlite import SQLiteStore


async def test_a_copy_has_every_row_and_goes_on_from_the_last_id(world: World, tmp_path: Path) -> None:
    poll = PollRow(question="?", answers=(PollAnswerRow(id=1, text="yes"),), expires_ms=2**52)
    rows: list[MessageRow] = []
    for number in range(50):
        row = world.message(f"number {number}", nonce=f"n{number}")
        rows.append(await world.store.add_message(row, [world.event()], is_nonce_unique=True, marks_read=True))
    polled = await world.store.add_message(world.message(extras=MessageExtras(poll=poll)), pinged_ids=[world.bob])
    sound = SoundRow(
        id=world.take(), guild_id=world.guild, name="boing", volume=0.25, creator_id=world.ada, content_type="audio/ogg",
        size_bytes=5, emoji_id=None, emoji_name=None,
    )  # fmt: skip
    await world.store.write(
        [
            SetVotes(polled.id, world.bob, (1,)),
            AddReaction(polled.id, world.channel, "\U0001f600", "x", False, int(world.ada), int(world.take())),
            Put(TokenRow(id=world.take(), user_id=world.ada, secret_hash=b"\x00\xff")),
            Put(ImageRow(kind="icons", owner_id=world.guild, guild_id=world.guild, hash="aa", file="aa")),
            Put(sound),
        ]
    )
    seen: list[tuple[int, int]] = []
    target = tmp_path / "copy.db"
    await world.store.copy_to(target, lambda done, total: seen.append((done, total)))
    assert target.stat().st_mode & 0o777 == 0o600
    assert seen[-1][0] == seen[-1][1]
    copy = await SQLiteStore.open(target, publish=lambda event: None)
    try:
        assert copy.server_id == world.store.server_id
        assert copy.next_id(0) > sound.id
        assert await copy.load() == await world.store.load()
        assert await copy.load_social() == await world.store.load_social()
        assert await copy.read_messages(world.channel, limit=100) == [polled, *reversed(rows)]
        assert await copy.read_events(world.guild, 0) == await world.store.read_events(world.guild, 0)
        assert await copy.read_states(world.bob) == await world.store.read_states(world.bob)
        assert await copy.read_reactions([polled.id], 0) == await world.store.read_reactions([polled.id], 0)
        assert await copy.read_votes(polled.id, world.bob) == [1]
        again = world.message("again", nonce="n3")
        assert await copy.add_message(again, is_nonce_unique=True) == rows[3]
        assert (await copy.statistics()).counts == (await world.store.statistics()).counts
        wanted = MessageSearch(guild_id=world.guild, phrases=("number",))
        while isinstance(page := await copy.search(wanted), SearchIndexing):
            pass
        assert page.total == 50
    finally:
        await copy.close()


async def test_a_copy_replaces_no_file(world: World, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("kept")
    with pytest.raises(StoreError, match="cannot be written"):
        await world.store.copy_to(target, lambda done, total: None)
    assert target.read_text() == "kept"
