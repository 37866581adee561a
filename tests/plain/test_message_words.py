"""Tests of `tuichat.plain.message_words`: a message as lines that can be heard."""

import json
from datetime import timedelta

import msgspec
import pytest

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import BOT, GENERAL, GRACE, LINUS, ME, NOW, message, sample_state
from tuichat.client.state import Entry
from tuichat.plain.message_words import MessageWords
from tuichat.protocol.message import Attachment, Message, MessageFlag, MessageType, Reaction, ReactionEmoji
from tuichat.protocol.poll import Poll, PollAnswer, PollAnswerCount, PollMedia, PollResults
from tuichat.protocol.relationship import RelationshipType
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.channel_names import ChannelNames
from tuichat.text.component_words import emoji_words

TIME = "09:48"


def lines(item: Message, number: int = 7) -> list[str]:
    return words().lines(Entry("k", item), number)


def words() -> MessageWords:
    return MessageWords(ChannelNames(sample_state(), GENERAL), NOW.astimezone())


def at(minutes_ago: float) -> str:
    return (NOW.astimezone() - timedelta(minutes=minutes_ago)).strftime("%H:%M")


def with_fields(**fields: object) -> Message:
    return msgspec.structs.replace(message(GRACE, 10, "look"), **fields)


def file(name: str, size: int, description: str = "") -> Attachment:
    made = Attachment(id=Snowflake(1), filename=name, size=size, url="https://cdn/x", proxy_url="")
    return msgspec.structs.replace(made, description=description) if description else made


def raw(content: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(content).encode())


def test_a_message_is_number_time_author_and_words() -> None:
    assert lines(message(GRACE, 10, "**hello**\nthere")) == [f"7. {at(10)} grace: hello; there"]


def test_another_day_is_named() -> None:
    (line,) = lines(message(GRACE, 60 * 24, "hello"))
    assert line.startswith("7. Yesterday ")


def test_a_reply_says_what_it_answers() -> None:
    original = message(GRACE, 12, "the plan " + "and more " * 20)
    (line,) = lines(message(LINUS, 10, "yes", answers=original))
    assert line.startswith(f"7. {at(10)} linus, in reply to grace (the plan and more")
    assert line.endswith("…): yes")
    gone = msgspec.structs.replace(message(LINUS, 10, "yes", kind=MessageType.REPLY), referenced_message=None)
    assert lines(gone) == [f"7. {at(10)} linus, in reply to a message that is gone: yes"]


def test_files_are_named_with_their_size() -> None:
    both = with_fields(attachments=[file("notes.txt", 12 * 1024), file("cat.png", 2048, "a cat asleep")])
    assert lines(both) == [f"7. {at(10)} grace: look; file notes.txt, 12 KiB; file cat.png, 2 KiB: a cat asleep"]
    hidden = with_fields(content="", attachments=[file("SPOILER_end.png", 2048)])
    assert lines(hidden) == [f"7. {at(10)} grace: a hidden file, 2 KiB"]
    assert "file SPOILER_end.png, 2 KiB <https://cdn/x>" in words().whole(Entry("k", hidden))


def test_edits_and_reactions_are_told() -> None:
    thumbs = Reaction(emoji=ReactionEmoji(name="👍"), count=2, me=True)
    own = Reaction(emoji=ReactionEmoji(id=Snowflake(5), name="shipit"), count=1)
    item = msgspec.structs.replace(message(GRACE, 10, "done", edited=True), reactions=[thumbs, own])
    assert lines(item) == [f"7. {at(10)} grace: done (edited) (reactions: thumbs up sign 2 with yours, shipit 1)"]


def test_a_system_message_is_its_sentence() -> None:
    assert lines(message(GRACE, 10, "", kind=MessageType.MEMBER_JOIN)) == [f"7. {at(10)} grace joined"]


def test_a_bot_and_what_one_alone_sees_are_told() -> None:
    item = msgspec.structs.replace(message(BOT, 10, "pong"), flags=int(MessageFlag.EPHEMERAL))
    assert lines(item) == [f"7. {at(10)} buildbot (bot), to you alone: pong"]


def test_who_is_blocked_is_not_heard_unless_asked_for() -> None:
    state = sample_state()
    state.relations[GRACE] = RelationshipType.BLOCKED
    said = MessageWords(ChannelNames(state, GENERAL), NOW.astimezone())
    entry = Entry("k", message(GRACE, 10, "rude words"))
    assert "rude" not in " ".join(said.lines(entry, 7))
    assert "/show 7" in said.lines(entry, 7)[0]
    assert "rude words" in said.whole(entry)


def test_a_poll_has_a_line_for_each_answer() -> None:
    poll = Poll(
        question=PollMedia(text="Lunch?"),
        answers=[
            PollAnswer(answer_id=1, poll_media=PollMedia(text="pizza")),
            PollAnswer(answer_id=2, poll_media=PollMedia(text="soup")),
        ],
        expiry=(NOW + timedelta(hours=3)).isoformat(),
        allow_multiselect=True,
        results=PollResults(answer_counts=[PollAnswerCount(id=1, count=3, me_voted=True)]),
    )
    item = with_fields(content="", poll=poll)
    assert lines(item)[1:] == [
        "poll: Lunch?, several answers",
        "answer 1: pizza, 3 votes, yours",
        "answer 2: soup, 0 votes",
    ]
    assert "poll: Lunch?, several answers, 3 hours left" in words().whole(Entry("k", item))
    ended = msgspec.structs.replace(poll, expiry=(NOW - timedelta(hours=3)).isoformat())
    assert lines(with_fields(poll=ended))[1] == "poll: Lunch?, several answers, ended"


def test_an_embed_is_a_line() -> None:
    embed = {
        "title": "Run 118",
        "url": "https://ci/118",
        "description": "all **green**",
        "author": {"name": "ci"},
        "fields": [{"name": "took", "value": "4 min"}],
        "footer": {"text": "today"},
    }
    item = with_fields(embeds=[raw(embed), raw([1, 2])])
    assert lines(item)[1:] == ["embed: ci; Run 118; https://ci/118; all green; took: 4 min; today"]


def test_components_are_their_texts_and_labels() -> None:
    row = {
        "type": 1,
        "components": [{"type": 2, "custom_id": "y", "label": "Yes"}, {"type": 2, "url": "https://x", "label": "More"}],
    }
    secret = {"type": 17, "spoiler": True, "components": [{"type": 10, "content": "the butler"}]}
    item = with_fields(content="", components=[raw({"type": 10, "content": "Deploy **now**?"}), raw(row), raw(secret)])
    assert lines(item)[1:] == ["Deploy now?", "[hidden]", "to press: 1 Yes, More <https://x>"]
    assert "the butler" in words().whole(Entry("k", item))


def test_pictures_and_files_of_components_are_told_and_hidden_ones_are_not() -> None:
    items = [
        {"media": {"url": "https://cdn/a"}, "description": "the plan"},
        {"media": {"url": "https://cdn/b"}},
        {"media": {"url": "https://cdn/c"}, "description": "the butler", "spoiler": True},
    ]
    files = [
        {"type": 13, "file": {"url": "attachment://log.txt"}, "name": "log.txt"},
        {"type": 13, "file": {"url": "https://cdn/d"}, "name": "secret.txt", "spoiler": True},
    ]
    item = with_fields(content="", components=[raw({"type": 12, "items": items}), *map(raw, files)])
    assert lines(item)[1:] == ["picture the plan", "picture", "a hidden picture", "file log.txt", "a hidden file"]
    told = words().whole(Entry("k", item))
    assert "picture the butler <https://cdn/c>" in told
    assert "file secret.txt <https://cdn/d>" in told


def test_a_long_spoiler_stays_hidden_where_a_message_is_cut() -> None:
    original = message(GRACE, 12, f"||{'the butler ' * 100}|| did it")
    (line,) = lines(message(LINUS, 10, "yes", answers=original))
    assert line.endswith("linus, in reply to grace ([hidden] did it): yes")


def test_a_forward_tells_what_it_holds() -> None:
    snapshot = {"message": {"content": "old news", "attachments": [{"filename": "a.txt", "size": 10}]}}
    item = with_fields(content="", message_snapshots=[raw(snapshot)])
    assert lines(item)[1:] == ["forwarded: old news; file a.txt, 10 B"]


def test_emojis_have_names() -> None:
    assert emoji_words("🎉") == "party popper"
    assert emoji_words("❤️") == "heavy black heart"
    assert emoji_words("") == "?"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_strangers_words_stay_in_their_lines(text: str) -> None:
    poll = Poll(question=PollMedia(text=text), answers=[PollAnswer(answer_id=1, poll_media=PollMedia(text=text))])
    safe = text.encode("utf-8", "replace").decode()
    everything = with_fields(
        content=text,
        attachments=[file(text, 1, text)],
        embeds=[raw({"title": safe, "description": safe})],
        components=[raw({"type": 10, "content": safe}), raw({"type": 2, "url": "https://x", "label": safe})],
        reactions=[Reaction(emoji=ReactionEmoji(name=text)), Reaction(emoji=ReactionEmoji(id=Snowflake(1), name=text))],
        poll=poll,
    )
    author = msgspec.structs.replace(everything.author, username=text, global_name=text, id=Snowflake(99))
    everything = msgspec.structs.replace(everything, author=author)
    for line in [*lines(everything), *words().whole(Entry("k", everything)), words().quoted(Entry("k", everything))]:
        assert FORBIDDEN.isdisjoint(line)


def test_a_strangers_message_never_looks_like_ones_own() -> None:
    (line,) = lines(message(ME, 10, "mine"))
    assert line == f"7. {at(10)} ada: mine"
