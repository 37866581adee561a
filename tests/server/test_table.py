"""Tables for people and for programs."""

from tuichat.server.table import in_columns, split_by_tabs


def test_columns_stand_under_their_headings_however_wide_the_letters_are() -> None:
    lines = in_columns(["id", "name", "owner"], [["1", "日本", "ada"], ["22", "e\u0301te", "bob"]])
    assert lines == ["ID  NAME  OWNER", "1   日本  ada", "22  e\u0301te   bob"]


def test_no_line_ends_in_blanks() -> None:
    assert in_columns(["id", "name"], [["1", ""], ["2", "x"]]) == ["ID  NAME", "1", "2   x"]


def test_programs_get_tabs_and_no_heading() -> None:
    assert split_by_tabs([["1", "", "x y"], ["2", "b", ""]]) == ["1\t\tx y", "2\tb\t"]
