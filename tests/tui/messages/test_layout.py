"""One message as lines: marks, colours' meanings, sizes, and what strangers put into it."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.bot_samples import raw
from tests.tui.hostile import FORBIDDEN, HOSTILE, WORD
from tests.tui.samples import GENERAL, GRACE, LINUS, ME, NOW, message, sample_state
from tuichat.client.state import Delivery, Entry
from tuichat.protocol.message import (
    Attachment,
    MentionedUser,
    Message,
    MessageCall,
    MessageReference,
    MessageType,
    Reaction,
    ReactionEmoji,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.text.channel_names import ChannelNames
from tuichat.tui.messages.layout import EntryLook, MessageLayout, starts_group
from tuichat.tui.styles.palette import Palette
from tuichat.tui.styles.themes import DARK
from tuichat.tui.widgets.line import Line

LAYOUT = MessageLayout(ChannelNames(sample_state(), GENERAL), Palette(DARK.variables, has_colour=True))


def look(width: int = 60, **changes: object) -> EntryLook:
    plain = EntryLook(width, True, None, NOW.date(), False, False, False, False)
    return msgspec.structs.replace(plain, **changes)


def draw(item: Message, delivery: Delivery = Delivery.CONFIRMED, error: str = "", **changes: object) -> list[Line]:
    return LAYOUT.lines(Entry("k", item, delivery, error=error), look(**changes))  # type: ignore[arg-type]  # fields by name


def texts(lines: list[Line]) -> list[str]:
    return [line.strip.text.rstrip() for line in lines]


def with_embed(content: dict[str, object]) -> Message:
    return msgspec.structs.replace(message(GRACE, 1, ""), embeds=[raw(content)])


def with_components(*contents: dict[str, object]) -> Message:
    return msgspec.structs.replace(message(GRACE, 1, ""), components=[raw(content) for content in contents])


def test_a_message_has_a_head_and_its_text() -> None:
    assert texts(draw(message(GRACE, 10, "hello"))) == ["", "▎ grace  09:48", "▎ hello"]


def test_a_message_that_follows_its_authors_last_has_no_head() -> None:
    assert texts(draw(message(GRACE, 10, "hello"), starts_group=False)) == ["▎ hello"]


def test_messages_of_one_author_stand_together_for_some_minutes() -> None:
    first, soon, late = (Entry("k", message(GRACE, minutes, "x")) for minutes in (30, 25, 3))
    assert not starts_group(soon, first)
    assert starts_group(late, soon)
    assert starts_group(Entry("k", message(LINUS, 25, "x")), first)
    assert starts_group(first, None)


def test_a_day_and_what_is_new_have_lines_of_their_own() -> None:
    lines = texts(draw(message(GRACE, 10, "x"), day=NOW.date(), is_first_new=True))
    assert " Today " in lines[1]
    assert lines[3].endswith("NEW")


def test_an_answer_shows_what_it_answers() -> None:
    original = message(LINUS, 20, "the **question** ||secret||")
    assert texts(draw(message(GRACE, 10, "yes", answers=original)))[1] == "╭─ linus the question ▒▒▒"
    long = message(LINUS, 12, f"||{'the butler ' * 100}|| did it")
    assert texts(draw(message(GRACE, 10, "yes", answers=long)))[1] == "╭─ linus ▒▒▒ did it"
    reference = MessageReference(message_id=Snowflake(1), channel_id=Snowflake(GENERAL))
    gone = msgspec.structs.replace(message(GRACE, 10, "yes"), message_reference=reference, referenced_message=None)
    assert "was deleted" in texts(draw(gone))[1]


def test_an_edited_message_says_so_even_when_its_line_is_full() -> None:
    assert texts(draw(message(GRACE, 1, "x", edited=True)))[-1] == "▎ x (edited)"
    assert texts(draw(message(GRACE, 1, "x" * 58, edited=True)))[-1] == "▎ (edited)"


@pytest.mark.parametrize(
    ("kind", "content", "about", "told"),
    [
        (MessageType.RECIPIENT_ADD, "", LINUS, "→ grace added linus"),
        (MessageType.RECIPIENT_REMOVE, "", LINUS, "← grace removed linus"),
        (MessageType.RECIPIENT_REMOVE, "", GRACE, "← grace left"),
        (MessageType.CHANNEL_NAME_CHANGE, "Plans\x1b[2J", None, "· grace named the group Plans␛[2J"),
        (MessageType.CHANNEL_NAME_CHANGE, "", None, "· grace took the group's name away"),
        (MessageType.CHANNEL_ICON_CHANGE, "", None, "· grace changed the group's picture"),
        (MessageType.RECIPIENT_ADD, "", None, "→ grace added somebody"),
        (MessageType.THREAD_CREATED, "aside\x1b[2J", None, "· grace began the thread aside␛[2J"),
    ],
)
def test_what_happens_in_a_group_or_with_a_thread_is_told(
    kind: int, content: str, about: int | None, told: str
) -> None:
    named = (
        [] if about is None else [MentionedUser(id=Snowflake(about), username="linus" if about == LINUS else "grace")]
    )
    item = msgspec.structs.replace(message(GRACE, 1, content), type=kind, content=content, mentions=named)
    assert any(line.startswith(told) for line in texts(draw(item))), texts(draw(item))


def test_attachments_and_reactions_are_told() -> None:
    file = Attachment(id=Snowflake(1), filename="plan\x1b[2J.txt", size=12_345, url="https://x/y", proxy_url="")
    thumb = Reaction(emoji=ReactionEmoji(name="\U0001f44d\U0001f3fd"), count=3, me=True)
    item = msgspec.structs.replace(message(GRACE, 1, ""), attachments=[file], reactions=[thumb])
    assert texts(draw(item))[2:] == ["▎ ▤ plan␛[2J.txt 12 KiB", "▎  :thumbsup_tone3: 3 ✓   +"]


def test_code_in_a_quote_stands_behind_its_bar() -> None:
    drawn = draw(message(GRACE, 1, "> see\n> ```\n> x = 1\n> ```"), starts_group=False)
    assert texts(drawn) == ["▎ ▏ see", "▎ ▏   x = 1"]
    assert {line.strip.cell_length for line in drawn} == {60}


def test_a_distance_in_time_is_told_from_the_minute_of_the_look() -> None:
    item = message(GRACE, 1, f"ends <t:{int(NOW.timestamp()) + 7200}:R>")
    assert texts(draw(item, starts_group=False, now=NOW)) == ["▎ ends in 2 hours"]
    assert texts(draw(item, starts_group=False, now=NOW + timedelta(hours=1, minutes=1))) == ["▎ ends in 59 minutes"]
    zones = draw(item, starts_group=False, now=NOW)[0].zones
    assert {zone.action for zone in zones} == {f"time:{int(NOW.timestamp()) + 7200}"}


def test_an_embed_shows_its_texts() -> None:
    item = with_embed(
        {"title": "Build", "description": "all *green*", "fields": [{"name": "time", "value": "4 min"}], "color": 255}
    )
    assert texts(draw(item))[2:] == ["▎ ┃ Build", "▎ ┃ all green", "▎ ┃ time", "▎ ┃ 4 min"]
    assert "cannot show" in texts(draw(with_embed({"image": {"url": "x"}})))[2]
    assert "cannot show" in texts(draw(msgspec.structs.replace(message(GRACE, 1, ""), embeds=[msgspec.Raw(b"7")])))[2]


def test_a_huge_message_is_shown_to_a_bound() -> None:
    lines = texts(draw(message(GRACE, 1, "\n".join(f"line {number}" for number in range(5000)))))
    assert len(lines) < 420
    assert "not shown" in lines[-1]
    assert len(draw(message(GRACE, 1, "w" * 4000))) > 60
    assert len(draw(message(GRACE, 1, "\n".join("x" * 40 for _ in range(100))))) == 102


def test_a_failure_offers_what_can_be_done() -> None:
    lines = draw(message(ME, 0, "x"), Delivery.FAILED, "you may not\x1b[31m")
    assert texts(lines)[-2] == "▎ not sent: you may not␛[31m."
    assert [zone.action for zone in lines[-1].zones] == ["retry", "edit", "discard"]


def test_what_can_be_done_with_a_selected_message_can_be_clicked() -> None:
    own = draw(message(ME, 1, "x"), is_selected=True)
    assert [zone.action for zone in own[1].zones][1:] == ["reply", "react", "edit", "copy", "delete", "menu"]
    for zone in own[1].zones[1:]:
        assert zone.action in own[1].strip.crop(zone.start, zone.end).text
    other = draw(message(GRACE, 1, "x"), is_selected=True)
    assert "edit" not in [zone.action for zone in other[1].zones]


def test_a_link_and_a_channel_can_be_clicked() -> None:
    (line,) = draw(message(GRACE, 1, "see https://example.org/a and <#2005>"), starts_group=False)
    assert [zone.action for zone in line.zones] == ["link:https://example.org/a", "channel:2005"]


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 20, 61, 300])
def test_every_line_has_exactly_the_width(width: int) -> None:
    state = sample_state()
    for entry in state.timeline(GENERAL):
        for selected in (False, True):
            drawn = LAYOUT.lines(entry, look(width, is_selected=selected, day=NOW.date(), is_first_new=True))
            assert {line.strip.cell_length for line in drawn} == {width}
            assert all(sum(segment.cell_length for segment in line.strip) == width for line in drawn)


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_text_in_every_part_of_a_message(kind: str) -> None:
    text = HOSTILE[kind]
    names = {"name": text, "value": text}
    for item in (
        message(GRACE, 1, text, answers=message(LINUS, 2, text)),
        message(GRACE, 1, text, kind=99),
        with_embed(
            {
                "title": text,
                "description": text,
                "url": text,
                "footer": {"text": text},
                "author": names,
                "fields": [names],
            }
        ),
        with_components(
            {"type": 17, "components": [{"type": 10, "content": text}, {"type": 2, "label": text, "url": text}]},
            {"type": 3, "placeholder": text},
            {"type": 12, "items": [{"description": text}]},
        ),
    ):
        lines = draw(item, Delivery.FAILED, text)
        assert not FORBIDDEN & set("".join(texts(lines)))
        assert any(WORD in line for line in texts(lines))
        assert {line.strip.cell_length for line in lines} == {60}
        links = [segment.style.link for line in lines for segment in line.strip if segment.style and segment.style.link]
        assert all(
            link.isascii() and link.startswith(("http://", "https://")) and not set(link) & set(" \x1b\x07\\")
            for link in links
        )


@given(st.text(st.characters(codec=None), max_size=80), st.integers(1, 40))
def test_any_text_at_any_width_fills_its_lines(text: str, width: int) -> None:
    for line in draw(message(GRACE, 1, text), width=width):
        assert sum(segment.cell_length for segment in line.strip) == width


def test_a_forward_is_shown_with_what_it_forwards() -> None:
    snapshot = msgspec.Raw(b'{"message":{"content":"hello\\u001b[2J","type":0}}')
    forward = msgspec.structs.replace(
        message(GRACE, 1, ""), message_snapshots=[snapshot], message_reference=MessageReference(type=1)
    )
    shown = texts(draw(forward))
    assert shown[1] == "╭─ forwarded"
    assert shown[3].startswith("▎ ┃ hello")
    assert "\x1b" not in "".join(shown)


def test_the_end_of_a_poll_is_one_line() -> None:
    ended = msgspec.structs.replace(message(GRACE, 1, ""), type=int(MessageType.POLL_RESULT))
    assert "The poll of grace has ended" in texts(draw(ended))[-1]


def test_a_forward_shows_embeds_and_files() -> None:
    inner = {"content": "", "embeds": [{"title": "Build"}], "attachments": [{"filename": "a.txt", "size": 4096}]}
    forward = msgspec.structs.replace(
        message(GRACE, 1, ""),
        message_snapshots=[raw({"message": inner})],
        message_reference=MessageReference(type=1),
    )
    assert texts(draw(forward))[3:] == ["▎ ┃ ┃ Build", "▎ ┃ ▤ a.txt 4 KiB"]


def test_components_that_are_none_are_left_out() -> None:
    nested: dict[str, object] = {"type": 10, "content": "too deep"}
    for _ in range(10):
        nested = {"type": 17, "components": [nested]}
    broken = [msgspec.Raw(b'"x"'), raw({"type": "button"}), raw({"type": 99}), raw(nested)]
    assert texts(draw(msgspec.structs.replace(message(GRACE, 1, ""), components=broken)))[2:] == ["▎ (no text)"]


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        (MessageType.THREAD_CREATED, "Plans", "· grace began the thread Plans"),
        (MessageType.CHANNEL_FOLLOW_ADD, "Labs #news", "· grace has this channel follow Labs #news"),
        (MessageType.THREAD_STARTER_MESSAGE, "", "· grace began this thread with a message that is gone"),
        (MessageType.CALL, "", "· grace started a call"),
        (MessageType.STAGE_START, "Bees", "· grace took the stage live: Bees"),
        (MessageType.STAGE_TOPIC, "Bees", "· grace changed what the stage is about: Bees"),
        (MessageType.STAGE_END, "Bees", "· grace ended the stage: Bees"),
        (99, "", "· grace did something (type 99)"),
    ],
)
def test_what_the_server_writes_is_a_sentence(kind: int, content: str, told: str) -> None:
    assert any(line.startswith(told) for line in texts(draw(message(GRACE, 1, content, kind=kind), width=80)))


@pytest.mark.parametrize(
    ("participants", "ended_s", "told"),
    [
        ([1, 2], None, "· grace started a call"),
        ([1, 2], 125, "· grace started a call that lasted 2 minutes"),
        ([2], 30, "· grace called, and you missed it"),
    ],
)
def test_a_call_tells_how_long_it_lasted_and_who_missed_it(
    participants: list[int], ended_s: int | None, told: str
) -> None:
    people = {1: Snowflake(ME), 2: Snowflake(GRACE)}
    shown = message(GRACE, 1, "", kind=MessageType.CALL)
    ended = None if ended_s is None else format_timestamp(shown.id.timestamp_ms + ended_s * 1000)
    call = MessageCall(participants=[people[number] for number in participants], ended_timestamp=ended)
    lines = texts(draw(msgspec.structs.replace(shown, call=call), width=80))
    assert any(line.startswith(f"{told}  ") for line in lines), lines


def test_a_long_title_leaves_room_for_the_time() -> None:
    assert texts(draw(message(GRACE, 1, "x" * 100, kind=MessageType.THREAD_CREATED)))[-1].endswith("…  09:57")


def test_flags_of_a_message_are_told() -> None:
    copied = msgspec.structs.replace(message(GRACE, 1, "news"), flags=2, message_reference=MessageReference())
    assert texts(draw(copied))[1] == "╭─ published in a channel that this one follows"
    waiting = msgspec.structs.replace(message(GRACE, 1, ""), flags=128 | 64)
    assert texts(draw(waiting))[2:] == ["▎ is thinking …", "▎ only you can see this  dismiss"]


def test_a_new_thread_can_be_opened_where_it_is_told() -> None:
    reference = MessageReference(channel_id=Snowflake(3001))
    told = msgspec.structs.replace(
        message(GRACE, 1, "Plans", kind=MessageType.THREAD_CREATED), message_reference=reference
    )
    assert [zone.action for zone in draw(told)[-1].zones] == ["channel:3001"]


def test_a_cover_is_as_wide_as_what_it_hides() -> None:
    covered = texts(draw(message(GRACE, 0, "||हिन्दी 漢 x||")))[2]
    assert covered.strip("▎ ") == "▒▒▒ ▒▒ ▒"
