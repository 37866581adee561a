"""Scenes of a server's settings: each page with something in it, for snapshots and for hostile text."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import cast

from msgspec import UNSET, Raw
from msgspec.structs import replace

from tests.tui.samples import ALAN, GENERAL, GRACE, GUILD, LINUS, MARGARET, ME, NOW, VOICE_ENGINE, channel, snowflake
from tests.tui.screens import Shown
from tuichat.client.routes import Request
from tuichat.protocol import codec
from tuichat.protocol.audit_log import AuditEntry, AuditLog
from tuichat.protocol.channel import ChannelType, PermissionOverwrite
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.guild import Invite, InviteChannel, InviteGuild
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundboardSound, SoundList
from tuichat.protocol.timestamp import format_timestamp
from tuichat.protocol.webhook import Webhook, WebhookType
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


def audit_entry(number: int, who: int, action: int, target: int | str | None, **more: object) -> AuditEntry:
    """Return an entry of some minutes ago; `changes` is a list of (key, before, after), `options` a dict."""
    changes = [
        {"key": key} | ({} if old is None else {"old_value": old}) | ({} if new is None else {"new_value": new})
        for key, old, new in cast(list[tuple[str, object, object]], more.get("changes", []))
    ]
    return AuditEntry(
        id=snowflake(NOW - timedelta(minutes=7 * number), number),
        user_id=Snowflake(who),
        target_id=None if target is None else str(target),
        action_type=action,
        changes=Raw(codec.encode(changes)) if changes else UNSET,
        options=Raw(codec.encode(more["options"])) if "options" in more else UNSET,
        reason=str(more["reason"]) if "reason" in more else UNSET,
    )


def sample_audit_log(shown: Shown) -> AuditLog:
    _guild, general, _engine = named(shown)
    users = shown.client.state.users
    entries = [
        audit_entry(0, GRACE, 11, GENERAL, changes=[("topic", "measure first", f"{general} first")]),
        audit_entry(1, MARGARET, 20, ALAN, reason=f"spam in {general}"),
        audit_entry(2, MARGARET, 14, GENERAL, changes=[("deny", "0", "2048")], options={"id": "3001", "type": "0"}),
        audit_entry(3, GRACE, 31, 3001, changes=[("permissions", "6", "4"), ("color", 0, 0xC6A0F6)]),
        audit_entry(4, GRACE, 12, 4242, changes=[("name", general, None), ("nsfw", True, None)]),
        audit_entry(5, MARGARET, 40, None, changes=[("code", None, "kT9mPq2x"), ("max_age", None, 0)]),
        audit_entry(6, MARGARET, 25, LINUS, changes=[("$add", None, [{"id": "3001", "name": general}])]),
        audit_entry(7, MARGARET, 999, 5),
    ]
    return AuditLog(audit_log_entries=entries, users=list(users.values()))


async def guild_audit_log(shown: Shown) -> None:
    log = sample_audit_log(shown)

    def answer(wanted: Request) -> AuditLog:
        return log if "before" not in wanted.query else AuditLog(audit_log_entries=[], users=[])

    shown.client.rest.answers["GET /guilds/{}/audit-logs"] = answer
    await open_page(shown, "audit_log")


PLANS = 2100  # a category


def put_category(shown: Shown) -> None:
    """Have some channels stand in a category, and #general say something of roles and members."""
    state = shown.client.state
    name = named(shown)[1]
    state.channels[PLANS] = channel(PLANS, ChannelType.CATEGORY, f"{name} plans")
    overwrites = [
        PermissionOverwrite(id=Snowflake(GUILD), type=0, deny=Permissions.SEND_MESSAGES),
        PermissionOverwrite(id=Snowflake(3001), type=0, allow=Permissions.SEND_MESSAGES | Permissions.PIN_MESSAGES),
        PermissionOverwrite(id=Snowflake(GRACE), type=1, allow=Permissions.MANAGE_MESSAGES),
    ]
    for number, channel_id in enumerate((GENERAL, VOICE_ENGINE)):
        known = state.channels[channel_id]
        state.channels[channel_id] = replace(
            known, parent_id=Snowflake(PLANS), position=number, permission_overwrites=overwrites
        )
    guild = state.guilds[GUILD]
    rest = [each for each in guild.channel_ids if each not in (GENERAL, VOICE_ENGINE)]
    guild.channel_ids = [*rest, PLANS, GENERAL, VOICE_ENGINE]


async def guild_channels(shown: Shown) -> None:
    put_category(shown)
    await open_page(shown, "channels")


async def guild_new_channel(shown: Shown) -> None:
    await guild_channels(shown)
    await choose(shown, "new")


async def channel_settings(shown: Shown) -> None:
    put_category(shown)
    await shown.press("ctrl+g", "g", "c")


async def channel_overwrites(shown: Shown) -> None:
    await channel_settings(shown)
    await choose(shown, "overwrites")


async def channel_overwrite(shown: Shown) -> None:
    await channel_overwrites(shown)
    await choose(shown, "0-3001")
    await shown.press("enter")


def sample_emojis(shown: Shown) -> list[Emoji]:
    users = shown.client.state.users
    return [
        Emoji(id=Snowflake(77), name="party_parrot", animated=True, user=users[GRACE]),
        Emoji(id=Snowflake(78), name=named(shown)[1], user=users[LINUS]),
    ]


async def guild_emojis(shown: Shown) -> None:
    shown.client.rest.answers["GET /guilds/{}/emojis"] = sample_emojis(shown)
    await open_page(shown, "emojis")


async def guild_new_emoji(shown: Shown) -> None:
    await guild_emojis(shown)
    await choose(shown, "new")


def sample_sounds(shown: Shown) -> list[SoundboardSound]:
    users = shown.client.state.users
    horn = SoundboardSound(
        sound_id=Snowflake(91),
        name="deploy horn",
        volume=0.6,
        emoji_name="📯",
        guild_id=Snowflake(GUILD),
        user=users[GRACE],
    )
    own = SoundboardSound(sound_id=Snowflake(92), name=named(shown)[1], guild_id=Snowflake(GUILD), user=users[ME])
    return [horn, own]


async def guild_sounds(shown: Shown) -> None:
    shown.client.rest.answers["GET /guilds/{}/soundboard-sounds"] = SoundList(items=sample_sounds(shown))
    await open_page(shown, "sounds")


def sample_webhooks(shown: Shown) -> list[Webhook]:
    users, name = shown.client.state.users, named(shown)[1]
    build = Webhook(
        id=Snowflake(801),
        type=WebhookType.INCOMING,
        guild_id=Snowflake(GUILD),
        channel_id=Snowflake(GENERAL),
        name=f"{name} builds",
        user=users[GRACE],
        token="not-to-be-shown",
    )
    news = replace(build, id=Snowflake(802), type=WebhookType.CHANNEL_FOLLOWER, name=f"{name} news", token=UNSET)
    return [build, news]


async def guild_webhooks(shown: Shown) -> None:
    shown.client.rest.answers["GET /guilds/{}/webhooks"] = sample_webhooks(shown)
    await open_page(shown, "webhooks")


GUILD_SCENES: tuple[Callable[[Shown], Awaitable[None]], ...] = (
    guild_invites,
    guild_new_invite,
    guild_audit_log,
    guild_channels,
    guild_new_channel,
    channel_settings,
    channel_overwrites,
    channel_overwrite,
    guild_emojis,
    guild_new_emoji,
    guild_sounds,
    guild_webhooks,
)
NAMED_BY_STRANGERS = (
    guild_invites,
    guild_audit_log,
    guild_channels,
    channel_overwrites,
    guild_emojis,
    guild_sounds,
    guild_webhooks,
)
