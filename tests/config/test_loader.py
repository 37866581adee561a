"""Settings: defaults, what is read, and how mistakes are told."""

from pathlib import Path

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tuichat.config.loader import ConfigError, load, parse
from tuichat.config.schema import ServerSettings, Settings

FILE = Path("config.toml")


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == Settings()


def test_what_stands_in_the_file_counts() -> None:
    settings = parse('[ui]\nclock = "12h"\n[server]\nlinger = "forever"\nallowed_origins = ["https://a"]\n', FILE)
    assert settings.ui.clock == "12h"
    assert settings.server == ServerSettings(linger="forever", allowed_origins=("https://a",))
    assert settings.voice == Settings().voice


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[ui]\nclock = "25h"', 'config.toml: ui.clock is "25h"; it takes "24h" or "12h".'),
        ("[ui]\nshow_members = 1", "config.toml: ui.show_members is 1; it takes true or false."),
        ("[server]\nlinger = -1", 'config.toml: server.linger is -1; it takes 1 to 31536000 or "forever".'),
        ("[server]\nlinger = true", 'config.toml: server.linger is true; it takes 1 to 31536000 or "forever".'),
        ('[server]\nallowed_origins = "x"', 'server.allowed_origins is "x"; it takes a list of texts.'),
        ("[ui]\nclok = 1", "there is no setting ui.clok. Is ui.clock meant?"),
        ("[srever]\n", "there is no setting srever. Is server meant?"),
        ("[zzz]\n", "there is no setting zzz. The tables are ui, "),
        ("[ui]\nzzzzzz = 1", "there is no setting ui.zzzzzz. [ui] takes theme, language, compact"),
        ("ui = 3", "config.toml: ui is 3; it is a table and is written [ui]"),
        ("[ui", "config.toml is not valid TOML: "),
    ],
)
def test_mistake_names_file_key_what_was_found_and_what_fits(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    assert sentence in str(caught.value)


def test_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"config\.toml: it is not UTF-8"):
        load(path)


def refusal_of(text: str) -> str | None:
    """Return None for settings that load, else the sentence that refuses them."""
    try:
        parse(text, FILE)
    except ConfigError as error:
        return str(error)
    return None


@given(st.text())
def test_any_text_gives_settings_or_a_sentence(text: str) -> None:
    assert "config.toml" in (refusal_of(text) or "config.toml")


_values = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(Settings.__struct_fields__), st.text(max_size=8) | st.just("linger"), _values)
def test_any_value_gives_settings_or_a_sentence(table: str, key: str, value: object) -> None:
    text = tomli_w.dumps({table: {key: value}})
    assert "config.toml" in (refusal_of(text) or "config.toml")
