"""Reactions: who may react, with what, and how each reader sees them."""

import asyncio

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol.message import Reaction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.message import EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import messages, overwrites, reactions
from tuichat.server.actions.context import Actor
from tuichat.server.store.rows import EmojiRow

THUMB, HEART = "\N{THUMBS UP SIGN}", "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}"
NO_ACCESS, NO_PERMISSION, UNKNOWN_EMOJI, UNKNOWN_MESSAGE, TOO_MANY = 50001, 50013, 10014, 10008, 30010


async def react(town: Town, by: Actor, message_id: int, emoji: str = THUMB) -> None:
    await reactions.add_reaction(town.ctx, by, town.general, message_id, emoji)


async def seen(town: Town, message_id: int, by: Actor | None = None) -> list[Reaction]:
    shown = await messages.get_message(town.ctx, by or town.ada, town.general, message_id)
    return shown.reactions or []


async def deny(town: Town, permissions: Permissions, target: int | None = None, kind: int = 0) -> None:
    overwrite = OverwriteRequest(id=Snowflake(target or town.guild_id), type=kind, deny=permissions)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, overwrite.id, overwrite)


@pytest.mark.parametrize(
    ("who", "expected"), [("ada", None), ("mod", None), ("bob", None), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)]
)
async def test_who_reacts(town: Town, who: str, expected: int | None) -> None:
    message_id = await town.say("hi")
    assert await outcome(react(town, town.people[who], message_id)) == expected
    assert len(town.told("MESSAGE_REACTION_ADD")) == (expected is None)


async def test_each_reader_sees_whether_it_reacted(town: Town) -> None:
    message_id = await town.say("hi")
    await react(town, town.bob, message_id, HEART)
    await react(town, town.ada, message_id)
    await react(town, town.bob, message_id)
    assert [(found.emoji.name, found.count, found.me) for found in await seen(town, message_id, town.bob)] == [
        (HEART, 1, True),
        (THUMB, 2, True),
    ]
    assert [found.me for found in await seen(town, message_id, town.ada)] == [False, True]
    listed = await messages.list_messages(town.ctx, town.people["mod"], town.general)
    assert [(found.count, found.me, found.count_details.normal) for found in listed[0].reactions or []] == [
        (1, False, 1),
        (2, False, 2),
    ]


async def test_the_event_says_who_and_whose_message(town: Town) -> None:
    message_id = await town.say("hi", town.ada)
    await react(town, town.bob, message_id)
    (event,) = town.told("MESSAGE_REACTION_ADD")
    body = msgspec.json.decode(event.body)
    assert (body["user_id"], body["message_author_id"]) == (str(town.bob.user_id), str(town.ada.user_id))
    assert (body["member"]["user"]["id"], body["burst"], body["type"]) == (str(town.bob.user_id), False, 0)
    assert body["emoji"] == {"id": None, "name": THUMB, "animated": False}
    assert event.channel_id == town.general


async def test_a_reaction_is_one_however_often_it_is_made(town: Town) -> None:
    message_id = await town.say("hi")
    bare = HEART.removesuffix("\N{VARIATION SELECTOR-16}")
    await asyncio.gather(*(react(town, town.bob, message_id, emoji) for emoji in (HEART, bare, HEART)))
    assert [(found.emoji.name, found.count) for found in await seen(town, message_id)] == [(HEART, 1)]
    assert len(town.told("MESSAGE_REACTION_ADD")) == 1


@pytest.mark.parametrize(
    "emoji", ["", "x", "1", ":thumbsup:", THUMB * 2, "a:b", "name:99999999999999999999", "name:5", "\udcff:5"]
)
async def test_what_is_no_emoji(town: Town, emoji: str) -> None:
    message_id = await town.say("hi")
    assert await outcome(react(town, town.ada, message_id, emoji)) in (UNKNOWN_EMOJI, 50035)


@pytest.mark.parametrize(
    "emoji", ["1\ufe0f\u20e3", "\U0001f1e9\U0001f1ea", "\U0001f468\u200d\U0001f469\u200d\U0001f467"]
)
async def test_sequences_are_emojis_too(town: Town, emoji: str) -> None:
    message_id = await town.say("hi")
    await react(town, town.ada, message_id, emoji)
    assert [found.emoji.name for found in await seen(town, message_id)] == [emoji]


async def test_only_a_new_emoji_needs_add_reactions(town: Town) -> None:
    message_id = await town.say("hi")
    await react(town, town.ada, message_id)
    await deny(town, Permissions.ADD_REACTIONS)
    await react(town, town.bob, message_id)
    with refused(NO_PERMISSION):
        await react(town, town.bob, message_id, HEART)
    await deny(town, Permissions.READ_MESSAGE_HISTORY)
    with refused(NO_PERMISSION):
        await react(town, town.bob, message_id)


async def test_a_message_carries_twenty_emojis(town: Town) -> None:
    message_id = await town.say("hi")
    for number in range(20):
        await react(town, town.ada, message_id, chr(0x1F600 + number))
    with refused(TOO_MANY, 400):
        await react(town, town.ada, message_id, THUMB)
    await react(town, town.bob, message_id, chr(0x1F600))


async def test_emojis_of_a_guild_are_used_by_its_members(town: Town) -> None:
    row = EmojiRow(id=Snowflake(77), guild_id=town.guild_id, name="blob", creator_id=town.ada.user_id, is_animated=True)
    town.ctx.guilds.emojis.put(row)
    message_id = await town.say("hi")
    await react(town, town.bob, message_id, "other_name:77")
    (found,) = await seen(town, message_id)
    assert (found.emoji.id, found.emoji.name, found.emoji.animated) == (77, "blob", True)
    town.ctx.guilds.emojis.remove(row)
    await react(town, town.ada, message_id, "blob:77")  # it is there, so others can join in
    with refused(UNKNOWN_EMOJI):
        await react(town, town.ada, await town.say("two"), "blob:77")
    await reactions.remove_reaction(town.ctx, town.ada, town.general, message_id, "blob:77")
    assert [found.count for found in await seen(town, message_id)] == [1]


async def test_taking_back_and_removing(town: Town) -> None:
    message_id = await town.say("hi")
    for who in (town.ada, town.bob):
        for emoji in (THUMB, HEART):
            await react(town, who, message_id, emoji)

    async def remove(by: Actor, emoji: str, of: Actor | None = None) -> None:
        await reactions.remove_reaction(
            town.ctx, by, town.general, message_id, emoji, None if of is None else of.user_id
        )

    await remove(town.bob, THUMB)
    await remove(town.bob, THUMB)  # nothing is left to take back
    await remove(town.bob, HEART, town.bob)
    with refused(NO_PERMISSION):
        await remove(town.bob, THUMB, town.ada)
    assert len(town.told("MESSAGE_REACTION_REMOVE")) == 2
    await remove(town.people["mod"], THUMB, town.ada)
    assert [(found.emoji.name, found.count) for found in await seen(town, message_id)] == [(HEART, 1)]


@pytest.mark.parametrize(("who", "expected"), [("mod", None), ("bob", NO_PERMISSION), ("eve", NO_ACCESS)])
async def test_who_clears_reactions(town: Town, who: str, expected: int | None) -> None:
    message_id = await town.say("hi")
    await react(town, town.ada, message_id)
    await react(town, town.ada, message_id, HEART)
    actor = town.people[who]
    assert await outcome(reactions.remove_emoji(town.ctx, actor, town.general, message_id, THUMB)) == expected
    assert await outcome(reactions.remove_all(town.ctx, actor, town.general, message_id)) == expected
    assert len(await seen(town, message_id)) == (2 if expected else 0)
    assert len(town.told("MESSAGE_REACTION_REMOVE_EMOJI")) == (expected is None)
    assert len(town.told("MESSAGE_REACTION_REMOVE_ALL")) == (expected is None)


async def test_who_reacted_is_paged(town: Town) -> None:
    message_id = await town.say("hi")
    for who in ("bob", "ada", "mod"):
        await react(town, town.people[who], message_id)
    first = await reactions.list_users(town.ctx, town.bob, town.general, message_id, THUMB, limit=2)
    rest = await reactions.list_users(town.ctx, town.bob, town.general, message_id, THUMB, after=first[-1].id)
    assert [user.username for user in first + rest] == ["ada", "mod", "bob"]
    assert await reactions.list_users(town.ctx, town.bob, town.general, message_id, THUMB, kind=1) == []
    with refused(NO_ACCESS):
        await reactions.list_users(town.ctx, town.eve, town.general, message_id, THUMB)


async def test_reactions_go_with_their_message(town: Town) -> None:
    message_id = await town.say("hi")
    await react(town, town.ada, message_id)
    await messages.delete_message(town.ctx, town.ada, town.general, message_id)
    with refused(UNKNOWN_MESSAGE):
        await react(town, town.ada, message_id)
    assert await town.ctx.store.read_reactions([message_id], 0) == []
    assert await town.ctx.store.read_reactors(message_id, THUMB) == []


async def test_events_carry_no_reactions_of_anybody(town: Town) -> None:
    message_id = await town.say("hi")
    await react(town, town.ada, message_id)
    await messages.edit_message(town.ctx, town.ada, town.general, message_id, EditMessageRequest(content="two"))
    (event,) = town.told("MESSAGE_UPDATE")
    assert "reactions" not in msgspec.json.decode(event.body)
