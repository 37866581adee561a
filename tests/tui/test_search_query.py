"""A search's line: what it asks for, and what completes it. Line 3.8."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.samples import ADA_NICK, GENERAL, GRACE, GUILD, LINUS, ME, NOW, REVIEWS, sample_state
from tuichat.client.search import SearchQuery
from tuichat.tui.day_words import snowflake_at
from tuichat.tui.search_query import SearchLine

LINE = SearchLine(sample_state(), GUILD, NOW)


def test_words_and_operators_are_told_apart() -> None:
    read = LINE.read("jitter from:grace in:general has:link buffer pinned:yes mentions:linus")
    assert read.problems == ()
    assert read.query == SearchQuery("jitter buffer", (GRACE,), (GENERAL,), (LINUS,), ("link",), is_pinned=True)


def test_several_of_one_operator_add_up_and_me_is_oneself() -> None:
    read = LINE.read("from:me from:@grace in:#reviews -has")
    assert read.query.author_ids == (ME, GRACE)
    assert read.query.channel_ids == (REVIEWS,)
    assert read.query.content == "-has"


def test_days_bound_the_ids() -> None:
    day, next_day = datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 17, tzinfo=UTC)
    assert LINE.read("during:monday").query == SearchQuery(min_id=snowflake_at(day), max_id=snowflake_at(next_day))
    assert LINE.read("before:2026-11-16").query.max_id == snowflake_at(day)
    assert LINE.read('after:"16 nov"').query.min_id == snowflake_at(next_day)


@pytest.mark.parametrize("word", ["from:nobody", "in:nowhere", "has:luck", "before:never", "pinned:maybe"])
def test_what_is_not_known_is_named(word: str) -> None:
    assert word in LINE.read(f"x {word}").problems[0]


def test_a_colon_in_words_is_no_operator() -> None:
    assert LINE.read("see https://example.org 10:30").query.content == "see https://example.org 10:30"


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", "from:"),
        ("fr", "from:"),
        ("jitter h", "has:"),
        ("from:gr", "from:grace"),
        ("mentions:li", "mentions:linus"),
        ("in:rev", "in:reviews"),
        ("has:em", "has:embed"),
        ("before:yes", "before:yesterday"),
        ('during:"16 nov', "during:2026-11-16"),
        ("after:2026-11-1", "after:2026-11-01"),
        ("pinned:", "pinned:yes"),
    ],
)
def test_words_are_completed(text: str, offered: str) -> None:
    assert offered in [offer.text for offer in LINE.offers(text)[1]]


def test_completion_replaces_the_last_word_alone() -> None:
    assert LINE.offers("jitter from:gr")[0] == len("jitter ")


@given(st.text(max_size=80))
def test_any_line_is_read_and_completed(text: str) -> None:
    LINE.read(text)
    LINE.offers(text)


def test_names_with_blanks_are_quoted_and_read_again() -> None:
    read = LINE.read(f'from:"{ADA_NICK}"')
    assert isinstance(read.query.author_ids, tuple)
