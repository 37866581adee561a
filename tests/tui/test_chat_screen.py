"""The main screen: what keys and mouse do, and what is shown of what happens."""

import msgspec
import pytest
from textual import events

from tests.tui.hostile import FORBIDDEN, HOSTILE, WORD
from tests.tui.hostile_state import make_hostile
from tests.tui.samples import (
    ALAN,
    GENERAL,
    GRACE,
    GUILD,
    LINUS,
    MARGARET,
    ME,
    RANDOM,
    REVIEWS,
    STANDUP,
    VOICE_ENGINE,
    FakeClient,
    message,
    sample_state,
    user,
)
from tests.tui.screens import NARROW, WIDE, Shown, running
from tuichat.client.change import MembersChanged
from tuichat.client.state import Connection, MemberListState
from tuichat.config.schema import Settings, VoiceSettings
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.member_list import ListGroup
from tuichat.protocol.message import MessageType
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.panes.member_list import MemberRow
from tuichat.tui.rows import Chosen

pytestmark = pytest.mark.slow  # whole screens by their keys

SILENT = Settings(voice=VoiceSettings(enabled=False))


def client(messages: int | None = None) -> FakeClient:
    if messages is None:
        return FakeClient(sample_state())
    written = [message(GRACE, messages - number, f"number {number}", number=number) for number in range(messages)]
    return FakeClient(sample_state(written))


async def test_the_first_channel_opens_with_the_composer_ready() -> None:
    async with running(client()) as shown:
        assert shown.chat.chosen.channel_id == GENERAL
        assert shown.chat.focused is shown.chat.composer
        assert "measure first, ship small" in shown.text
        assert ("open", GENERAL) in shown.client.asked


async def test_what_is_typed_is_sent_and_shows_at_once_as_pending() -> None:
    async with running(client()) as shown:
        await shown.type("hello there\n")
        assert ("send", GENERAL, "hello there", None) in shown.client.asked
        assert any("hello there" in line for line in shown.messages())
        assert shown.chat.composer.text == ""


async def test_a_burst_of_keys_ending_in_enter_is_sent_whole() -> None:
    async with running(client()) as shown:
        for key in [*"quick", "enter", *"second", "enter"]:
            shown.app.post_message(key_event(key))
        await shown.settle()
        sent = [call[2] for call in shown.client.asked if call[0] == "send"]
        assert sent == ["quick", "second"]


def key_event(key: str) -> events.Key:
    return events.Key(key, key if len(key) == 1 else None)


async def test_a_pending_message_settles_in_place_and_once() -> None:
    async with running(client(5)) as shown:
        key = shown.client.send_message(GENERAL, "settle me")
        await shown.settle()
        before = shown.messages()
        shown.client.confirm(GENERAL, key, 10**18)
        await shown.settle()
        assert shown.messages() == before
        assert sum("settle me" in line for line in before) == 1


async def test_a_refused_message_says_why_and_enter_retries_it() -> None:
    async with running(client()) as shown:
        key = shown.client.send_message(GENERAL, "will it go?")
        shown.client.fail(GENERAL, key, "you may not write here")
        await shown.settle()
        assert "not sent: you may not write here." in shown.text
        await shown.press("shift+f6", "up", "enter")
        assert ("retry", GENERAL, key) in shown.client.asked


async def test_a_refused_message_can_be_discarded_with_the_mouse() -> None:
    async with running(client()) as shown:
        key = shown.client.send_message(GENERAL, "will it go?")
        shown.client.fail(GENERAL, key, "no")
        await shown.settle()
        await shown.click("d to discard")
        assert ("discard", GENERAL, key) in shown.client.asked
        assert "will it go?" not in shown.text


async def test_a_refused_message_comes_back_for_editing() -> None:
    async with running(client()) as shown:
        key = shown.client.send_message(GENERAL, "tpyo")
        shown.client.fail(GENERAL, key, "no")
        await shown.settle()
        await shown.click("e to edit")
        assert shown.chat.composer.text == "tpyo"
        assert shown.chat.focused is shown.chat.composer


async def test_a_channel_that_cannot_be_shown_is_said_and_not_opened() -> None:
    async with running(client(3)) as shown:
        folder = Channel(id=Snowflake(3000), type=ChannelType.CATEGORY, guild_id=Snowflake(GUILD), name="help")
        shown.client.state.channels[3000] = folder
        for channel_id, words in ((3000, "cannot show this kind"), (3001, "not one that you see")):
            shown.client.receive(message(LINUS, 0, f"<#{channel_id}>", number=channel_id))
            await shown.settle()
            await shown.click("#help" if channel_id == 3000 else "#unknown-channel")
            await shown.until(words)
        assert shown.chat.chosen.channel_id == GENERAL


async def test_a_private_channel_is_headed_as_such() -> None:
    alone = client(3)
    private = Channel(id=Snowflake(4000), type=ChannelType.DM, recipients=[user(LINUS)])
    alone.state.channels[4000] = private
    alone.state.private_channel_ids.append(4000)
    async with running(alone, size=NARROW) as shown:
        shown.chat.open_channel(shown.client.key, 4000)
        await shown.settle()
        assert "Private messages / @ linus" in shown.lines()[0]
        assert shown.app.title.endswith("tuichat — Private messages / @linus")


async def test_messages_arrive_edits_and_deletions_show() -> None:
    async with running(client(3)) as shown:
        news = message(LINUS, 0, "fresh", number=7)
        shown.client.receive(news)
        await shown.settle()
        assert any("fresh" in line for line in shown.messages())
        shown.client.edit(GENERAL, news.id, "fresher")
        await shown.settle()
        assert any("fresher (edited)" in line for line in shown.messages())
        shown.client.remove(GENERAL, news.id)
        await shown.settle()
        assert "fresher" not in shown.text


async def test_older_messages_load_at_the_top_without_a_jump() -> None:
    fake = client(60)
    fake.older = [message(GRACE, 1000 - number, f"older {number}", number=number) for number in range(100)]
    fake.state.timeline(GENERAL).has_older = True
    async with running(fake) as shown:
        await shown.press("pageup", "pageup")
        before = shown.messages()
        assert ("history", GENERAL) in fake.asked
        await shown.settle()
        assert shown.messages() == before
        await shown.press("ctrl+home")
        await shown.press("pageup", "pageup", "pageup", "ctrl+home")
        assert "older 0" in shown.text
        assert "The beginning of the conversation." in shown.text


async def test_scrolled_up_new_messages_wait_below_and_a_chip_counts_them() -> None:
    async with running(client(80)) as shown:
        await shown.press("pageup")
        before = shown.messages()
        for number in range(12):
            shown.client.receive(message(LINUS, 0, f"late {number}", number=200 + number))
        await shown.settle()
        assert shown.messages() == before
        assert "12 new below" in shown.text
        await shown.click("12 new below")
        assert "late 11" in shown.text
        assert "new below" not in shown.text


async def test_the_wheel_scrolls_the_messages() -> None:
    async with running(client(80)) as shown:
        before = shown.messages()
        await shown.pilot._post_mouse_events([events.MouseScrollUp], "#messages", button=0)
        await shown.settle()
        assert shown.messages() != before
        assert shown.messages()[3:] == before[:-3]


async def test_a_message_is_answered_by_key_and_escape_leaves_it() -> None:
    async with running(client()) as shown:
        await shown.press("shift+f6", "up", "up", "up", "r")
        assert "reply to margaret" in shown.text
        await shown.press("escape")
        assert "reply to" not in shown.text
        await shown.press("shift+f6", "up", "up", "up", "r", "o", "k", "enter")
        sent = [call for call in shown.client.asked if call[0] == "send"]
        target = shown.client.state.timeline(GENERAL)[6].message
        assert target.author.id == MARGARET
        assert sent == [("send", GENERAL, "ok", target.id)]
        assert "reply to" not in shown.text


async def test_a_message_is_answered_with_the_mouse() -> None:
    async with running(client()) as shown:
        await shown.click("build 1184")
        await shown.click(" reply ")
        assert "reply to buildbot" in shown.text


async def test_up_in_an_empty_composer_edits_the_last_own_message() -> None:
    async with running(client()) as shown:
        await shown.press("up")
        assert shown.chat.composer.text == "also: the new numbers look **great**"
        await shown.type("!\n")
        last = shown.client.state.timeline(GENERAL)[-1].message
        assert ("edit", GENERAL, last.id, "also: the new numbers look **great**!") in shown.client.asked
        assert shown.chat.composer.text == ""


async def test_an_edit_given_up_brings_the_draft_back() -> None:
    async with running(client()) as shown:
        await shown.type("half a tho")
        await shown.press("shift+f6", "up", "e")
        assert shown.chat.composer.text.startswith("also:")
        await shown.press("escape")
        assert shown.chat.composer.text == "half a tho"


async def test_others_messages_cannot_be_edited() -> None:
    async with running(client()) as shown:
        await shown.press("shift+f6", "up", "up", "up", "e")
        assert shown.chat.composer.text == ""
        await shown.until("Only your own messages")


async def test_deleting_asks_first() -> None:
    async with running(client()) as shown:
        last = shown.client.state.timeline(GENERAL)[-1].message
        await shown.press("shift+f6", "up", "d")
        assert "Delete this message" in shown.text
        await shown.press("escape")
        assert ("delete", GENERAL, last.id) not in shown.client.asked
        await shown.press("d", "y")
        assert ("delete", GENERAL, last.id) in shown.client.asked


async def test_a_spoiler_is_hidden_until_asked_for() -> None:
    async with running(FakeClient(sample_state([message(GRACE, 1, "the end: ||it was the cache||")]))) as shown:
        assert "it was the cache" not in shown.text
        await shown.press("shift+f6", "up", "enter")
        assert "it was the cache" in shown.text
        await shown.press("enter")
        assert "it was the cache" not in shown.text
        await shown.click("▒▒▒")
        assert "it was the cache" in shown.text


async def test_channels_are_chosen_by_key_and_by_mouse() -> None:
    async with running(client()) as shown:
        await shown.click("# random")
        assert shown.chat.chosen.channel_id == RANDOM
        await shown.press("ctrl+k", *"reviews", "enter")
        assert shown.chat.chosen.channel_id == REVIEWS
        await shown.press("alt+down")
        assert shown.chat.chosen.channel_id == VOICE_ENGINE
        channels = shown.chat.channels
        channels.focus()
        channels.move_cursor_to(("channel", GENERAL))
        await shown.press("enter")
        assert shown.chat.chosen.channel_id == GENERAL


async def test_the_switcher_finds_what_is_typed_at_once() -> None:
    async with running(client()) as shown:
        for key in ["ctrl+k", *"random", "enter"]:
            shown.app.post_message(key_event(key))
        await shown.settle()
        await shown.settle()
        assert shown.chat.chosen.channel_id == RANDOM


async def test_a_draft_stays_in_its_channel() -> None:
    async with running(client()) as shown:
        await shown.type("for general")
        await shown.click("# random")
        assert shown.chat.composer.text == ""
        await shown.click("# general")
        assert shown.chat.composer.text == "for general"


async def test_each_channel_is_found_where_it_was_left() -> None:
    async with running(client(80)) as shown:
        await shown.press("pageup", "pageup")
        before = shown.messages()
        await shown.click("# random")
        await shown.click("# general")
        assert shown.messages() == before


async def test_a_channel_with_news_opens_with_a_line_above_them_and_is_read() -> None:
    fake = client()
    fake.state.timeline(REVIEWS).confirmed = []
    async with running(fake) as shown:
        fake.receive(message(GRACE, 2, "seen", channel=REVIEWS))
        await fake.mark_read(REVIEWS)
        fake.asked.clear()
        fake.receive(message(GRACE, 1, "unseen", channel=REVIEWS))
        await shown.settle()
        await shown.click("# reviews")
        lines = shown.messages()
        new = next(row for row, line in enumerate(lines) if line.endswith("NEW"))
        assert any("unseen" in line for line in lines[new:])
        assert any("seen" in line for line in lines[:new])
        assert ("read", REVIEWS) in fake.asked
        await shown.press("escape")
        assert " NEW" not in "\n".join(shown.messages())


async def test_nothing_is_marked_read_while_the_terminal_is_not_looked_at() -> None:
    async with running(client()) as shown:
        shown.app.post_message(events.AppBlur())
        await shown.settle()
        shown.client.asked.clear()
        shown.client.receive(message(GRACE, 0, "while away", number=3))
        await shown.settle()
        assert ("read", GENERAL) not in shown.client.asked
        assert " NEW" in "\n".join(shown.messages())
        shown.app.post_message(events.AppFocus())
        await shown.settle()
        assert ("read", GENERAL) in shown.client.asked


async def test_typing_shows_and_is_told() -> None:
    async with running(client()) as shown:
        shown.client.show_typing(GENERAL, GRACE, ME)
        await shown.settle()
        assert "grace is typing" in shown.text
        shown.client.show_typing(GENERAL, GRACE, LINUS)
        await shown.settle()
        assert "grace and linus are typing" in shown.text
        await shown.type("a")
        assert ("typing", GENERAL) in shown.client.asked
        shown.client.asked.clear()
        await shown.press("backspace")
        await shown.type("/nick x")
        assert ("typing", GENERAL) not in shown.client.asked


async def test_the_connection_is_told_in_words() -> None:
    async with running(client()) as shown:
        shown.client.connect(Connection.RECONNECTING, "the server went away", 4000)
        await shown.settle()
        assert "reconnecting, next try in 4 s" in shown.text
        shown.client.connect(Connection.REFUSED, "Your session ended; sign in again.")
        await shown.settle()
        assert "Your session ended; sign in again." in shown.text
        shown.client.connect(Connection.READY)
        await shown.settle()
        assert "Your session ended" not in shown.text


async def test_f6_goes_around_the_panes_and_back() -> None:
    async with running(client()) as shown:
        seen = []
        for _ in range(5):
            await shown.press("f6")
            assert shown.chat.focused is not None
            seen.append(shown.chat.focused.id)
        assert seen == ["members", "rail", "channels", "messages", "composer"]
        await shown.press("shift+f6")
        assert shown.chat.focused is shown.chat.messages


async def test_a_large_guilds_members_are_asked_for_as_they_come_into_view() -> None:
    fake = client(3)
    guild = fake.state.guilds[1000]
    guild.is_large = True
    async with running(fake) as shown:
        assert ("rows", 0) in shown.client.asked
        assert ("members", 1000) not in shown.client.asked
        guild.member_list = MemberListState(groups=[ListGroup(id="online", count=900)])
        shown.client.emit(MembersChanged(1000))
        await shown.settle()
        shown.client.asked.clear()
        shown.chat.members._move_view(500)
        await shown.settle()
        assert shown.client.asked == [("rows", 500)]


async def test_the_keyboard_reaches_members_that_are_not_known_yet() -> None:
    fake = client()
    guild = fake.state.guilds[GUILD]
    guild.is_large = True
    async with running(fake) as shown:
        listed = MemberListState(groups=[ListGroup(id="online", count=900)], rows={1: GRACE})
        guild.member_list = listed
        fake.emit(MembersChanged(GUILD))
        shown.chat.members.focus()
        await shown.settle()
        fake.asked.clear()
        await shown.press("end")
        assert any(asked in [("rows", first) for first in range(860, 900)] for asked in fake.asked)
        listed.rows[900] = LINUS
        fake.emit(MembersChanged(GUILD))
        await shown.settle()
        row = shown.chat.members.cursor_row
        assert isinstance(row, MemberRow)
        assert row.user_id == LINUS


@pytest.mark.slow
async def test_a_narrow_terminal_shows_lists_as_overlays() -> None:
    async with running(client(), size=NARROW) as shown:
        assert not shown.chat.channels.is_on_screen or "+ invite someone" not in shown.text
        await shown.press("f2")
        assert "+ invite someone" in shown.text
        await shown.click("# random")
        assert shown.chat.chosen.channel_id == RANDOM
        assert "+ invite someone" not in shown.text
        await shown.click("● 412")
        assert "OFFLINE" in shown.text
        await shown.press("escape")
        assert "OFFLINE" not in shown.text
        await shown.click("≡")
        assert "+ invite someone" in shown.text


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 1), (10, 4), (30, 8), (60, 15), NARROW, (100, 30), WIDE, (300, 80)])
async def test_any_size_is_drawn(size: tuple[int, int]) -> None:
    async with running(client(), size=size) as shown:
        assert len(shown.lines()) == size[1]
        await shown.pilot.resize_terminal(*WIDE)
        await shown.settle()
        assert "Textual Labs" in shown.text
        await shown.pilot.resize_terminal(*size)
        await shown.settle()
        assert all(strip.cell_length == size[0] for strip in shown.strips())


async def test_resizing_keeps_the_message_that_is_read() -> None:
    async with running(client(200)) as shown:
        await shown.press("pageup", "pageup", "pageup")
        top = next(line for line in shown.messages()[1:] if "number" in line)  # the day floats on the first
        await shown.pilot.resize_terminal(*NARROW)
        await shown.settle()
        assert top.strip("▎ ") in "\n".join(shown.messages()[:4])
        await shown.pilot.resize_terminal(*WIDE)
        await shown.settle()
        assert top in shown.messages()[:4]


async def test_tab_completes_a_name_and_goes_on_to_the_next() -> None:
    async with running(client()) as shown:
        await shown.type("@ma")
        await shown.press("tab")
        assert shown.chat.composer.text == "@margaret "
        await shown.press("ctrl+u")
        await shown.type("@")
        await shown.press("tab")
        first = shown.chat.composer.text
        await shown.press("tab")
        assert shown.chat.composer.text != first


async def test_a_new_line_does_not_send_and_the_composer_grows() -> None:
    async with running(client()) as shown:
        await shown.type("one")
        await shown.press("ctrl+j")
        await shown.type("two")
        await shown.press("alt+enter")
        await shown.type("three")
        assert shown.chat.composer.text == "one\ntwo\nthree"
        assert shown.chat.composer.size.height == 3
        await shown.press("enter")
        assert ("send", GENERAL, "one\ntwo\nthree", None) in shown.client.asked
        assert shown.chat.composer.size.height == 1


async def test_help_and_invite_open_and_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tuichat.tui.screens.invite.program", lambda: "tuichat"
    )  # the real path may be too long for a line
    async with running(client()) as shown:
        await shown.press("f1")
        assert "Send what you wrote" in shown.text
        await shown.press("escape", "f4")
        assert "--profile bob" in shown.text
        assert "serve --host 0.0.0.0" in shown.text
        await shown.press("escape")
        await shown.click("+ invite someone")
        assert "Invite someone to Textual Labs" in shown.text


async def test_an_unknown_command_keeps_the_line() -> None:
    async with running(client()) as shown:
        await shown.type("/jion x\n")
        assert shown.chat.composer.text == "/jion x"
        assert not [call for call in shown.client.asked if call[0] == "send"]


async def test_commands_show_their_text() -> None:
    async with running(client()) as shown:
        await shown.type("/help\n")
        assert "/accounts" in shown.text
        await shown.press("escape")
        await shown.type("/quit\n")
        assert shown.app.return_value == 0


async def test_a_voice_channel_shows_its_page() -> None:
    async with running(client(), settings=SILENT) as shown:
        await shown.click("♪ standup")
        assert shown.chat.chosen.channel_id == STANDUP
        assert "Voice is off" in shown.text
        await shown.press("ctrl+k", *"general", "enter")
        assert "Voice is off" not in shown.text


async def test_accounts_stand_beside_each_other() -> None:
    other = FakeClient(sample_state(), key="s2/101")
    async with running(client(), other) as shown:
        assert shown.chat.chosen == Chosen("s1/101", 1000, GENERAL)
        rail = shown.chat.rail
        rail.focus()
        rail.move_cursor_to(("s2/101", 1000))
        await shown.press("enter")
        assert shown.chat.chosen.account_key == "s2/101"
        await shown.type("hello\n")
        assert ("send", GENERAL, "hello", None) in other.asked
        assert not [call for call in shown.client.asked if call[0] == "send"]


async def test_a_channel_that_is_gone_gives_way_to_another() -> None:
    async with running(client()) as shown:
        await shown.click("# random")
        state = shown.client.state
        del state.channels[RANDOM]
        state.guilds[1000].channel_ids.remove(RANDOM)
        shown.client.restructure()
        await shown.settle()
        assert shown.chat.chosen.channel_id == GENERAL


AT_ONCE = 7  # texts: as many as there are channels


@pytest.mark.slow
async def test_hostile_text_is_text_on_every_pane() -> None:
    fake = client(3)
    texts = list(HOSTILE.values())
    async with running(fake, settings=SILENT) as shown:
        for start in range(0, len(texts), AT_ONCE):
            await show_hostile(shown, texts[start:] + texts[:start])
            shown.app.clear_notifications()


async def show_hostile(shown: Shown, texts: list[str]) -> None:
    """Bring texts to every place of the screen that shows what strangers wrote."""

    def check() -> None:
        assert not FORBIDDEN & (set("".join(shown.lines())) | set(shown.app.title))
        assert all(strip.cell_length == WIDE[0] for strip in shown.strips())

    fake, text = shown.client, texts[0]
    make_hostile(fake, texts)
    for number, written in enumerate(texts[:AT_ONCE]):
        fake.receive(message(GRACE, 0.5, written, number=number + 10 * len(fake.state.timeline(GENERAL))))
    fake.receive(message(ALAN, 0.4, "", kind=MessageType.MEMBER_JOIN, number=9999))
    fake.connect(Connection.RECONNECTING, text, 4000)
    fake.show_typing(GENERAL, GRACE)
    key = fake.send_message(GENERAL, text)
    fake.fail(GENERAL, key, text)
    fake.restructure()
    await shown.settle()
    assert WORD in shown.text
    check()
    shown.chat.messages.focus()
    for keys in (["up"], ["up"], ["f4"], ["escape"], ["ctrl+k"], ["escape"]):
        await shown.press(*keys)
        check()
    fake.discard_message(GENERAL, key)
    await shown.settle()
    shown.chat.messages.focus()
    await shown.press("up", "up", "d")
    check()
    await shown.press("escape", "escape")
    shown.chat.show_notice(text)
    shown.chat.show_text(text, text)
    await shown.settle()
    check()
    assert WORD in shown.text
    await shown.press("escape")
    shown.chat.composer.focus()


async def test_notices_stay_few_and_above_the_composer() -> None:
    async with running(client()) as shown:
        for number in range(6):
            shown.chat.show_notice(f"notice {number}")
        shown.chat.show_notice("notice 5")
        await shown.until("notice 5")
        assert shown.text.count("notice") == 2
        assert "notice 4" in shown.text
        _, row = shown.find("notice 5")
        assert row < 12


async def test_an_over_long_message_is_counted_before_it_is_refused() -> None:
    async with running(client()) as shown:
        shown.chat.composer.set_text("x" * 1799)
        await shown.settle()
        assert "enter send" in shown.text
        await shown.type("yy")
        assert "1801/2000" in shown.text
        shown.chat.composer.set_text("x" * 2001)
        await shown.settle()
        assert "2001/2000" in shown.text
        assert shown.chat.composer.has_class("-too-long")


async def test_ctrl_u_empties_the_composer() -> None:
    async with running(client()) as shown:
        shown.chat.composer.set_text("a line that is long enough to be wrapped " * 3)
        await shown.press("ctrl+j", "x", "ctrl+u")
        assert shown.chat.composer.text == ""


async def test_one_author_in_a_row_is_named_again_and_again() -> None:
    written = [message(GRACE, 1, f"burst {number}", number=number) for number in range(200)]
    async with running(FakeClient(sample_state(written))) as shown:
        for keys in ([], ["pageup"], ["pageup"]):
            await shown.press(*keys)
            lines = shown.messages()
            heads = [row for row, line in enumerate(lines) if "grace" in line and "09:57" in line]
            assert len(heads) >= 2


async def test_heads_do_not_move_when_older_messages_come() -> None:
    fake = FakeClient(sample_state([message(GRACE, 1, f"burst {number}", number=number) for number in range(60)]))
    fake.older = [message(GRACE, 2, f"older {number}", number=number) for number in range(25)]
    fake.state.timeline(GENERAL).has_older = True
    async with running(fake) as shown:
        await shown.press("pageup", "pageup")
        before = shown.messages()
        await shown.settle()
        assert ("history", GENERAL) in fake.asked
        assert shown.messages() == before


async def test_the_selected_message_tells_its_time() -> None:
    async with running(client()) as shown:
        await shown.press("shift+f6", "up")
        line = next(line for line in shown.messages() if "also: the new" in line)
        assert "09:53" in line


async def test_what_the_server_tells_can_only_be_answered() -> None:
    written = [message(GRACE, 2, "hello"), message(ALAN, 1, "", kind=MessageType.MEMBER_JOIN)]
    async with running(FakeClient(sample_state(written))) as shown:
        await shown.press("shift+f6", "up")
        line = next(line for line in shown.messages() if "alan joined" in line)
        assert "reply" in line
        assert "delete" not in line
        await shown.press("d", "e", "c")
        assert "Delete this message" not in shown.text
        assert shown.chat.composer.text == ""


async def test_a_narrow_header_tells_of_unread_channels() -> None:
    fake = client()
    fake.state.read_states[VOICE_ENGINE] = msgspec.structs.replace(
        fake.state.read_states[VOICE_ENGINE], mention_count=0
    )
    async with running(fake, size=NARROW) as shown:
        assert " ≡  • Textual Labs" in shown.lines()[0]
        await fake.mark_read(VOICE_ENGINE)
        await fake.mark_read(REVIEWS)
        await shown.settle()
        assert " ≡  Textual Labs" in shown.lines()[0]


async def test_an_account_without_a_guild_says_what_to_do() -> None:
    state = sample_state()
    state.guilds.clear()
    state.channels.clear()
    state.presences.clear()
    async with running(FakeClient(state)) as shown:
        assert "/join and an invite's code lets you in" in " ".join(shown.text.split())
        assert "● online" in shown.text
        shown.client.connect(Connection.REFUSED, "Your password was changed.")
        await shown.settle()
        assert "F5 to sign in again." in " ".join(shown.text.split())


@pytest.mark.slow
async def test_words_in_the_composer_survive_a_restart() -> None:
    async with running(client()) as shown:
        await shown.type("half a thought")
        await shown.click("# random")
        await shown.type("another")
        await shown.press("ctrl+q")
    async with running(client()) as shown:
        await shown.until("another")  # read from the disk while the screen is drawn
        assert shown.chat.chosen.channel_id == RANDOM
        await shown.click("# general")
        assert shown.chat.composer.text == "half a thought"
        await shown.press("enter")
        await shown.press("ctrl+q")
    async with running(client()) as shown:
        await shown.until("Message #general")
        assert shown.chat.composer.text == ""
