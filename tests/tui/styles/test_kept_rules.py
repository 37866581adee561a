"""Style sheets parse no source twice, and show what they should nevertheless."""

import pytest
from textual.css.errors import StylesheetError
from textual.css.stylesheet import Stylesheet, StylesheetParseError
from textual.css.tokenizer import TokenError

from tuichat.tui.styles.kept_rules import KeptStylesheet

SOURCE = "Label { color: $ink; }"
HERE = ("here.tcss", "")


def colours(sheet: Stylesheet) -> list[str]:
    return [rule.styles.color.hex for rule in sheet.rules]


def sheet_of(ink: str, source: str = SOURCE) -> KeptStylesheet:
    sheet = KeptStylesheet(variables={"ink": ink})
    sheet.add_source(source, HERE)
    return sheet


def test_the_same_source_in_the_same_colours_is_parsed_once() -> None:
    assert sheet_of("#010203").rules[0] is sheet_of("#010203").rules[0]


def test_other_colours_are_other_rules() -> None:
    assert colours(sheet_of("#010203")) == ["#010203"]
    assert colours(sheet_of("#040506")) == ["#040506"]


def test_new_colours_hold_and_old_ones_come_back() -> None:
    sheet = sheet_of("#010203")
    first = sheet.rules[0]
    sheet.set_variables({"ink": "#040506"})
    sheet.reparse()
    assert colours(sheet) == ["#040506"]
    sheet.set_variables({"ink": "#010203"})
    sheet.reparse()
    assert sheet.rules[0] is first


def test_a_source_that_comes_later_is_added() -> None:
    sheet = sheet_of("#010203")
    assert len(sheet.rules) == 1
    sheet.add_source("Button { color: $ink; }", ("there.tcss", ""))
    sheet.reparse()
    assert colours(sheet) == ["#010203", "#010203"]
    assert set(sheet.rules_map) == {"Label", "Button"}


def test_a_source_that_is_wrong_leaves_the_rules_as_they_were() -> None:
    sheet = sheet_of("#010203")
    kept = list(sheet.rules)
    sheet.add_source("Button { color: nonsense(; }", ("there.tcss", ""))
    with pytest.raises((StylesheetError, StylesheetParseError, TokenError)):
        sheet.reparse()
    assert sheet._rules == kept
