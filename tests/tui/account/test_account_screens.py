"""The own account on the screen, by keys and by mouse: profile, status, password, codes, sign-ins, deletion, notices."""

import base64
import os
import time
from pathlib import Path

import msgspec
import pytest

from tests.tui.guild_scenes import PLANS, put_category
from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import GENERAL, GUILD, ME, FakeClient, sample_state
from tests.tui.screens import NARROW, WIDE, Shown, running
from tests.tui.snapshot import compare
from tuichat.client.errors import RefusedError
from tuichat.client.notice_levels import Level
from tuichat.protocol.guild_settings import ChannelOverride, MuteConfig, UserGuildSettings
from tuichat.protocol.profile import AuthClientInfo, AuthSession
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.protocol.user_settings import CustomStatus
from tuichat.tui.screens.account.menu import AccountMenu
from tuichat.tui.screens.chat.screen import ChatScreen

pytestmark = pytest.mark.slow  # whole screens by their keys


SIZES = {"120x36": WIDE, "80x24": NARROW, "60x20": (60, 20)}
ITEMS = ("profile", "status", "notifications", "password", "recovery", "sessions", "deletion")
KEY = "s1/101"


def client() -> FakeClient:
    return FakeClient(sample_state())


async def open_item(shown: Shown, name: str) -> None:
    await shown.chat.run_by_id("chat.account")
    await shown.settle()
    await shown.press(*["down"] * ITEMS.index(name), "enter")


async def fill(shown: Shown, **values: str) -> None:
    from textual.widgets import Input

    for name, value in values.items():
        shown.app.screen.query_one(f"#{name.replace('_', '-')}", Input).value = value
    await shown.settle()


async def submit(shown: Shown) -> None:
    await shown.pilot.click("#submit")
    await shown.settle()


def asked(shown: Shown, what: str) -> list[tuple[object, ...]]:
    return [each for each in shown.client.asked if each[0] == what]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["menu", *ITEMS])
async def test_screen(name: str, size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    for variable in ("KITTY_WINDOW_ID", "DISPLAY", "WAYLAND_DISPLAY", "TERM_PROGRAM", "LC_TERMINAL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    async with running(client(), size=SIZES[size]) as shown:
        if name == "menu":
            await shown.chat.run_by_id("chat.account")
        else:
            await open_item(shown, name)
        await shown.settle()
        await shown.pilot.pause(0.05)
        compare(f"account-{name}-{size}", shown.strips())


async def test_click_on_the_own_name_opens_the_account() -> None:
    async with running(client()) as shown:
        await shown.pilot.click("#me")
        await shown.settle()
        assert isinstance(shown.app.screen, AccountMenu)
        await shown.press("escape")
        assert isinstance(shown.app.screen, ChatScreen)


async def test_escape_leads_back_step_by_step() -> None:
    async with running(client()) as shown:
        for name in ITEMS:
            await open_item(shown, name)
            await shown.press("escape")
            assert isinstance(shown.app.screen, AccountMenu)
            await shown.press("escape")
            assert isinstance(shown.app.screen, ChatScreen)


async def test_profile_saves_what_was_changed_alone(tmp_path: Path) -> None:
    picture = tmp_path / "me.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\nrest")
    async with running(client()) as shown:
        await open_item(shown, "profile")
        await fill(shown, bio="sails", colour="#c6a0f6", avatar=str(picture))
        await submit(shown)
        uri = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
        assert asked(shown, "edit") == [("edit", EditUserRequest(bio="sails", accent_color=0xC6A0F6, avatar=uri))]
        assert isinstance(shown.app.screen, AccountMenu)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"colour": "red"}, "six digits"),
        ({"avatar": "/nonexistent.png"}, "cannot be read"),
        ({"avatar": "/dev/zero"}, "more than 4096 KiB"),
        ({"avatar": "/etc/passwd"}, "none of them"),
    ],
)
async def test_profile_says_what_cannot_be(values: dict[str, str], words: str) -> None:
    async with running(client()) as shown:
        await open_item(shown, "profile")
        await fill(shown, **values)
        await submit(shown)
        await shown.until(words)
        assert not asked(shown, "edit")


async def test_status_is_chosen_by_a_click_and_words_by_keys() -> None:
    async with running(client()) as shown:
        await open_item(shown, "status")
        await shown.click("⊖ busy")
        assert asked(shown, "status") == [("status", "dnd")]
        await shown.press("enter")
        await shown.type("hacking")
        before = time.time() * 1000
        await shown.press("enter")
        await shown.type("4h\n")
        ((_, text, end_ms),) = asked(shown, "custom status")
        assert text == "hacking"
        assert isinstance(end_ms, int)
        assert abs(end_ms - before - 4 * 3_600_000) < 60_000


async def test_status_says_which_time_cannot_be() -> None:
    async with running(client()) as shown:
        await open_item(shown, "status")
        await fill(shown, text="x", time="soon")
        await submit(shown)
        await shown.until("Write how long as")


async def test_password_is_changed_when_it_was_typed_the_same_twice() -> None:
    async with running(client()) as shown:
        await open_item(shown, "password")
        await fill(shown, current="old one", new="a new password", again="another password")
        await submit(shown)
        await shown.until("not typed the same twice")
        await fill(shown, new="short", again="short")
        await submit(shown)
        await shown.until("8 to 72 characters; this one has 5")
        await fill(shown, new="a new password", again="a new password")
        await submit(shown)
        assert asked(shown, "password") == [("password", "old one", "a new password")]
        assert "a new password" not in shown.text


async def test_codes_are_shown_once_and_copied() -> None:
    async with running(client()) as shown:
        await open_item(shown, "recovery")
        await shown.until("3 codes are left")
        await shown.type("secret\n")
        await shown.until("abcd-efgh-jkmn-pq9s")
        assert "copy them" in shown.text
        await shown.press("enter")
        assert "abcd-efgh-jkmn-pq2s" in shown.app.clipboard
        assert asked(shown, "codes") == [("codes", "secret")], "copying makes no others"


async def test_one_sign_in_is_ended_by_enter_and_all_others_by_a_button() -> None:
    async with running(client()) as shown:
        await open_item(shown, "sessions")
        await shown.until("this one")
        await fill(shown, password="secret")
        await shown.press("tab", "down", "enter")
        await shown.press("y")
        assert asked(shown, "end") == [("end", ("phone",), "secret")]
        await submit(shown)
        assert asked(shown, "end")[1:] == [("end", ("work",), "secret")]
        assert not asked(shown, "remove")


async def test_signing_out_here_too_leaves_the_account() -> None:
    async with running(client()) as shown:
        await open_item(shown, "sessions")
        await shown.click("everywhere, here too")
        await shown.press("y")
        assert asked(shown, "end") == [("end", ("here", "phone", "work"), "")]
        assert asked(shown, "remove") == [("remove", KEY)]


async def test_deletion_takes_the_name() -> None:
    async with running(client()) as shown:
        await open_item(shown, "deletion")
        await fill(shown, name="adda", password="secret")
        await submit(shown)
        await shown.until("to say that you mean it")
        assert not asked(shown, "delete")
        await fill(shown, name="ada")
        await submit(shown)
        assert asked(shown, "delete") == [("delete", "secret")]
        assert asked(shown, "remove") == [("remove", KEY)]


async def test_refusal_is_told_where_it_happened_and_nothing_is_lost() -> None:
    async with running(client()) as shown:
        shown.client.own.fault = RefusedError("Password does not match.\x1b[2J")
        await open_item(shown, "deletion")
        await fill(shown, name="ada", password="wrong")
        await submit(shown)
        await shown.until("Password does not match.")
        assert "\x1b" not in shown.text
        from textual.widgets import Input

        assert shown.app.screen.query_one("#name", Input).value == "ada"


async def test_recovery_is_hidden_where_the_server_has_none() -> None:
    async with running(client()) as shown:
        shown.client.state.features = frozenset()
        await shown.chat.run_by_id("chat.account")
        await shown.settle()
        assert "Recovery codes" not in shown.text


async def test_who_forgot_the_password_signs_in_by_a_code() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await shown.press("f5")
        await fill(shown, url="https://chat.example.org", login="ada")
        await shown.click("forgot it?")
        assert "https://chat.example.org" in shown.text
        await submit(shown)
        await shown.until("Fill in all four lines.")
        await fill(shown, code="abcd-efgh-jkmn-pqrs", fresh="a new password")
        await submit(shown)
        words = ("https://chat.example.org", "ada", "abcd-efgh-jkmn-pqrs", "a new password")
        assert asked(shown, "recover") == [("recover", *words)]
        assert isinstance(shown.app.screen, ChatScreen)


async def test_own_name_says_that_nothing_calls() -> None:
    async with running(client()) as shown:
        assert "no notices" not in shown.text
        await shown.chat.run_by_id("chat.toggle_quiet")
        await until_kept(shown, do_not_disturb=True)
        await shown.until("online · no notices")
        await shown.chat.run_by_id("chat.toggle_quiet")
        await until_kept(shown, do_not_disturb=False)
        await shown.settle()
        assert "online · no notices" not in shown.text


# Notifications.


async def choose(shown: Shown, label: str, *keys: str) -> None:
    await shown.click(label)
    await shown.press(*keys)
    await shown.settle()


async def test_levels_and_mutes_of_server_and_channel() -> None:
    async with running(client(), size=(120, 40)) as shown:
        await shown.chat.run_by_id("chat.notifications")
        await shown.settle()
        await choose(shown, "Calls for", "down", "enter")
        assert asked(shown, "guild level") == [("guild level", GUILD, Level.MENTIONS)]
        await choose(shown, "as the server", "end", "enter")
        assert asked(shown, "channel level") == [("channel level", GENERAL, Level.NOTHING)]
        await choose(shown, "@everyone")
        assert asked(shown, "suppress") == [("suppress", GUILD, True, False)]
        await choose(shown, "Muted", "enter")
        ((_, guild_id, end_ms),) = asked(shown, "mute guild")
        assert guild_id == GUILD
        assert isinstance(end_ms, int)
        assert 14 * 60_000 < end_ms - time.time() * 1000 < 16 * 60_000
        await choose(shown, "Muted", "end", "enter")
        assert asked(shown, "mute guild")[1:] == [("mute guild", GUILD, None)]


async def test_category_is_muted_with_all_that_is_in_it() -> None:
    async with running(client(), size=(120, 40)) as shown:
        put_category(shown)
        await shown.chat.run_by_id("chat.notifications")
        await shown.settle()
        assert "GENERAL PLANS" in shown.text
        await choose(shown, "Category muted", "end", "enter")
        assert asked(shown, "mute channel") == [("mute channel", PLANS, None)]
        muted = ChannelOverride(channel_id=Snowflake(PLANS), muted=True)
        settings = UserGuildSettings(guild_id=Snowflake(GUILD), channel_overrides=[muted])
        shown.client.state.guild_settings[GUILD] = settings
        await choose(shown, "Category muted", "enter")
        assert asked(shown, "unmute channel") == [("unmute channel", PLANS)]


async def test_another_server_can_be_chosen() -> None:
    async with running(client(), size=(120, 40)) as shown:
        await shown.chat.run_by_id("chat.notifications")
        await shown.settle()
        await choose(shown, "Another server", "end", "enter")
        assert "PRIVATE MESSAGES" in shown.text
        assert "#GENERAL" not in shown.text
        await choose(shown, "Muted", "end", "enter")
        assert asked(shown, "mute guild") == [("mute guild", 0, None)]


async def test_mute_shows_how_long_and_is_taken_back() -> None:
    async with running(client(), size=(120, 40)) as shown:
        end = MuteConfig(end_time=format_timestamp(int(time.time() * 1000) + 3_500_000))
        shown.client.state.guild_settings[GUILD] = UserGuildSettings(
            guild_id=Snowflake(GUILD), muted=True, mute_config=end
        )
        await shown.chat.run_by_id("chat.notifications")
        await shown.settle()
        assert "59 more minutes" in shown.text
        await choose(shown, "Muted", "enter")
        assert asked(shown, "unmute guild") == [("unmute guild", GUILD)]


async def test_settings_of_this_computer_are_kept_and_hold_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path))
    async with running(client()) as shown:
        await shown.chat.run_by_id("chat.notifications")
        await shown.settle()
        await choose(shown, "Do not disturb")
        await until_kept(shown, do_not_disturb=True)
        assert shown.chat.is_quiet
        await choose(shown, "Shown by", "down", "enter")
        await until_kept(shown, method="osc9")
        await choose(shown, "Quiet hours")
        await fill(shown, hours="nonsense")
        await submit(shown)
        await shown.until("Write two times of the day")
        await fill(shown, hours="22:00 - 07:00")
        await submit(shown)
        await until_kept(shown, quiet_hours="22:00-07:00")
        await shown.until("22:00-07:00")


async def until_kept(shown: Shown, **wanted: object) -> None:
    for _ in range(100):
        if all(getattr(shown.chat.settings.notifications, name) == value for name, value in wanted.items()):
            return
        await shown.pilot.pause(0.02)
    raise AssertionError(shown.chat.settings.notifications)


@pytest.mark.parametrize("name", ["menu", *ITEMS])
async def test_what_strangers_and_servers_say_is_text(name: str) -> None:
    fake = client()
    state = fake.state
    text = "".join(HOSTILE.values()) + "[bold]x[/nope]"
    assert state.me is not None
    state.me = msgspec.structs.replace(state.me, username=text, global_name=text, bio=text, pronouns=text)
    state.settings = msgspec.structs.replace(state.settings, custom_status=CustomStatus(text=text))
    guild = state.guilds[GUILD]
    guild.guild = msgspec.structs.replace(guild.guild, name=text, owner_id=Snowflake(ME))
    state.channels[GENERAL] = msgspec.structs.replace(state.channels[GENERAL], name=text)
    info = AuthClientInfo(os=text, platform=text, location=text)
    fake.own.listed = [AuthSession(id_hash="x", approx_last_used_time=text, client_info=info)]
    async with running(fake, size=(60, 20)) as shown:
        if name == "menu":
            await shown.chat.run_by_id("chat.account")
            await shown.settle()
        else:
            await open_item(shown, name)
        assert not isinstance(shown.app.screen, ChatScreen)
        assert not FORBIDDEN & set("".join(shown.lines()))
