"""Messages: who may do what, what is refused and how, and what everybody is told."""

import asyncio

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol import codec
from tuichat.protocol.dispatch.message import (
    MessageCreate,
    MessageDelete,
    MessageDeleteBulk,
    MessageUpdate,
    TypingStart,
)
from tuichat.protocol.message import Message, MessageReference
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import EditChannelRequest, OverwriteRequest
from tuichat.protocol.rest.message import AllowedMentions, CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, messages, overwrites, reactions
from tuichat.server.actions.context import Actor

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, NO_ACCESS, NO_PERMISSION = 10003, 10008, 50001, 50013
OTHERS_MESSAGE, EMPTY, NON_TEXT, INVALID = 50005, 50006, 50008, 50035


def text(content: str, **more: object) -> CreateMessageRequest:
    return msgspec.convert({"content": content, **more}, CreateMessageRequest)


async def send(town: Town, by: Actor, request: CreateMessageRequest) -> Message:
    return await messages.create_message(town.ctx, by, town.general, request)


@pytest.mark.parametrize(
    ("who", "expected"), [("ada", None), ("mod", None), ("bob", None), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)]
)
async def test_who_may_write(town: Town, who: str, expected: int | None) -> None:
    result = await outcome(send(town, town.people[who], text("hi")))
    assert (result if isinstance(result, int) else None) == expected
    assert len(town.told("MESSAGE_CREATE")) == (expected is None)


@pytest.mark.parametrize(
    ("who", "expected"), [("ada", None), ("mod", None), ("bob", None), ("hush", None), ("eve", NO_ACCESS)]
)
async def test_who_may_read(town: Town, who: str, expected: int | None) -> None:
    message_id = await town.say("hi")
    listed = await outcome(messages.list_messages(town.ctx, town.people[who], town.general))
    one = await outcome(messages.get_message(town.ctx, town.people[who], town.general, message_id))
    assert (listed if isinstance(listed, int) else None) == expected
    assert (one if isinstance(one, int) else None) == expected


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", None), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_may_delete_bobs_message(town: Town, who: str, expected: int | None) -> None:
    message_id = await town.say("hi", town.bob)
    assert await outcome(messages.delete_message(town.ctx, town.people[who], town.general, message_id)) == expected


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", OTHERS_MESSAGE), ("mod", OTHERS_MESSAGE), ("hush", OTHERS_MESSAGE), ("eve", NO_ACCESS)],
)
async def test_nobody_edits_anothers_words(town: Town, who: str, expected: int) -> None:
    message_id = await town.say("hi", town.bob)
    edit = messages.edit_message(town.ctx, town.people[who], town.general, message_id, EditMessageRequest(content="x"))
    assert await outcome(edit) == expected


async def test_unknown_channels_and_messages_are_told_apart(town: Town) -> None:
    nowhere = Snowflake(5)
    with refused(UNKNOWN_CHANNEL, 404):
        await messages.create_message(town.ctx, town.ada, nowhere, text("x"))
    with refused(UNKNOWN_CHANNEL, 404):
        await messages.list_messages(town.ctx, town.eve, nowhere)
    with refused(UNKNOWN_MESSAGE, 404):
        await messages.get_message(town.ctx, town.ada, town.general, nowhere)
    with refused(UNKNOWN_MESSAGE, 404):
        await messages.edit_message(town.ctx, town.ada, town.general, nowhere, EditMessageRequest(content="x"))
    with refused(UNKNOWN_MESSAGE, 404):
        await messages.delete_message(town.ctx, town.ada, town.general, nowhere)


async def test_a_stranger_learns_nothing_of_messages(town: Town) -> None:
    message_id = await town.say("hi")
    for unknown in (message_id, Snowflake(5)):
        with refused(NO_ACCESS, 403):
            await messages.get_message(town.ctx, town.eve, town.general, unknown)


async def test_a_category_holds_no_messages(town: Town) -> None:
    with refused(NON_TEXT, 400):
        await messages.create_message(town.ctx, town.ada, town.channel("Text channels"), text("x"))


@pytest.mark.parametrize("content", ["", "   ", "\n\t\u3000", "\0", " \0 "])
async def test_an_empty_message_is_refused(town: Town, content: str) -> None:
    with refused(EMPTY, 400):
        await send(town, town.bob, text(content))


async def test_2000_characters_pass_and_one_more_does_not(town: Town) -> None:
    long = "\U0001f600" * 2000
    assert (await send(town, town.bob, text(f"  {long}\n"))).content == long
    with refused(INVALID, 400) as caught:
        await send(town, town.bob, text(long + "x"))
    assert b'"content":{"_errors":[{"code":"BASE_TYPE_MAX_LENGTH","message":"Must be 2000' in caught.value.encode()


@pytest.mark.parametrize(
    "content", ["\x1b]0;title\x07", "\u202eevil", "[bold]x[/]", "a\u200bb", "\n" * 0 + "x\n" * 100 + "y", "<script>"]
)
async def test_text_is_data_and_stored_as_it_was_given(town: Town, content: str) -> None:
    sent = await send(town, town.bob, text(content))
    (listed,) = await messages.list_messages(town.ctx, town.ada, town.general, limit=1)
    assert sent.content == listed.content == content


async def test_nul_is_dropped_and_a_lone_surrogate_refused(town: Town) -> None:
    assert (await send(town, town.bob, text("a\0b"))).content == "ab"
    with refused(INVALID):
        await send(town, town.bob, CreateMessageRequest(content="\ud800"))


async def test_the_dispatch_is_the_message_with_its_guild_and_member(town: Town) -> None:
    sent = await send(town, town.bob, text("hello", nonce="n-1"))
    (event,) = town.told("MESSAGE_CREATE")
    told = codec.decode(event.body, MessageCreate)
    assert (told.id, told.content, told.nonce, told.guild_id) == (sent.id, "hello", "n-1", town.guild_id)
    assert isinstance(told.member, msgspec.Struct)
    assert told.author.username == "bob"
    assert sent.nonce == "n-1"
    assert (event.guild_id, event.channel_id, event.author_id) == (town.guild_id, town.general, town.bob.user_id)
    assert event.content_free_body is not None
    bare = codec.decode(event.content_free_body, MessageCreate)
    assert (bare.id, bare.content, bare.author) == (sent.id, "", told.author)


async def test_ids_order_and_events_agree_under_load(town: Town) -> None:
    async def write(number: int) -> Snowflake:
        return (await send(town, town.bob if number % 2 else town.ada, text(str(number)))).id

    ids = await asyncio.gather(*(write(number) for number in range(200)))
    told = [codec.decode(event.body, MessageCreate).id for event in town.told("MESSAGE_CREATE")]
    assert told == sorted(ids)
    assert [event.seq for event in town.told("MESSAGE_CREATE")] == list(
        range(town.told("MESSAGE_CREATE")[0].seq, town.told("MESSAGE_CREATE")[0].seq + 200)
    )


async def test_an_enforced_nonce_answers_the_first_message(town: Town) -> None:
    first, *others = await asyncio.gather(
        *(send(town, town.bob, text(f"{number}", nonce="n", enforce_nonce=True)) for number in range(5))
    )
    assert {message.id for message in others} == {first.id}
    assert others[0].content == "0"
    assert len(town.told("MESSAGE_CREATE")) == 1


async def test_equal_nonces_make_two_messages_where_none_is_enforced(town: Town) -> None:
    one, two = [await send(town, town.bob, text("x", nonce="n-1", enforce_nonce=False)) for _ in range(2)]
    assert one.id != two.id
    assert (one.nonce, two.nonce) == ("n-1", "n-1")


async def test_nonces_are_short(town: Town) -> None:
    await send(town, town.bob, text("x", nonce="n" * 25))
    await send(town, town.bob, text("x", nonce=2**63))
    with refused(INVALID):
        await send(town, town.bob, text("x", nonce="n" * 26))
    with refused(INVALID):
        await send(town, town.bob, text("x", nonce=2**64))


async def test_an_edit_says_when(town: Town) -> None:
    sent = await send(town, town.bob, text("before"))
    town.clock.ms += 5000
    edited = await messages.edit_message(
        town.ctx, town.bob, town.general, sent.id, EditMessageRequest(content=" after ")
    )
    assert edited.content == "after"
    assert edited.edited_timestamp is not None
    assert edited.timestamp == sent.timestamp
    (event,) = town.told("MESSAGE_UPDATE")
    told = codec.decode(event.body, MessageUpdate)
    assert (told.content, told.author.username, told.guild_id) == ("after", "bob", town.guild_id)
    assert (await messages.get_message(town.ctx, town.ada, town.general, sent.id)).content == "after"


async def test_an_edit_to_nothing_is_refused(town: Town) -> None:
    message_id = await town.say("x", town.bob)
    for request in (EditMessageRequest(content=""), EditMessageRequest(content=None)):
        with refused(EMPTY):
            await messages.edit_message(town.ctx, town.bob, town.general, message_id, request)


async def test_edits_at_once_lose_none(town: Town) -> None:
    message_id = await town.say("0", town.bob)
    edits = [
        messages.edit_message(town.ctx, town.bob, town.general, message_id, EditMessageRequest(content=str(number)))
        for number in range(1, 20)
    ]
    await asyncio.gather(*edits)
    told = [codec.decode(event.body, MessageUpdate).content for event in town.told("MESSAGE_UPDATE")]
    assert told == [str(number) for number in range(1, 20)]
    assert (await messages.get_message(town.ctx, town.ada, town.general, message_id)).content == "19"
    assert len(town.ctx.edits) == 0


async def test_a_moderator_may_hide_embeds_only(town: Town) -> None:
    message_id = await town.say("x", town.bob)
    mod = town.people["mod"]
    hidden = await messages.edit_message(town.ctx, mod, town.general, message_id, EditMessageRequest(flags=4 | 64))
    assert (hidden.flags, hidden.edited_timestamp) == (4, None)


async def test_a_timed_out_member_edits_nothing(town: Town) -> None:
    message_id = await town.say("x", town.bob)
    state = town.state
    town.ctx.guilds.put_member(
        state, msgspec.structs.replace(state.members[town.bob.user_id], timeout_until_ms=town.clock.ms + 1)
    )
    edit = EditMessageRequest(content="y")
    with refused(NO_PERMISSION):
        await messages.edit_message(town.ctx, town.bob, town.general, message_id, edit)
    town.clock.ms += 1  # and it ends by itself
    await messages.edit_message(town.ctx, town.bob, town.general, message_id, edit)


async def test_a_deletion_is_told_once(town: Town) -> None:
    message_id = await town.say("x")
    results = await asyncio.gather(
        *(outcome(messages.delete_message(town.ctx, town.ada, town.general, message_id)) for _ in range(3))
    )
    assert sorted(results, key=str) == [UNKNOWN_MESSAGE, UNKNOWN_MESSAGE, None]
    (event,) = town.told("MESSAGE_DELETE")
    assert codec.decode(event.body, MessageDelete).id == message_id


def reply(to: int, **more: object) -> CreateMessageRequest:
    return text("reply", message_reference={"message_id": Snowflake(to), **more})


async def test_a_reply_carries_the_whole_message_that_it_answers(town: Town) -> None:
    first = await send(town, town.bob, text("question"))
    answer = await send(town, town.ada, reply(first.id))
    assert answer.type == 19
    assert answer.message_reference == MessageReference(
        message_id=first.id, channel_id=town.general, guild_id=town.guild_id
    )
    assert isinstance(answer.referenced_message, Message)
    assert (answer.referenced_message.content, answer.referenced_message.author.username) == ("question", "bob")
    assert [user.username for user in answer.mentions] == ["bob"]
    bare = codec.decode(town.told("MESSAGE_CREATE")[-1].content_free_body or b"", MessageCreate)
    assert isinstance(bare.referenced_message, Message)
    assert bare.referenced_message.content == ""
    await messages.delete_message(town.ctx, town.bob, town.general, first.id)
    (listed,) = await messages.list_messages(town.ctx, town.ada, town.general, limit=1)
    assert listed.referenced_message is None
    assert b'"referenced_message":null' in codec.encode(listed)


async def test_a_reply_pings_as_far_as_allowed(town: Town) -> None:
    first = await town.say("question", town.bob)
    silent = await send(
        town,
        town.ada,
        text("r", message_reference=MessageReference(message_id=first), allowed_mentions=AllowedMentions()),
    )
    assert silent.mentions == ()
    own = await send(town, town.bob, reply(first))
    assert own.mentions == ()


async def test_an_edited_reply_still_names_whom_it_answers(town: Town) -> None:
    first = await town.say("question", town.bob)
    answer = await send(town, town.ada, reply(first))
    edited = await messages.edit_message(
        town.ctx, town.ada, town.general, answer.id, EditMessageRequest(content=f"<@{town.ada.user_id}>")
    )
    assert [user.username for user in edited.mentions] == ["ada", "bob"]
    assert isinstance(edited.referenced_message, Message)


async def test_a_reply_to_nothing(town: Town) -> None:
    with refused(INVALID, 400) as caught:
        await send(town, town.ada, reply(5))
    assert b"REPLIES_UNKNOWN_MESSAGE" in caught.value.encode()
    plain = await send(town, town.ada, reply(5, fail_if_not_exists=False))
    assert (plain.type, plain.message_reference) == (0, msgspec.UNSET)


async def test_a_reply_stays_in_its_channel(town: Town) -> None:
    first = await town.say("x")
    with refused(INVALID):
        await send(town, town.ada, reply(first, channel_id=Snowflake(town.channel("General"))))
    with refused(INVALID):
        await messages.create_message(town.ctx, town.ada, town.channel("General"), reply(first))


async def test_a_reply_needs_the_history(town: Town) -> None:
    first = await town.say("x")
    await deny(town, Permissions.READ_MESSAGE_HISTORY)
    with refused(160002):
        await send(town, town.bob, reply(first))
    assert await messages.list_messages(town.ctx, town.bob, town.general) == []
    with refused(NO_PERMISSION):
        await messages.get_message(town.ctx, town.bob, town.general, first)


async def deny(town: Town, permissions: Permissions) -> None:
    """Deny @everyone something in #general."""
    await overwrites.set_overwrite(
        town.ctx, town.ada, town.general, town.guild_id,
        OverwriteRequest(id=town.guild_id, type=0, deny=permissions),
    )  # fmt: skip


async def test_who_cannot_see_a_channel_has_no_access_to_it(town: Town) -> None:
    message_id = await town.say("secret")
    await deny(town, Permissions.VIEW_CHANNEL)
    for action in (
        send(town, town.bob, text("x")),
        messages.list_messages(town.ctx, town.bob, town.general),
        messages.get_message(town.ctx, town.bob, town.general, message_id),
        messages.trigger_typing(town.ctx, town.bob, town.general),
    ):
        with refused(NO_ACCESS, 403):
            await action
    await send(town, town.ada, text("the owner sees all"))


async def test_mentions_name_people_roles_and_everybody(town: Town) -> None:
    content = (
        f"<@{town.bob.user_id}> <@!{town.bob.user_id}> <@&{town.mod_role}> <@7> <@&7> @everyone `<@{town.eve.user_id}>`"
    )
    by_owner = await send(town, town.ada, text(content))
    assert [user.username for user in by_owner.mentions] == ["bob"]
    assert isinstance(by_owner.mentions[0].member, msgspec.Struct)
    assert by_owner.mention_roles == (town.mod_role,)
    assert by_owner.mention_everyone
    await deny(town, Permissions.MENTION_EVERYONE)
    by_bob = await send(town, town.bob, text(content))
    assert (by_bob.mention_roles, by_bob.mention_everyone) == ((), False)
    assert by_bob.content == content


@pytest.mark.parametrize(
    ("allowed", "users", "roles", "everyone"),
    [
        (AllowedMentions(), 0, 0, False),
        (AllowedMentions(parse=["users"]), 1, 0, False),
        (AllowedMentions(parse=["roles", "everyone"]), 0, 1, True),
        (AllowedMentions(users=[Snowflake(7)]), 0, 0, False),
    ],
)
async def test_allowed_mentions_restrict(
    town: Town, allowed: AllowedMentions, users: int, roles: int, everyone: bool
) -> None:
    content = f"<@{town.bob.user_id}> <@&{town.mod_role}> @here"
    sent = await send(town, town.ada, CreateMessageRequest(content=content, allowed_mentions=allowed))
    assert (len(sent.mentions), len(sent.mention_roles), sent.mention_everyone) == (users, roles, everyone)


@pytest.mark.parametrize(
    "allowed",
    [
        AllowedMentions(parse=["nobody"]),
        AllowedMentions(parse=["users"], users=[Snowflake(1)]),
        AllowedMentions(roles=[Snowflake(number) for number in range(101)]),
    ],
)
async def test_contradictory_allowed_mentions_are_refused(town: Town, allowed: AllowedMentions) -> None:
    with refused(INVALID):
        await send(town, town.ada, CreateMessageRequest(content="x", allowed_mentions=allowed))


async def counts(town: Town, who: str) -> int:
    states = await town.ctx.store.read_states(town.people[who].user_id)
    return sum(state.mention_count for state in states)


async def test_mentions_count_for_those_who_are_pinged(town: Town) -> None:
    await send(town, town.ada, text(f"<@{town.bob.user_id}> <@{town.ada.user_id}> <@{town.eve.user_id}>"))
    assert [await counts(town, who) for who in ("ada", "mod", "bob", "eve")] == [0, 0, 1, 0]
    await send(town, town.ada, text(f"<@&{town.mod_role}>"))
    await send(town, town.ada, text("@everyone"))
    assert [await counts(town, who) for who in ("ada", "mod", "bob", "eve")] == [0, 2, 2, 0]


async def test_pages(town: Town) -> None:
    ids = [await town.say(str(number)) for number in range(7)]

    async def page(**query: int) -> str:
        found = await messages.list_messages(town.ctx, town.bob, town.general, **query)
        return "".join(message.content for message in found)

    assert await page(limit=2) == "65"
    assert await page(before=ids[3], limit=2) == "21"
    assert await page(after=ids[3], limit=2) == "54"
    assert await page(around=ids[3], limit=3) == "432"
    assert await page(around=ids[3], limit=1) == "3"
    assert (await page(around=ids[3], limit=100)).startswith("6543210")
    for limit in (0, 101, -1):
        with refused(INVALID):
            await page(limit=limit)


async def test_slow_mode_says_how_long(town: Town) -> None:
    await channels.edit_channel(town.ctx, town.ada, town.general, EditChannelRequest(rate_limit_per_user=10))
    await send(town, town.bob, text("1"))
    town.clock.ms += 4000
    with refused(20016, 429) as caught:
        await send(town, town.bob, text("2"))
    assert caught.value.retry_after_s == pytest.approx(6, abs=0.1)
    for _ in range(2):
        await send(town, town.people["mod"], text("moderators are not slowed"))
    town.clock.ms += 6001
    await send(town, town.bob, text("3"))


async def test_typing_is_told_and_not_kept(town: Town) -> None:
    await messages.trigger_typing(town.ctx, town.bob, town.general)
    (event,) = town.told("TYPING_START")
    told = codec.decode(event.body, TypingStart)
    assert (told.user_id, told.timestamp) == (town.bob.user_id, town.clock.ms // 1000)
    assert event.is_lossy
    assert event.seq == 0
    with refused(NO_PERMISSION):
        await messages.trigger_typing(town.ctx, town.people["hush"], town.general)


async def test_bulk_deletion_is_for_bots_of_two_to_a_hundred(town: Town) -> None:
    ids = [await town.say(str(number)) for number in range(3)]
    bot = Actor(town.people["mod"].user_id, is_bot=True)
    with refused(20002):
        await messages.bulk_delete_messages(town.ctx, town.ada, town.general, ids)
    for wrong in (ids[:1], [ids[0], ids[0]], [Snowflake(ids[0] + number) for number in range(101)]):
        with refused(50016):
            await messages.bulk_delete_messages(town.ctx, bot, town.general, wrong)
    with refused(NO_PERMISSION):
        await messages.bulk_delete_messages(town.ctx, Actor(town.bob.user_id, is_bot=True), town.general, ids)
    with refused(50034):
        await messages.bulk_delete_messages(town.ctx, bot, town.general, [Snowflake(1), *ids])
    with refused(INVALID, 400):
        await messages.bulk_delete_messages(town.ctx, bot, town.general, [*ids, ids[0]])
    await messages.bulk_delete_messages(town.ctx, bot, town.general, [*ids[:2], Snowflake(ids[2] + 1)])
    (event,) = town.told("MESSAGE_DELETE_BULK")
    assert codec.decode(event.body, MessageDeleteBulk).ids == ids[:2]
    assert [message.id for message in await messages.list_messages(town.ctx, town.ada, town.general, limit=1)] == [
        ids[2]
    ]


async def test_embeds_are_kept_within_their_limits(town: Town) -> None:
    embed = {
        "title": "T",
        "description": "D",
        "color": 0x112233,
        "fields": [{"name": "a", "value": "b"}],
        "footer": None,
    }
    request = codec.decode(
        msgspec.json.encode({"embeds": [embed, {"url": "https://example.invalid"}]}), CreateMessageRequest
    )
    sent = await send(town, town.bob, request)
    first = msgspec.json.decode(sent.embeds[0])
    assert first == {
        "type": "rich", "title": "T", "description": "D", "color": 0x112233,
        "fields": [{"name": "a", "value": "b", "inline": False}],
    }  # fmt: skip
    faults: tuple[list[object], ...] = (
        [{}], [{"title": "x" * 257}], [{"title": "x"}] * 11, [7], [{"description": "x" * 4000}] * 2,
        [{"title": "x", "url": "javascript:alert(1)"}], [{"title": 7}], [{"color": -1, "title": "x"}],
        [{"fields": [{"name": "", "value": "x"}]}], [{"fields": [{"name": "x", "value": "x"}] * 26}],
    )  # fmt: skip
    for wrong in faults:
        with refused(INVALID):
            await send(town, town.bob, codec.decode(msgspec.json.encode({"embeds": wrong}), CreateMessageRequest))


async def test_a_message_into_a_channel_deleted_meanwhile_is_refused(town: Town) -> None:
    results = await asyncio.gather(
        channels.delete_channel(town.ctx, town.ada, town.general),
        *(outcome(send(town, town.bob, text(str(number)))) for number in range(5)),
    )
    assert set(results[1:]) == {UNKNOWN_CHANNEL}


async def test_a_bot_without_message_content_reads_what_concerns_it(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    strangers = await town.say("secret")
    named = await town.say(f"<@{bot.user_id}> hello")
    own = await town.say("mine", bot)
    answer = await send(
        town,
        town.ada,
        text("secret answer", message_reference=MessageReference(message_id=own, channel_id=town.general)),
    )
    shown = await messages.list_messages(town.ctx, bot, town.general)
    by_id = {message.id: message for message in shown}
    assert by_id[strangers].content == ""
    assert (by_id[named].content, by_id[own].content) == (f"<@{bot.user_id}> hello", "mine")
    assert by_id[answer.id].content == "secret answer"  # a reply to it names it
    assert (await messages.get_message(town.ctx, bot, town.general, strangers)).content == ""
    for allowed in (Actor(bot.user_id, is_bot=True, application_flags=1 << 19), town.bob):
        assert (await messages.get_message(town.ctx, allowed, town.general, strangers)).content == "secret"


async def test_a_plain_message_is_shown_anew_once_it_or_its_author_changes(town: Town) -> None:
    async def shown() -> Message:
        (found,) = await messages.list_messages(town.ctx, town.bob, town.general, limit=1)
        return found

    message_id = await town.say("hello")
    first = await shown()
    assert await shown() is first
    await messages.edit_message(town.ctx, town.ada, town.general, message_id, EditMessageRequest(content="hi"))
    edited = await shown()
    assert (edited.content, await shown() is edited) == ("hi", True)
    row = town.ctx.users.get(town.ada.user_id)
    assert row is not None
    town.ctx.users.put(msgspec.structs.replace(row, display_name="Countess"))
    assert (await shown()).author.global_name == "Countess"
    await reactions.add_reaction(town.ctx, town.bob, town.general, message_id, "🎉")
    assert (await shown()).reactions
    await reactions.remove_reaction(town.ctx, town.bob, town.general, message_id, "🎉")
    assert not (await shown()).reactions
