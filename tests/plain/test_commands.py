"""Tests of the commands of plain mode: places by name, messages by number."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from docs import catalogues
from tests.plain.talking import Talk
from tests.tui.samples import GENERAL, GRACE, GUILD, KEN, ME, NOW, RANDOM, TOWNHALL, VOICE_ENGINE, message
from tests.tui.test_files import URL, FilesClient, with_file
from tuichat.client.room_view import RoomView
from tuichat.protocol.poll import Poll, PollAnswer, PollMedia, PollResults


@pytest.fixture
async def talk() -> Talk:
    talk = Talk()
    await talk.open()
    return talk


@pytest.mark.parametrize(
    "typed", ["random", "#random", "Random", "#random, Textual Labs", "random, textual labs", str(RANDOM)]
)
async def test_a_channel_is_opened_by_its_name(talk: Talk, typed: str) -> None:
    assert (await talk.type(f"/open {typed}"))[0].startswith("You are in #random, Textual Labs.")


async def test_join_opens_too(talk: Talk) -> None:
    assert (await talk.type("/join #random"))[0].startswith("You are in #random")


async def test_a_wrong_name_brings_the_near_ones(talk: Talk) -> None:
    assert await talk.type("/open randon") == ["There is no place called randon. Did you mean random?"]
    assert "/servers and /channels" in (await talk.type("/open qqqq"))[0]
    assert "no server called Textual Lab" in (await talk.type("/channels Textual Lab"))[0]


async def test_a_person_is_written_to_in_private(talk: Talk) -> None:
    assert (await talk.type("/open @ken"))[0].startswith("You are in @ken.")
    await talk.type("hello ken")
    assert talk.client.asked[-1] == ("send", 9000 + KEN, "hello ken", None)
    assert await talk.type("/private") == ["@ken"]
    assert (await talk.type("/members"))[0] == "ken, idle"


async def test_the_list_of_channels_ends_with_the_rooms_that_are_live(talk: Talk) -> None:
    room = RoomView(
        account_key=talk.client.key, guild_id=GUILD, channel_id=TOWNHALL, title="townhall", is_live=True, topic="News"
    )
    talk.client.live_rooms.put(room)
    channels = await talk.type("/channels")
    assert channels[-1] == "#townhall: the room “News” is live. /room join #townhall comes in."


async def test_lists_tell_what_is_new(talk: Talk) -> None:
    channels = await talk.type("/channels")
    assert "#general, open" in channels
    assert "#voice-engine, unread, 3 mentions" in channels
    assert not any("standup" in line for line in channels)  # nothing is to be read in a voice channel
    (server,) = await talk.type("/servers")
    assert server.startswith("Textual Labs, 412 members, ")
    assert (await talk.type("/unread"))[0] == "#voice-engine, Textual Labs: unread, 3 mentions"
    assert (await talk.type("/where")) == ["#general, Textual Labs. measure first, ship small"]
    assert (await talk.type("/members"))[-1] == "The server has 412 members in all."
    assert (await talk.type("/read"))[0].endswith("marked as read.")
    assert await talk.type("/unread") == ["Nothing is new anywhere."]
    assert await talk.type("/next") == ["Nothing is new anywhere."]


async def test_next_goes_first_where_one_is_mentioned(talk: Talk) -> None:
    await talk.type("/next")
    here = talk.session.here
    assert here is not None
    assert here.channel_id == VOICE_ENGINE


async def test_history_goes_back_step_by_step(talk: Talk) -> None:
    talk.client.older = [message(GRACE, 60 * 48 - number, f"old {number}") for number in range(12)]
    talk.client.state.timeline(GENERAL).has_older = True
    first = await talk.type("/history")
    assert len(first) == 11
    assert first[-1] == "That was before. /history goes on."
    second = await talk.type("/history 50")
    assert second[-1] == "This is where the channel begins."
    assert "old 0" in second[0]
    told = [line.split(". ", 1)[0] for line in first + second if line[0].isdigit()]
    assert len(told) == len(set(told))
    for wrong in ("none", "0", "101", "0000000500", "0000001005000", "9" * 5000):
        assert "COUNT: " in (await talk.type(f"/history {wrong}"))[0]


async def test_a_message_is_answered_by_its_number(talk: Talk) -> None:
    item = message(GRACE, 0, "who comes?")
    talk.client.receive(item)
    number = talk.number_of(item)
    await talk.type(f"/reply {number} me, and @ken")
    assert talk.client.asked[-1] == ("send", GENERAL, f"me, and <@{KEN}>", item.id)
    await talk.type("/reply last me too")
    assert talk.client.asked[-1] == ("send", GENERAL, "me too", item.id)


async def test_only_ones_own_messages_are_edited(talk: Talk) -> None:
    mine, other = message(ME, 0, "mine"), message(GRACE, -1, "other")
    talk.client.receive(mine)
    talk.client.receive(other)
    await talk.type(f"/edit {talk.number_of(mine)} better")
    assert talk.client.asked[-1] == ("edit", GENERAL, mine.id, "better")
    assert await talk.type(f"/edit {talk.number_of(other)} worse") == ["That message is not yours to edit."]


async def test_deleting_asks_first(talk: Talk) -> None:
    mine = message(ME, 0, "mine")
    talk.client.receive(mine)
    number = talk.number_of(mine)
    talk.new()
    assert await talk.type(f"/delete {number}", ["no"]) == ["ada: mine", "Nothing was done."]
    assert talk.answers.questions == ["Delete this message for everyone? Type yes to go on: "]
    await talk.type(f"/delete {number}", ["yes"])
    assert talk.client.asked[-1] == ("delete", GENERAL, mine.id)
    talk.client.remove(GENERAL, mine.id)
    talk.new()
    assert await talk.type(f"/show {number}") == [f"{number} was deleted, or its channel is closed."]


async def test_reacting_takes_names_and_signs(talk: Talk) -> None:
    item = message(GRACE, 0, "done")
    talk.client.receive(item)
    number = talk.number_of(item)
    talk.new()
    assert await talk.type(f"/react {number} :tada:") == [
        f"{number} of grace has reactions: party popper 1 with yours."
    ]
    assert await talk.type(f"/react {number} 🎉") == [f"{number} of grace has no reactions."]
    assert await talk.type(f"/react {number} thumbs up sign") == [
        f"{number} of grace has reactions: thumbs up sign 1 with yours."
    ]
    assert "No emoji is called nothing" in (await talk.type(f"/react {number} nothing"))[0]


async def test_voting_by_the_answers_numbers(talk: Talk) -> None:
    answers = [PollAnswer(answer_id=each, poll_media=PollMedia(text=f"a{each}")) for each in (4, 5)]
    expiry = (NOW + timedelta(days=1)).isoformat()
    poll = Poll(question=PollMedia(text="?"), answers=answers, expiry=expiry, results=PollResults())
    item = msgspec.structs.replace(message(GRACE, 0, ""), poll=poll)
    talk.client.receive(item)
    number = talk.number_of(item)
    talk.new()
    assert (await talk.type(f"/vote {number} 1 2")) == ["This poll takes one answer."]
    for wrong in ("3", "0", "00019", "-1", "²", "9" * 5000):
        assert "from 1 to 2" in (await talk.type(f"/vote {number} {wrong}"))[0]
    assert await talk.type(f"/vote {number} 2") == [f"{number} of grace: answer 2: a5, 1 vote, yours"]
    assert talk.client.rest.asked[-1][0] == "PUT"


@pytest.mark.parametrize("typed", ["/show 999", "/show x", "/show 99999999999999999999", "/reply", "/show ²"])
async def test_a_number_that_names_nothing_is_told(talk: Talk, typed: str) -> None:
    assert len(await talk.type(typed)) == 1


async def test_help_lists_all_commands_and_tells_about_one(talk: Talk) -> None:
    lines = await talk.type("/help")
    for name in ("/open", "/reply", "/join", "/msg", "/quit", "/signin"):
        assert any(line.startswith(name) for line in lines)
    assert (await talk.type("/help reply"))[0] == "/reply MESSAGE TEXT..."
    assert "Did you mean /reply" in (await talk.type("/help repli"))[0]


async def test_all_that_help_says_can_be_translated(talk: Talk) -> None:
    known = catalogues.sentences()
    for each in talk.commands.all():
        assert each.english_summary in known
        assert [item.english_help for item in each.parameters if item.english_help not in known] == []


async def test_a_file_is_sent(tmp_path: Path) -> None:
    client = FilesClient()
    talk = Talk(client)
    await talk.open()
    path = tmp_path / "run of today.log"
    path.write_bytes(b"all green")
    assert await talk.type(f'/attach "{path}" for you, @ken') == ["run of today.log is on its way."]
    assert client.asked[-1] == ("files", GENERAL, f"for you, <@{KEN}>", ["run of today.log"])
    assert "cannot be read" in (await talk.type(f"/attach {tmp_path}/nothing"))[0]
    assert "only files can be sent" in (await talk.type(f"/attach {tmp_path}"))[0]
    assert len([each for each in client.asked if each[0] == "files"]) == 1


async def test_the_files_of_a_message_are_saved(tmp_path: Path) -> None:
    client = FilesClient()
    talk = Talk(client)
    await talk.open()
    item, without = with_file(), message(GRACE, 0, "no file")
    for each in (item, without):
        client.receive(each)
    number = talk.number_of(item)
    other = talk.number_of(without)
    talk.new()
    assert await talk.type(f"/save {number} {tmp_path}") == [f"Saved: {tmp_path / 'plan.png'}"]
    assert client.downloads.saved == [(URL, "plan.png", 3_400_000)]
    assert await talk.type(f"/save {other}") == ["That message has no files."]


async def test_quit_leaves(talk: Talk) -> None:
    await talk.type("/quit")
    assert talk.session.leaving.is_set()
