"""/await waits for what somebody else writes, and no pattern can hold it up."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from tests.client.builders import ME, OTHER, message
from tests.client.waiting import until
from tests.commands.fake_client import GENERAL, NOTES
from tests.commands.site import TypedSite
from tuichat.client.change import Change, MessageArrived
from tuichat.commands.context import Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.pattern_search import PatternSearch
from tuichat.commands.wanted import Wanted

Listener = Callable[[Sequence[Change]], None]


class WaitingSite(TypedSite):
    def __init__(self) -> None:
        super().__init__()
        self.listeners: list[Listener] = []
        self.client.subscribe = self._subscribe  # type: ignore[assignment,method-assign]

    def _subscribe(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def says(self, text: str, *, channel: int = GENERAL, author: int = OTHER) -> None:
        for listener in list(self.listeners):
            listener([MessageArrived(channel, message(5, text, author=author, channel=channel))])

    async def begin(self, line: str) -> "asyncio.Task[Outcome]":
        task = asyncio.create_task(self.enter(line))
        await until(lambda: bool(self.listeners) or task.done())
        return task


async def test_it_waits_for_the_message_that_fits() -> None:
    site = WaitingSite()
    username = message(5, "x", author=OTHER).author.username
    task = await site.begin(f'/await from=@{username} match="deploy .*" in=#notes timeout=60s')
    site.says("deploy one")
    site.says("deploy two", channel=NOTES, author=ME)
    site.says("nothing", channel=NOTES)
    site.says("a deploy three", channel=NOTES)
    outcome = await task
    assert outcome.is_done
    assert outcome.text.endswith("(guild 1/#notes): a deploy three")
    assert [each.message.content for each in outcome.found] == ["a deploy three"]
    assert not site.listeners


async def test_it_ends_after_its_time() -> None:
    outcome = await WaitingSite().enter("/await timeout=1s")
    assert (outcome.is_done, outcome.is_late) == (False, True)
    assert outcome.text == "Nothing that fits came within 1s."


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/await match=(", "( is no regular expression"),
        ("/await timeout=soon", "TIMEOUT: soon is no span of time"),
        ("/await timeout=8d", "TIMEOUT: 8d is out of bounds: it is 1s to 7d."),
        ("/await in=#nots", "IN: "),
    ],
)
async def test_a_wrong_argument_is_told(line: str, sentence: str) -> None:
    assert (await WaitingSite().enter(line)).text.startswith(sentence)


async def test_the_composer_goes_on_meanwhile() -> None:
    site = WaitingSite()
    jobs = site.begin_jobs()
    assert "/stop ends that" in (await site.enter("/await")).text
    assert (await site.enter("hello")).is_done
    await until(lambda: bool(site.listeners))
    site.says("\x1b[2J hi")
    await until(lambda: not jobs.running)
    assert len(site.told) == 1
    assert "\x1b" not in site.told[0]
    await site.enter("/await")
    await site.enter("/stop /await")
    await until(lambda: not jobs.running)
    assert site.told[-1] == "/await was ended."


async def test_a_pattern_that_takes_for_ever_ends_and_holds_up_nothing() -> None:
    search = PatternSearch("(a+)+$")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    try:
        with pytest.raises(CommandError, match="takes too long"):
            await search.search("a" * 60 + "!")
        assert ticks > 20, "the loop went on"
        assert await search.search("aaa")
    finally:
        ticking.cancel()
        await search.close()


async def test_what_is_waited_for_is_of_a_person_and_fits_a_pattern() -> None:
    async def fits(sender: str, pattern: str, text: str) -> bool:
        wanted = Wanted(sender, pattern)
        try:
            return await wanted.fits("ada", "7", text)
        finally:
            await wanted.close()

    assert await fits("@ADA", "deploy .*", "now\ndeploy it")
    assert await fits("7", "", "anything")
    assert not await fits("", "^deploy", "now deploy")
    assert not await fits("somebody", "", "x")


@pytest.mark.parametrize("pattern", ["(", "a{99999999999999999999}", "[z-a]", "x" * 1001])
def test_a_pattern_that_is_none_is_a_mistake(pattern: str) -> None:
    with pytest.raises(CommandError, match="regular expression"):
        PatternSearch(pattern)
