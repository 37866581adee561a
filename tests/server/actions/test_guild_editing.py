"""What a guild is set to: every field, its limits, who may, its owner, its pictures, and what deleted channels leave."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.files.pictures_drawn import data_uri, picture
from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.guild import Guild
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, guild_editing, guilds, overwrites
from tuichat.server.actions.context import Actor
from tuichat.server.actions.guild_cache import GuildCache


async def edit(town: Town, by: Actor | None = None, **fields: Any) -> Guild:
    request = EditGuildRequest(**fields)
    return await guild_editing.edit_guild(town.ctx, by or town.ada, town.guild_id, request)


EVERYTHING: Mapping[str, Any] = {
    "name": "Renamed",
    "description": "What we do here",
    "verification_level": 4,
    "default_message_notifications": 1,
    "explicit_content_filter": 2,
    "afk_timeout": 3600,
    "system_channel_flags": 0b101,
    "preferred_locale": "de",
    "premium_progress_bar_enabled": True,
}


async def test_every_field_is_kept_and_told(town: Town) -> None:
    text, voice = town.general, town.channel("General")
    places: dict[str, Any] = {
        "afk_channel_id": voice,
        "system_channel_id": text,
        "rules_channel_id": text,
        "public_updates_channel_id": text,
        "safety_alerts_channel_id": text,
    }
    changed = await edit(town, **EVERYTHING, **places, features=["COMMUNITY", "NEWS", "MADE_UP"])
    for field, value in {**EVERYTHING, **places}.items():
        assert getattr(changed, field) == value, field
    assert "COMMUNITY" in changed.features
    assert "MADE_UP" not in changed.features
    (told,) = town.told("GUILD_UPDATE")
    assert msgspec.json.decode(told.body)["description"] == "What we do here"
    (entry,) = town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")
    body = msgspec.json.decode(entry.body)
    assert body["action_type"] == AuditAction.GUILD_UPDATE
    assert {"key": "afk_timeout", "old_value": 300, "new_value": 3600} in body["changes"]
    again = GuildCache.of(await town.ctx.store.load()).get(town.guild_id)
    assert again is not None
    assert again.row == town.state.row
    town.published.clear()
    await edit(town, **EVERYTHING)
    assert town.published == []
    cleared = await edit(town, description=None, afk_channel_id=None, preferred_locale=None, verification_level=None)
    assert (cleared.description, cleared.afk_channel_id, cleared.preferred_locale) == (None, None, "en-US")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x"},
        {"name": "x" * 101},
        {"description": "x" * 301},
        {"verification_level": 5},
        {"default_message_notifications": 2},
        {"explicit_content_filter": -1},
        {"afk_timeout": 61},
        {"system_channel_flags": 2**31},
        {"preferred_locale": "english"},
        {"afk_channel_id": Snowflake(5)},
        {"features": ["COMMUNITY"]},
        {"features": ["DISCOVERABLE"]},
        {"icon": "data:image/png;base64,AAAA"},
        {"icon": "http://example.com/a.png"},
    ],
)
async def test_what_is_out_of_its_limits_is_refused(town: Town, fields: dict[str, Any]) -> None:
    before = town.state.row
    with refused(50035, 400):
        await edit(town, **fields)
    assert town.state.row == before


async def test_places_are_of_the_right_kind(town: Town) -> None:
    with refused(50035, 400):
        await edit(town, afk_channel_id=town.general)
    for field in ("system_channel_id", "rules_channel_id", "public_updates_channel_id"):
        with refused(50035, 400):
            wrong: dict[str, Any] = {field: town.channel("General")}
            await edit(town, **wrong)


@pytest.mark.parametrize(
    ("who", "code"), [("ada", None), ("mod", None), ("bob", 50013), ("hush", 50013), ("eve", 50001)]
)
async def test_who_may_change_a_guild(town: Town, who: str, code: int | None) -> None:
    answer = await outcome(edit(town, town.people[who], description="mine"))
    assert (answer if isinstance(answer, int) else None) == code


async def test_only_administrators_make_a_community(town: Town) -> None:
    wanted: dict[str, Any] = {
        "rules_channel_id": town.general,
        "public_updates_channel_id": town.general,
        "features": ["COMMUNITY"],
    }
    with refused(50013, 403):
        await edit(town, town.people["mod"], **wanted)
    await edit(town, town.people["mod"], features=["INVITES_DISABLED"])
    await edit(town, **wanted)
    with refused(50035, 400):
        await edit(town, rules_channel_id=None)
    with refused(50074, 400):
        await channels.delete_channel(town.ctx, town.ada, town.general)
    await edit(town, features=[])
    await channels.delete_channel(town.ctx, town.ada, town.general)
    assert town.state.row.settings.rules_channel_id is None


async def test_the_owner_gives_the_guild_away(town: Town) -> None:
    bob = town.bob
    with refused(50013, 403):
        await edit(town, town.people["mod"], owner_id=town.people["mod"].user_id)
    with refused(10007, 404):
        await edit(town, owner_id=town.eve.user_id)
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, hide)
    town.ctx.presences.set(bob.user_id, "one", "online", [])
    town.published.clear()
    changed = await edit(town, owner_id=bob.user_id)
    assert changed.owner_id == bob.user_id
    gained = [event for event in town.published if event.user_ids == frozenset({int(bob.user_id)})]
    assert [event.name for event in gained] == ["CHANNEL_CREATE"]
    assert town.state.can_view(bob.user_id, town.general)
    assert not town.state.can_view(town.ada.user_id, town.general)
    with refused(50013, 403):
        await guilds.delete_guild(town.ctx, town.ada, town.guild_id)
    await guilds.leave_guild(town.ctx, town.ada, town.guild_id)


async def test_a_picture_is_shown_by_its_hash_and_taken_away(town: Town) -> None:
    data = data_uri(picture())
    changed = await edit(town, icon=data, banner=data, splash=data, discovery_splash=data)
    assert changed.icon
    for kind in ("icons", "banners", "splashes", "discovery-splashes"):
        image = await town.ctx.store.read_image(kind, town.guild_id, None)
        assert image is not None
        assert image.hash == changed.icon
    (mine,) = await guilds.list_my_guilds(town.ctx, town.bob, with_counts=True)
    assert (mine.icon, mine.approximate_member_count) == (changed.icon, 4)
    assert (await edit(town, icon=None)).icon is None
    assert await town.ctx.store.read_image("icons", town.guild_id, None) is None


async def test_nobody_is_greeted_where_that_is_switched_off(town: Town) -> None:
    await edit(town, system_channel_flags=1)
    town.published.clear()
    await town.join(town.eve)
    assert town.told("MESSAGE_CREATE") == []


async def test_a_deleted_channel_is_named_by_the_guild_no_more(town: Town) -> None:
    voice = town.channel("General")
    await edit(town, afk_channel_id=voice)
    town.published.clear()
    await channels.delete_channel(town.ctx, town.ada, voice)
    assert town.state.row.settings.afk_channel_id is None
    assert [event.name for event in town.published][:2] == ["GUILD_UPDATE", "CHANNEL_DELETE"]
