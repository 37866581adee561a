"""Going to a channel: which ones are offered for what is typed, and in which order."""

from textual import events

from tests.tui.samples import GENERAL, FakeClient, sample_state
from tests.tui.screens import running
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.switcher import SwitchRow, matching, switch_rows


def row(name: str, where: str = "Home") -> SwitchRow:
    return SwitchRow(Chosen("s1/1", 1, hash(name)), "#", name, where, is_unread=False, mentions=0)


def names(rows: list[SwitchRow]) -> list[str]:
    return [row.name for row in rows]


def test_names_that_begin_so_come_before_those_that_hold_it_and_those_with_its_letters() -> None:
    rows = [row("great-engine"), row("my-gen"), row("general"), row("random")]
    assert names(matching(rows, "gen")) == ["general", "my-gen", "great-engine"]


def test_letters_are_not_picked_together_from_name_guild_and_account() -> None:
    assert matching([row("Lounge", "Home · eve on this computer")], "gener") == []


def test_a_guild_s_name_leads_to_its_channels_after_all_others() -> None:
    rows = [row("general", "Team"), row("teamwork")]
    assert names(matching(rows, "team")) == ["teamwork", "general"]


def test_the_channel_shown_is_listed_last() -> None:
    shown = Chosen("s1/101", 1000, GENERAL)
    rows = switch_rows({"s1/101": sample_state()}, shown, {}, [])
    assert rows[-1].chosen == shown
    assert [found.chosen for found in matching(rows, "gener")] == [shown]


async def test_choosing_the_channel_shown_stays_there() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("ctrl+k", *"gener", "enter")
        assert shown.chat.chosen.channel_id == GENERAL
        assert shown.chat.focused is shown.chat.composer


async def test_an_arrow_behind_letters_in_one_read_moves_among_what_they_find() -> None:
    async with running(FakeClient(sample_state())) as shown:
        for key in ["ctrl+k", *"e", "down", "down"]:
            shown.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await shown.settle()
        offered = matching(switch_rows(shown.chat.states, shown.chat.chosen, {}, []), "e")
        await shown.press("enter")
        assert shown.chat.chosen == offered[2].chosen
