"""Old rows go after their time: events, nonces, invites that ended, and entries of the audit log."""

import asyncio

import pytest

from tests.server.store.conftest import OpenStore, World
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store import old_rows
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import AuditRow, GuildRow, InviteRow, UserRow


async def test_old_events_and_nonces_are_forgotten(
    opening: tuple[OpenStore, list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_rows, "STEP", 3)
    clock = [1_800_000_000_000]
    store = await opening[0](wall_ms=lambda: clock[0])
    await store.write([], [Event(name="OLD", body=b"{}", guild_id=1)] * 10)
    await store.close()
    clock[0] += 86_400_001
    store = await opening[0](wall_ms=lambda: clock[0])
    await store.write([], [Event(name="NEW", body=b"{}", guild_id=1)])
    for _ in range(1000):
        kept = await store.read_events(1, 0)
        if len(kept) == 1:
            break
        await asyncio.sleep(0.005)
    assert [(event.name, event.seq) for event in kept] == [("NEW", 11)]
    await store.close()


async def test_expired_invites_are_removed(world: World, opening: tuple[OpenStore, list[Event]]) -> None:
    def invite(code: str, max_age_s: int) -> Put:
        return Put(
            InviteRow(
                code=code, guild_id=world.guild, channel_id=world.channel, inviter_id=None, created_ms=1_000,
                max_age_s=max_age_s,
            )
        )  # fmt: skip

    await world.store.write([invite("old", 60), invite("forever", 0), invite("long", 4_000_000_000)])
    await world.store.close()
    store = await opening[0]()
    for _ in range(1000):
        kept = await store.read_invites(world.guild)
        if len(kept) == 2:
            break
        await asyncio.sleep(0.005)
    assert {row.code for row in kept} == {"forever", "long"}


async def test_the_audit_log_is_kept_for_45_days(opening: tuple[OpenStore, list[Event]]) -> None:
    clock = [1_800_000_000_000]
    store = await opening[0](wall_ms=lambda: clock[0])
    user, guild, first = (store.next_id(clock[0]) for _ in range(3))

    def entry(entry_id: Snowflake) -> Put:
        return Put(AuditRow(id=entry_id, guild_id=guild, user_id=user, action_type=20))

    owner = UserRow(id=user, username="ada", name_key="ada")
    await store.write([Put(owner), Put(GuildRow(id=guild, name="g", owner_id=user)), entry(first)])
    await store.close()
    clock[0] += 45 * 86_400_000 + 1
    store = await opening[0](wall_ms=lambda: clock[0])
    second = store.next_id(clock[0])
    await store.write([entry(second)])
    for _ in range(1000):
        kept = await store.read_audit_log(guild)
        if len(kept) == 1:
            break
        await asyncio.sleep(0.005)
    assert [row.id for row in kept] == [second]
    await store.close()
