"""Dispatches: each known name has one struct, and carries the keys without which libraries raise (WIRE, mandatory keys)."""

import msgspec
import pytest

from tuichat.protocol import codec
from tuichat.protocol.dispatch.events import EVENTS, NAMES, decode
from tuichat.protocol.dispatch.guild import GuildCreate
from tuichat.protocol.dispatch.message import MessageCreate, TypingStart
from tuichat.protocol.dispatch.ready import Ready, ReadyApplication, Resumed
from tuichat.protocol.dispatch.user import PresenceUpdate
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.guild import Member, PartialMember, Role
from tuichat.protocol.message import Attachment
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import OwnUser, User, UserReference

USER = User(id=Snowflake(1), username="ada")
MEMBER = Member(user=USER)


def keys(value: object) -> set[str]:
    decoded = msgspec.json.decode(codec.encode(value))
    assert isinstance(decoded, dict)
    return set(decoded)


def test_every_name_has_one_struct() -> None:
    assert len(set(EVENTS.values())) == len(EVENTS)
    assert all(NAMES[kind] == name for name, kind in EVENTS.items())


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_wrong_body_is_a_decode_error(name: str) -> None:
    for body in (b"[]", b"null", b'"x"', b"{", b'{"id":{}}'):
        if name in ("RESUMED", "USER_SETTINGS_UPDATE", "TUICHAT_FOLLOWS_UPDATE") and body == b'{"id":{}}':
            continue  # nothing in it is required
        with pytest.raises(msgspec.DecodeError):
            decode(name, body)


def test_an_unknown_name_is_none() -> None:
    assert decode("NO_SUCH_EVENT", b"{}") is None


def test_resumed_is_an_object() -> None:
    assert codec.encode(Resumed()).startswith(b"{")


def test_ready_has_what_libraries_require() -> None:
    ready = Ready(
        v=10,
        user=OwnUser(id=Snowflake(1), username="bot", bot=True),
        guilds=[],
        session_id="s",
        resume_gateway_url="ws://h",
        application=ReadyApplication(id=Snowflake(1)),
    )
    assert {"v", "user", "guilds", "session_id", "resume_gateway_url", "application"} <= keys(ready)
    assert {"id", "username", "discriminator", "avatar", "mfa_enabled", "flags"} <= keys(ready.user)


def test_guild_create_has_what_libraries_require() -> None:
    guild = GuildCreate(id=Snowflake(1), name="g", owner_id=Snowflake(1))
    assert {
        "id", "name", "icon", "splash", "owner_id", "afk_channel_id", "afk_timeout", "verification_level",
        "default_message_notifications", "explicit_content_filter", "roles", "emojis", "stickers", "features", "mfa_level",
        "application_id", "system_channel_id", "system_channel_flags", "rules_channel_id", "vanity_url_code", "description",
        "banner", "premium_tier", "preferred_locale", "public_updates_channel_id", "nsfw_level", "voice_states", "members",
        "channels", "threads", "presences", "joined_at", "large", "unavailable", "member_count", "stage_instances",
        "guild_scheduled_events", "soundboard_sounds",
    } <= keys(guild)  # fmt: skip
    assert {"id", "name", "color", "colors", "hoist", "position", "permissions", "managed", "mentionable"} <= keys(
        Role(id=Snowflake(1), name="@everyone", permissions=Permissions(0))
    )
    assert {"user", "roles", "joined_at", "flags"} <= keys(MEMBER)


def test_message_create_has_what_libraries_require() -> None:
    message = MessageCreate(
        id=Snowflake(1), channel_id=Snowflake(2), author=USER, guild_id=Snowflake(3), member=PartialMember()
    )
    assert {
        "id", "channel_id", "author", "content", "timestamp", "edited_timestamp", "tts", "attachments", "embeds", "pinned",
        "type", "flags", "mentions", "mention_roles", "mention_everyone", "components", "member", "guild_id",
    } <= keys(message)  # fmt: skip
    assert "user" not in keys(message.member)
    attachment = Attachment(id=Snowflake(1), filename="a", size=1, url="u", proxy_url="u")
    assert {"id", "filename", "size", "url", "proxy_url"} == keys(attachment)


def test_other_dispatches_have_what_libraries_require() -> None:
    typing = TypingStart(
        channel_id=Snowflake(1), user_id=Snowflake(1), timestamp=1, member=MEMBER, guild_id=Snowflake(1)
    )
    assert {"channel_id", "user_id", "timestamp", "member"} <= keys(typing)
    presence = PresenceUpdate(user=UserReference(id=Snowflake(1)), status="online", guild_id=Snowflake(1))
    assert {"user", "guild_id", "status", "activities", "client_status"} <= keys(presence)
    voice = VoiceStateUpdate(
        channel_id=None, user_id=Snowflake(1), session_id="s", member=MEMBER, guild_id=Snowflake(1)
    )
    assert {
        "guild_id", "channel_id", "user_id", "member", "session_id", "deaf", "mute", "self_deaf", "self_mute", "self_video", "suppress",
    } <= keys(voice)  # fmt: skip
