"""Tests of `docs.catalogues` and of the catalogues that the program comes with."""

import ast
import re
from pathlib import Path

import pytest

from docs import catalogues
from tuichat.config.catalogue import Entry, head_fields, plural_rule, read_po, usable

FRENCH = catalogues.LOCALE / "fr" / "LC_MESSAGES" / "tuichat.po"
MOST_MISSING = 0.05


def marked(code: str) -> list[tuple[str, str]]:
    return list(catalogues._marked(ast.parse(code), catalogues.SOURCE / "made_up.py"))


def test_sentences_are_found_where_they_are_marked() -> None:
    code = '_("a"); x = N_("b" " c"); _("d" if x else "e"); ngettext("f", "g", 2); other("h"); _(x)'
    assert sorted(marked(code)) == [("a", ""), ("b c", ""), ("d", ""), ("e", ""), ("f", "g")]


def test_a_sentence_with_its_values_in_it_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"made_up\.py:1"):
        marked('_(f"{count} members")')


def test_new_sentences_are_taken_over_and_old_ones_go(monkeypatch: pytest.MonkeyPatch) -> None:
    code = {"a": Entry("a"), "c": Entry("c", "cs")}
    monkeypatch.setattr(catalogues, "sentences", lambda: code)
    head = Entry("", translations=["Plural-Forms: nplurals=3; plural=n;\n"])
    found = catalogues.merged([head, Entry("a", translations=["A"]), Entry("b", translations=["B"])])
    assert found == [head, Entry("a", translations=["A"]), Entry("c", "cs", ["", "", ""])]


@pytest.mark.slow
def test_a_compiled_catalogue_that_does_not_fit_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "tuichat.po").write_text(catalogues.po_text([Entry("", translations=["Language: xx\n"])]))
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    assert (folder / "tuichat.mo") in catalogues.generated()


@pytest.mark.parametrize("path", catalogues.po_files(), ids=lambda path: path.parent.parent.name)
def test_no_translation_of_ours_is_left_out(path: Path) -> None:
    entries = read_po(path.read_text(encoding="utf-8"))
    forms = plural_rule(head_fields(entries))[0]
    assert [(entry.one, wrong) for entry, wrong in usable(entries, forms) if wrong] == []


@pytest.mark.parametrize("path", catalogues.po_files(), ids=lambda path: path.parent.parent.name)
def test_nearly_every_sentence_is_translated(path: Path) -> None:
    done = {entry.one for entry in read_po(path.read_text(encoding="utf-8")) if entry.is_translated}
    wanted = set(catalogues.sentences())
    missing = sorted(wanted - done)
    # Sentences come with features, and their translations a little later: `make translations` takes them over.
    assert len(missing) <= MOST_MISSING * len(wanted), f"{len(missing)} of {len(wanted)} are not translated: {missing}"


def test_french_puts_an_unbreakable_blank_before_its_high_signs() -> None:
    entries = read_po(FRENCH.read_text(encoding="utf-8"))
    wrong = [
        text for entry in entries if entry.one for text in entry.translations if re.search(r" [;:!?»](?!\w)|« ", text)
    ]
    assert wrong == []
