"""What ssh says at a login is shown, and what another machine says after it is not."""

import asyncio
import logging
import os

import pytest

from tests.client.waiting import until
from tuichat.bridge.ssh_words import MAX_LINE_CHARACTERS, MAX_LOGGED_LINES, MAX_SHOWN_LINES, SshWords


class Ssh:
    """A shell in its place, that goes on with each line it is given."""

    def __init__(self, *, is_terminal: bool = False) -> None:
        self.shown: list[str] = []
        self.words = SshWords(lambda lines: self.shown.extend(lines.split("\n")), is_terminal=is_terminal)

    async def begin(self, script: str) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *("sh", "-c", script), stdin=asyncio.subprocess.PIPE, stderr=self.words.descriptor
        )
        self.words.begin()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")

    async def end(self) -> None:
        await self.process.wait()
        await self.words.close()


@pytest.mark.parametrize("is_terminal", [False, True])
async def test_it_is_shown_until_the_session_is_open_and_logged_then(
    caplog: pytest.LogCaptureFixture, *, is_terminal: bool
) -> None:
    caplog.set_level(logging.INFO)
    ssh = Ssh(is_terminal=is_terminal)
    await ssh.begin(r"printf '\r\nbanner\r\n  two\n\nbegun' >&2; read x; printf '\033]2;evil\007\nmore\n' >&2; read x")
    await until(lambda: ssh.shown == ["", "banner", "  two", ""])
    ssh.words.hide()
    assert ssh.shown[-1] == "begun"
    ssh.go_on()
    await until(lambda: "ssh says: more" in caplog.text)
    ssh.go_on()
    await ssh.end()
    assert ssh.shown[-1] == "begun"
    assert "ssh says: ?]2;evil?" in caplog.text
    assert "\x1b" not in caplog.text


async def test_last_words_are_shown_before_it_is_over() -> None:
    ssh = Ssh()
    await ssh.begin("echo Permission denied >&2; printf 'and no more' >&2")
    await ssh.end()
    assert ssh.shown == ["Permission denied", "and no more"]


async def test_a_flood_is_cut_off_at_the_screen_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ssh = Ssh()
    await ssh.begin("yes | head -n 3000 >&2; read x; yes | head -n 3000 >&2; head -c 100000 /dev/zero >&2")
    await until(lambda: len(ssh.shown) > MAX_SHOWN_LINES)
    ssh.words.hide()
    ssh.go_on()
    await ssh.end()
    assert len(ssh.shown) == MAX_SHOWN_LINES + 1
    assert "left out" in ssh.shown[-1]
    assert len(caplog.records) == MAX_LOGGED_LINES + 1


async def test_a_line_without_an_end_is_bounded() -> None:
    ssh = Ssh()
    await ssh.begin("head -c 300000 /dev/zero | tr '\\0' x >&2")
    await ssh.end()
    assert max(map(len, ssh.shown)) == MAX_LINE_CHARACTERS


async def test_ssh_finds_a_terminal_where_there_is_one() -> None:
    ssh = Ssh(is_terminal=True)
    await ssh.begin("test -t 2 && echo touch your key >&2")
    await ssh.end()
    assert ssh.shown == ["touch your key"]


async def test_who_keeps_its_end_open_is_not_waited_for() -> None:
    ssh = Ssh()
    await ssh.begin("sleep 1000 & echo $! >&2")
    await ssh.process.wait()
    async with asyncio.timeout(5):
        await ssh.words.close()
    os.kill(int(ssh.shown[0]), 9)
