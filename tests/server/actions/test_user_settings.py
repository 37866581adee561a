"""Settings that follow an account: what is kept, refused and told, and what others see of it."""

import base64

import msgspec
import pytest

from tests.server.actions.conftest import Town, refused
from tuichat.protocol import codec
from tuichat.protocol.gateway import Capability
from tuichat.protocol.timestamp import format_timestamp
from tuichat.protocol.user_settings import (
    CustomStatus,
    EditSettingsProto,
    EditUserSettings,
    FriendSourceFlags,
    GuildFolder,
    UserSettings,
)
from tuichat.server.actions import presence, ready, user_settings
from tuichat.server.actions.context import Actor, open_context

edit, get = user_settings.edit_settings, user_settings.get_settings


async def test_settings_begin_with_defaults_and_change_alone(town: Town) -> None:
    assert await get(town.ctx, town.bob) == UserSettings()
    folders = [GuildFolder(guild_ids=[town.guild_id], id=7, name="Work", color=0xFF)]
    changed = await edit(
        town.ctx, town.bob, EditUserSettings(theme="light", locale="de", guild_folders=folders, developer_mode=True)
    )
    assert (changed.theme, changed.locale, changed.guild_folders, changed.render_embeds) == (
        "light",
        "de",
        folders,
        True,
    )
    assert await get(town.ctx, town.bob) == changed
    assert await get(town.ctx, town.ada) == UserSettings()
    (told,) = town.told("USER_SETTINGS_UPDATE")
    assert told.user_ids == frozenset({int(town.bob.user_id)})
    assert msgspec.json.decode(told.body).keys() == {"theme", "locale", "guild_folders", "developer_mode"}
    await edit(town.ctx, town.bob, EditUserSettings(theme="light"))  # as it is already: nobody is told
    assert len(town.told("USER_SETTINGS_UPDATE")) == 1


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (EditUserSettings(theme="pink"), b"theme"),
        (EditUserSettings(status="away"), b"status"),
        (EditUserSettings(locale="<script>"), b"locale"),
        (EditUserSettings(afk_timeout=5), b"60"),
        (EditUserSettings(timezone_offset=9999), b"840"),
        (EditUserSettings(explicit_content_filter=3), b"2"),
        (EditUserSettings(guild_positions=[1] * 1001), b"1000"),  # type: ignore[list-item]  # as a stranger would
        (EditUserSettings(guild_folders=[GuildFolder(guild_ids=[])] * 201), b"200"),
        (EditUserSettings(guild_folders=[GuildFolder(guild_ids=[1] * 1001)]), b"1000"),  # type: ignore[list-item]  # likewise
        (EditUserSettings(guild_folders=[GuildFolder(guild_ids=[], name="x" * 101)]), b"100"),
        (EditUserSettings(guild_folders=[GuildFolder(guild_ids=[], color=-1)]), b"color"),
        (EditUserSettings(custom_status=CustomStatus(text="x" * 129)), b"128"),
        (EditUserSettings(custom_status=CustomStatus(text="x", expires_at="soon")), b"expires_at"),
    ],
)
async def test_what_settings_refuse(town: Town, request_: EditUserSettings, said: bytes) -> None:
    with refused(50035, 400) as caught:
        await edit(town.ctx, town.bob, request_)
    assert said in caught.value.encode()
    assert await get(town.ctx, town.bob) == UserSettings()


async def test_bots_have_no_settings(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    for action in (
        get(town.ctx, bot),
        edit(town.ctx, bot, EditUserSettings()),
        user_settings.get_proto(town.ctx, bot, 1),
        user_settings.edit_proto(town.ctx, bot, 1, EditSettingsProto(settings="")),
    ):
        with refused(20001, 403):
            await action


async def test_privacy_is_kept_apart_and_over_a_restart(town: Town) -> None:
    flags = FriendSourceFlags(mutual_guilds=True)
    asked = EditUserSettings(
        restricted_guilds=[town.guild_id], default_guilds_restricted=True, friend_source_flags=flags
    )
    await edit(town.ctx, town.bob, asked)
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files, accounts=town.ctx.accounts)
    settings = await get(again, town.bob)
    assert (settings.restricted_guilds, settings.default_guilds_restricted) == ([town.guild_id], True)
    assert settings.friend_source_flags == flags
    assert again.privacy.get(town.bob.user_id) == town.ctx.privacy.get(town.bob.user_id)


async def test_who_restricts_new_guilds_takes_no_messages_from_one_that_it_joins(town: Town) -> None:
    await edit(town.ctx, town.eve, EditUserSettings(default_guilds_restricted=True))
    await town.join(town.eve)
    assert (await get(town.ctx, town.eve)).restricted_guilds == [town.guild_id]


def shown(town: Town) -> list[tuple[str, str | None]]:
    return [(activity.name, activity.state) for activity in town.ctx.presences.shown(town.bob.user_id).activities]


async def test_a_custom_status_is_shown_until_it_ends(town: Town) -> None:
    ends = format_timestamp(town.clock.ms + 60_000)
    status = CustomStatus(text=" hacking ", emoji_name="🦊", expires_at=ends)
    changed = await edit(town.ctx, town.bob, EditUserSettings(custom_status=status))
    assert changed.custom_status == CustomStatus(text="hacking", emoji_name="🦊", expires_at=ends)
    assert shown(town) == []  # bob is not here
    settings = (await ready.user_ready(town.ctx, town.bob)).settings
    presence.session_opened(town.ctx, town.bob, "s", custom_status=settings.custom_status)
    assert shown(town) == [("Custom Status", "hacking")]
    (told,) = town.told("PRESENCE_UPDATE")
    (activity,) = msgspec.json.decode(told.body)["activities"]
    assert (activity["type"], activity["emoji"]) == (4, {"name": "🦊"})
    presence.expire_statuses(town.ctx)
    assert shown(town) == [("Custom Status", "hacking")]
    town.clock.ms += 60_000
    presence.expire_statuses(town.ctx)
    assert shown(town) == []
    assert len(town.told("PRESENCE_UPDATE")) == 2
    presence.session_closed(town.ctx, town.bob, "s")
    presence.session_opened(town.ctx, town.bob, "s", custom_status=settings.custom_status)
    assert shown(town) == []


async def test_a_change_of_status_shows_on_every_session(town: Town) -> None:
    for session in ("one", "two"):
        presence.session_opened(town.ctx, town.bob, session)
    town.published.clear()
    await edit(town.ctx, town.bob, EditUserSettings(status="dnd", custom_status=CustomStatus(text="busy")))
    assert town.ctx.presences.shown(town.bob.user_id).status == "dnd"
    assert shown(town) == [("Custom Status", "busy")]
    (replaced,) = town.told("SESSIONS_REPLACE")
    assert replaced.user_ids == frozenset({int(town.bob.user_id)})
    sessions = msgspec.json.decode(replaced.body)
    assert [(each["session_id"], each["status"]) for each in sessions] == [
        ("all", "dnd"),
        ("one", "dnd"),
        ("two", "dnd"),
    ]
    await edit(town.ctx, town.bob, EditUserSettings(custom_status=None))
    assert shown(town) == []


async def test_ready_has_settings_or_their_proto(town: Town) -> None:
    await edit(town.ctx, town.bob, EditUserSettings(theme="midnight"))
    proto = base64.b64encode(b"\x5a\x03dnd").decode()
    answer = await user_settings.edit_proto(town.ctx, town.bob, 1, EditSettingsProto(settings=proto))
    plain = await ready.user_ready(town.ctx, town.bob)
    assert (plain.settings.theme, plain.settings_proto) == ("midnight", None)
    asked = await ready.user_ready(town.ctx, town.bob, capabilities=int(Capability.USER_SETTINGS_PROTO))
    assert asked.settings_proto == answer.settings


async def test_a_proto_is_merged_numbered_and_told(town: Town) -> None:
    def encoded(content: bytes) -> EditSettingsProto:
        return EditSettingsProto(settings=base64.b64encode(content).decode())

    assert (await user_settings.get_proto(town.ctx, town.bob, 2)).settings == ""
    await user_settings.edit_proto(town.ctx, town.bob, 2, encoded(b"\x5a\x03dnd"))
    answer = await user_settings.edit_proto(town.ctx, town.bob, 2, encoded(b"\x6a\x01x"))
    assert base64.b64decode(answer.settings) == b"\x0a\x02\x18\x02\x5a\x03dnd\x6a\x01x"
    assert (await user_settings.get_proto(town.ctx, town.bob, 2)).settings == answer.settings
    told = town.told("USER_SETTINGS_PROTO_UPDATE")[-1]
    assert msgspec.json.decode(told.body) == {"settings": {"type": 2, "proto": answer.settings}, "partial": False}
    stale = codec.decode(b'{"settings": "", "required_data_version": 1}', EditSettingsProto)
    refusal = await user_settings.edit_proto(town.ctx, town.bob, 2, stale)
    assert (refusal.out_of_date, refusal.settings) == (True, answer.settings)
    fresh = codec.decode(b'{"settings": "", "required_data_version": 2}', EditSettingsProto)
    assert (await user_settings.edit_proto(town.ctx, town.bob, 2, fresh)).out_of_date is msgspec.UNSET


@pytest.mark.parametrize("settings", ["!!!", "é", "Wg==", "A" * 800_000])
async def test_what_is_no_proto_is_refused(town: Town, settings: str) -> None:
    with refused(50035, 400):
        await user_settings.edit_proto(town.ctx, town.bob, 1, EditSettingsProto(settings=settings))
    with refused(50035, 400):
        await user_settings.get_proto(town.ctx, town.bob, 4)
