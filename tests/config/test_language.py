"""Tests of `tuichat.config.language`."""

import logging
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuichat.config.language import languages, use_language, wanted
from tuichat.translation import Catalogue, _, ngettext, use_catalogue


@pytest.fixture(autouse=True)
def english_after() -> Iterator[None]:
    yield
    use_catalogue(Catalogue())


@pytest.fixture(autouse=True)
def none_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "ours"
    monkeypatch.setattr("tuichat.config.language.OUR_FOLDER", folder)
    return folder


def write(folder: Path, language: str, data: bytes, name: str = "tuichat.mo") -> None:
    path = folder / language / "LC_MESSAGES" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def a_po(*lines: str, head: str = "") -> bytes:
    return "\n".join(['msgid ""', f'msgstr "Content-Type: text/plain; charset=UTF-8\\n{head}"', *lines]).encode()


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
    assert ngettext("{count} day", "{count} days", 1) == "{count} day"


def test_a_file_that_was_not_compiled_is_a_language_too(tmp_path: Path) -> None:
    write(tmp_path, "eo", a_po('msgid "Copied."', 'msgstr ""', '"Kopi"', '"ita."'), "tuichat.po")
    use_language("eo", {}, tmp_path)
    assert _("Copied.") == "Kopiita."


def test_the_users_sentences_lie_over_ours(tmp_path: Path, none_of_ours: Path) -> None:
    write(none_of_ours, "fr", one_sentence("Copied.", "Copié."))
    write(tmp_path, "fr", a_po('msgid "Send"', 'msgstr "Envoyer"'), "tuichat.po")
    use_language("", {"LANG": "fr_CA.UTF-8"}, tmp_path)
    assert (_("Copied."), _("Send")) == ("Copié.", "Envoyer")
    write(tmp_path, "fr_CA", a_po('msgid "Send"', 'msgstr "Expédier"'), "tuichat.po")
    use_language("", {"LANG": "fr_CA.UTF-8"}, tmp_path)
    assert (_("Copied."), _("Send")) == ("Copié.", "Expédier")


def test_a_translation_with_other_placeholders_stays_english_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = ['msgid "Sent to {name}."', 'msgstr "Envoyé à {nom}."', 'msgid "Copied."', 'msgstr "Copié."']
    write(tmp_path, "fr", a_po(*lines), "tuichat.po")
    with caplog.at_level(logging.WARNING, "tuichat.config.language"):
        use_language("fr", {}, tmp_path)
    assert _("Sent to {name}.").format(name="bob") == "Sent to bob."
    assert _("Copied.") == "Copié."
    assert "'Sent to {name}.' has other placeholders" in caplog.text


@pytest.mark.parametrize(
    "data", [b"msgid", b"\xff\xfe", b'msgstr "a"', a_po(head="Plural-Forms: nplurals=9; plural=x")]
)
def test_a_broken_file_of_a_translator_leaves_english(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "fr", data, "tuichat.po")
    use_language("fr", {}, tmp_path)
    assert _("Copied.") == "Copied."
    assert "is left out" in caplog.text


def test_each_language_is_offered_by_its_own_name(tmp_path: Path, none_of_ours: Path) -> None:
    write(none_of_ours, "fr", one_sentence("Copied.", "Copié."))
    write(tmp_path, "eo", a_po(head="X-Language-Name: Esperanto\\n"), "tuichat.po")
    write(tmp_path, "..", b"")
    assert languages(tmp_path) == [("en", "English"), ("eo", "Esperanto"), ("fr", "fr")]
