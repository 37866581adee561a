"""Colours and density, chosen on the screen and shown at once."""

from collections.abc import Iterator

import pytest
from textual.color import Color

from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import running
from tuichat.config.choices import Choices
from tuichat.config.paths import Profile, config_dir
from tuichat.config.schema import Settings, UiSettings
from tuichat.translation import Catalogue, use_catalogue

pytestmark = pytest.mark.slow  # whole screens by their keys


def client() -> FakeClient:
    return FakeClient(sample_state())


async def test_a_theme_shows_as_the_cursor_reaches_it_and_stays_when_chosen() -> None:
    async with running(client()) as shown:
        await shown.press("ctrl+g", "v", "t")
        await shown.press("down")
        assert shown.app.theme == "tuichat-light"
        await shown.press("enter")
        await shown.settle()
        assert shown.app.theme == "tuichat-light"
        assert shown.app.settings.ui.theme == "light"
    assert Choices(Profile("default")).over(Settings()).ui.theme == "light"


async def test_leaving_brings_the_colours_from_before_back() -> None:
    async with running(client()) as shown:
        await shown.press("ctrl+g", "v", "t", "down", "down", "escape")
        assert shown.app.theme == "tuichat-dark"


@pytest.mark.parametrize("name", ["light", "high-contrast", "ansi"])
async def test_every_theme_draws_every_pane(name: str) -> None:
    async with running(client(), settings=Settings(ui=UiSettings(theme=name))) as shown:
        assert shown.app.theme == f"tuichat-{name}"
        assert "measure first, ship small" in shown.text


async def test_an_own_theme_is_listed_and_used() -> None:
    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    (folder / "sea.toml").write_text('base = "dark"\n[colours]\nmain-bg = "#001122"\n')
    async with running(client()) as shown:
        await shown.press("ctrl+g", "v", "t", "end", "enter")
        await shown.settle()
        assert shown.app.current_theme.variables["main-bg"] == "#001122"
        assert shown.chat.messages.styles.background == Color.parse("#001122")


async def test_a_broken_theme_is_named_and_the_dark_one_shown() -> None:
    async with running(client(), settings=Settings(ui=UiSettings(theme="nowhere"))) as shown:
        await shown.until("There is no theme 'nowhere'")
        assert shown.app.theme == "tuichat-dark"


@pytest.fixture
def english_after() -> Iterator[None]:
    yield
    use_catalogue(Catalogue())


@pytest.mark.usefixtures("english_after")
async def test_a_language_shows_as_the_cursor_reaches_it_and_stays_when_chosen() -> None:
    async with running(client()) as shown:
        assert "Today" in shown.text
        await shown.press("ctrl+g", "v", "l")
        await shown.press("down", "down")
        await shown.until("Langue")
        await shown.press("enter")
        await shown.until("Aujourd’hui")
        for words in ("entrée envoyer", "en ligne", "Message à #general", "aide"):
            assert words in shown.text
        assert "the jitter buffer holds" in shown.text  # people's words stay as they are
        await shown.press("f1")
        await shown.until("LES CINQ QUI COMPTENT")
        assert shown.app.settings.ui.language == "fr"
    assert Choices(Profile("default")).over(Settings()).ui.language == "fr"


@pytest.mark.usefixtures("english_after")
async def test_leaving_brings_the_language_from_before_back() -> None:
    async with running(client(), settings=Settings(ui=UiSettings(language="en"))) as shown:
        await shown.press("ctrl+g", "v", "l", "down")
        await shown.until("Langue")
        await shown.press("escape")
        await shown.until("Today")
        assert "Aujourd" not in shown.text


@pytest.mark.usefixtures("english_after")
async def test_a_language_of_ones_own_is_listed_by_its_name() -> None:
    path = config_dir() / "locale" / "eo" / "LC_MESSAGES" / "tuichat.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid ""\nmsgstr "X-Language-Name: Esperanto\\n"\nmsgid "Today"\nmsgstr "Hodiaŭ"\n')
    async with running(client()) as shown:
        await shown.press("ctrl+g", "v", "l")
        await shown.click("Esperanto")
        await shown.until("Hodiaŭ")
        assert "enter send" in shown.text  # what is not translated stays English


async def test_compact_messages_stand_in_one_line_with_time_and_name() -> None:
    async with running(client()) as shown:
        await shown.press("ctrl+g", "v", "d")
        await shown.settle()
        line = next(line for line in shown.messages() if "jitter buffer holds" in line and "grace" in line)
        assert "09:41" in line
    assert Choices(Profile("default")).over(Settings()).ui.compact


async def test_the_clock_changes_at_once() -> None:
    async with running(client()) as shown:
        await shown.press("ctrl+g", "v", "h")
        await shown.settle()
        assert any("9:41 am" in line for line in shown.messages())
