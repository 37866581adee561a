"""What was entered is found again by every tuichat of the profile, and forgotten by all; secrets are never kept."""

import stat
import threading

import pytest

from tuichat.client.line_history import MAX_BYTES, MAX_CHARACTERS, MAX_LINES, LineHistory, is_kept
from tuichat.config.paths import Profile
from tuichat.config.secret import Token


def opened(name: str = "default") -> LineHistory:
    return LineHistory(Profile(name))


def test_lines_outlive_the_client_newest_first_each_once() -> None:
    history = opened()
    for text in ("make test", "/join #random", "/join #random", "two\nlines", "make test"):
        history.add(text)
    assert opened().texts() == ["make test", "two\nlines", "/join #random"]
    assert opened("work").texts() == []


def test_two_clients_of_a_profile_add_to_one_history() -> None:
    first, second = opened(), opened()
    first.add("of the first")
    second.add("of the second")
    first.add("of the first, later")
    assert first.texts() == second.texts() == ["of the first, later", "of the second", "of the first"]


def test_no_line_is_lost_where_clients_write_at_once() -> None:
    def enter(number: int) -> None:
        for count in range(10):
            opened().add(f"{number}-{count}")

    writers = [threading.Thread(target=enter, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(opened().texts()) == sorted(f"{number}-{count}" for number in range(4) for count in range(10))


def test_what_is_kept_is_bounded_and_private() -> None:
    history = opened()
    history.add("oldest")
    file = history._file.path
    file.write_bytes(b"[" + b",".join(b'{"text":"%d","entered_ms":1}' % each for each in range(MAX_LINES)) + b"]")
    history.add("newest")
    texts = history.texts()
    assert (len(texts), texts[0], texts[-1]) == (MAX_LINES, "newest", "1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(b"[]")
    for number in range(MAX_BYTES // MAX_CHARACTERS + 4):
        history.add(f"{number:0{MAX_CHARACTERS}}")
    assert len(history.texts()) == MAX_BYTES // MAX_CHARACTERS
    assert file.stat().st_size < 2 * MAX_BYTES


def test_a_damaged_file_costs_the_lines_and_no_more() -> None:
    history = opened()
    history.add("gone")
    history._file.path.write_bytes(b"{")
    assert history.texts() == []
    history.add("new")
    assert history.texts() == ["new"]


def test_one_line_is_forgotten_or_all_and_no_other_client_brings_them_back() -> None:
    first, second = opened(), opened()
    for text in ("one", "two", "one", "three"):
        first.add(text)
    told: list[list[str]] = []
    second.on_forgotten = lambda: told.append(second.texts())
    assert second.forget(lambda text: text == "one") == 1
    assert told == [["three", "two"]]
    first.add("four")
    assert opened().texts() == ["four", "three", "two"]
    assert first.forget() == 3
    assert not first._file.path.exists()
    assert first.forget() == 0
    second.add("five")
    assert opened().texts() == ["five"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        " begins with a blank",
        "x" * (MAX_CHARACTERS + 1),
        "/forget the plan",
        "the token is MTIzNDU2Nzg5MDEyMzQ1Njc4.GhIjKl.abcdefghijklmnopqrstuvwxyz0123456789AB",
        "curl https://example.org/api/webhooks/1390812345678901248/abcdefghijklmnopqrstuvwxyz012345",
        "/call with s3cret-of-mine",
    ],
)
def test_what_is_blank_or_secret_is_never_kept(line: str) -> None:
    Token("s3cret-of-mine")
    assert not is_kept(line)
    opened().add(line)
    assert opened().texts() == []


@pytest.mark.parametrize(
    "line", ["see tuichat.client.line_history.LineHistory", "v1.2.3", "/msg #general hello", "a\nb"]
)
def test_what_looks_like_no_secret_is_kept(line: str) -> None:
    assert is_kept(line)
