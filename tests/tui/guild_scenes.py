"""Scenes of a server's settings: each page with something in it, for snapshots and for hostile text."""

import time
from collections.abc import Awaitable, Callable

from tests.tui.samples import GENERAL, GRACE, GUILD, MARGARET, VOICE_ENGINE
from tests.tui.screens import Shown
from tuichat.protocol.guild import Invite, InviteChannel, InviteGuild
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.tui.widgets.choice_rows import ChoiceRows

HOUR_MS = 3_600_000


def named(shown: Shown) -> tuple[str, ...]:
    """Return what the guild and its channels are called: by strangers, where a test has it so."""
    state = shown.client.state
    return (state.guilds[GUILD].guild.name, str(state.channels[GENERAL].name), str(state.channels[VOICE_ENGINE].name))


async def open_page(shown: Shown, *path: str) -> None:
    """Open the settings, then the rows with these ids one after another."""
    await shown.chat.run_by_id("chat.guild_settings")
    await shown.settle()
    await choose(shown, *path)


async def choose(shown: Shown, *path: str) -> None:
    for row_id in path:
        rows = shown.app.screen.query_one(ChoiceRows)
        rows.move_cursor_to(row_id)
        assert row_id in [row.id for row in rows.rows]
        await shown.press("enter")


def sample_invites(shown: Shown) -> list[Invite]:
    guild_name, general, engine = named(shown)
    users = shown.client.state.users
    guild = InviteGuild(id=Snowflake(GUILD), name=guild_name)
    end = format_timestamp(time.time_ns() // 1_000_000 + 5 * HOUR_MS + HOUR_MS // 2)
    return [
        Invite(
            code="kT9mPq2x",
            guild=guild,
            channel=InviteChannel(id=Snowflake(GENERAL), name=general, type=0),
            inviter=users[GRACE],
            expires_at=end,
            uses=3,
            max_uses=10,
            created_at="2026-11-19T08:00:00+00:00",
        ),
        Invite(
            code="b7Wd3nZa",
            guild=guild,
            channel=InviteChannel(id=Snowflake(VOICE_ENGINE), name=engine, type=0),
            inviter=users[MARGARET],
            uses=1,
            max_uses=0,
            temporary=True,
            created_at="2026-11-18T08:00:00+00:00",
        ),
    ]


async def guild_invites(shown: Shown) -> None:
    shown.client.rest.answers["GET /guilds/{}/invites"] = sample_invites(shown)
    await open_page(shown, "invites")


async def guild_new_invite(shown: Shown) -> None:
    await guild_invites(shown)
    await choose(shown, "new")


GUILD_SCENES: tuple[Callable[[Shown], Awaitable[None]], ...] = (guild_invites, guild_new_invite)
