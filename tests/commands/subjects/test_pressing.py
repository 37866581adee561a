"""Buttons and menus of bots are pressed by their numbers and words."""

from dataclasses import dataclass, field, replace
from typing import cast

import msgspec
import pytest

from tests.client.builders import message
from tests.commands.fake_client import GENERAL, FakeClient, context
from tuichat.client.client import Client
from tuichat.commands.context import FoundMessage, Outcome
from tuichat.commands.engine import Engine
from tuichat.protocol import json
from tuichat.protocol.message import Message

ROW = (
    b'[{"type":1,"components":[{"type":2,"style":1,"label":"Deploy","custom_id":"go"},'
    b'{"type":2,"style":1,"label":"Wait","custom_id":"wait","disabled":true},'
    b'{"type":3,"custom_id":"where","placeholder":"Where","options":'
    b'[{"label":"Staging","value":"s"},{"label":"Production","value":"p"}]}]}]'
)


@dataclass
class FakeInteractions:
    pressed: list[tuple[str, list[str] | None]] = field(default_factory=list)

    async def press(self, item: Message, custom_id: str, kind: int, values: list[str] | None) -> None:
        self.pressed.append((custom_id, values))


class Bot:
    def __init__(self) -> None:
        self.client = FakeClient()
        self.interactions = FakeInteractions()
        self.client.interactions = self.interactions  # type: ignore[assignment]  # what /press asks of it
        components = json.decode(ROW, list[msgspec.Raw], source="a message")
        self.item = msgspec.structs.replace(message(1, "what now?"), components=components)

    async def submit(self, line: str) -> Outcome:
        found = FoundMessage(cast(Client, self.client), GENERAL, self.item)
        return await Engine().submit(line, replace(context(self.client), find_numbered=lambda _name: found))


@pytest.mark.parametrize(
    ("what", "pressed"),
    [
        ("Deploy", ("go", None)),
        ("deploy", ("go", None)),
        ("1", ("go", None)),
        ("Where Staging", ("where", ["s"])),
        ("3 production", ("where", ["p"])),
        ("3 2", ("where", ["p"])),
    ],
)
async def test_what_is_named_is_pressed(what: str, pressed: tuple[str, list[str] | None]) -> None:
    bot = Bot()
    assert (await bot.submit(f"/press 1 {what}")).is_done
    assert bot.interactions.pressed == [pressed]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("Stop", "What can be pressed: 1 Deploy, 2 Wait"),
        ("Wait", "cannot be pressed now"),
        ("3", "Staging, Production"),
    ],
)
async def test_what_cannot_be_pressed_is_told(what: str, told: str) -> None:
    bot = Bot()
    outcome = await bot.submit(f"/press 1 {what}")
    assert not outcome.is_done
    assert told in outcome.text
    assert not bot.interactions.pressed
