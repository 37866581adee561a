"""Each reminder is told once, also over restarts and by several clients of a profile."""

import pytest

from tuichat.client.reminder_book import KEPT_MS, MAX_KEPT, ReminderBook
from tuichat.config.paths import Profile


def test_a_reminder_is_claimed_once() -> None:
    book = ReminderBook(Profile())
    assert book.claim(["a", "b"], 1) == {"a", "b"}
    assert book.claim(["a", "c"], 2) == {"c"}


def test_another_client_and_the_next_start_know_what_was_told() -> None:
    first, second = ReminderBook(Profile()), ReminderBook(Profile())
    assert first.claim(["a"], 1) == {"a"}
    assert second.claim(["a", "b"], 2) == {"b"}
    assert ReminderBook(Profile()).claim(["a", "b"], 3) == set()


def test_what_is_long_over_is_forgotten() -> None:
    ReminderBook(Profile()).claim(["a"], 1)
    assert ReminderBook(Profile()).claim(["a"], KEPT_MS + 2) == {"a"}


def test_the_file_stays_small() -> None:
    book = ReminderBook(Profile())
    book.claim([f"key {number}" for number in range(MAX_KEPT + 10)], 1)
    path = Profile().state_dir / "reminders.json"
    assert path.stat().st_size < 200_000


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"a": "b"}', b"x" * 3_000_000])
def test_a_file_that_cannot_be_read_costs_what_was_told_and_no_more(content: bytes) -> None:
    ReminderBook(Profile()).claim(["a"], 1)
    (Profile().state_dir / "reminders.json").write_bytes(content)
    assert ReminderBook(Profile()).claim(["a"], 2) == {"a"}
    assert ReminderBook(Profile()).claim(["a"], 3) == set()


def test_where_nothing_can_be_kept_it_is_told_once_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        raise OSError("full")

    monkeypatch.setattr("tuichat.client.reminder_book.write_private", refuse)
    book = ReminderBook(Profile())
    assert book.claim(["a"], 1) == {"a"}
    assert book.claim(["a"], 2) == set()
