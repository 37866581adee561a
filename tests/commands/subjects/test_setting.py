"""/set, /bind and /theme choose for a profile, and say what fits."""

import pytest

from tests.commands.site import TypedSite
from tuichat.config.choices import Choices
from tuichat.config.paths import Profile, config_file
from tuichat.config.schema import Settings


def kept() -> Settings:
    return Choices(Profile("ada")).over(Settings())


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("/set ui.clock 12h ", lambda s: s.ui.clock == "12h"),
        ("/set UI.compact on", lambda s: s.ui.compact is True),
        ("/set ui.compact true", lambda s: s.ui.compact is True),
        ("/set server.linger forever", lambda s: s.server.linger == "forever"),
        ("/set server.linger 60", lambda s: s.server.linger == 60),
        ("/set voice.threshold_db -45", lambda s: s.voice.threshold_db == -45),
        ("/set scripts.guild 123", lambda s: s.scripts.guild == "123"),
        ('/set scripts.guild "default"', lambda s: s.scripts.guild == "default"),
        (
            "/set server.allowed_origins https://a, https://b",
            lambda s: s.server.allowed_origins == ("https://a", "https://b"),
        ),
        ("/set key=ui.theme value=light", lambda s: s.ui.theme == "light"),
    ],
)
async def test_a_value_is_chosen_for_the_profile(line: str, value: object) -> None:
    site = TypedSite()
    outcome = await site.enter(line)
    assert outcome.is_done, outcome.text
    assert callable(value)
    assert value(kept())
    assert site.chosen == [kept()]
    assert not config_file().exists()


async def test_a_choice_is_shown_and_taken_back() -> None:
    site = TypedSite()
    await site.enter("/set ui.clock 12h")
    assert (await site.enter("/set ui.clock")).text.startswith(
        'ui.clock = "12h". How the time of a message is written.'
    )
    assert (await site.enter("/set ui.clock default")).text == 'ui.clock = "24h"'
    assert kept() == Settings()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/set ui.clock 25h", '"24h" or "12h"'),
        ("/set ui.compact maybe", "true or false"),
        ("/set voice.input_gain 300", "0 to 200"),
        ("/set ui.colour red", "no setting ui.colour"),
        ("/set nothing 3", "no setting nothing"),
        ("/set keys.bind x", "/bind does that"),
        ("/set aliases.x y", "/alias does that"),
    ],
)
async def test_what_does_not_fit_is_told_with_what_does(line: str, sentence: str) -> None:
    site = TypedSite()
    outcome = await site.enter(line)
    assert not outcome.is_done
    assert sentence in outcome.text
    assert kept() == Settings()


async def test_settings_are_listed_and_completed() -> None:
    site = TypedSite()
    await site.enter("/set")
    assert 'ui.theme = "dark"' in site.screen.texts[-1][1]
    offered = [each.text for each in site.engine.suggest("/set ui.cl", site.context())]
    assert offered == ["/set ui.clock "]
    assert [each.text for each in site.engine.suggest("/set ui.clock ", site.context())] == [
        "/set ui.clock 24h ",
        "/set ui.clock 12h ",
        "/set ui.clock default ",
    ]


async def test_without_a_screen_keys_and_colours_wait_for_one() -> None:
    site = TypedSite()
    assert "next start" in (await site.enter("/theme light")).text
    assert "next start" in (await site.enter("/bind messages.reply r, ctrl+r")).text
    assert kept().keys.bind == {"messages.reply": "r, ctrl+r"}
    assert kept().ui.theme == "light"
    await site.enter("/bind messages.reply default")
    await site.enter("/theme default")
    assert kept() == Settings()
    assert not (await site.enter("/bind nonsense x")).is_done
