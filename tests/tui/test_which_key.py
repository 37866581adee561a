"""Tests of `tuichat.tui.screens.which_key`: the popup after the leader key."""

from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import running
from tuichat.tui.keys import ACTIONS
from tuichat.tui.screens.which_key import steps


def test_every_sequence_leads_to_its_action() -> None:
    for action in ACTIONS:
        signs = tuple(action.leader.split())
        for depth, sign in enumerate(signs):
            (step,) = [step for step in steps(signs[:depth]) if step.sign == sign]
            assert step.action_id == (action.id if depth == len(signs) - 1 else None)


async def test_the_leader_shows_what_may_follow_and_a_sequence_runs() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("ctrl+g")
        assert "Go to a channel" in shown.text
        assert "N  Next channel that mentions you" in shown.text
        await shown.press("g")
        assert "Invite someone" in shown.text
        await shown.press("i")
        assert "Invite someone to Textual Labs" in shown.text


def test_every_branch_has_a_name() -> None:
    assert all(step.label != "…" for step in steps(()))


async def test_backspace_goes_back_and_a_click_goes_on() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("ctrl+g", "v", "backspace")
        assert "Go to a channel" in shown.text
        await shown.click("Help with every key")
        assert "THE FIVE THAT MATTER" in shown.text


async def test_a_key_that_leads_nowhere_says_so_and_nothing_is_typed() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("ctrl+g", "#")
        await shown.until("is no sequence")
        assert shown.chat.composer.text == ""
