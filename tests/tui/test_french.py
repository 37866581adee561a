"""The screen in French looks as it did when somebody last looked at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.scenes import DARK, sample_client
from tests.tui.test_snapshots import snapshot
from tuichat.config.language import use_language
from tuichat.translation import Catalogue, use_catalogue

SHOWN = ("conversation", "selected", "not_sent", "helping", "servers", "deleting", "which_key", "inviting", "hallway")
USUAL = ("conversation", "which_key")  # the others run in the second step


@pytest.fixture(autouse=True)
def french(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ada/.local/share")
    monkeypatch.setattr("tuichat.tui.screens.invite.program", lambda: "tuichat")
    use_language("fr", {}, tmp_path)
    yield
    use_catalogue(Catalogue())


@pytest.mark.parametrize(
    "scene", [name if name in USUAL else pytest.param(name, marks=pytest.mark.slow) for name in SHOWN]
)
async def test_scene_in_french(scene: str) -> None:
    await snapshot(f"french/{scene}-80x24", sample_client(), scene, (80, 24), DARK)


async def test_the_smallest_terminal_in_french() -> None:
    await snapshot("french/selected-60x20", sample_client(), "selected", (60, 20), DARK)
