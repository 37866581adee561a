"""Line 3.15: plain mode at real terminals and in pipes, over a real server."""

import os
import re
import subprocess
from collections.abc import Iterator

import msgspec
import pytest

from tests.system.fresh_home import TUICHAT, FreshHome
from tests.system.plain_terminal import PlainTerminal
from tests.system.server_process import ServerProcess

pytestmark = [pytest.mark.system, pytest.mark.slow]

CONTROL = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")  # all but the line's end


class Record(msgspec.Struct, frozen=True):
    pid: int


@pytest.fixture
def home() -> Iterator[FreshHome]:
    with FreshHome() as made:
        try:
            yield made
        finally:
            made.tuichat("server", "stop")


def make_account(terminal: PlainTerminal, name: str) -> None:
    """Answer the questions of who has no account."""
    terminal.wait_for("Type the number:")
    terminal.enter("1")
    terminal.wait_for("as your name?")
    terminal.enter(name)
    terminal.wait_for("Connected:", "You are in #general, Home.")


def test_two_people_talk_in_lines(home: FreshHome) -> None:
    with PlainTerminal(home, "--profile", "ada") as ada, PlainTerminal(home, "--plain", "--profile", "bob") as bob:
        ada.wait_for("This terminal shows lines alone, so tuichat starts as `tuichat --plain` does.")
        make_account(ada, "Ada")
        make_account(bob, "Bob")
        ada.enter("hello **bob**")
        ada.wait_for("Ada: hello bob")
        heard = bob.wait_for("Ada: hello bob")
        number = re.findall(r"(\d+)\. \d\d:\d\d Ada: hello bob", heard)[-1]
        bob.enter(f"/reply {number} hello @Ada")
        ada.wait_for("Bob, in reply to Ada (hello bob): hello @Ada")
        bob.enter(f"/react {number} tada")
        ada.wait_for("of Ada has reactions: party popper 1.")
        ada.enter("s/hello/good morning/")
        bob.wait_for(f"{number} of Ada now says: good morning bob")
        bob.enter("/delete last")
        bob.wait_for("Delete this message for everyone? Type yes to go on:")
        bob.enter("yes")
        ada.wait_for("was deleted.")
        bob.enter("/open random")
        bob.wait_for("You are in #random, Home.")
        ada.enter("@bob are you there?")
        bob.wait_for("Ada mentions you in #general, Home: @Bob are you there?")
        bob.enter("/next")
        bob.wait_for("You are in #general, Home. 1 new message.", "Ada: @Bob are you there?")
        bob.enter("/open @ada")
        bob.wait_for("You are in @Ada. Nothing is new.")
        bob.enter("between us")
        ada.wait_for("Bob writes to you: between us")

        os.kill(msgspec.json.decode((home.data / "server.json").read_bytes(), type=Record).pid, 9)
        ada.wait_for("ada on this computer is not connected.")
        ada.wait_for("ada on this computer is connected again.")
        ada.enter("still here 🇫🇷")
        ada.wait_for("Ada: still here 🇫🇷")

        bob.enter("/quit")
        assert bob.exit_code() == 0
        ada.press("\x04")
        assert ada.exit_code() == 0
        for terminal in (ada, bob):
            assert CONTROL.findall(terminal.output) in ([], [b"\x07"] * terminal.output.count(b"\x07"))


def test_a_terminal_with_readline_keeps_what_is_being_typed(home: FreshHome) -> None:
    with (
        PlainTerminal(home, "--plain", "--profile", "ada", term="xterm") as ada,
        PlainTerminal(home, "--plain", "--profile", "bob") as bob,
    ):
        make_account(ada, "Ada")
        make_account(bob, "Bob")
        ada.wait_for("> ")
        ada.press("half a sen")
        ada.wait_for("half a sen")
        bob.enter("I was first")
        ada.wait_for("Bob: I was first\r\n> half a sen")
        ada.press("tence\n")
        bob.wait_for("Ada: half a sentence")
        ada.wait_for("Ada: half a sentence\r\n> ")
        ada.press("/whe\t\n")
        ada.wait_for("#general, Home. ")
        ada.interrupt()
        assert ada.exit_code() == 130
        modes = set(re.findall(rb"\x1b\[\?[0-9;]+[hl]", ada.output))
        assert modes <= {b"\x1b[?2004h", b"\x1b[?2004l"}  # no mode of the terminal is changed, but how it tells a paste
        bob.interrupt()
        assert bob.exit_code() == 130


def test_what_was_sent_is_found_by_ctrl_r_at_the_next_start(home: FreshHome) -> None:
    with PlainTerminal(home, "--plain", term="xterm") as ada:
        make_account(ada, "Ada")
        for line in ("deploy the server", "lunch?", " not to be kept"):
            ada.wait_for("> ")
            ada.enter(line)
            ada.wait_for(f"Ada: {line.strip()}")
        ada.interrupt()
        assert ada.exit_code() == 130
    with PlainTerminal(home, "--plain", term="xterm") as ada:
        ada.wait_for("You are in #general, Home.", "Ada: not to be kept", "> ")
        ada.press("\x12depl\r")
        ada.wait_for("Ada: deploy the server", "> ")
        ada.press("\x1b[A\x1b[A\n")
        ada.wait_for("Ada: lunch?")
        ada.enter("/forget")
        ada.wait_for("2 lines were forgotten.")
        ada.press("\x1b[A\x1b[Aafter it\n")
        ada.wait_for("Ada: after it")
        ada.enter("/quit")
        assert ada.exit_code() == 0


def test_a_paste_of_several_lines_is_one_message_and_no_command(home: FreshHome) -> None:
    with PlainTerminal(home, "--plain", term="xterm") as ada:
        make_account(ada, "Ada")
        ada.wait_for("> ")
        ada.enter("the first")
        ada.wait_for("Ada: the first", "> ")
        ada.press("\x1b[200~/delete last\r/attach server.json\r\x1b[201~\n")
        ada.wait_for("Send these 2 lines as one message? Type yes to send them: ")
        ada.enter("no")
        ada.wait_for("It was not sent; the arrow up brings it back.", "> ")
        ada.press("\x1b[200~one\rtwo\x1b[201~\n")
        ada.wait_for("Send these 2 lines as one message? Type yes to send them: ")
        ada.enter("yes")
        ada.wait_for("Ada: one; two")
        ada.enter("/quit")
        assert ada.exit_code() == 0
        assert "was deleted" not in ada.text()


def test_pipes_send_lines_and_print_messages_alone(home: FreshHome) -> None:
    refused = home.tuichat("--plain", "--channel", "general", given="nobody hears this\n")
    assert refused.returncode == 1
    assert "at a terminal first" in refused.stderr
    assert refused.stdout == ""
    with PlainTerminal(home, "--plain") as person:
        make_account(person, "Ada")
        lines = "first line\n\n/where\nsecond line"
        sent = home.tuichat("--plain", "--commands", "--channel", "general", given=lines)
        assert sent.returncode == 0
        assert [re.sub(r"\d\d:\d\d", "TIME", line) for line in sent.stdout.splitlines()] == [
            "1. TIME Ada: first line",
            "2. TIME Ada: second line",
        ]
        assert "#general, Home" in sent.stderr
        person.wait_for("Ada: first line", "Ada: second line")
        hostile = "/home/ci/build.py:3: error\n/delete last\ns/second/third/\n/attach server.json\n//x\n"
        sent = home.tuichat("--plain", "--channel", "general", given=hostile)
        assert (sent.returncode, sent.stderr) == (0, "")
        assert [line.partition("Ada: ")[2] for line in sent.stdout.splitlines()] == hostile.splitlines()
        person.wait_for("Ada: //x")
        assert "was deleted" not in person.text()
        assert "now says" not in person.text()
    lost = home.tuichat("--plain", "--channel", "nowhere", given="hello\n")
    assert lost.returncode == 1
    assert "There is no place called nowhere." in lost.stderr
    unsaid = home.tuichat("--plain", given="hello\n")
    assert unsaid.returncode == 1
    assert "--channel" in unsaid.stderr
    for loose in (["--channel", "general"], ["--commands"]):
        refused = home.tuichat(*loose)
        assert refused.returncode == 2
        assert f"{loose[0]} goes with --plain" in refused.stderr
    long = home.tuichat("--plain", "--channel", "general", given="x" * 2001 + "\n")
    assert long.returncode == 1
    assert "at most 2000 characters" in long.stderr


def test_plain_mode_loads_neither_textual_nor_rich(home: FreshHome) -> None:
    with PlainTerminal(home, "--plain") as person:
        make_account(person, "Ada")
    done = subprocess.run(
        [TUICHAT[0], "-X", "importtime", *TUICHAT[1:], "--plain", "--commands", "--channel", "general"],
        input="hello\n/help\n/members\n/servers\n",
        env=home.environment,
        cwd=home.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Ada: hello" in done.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "tuichat" in imported
    assert imported.isdisjoint({"textual", "rich"})


def test_an_account_is_made_and_used_at_a_teams_server(home: FreshHome) -> None:
    with (
        ServerProcess(home, "--registration", "open") as server,
        PlainTerminal(home, "--plain", "--profile", "ada") as ada,
        PlainTerminal(home, "--plain", "--profile", "grace", term="xterm") as grace,
    ):
        for terminal, name in ((ada, "ada"), (grace, "grace")):
            terminal.wait_for("Type the number:")
            terminal.enter("3")
            terminal.wait_for("The server's address")
            terminal.enter(server.base_url)
            terminal.wait_for("Your user name there:")
            terminal.enter(name)
            terminal.wait_for("Password, which is not shown:")
            terminal.enter("a secret of some length")
            terminal.wait_for("The password once more:")
            terminal.enter("a secret of some length")
            terminal.wait_for(f"Connected: {name} on http")
        ada.enter("/create Team Ada")
        ada.wait_for("You made Team Ada.", "You are in #general, Team Ada.")
        ada.enter("/invite")
        code = ada.rest_of_line("Invite to Team Ada: /join ")
        grace.enter(f"/join {code}")
        grace.wait_for("You are in #general, Team Ada.")
        grace.enter("glad to be here")
        ada.wait_for("grace: glad to be here")
        for terminal in (ada, grace):
            terminal.enter("/quit")
            assert terminal.exit_code() == 0
            assert b"a secret" not in terminal.output


def test_who_stops_reading_ends_it(home: FreshHome) -> None:
    with PlainTerminal(home, "--plain") as person:
        make_account(person, "Ada")
    command = [*TUICHAT, "--plain", "--channel", "general"]
    inside, outside = os.pipe()
    with subprocess.Popen(
        command, stdin=inside, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=home.environment, cwd=home.folder
    ) as process:
        assert process.stdout is not None
        os.write(outside, b"one\n")
        assert process.stdout.readline().endswith(b"Ada: one\n")
        process.stdout.close()
        os.write(outside, b"two\n")  # the pipe stays open: it ends because nobody reads
        assert process.wait(30) == 1
        os.close(outside)
        os.close(inside)
