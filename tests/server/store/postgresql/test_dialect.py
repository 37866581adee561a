"""Our statements in PostgreSQL's language."""

import pytest

from tuichat.server.store.postgresql.dialect import statement


@pytest.mark.parametrize(
    ("ours", "theirs", "parameters", "gathered"),
    [
        ("SELECT 1", "SELECT 1", (), ()),
        ("a = ? AND b = ?", "a = $1 AND b = $2", (1, 2), (1, 2)),
        ("a = ?1 OR b = ?2 OR c = ?1", "a = $1 OR b = $2 OR c = $1", (1, 2), (1, 2)),
        ("a IN (?, ?) AND b = ?", "a = ANY ($1) AND b = $2", (1, 2, 3), [[1, 2], 3]),
        ("a = ? AND b NOT IN ()", "a = $1 AND b <> ALL ($2)", (1,), [1, []]),
        ("a IN (SELECT b FROM c WHERE d = ?)", "a IN (SELECT b FROM c WHERE d = $1)", (1,), (1,)),
        ("a = '?' AND b = ?", "a = '?' AND b = $1", (1,), (1,)),
        ("VALUES (?, ?)", "VALUES ($1, $2)", (1, 2), (1, 2)),
    ],
)
def test_marks_are_numbered_and_lists_are_one_parameter(
    ours: str, theirs: str, parameters: tuple[int, ...], gathered: object
) -> None:
    translated = statement(ours)
    assert translated.sql == theirs
    assert translated.parameters(parameters) == gathered


def test_a_sign_takes_the_place_of_the_character_that_texts_cannot_have() -> None:
    assert statement("VALUES (?, ?, ?)").parameters(("a\0b", b"\0", 1)) == ("a\N{REPLACEMENT CHARACTER}b", b"\0", 1)
