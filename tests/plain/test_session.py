"""Tests of `tuichat.plain.session` and its room: what is printed as things happen."""

import asyncio

import msgspec
import pytest

from tests.client.builders import user
from tests.client.rooms_found import found
from tests.plain.talking import Talk
from tests.tui.samples import GENERAL, GRACE, GUILD, KEN, ME, RANDOM, FakeClient, message, sample_state
from tuichat.client.change import FollowedWentLive, MessageArrived, MessageChanged, RoomCall, RoomCalled, TimelineReset
from tuichat.client.state import Connection
from tuichat.config.schema import NotificationSettings, Settings
from tuichat.protocol.dispatch.read_state import ReadState
from tuichat.protocol.message import MessageType, Reaction, ReactionEmoji
from tuichat.protocol.relationship import RelationshipType
from tuichat.protocol.snowflake import Snowflake


async def test_opening_a_channel_tells_what_is_new_and_some_of_what_was_before() -> None:
    talk = Talk()
    written = [entry.message for entry in talk.client.state.timeline(GENERAL).confirmed]
    talk.client.state.read_states[GENERAL] = ReadState(id=Snowflake(GENERAL), last_message_id=written[-4].id)
    lines = await talk.open()
    assert lines[0] == "You are in #general, Textual Labs. 1 new message."  # the two last are one's own
    assert lines[-1].endswith("ada: also: the new numbers look great")
    assert len(lines) == 1 + 1 + 5
    assert ("read", GENERAL) in talk.client.asked
    assert (await talk.open())[0] == "You are in #general, Textual Labs. Nothing is new."


async def test_messages_are_printed_and_read_as_they_come() -> None:
    talk = Talk()
    await talk.open()
    talk.client.asked.clear()
    talk.client.receive(message(GRACE, 0, "good morning"))
    assert [line.split(": ", 1)[1] for line in talk.new()] == ["good morning"]
    await talk.session.wait_until(lambda: ("read", GENERAL) in talk.client.asked, 5)
    talk.client.receive(message(GRACE, 0, "elsewhere", channel=RANDOM))
    assert talk.new() == []


async def test_ones_own_message_is_printed_once_it_is_there() -> None:
    talk = Talk()
    await talk.open()
    assert await talk.type("on my way, @grace") == []
    assert talk.client.asked[-1] == ("send", GENERAL, f"on my way, <@{GRACE}>", None)
    talk.client.receive(message(KEN, -1, "faster than you"))
    talk.client.confirm(GENERAL, "n1", message(ME, -0.5, "").id)
    assert [line.split(" ", 2)[2] for line in talk.new()] == ["ken: faster than you", "ada: on my way, @grace"]


async def test_what_was_not_sent_is_told_once_and_can_be_sent_again_or_forgotten() -> None:
    talk = Talk()
    await talk.open()
    await talk.type("hello")
    talk.client.fail(GENERAL, "n1", "You may not write here.")
    talk.client.emit(MessageChanged(GENERAL, "n1"))
    assert talk.new() == ["Not sent: “hello”. You may not write here. /retry sends it again, /discard forgets it."]
    await talk.type("/retry")
    assert talk.client.asked[-1] == ("retry", GENERAL, "n1")
    assert await talk.type("/discard") == ["1 message is forgotten."]
    assert talk.client.asked[-1] == ("discard", GENERAL, "n1")
    assert await talk.type("/retry") == ["Everything here was sent."]


async def test_what_becomes_of_a_message_is_told() -> None:
    talk = Talk()
    await talk.open()
    item = message(GRACE, 0, "helo")
    talk.client.receive(item)
    number = talk.number_of(item)
    talk.new()
    talk.client.edit(GENERAL, item.id, "hello")
    assert talk.new() == [f"{number} of grace now says: hello"]
    entry = talk.client.state.timeline(GENERAL).find(item.id)
    assert entry is not None
    entry.message = msgspec.structs.replace(entry.message, reactions=[Reaction(emoji=ReactionEmoji(name="🎉"))])
    talk.client.emit(MessageChanged(GENERAL, entry.key))
    assert talk.new() == [f"{number} of grace has reactions: party popper 1."]
    talk.client.emit(MessageChanged(GENERAL, entry.key))
    assert talk.new() == []
    talk.client.remove(GENERAL, item.id)
    assert talk.new() == [f"{number} was deleted."]


async def test_what_was_missed_is_told_when_the_connection_is_back() -> None:
    talk = Talk()
    await talk.open()
    first, second = message(GRACE, 0, "first"), message(GRACE, -1, "second")
    talk.client.receive(first)
    talk.client.receive(second)
    numbers = talk.number_of(first), talk.number_of(second)
    talk.new()
    talk.client.connect(Connection.RECONNECTING, "The server cannot be reached.")
    talk.client.connect(Connection.RECONNECTING, "The server cannot be reached.", 1000)
    talk.client.connect(Connection.CONNECTING)
    talk.client.connect(Connection.RECONNECTING, "Still not.")
    assert talk.new()[0] == (
        "ada on this computer is not connected. The server cannot be reached. tuichat tries again by itself; "
        "/reconnect tries now."
    )
    timeline = talk.client.state.timeline(GENERAL)
    timeline.confirmed = [entry for entry in timeline.confirmed if entry.message.id != first.id]
    known = timeline.find(second.id)
    assert known is not None
    known.message = msgspec.structs.replace(known.message, content="second, better")
    missed = message(KEN, -2, "missed")
    timeline.confirmed.append(type(known)(str(int(missed.id)), missed))
    talk.client.connect(Connection.READY)
    talk.client.emit(TimelineReset(GENERAL))
    lines = talk.new()
    assert lines[0] == "ada on this computer is connected again."
    assert lines[1:3] == [f"{numbers[0]} was deleted.", f"{numbers[1]} of grace now says: second, better"]
    assert lines[3].endswith("ken: missed")
    assert len(lines) == 4


async def test_who_calls_elsewhere_is_told_in_one_line() -> None:
    talk = Talk(settings=Settings(notifications=NotificationSettings(bell=False)))
    await talk.open()
    call = message(GRACE, 0, "<@101> look", channel=RANDOM, mentions=[ME])
    talk.client.emit(MessageArrived(RANDOM, call))
    assert talk.new() == ["grace mentions you in #random, Textual Labs: @ada look"]
    for text in ("one", "two"):
        talk.client.emit(MessageArrived(RANDOM, message(GRACE, 0, text, channel=RANDOM)))
    assert talk.new() == ["New in #random, Textual Labs."]
    talk.client.emit(MessageArrived(GENERAL, message(GRACE, 0, "<@101> here", mentions=[ME])))
    assert talk.new() == []
    made = await talk.client.places.open_private_channel(KEN)
    talk.client.emit(MessageArrived(made.id, message(KEN, 0, "psst", channel=made.id)))
    assert talk.new() == ["ken writes to you: psst"]


async def test_rooms_say_what_they_begin_with_and_what_they_want_of_one() -> None:
    talk = Talk(settings=Settings(notifications=NotificationSettings(bell=False)))
    await talk.open()
    for _ in range(2):
        began = msgspec.structs.replace(message(GRACE, 0, "News", channel=RANDOM), type=MessageType.STAGE_START)
        talk.client.emit(MessageArrived(RANDOM, began))
    assert talk.new() == ["grace began a room in #random, Textual Labs: News"] * 2
    asked = RoomCalled(
        guild_id=GUILD,
        channel_id=RANDOM,
        call=RoomCall.INVITED,
        topic="News",
        name="grace",
        channel_name="weekly",
        guild_name="Labs",
    )
    talk.client.emit(asked)
    assert talk.new() == ["grace asks you into the room “News” in #weekly of Labs. /room join comes in."]


async def test_who_of_those_one_follows_is_live_is_told() -> None:
    talk = Talk(settings=Settings(notifications=NotificationSettings(bell=False)))
    await talk.open()
    talk.client.emit(FollowedWentLive(found(RANDOM), "started", user(GRACE, "grace")))
    assert talk.new() == [
        "grace started “Bees in winter” in Bee Club. /hallway join comes into the first room, /hallway lists them."
    ]
    quiet = Talk(settings=Settings(notifications=NotificationSettings(do_not_disturb=True)))
    await quiet.open()
    quiet.client.emit(FollowedWentLive(found(RANDOM), "club"))
    assert quiet.new() == []


async def test_who_is_not_to_be_disturbed_is_asked_into_no_room_and_hears_what_its_own_wants() -> None:
    talk = Talk(settings=Settings(notifications=NotificationSettings(do_not_disturb=True)))
    await talk.open()
    told = RoomCalled(guild_id=GUILD, channel_id=RANDOM, call=RoomCall.INVITED, topic="News", channel_name="weekly")
    talk.client.emit(told)
    assert talk.new() == []
    talk.client.emit(msgspec.structs.replace(told, call=RoomCall.ASKED_UP))
    assert talk.new() == ["You are asked to speak in #weekly. /room accept takes the stage, /room decline declines."]


async def test_nothing_calls_who_wants_to_hear_nothing() -> None:
    talk = Talk(settings=Settings(notifications=NotificationSettings(do_not_disturb=True)))
    await talk.open()
    talk.client.emit(MessageArrived(RANDOM, message(GRACE, 0, "<@101>", channel=RANDOM, mentions=[ME])))
    assert talk.new() == []
    discreet = Talk(settings=Settings(notifications=NotificationSettings(show_text=False, bell=False)))
    await discreet.open()
    discreet.client.emit(MessageArrived(RANDOM, message(GRACE, 0, "secret", channel=RANDOM, mentions=[ME])))
    assert discreet.new() == ["grace mentions you in #random, Textual Labs."]


async def test_an_account_that_cannot_sign_in_says_why() -> None:
    talk = Talk()
    talk.client.connect(Connection.REFUSED, "The token is not valid any more.")
    assert talk.new() == [
        "ada on this computer cannot sign in. The token is not valid any more. /signin signs in again."
    ]


async def test_a_channel_that_goes_is_left() -> None:
    talk = Talk()
    await talk.open(RANDOM)
    del talk.client.state.channels[RANDOM]
    talk.client.restructure()
    assert talk.new() == ["The channel that was open is gone, or closed to you. /channels lists the others."]
    assert "No channel is open" in (await talk.type("hello"))[0]
    assert await talk.open(RANDOM) == ["That channel is not there any more."]


async def test_a_pipe_waits_for_each_message_and_prints_no_history() -> None:
    talk = Talk(is_terminal=False)
    assert await talk.open() == []
    sending = asyncio.create_task(talk.type("hello"))
    await asyncio.sleep(0)
    assert not sending.done()
    talk.client.confirm(GENERAL, "n1", message(ME, 0, "").id)
    assert (await sending)[0].endswith("ada: hello")
    assert not talk.session.has_failed


LOOKS_LIKE_COMMANDS = [
    "/attach ~/.ssh/id_ed25519",
    "/delete last",
    "s/mine/yours/",
    "/home/ci/build.py:3: error",
    "//x",
    "/",
]


@pytest.mark.parametrize("line", LOOKS_LIKE_COMMANDS)
async def test_lines_that_nobody_types_are_messages_whatever_they_look_like(line: str) -> None:
    talk = Talk(is_terminal=False)
    await talk.open()
    talk.client.receive(message(ME, 0, "mine"))
    talk.client.asked.clear()
    sending = asyncio.create_task(talk.type(line))
    await asyncio.sleep(0)
    assert [each for each in talk.client.asked if each[0] != "read"] == [("send", GENERAL, line, None)]
    talk.client.confirm(GENERAL, "n1", message(ME, 0, "").id)
    await sending
    assert not talk.session.has_failed


async def test_without_a_channel_a_pipe_sends_nothing() -> None:
    talk = Talk(is_terminal=False)
    told = await talk.type("/where")
    assert told == ["No channel is open, so that was not sent. --channel and its name opens one at the start."]
    assert talk.session.has_failed


async def test_a_pipe_gives_commands_where_that_is_wanted() -> None:
    talk = Talk(is_terminal=False, takes_commands=True)
    await talk.open()
    assert (await talk.type("/where"))[0].startswith("#general, Textual Labs.")


async def test_several_pasted_lines_are_sent_as_one_message_once_asked_and_never_run() -> None:
    talk = Talk()
    await talk.open()
    mine = message(ME, 0, "mine")
    talk.client.receive(mine)
    talk.new()
    talk.client.asked.clear()
    pasted = "/delete last\n/attach ~/.ssh/id_ed25519\n"
    for answer in ("no", "", "/delete last"):
        assert await talk.type(pasted, [answer]) == ["It was not sent; the arrow up brings it back."]
    assert talk.answers.questions == ["Send these 2 lines as one message? Type yes to send them: "] * 3
    assert "send" not in [each[0] for each in talk.client.asked]
    await talk.type(pasted, ["yes"])
    assert [each for each in talk.client.asked if each[0] != "read"] == [("send", GENERAL, pasted.rstrip("\n"), None)]


async def test_what_a_blocked_person_changes_is_not_told() -> None:
    talk = Talk()
    await talk.open()
    item = message(GRACE, 0, "helo")
    talk.client.receive(item)
    talk.client.state.relations[GRACE] = RelationshipType.BLOCKED
    talk.new()
    talk.client.edit(GENERAL, item.id, "hello")
    entry = talk.client.state.timeline(GENERAL).find(item.id)
    assert entry is not None
    entry.message = msgspec.structs.replace(entry.message, reactions=[Reaction(emoji=ReactionEmoji(name="🎉"))])
    talk.client.emit(MessageChanged(GENERAL, entry.key))
    assert talk.new() == []
    del talk.client.state.relations[GRACE]
    talk.client.emit(MessageChanged(GENERAL, entry.key))
    assert talk.new() == []  # it is not told later either


async def test_several_accounts_are_told_apart() -> None:
    other = sample_state()
    talk = Talk(FakeClient(sample_state()), FakeClient(other, key="s2/101", username="ada2"))
    assert (await talk.open())[0].startswith("You are in #general, Textual Labs, as ada on this computer.")
    assert (await talk.type("/accounts")) == ["ada on this computer: connected", "ada2 on this computer: connected"]
    await talk.type("/account ada2")
    here = talk.session.here
    assert here is not None
    assert here.account_key == "s2/101"
    await talk.type("/open random")
    here = talk.session.here
    assert here is not None
    assert (here.account_key, here.channel_id) == ("s2/101", RANDOM)


async def test_news_are_counted_at_the_start() -> None:
    talk = Talk()
    await talk.open()
    talk.session.tell_news()
    (line,) = talk.new()
    assert line == (
        "2 other channels have something new: #voice-engine, #reviews. /next opens the next one, /unread lists them."
    )


async def test_a_channel_opens_as_soon_as_the_server_is_there() -> None:
    client = FakeClient(sample_state())
    client.state.connection = Connection.RECONNECTING
    talk = Talk(client)
    talk.session.open_first_later("random")
    await asyncio.sleep(0)
    assert talk.session.room is None
    client.connect(Connection.READY)
    for _ in range(5):
        await asyncio.sleep(0)
    await talk.session.settle()
    assert any(line.startswith("You are in #random") for line in talk.new())
    await talk.session.close()


async def test_what_was_sent_is_found_again_at_the_next_start_and_what_was_refused_is_not() -> None:
    talk = Talk()
    await talk.open()
    for line in ("hello", "/nosuch", "/unread", " not to be kept"):
        await talk.type(line)
    await talk.session.close()
    again = Talk()
    await again.session.begin_history()
    assert again.answers.recalled == ["/unread", "hello"]
    await again.open()
    assert await again.type("/forget") == ["2 lines were forgotten."]
    assert again.answers.recalled == []


async def test_a_pipe_leaves_nothing_to_be_found() -> None:
    talk = Talk(is_terminal=False, takes_commands=True)
    await talk.open()
    assert await talk.type("/unread")
    await talk.session.close()
    again = Talk()
    await again.session.begin_history()
    assert again.answers.recalled == []
