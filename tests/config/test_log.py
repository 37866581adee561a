"""The log: private, rotated, and free of secrets."""

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.config import log
from tuichat.config import secret as secret_module
from tuichat.config.log import redact, start_logging
from tuichat.config.secret import Token, remember_secret

TOKEN = "MTE4NDQ1NzI5MzQ1NjI4OTg5.GxYzAb.kR3-nJ_x9pQ0sT4uVwXyZ012345"


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_module, "_known", {})


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raises = list(root.handlers), root.level, logging.raiseExceptions
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, logging.raiseExceptions = handlers, raises
    root.setLevel(level)


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bot {TOKEN}",
        f"authorization: {TOKEN}",
        "Authorization: Bearer hunter2hunter2",
        "{'Authorization': 'Bot hunter2hunter2'}",
        '{"authorization":"hunter2hunter2"}',
        '{"login":"al","password":"hunter2hunter2"}',
        "CreateAccount(name='al', password='hunter2hunter2')",
        "POST password=hunter2hunter2&x=1",
        'new_password: "hunter2hunter2 with words"',
        '{"op":2,"d":{"token":"hunter2hunter2"}}',
        f"identify with {TOKEN}.",
        "https://al:hunter2hunter2@chat.example/api",
        '{"password":"quote \\" hunter2hunter2"}',
    ],
)
def test_what_looks_like_a_secret_is_taken_out(line: str) -> None:
    cleaned = redact(line)
    assert "hunter2" not in cleaned
    assert TOKEN not in cleaned
    assert "[redacted]" in cleaned


@pytest.mark.parametrize(
    "line",
    ["GET /api/v10/channels/118445729345628989/messages 200", "the token bucket is empty", "1.22.333 is a version"],
)
def test_ordinary_lines_stay(line: str) -> None:
    assert redact(line) == line


def test_known_secret_is_taken_out_wherever_it_stands() -> None:
    Token("plain-word-token")
    remember_secret("correct horse")
    assert redact("x plain-word-token y correct horse z") == "x [redacted] y [redacted] z"


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=8, max_size=40), st.text(), st.text())
def test_known_secret_never_stays(secret: str, before: str, after: str) -> None:
    remember_secret(secret)
    cleaned = redact(before + "|" + secret + "|" + after)
    assert secret not in cleaned or secret in "[redacted]"


def test_log_file_is_private_and_traceback_is_redacted(tmp_path: Path) -> None:
    path = start_logging("client", tmp_path / "state", "info")
    try:
        raise ValueError(f"bad header Authorization: Bot {TOKEN}")
    except ValueError:
        logging.getLogger("tuichat.x").exception("sign-in with %s failed", TOKEN)
    text = path.read_text()
    assert TOKEN not in text
    assert "Traceback" in text
    assert "bad header" in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_control_characters_do_not_reach_the_reader(tmp_path: Path) -> None:
    path = start_logging("client", tmp_path, "info")
    logging.getLogger("tuichat.x").warning("name %s", "\x1b]0;pwned\x07\u202eevil")
    assert "\x1b" not in path.read_text()
    assert "\u202e" not in path.read_text()


def test_level_is_kept_and_noisy_libraries_are_not_heard(tmp_path: Path) -> None:
    path = start_logging("client", tmp_path, "debug")
    logging.getLogger("tuichat.x").debug("heard")
    logging.getLogger("websockets.client").debug("< TEXT a private message")
    text = path.read_text()
    assert "heard" in text
    assert "private message" not in text


def test_log_rotates_and_old_ones_are_private_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_LOG_BYTES", 500)
    start_logging("client", tmp_path, "info")
    for number in range(50):
        logging.getLogger("tuichat.x").info("line %d", number)
    logs = sorted(tmp_path.iterdir())
    assert [path.name for path in logs] == ["client.log", "client.log.1", "client.log.2", "client.log.3"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 and path.stat().st_size <= 500 for path in logs)


def test_second_program_follows_a_rotation_by_the_first(tmp_path: Path) -> None:
    path = start_logging("client", tmp_path, "info")
    path.rename(tmp_path / "client.log.1")
    path.touch()
    logging.getLogger("tuichat.x").info("after")
    assert "after" in path.read_text()


def test_symbolic_link_in_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "client.log").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic"):
        start_logging("client", tmp_path, "info")
