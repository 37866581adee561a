"""Tests of `tuichat.tui.styles.own_themes`."""

from pathlib import Path

import pytest

from tuichat.tui.styles.own_themes import ThemeError, names, read
from tuichat.tui.styles.themes import LIGHT


def test_a_theme_lies_over_its_base(tmp_path: Path) -> None:
    (tmp_path / "sea.toml").write_text('base = "light"\n[colours]\naccent-fg = "#123456"\n')
    theme = read(tmp_path, "sea")
    assert theme.variables == LIGHT.variables | {"accent-fg": "#123456"}
    assert not theme.dark
    assert names(tmp_path) == ["sea"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('bas = "dark"', "there is no bas"),
        ('base = "pink"', "base is 'pink'; it takes dark, light, high-contrast, ansi"),
        ("colours = 3", "colours is a table"),
        ('[colours]\nfg = "red"', "there is no colour fg"),
        ('[colours]\ntext-fg = "reddish"', "text-fg is 'reddish'; it takes a colour"),
        ('[colours]\ntext-fg = "#ff000080"', "it takes a colour"),
        ("[colours]\ntext-fg = 3", "it takes a colour"),
        ("[colours", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_the_file(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "sea.toml").write_text(text)
    with pytest.raises(ThemeError) as caught:
        read(tmp_path, "sea")
    assert sentence in str(caught.value)
    assert "sea.toml" in str(caught.value)


def test_a_name_leads_out_of_no_folder(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="file's name"):
        read(tmp_path, "../sea")


def test_one_that_is_missing_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="dark, light, high-contrast, ansi"):
        read(tmp_path, "sea")
