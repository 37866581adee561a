"""Pruning: who counts as gone for long, who may remove them, and that being here is noted."""

import pytest

from tests.server.actions.conftest import Town, outcome
from tuichat.protocol.ban import Pruned
from tuichat.server.actions import activity, presence, pruning
from tuichat.server.actions.context import open_context
from tuichat.server.bus import LocalBus
from tuichat.server.store.errors import StoreBusy

NO_ACCESS, NO_PERMISSION, INVALID = 50001, 50013, 50035
DAY_MS = 86_400_000


async def count(town: Town, days: int = 7, roles: tuple[int, ...] = ()) -> int | None:
    answer = await pruning.count_prunable(town.ctx, town.ada, town.guild_id, days=days, include_roles=roles)
    return answer.pruned


async def test_members_without_a_role_who_were_long_away_are_pruned(town: Town) -> None:
    assert await count(town) == 0
    town.clock.ms += 9 * DAY_MS
    assert await count(town, days=30) == 0
    assert await count(town) == 2  # bob and hush; mod has a role
    assert await count(town, roles=(town.mod_role,)) == 3
    presence.session_opened(town.ctx, town.bob, "s")
    assert await count(town) == 1
    presence.session_closed(town.ctx, town.bob, "s")
    assert await count(town) == 1
    town.published.clear()
    assert await pruning.prune(town.ctx, town.ada, town.guild_id, days=7) == Pruned(pruned=1)
    assert set(town.state.members) == {town.people[name].user_id for name in ("ada", "mod", "bob")}
    names = [event.name for event in town.published]
    assert names == ["GUILD_DELETE", "GUILD_MEMBER_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    (entry,) = await town.ctx.store.read_audit_log(town.guild_id, action_type=21)
    assert (entry.target_id, entry.options) == (None, b'{"delete_member_days":"7","members_removed":"1"}')


async def test_a_prune_without_count_says_nothing(town: Town) -> None:
    town.clock.ms += 9 * DAY_MS
    answer = await pruning.prune(town.ctx, town.ada, town.guild_id, days=7, with_count=False)
    assert answer.pruned is None
    assert len(town.state.members) == 2


async def test_bots_and_those_above_stay(town: Town) -> None:
    bot = await town.add_bot()
    town.clock.ms += 9 * DAY_MS
    answer = await pruning.prune(town.ctx, town.people["mod"], town.guild_id, days=7, include_roles=(town.mod_role,))
    assert answer.pruned == 2
    assert set(town.state.members) == {town.ada.user_id, town.people["mod"].user_id, bot.user_id}


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_may_prune(town: Town, who: str, expected: int | None) -> None:
    for action in (pruning.count_prunable, pruning.prune):
        result = await outcome(action(town.ctx, town.people[who], town.guild_id, days=30))
        assert (result if isinstance(result, int) else None) == expected


@pytest.mark.parametrize("days", [0, 31])
async def test_days_have_limits(town: Town, days: int) -> None:
    for action in (pruning.count_prunable, pruning.prune):
        assert await outcome(action(town.ctx, town.ada, town.guild_id, days=days)) == INVALID


async def test_days_are_written_and_read_again(town: Town) -> None:
    presence.session_opened(town.ctx, town.bob, "s")
    first = town.clock.ms // DAY_MS
    town.clock.ms += 3 * DAY_MS
    activity.note_connected(town.ctx)
    town.ctx.last_days.note(town.eve.user_id, first)
    town.ctx.last_days.note(5, first)  # somebody who is gone by the time of the write
    await activity.write_days(town.ctx)
    again = await open_context(town.ctx.store, LocalBus(), files=town.ctx.files)
    assert again.last_days.get(town.bob.user_id) == first + 3
    assert again.last_days.get(town.eve.user_id) == first
    assert again.last_days.get(5) is None
    again.accounts.close()
    again.pictures.close()


async def test_days_that_the_store_does_not_take_wait(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StoreBusy("too many writes wait")

    day = town.clock.ms // DAY_MS
    town.ctx.last_days.note(town.bob.user_id, day)
    with monkeypatch.context() as patched:
        patched.setattr(town.ctx.store, "write", full)
        await activity.write_days(town.ctx)
    await activity.write_days(town.ctx)
    assert [row.day for row in (await town.ctx.store.load()).seen if row.user_id == town.bob.user_id] == [day]
