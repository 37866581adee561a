"""Enabled plugins run beside tuichat: they are told what was granted, obeyed in what was granted, and begun anew when they die."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.automation.plugins.place import PluginSite
from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import LIMIT_S, until
from tuichat.automation.plugins import host, management, process, shelf, status
from tuichat.automation.plugins.confinement import Confinement
from tuichat.automation.plugins.grants import Grants
from tuichat.automation.plugins.host import Host
from tuichat.automation.plugins.log import log_path
from tuichat.automation.sender import Sender
from tuichat.client.endpoint import parse_url
from tuichat.config.paths import Profile

MANIFEST = 'name = "{name}"\nversion = "1"\ndescription = "of a test"\nrun = ["python3", "program.py"]\n'
GREETING = "Hello Other!"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")  # without the shims of version managers
    monkeypatch.setattr(host, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(host, "BACK_OFF_S", (0.01, 0.01))
    monkeypatch.setattr(process, "END_LIMIT_S", 0.3)


def write(profile: Profile, name: str, program: str, asks: str = "") -> None:
    folder = shelf.plugins_dir() / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plugin.toml").write_text(MANIFEST.format(name=name) + asks)
    (folder / "program.py").write_text(program)


def grant(profile: Profile, name: str, *, is_confined: bool = False) -> None:
    Grants(profile).enable(name, shelf.find(name).manifest.sha256, is_confined=is_confined)


def log_of(profile: Profile, name: str) -> str:
    path = log_path(profile, name)
    return path.read_text() if path.exists() else ""


@contextlib.asynccontextmanager
async def hosting(site: PluginSite, kind: Confinement = Confinement.NONE) -> AsyncIterator[Host]:
    made = Host(site, lambda: kind)
    await made.start()
    try:
        yield made
    finally:
        await made.close()


async def test_one_is_begun_and_ended_as_the_command_line_says(profile: Profile) -> None:
    write(profile, "idle", "import sys\nfor line in sys.stdin: sys.stderr.write(line)\n")
    async with hosting(PluginSite(profile)):
        grant(profile, "idle")
        await until(lambda: '"hello"' in log_of(profile, "idle"))
        running_now = status.read(profile, "idle")
        assert running_now is not None
        assert running_now.is_running
        Grants(profile).disable("idle")
        await until(lambda: "It ended: tuichat ended it" in log_of(profile, "idle"))
        grant(profile, "idle")
        await until(lambda: log_of(profile, "idle").count('"hello"') == 2)
        grant(profile, "idle")  # once more: it is begun anew
        await until(lambda: log_of(profile, "idle").count('"hello"') == 3)
    assert not is_running(profile, "idle")


def is_running(profile: Profile, name: str) -> bool:
    known = status.read(profile, name)
    return known is not None and known.is_running


async def test_one_that_dies_is_begun_anew_and_then_disabled_with_one_sentence(profile: Profile) -> None:
    write(profile, "mortal", "raise SystemExit(3)")
    site = PluginSite(profile)
    grant(profile, "mortal")
    async with hosting(site):
        await until(lambda: not is_enabled(profile, "mortal"))
    assert site.screen.notices == [
        "The plugin mortal ended 3 times in a row and is disabled now: it ended with exit code 3. See `tuichat plugin log mortal`."
    ]
    assert log_of(profile, "mortal").count("It ended: it ended with exit code 3.") == 3
    known = Grants(profile).get("mortal")
    assert known is not None
    assert (known.is_enabled, known.reason) == (False, site.screen.notices[0])


def is_enabled(profile: Profile, name: str) -> bool:
    known = Grants(profile).get(name)
    return known is not None and known.is_enabled


async def test_one_that_ends_by_itself_stays_ended(profile: Profile) -> None:
    write(profile, "once", "")
    grant(profile, "once")
    site = PluginSite(profile)
    async with hosting(site):
        await until(lambda: "It ended: by itself." in log_of(profile, "once"))
        write(profile, "other", "")
        grant(profile, "other")
        await until(lambda: "It ended: by itself." in log_of(profile, "other"))
    assert log_of(profile, "once").count("It ended") == 1
    assert site.screen.notices == []


async def test_a_changed_manifest_and_a_lost_confinement_are_asked_about_again(profile: Profile) -> None:
    write(profile, "changed", "raise SystemExit(3)")
    write(profile, "bare", "raise SystemExit(3)")
    grant(profile, "changed")
    grant(profile, "bare", is_confined=True)
    write(profile, "changed", "", 'actions = ["msg"]\n')
    site = PluginSite(profile)
    async with hosting(site):
        await until(lambda: len(site.screen.notices) == 2)
    assert sorted(site.screen.notices) == [
        "Nothing confines the plugin bare here any more, so it does not run: see `tuichat plugin enable bare`.",
        "The plugin changed asks for something else now, so it does not run: see `tuichat plugin enable changed`.",
    ]
    assert log_of(profile, "changed") == log_of(profile, "bare") == ""


async def test_one_that_is_not_there_is_told(profile: Profile) -> None:
    write(profile, "gone", "")
    grant(profile, "gone")
    (shelf.plugins_dir() / "gone" / "plugin.toml").unlink()
    site = PluginSite(profile)
    async with hosting(site):
        await until(lambda: site.screen.notices)
    assert "The plugin gone does not run: " in site.screen.notices[0]


async def test_the_example_greets_who_mentions_one(site: Site, profile: Profile, tmp_path: Path) -> None:
    management.new("greeter", None)
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        place = PluginSite(profile, me)
        grant(profile, "greeter")
        async with hosting(place):
            await until(lambda: is_running(profile, "greeter"))
            await site.other.send(str(site.channel_id), "nobody is meant")
            await site.other.send(str(site.channel_id), f"<@{site.me.user_id}> hi")
            await until_written(site, "Hello other!")
    said = [text for _id, text in await site.truth()]
    assert said.count("Hello other!") == 1


async def until_written(site: Site, text: str) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while text not in (said := [each for _id, each in await site.truth()]):
        assert time.monotonic() < deadline_s, f"{text} was not written: {said}"
        await asyncio.sleep(0.05)


ASKING = """
import json, sys
from tuichat import plugin

def ask(*args, **kwargs):
    try:
        answer = plugin.act(*args, **kwargs)
        told = [answer["is_done"], answer.get("message_id") is not None]
    except plugin.Refused as error:
        told = [error.reason, str(error)]
    sys.stderr.write(json.dumps(told) + "\\n")

@plugin.on("hello")
def go(hello):
    sys.stderr.write(json.dumps(hello) + "\\n")
    for args, kwargs in json.loads(open("requests.json").read()):
        ask(*args, **kwargs)
    sys.exit()

plugin.run()
"""


def answers(profile: Profile, name: str) -> list[list[object]]:
    lines = [line.partition(f"{name}: ")[2] for line in log_of(profile, name).splitlines() if f" {name}: [" in line]
    return [json.loads(line) for line in lines]


async def test_what_was_granted_is_done_and_what_was_not_is_refused_and_logged(
    site: Site, profile: Profile, tmp_path: Path
) -> None:
    channel = str(site.channel_id)
    asks = f'actions = [{{ command = "msg", channels = ["{channel}"] }}, {{ command = "reply", channels = ["{channel}"] }}, "help"]'
    write(profile, "asking", ASKING, asks)
    requests = [
        (["msg"], {"to": channel, "text": '  /quit \n"x" to=#other $(id) @everyone'}),
        (["reply"], {"in_": channel, "message": "last", "text": "an answer"}),
        (["reply"], {"message": "last", "text": "nowhere"}),
        (["msg"], {"to": "@nobody-here", "text": "x"}),
        (["upload"], {"file": "/etc/passwd"}),
        (["quit"], {}),
        (["nosuch"], {}),
        (["MSG"], {"to": channel, "text": "x"}),
        (["/msg"], {"to": channel, "text": "x"}),
        (["help\n/quit"], {}),
        (["help"], {"command": "msg"}),
        (["help"], {"commands": "msg"}),
        (["msg"], {"to": channel}),
    ]
    (shelf.plugins_dir() / "asking" / "requests.json").write_text(json.dumps(requests))
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        grant(profile, "asking")
        async with hosting(PluginSite(profile, me)):
            await until(lambda: "It ended" in log_of(profile, "asking"))
    assert [each[0] for each in answers(profile, "asking")] == [
        True,
        True,
        "not_granted",
        "wrong",
        "not_granted",
        "not_granted",
        "not_granted",
        "not_granted",
        "not_granted",
        "not_granted",
        True,
        "wrong",
        "wrong",
    ]
    said = [text for _id, text in await site.truth() if text]
    assert said == ['/quit \n"x" to=#other $(id) @everyone', "an answer"]
    log = log_of(profile, "asking")
    for sentence in ("Refused: /upload was not granted.", "Refused: /nosuch was not granted.", f"in {channel} alone."):
        assert sentence in log


FLOODING = """
import sys, threading
threading.Thread(target=lambda: [sys.stderr.write("x\\n") for _ in iter(int, 1)], daemon=True).start()
for number in iter(int, 1):
    print('{"id": 1, "action": "help"}', flush=True)
"""


async def test_messages_go_on_beside_those_that_hang_and_flood(site: Site, profile: Profile, tmp_path: Path) -> None:
    write(profile, "hanging", "import time; time.sleep(1000)", 'events = ["message"]\n')
    write(profile, "flooding", FLOODING, 'events = ["message"]\nactions = ["help"]\n')
    async with (
        running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me,
        hosting(PluginSite(profile, me)),
    ):
        for name in ("hanging", "flooding"):
            grant(profile, name)
        await until(lambda: is_running(profile, "hanging") and "x" in log_of(profile, "flooding"))
        begun_s = time.monotonic()
        sender = Sender(me, site.channel_id)
        for number in range(20):
            await sender.send(f"line {number}")
        took_s = time.monotonic() - begun_s
    assert [text for _id, text in await site.truth() if text] == [f"line {number}" for number in range(20)]
    assert took_s < 10  # a machine under test is busy; held by one of them, it would take forever
