"""Tests of `tuichat.config.catalogue`."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs import catalogues
from tuichat.config.catalogue import Entry, catalogue_of, fault, read_mo, read_po

HEAD = Entry("", translations=["Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n > 1);\n"])


@pytest.mark.parametrize(
    ("sentence", "translation", "is_good"),
    [
        ("Sent to {name}.", "Envoyé à {name}.", True),
        ("{one} of {two}", "{two}, dont {one}", True),
        ("Sent to {name}.", "Envoyé.", False),
        ("Sent to {name}.", "Envoyé à {nom}.", False),
        ("Sent to {name}.", "Envoyé à {name.__class__}.", False),
        ("{count}", "{count:>999999999}", False),
        ("Sent to {name}.", "Envoyé à {name", False),
        ("Copied.", "Copié dans {place}.", False),
        ("Copied.", "Copié\x1b[2J", False),
        ("Copied.", "Copié à 100 %", False),
        ("Type a { to begin", "Tapez un { pour commencer", True),
    ],
)
def test_a_translation_has_the_placeholders_of_its_sentence(sentence: str, translation: str, is_good: bool) -> None:
    assert (fault(Entry(sentence, translations=[translation]), 2) == "") is is_good


@pytest.mark.parametrize(
    ("one", "many", "forms", "is_good"),
    [
        ("{count} day", "{count} days", ["{count} jour", "{count} jours"], True),
        ("One day", "{count} days", ["{count} jour", "{count} jours"], True),
        ("One day", "{count} days", ["Un jour", "{count} jours"], True),
        ("{count} day", "{count} days", ["Un jour", "{count} jours"], False),
        ("{count} day", "{count} days", ["{count} jour"], False),
        ("{count} day", "{count} days", ["{count} jour", "{n} jours"], False),
    ],
)
def test_each_plural_form_has_the_placeholders(one: str, many: str, forms: list[str], is_good: bool) -> None:
    assert (fault(Entry(one, many, forms), 2) == "") is is_good


def test_zero_is_singular_in_french_and_plural_in_english() -> None:
    catalogue, faults = catalogue_of([HEAD, Entry("{count} day", "{count} days", ["{count} jour", "{count} jours"])])
    assert faults == []
    said = [catalogue.ngettext("{count} day", "{count} days", count) for count in (0, 1, 2)]
    assert said == ["{count} jour", "{count} jour", "{count} jours"]


def test_a_rule_that_divides_by_nothing_gives_the_last_form() -> None:
    head = Entry("", translations=["Plural-Forms: nplurals=2; plural=n%(n-3);\n"])
    catalogue, _faults = catalogue_of([head, Entry("day", "days", ["jour", "jours"])])
    assert [catalogue.ngettext("day", "days", count) for count in (3, 9)] == ["jours", "jours"]


def test_sentences_that_nobody_looked_at_stay_english() -> None:
    text = '#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr ""\n\n#~ msgid "d"\n#~ msgstr "e"\nmsgid "f"\nmsgstr "g"\n'
    catalogue, faults = catalogue_of(read_po(text))
    assert [catalogue.gettext(text) for text in "acdf"] == ["a", "c", "d", "g"]
    assert faults == []


def test_a_sentence_in_a_context_is_another_one() -> None:
    catalogue, _faults = catalogue_of(read_po('msgctxt "menu"\nmsgid "Open"\nmsgstr "Ouvrir"\n'))
    assert catalogue.gettext("Open") == "Open"


def test_what_is_compiled_reads_as_it_was_written() -> None:
    entries = [
        HEAD,
        Entry("one", "many", ["un", "plusieurs"]),
        Entry('a "b"\n\\c', translations=["d\te".replace("\t", " ")]),
    ]
    assert read_po(catalogues.po_text(entries)) == entries
    compiled = {entry.one: entry for entry in read_mo(catalogues.mo_bytes(entries))}
    assert compiled == {entry.one: entry for entry in entries}


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda more: b"\xde\x12\x04\x95\0\0\0\0" + more))
def test_no_bytes_raise_more_than_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        catalogue_of(read_mo(data))


PIECES = ["msgid ", "msgstr ", "msgstr[1] ", "msgid_plural ", '"a"', '"', "\n", "#, fuzzy", "\\", "{", "\x00"]


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_no_text_raises_more_than_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        catalogue_of(read_po(text))
