"""`tuichat ctl` against a tuichat that runs: orders arrive, exit codes tell how it went, and bars are told what is new."""

import asyncio
import contextlib
import json
import os
import re
import shlex
import signal
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.system.ctl_site import ctl_site, is_connected, running_tuichat
from tests.system.fresh_home import TUICHAT
from tests.system.rest_account import ChannelObject
from tests.system.script_site import ScriptSite, script_site
from tests.system.terminal import Terminals
from tests.voice.libraries import marked, needs_voice
from tuichat.automation.ctl.limits import MAX_LINE_BYTES

pytestmark = [pytest.mark.system, pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "docs" / "examples"
LIMIT_S = 30.0  # a process starts in half a second, and in ten where many start at once


@pytest.fixture
async def site() -> AsyncIterator[ScriptSite]:
    async with ctl_site() as made:
        yield made


async def test_words_of_the_shell_stay_what_they_are(site: ScriptSite) -> None:
    for words, given in (
        (("send", "#general", "build", "passed"), ""),
        (("send", "dev/#general"), "/quit\n"),
        (("send", "#general", "--", "--json is a word"), ""),
        (("send", "#general", "--json is one, too"), ""),
        (("/msg", "#general", "two  blanks", '"quotes"'), ""),
        (("msg", "#general", "/quit"), ""),
        (("msg", "#general", "text=hi"), ""),
        (("msg", "to=#general", "text=hi", "there"), ""),
        (("msg", "#general", "--", "to=#nowhere"), ""),
        (("msg", "#general", "first\nsecond"), ""),
        (("/msg #general a whole line",), ""),
    ):
        done = await site.tuichat("ctl", *words, given=given)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), words
    assert await site.texts() == [
        "build passed",
        "/quit",
        "-- --json is a word",
        "--json is one, too",
        'two  blanks "quotes"',
        "/quit",
        "text=hi",
        "hi there",
        "to=#nowhere",
        "first\nsecond",
        "a whole line",
    ]


async def test_a_message_mentions_and_a_long_one_becomes_several(site: ScriptSite) -> None:
    assert (await site.tuichat("ctl", "send", "#general", "hello @bob")).returncode == 0
    assert re.fullmatch(r"hello <@\d+>", (await site.texts())[-1])
    text = "\n".join(f"line {number} of a long log" for number in range(300))
    assert (await site.tuichat("ctl", "send", "#general", given=text)).returncode == 0
    assert "\n".join((await site.texts())[1:]) == text
    much = await site.tuichat("ctl", "send", "#general", given="x" * MAX_LINE_BYTES)
    assert much.returncode == 2
    assert "`tuichat send` takes what is longer" in much.stderr


async def test_a_file_is_sent_from_where_one_is(site: ScriptSite) -> None:
    (site.home.folder / "build.log").write_text("all is well\n")
    done = await site.tuichat("ctl", "send", "-f", "build.log", "#general", "the log")
    assert (done.returncode, done.stderr) == (0, "")
    *_others, last = await site.bob.history(site.general.id)
    assert last.content == "the log"
    assert (await site.tuichat("ctl", "send", "-f", "nowhere.log", "#general")).returncode == 1


async def test_what_is_wrong_has_an_exit_code_and_a_sentence(site: ScriptSite) -> None:
    for words, code, sentence in (
        (("send", "#gen", "x"), 2, "There are: #general"),
        (("send", "#general"), 2, "the text is empty"),
        (("nosuch",), 2, "There is no command /nosuch"),
        (("two words", "x"), 2, "is no command"),
        (("msg", "#general"), 2, "TEXT"),
        (("msg", "#general", "#general", "--in"), 0, ""),
        (("--in", "#general", "--here", "/help"), 2, "--in and --here say two places"),
        (("--colour", "/help"), 2, "--colour is no option"),
        (("--format", "{unread}", "/help"), 2, "--format does not go with"),
        (("status", "--format", "{nosuch}"), 2, "{unread}"),
        (("status", "please"), 2, "takes no words"),
        (("ptt", "left"), 2, "down|up|toggle"),
        (("ptt", "down"), 1, "You are in no call"),
        (("subscribe", "msg"), 2, "msg is no type of record"),
        ((), 2, "What is to be done?"),
        (
            ("--profile", "work", "status"),
            3,
            "No tuichat of the profile work runs: start tuichat, or use `tuichat run`",
        ),
    ):
        done = await site.tuichat("ctl", *words)
        assert (done.returncode, done.stdout) == (code, ""), (words, done.stderr)
        assert sentence in done.stderr


async def test_commands_answer_on_standard_output(site: ScriptSite) -> None:
    assert "/msg" in (await site.tuichat("ctl", "/help")).stdout
    done = await site.tuichat("ctl", "--json", "msg", "#general", "x")
    result = json.loads(done.stdout)
    assert (result["type"], result["command"], result["is_done"]) == ("result", "msg", True)
    assert result["message_id"]
    assert (await site.tuichat("ctl", "--here", "react", "last", "tada")).returncode == 0
    assert (await site.tuichat("ctl", "--in", "#general", "react", "last", "tada")).returncode == 0
    failed = await site.tuichat("ctl", "--json", "nosuch")
    assert json.loads(failed.stdout)["is_done"] is False


async def test_status_and_subscription_tell_what_is_new(site: ScriptSite) -> None:
    elsewhere = await site.ada.call(
        "POST", f"/guilds/{site.guild_id}/channels", ChannelObject, {"name": "random", "type": 0}
    )
    bar = await site.start("ctl", "subscribe", "status", "message")
    (first,) = await _objects(bar, lambda told: True)
    assert (first["type"], first["unread"], first["call"]) == ("status", 0, None)
    assert first["channel"]["address"].endswith("#general")
    me = first["accounts"][0]
    assert (me["account"], me["is_connected"]) == ("ada", True)
    await site.bob.send(elsewhere.id, "hello")
    told = await _objects(
        bar,
        lambda told: (
            any(each["type"] == "message" for each in told)
            and any(each["type"] == "status" and each["unread"] == 1 for each in told)
        ),
    )
    assert [each["text"] for each in told if each["type"] == "message"] == ["hello"]
    assert {each["mentions"] for each in told if each["type"] == "status"} == {0}
    formatted = await site.tuichat("ctl", "status", "--format", "{{{unread}}} {mic} {connection} {dnd}")
    assert formatted.stdout == "{1} off up off\n"
    assert "1 new" in (await site.tuichat("ctl", "status")).stdout
    bar.send_signal(signal.SIGINT)
    async with asyncio.timeout(LIMIT_S):
        await bar.communicate()
    assert bar.returncode == 130


@marked(needs_voice)
async def test_a_call_is_joined_muted_and_spoken_in_by_keys() -> None:
    async with script_site("--no-rate-limits") as site:
        await site.ada.do("POST", f"/guilds/{site.guild_id}/channels", {"name": "Lounge", "type": 2})
        folder = site.home.folder / "config" / "tuichat"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "config.toml").write_text('[voice]\ngate = "push_to_talk"\n')
        async with running_tuichat(site, "--channel", "general"):
            joined = await site.tuichat("ctl", "call", "join", "#Lounge")
            assert (joined.returncode, joined.stdout) == (0, "You are in Lounge.\n"), joined.stderr
            for words, mic, is_talking in (
                (("ptt", "down"), "silent", True),
                (("ptt", "up"), "silent", False),
                (("ptt", "toggle"), "silent", True),
                (("ptt", "toggle"), "silent", False),
                (("call", "toggle-mute"), "muted", False),
                (("call", "toggle-mute"), "silent", False),
                (("call", "mute"), "muted", False),
                (("call", "mute"), "muted", False),
                (("call", "unmute"), "silent", False),
            ):
                assert (await site.tuichat("ctl", *words)).returncode == 0
                async with asyncio.timeout(10):
                    while True:  # each look is a process
                        status = json.loads((await site.tuichat("ctl", "status", "--json")).stdout)
                        if status["call"]["is_talking"] is is_talking and status["call"]["is_muted"] is (
                            mic == "muted"
                        ):
                            break
            told = await site.tuichat("ctl", "status", "--format", "{call} {stage} {people} {minutes}")
            assert told.stdout == "dev/#Lounge connected 1 0\n"
            assert (await site.tuichat("ctl", "call", "leave")).returncode == 0
            async with asyncio.timeout(10):
                while json.loads((await site.tuichat("ctl", "status", "--json")).stdout)["call"] is not None:
                    pass  # what shows of a call follows a moment later
            assert (await site.tuichat("ctl", "ptt", "down")).returncode == 1


async def test_end_of_tuichat_ends_a_subscription_and_takes_the_socket_away() -> None:
    async with script_site() as site:
        async with running_tuichat(site, "--channel", "general"):
            bar = await site.start("ctl", "subscribe")
            await _objects(bar, lambda told: True)
        _out, told = await bar.communicate()
        assert (bar.returncode, told) == (3, b"tuichat: tuichat ends.\n")
        assert list((site.home.folder / "run" / "tuichat").glob("ctl-*")) == []
        assert (await site.tuichat("ctl", "status")).returncode == 3


async def test_a_killed_tuichat_hinders_neither_ctl_nor_the_next() -> None:
    async with script_site() as site:
        with contextlib.suppress(ConnectionError):
            async with running_tuichat(site, "--channel", "general") as running:
                running.kill()
                await running.wait()
        assert list((site.home.folder / "run" / "tuichat").glob("ctl-*"))
        left = await site.tuichat("ctl", "status")
        assert left.returncode == 3
        assert "start tuichat" in left.stderr
        async with running_tuichat(site, "--channel", "general"):
            assert (await site.tuichat("ctl", "send", "#general", "again")).returncode == 0
        assert await site.texts() == ["again"]


async def test_a_tuichat_that_hangs_is_given_up(site: ScriptSite) -> None:
    (path,) = (site.home.folder / "run" / "tuichat").glob("ctl-*.sock")
    path.unlink()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        done = await site.tuichat("ctl", "--timeout", "0.5", "/help")
        assert done.returncode == 124
        assert "it may hang" in done.stderr


async def test_an_untrusted_folder_is_refused(site: ScriptSite) -> None:
    folder = site.home.folder / "run" / "tuichat"
    folder.chmod(0o755)
    done = await site.tuichat("ctl", "status")
    assert done.returncode == 1
    assert "mode 700" in done.stderr
    folder.chmod(0o700)
    folder.rename(site.home.folder / "elsewhere")
    folder.symlink_to(site.home.folder / "elsewhere")
    assert (await site.tuichat("ctl", "status")).returncode == 1


async def test_a_message_that_cannot_leave_is_taken_back() -> None:
    async with script_site("--no-rate-limits") as site, running_tuichat(site, "--channel", "general"):
        await asyncio.to_thread(site.server.stop)
        late = await site.tuichat("ctl", "send", "--timeout", "1", "#general", "never")
        assert late.returncode == 3
        assert "not done within 1 seconds" in late.stderr


def _programs(site: ScriptSite) -> "dict[str, str]":
    """Return an environment in which `tuichat` is the one that is tested."""
    programs = site.home.folder / "bin"
    programs.mkdir(exist_ok=True)
    for name, text in (("tuichat", shlex.join(TUICHAT) + ' "$@"'), ("make", "echo all is well")):
        (programs / name).write_text(f"#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} {text}\n")
        (programs / name).chmod(0o700)
    return site.home.environment | {"PATH": f"{programs}:{site.home.environment['PATH']}"}


async def test_the_examples_of_the_manual_work(site: ScriptSite) -> None:
    manual = (ROOT / "man" / "tuichat-ctl.1").read_text()
    examples = [
        line.removeprefix(".Dl ").replace("\\e", "\\").replace("\\(dq", '"')
        for line in manual.partition(".Sh EXAMPLES")[2].splitlines()
        if line.startswith(".Dl ")
    ]
    assert len(examples) >= 10
    environment = _programs(site)
    for example in examples:
        shell = await asyncio.create_subprocess_shell(
            example, env=environment, cwd=site.home.folder, stdout=asyncio.subprocess.PIPE
        )
        await shell.communicate()
        assert shell.returncode == 0, example
    sent = await site.texts()
    assert sent[:3] == ["all is well", "build passed", "build passed"]
    assert len(sent) == 4


async def test_requests_of_the_manual_are_requests(site: ScriptSite) -> None:
    (path,) = (site.home.folder / "run" / "tuichat").glob("ctl-*.sock")
    (site.home.folder / "build.log").write_text("fine\n")
    manual = (ROOT / "man" / "tuichat-ctl.1").read_text()
    requests = [line for line in manual.splitlines() if line.startswith('{"v":1')]
    assert len(requests) == 7
    reader, writer = await asyncio.open_unix_connection(path, limit=MAX_LINE_BYTES)
    for request in requests:
        line = request.replace("#ci", "#general").replace("/tmp/build.log", str(site.home.folder / "build.log"))
        writer.write(line.encode() + b"\n")
        async with asyncio.timeout(LIMIT_S):
            answer = json.loads(await reader.readline())
        asked = json.loads(line)
        assert (answer["id"], answer["code"]) == (asked["id"], 1 if asked["op"] == "ptt" else 0), answer
    writer.close()
    assert await site.texts() == ["build passed", "hello", "build passed"]


async def test_the_status_line_of_tmux_shows_it(site: ScriptSite) -> None:
    inner = ["tmux", "-L", "bar", "-u", "-f", str(EXAMPLES / "tmux.conf"), "new-session", "cat"]
    environment = _programs(site) | {"TMUX_TMPDIR": str(site.home.folder), "LC_ALL": "C.UTF-8"}

    def look() -> None:
        with Terminals(site.home.folder, environment) as terminals:
            terminals.open("bar", ["env", "-u", "TMUX", *inner]).wait_for("0/0 off")

    try:
        await asyncio.to_thread(look)
    finally:
        await (await asyncio.create_subprocess_exec("tmux", "-L", "bar", "kill-server", env=environment)).wait()


async def test_the_screen_takes_orders() -> None:
    async with script_site("--no-rate-limits") as site:
        with Terminals(site.home.folder, site.home.environment) as terminals:
            terminal = terminals.open("ada", [*TUICHAT])
            await asyncio.to_thread(terminal.wait_for, "general")
            async with asyncio.timeout(30):
                while not await is_connected(site):
                    pass  # each look is a process
            assert (await site.tuichat("ctl", "send", "#general", "said by ctl")).returncode == 0
            await asyncio.to_thread(terminal.wait_for, "said by ctl")
            status = json.loads((await site.tuichat("ctl", "status", "--json")).stdout)
            assert status["channel"] is None or status["channel"]["address"].startswith("dev/#")
            assert (await site.tuichat("ctl", "/quit")).returncode == 0
            async with asyncio.timeout(30):
                while (await site.tuichat("ctl", "status")).returncode != 3:
                    pass


async def test_the_commands_of_polybar_and_sway_work(site: ScriptSite) -> None:
    environment = _programs(site)
    module = (EXAMPLES / "polybar.ini").read_text()
    commands = dict(re.findall(r"^(exec|click-left|click-right) = (.*)$", module, re.MULTILINE))
    assert set(commands) == {"exec", "click-left", "click-right"}
    bar = await asyncio.create_subprocess_shell(
        commands["exec"], env=environment, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert bar.stdout is not None
    async with asyncio.timeout(LIMIT_S):
        assert await bar.stdout.readline() == b"0/0 off \n"
    keys = re.findall(r"^bindsym (?:--release )?\S+ exec (.*)$", (EXAMPLES / "sway.conf").read_text(), re.MULTILINE)
    assert len(keys) == 3
    for command, codes in (
        (commands["click-left"], (0,)),
        (commands["click-right"], (0,)),
        *((key, (1,) if key.endswith("down") else (0,)) for key in keys),
    ):
        shell = await asyncio.create_subprocess_shell(command, env=environment, stdout=asyncio.subprocess.DEVNULL)
        assert await shell.wait() in codes, command
    await _end(bar)


async def _objects(
    bar: asyncio.subprocess.Process, are_enough: Callable[[list[dict[str, Any]]], bool]
) -> list[dict[str, Any]]:
    """Read what a subscription prints until it is enough: how many statuses there are on the way is a matter of speed."""
    assert bar.stdout is not None
    told: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(LIMIT_S):
            while not told or not are_enough(told):
                line = await bar.stdout.readline()
                assert line, f"the subscription ended after {told}"
                told.append(json.loads(line))
    except TimeoutError:
        raise AssertionError(f"after {LIMIT_S:g} s there was no more than {told}") from None
    return told


async def _end(bar: asyncio.subprocess.Process) -> None:
    os.killpg(bar.pid, signal.SIGTERM)
    await bar.communicate()
