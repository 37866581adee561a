"""Emojis: who makes, changes and uses them, what is told, and what goes with a guild."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.files.pictures_drawn import animation, data_uri, picture
from tuichat.protocol import codec
from tuichat.protocol.dispatch.guild import EmojisUpdate
from tuichat.protocol.emoji import CreateEmojiRequest, EditEmojiRequest, Emoji
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import CreateGuildRequest, RoleRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import applications, emojis, guilds, joining, roles
from tuichat.server.actions.access import require_place
from tuichat.server.actions.context import Actor, GuildCache

UNKNOWN_EMOJI, NO_ACCESS, NO_PERMISSION, INVALID, FULL, FULL_OF_ANIMATED = 10014, 50001, 50013, 50035, 30008, 30018
STILL = data_uri(picture(size=(2, 2)))
MOVING = data_uri(animation(size=(2, 2)), "gif")


async def make(town: Town, by: str = "ada", name: str = "blob", image: str = STILL, **fields: object) -> Emoji:
    request = msgspec.convert({"name": name, "image": image, **fields}, CreateEmojiRequest)
    return await emojis.create_emoji(town.ctx, town.people[by], town.guild_id, request)


async def test_an_emoji_is_made_changed_and_deleted(town: Town) -> None:
    made = await make(town)
    assert (made.name, made.animated, made.available, made.roles) == ("blob", False, True, [])
    assert made.user is not msgspec.UNSET
    assert made.user.id == town.ada.user_id
    (told,) = town.told("GUILD_EMOJIS_UPDATE")
    (shown,) = codec.decode(told.body, EmojisUpdate).emojis
    assert (shown.id, shown.user) == (made.id, msgspec.UNSET)
    assert (await town.guild()).emojis == [shown]
    moving = await make(town, name="dance", image=MOVING)
    assert moving.animated
    assert made.id is not None
    edit = EditEmojiRequest(name="blab", roles=[town.mod_role])
    changed = await emojis.edit_emoji(town.ctx, town.ada, town.guild_id, made.id, edit)
    assert (changed.name, changed.roles) == ("blab", [town.mod_role])
    snapshot = await town.ctx.store.load()
    assert [row.name for row in snapshot.emojis] == ["blab", "dance"]
    assert [row.name for row in GuildCache.of(snapshot).emojis.of(town.guild_id)] == ["blab", "dance"]
    await emojis.delete_emoji(town.ctx, town.ada, town.guild_id, made.id)
    last = codec.decode(town.told("GUILD_EMOJIS_UPDATE")[-1].body, EmojisUpdate)
    assert [emoji.name for emoji in last.emojis] == ["dance"]
    assert await town.ctx.store.read_image("emojis", made.id) is None
    with refused(UNKNOWN_EMOJI, 404):
        await emojis.get_emoji(town.ctx, town.ada, town.guild_id, made.id)
    entries = [msgspec.json.decode(told.body) for told in town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert [entry["action_type"] for entry in entries] == [60, 60, 61, 62]
    assert {"key": "roles", "new_value": [str(int(town.mod_role))]} in entries[2]["changes"]


@pytest.mark.parametrize(
    ("who", "extra", "expected"),
    [
        ("ada", None, None), ("mod", None, NO_PERMISSION), ("mod", Permissions.CREATE_GUILD_EXPRESSIONS, None),
        ("mod", Permissions.MANAGE_GUILD_EXPRESSIONS, NO_PERMISSION), ("bob", None, NO_PERMISSION),
        ("hush", Permissions.CREATE_GUILD_EXPRESSIONS, NO_PERMISSION), ("eve", None, NO_ACCESS),
    ],
)  # fmt: skip
async def test_who_may_make_an_emoji(town: Town, who: str, extra: Permissions | None, expected: int | None) -> None:
    if extra is not None:
        await town.give_role(who, extra)
    result = await outcome(make(town, who))
    assert (result if isinstance(result, int) else None) == expected


async def test_makers_change_their_own_and_managers_all(town: Town) -> None:
    await town.give_role("bob", Permissions.CREATE_GUILD_EXPRESSIONS)
    await town.give_role("mod", Permissions.MANAGE_GUILD_EXPRESSIONS)
    adas, bobs = (await make(town)).id, (await make(town, "bob")).id
    assert adas is not None
    assert bobs is not None

    async def rename(who: str, emoji_id: Snowflake) -> Emoji | int:
        edit = EditEmojiRequest(name="renamed_by_" + who)
        return await outcome(emojis.edit_emoji(town.ctx, town.people[who], town.guild_id, emoji_id, edit))

    async def delete(who: str, emoji_id: Snowflake) -> int | None:
        return await outcome(emojis.delete_emoji(town.ctx, town.people[who], town.guild_id, emoji_id))

    for who in ("bob", "hush", "eve"):
        expected = NO_ACCESS if who == "eve" else NO_PERMISSION
        assert (await rename(who, adas), await delete(who, adas)) == (expected, expected)
    assert isinstance(await rename("bob", bobs), Emoji)
    assert isinstance(await rename("mod", bobs), Emoji)
    shown = await emojis.get_emoji(town.ctx, town.bob, town.guild_id, adas)
    assert shown.user is msgspec.UNSET
    assert await delete("mod", adas) is None
    assert await delete("bob", bobs) is None


@pytest.mark.parametrize("name", ["x", "x" * 33, "a-b", "a b", "", "\ud800\ud800"])
async def test_wrong_names_are_refused(town: Town, name: str) -> None:
    with refused(INVALID, 400):
        await make(town, name=name)


@pytest.mark.parametrize("image", ["", "data:image/png;base64,AAAA", "data:text/plain;base64,AAAA"])
async def test_what_is_no_picture_is_refused(town: Town, image: str) -> None:
    with refused(INVALID, 400):
        await make(town, image=image)


async def test_unknown_roles_are_refused_and_everyone_restricts_nobody(town: Town) -> None:
    with refused(10011):
        await make(town, roles=[Snowflake(5)])
    made = await make(town, roles=[town.guild_id])
    assert made.roles == []


async def test_a_guild_has_fifty_of_each_kind(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emojis, "MAX_EMOJIS", 2)
    for _ in range(2):
        await make(town)
        await make(town, image=MOVING)
    with refused(FULL) as caught:
        await make(town)
    assert "(2)" in caught.value.message
    with refused(FULL_OF_ANIMATED):
        await make(town, image=MOVING)


async def test_who_may_use_an_emoji_where(town: Town) -> None:
    free, bound = (await make(town)).id, (await make(town, roles=[town.mod_role])).id
    assert free is not None
    assert bound is not None
    elsewhere = await guilds.create_guild(town.ctx, town.bob, CreateGuildRequest(name="Elsewhere"))
    other = town.ctx.guilds.get(elsewhere.id)
    assert other is not None
    async with other.lock:
        await joining.write(town.ctx, joining.join(town.ctx, other, town.eve.user_id))
    their_channel = next(row.id for row in other.channels.values() if row.name == "general")

    def may(who: str, emoji_id: int, channel_id: int) -> bool:
        place = require_place(town.ctx, town.people[who], channel_id)
        return emojis.find_usable(town.ctx, place, town.people[who].user_id, emoji_id) is not None

    assert may("bob", free, town.general)
    assert not may("bob", bound, town.general)
    assert may("mod", bound, town.general)
    assert may("bob", free, their_channel)
    assert not may("eve", free, their_channel)
    assert not may("bob", 5, town.general)
    everyone = RoleRequest(permissions=Permissions.VIEW_CHANNEL | Permissions.SEND_MESSAGES)
    await roles.edit_role(town.ctx, town.bob, elsewhere.id, elsewhere.id, everyone)
    async with other.lock:
        await joining.write(town.ctx, joining.join(town.ctx, other, town.people["mod"].user_id))
    assert not may("mod", free, their_channel)
    await guilds.delete_guild(town.ctx, town.ada, town.guild_id)
    assert town.ctx.guilds.emojis.get(free) is None
    assert (await town.ctx.store.load()).emojis == []


async def test_an_applications_emojis_are_its_owners_and_its_bots(town: Town) -> None:
    application = await applications.create_application(
        town.ctx, town.bob, applications.CreateApplicationRequest(name="Dice Bot")
    )
    bot = Actor(application.id, is_bot=True)
    request = CreateEmojiRequest(name="dice", image=STILL)
    for who in (town.bob, bot):
        made = await emojis.create_application_emoji(town.ctx, who, application.id, request)
    assert made.id is not None
    with refused(10002):
        await emojis.create_application_emoji(town.ctx, town.ada, application.id, request)
    edit = EditEmojiRequest(name="dice2")
    changed = await emojis.edit_application_emoji(town.ctx, bot, application.id, made.id, edit)
    assert changed.name == "dice2"
    assert len((await emojis.list_application_emojis(town.ctx, bot, application.id)).items) == 2
    place = require_place(town.ctx, town.bob, town.general)
    assert emojis.find_usable(town.ctx, place, bot.user_id, made.id) is not None
    assert emojis.find_usable(town.ctx, place, town.bob.user_id, made.id) is None
    await emojis.delete_application_emoji(town.ctx, bot, application.id, made.id)
    with refused(UNKNOWN_EMOJI):
        await emojis.get_application_emoji(town.ctx, bot, application.id, made.id)
    with refused(UNKNOWN_EMOJI):
        await emojis.get_emoji(town.ctx, town.ada, town.guild_id, made.id)
