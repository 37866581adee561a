"""Going to what is new, back and forward."""

from tests.tui.samples import GENERAL, RANDOM, REVIEWS, VOICE_ENGINE, FakeClient, sample_state
from tests.tui.screens import running


async def test_the_next_mention_passes_over_what_is_only_unread() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("alt+shift+up")
        assert shown.chat.chosen.channel_id == VOICE_ENGINE
        await shown.press("alt+shift+down")
        await shown.until("Nobody mentions you")


async def test_the_next_unread_takes_both() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("alt+down")
        assert shown.chat.chosen.channel_id == VOICE_ENGINE
        await shown.press("alt+down")
        assert shown.chat.chosen.channel_id == REVIEWS


async def test_back_and_forward_go_the_way_one_came() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.chat.open_channel("s1/101", RANDOM)
        shown.chat.open_channel("s1/101", REVIEWS)
        await shown.press("alt+left", "alt+left")
        assert shown.chat.chosen.channel_id == GENERAL
        await shown.press("alt+left")
        await shown.until("where you began")
        await shown.press("alt+right")
        assert shown.chat.chosen.channel_id == RANDOM
