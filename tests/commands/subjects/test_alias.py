"""Aliases are made, used, completed, listed and taken away by typing."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.commands.fake_client import GENERAL, NOTES
from tests.commands.site import TypedSite
from tuichat.commands.substitution import parse_substitution
from tuichat.config.choices import Choices
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings


async def test_an_alias_is_made_used_and_taken_away() -> None:
    site = TypedSite()
    assert (await site.enter("/alias ci /msg #notes ci: $*")).is_done
    assert (await site.enter("/ci build passed")).is_done
    assert site.client.sent == [(NOTES, "ci: build passed", None)]
    assert Choices(Profile("ada")).over(Settings()).aliases == {"ci": "/msg #notes ci: $*"}
    assert (await site.enter("/unalias /ci")).is_done
    outcome = await site.enter("/ci x")
    assert not outcome.is_done
    assert "There is no command /ci" in outcome.text


async def test_an_alias_for_words_is_a_message_whatever_they_begin_with() -> None:
    site = TypedSite()
    await site.enter("/alias say $*")
    await site.enter("/say /quit")
    assert site.client.sent == [(GENERAL, "/quit", None)]
    assert not site.screen.has_quit


async def test_what_is_wrong_in_its_line_is_told_with_that_line() -> None:
    site = TypedSite()
    await site.enter("/alias ci /msg #nots $*")
    outcome = await site.enter("/ci x")
    assert outcome.text.startswith("TO: There is no channel #nots")
    assert outcome.text.endswith("(/msg #nots x)")
    assert outcome.argument is None


async def test_commands_and_odd_names_are_no_aliases() -> None:
    site = TypedSite()
    assert "is a command" in (await site.enter("/alias msg hello")).text
    assert "small letters" in (await site.enter("/alias a.b hello")).text
    assert "no command /nothing" in (await site.enter("/alias a /nothing")).text
    assert "without end" in (await site.enter("/alias a /a")).text
    await site.enter("/alias a /msg #notes")
    await site.enter("/alias b /a")
    assert "/a → /b → /a" in (await site.enter("/alias a /b")).text
    assert site.chooser.settings.aliases == {"a": "/msg #notes", "b": "/a"}


async def test_aliases_are_listed_suggested_and_completed() -> None:
    site = TypedSite()
    await site.enter("/alias deploy /msg #notes deploy $1")
    await site.enter("/alias")
    assert site.screen.texts[-1] == ("Aliases", "/deploy  /msg #notes deploy $1")
    assert "Did you mean /deploy?" in (await site.enter("/deplyo")).text
    assert [each.text for each in site.engine.suggest("/depl", site.context())] == ["/deploy "]
    assert [each.text for each in site.engine.suggest("/unalias ", site.context())] == ["/unalias deploy "]
    await site.enter("/help deploy")
    assert site.screen.texts[-1] == ("/deploy", "/deploy stands for /msg #notes deploy $1")
    await site.enter("/help")
    assert "/deploy" in site.screen.texts[-1][1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1).filter(lambda text: not text.startswith("/") and parse_substitution(text) is None))
async def test_a_message_is_never_a_command(text: str) -> None:
    site = TypedSite()
    site.chooser.settings = Settings(aliases={"a": "/quit"}, macros={"m": (text,)})
    await site.enter(text)
    await site.enter("/macro play m")
    assert not site.screen.has_quit
    assert all(channel == GENERAL for channel, _text, _reply in site.client.sent)
    if text.strip():
        assert site.sent[0] == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
async def test_no_word_makes_another_command_of_an_alias(text: str) -> None:
    site = TypedSite()
    site.chooser.settings = Settings(aliases={"note": "/msg #notes $*", "say": "$*", "two": "/msg #notes $1 $2"})
    for name in ("note", "say", "two"):
        await site.enter(f"/{name} {text}")
    assert not site.screen.has_quit
    assert not site.screen.opened
    assert all(channel in (GENERAL, NOTES) for channel, _text, _reply in site.client.sent)
