"""A manifest is read strictly, and what is wrong with one is told with the limit and what was found."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.automation.plugins import example
from tuichat.automation.plugins.manifest import (
    MAX_MANIFEST_BYTES,
    ActionWish,
    EventWish,
    Manifest,
    ManifestError,
    load,
    parse,
)

GOOD = """
name = "greeter"
version = "1"
description = "Greets"
run = ["python3", "greeter.py"]
events = ["connection", { type = "message", channels = ["dev/#general", "@ada", "work:dev/#x", "12"], mentions = true }]
actions = ["react", { command = "msg", channels = ["#general"], accounts = ["ada"] }]
"""
PATH = Path("plugin.toml")


def read(text: str) -> Manifest:
    return parse(text.encode(), PATH)


def test_words_and_tables_say_what_it_asks_for() -> None:
    manifest = read(GOOD)
    assert manifest.run == ("python3", "greeter.py")
    assert manifest.events == (
        EventWish("connection"),
        EventWish("message", ("dev/#general", "@ada", "work:dev/#x", "12"), None, True),
    )
    assert manifest.actions == (ActionWish("react"), ActionWish("msg", ("#general",), ("ada",)))
    assert manifest.network is False


def test_each_change_of_a_byte_is_another_manifest() -> None:
    assert read(GOOD).sha256 != read(GOOD + "\n").sha256


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"greeter"', '"Greeter"', "1 to 32 letters a-z, digits or -"),
        ('"greeter"', '"../x"', "1 to 32 letters"),
        ('version = "1"', "", "missing required field `version`"),
        ('"Greets"', f'"{"x" * 201}"', "description has 1 to 200 characters, this one 201"),
        ('"Greets"', '"\\u001b[2J"', "description holds a character that cannot be shown"),
        ('["python3", "greeter.py"]', "[]", "run has 1 to 32 words, this one 0"),
        ('["python3", "greeter.py"]', '["a\\u0000b"]', "run[0] holds a character that cannot be shown"),
        ('["python3", "greeter.py"]', '"python3"', "Expected `array`, got `str`"),
        ('"connection"', '"telepathy"', "there is no event 'telepathy'; there are:"),
        ('"connection"', '"result"', "there is no event 'result'"),
        ('"react"', '"/react"', "is no command's name; it is written without its slash"),
        ('"react"', '"msg"', "actions has msg more than once"),
        ('["#general"]', '["general"]', "'general' is no address"),
        ('["#general"]', "[]", "actions.msg.channels has 1 to 64 items, this one 0"),
        ("mentions = true", "mention = true", "unknown field `mention`"),
        ('"message"', '"message_deleted"', "mentions goes with the event message"),
        ('version = "1"', 'version = "1"\nshell = true', "unknown field `shell`"),
        ("run =", "run = =", "it is not valid TOML"),
    ],
)
def test_what_is_wrong_is_told(old: str, new: str, sentence: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(ManifestError) as caught:
        read(text if "reaction" in (old, new) or "event" in sentence else text.replace('"connection"', '"connection"'))
    assert str(caught.value).startswith("plugin.toml: ")
    assert sentence in str(caught.value)


def test_a_manifest_of_any_size_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "plugin.toml").write_bytes(b"#" * (MAX_MANIFEST_BYTES + 1))
    with pytest.raises(ManifestError, match=f"more than {MAX_MANIFEST_BYTES} bytes"):
        load(tmp_path)
    with pytest.raises(ManifestError, match="cannot be read: No such file"):
        load(tmp_path / "nowhere")


@given(st.binary(max_size=300) | st.text(alphabet='[]{}="\n#name,rutv\\', max_size=200).map(str.encode))
def test_any_bytes_are_a_manifest_or_an_error(data: bytes) -> None:
    told = ""
    try:
        parse(data, PATH)
    except ManifestError as error:
        told = str(error)
    assert not told or told.isprintable()


def test_the_example_is_a_manifest() -> None:
    files = example.files("my-bot")
    manifest = read(files["plugin.toml"])
    assert (manifest.name, manifest.run[-1] in files) == ("my-bot", True)
