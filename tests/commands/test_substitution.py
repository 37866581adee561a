"""`s/old/new/` is read as it is meant, and anything else stays text."""

import pytest

from tuichat.commands.substitution import Substitution, parse_substitution


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("s/teh/the/", "teh cat and teh dog", "the cat and teh dog"),
        ("s/teh/the/g", "teh cat and teh dog", "the cat and the dog"),
        ("s/TEH/the/gi", "Teh cat, teh dog", "the cat, the dog"),
        (r"s/a\/b/a b/", "a/b", "a b"),
        (r"s/./\\1/", "1.5", r"1\15"),
        ("s/ not//", "do not", "do"),
    ],
)
def test_a_line_corrects(line: str, before: str, after: str) -> None:
    substitution = parse_substitution(line)
    assert substitution is not None
    assert substitution.apply(before) == after


@pytest.mark.parametrize("line", ["s/he", "s/he/her", " s/a/b/", "s//b/", "yes/no/maybe/", "s/a/b/x", "s/a\nb/c/"])
def test_other_lines_stay_text(line: str) -> None:
    assert parse_substitution(line) is None


def test_what_is_not_there_is_not_corrected() -> None:
    assert Substitution("pear", "plum").apply("apple") is None
