"""Shell scripts against a real server: what is sent arrives once and in order, and the exit code says how it went."""

import signal
from collections.abc import AsyncIterator

import pytest

from tests.system.fresh_home import FreshHome
from tests.system.plain_terminal import PlainTerminal
from tests.system.rest_account import ChannelObject
from tests.system.script_site import ScriptSite, script_site

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
    assert missing.returncode == 1
    assert "nowhere.log cannot be read" in missing.stderr


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
        (("--lines", "dev/#general", "x"), 2, "--lines goes with standard input"),
        (("--profile", "nobody", "#general", "x"), 3, "There is no account in this profile"),
    ):
        done = await site.tuichat("send", *words)
        assert (done.returncode, done.stdout) == (code, "")
        assert sentence in done.stderr
    assert await site.texts() == []
    site.home.write_settings('[scripts]\nguild = "ops"\n')
    assert (await site.tuichat("send", "#general", "to ops")).returncode == 0
    assert await site.texts() == []


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
