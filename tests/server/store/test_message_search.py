"""What a person types into a search, and the expression that it becomes: whatever it is, it is no syntax."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuichat.server.store.message_search import MAX_PHRASES, AuthorKind, Has, MessageSearch, parse_phrases
from tuichat.server.store.search_query import match_expression


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE message_search USING fts5 (text, marks, content = '', columnsize = 0,"
        " tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    connection.execute("INSERT INTO message_search (rowid, text, marks) VALUES (1, 'some words', 'g1 c2 a3')")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("content", "phrases"),
    [
        ("hello world", ("hello", "world")),
        ('say "good morning" ada', ("say", "good morning", "ada")),
        ('an "open end', ("an", "open", "end")),
        ("a a A", ("a", "A")),
        ("!!! ... -- ()", ()),
        ("", ()),
        ('""', ()),
        ("AND OR NOT NEAR(", ("AND", "OR", "NOT", "NEAR(")),
        ("東京", ("東 京",)),
        ("x😀", ("x u1f600x",)),
        ("a\0b \ud800c", ("a", "b", "?c")),
    ],
)
def test_words_and_quoted_phrases_are_what_is_looked_for(content: str, phrases: tuple[str, ...]) -> None:
    assert parse_phrases(content) == phrases


def test_a_search_has_so_many_phrases_and_no_more() -> None:
    assert len(parse_phrases(" ".join(f"w{number}" for number in range(1000)))) == MAX_PHRASES


@settings(max_examples=300)
@given(
    content=st.one_of(
        st.text(st.characters(), max_size=80),
        st.lists(
            st.sampled_from(['"', "'", "AND", "OR", "NOT", "NEAR", "(", ")", "*", "^", ":", "text :", "-", "+", "a", "{", "}", ","]),
            max_size=20,
        ).map(" ".join),
    ),
    slop=st.integers(0, 100),
)  # fmt: skip
def test_whatever_is_typed_is_words_to_the_index(index: sqlite3.Connection, content: str, slop: int) -> None:
    phrases = parse_phrases(content)
    expression = match_expression(MessageSearch(guild_id=1, phrases=phrases, slop=slop))
    if not phrases:
        assert expression is None
    else:
        index.execute("SELECT rowid FROM message_search WHERE message_search MATCH ?", (expression,)).fetchall()


@settings(max_examples=100)
@given(
    channel_ids=st.lists(st.integers(0, 2**63 - 1), max_size=5).map(tuple),
    hidden_ids=st.lists(st.integers(0, 2**63 - 1), max_size=5).map(tuple),
    author_ids=st.lists(st.integers(0, 2**63 - 1), max_size=3).map(tuple),
    author_kinds=st.frozensets(st.sampled_from(AuthorKind)),
    has=st.frozensets(st.sampled_from(Has), max_size=3),
    has_not=st.frozensets(st.sampled_from(Has), max_size=3),
    mentions_everyone=st.sampled_from([None, True, False]),
    is_pinned=st.sampled_from([None, True, False]),
    link_hosts=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    embed_providers=st.lists(st.text(max_size=20), max_size=3).map(tuple),
)
def test_all_conditions_together_are_an_expression(index: sqlite3.Connection, **conditions: object) -> None:
    wanted = MessageSearch(guild_id=1, phrases=("some",), **conditions)  # type: ignore[arg-type]  # a test's own words
    expression = match_expression(wanted)
    if not wanted.author_kinds:
        assert expression is None
    else:
        index.execute("SELECT rowid FROM message_search WHERE message_search MATCH ?", (expression,)).fetchall()
