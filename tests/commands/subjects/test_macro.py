"""A macro is what one person enters until it is stopped, and is played in order until a line fails."""

import pytest

from tests.client.waiting import until
from tests.commands.fake_client import GENERAL, NOTES
from tests.commands.site import TypedSite
from tuichat.config.choices import Choices
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings


async def test_lines_are_recorded_and_played_again() -> None:
    site = TypedSite()
    assert "/macro stop" in (await site.enter("/macro record Standup")).text
    for line in ("good morning", "/msg #notes text=all well", "//slash", "/nonsense", "/macro list"):
        await site.enter(line)
    assert "standup has 3 lines" in (await site.enter("/macro stop")).text
    assert Choices(Profile("ada")).over(Settings()).macros == {
        "standup": ("good morning", "/msg #notes text=all well", "//slash")
    }
    before = list(site.client.sent)
    assert (await site.enter("/macro play standup")).text == "/macro play standup: 3 lines are done."
    assert site.client.sent[len(before) :] == before
    assert before == [(GENERAL, "good morning", None), (NOTES, "text=all well", None), (GENERAL, "/slash", None)]


async def test_playing_stops_at_the_first_line_that_fails() -> None:
    site = TypedSite()
    site.chooser.settings = Settings(macros={"m": ("one", "/msg #nots x", "two")})
    outcome = await site.enter("/macro play m")
    assert not outcome.is_done
    assert outcome.text.startswith("/macro play m, line 2: TO: There is no channel #nots")
    assert site.sent == ["one"]


async def test_a_macro_that_plays_itself_ends() -> None:
    site = TypedSite()
    site.chooser.settings = Settings(macros={"m": ("x", "/macro play m")})
    outcome = await site.enter("/macro play m")
    assert not outcome.is_done
    assert "8 deep at most" in outcome.text
    assert len(site.sent) <= 8


async def test_macros_are_listed_completed_and_deleted() -> None:
    site = TypedSite()
    site.chooser.settings = Settings(macros={"m": ("x", "y")})
    await site.enter("/macro list")
    assert site.screen.texts[-1] == ("Macros", "m: 2 lines")
    await site.enter("/macro list m")
    assert site.screen.texts[-1] == ("m", "x\ny")
    assert [each.text for each in site.engine.suggest("/macro play ", site.context())] == ["/macro play m "]
    assert [each.text for each in site.engine.suggest("/macro pl", site.context())] == ["/macro play "]
    assert "config.toml" not in (await site.enter("/macro delete m")).text
    assert "no macro" in (await site.enter("/macro play m")).text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/macro stop", "Nothing is being recorded"),
        ("/macro record", "NAME is missing: /macro record NAME"),
        ("/macro record a b", "one argument too many"),
        ("/macro record a.b", "small letters"),
        ("/macro sing", "none of these: record, stop, play, list, delete"),
    ],
)
async def test_what_is_wrong_is_told(line: str, sentence: str) -> None:
    assert sentence in (await TypedSite().enter(line)).text


async def test_nothing_else_is_recorded() -> None:
    site = TypedSite()
    await site.enter("/macro record m")
    assert "being recorded" in (await site.enter("/macro record n")).text
    await site.engine.submit("what a program sends", site.context())
    await site.enter("/msg #notes MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789")
    text = (await site.enter("/macro stop")).text
    assert text.startswith("Nothing was entered, so m was not kept. 1 line was left out")


async def test_a_macro_that_is_waited_for_can_be_ended() -> None:
    site = TypedSite()
    jobs = site.begin_jobs()
    site.chooser.settings = Settings(macros={"m": ("x", "/await")})
    assert (await site.enter("/macro play m")).is_done
    await until(lambda: bool(jobs.running) and jobs.running[0].progress == "2/2")
    assert (await site.enter("/stop")).is_done
    await until(lambda: not jobs.running)
    assert site.told == ["/macro play m was ended."]
