"""Hostile names and messages on every scene: nothing but text reaches the terminal, and every line has its width."""

import pytest

from tests.tui.finding_scenes import FINDING_SCENES
from tests.tui.guild_scenes import NAMED_BY_STRANGERS
from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.hostile_state import make_hostile
from tests.tui.samples import GRACE, FakeClient, message, sample_state
from tests.tui.scenes import DARK, Scene, deleting, inviting, replying, switching
from tests.tui.screens import running

AT_ONCE = 7  # texts: as many as there are channels
SHOWN_IN = (*FINDING_SCENES, *NAMED_BY_STRANGERS, switching, deleting, inviting, replying)
TEXTS = [text.encode("utf-8", "replace").decode() for text in HOSTILE.values()]


@pytest.mark.parametrize("scene", SHOWN_IN, ids=lambda scene: scene.__name__)
async def test_hostile_text_is_text_there(scene: Scene) -> None:
    for start in range(0, len(TEXTS), AT_ONCE):
        texts = TEXTS[start:] + TEXTS[:start]
        written = [message(GRACE, 9 - number, text, number=number) for number, text in enumerate(texts[:AT_ONCE])]
        fake = FakeClient(sample_state(written))
        make_hostile(fake, texts)
        async with running(fake, settings=DARK, size=(100, 30)) as shown:
            await scene(shown)
            await shown.settle()
            assert not FORBIDDEN & (set("".join(shown.lines())) | set(shown.app.title))
            assert all(strip.cell_length == 100 for strip in shown.strips())
