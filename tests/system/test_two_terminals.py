"""Two people at two real terminals talk, over a `kill -9` of their server, and nothing is lost or twice."""

import os
import time
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest

from tests.system.fresh_home import TUICHAT, FreshHome
from tests.system.terminal import Terminal, Terminals

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(240)]

NAMES = ("alice", "bob")
RECONNECTING = "reconnecting"
ROWS = 50  # all that is said stays in sight


class Record(msgspec.Struct, frozen=True):
    pid: int
    state: str


def server_pid(home: FreshHome) -> int:
    return msgspec.json.decode((home.data / "server.json").read_bytes(), type=Record).pid


@pytest.fixture
def home() -> Iterator[FreshHome]:
    with FreshHome() as made:
        try:
            yield made
        finally:
            made.tuichat("server", "stop")


@pytest.fixture
def terminals(home: FreshHome) -> Iterator[Terminals]:
    with Terminals(home.folder, home.environment) as opened:
        yield opened


def enter(terminals: Terminals, name: str) -> Terminal:
    """Start tuichat as a new person, answer its question, and come to Home."""
    terminal = terminals.open(name, [*TUICHAT, "--profile", name], rows=ROWS)
    answer(terminal, name)
    terminal.press("Enter")
    terminal.wait_for("Home", "general")
    return terminal


def answer(terminal: Terminal, name: str) -> None:
    """Put a name in the place of the one that is offered."""
    terminal.wait_for("Display name", name)
    terminal.press("C-u")
    terminal.wait_until(lambda screen: name not in screen, "an empty field")
    terminal.type(name.capitalize())
    terminal.wait_for(name.capitalize())


def say(terminal: Terminal, text: str) -> None:
    terminal.type(text)
    terminal.wait_for(text)
    terminal.press("Enter")


def test_two_people_talk_over_a_crash_of_their_server(home: FreshHome, terminals: Terminals) -> None:
    alice, bob = (enter(terminals, name) for name in NAMES)
    said: list[str] = []

    def tell(terminal: Terminal, text: str) -> None:
        said.append(text)
        say(terminal, text)

    tell(alice, "first-from-alice")
    bob.wait_for("first-from-alice")
    tell(bob, "second-from-bob")
    alice.wait_for("second-from-bob")

    for crash in range(3):
        tell(alice, f"before-{crash}")
        pid = server_pid(home)
        os.kill(pid, 9)
        tell(alice, f"during-{crash}-alice")
        tell(bob, f"during-{crash}-bob")
        for terminal in (alice, bob):
            terminal.wait_for(f"before-{crash}", f"during-{crash}-alice", f"during-{crash}-bob")
        assert server_pid(home) != pid

    tell(bob, "last-from-bob")
    alice.wait_for("last-from-bob")
    for terminal in (alice, bob):
        screen = terminal.wait_until(
            lambda screen: RECONNECTING not in screen.lower() and "not sent" not in screen.lower(), "a settled screen"
        )
        times = Counter({text: screen.count(text) for text in said})
        assert times == Counter(dict.fromkeys(said, 1)), screen

    # A screen that is opened anew has only what the server has.
    fresh = terminals.open("fresh", [*TUICHAT, "--profile", "bob"], rows=ROWS)
    screen = fresh.wait_for("last-from-bob", "first-from-alice")
    assert {text: screen.count(text) for text in said} == dict.fromkeys(said, 1), screen


def test_a_killed_server_is_told_on_the_screen(home: FreshHome, terminals: Terminals) -> None:
    """Where the server cannot come back, the screen says what it does, and keeps what was written."""
    alice = enter(terminals, "alice")
    say(alice, "while-all-is-well")
    alice.wait_for("while-all-is-well")
    data = home.data
    aside = data.with_name("tuichat-aside")
    os.kill(server_pid(home), 9)
    data.rename(aside)
    data.write_text("in the way\n")
    try:
        alice.wait_until(lambda screen: RECONNECTING in screen.lower(), RECONNECTING)
        say(alice, "written-in-the-dark")
        alice.wait_for("written-in-the-dark", "while-all-is-well")
    finally:
        data.unlink()
        aside.rename(data)
    alice.wait_until(
        lambda screen: RECONNECTING not in screen.lower() and screen.count("written-in-the-dark") == 1,
        "the message sent once, and the connection back",
        60,
    )


def test_two_starts_at_the_same_instant_make_one_server(home: FreshHome, terminals: Terminals) -> None:
    opened = [terminals.open(name, [*TUICHAT, "--profile", name]) for name in NAMES]
    for name, terminal in zip(NAMES, opened, strict=True):
        answer(terminal, name)
    for terminal in opened:
        terminal.press("Enter")
    for terminal in opened:
        terminal.wait_for("Home", "general")
    say(opened[0], "one-server-for-both")
    opened[1].wait_for("one-server-for-both")


def first_message_s(name: str) -> float:
    """Return the seconds from the start of a new person on a new machine to a message on the server."""
    with FreshHome() as home:
        try:
            with Terminals(home.folder, home.environment) as terminals:
                started_s = time.monotonic()
                terminal = enter(terminals, name)
                say(terminal, "my-first-message")
                terminal.wait_until(lambda screen: screen.count("my-first-message") == 1, "the message")
                return time.monotonic() - started_s
        finally:
            home.tuichat("server", "stop")


def test_from_start_to_a_sent_message_takes_under_five_seconds() -> None:
    """The best of three, since the machine may be busy with other things."""
    assert min(first_message_s(name) for name in ("alice", "bob", "carol")) < 5.0
