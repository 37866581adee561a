"""Tests of `tuichat.config.choices`."""

import pytest

from tuichat.config.choices import Choices
from tuichat.config.loader import ConfigError
from tuichat.config.paths import Profile
from tuichat.config.schema import KeySettings, Settings, UiSettings

WRITTEN = Settings(ui=UiSettings(theme="light", clock="12h"))


def test_a_choice_wins_over_what_is_written_and_leaves_the_rest() -> None:
    choices = Choices(Profile("ada"))
    choices.put("ui", "theme", "dark")
    merged = Choices(Profile("ada")).over(WRITTEN)
    assert merged.ui == UiSettings(theme="dark", clock="12h")


def test_a_choice_that_is_taken_back_leaves_what_is_written() -> None:
    choices = Choices(Profile("ada"))
    choices.put("ui", "theme", "dark")
    choices.put("ui", "theme", None)
    assert choices.over(WRITTEN) == WRITTEN


def test_profiles_choose_for_themselves() -> None:
    Choices(Profile("ada")).put("keys", "bind", {"messages.reply": "x"})
    assert Choices(Profile("ada")).over(Settings()).keys == KeySettings(bind={"messages.reply": "x"})
    assert Choices(Profile("bob")).over(Settings()) == Settings()


def test_what_does_not_fit_is_not_kept() -> None:
    choices = Choices(Profile("ada"))
    with pytest.raises(ConfigError, match=r"ui\.clock is \"25h\""):
        choices.put("ui", "clock", "25h")
    assert choices.over(WRITTEN) == WRITTEN


@pytest.mark.parametrize("text", ["[ui", "[ui]\ncolour = 3\n", "\udcff"])
def test_a_broken_file_costs_the_choices_alone(text: str) -> None:
    choices = Choices(Profile("ada"))
    choices.put("ui", "theme", "dark")
    choices.path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert choices.over(WRITTEN) == WRITTEN
    choices.put("ui", "clock", "24h")
    assert choices.over(WRITTEN).ui == UiSettings(theme="light", clock="24h")
