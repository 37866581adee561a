"""Friends, requests, blocks and who is ignored."""

import asyncio
import contextlib
import random

import msgspec
import pytest

from tests.server.actions.conftest import Town, befriend, refused
from tuichat.protocol.relationship import (
    EditRelationshipRequest,
    FriendRequest,
    PutRelationshipRequest,
    RelationshipType,
)
from tuichat.server.actions import groups, presence, relationships, users
from tuichat.server.actions.context import Actor, open_context
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.privacy_cache import FriendSource
from tuichat.server.store.social_rows import PrivacyRow, RelationshipRow

FRIEND, BLOCKED, INCOMING, OUTGOING = (
    RelationshipType.FRIEND,
    RelationshipType.BLOCKED,
    RelationshipType.INCOMING_REQUEST,
    RelationshipType.OUTGOING_REQUEST,
)
UNKNOWN_USER = 10013


async def put(town: Town, name: str, other: str, kind: int | None = None) -> None:
    request = PutRelationshipRequest(type=kind)
    await relationships.put_relationship(town.ctx, town.people[name], town.people[other].user_id, request)


async def remove(town: Town, name: str, other: str) -> None:
    await relationships.remove_relationship(town.ctx, town.people[name], town.people[other].user_id)


def standing(town: Town, name: str) -> dict[str, int]:
    shown = relationships.list_relationships(town.ctx, town.people[name])
    return {each.user.username: each.type for each in shown}


def told(town: Town, name: str) -> list[tuple[str, int]]:
    """What somebody was told of its relationships, and forget it."""
    user_id = int(town.people[name].user_id)
    found = [
        (event.name.removeprefix("RELATIONSHIP_"), msgspec.json.decode(event.body)["type"])
        for event in town.published
        if event.name.startswith("RELATIONSHIP_") and event.user_ids == frozenset({user_id})
    ]
    town.published[:] = [event for event in town.published if event.user_ids != frozenset({user_id})]
    return found


async def test_a_request_is_sent_by_name_and_accepted(town: Town) -> None:
    await relationships.request_friend(town.ctx, town.eve, FriendRequest(username="BOB", discriminator=None))
    assert (standing(town, "eve"), standing(town, "bob")) == ({"bob": OUTGOING}, {"eve": INCOMING})
    (event,) = (
        event for event in town.told("RELATIONSHIP_ADD") if event.user_ids == frozenset({int(town.bob.user_id)})
    )
    shown = msgspec.json.decode(event.body)
    assert (shown["should_notify"], shown["stranger_request"], shown["user"]["username"]) == (True, True, "eve")
    await relationships.request_friend(town.ctx, town.eve, FriendRequest(username="bob"))  # again: nothing
    assert (told(town, "eve"), told(town, "bob")) == ([("ADD", OUTGOING)], [("ADD", INCOMING)])
    await put(town, "bob", "eve")
    assert (standing(town, "eve"), standing(town, "bob")) == ({"bob": FRIEND}, {"eve": FRIEND})
    assert (told(town, "eve"), told(town, "bob")) == ([("ADD", FRIEND)], [("ADD", FRIEND)])
    with refused(80007):
        await relationships.request_friend(town.ctx, town.eve, FriendRequest(username="bob"))
    await put(town, "eve", "bob", 1)
    assert told(town, "eve") == []


async def test_two_who_ask_each_other_are_friends(town: Town) -> None:
    await put(town, "eve", "bob")
    await relationships.request_friend(town.ctx, town.bob, FriendRequest(username="eve"))
    assert standing(town, "eve") == {"bob": FRIEND}


@pytest.mark.parametrize("who", ["eve", "bob"])
async def test_a_request_is_taken_back_or_declined(town: Town, who: str) -> None:
    await put(town, "eve", "bob")
    told(town, "eve"), told(town, "bob")
    await remove(town, who, "bob" if who == "eve" else "eve")
    assert (standing(town, "eve"), standing(town, "bob")) == ({}, {})
    assert (told(town, "eve"), told(town, "bob")) == ([("REMOVE", OUTGOING)], [("REMOVE", INCOMING)])
    with refused(UNKNOWN_USER, 404):
        await remove(town, who, "ada")


async def test_all_that_wait_are_declined_at_once(town: Town) -> None:
    for name in ("eve", "ada", "mod"):
        await put(town, name, "bob")
    await befriend(town, "bob", "hush")
    await put(town, "ada", "eve")
    await relationships.remove_incoming(town.ctx, town.bob)
    assert standing(town, "bob") == {"hush": FRIEND}
    assert standing(town, "ada") == {"eve": OUTGOING}


async def test_friendship_ends_on_both_sides(town: Town) -> None:
    await befriend(town, "eve", "bob")
    await remove(town, "bob", "eve")
    assert (standing(town, "eve"), standing(town, "bob")) == ({}, {})
    assert (told(town, "eve"), told(town, "bob")) == ([("REMOVE", FRIEND)], [("REMOVE", FRIEND)])


async def test_a_block_is_seen_by_the_blocker_alone_and_ends_friendship(town: Town) -> None:
    await befriend(town, "eve", "bob")
    await put(town, "bob", "eve", BLOCKED)
    assert (standing(town, "eve"), standing(town, "bob")) == ({}, {"eve": BLOCKED})
    assert (told(town, "eve"), told(town, "bob")) == ([("REMOVE", FRIEND)], [("ADD", BLOCKED)])
    await put(town, "bob", "eve", BLOCKED)
    assert told(town, "bob") == []
    for name, other in (("eve", "bob"), ("bob", "eve")):
        with refused(80001):
            await put(town, name, other)
    await remove(town, "bob", "eve")
    assert (told(town, "eve"), told(town, "bob")) == ([], [("REMOVE", BLOCKED)])
    await put(town, "eve", "bob")


async def test_who_blocks_each_other_both_do(town: Town) -> None:
    await put(town, "bob", "eve", BLOCKED)
    await put(town, "eve", "bob", BLOCKED)
    await remove(town, "bob", "eve")
    assert (standing(town, "bob"), standing(town, "eve")) == ({}, {"bob": BLOCKED})


async def test_a_friend_has_a_nickname_that_oneself_sees(town: Town) -> None:
    ask = EditRelationshipRequest(nickname="  Bobby ")
    with refused(UNKNOWN_USER):
        await relationships.edit_relationship(town.ctx, town.eve, town.bob.user_id, ask)
    await befriend(town, "eve", "bob")
    await relationships.edit_relationship(town.ctx, town.eve, town.bob.user_id, ask)
    assert [each.nickname for each in relationships.list_relationships(town.ctx, town.eve)] == ["Bobby"]
    assert [each.nickname for each in relationships.list_relationships(town.ctx, town.bob)] == [None]
    assert (told(town, "eve"), told(town, "bob")) == ([("UPDATE", FRIEND)], [])
    with refused(50035):
        too_long = EditRelationshipRequest(nickname="x" * 33)
        await relationships.edit_relationship(town.ctx, town.eve, town.bob.user_id, too_long)
    await relationships.edit_relationship(town.ctx, town.eve, town.bob.user_id, EditRelationshipRequest(nickname=None))
    assert [each.nickname for each in relationships.list_relationships(town.ctx, town.eve)] == [None]


@pytest.mark.parametrize(
    ("sources", "name", "is_taken"),
    [
        (0, "ada", False),
        (FriendSource.MUTUAL_GUILDS, "ada", True),
        (FriendSource.MUTUAL_GUILDS, "eve", False),
        (FriendSource.MUTUAL_FRIENDS, "ada", False),
        (FriendSource.MUTUAL_FRIENDS, "eve", True),
        (FriendSource.ANYBODY, "eve", True),
    ],
)
async def test_settings_say_who_may_ask(town: Town, sources: int, name: str, is_taken: bool) -> None:
    await befriend(town, "eve", "mod")
    await befriend(town, "bob", "mod")
    town.ctx.privacy.put(PrivacyRow(user_id=town.bob.user_id, friend_sources=int(sources)))
    if is_taken:
        await put(town, name, "bob")
    else:
        with refused(80000):
            await put(town, name, "bob")


async def test_who_cannot_be_asked(town: Town) -> None:
    with refused(80004):
        await relationships.request_friend(town.ctx, town.eve, FriendRequest(username="nobody"))
    with refused(80004):
        await relationships.request_friend(town.ctx, town.eve, FriendRequest(username="bob", discriminator="1234"))
    with refused(80003):
        await put(town, "eve", "eve")
    with refused(80003):
        await put(town, "eve", "eve", BLOCKED)
    with refused(UNKNOWN_USER, 404):
        await relationships.put_relationship(town.ctx, town.eve, 5, PutRelationshipRequest())
    with refused(50035):
        await put(town, "eve", "bob", 3)
    robot = town.ctx.users.get(town.people["hush"].user_id)
    assert robot is not None
    town.ctx.users.put(msgspec.structs.replace(robot, is_bot=True))
    with refused(80002):
        await put(town, "eve", "hush")
    await put(town, "eve", "hush", BLOCKED)  # a bot is blocked like anybody


async def test_bots_have_no_relationships(town: Town) -> None:
    bot, bob = Actor(town.ada.user_id, is_bot=True), town.bob.user_id
    assert relationships.list_relationships(town.ctx, bot) == []
    for action in (
        relationships.request_friend(town.ctx, bot, FriendRequest(username="bob")),
        relationships.put_relationship(town.ctx, bot, bob, PutRelationshipRequest()),
        relationships.edit_relationship(town.ctx, bot, bob, EditRelationshipRequest()),
        relationships.remove_relationship(town.ctx, bot, bob),
        relationships.remove_incoming(town.ctx, bot),
        relationships.set_ignored(town.ctx, bot, bob, is_ignored=True),
    ):
        with refused(20001, 403):
            await action


async def test_friends_and_blocks_have_limits(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relationships, "MAX_FRIENDS", 1)
    await put(town, "eve", "bob")
    with refused(30002) as caught:
        await put(town, "eve", "ada")
    assert b"1" in caught.value.encode()
    monkeypatch.setattr(relationships, "MAX_INCOMING", 1)
    with refused(80000):
        await put(town, "mod", "bob")
    monkeypatch.setattr(relationships, "MAX_BLOCKED", 1)
    await put(town, "mod", "ada", BLOCKED)
    with refused(30002):
        await put(town, "mod", "eve", BLOCKED)


async def test_who_is_ignored_stays_so_and_does_not_learn_of_it(town: Town) -> None:
    bob = town.bob.user_id
    await relationships.set_ignored(town.ctx, town.ada, bob, is_ignored=True)
    (shown,) = relationships.list_relationships(town.ctx, town.ada)
    assert (shown.type, shown.user_ignored) == (RelationshipType.NONE, True)
    assert told(town, "bob") == []
    assert not town.ctx.relations.hears(town.ada.user_id, bob)
    await befriend(town, "ada", "bob")
    (shown,) = relationships.list_relationships(town.ctx, town.ada)
    assert (shown.type, shown.user_ignored) == (FRIEND, True)
    await remove(town, "bob", "ada")
    assert standing(town, "ada") == {"bob": RelationshipType.NONE}
    await relationships.set_ignored(town.ctx, town.ada, bob, is_ignored=False)
    assert standing(town, "ada") == {}
    with refused(UNKNOWN_USER):
        await relationships.set_ignored(town.ctx, town.ada, town.ada.user_id, is_ignored=True)


async def test_friends_see_each_other_come_and_go_without_a_guild(town: Town) -> None:
    await befriend(town, "eve", "bob")
    presence.session_opened(town.ctx, town.eve, "e")
    town.published.clear()
    presence.session_opened(town.ctx, town.bob, "b", status="dnd")
    (friendly,) = (event for event in town.told("PRESENCE_UPDATE") if event.guild_id is None)
    assert (friendly.user_ids, b"guild_id" in friendly.body) == (frozenset({int(town.eve.user_id)}), False)
    assert [shown.status for shown in presence.friend_presences(town.ctx, town.eve.user_id)] == ["dnd"]
    town.published.clear()
    await put(town, "bob", "eve", BLOCKED)
    hidden = [(event.user_ids, msgspec.json.decode(event.body)["status"]) for event in town.told("PRESENCE_UPDATE")]
    assert (frozenset({int(town.eve.user_id)}), "offline") in hidden
    assert presence.friend_presences(town.ctx, town.eve.user_id) == []


async def test_new_friends_see_who_is_there(town: Town) -> None:
    presence.session_opened(town.ctx, town.eve, "e")
    await put(town, "eve", "bob")
    town.published.clear()
    await put(town, "bob", "eve")
    (shown,) = town.told("PRESENCE_UPDATE")
    assert (shown.user_ids, msgspec.json.decode(shown.body)["status"]) == (frozenset({int(town.bob.user_id)}), "online")


async def test_who_stands_in_a_relationship_is_no_stranger(town: Town) -> None:
    with refused(UNKNOWN_USER, 404):
        users.get_user(town.ctx, town.eve, town.bob.user_id)
    await put(town, "eve", "bob")
    assert users.get_user(town.ctx, town.eve, town.bob.user_id).username == "bob"
    assert users.get_user(town.ctx, town.bob, town.eve.user_id).username == "eve"


async def test_mutual_friends(town: Town) -> None:
    await befriend(town, "ada", "mod")
    await befriend(town, "bob", "mod")
    await befriend(town, "ada", "eve")
    mutual = relationships.list_mutual_friends(town.ctx, town.ada, town.bob.user_id)
    assert [user.username for user in mutual] == ["mod"]
    with refused(UNKNOWN_USER, 404):
        relationships.list_mutual_friends(town.ctx, town.eve, town.bob.user_id)
    await groups.create_group(town.ctx, town.ada, [town.eve.user_id])


async def test_a_restart_keeps_relationships(town: Town) -> None:
    await befriend(town, "eve", "bob")
    await put(town, "mod", "eve", BLOCKED)
    await put(town, "ada", "eve")
    await remove(town, "eve", "ada")
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files, accounts=town.ctx.accounts)
    for name in ("eve", "bob", "mod", "ada"):
        user_id = town.people[name].user_id
        before: list[RelationshipRow] = town.ctx.relations.of_user(user_id)
        assert again.relations.of_user(user_id) == before
    assert again.relations.unheard_ids(town.people["mod"].user_id) == {int(town.eve.user_id)}


MIRROR = {FRIEND: FRIEND, INCOMING: OUTGOING, OUTGOING: INCOMING}


async def test_whatever_people_do_at_once_both_sides_agree(town: Town) -> None:
    names = ("ada", "bob", "eve")
    dice = random.Random(7)

    async def act(name: str, other: str) -> None:
        with contextlib.suppress(ActionError):
            match dice.randrange(5):
                case 0 | 1:
                    await put(town, name, other)
                case 2:
                    await put(town, name, other, BLOCKED)
                case 3:
                    await remove(town, name, other)
                case 4:
                    is_ignored = bool(dice.randrange(2))
                    other_id = town.people[other].user_id
                    await relationships.set_ignored(town.ctx, town.people[name], other_id, is_ignored=is_ignored)

    pairs = [(name, other) for name in names for other in names if name != other]
    for _ in range(40):
        await asyncio.gather(*(act(*dice.choice(pairs)) for _ in range(6)))
        for name, other in pairs:
            own, theirs = standing(town, name).get(other, 0), standing(town, other).get(name, 0)
            if own in MIRROR:
                assert theirs == MIRROR[RelationshipType(own)], (name, own, other, theirs)
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files, accounts=town.ctx.accounts)
    for name in names:
        user_id = town.people[name].user_id
        rows = sorted(again.relations.of_user(user_id), key=lambda row: row.other_id)
        assert rows == sorted(town.ctx.relations.of_user(user_id), key=lambda row: row.other_id)
