"""Shows tuichat without a terminal: a real server, three real clients in conversation, and a picture of one's screen."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tuichat.errors import TuichatError

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.client.session import Accounts

START_LIMIT_S = 20.0
STEP_LIMIT_S = 10.0
STOP_LIMIT_S = 5.0
SCREEN_SIZE = (120, 36)
PORT = re.compile(rb"listening on (http://127\.0\.0\.1:\d+)")

_PEOPLE = [
    "ada",
    "grace",
    "linus",
    "margaret",
    "barbara",
    "ken",
    "radia",
    "edsger",
    "frances",
    "hedy",
    "dennis",
    "alonzo",
]
_PROJECTS = [
    "lantern",
    "otter",
    "quartz",
    "juniper",
    "marble",
    "comet",
    "harbor",
    "sparrow",
    "thicket",
    "ember",
    "walnut",
    "meadow",
]
_PARTS = ["the jitter buffer", "the resume ring", "the outbox", "the parser", "the scheduler", "the cache", "the mixer"]
_FINDINGS = [
    "holds at **{number} frames** now, p99 < {small} ms",
    "dropped from {big} ms to **{small} ms**",
    "takes *{number} %* less memory since this morning",
    "passed {big} runs without a single retry",
]
_REPLIES = [
    "nice. here is what I changed:",
    "that matches what I see. the difference is this:",
    "good. I would write it so:",
]
_CODE = [
    "def {word}(frames):\n    total = sum(frames)\n    return min(total, {big})",
    "for packet in {word}:\n    if packet.age_ms > {small}:\n        drop(packet)",
    "async with limit({number}):\n    await {word}.flush()",
]
_CLOSINGS = [
    "measure first, ship small :)",
    "I'll write the test and merge after lunch",
    "let's try it on the slow link tonight",
    "agreed. `make test` is green here",
]


class DemoError(TuichatError):
    """The demonstration could not be shown."""


class _ReaderGone(Exception):
    """Nobody reads standard output any more; unlike a BrokenPipeError, this is no socket's."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is said in one run; no two runs say the same."""

    people: tuple[str, str, str]
    guild: str
    word: str
    finding: str
    code: str
    closing: str

    @classmethod
    def write(cls, dice: random.Random) -> Script:
        word = f"{dice.choice(_PROJECTS)}_{dice.randrange(16**4):04x}"
        numbers = {"number": dice.randint(2, 9), "small": dice.randint(10, 40), "big": dice.randint(200, 9000)}
        first, second, third = dice.sample(_PEOPLE, 3)
        return cls(
            people=(first, second, third),
            guild=f"{dice.choice(_PROJECTS).title()} Labs",
            word=word,
            finding=f"{dice.choice(_PARTS)} {dice.choice(_FINDINGS).format(**numbers)} (run {word})",
            code=f"{dice.choice(_REPLIES)}\n```python\n{dice.choice(_CODE).format(word=word, **numbers)}\n```",
            closing=dice.choice(_CLOSINGS),
        )


def main(args: argparse.Namespace) -> int:
    """Run the demonstration; return the exit code. Leaves nothing behind but the picture."""
    output: Path | None = args.output
    folder = Path(tempfile.mkdtemp(prefix="tuichat-demo-"))
    try:
        with _own_surroundings(folder):
            asyncio.run(_show(folder, _picture_path(output)))
    except _ReaderGone:
        # `make run | head` has seen what it wanted. Nothing more goes out, not even at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _picture_path(output: Path | None) -> Path:
    if output is not None:
        return output.absolute()
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return Path(tempfile.gettempdir()) / f"tuichat-demo-{stamp}-{secrets.token_hex(3)}.png"


@contextlib.contextmanager
def _own_surroundings(folder: Path) -> Iterator[None]:
    """Keep settings, accounts, logs and keyrings of the person who watches out of it."""
    (folder / "run").mkdir(mode=0o700)
    own = {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "COLORTERM": "truecolor",
        "TERM": "xterm-256color",
    }
    without = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "NO_COLOR")
    before = {name: os.environ.get(name) for name in (*own, *without)}
    os.environ.update(own)
    for name in without:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _print(text: str) -> None:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise _ReaderGone from None


def _say(text: str) -> None:
    _print(f"{time.strftime('%H:%M:%S')}  {text}")


async def _show(folder: Path, picture: Path) -> None:
    script = Script.write(random.Random())  # noqa: S311  nothing secret is drawn
    _say("starting a server of its own, with data in a temporary folder")
    async with _server(folder) as url, contextlib.AsyncExitStack() as stack:
        _say(f"server ready on {url}")
        people = [await _Person.sign_up(stack, url, name) for name in script.people]
        await _converse(people, script)
        await _take_picture(people[0], script, picture)
    _say("the server has stopped, its data is removed")
    _print(f"picture: {picture}")


@contextlib.asynccontextmanager
async def _server(folder: Path) -> AsyncIterator[str]:
    """Run `tuichat serve`; yield its URL."""
    log = folder / "server.log"
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tuichat", "serve", "--port", "0", "--registration", "open", "--data", str(folder / "server")),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    assert process.stdout is not None
    try:
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_LIMIT_S)
        except TimeoutError:
            line = b""
        ready = PORT.search(line)
        if ready is None:
            words = log.read_text(errors="replace").strip().splitlines()
            raise DemoError(f"the server did not start: {words[-1] if words else 'it said nothing'}")
        yield ready[1].decode()
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_LIMIT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


@dataclass(slots=True)
class _Person:
    """One of the three: an account of its own in a profile of its own, connected over HTTP and WebSocket."""

    name: str
    accounts: Accounts
    client: Client

    @classmethod
    async def sign_up(cls, stack: contextlib.AsyncExitStack, url: str, name: str) -> _Person:
        from tuichat.client.session import Accounts
        from tuichat.client.state import Connection
        from tuichat.config.paths import Profile
        from tuichat.config.schema import Settings

        accounts = Accounts(Profile(name), Settings())
        stack.push_async_callback(accounts.close)
        client = await accounts.register(url, name, secrets.token_urlsafe(12))
        await _until(client, lambda: client.state.connection is Connection.READY, f"{name} connects")
        _say(f"{name} has an account and is connected (user {client.account.user_id})")
        return cls(name, accounts, client)

    async def say(self, channel_id: int, text: str, hearers: list[_Person], *, reply_to: int | None = None) -> int:
        """Send a message; return its id once every hearer has it over its own connection."""
        from tuichat.client.state import Delivery

        self.client.typing(channel_id)
        began = time.perf_counter()
        key = self.client.send_message(channel_id, text, reply_to=reply_to)
        timeline = self.client.state.timeline(channel_id)

        def is_settled() -> bool:
            index = timeline.index_of_key(key)
            return index is not None and timeline[index].delivery is not Delivery.PENDING

        await _until(self.client, is_settled, f"the message of {self.name} is acknowledged")
        index = timeline.index_of_key(key)
        assert index is not None
        entry = timeline[index]
        if entry.delivery is Delivery.FAILED:
            raise DemoError(f"the message of {self.name} was refused: {entry.error}")
        message_id = int(entry.message.id)
        for hearer in hearers:
            await _until(hearer.client, partial(hearer.has, channel_id, message_id), f"{hearer.name} hears {self.name}")
        elapsed_ms = (time.perf_counter() - began) * 1000
        first, *rest = text.split("\n")
        _say(f"#general  {self.name}: {first}")
        for line in rest:
            _print(f"{'':10}{'':10}{line}")
        _print(f"{'':10}message {message_id}, with all three after {elapsed_ms:.0f} ms")
        return message_id

    def is_in(self, guild_id: int) -> bool:
        return guild_id in self.client.state.guilds

    def has(self, channel_id: int, message_id: int) -> bool:
        return self.client.state.timeline(channel_id).find(message_id) is not None


async def _until(client: Client, is_so: Callable[[], bool], what: str) -> None:
    """Wait until something holds, looking again whenever the account's state changes."""
    changed = asyncio.Event()
    unsubscribe = client.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(STEP_LIMIT_S):
            while not is_so():
                await changed.wait()
                changed.clear()
    except TimeoutError:
        note = client.state.connection_note
        raise DemoError(f"waited {STEP_LIMIT_S:.0f} s in vain until {what}{': ' + note if note else ''}") from None
    finally:
        unsubscribe()


async def _converse(people: list[_Person], script: Script) -> None:
    first, second, third = people
    guild = await first.client.places.create_guild(script.guild)
    guild_id = int(guild.id)
    await _until(first.client, partial(first.is_in, guild_id), "the server is made")
    channel_id = _text_channel(first.client, guild_id)
    _say(f"{first.name} makes the server {script.guild!r} ({guild_id}) and an invite")
    invite = await first.client.places.create_invite(channel_id)
    for person in (second, third):
        await person.client.places.accept_invite(invite.code)
        await _until(person.client, partial(person.is_in, guild_id), f"{person.name} joins")
        _say(f"{person.name} joins with {invite.code}")
    for person in people:
        await person.client.open_channel(channel_id)
    finding = await first.say(channel_id, script.finding, [second, third])
    await second.say(channel_id, script.code, [first, third], reply_to=finding)
    mention = (
        f"<@{first.client.account.user_id}> does this hold on the slow link? the plan is ||release {script.word}||"
    )
    question = await third.say(channel_id, mention, [first, second])
    await third.client.edit_message(channel_id, question, mention + " on friday")
    _say(f"{third.name} edits message {question}")
    await _until(first.client, lambda: _is_edited(first.client, channel_id, question), "the edit arrives")
    await first.say(channel_id, script.closing, [second, third], reply_to=question)
    second.client.typing(channel_id)
    third.client.typing(channel_id)
    await _until(first.client, lambda: len(first.client.state.typing.get(channel_id, {})) >= 1, "somebody types")


def _text_channel(client: Client, guild_id: int) -> int:
    from tuichat.protocol.channel import ChannelType

    state = client.state
    for channel_id in state.guilds[guild_id].channel_ids:
        if state.channels[channel_id].type == ChannelType.TEXT:
            return int(channel_id)
    raise DemoError("the server that was made has no text channel")


def _is_edited(client: Client, channel_id: int, message_id: int) -> bool:
    entry = client.state.timeline(channel_id).find(message_id)
    return entry is not None and bool(entry.message.edited_timestamp)


async def _take_picture(person: _Person, script: Script, picture: Path) -> None:
    """Run the whole screen over a client that is connected now, and write what it shows."""
    from tuichat.tui.app import TuichatApp
    from tuichat.tui.screenshot import write_png

    app = TuichatApp(person.accounts.profile, person.accounts.settings, accounts=person.accounts)
    async with app.run_test(size=SCREEN_SIZE) as pilot:
        deadline = time.monotonic() + STEP_LIMIT_S
        while script.word not in "".join(strip.text for strip in app.screen._compositor.render_strips()):
            if time.monotonic() > deadline:
                raise DemoError("the screen did not show the conversation")
            await pilot.pause(0.05)
        await pilot.pause()
        picture.parent.mkdir(parents=True, exist_ok=True)
        write_png(app, picture)
