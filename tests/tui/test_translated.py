"""Every sentence of every scene goes through the catalogues: spoken in circled letters, the screen holds no others.

What stays in plain letters has to be data: words of the people in the samples, or one of the few exceptions below.
"""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui import screens
from tests.tui.scenes import DARK, SCENES, sample_client
from tests.tui.screens import Shown, running
from tuichat.text.emoji_names import SHORT
from tuichat.translation import Catalogue, use_catalogue

USUAL = ("conversation", "helping", "palette", "guild_channels", "servers")  # the others run in the second step
CIRCLED = {ord(sign): chr(0x24D0 + number) for number, sign in enumerate(string.ascii_lowercase)}
CIRCLED |= {ord(sign): chr(0x24B6 + number) for number, sign in enumerate(string.ascii_uppercase)}
PLAIN = {ord(circled): chr(sign) for sign, circled in CIRCLED.items()}
# What people here write, and what their servers and bots are called.
DATA = sorted(
    [
        *Path(__file__).parent.glob("*scenes.py"),
        *(Path(__file__).parent / f"{name}.py" for name in ("samples", "fake_desk", "hallway_samples")),
        Path(__file__).parents[1] / "client" / "rooms_found.py",
    ]
)
# What no language changes: our name, what is typed, names of keys that people have to find, and of settings.
NAMES = {
    "tuichat",
    "ctrl",
    "alt",
    "shift",
    "TL",
    "Text",
    "home",
    "end",
    "help",
    "create",
    "dark",
    "light",
    "high",
    "contrast",
    "ansi",
    "rocket",
    "WebSocket",
    "UDP",
    "UTC",
    "MP",
    "KiB",
    "dB",
    "ogg",
    "roc",
    "tls",
    "cert",
    "auto",
    "KEY",
    "data",
    "local",
    "share",
    "sticker",
    "hive",  # where an event of the samples is
    "sound",
    "embed",
    "gif",
}


# One of them speaks another language by itself.
TRANSLATED = [name for name in SCENES if name != "language_picker"]


class Circled(Catalogue):
    """A language with a letter of its own for each of ours, and the same width."""

    def gettext(self, sentence: str) -> str:
        return "".join(
            text.translate(CIRCLED).replace("{", "{{").replace("}", "}}")
            + ("" if name is None else "{" + name + (f"!{how}" if how else "") + (f":{form}" if form else "") + "}")
            for text, name, form, how in string.Formatter().parse(sentence)
        )

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.gettext(super().ngettext(one, many, count))


def data_words() -> set[str]:
    texts = [
        node.value
        for path in DATA
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found = {word for text in texts for word in re.findall("[A-Za-z]{2,}", text)}
    return found | {word.upper() for word in found} | set(SHORT)


def plain_words(line: str) -> list[str]:
    """Return the words in our own letters, but for what people type as it is: emojis, commands, what to search for, colours."""
    return re.findall("[A-Za-z]{2,}", re.sub(r":\w+:|has:\w+|/\w+|#[0-9a-f]{6}", "", line))


def is_data(word: str, known: set[str]) -> bool:
    """Say whether a word is data, or the part of it that a dialog leaves of one behind it."""
    return word in known or (
        len(word) < 10 and any(each.startswith(word) or each.endswith(word) for each in known - {word})
    )


@pytest.fixture(autouse=True)
def circled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ada/.local/share")
    monkeypatch.setattr("tuichat.tui.screens.invite.program", lambda: "tuichat")
    # Scenes wait for sentences in English.
    monkeypatch.setattr(Shown, "text", property(lambda shown: "\n".join(shown.lines()).translate(PLAIN)))
    use_catalogue(Circled())
    yield
    use_catalogue(Catalogue())


def test_circled_letters_keep_a_template_whole() -> None:
    assert Circled().gettext("{count:.0f} new in {place}").format(count=1, place="here") == "1 ⓝⓔⓦ ⓘⓝ here"


@pytest.mark.parametrize(
    "scene", [name if name in USUAL else pytest.param(name, marks=pytest.mark.slow) for name in TRANSLATED]
)
async def test_no_sentence_stays_english(scene: str) -> None:
    async with running(sample_client(), size=screens.WIDE, settings=DARK) as shown:
        await SCENES[scene](shown)
        await shown.settle()
        lines = shown.lines()
    known = data_words() | NAMES
    found = {line.strip(): [word for word in plain_words(line) if not is_data(word, known)] for line in lines}
    assert {line: words for line, words in found.items() if words} == {}
