"""Hostile names, messages and answers on every scene: nothing but text reaches the terminal, and every line has its width."""

import itertools

import pytest

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.hostile_client import HostileClient
from tests.tui.hostile_state import make_hostile
from tests.tui.samples import GRACE, message, sample_state
from tests.tui.scenes import DARK, SCENES
from tests.tui.screens import running

ROUNDS = 2  # each begins half of the texts further on, so that every text comes to be some name and some message
SHOWN_MESSAGES = 7
USUAL = ("conversation", "switching", "replying")  # the others run in the second step
TEXTS = [text.encode("utf-8", "replace").decode() for text in HOSTILE.values()]


# All scenes there are: a new one is held to this from its first day.
@pytest.mark.parametrize(
    "scene", [name if name in USUAL else pytest.param(name, marks=pytest.mark.slow) for name in SCENES]
)
async def test_hostile_text_is_text_there(scene: str) -> None:
    for turn in range(ROUNDS):
        start = turn * len(TEXTS) // ROUNDS
        texts = TEXTS[start:] + TEXTS[:start]
        written = [
            message(GRACE, 9 - number, text, number=number) for number, text in enumerate(texts[:SHOWN_MESSAGES])
        ]
        client = HostileClient(sample_state(written), itertools.cycle(texts))
        make_hostile(client, texts)
        async with running(client, settings=DARK, size=(100, 30)) as shown:
            await SCENES[scene](shown)
            await shown.settle()
            assert not FORBIDDEN & (set("".join(shown.lines())) | set(shown.app.title))
            assert all(strip.cell_length == 100 for strip in shown.strips())
