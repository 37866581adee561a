"""Shell scripts against a real server: what is sent arrives once and in order, and the exit code says how it went."""

import asyncio
import contextlib
import re
import shlex
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.system.fresh_home import TUICHAT, FreshHome
from tests.system.plain_terminal import PlainTerminal
from tests.system.rest_account import ChannelObject
from tests.system.script_site import ScriptSite, script_site
from tuichat.automation.records import (
    AnyRecord,
    MessageDeletedRecord,
    MessageEditedRecord,
    MessageRecord,
    ResultRecord,
)

pytestmark = [pytest.mark.system, pytest.mark.slow]

MANY = 10_000


@pytest.fixture
async def site() -> AsyncIterator[ScriptSite]:
    async with script_site("--no-rate-limits") as made:
        yield made


async def test_words_standard_input_and_lines_arrive_in_order(site: ScriptSite) -> None:
    for words, given in (
        (("#general", "build", "passed"), ""),
        (("dev/#general",), "one\ntwo\n"),
        (("--lines", f"{site.guild_id}/#general"), "three\n\nfour"),
        (("ada:dev/#general",), "/quit\n"),
        ((site.general.id, "--", "--lines is a word"), ""),
    ):
        done = await site.tuichat("send", *words, given=given)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    expected = ["build passed", "one\ntwo", "three", "four", "/quit", "--lines is a word"]
    assert await site.texts() == expected


async def test_a_long_text_becomes_several_messages(site: ScriptSite) -> None:
    text = "\n".join(f"line {number} of a long log" for number in range(300))
    assert (await site.tuichat("send", "#general", given=text)).returncode == 0
    sent = await site.texts()
    assert len(sent) > 1
    assert "\n".join(sent) == text


async def test_a_file_goes_with_words(site: ScriptSite) -> None:
    log = site.home.folder / "build.log"
    log.write_text("all is well\n")
    done = await site.tuichat("send", "-f", str(log), "#general", "the log")
    assert (done.returncode, done.stderr) == (0, "")
    assert await site.texts() == ["the log"]
    missing = await site.tuichat("send", "-f", "nowhere.log", "#general")
    assert missing.returncode == 2
    assert "nowhere.log cannot be read" in missing.stderr


async def test_a_script_has_names_aliases_files_and_waits(site: ScriptSite) -> None:
    inner = site.home.folder / "inner script"
    inner.write_text("/ci from a file\n/await from=@bob match=never timeout=1s\nnot sent\n")
    script = "\n".join(
        (
            "/alias ci /msg to=#general text=ci: $*",
            "/ci text=as it is",
            "/msg #general text=hi",
            "//slash",
            "/set ui.clock 12h",
            f'/run "{inner}"',
        )
    )
    done = await site.tuichat("run", "--in", "#general", given=script)
    assert done.returncode == 124
    assert "line 6: /run inner script, line 2: Nothing that fits came within 1s." in done.stderr
    assert await site.texts() == ["ci: text=as it is", "text=hi", "/slash", "ci: from a file"]
    assert (await site.tuichat("run", "-c", "/set ui.clock")).stdout.startswith('ui.clock = "12h"')
    wrong = await site.tuichat("run", "-c", "/msg to=#general")
    assert (wrong.returncode, "TEXT is missing" in wrong.stderr) == (2, True)


async def test_a_person_is_written_to_in_private(site: ScriptSite) -> None:
    assert (await site.tuichat("send", "@bob", "between", "us")).returncode == 0
    (private,) = await site.bob.call("GET", "/users/@me/channels", list[ChannelObject])
    assert await site.texts(private.id) == ["between us"]


async def test_what_is_wrong_has_an_exit_code_and_a_sentence(site: ScriptSite) -> None:
    await site.ada.create_guild("ops")
    for words, code, sentence in (
        (("#general", "x"), 2, "dev/#general, ops/#general"),
        (("dev/#gen", "x"), 2, "There are: #general"),
        (("general", "x"), 2, "general is no address"),
        (("dev/#general",), 2, "standard input is empty"),
        (("dev/#general", ""), 2, "the words are empty"),
        ((), 2, "It is not said which channel"),
        (("--profile", "No Name", "#general", "x"), 2, "A profile's name is"),
        (("--lines", "dev/#general", "x"), 2, "--lines goes with standard input"),
        (("--profile", "nobody", "#general", "x"), 3, "There is no account in this profile"),
    ):
        done = await site.tuichat("send", *words)
        assert (done.returncode, done.stdout) == (code, "")
        assert sentence in done.stderr
    assert await site.texts() == []
    site.home.write_settings('[scripts]\nchannel = "dev/#general"\n')
    assert (await site.tuichat("send", given="where scripts write")).returncode == 0
    assert await site.texts() == ["where scripts write"]
    site.home.write_settings('[scripts]\nguild = "ops"\n')
    assert (await site.tuichat("send", "#general", "to ops")).returncode == 0
    assert await site.texts() == ["where scripts write"]


async def test_streams_that_are_closed_or_that_nobody_reads_end_it_with_a_code_of_their_own(site: ScriptSite) -> None:
    await site.bob.send(site.general.id, "the only one")

    async def shell(line: str) -> tuple[int, str, str]:
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", line.replace("tuichat", shlex.join(TUICHAT)), env=site.home.environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, told = await process.communicate()
        return process.returncode or 0, out.decode(), told.decode()

    for line, code, sentence in (
        ("tuichat send '#general' <&-", 2, "Standard input is closed"),
        ("tuichat run <&-", 2, "Standard input is closed"),
        ("tuichat tail --no-follow '#general' >&-", 2, "Standard output is closed"),
        ("tuichat send '#nowhere' x 2>&-", 2, ""),
        ("set -o pipefail; tuichat tail '#general' | head -n 1", 141, ""),  # nothing more comes that it could print
        ("set -o pipefail; tuichat wait --timeout 60 | true", 141, ""),
    ):
        done, out, told = await shell(line)
        assert (done, sentence in told) == (code, True), line
        assert "Traceback" not in told
        assert not out or "bob" in out


async def test_ten_thousand_lines_arrive_once_and_in_order(site: ScriptSite) -> None:
    lines = [f"line {number}" for number in range(MANY)]
    sending = await site.start("send", "--lines", "#general")
    _out, told = await sending.communicate("\n".join(lines).encode())
    assert (sending.returncode, told) == (0, b"")
    assert await site.texts() == lines


async def test_ctrl_c_says_how_many_went_and_the_rest_never_goes(site: ScriptSite) -> None:
    sending = await site.start("send", "--lines", "#general")
    assert sending.stdin is not None
    sending.stdin.write(b"first\nsecond\n")
    while len(await site.texts()) < 2:
        pass  # each look is a request
    sending.send_signal(signal.SIGINT)
    _out, told = await sending.communicate()
    assert sending.returncode == 130
    assert b"2 messages were sent." in told
    assert (await site.tuichat("send", "#general", "third")).returncode == 0
    assert await site.texts() == ["first", "second", "third"]


async def test_commands_run_through_the_engine(site: ScriptSite) -> None:
    done = await site.tuichat("run", "-c", "/msg #general one", "-c", "/msg @bob two")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    script = site.home.folder / "script"
    script.write_text("#!/usr/bin/env -S tuichat run\n\nthree\n//four\n/nosuch\nnever\n")
    done = await site.tuichat("run", "--in", "#general", str(script))
    assert done.returncode == 2
    assert done.stderr.startswith("tuichat: line 5: There is no command /nosuch.")
    assert await site.texts() == ["one", "three", "/four"]
    done = await site.tuichat("run", "--keep-going", given="lost\n/msg #nowhere x\n/msg #general five\n")
    assert done.returncode == 2
    assert (await site.texts())[-1] == "five"
    assert "/msg" in (await site.tuichat("run", "-c", "/help")).stdout
    assert (await site.tuichat("run", "-c", "/help", "file")).returncode == 2
    assert (await site.tuichat("run", "nowhere")).returncode == 2


async def test_results_and_events_are_objects_of_the_schema(site: ScriptSite) -> None:
    running = await site.start("run", "--json")
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write(b"/msg #general hello @bob\n/msg #nowhere x\n")
    result = msgspec.json.decode(await running.stdout.readline(), type=AnyRecord)
    assert isinstance(result, ResultRecord)
    assert (result.v, result.line, result.command, result.is_done) == (1, 1, "msg", True)
    *_joined, sent = await site.bob.history(site.general.id)
    assert result.message_id == sent.id
    _out, told = await running.communicate()
    failed = msgspec.json.decode(_out, type=AnyRecord)
    assert isinstance(failed, ResultRecord)
    assert (running.returncode, failed.is_done, told) == (2, False, b"")

    listening = await site.start("run", "--json")
    assert listening.stdin is not None
    assert listening.stdout is not None
    listening.stdin.write(b"/help\n")
    await listening.stdout.readline()
    await site.bob.send(site.general.id, "hello ada")
    event = msgspec.json.decode(await listening.stdout.readline(), type=AnyRecord)
    assert isinstance(event, MessageRecord)
    assert (event.text, event.author.username, event.channel.address) == ("hello ada", "bob", "dev/#general")
    listening.stdin.close()
    await listening.communicate()
    assert listening.returncode == 0
    schema = msgspec.json.decode((await site.tuichat("schema")).stdout, type=dict[str, msgspec.Raw])
    assert {"anyOf", "discriminator", "$defs"} <= set(schema)


async def test_tail_tells_what_was_said_and_what_comes(site: ScriptSite) -> None:
    for number in range(5):
        await site.bob.send(site.general.id, f"old {number}")
    last = await site.tuichat("tail", "--no-follow", "-n", "2", "#general")
    assert [line.partition(" ")[2] for line in last.stdout.splitlines()] == ["bob: old 3", "bob: old 4"]
    tailing = await site.start("tail", "-n", "1", "--json", "#general")
    assert tailing.stdout is not None

    async def record() -> AnyRecord:
        assert tailing.stdout is not None
        told: AnyRecord = msgspec.json.decode(await tailing.stdout.readline(), type=AnyRecord)
        return told

    first = await record()
    assert isinstance(first, MessageRecord)
    assert first.text == "old 4"
    new = await site.bob.send(site.general.id, "new")
    path = f"/channels/{site.general.id}/messages/{new.id}"
    assert getattr(await record(), "text", "") == "new"
    await site.bob.do("PATCH", path, {"content": "newer"})
    edited = await record()
    assert isinstance(edited, MessageEditedRecord)
    assert edited.text == "newer"
    await site.bob.do("DELETE", path)
    deleted = await record()
    assert isinstance(deleted, MessageDeletedRecord)
    assert deleted.id == new.id
    tailing.send_signal(signal.SIGINT)
    await tailing.communicate()
    assert tailing.returncode == 130


async def test_wait_prints_the_message_that_fits_or_times_out(site: ScriptSite) -> None:
    for place in ((), ("--in", "#general")):
        waiting = await site.start("wait", "--from", "bob", "--match", "^deploy .*", "--timeout", "60", *place)
        while waiting.returncode is None:
            await site.ada.send(site.general.id, "deploy by myself")
            await site.bob.send(site.general.id, "no deploy")
            await site.bob.send(site.general.id, "deploy now")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting.wait()), 0.5)
        out, told = await waiting.communicate()
        assert (waiting.returncode, told) == (0, b"")
        assert out.decode().partition(" ")[2] == "bob: deploy now\n"
    asked = await site.ada.send(site.general.id, "may it go out?")
    await site.bob.send(site.general.id, "it may")
    answer = await site.tuichat("wait", "--in", "#general", "--after", asked.id, "--from", "bob", "--timeout", "60")
    assert answer.stdout.partition(" ")[2] == "bob: it may\n"
    assert "--after goes with --in" in (await site.tuichat("wait", "--after", asked.id)).stderr
    late = await site.tuichat("wait", "--timeout", "1")
    assert (late.returncode, late.stdout) == (124, "")
    assert "within 1 s." in late.stderr
    wrong = await site.tuichat("wait", "--match", "(")
    assert wrong.returncode == 2
    assert "is no regular expression" in wrong.stderr


async def test_the_examples_of_the_manual_work() -> None:
    manual = (Path(__file__).parent.parent.parent / "man" / "tuichat-run.1").read_text()
    examples = [
        line.removeprefix(".Dl ").replace("\\e", "\\")
        for line in manual.partition(".Sh EXAMPLES")[2].splitlines()
        if line.startswith(".Dl ")
    ]
    assert len(examples) >= 8
    async with script_site("--no-rate-limits") as site:
        await site.ada.do("PATCH", f"/guilds/{site.guild_id}", {"name": "Home"})
        await site.ada.do("POST", f"/guilds/{site.guild_id}/channels", {"name": "random"})
        programs = site.home.folder / "bin"
        programs.mkdir()
        for name, text in (("tuichat", shlex.join(TUICHAT) + ' "$@"'), ("make", "echo all is well")):
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o700)
        (site.home.folder / "build.log").write_text("fine\n")
        environment = site.home.environment | {"PATH": f"{programs}:{site.home.environment['PATH']}"}
        for example in examples:
            shell = await asyncio.create_subprocess_shell(
                example, env=environment, cwd=site.home.folder, stdout=asyncio.subprocess.PIPE
            )
            await shell.communicate()
            assert shell.returncode == 0, example
        assert await site.texts() == ["all is well", "build passed", "the log", "the last"]


def test_sending_beside_an_open_screen_shows_up_there() -> None:
    with FreshHome() as home:
        with PlainTerminal(home, "--plain") as screen:
            screen.wait_for("Type the number:")
            screen.enter("1")
            screen.wait_for("as your name?")
            screen.enter("Ada")
            screen.wait_for("You are in #general, Home.")
            assert home.tuichat("send", "Home/#general", "from a script").returncode == 0
            screen.wait_for("Ada: from a script")
        assert home.tuichat("send", "#general", given="the screen is gone\n").returncode == 0
        home.tuichat("server", "stop")


async def test_the_time_that_is_left_shows_at_a_terminal() -> None:
    async with script_site() as site:
        told = await asyncio.to_thread(_send_slowly_and_interrupt, site.home)
        sent = await site.texts()
        assert sent == [f"line {number}" for number in range(len(sent))]
        assert 5 <= len(sent) < 40
        assert told == len(sent)


def _send_slowly_and_interrupt(home: FreshHome) -> int:
    """Return how many messages are said to have gone."""
    with PlainTerminal(home, "send", "--lines", "#general") as terminal:
        terminal.wait_for("Ctrl+D")
        for number in range(40):
            terminal.enter(f"line {number}")
        terminal.press("\x04")
        terminal.wait_for(" of 40 sent (", " left)")
        terminal.interrupt()
        *_before, told = re.findall(r"(\d+) of 40 messages were sent", terminal.wait_for(" of 40 messages were sent."))
        assert terminal.exit_code() == 130
        return int(told)
