"""Bindings against a real server: hostile messages of somebody else fire them, and stay data."""

import asyncio
import contextlib
import json
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.rest_account import ChannelObject
from tests.system.script_site import ScriptSite, script_site

pytestmark = [pytest.mark.system, pytest.mark.slow]

HOSTILE = (
    "go; rm -rf ~",
    "go $(touch pwned) `touch pwned`",
    "go\n/quit\n/msg #general pwned",
    'go "{id}" to=#general text=pwned --help',
    "go {from} {content} @everyone \x1b[2J",
)
KEEP = """
import json, os, sys
event = json.load(sys.stdin)
kept = {"argv": sys.argv[2:], "text": event["text"], "env": dict(os.environ)}
with open(sys.argv[1], "a") as file:
    file.write(json.dumps(kept) + "\\n")
"""


@pytest.fixture
async def site() -> AsyncIterator[ScriptSite]:
    async with script_site("--no-rate-limits") as made:
        yield made


def configure(site: ScriptSite, text: str) -> None:
    folder = Path(site.home.environment["XDG_CONFIG_HOME"]) / "tuichat"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)


@contextlib.asynccontextmanager
async def acting(site: ScriptSite, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await site.start("on", *words)
    assert process.stderr is not None
    try:
        while b"Ctrl+C" not in await asyncio.wait_for(process.stderr.readline(), 30):
            assert process.returncode is None
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.wait()


async def until_texts(site: ScriptSite, count: int) -> list[str]:
    async with asyncio.timeout(30):
        while len(texts := await site.texts()) < count:  # noqa: ASYNC110  # another program works meanwhile
            await asyncio.sleep(0.1)
    return texts


async def test_hostile_messages_stay_data_in_lines_and_programs(site: ScriptSite) -> None:
    kept = site.home.folder / "kept.jsonl"
    program = [sys.executable, "-c", KEEP, str(kept), "a word", "$(touch pwned)"]
    configure(
        site,
        f"""
[[on]]
event = "message"
match = "^go"
run = 'echo {{from}}: {{text}}'
limit = "50/1m"
[[on]]
event = "message"
match = "^go"
run = '/msg to=dev/#general text=again {{text}}'
limit = "50/1m"
[[on]]
event = "message"
in = "dev/#general"
match = "^go"
limit = "50/1m"
program = {json.dumps(program)}
""",
    )
    check = await site.tuichat("config", "check")
    assert check.returncode == 0, check.stderr
    async with acting(site):
        for text in HOSTILE:
            await site.bob.send(site.general.id, text)
        texts = await until_texts(site, 3 * len(HOSTILE))
        async with asyncio.timeout(30):
            while not kept.exists() or len(kept.read_text().splitlines()) < len(HOSTILE):  # noqa: ASYNC110  # it is a program's
                await asyncio.sleep(0.1)
    plain = [each.replace("@", "@\u200b") for each in HOSTILE]
    assert sorted(texts) == sorted(
        [*HOSTILE, *(f"echo bob: {each}" for each in plain), *(f"again {each}" for each in plain)]
    )
    told = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [each["argv"] for each in told] == [["a word", "$(touch pwned)"]] * len(HOSTILE)
    assert [each["text"] for each in told] == list(HOSTILE)
    for each in told:
        assert each["env"]["TUICHAT_FROM"] == "bob"
        assert not any(ord(character) < 32 for value in each["env"].values() for character in value)
        assert not any("TOKEN" in name or "SECRET" in name for name in each["env"])
    assert not list(site.home.folder.rglob("pwned"))


async def test_reactions_fire_and_what_a_binding_does_fires_nothing(site: ScriptSite) -> None:
    configure(
        site,
        """
[[on]]
event = "reaction"
emoji = "👀"
what = "added"
run = "seen by {from}"
[[on]]
event = "message"
own = true
match = "seen|loop"
run = "loop {id}"
""",
    )
    async with acting(site):
        sent = await site.bob.send(site.general.id, "look")
        await site.bob.do("PUT", f"/channels/{site.general.id}/messages/{sent.id}/reactions/%F0%9F%91%80/@me")
        assert await until_texts(site, 2) == ["look", "seen by bob"]
        await site.ada.send(site.general.id, "loop of another session")
        texts = await until_texts(site, 4)
        await site.bob.send(site.general.id, "the end")
        assert len(await until_texts(site, 5)) == 5
    assert texts[3].startswith("loop ")


async def test_a_flood_is_held_and_told_once(site: ScriptSite) -> None:
    configure(site, '[[on]]\nevent = "message"\nlimit = "2/1h"\nrun = "answer"\n')
    async with acting(site) as process:
        for number in range(6):
            await site.bob.send(site.general.id, f"{number}")
        await until_texts(site, 8)
        await site.bob.send(site.general.id, "last")
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = (await process.stderr.read()).decode()
    assert told.count("More than 2/1h") == 1
    assert (await site.texts()).count("answer") == 2


async def test_a_program_that_fails_or_hangs_is_told(site: ScriptSite) -> None:
    configure(
        site,
        """
[[on]]
event = "message"
match = "fail"
program = ["sh", "-c", "echo oh; exit 3"]
[[on]]
event = "message"
match = "hang"
timeout = "1s"
program = ["sh", "-c", "sleep 600 & sleep 600"]
[[on]]
event = "message"
match = "none"
program = ["no-such-program"]
""",
    )
    async with acting(site) as process:
        assert process.stderr is not None
        for word, sentence in (
            ("fail", "exit code 3"),
            ("hang", "longer than 1 seconds"),
            ("none", "cannot be started"),
        ):
            await site.bob.send(site.general.id, word)
            line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
            assert sentence in line
        refused = await site.tuichat("on")
        assert refused.returncode == 1
        assert "is running" in refused.stderr
    listed = await site.tuichat("on", "--list")
    assert listed.returncode == 0
    assert listed.stdout.count("It ran 1 time") == 3
    assert "exit code 3" in listed.stdout
    log = await site.tuichat("logs")
    assert "oh" in log.stdout


async def test_a_schedule_writes_to_a_person_and_what_means_nothing_is_said(site: ScriptSite) -> None:
    configure(
        site,
        """
[[on]]
event = "schedule"
every = "5s"
in = "@bob"
run = "tick"
[[on]]
event = "message"
in = "#nowhere"
run = "/nosuchcommand {text}"
""",
    )
    process = await site.start("on")
    try:
        assert process.stderr is not None
        told = b"".join([await asyncio.wait_for(process.stderr.readline(), 30) for _ in range(3)]).decode()
        assert "Binding 2 (message): There is no channel #nowhere" in told
        assert "/nosuchcommand" in told
        async with asyncio.timeout(30):
            while not (private := await site.bob.call("GET", "/users/@me/channels", list[ChannelObject])):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            while not await site.texts(private[0].id):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert (await site.texts(private[0].id))[0] == "tick"
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()


async def test_a_rehearsal_runs_nothing_and_says_what_would(site: ScriptSite) -> None:
    touched = site.home.folder / "touched"
    configure(
        site,
        f"""
[[on]]
event = "message"
from = "bob"
run = '/msg to=dev/#general text=saw {{text}}'
[[on]]
event = "message"
program = ["touch", "{touched}"]
""",
    )
    async with acting(site, "--dry-run") as process:
        await site.bob.send(site.general.id, "hi; x")
        assert process.stdout is not None
        first = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        second = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    assert first == '[[on]] 1 message: /msg to=dev/#general text="saw hi; x"\n'
    assert second == f"[[on]] 2 message: {shlex.join(['touch', str(touched)])}\n"
    assert not touched.exists()
    assert await site.texts() == ["hi; x"]
    recorded = (await site.tuichat("tail", "--json", "--no-follow", "-n", "1", "#general")).stdout
    offline = await site.tuichat("on", "--dry-run", "--event", "-", given=recorded)
    assert (offline.returncode, offline.stdout) == (0, first + second)
    wrong = await site.tuichat("on", "--dry-run", "--event", "-", given=recorded + "{}\n")
    assert wrong.returncode == 2
    assert "Line 2 of - is no event" in wrong.stderr
