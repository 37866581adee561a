"""The screen looks as it did when somebody last looked at it."""

import msgspec
import pytest
from textual.strip import Strip
from textual.widgets import Input, TextArea

from tests.tui.samples import FakeClient
from tests.tui.scenes import DARK, LIGHT, SCENES, THEMES, empty_client, sample_client
from tests.tui.screens import running
from tests.tui.snapshot import compare
from tuichat.client.state import State
from tuichat.config.schema import Settings, UiSettings

SIZES = {"120x36": (120, 36), "80x24": (80, 24), "60x20": (60, 20), "200x50": (200, 50)}
# Each pane, and one of each kind of screen and dialog; those of the others run in the second step.
# fmt: off
USUAL = (
    "conversation", "selected", "not_sent", "replying", "completing", "helping",
    "servers", "deleting", "channels", "members", "voice", "searching",
    "threads", "switching", "which_key", "palette", "call_page", "account_0",
    "guild_overview", "guild_role", "channel_overwrites", "soundboard", "voice_settings", "emoji_picker",
    "inbox",
)
# fmt: on
OTHER_SIZES = ("80x24", "60x20", "200x50")


@pytest.fixture(autouse=True)
def cursors_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the halves of a second, in which cursors come and go, out of the pictures."""
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda self: None)


@pytest.fixture(autouse=True)
def data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's folders out of the pictures."""
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ada/.local/share")
    monkeypatch.setattr("tuichat.tui.screens.invite.program", lambda: "tuichat")


async def snapshot(name: str, client: FakeClient, scene: str, size: tuple[int, int], settings: Settings) -> None:
    async with running(client, size=size, settings=settings) as shown:
        await SCENES[scene](shown)
        await shown.settle()
        before: list[Strip] = []
        now = shown.strips()
        while now != before:
            # A pane that comes or goes takes a layout more.
            await shown.pilot._wait_for_screen()
            await shown.pilot.pause(0.02)
            before, now = now, shown.strips()
        compare(name, now)


@pytest.mark.parametrize(
    "scene", [name if name in USUAL else pytest.param(name, marks=pytest.mark.slow) for name in SCENES]
)
async def test_scene(scene: str) -> None:
    await snapshot(f"{scene}-120x36", sample_client(), scene, SIZES["120x36"], DARK)


@pytest.mark.slow
@pytest.mark.parametrize("size", OTHER_SIZES)
@pytest.mark.parametrize("scene", SCENES)
async def test_scene_in_another_size(scene: str, size: str) -> None:
    name = f"{scene}-{size}" if size == "80x24" else f"{size}/{scene}"
    await snapshot(name, sample_client(), scene, SIZES[size], DARK)


@pytest.mark.slow
@pytest.mark.parametrize("size", OTHER_SIZES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scene", SCENES)
async def test_scene_in_another_theme(scene: str, theme: str, size: str) -> None:
    await snapshot(f"{theme}/{scene}-{size}", sample_client(), scene, SIZES[size], THEMES[theme])


@pytest.mark.parametrize("size", SIZES)
async def test_compact(size: str) -> None:
    settings = msgspec.structs.replace(DARK, ui=UiSettings(compact=True))
    await snapshot(f"compact-{size}", sample_client(), "conversation", SIZES[size], settings)


async def test_light_theme() -> None:
    await snapshot("light-120x36", sample_client(), "conversation", (120, 36), LIGHT)


async def test_empty_channel() -> None:
    await snapshot("empty-120x36", empty_client(), "selected", (120, 36), DARK)


async def test_nothing_is_known_yet() -> None:
    await snapshot("skeleton-120x36", FakeClient(State()), "selected", (120, 36), DARK)


async def test_sixteen_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv("TERM", "xterm-16color")
    await snapshot("sixteen-120x36", sample_client(), "selected", (120, 36), DARK)


async def test_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    await snapshot("no-colour-120x36", sample_client(), "selected", (120, 36), DARK)


async def test_a_call_in_sixteen_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv("TERM", "xterm-16color")
    await snapshot("call-sixteen-80x24", sample_client(), "call_page", (80, 24), DARK)


async def test_a_call_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    await snapshot("call-no-colour-80x24", sample_client(), "call_page", (80, 24), DARK)


async def test_completing_in_a_small_terminal() -> None:
    await snapshot("completing-60x20", sample_client(), "completing", (60, 20), DARK)
