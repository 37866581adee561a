"""Tests of `tuichat.config.language`."""

import gettext
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuichat.config.language import use_language, wanted
from tuichat.translation import _, use_catalogue


@pytest.fixture(autouse=True)
def english_after() -> Iterator[None]:
    yield
    use_catalogue(gettext.NullTranslations())


def write(folder: Path, language: str, data: bytes) -> None:
    path = folder / language / "LC_MESSAGES" / "tuichat.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)


def one_sentence(sentence: str, translated: str) -> bytes:
    """Return a catalogue as msgfmt writes it: GNU gettext manual, "The Format of GNU MO Files"."""
    head = "Content-Type: text/plain; charset=UTF-8\n"
    texts = [text.encode() for text in ("", sentence, head, translated)]
    start, table = 28 + 8 * len(texts), b""
    for text in texts:
        table += struct.pack("<II", len(text), start)
        start += len(text) + 1
    return struct.pack("<7I", 0x950412DE, 0, 2, 28, 44, 0, 0) + table + b"".join(text + b"\0" for text in texts)


@pytest.mark.parametrize(
    ("setting", "environ", "languages"),
    [
        ("", {}, []),
        ("", {"LANG": "fr_FR.UTF-8"}, ["fr_FR.UTF-8"]),
        ("", {"LANG": "de_DE", "LC_MESSAGES": "fr"}, ["fr"]),
        ("", {"LANG": "de_DE", "LC_ALL": "C.UTF-8"}, []),
        ("", {"LANGUAGE": "br:fr:en:de", "LANG": "de"}, ["br", "fr"]),
        ("fr", {"LANG": "en_GB.UTF-8"}, ["fr"]),
        ("en", {"LANG": "fr"}, []),
        ("pt-BR", {}, ["pt_BR"]),
        ("../../tmp", {}, []),
    ],
)
def test_the_setting_goes_before_the_environment(setting: str, environ: dict[str, str], languages: list[str]) -> None:
    assert wanted(setting, environ) == languages


def test_a_catalogue_in_the_folder_is_a_language(tmp_path: Path) -> None:
    write(tmp_path, "fr", one_sentence("Copied.", "Copié."))
    use_language("", {"LANG": "fr_FR.UTF-8"}, tmp_path)
    assert (_("Copied."), _("Not there.")) == ("Copié.", "Not there.")
    use_language("en", {"LANG": "fr_FR.UTF-8"}, tmp_path)
    assert _("Copied.") == "Copied."


@pytest.mark.parametrize("data", [b"", b"not a catalogue", one_sentence("Copied.", "Copié.")[:-20]])
def test_a_broken_catalogue_leaves_english(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, "fr", data)
    use_language("fr", {}, tmp_path)
    assert _("Copied.") == "Copied."
