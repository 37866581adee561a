"""Runs the whole screen over accounts in memory, and reads what it shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot
from textual.strip import Strip

from tests.tui.samples import NOW, FakeAccounts, FakeClient
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.tui.app import TuichatApp
from tuichat.tui.screens.chat.screen import ChatScreen

WIDE, NARROW = (120, 36), (80, 24)
FRAME_S = 1 / 50  # a little longer than from one frame to the next


@dataclass
class Shown:
    """A running screen."""

    app: TuichatApp
    pilot: Pilot[int]
    client: FakeClient

    @property
    def chat(self) -> ChatScreen:
        return self.app.chat

    def strips(self) -> list[Strip]:
        return self.app.screen._compositor.render_strips()

    def lines(self) -> list[str]:
        return [strip.text for strip in self.strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines())

    def messages(self) -> list[str]:
        """Return the lines of the message list alone."""
        region = self.chat.messages.content_region
        return [strip.crop(region.x, region.right).text.rstrip() for strip in self.strips()[region.y : region.bottom]]

    def find(self, text: str) -> tuple[int, int]:
        """Return the column and row at which a text stands on the screen."""
        for row, line in enumerate(self.lines()):
            if text in line:
                from rich.cells import cell_len

                return cell_len(line[: line.index(text)]), row
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text}")

    async def click(self, text: str) -> None:
        column, row = self.find(text)
        await self.pilot.click(offset=(column, row))
        await self.settle()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        await self.press(*("space" if sign == " " else "enter" if sign == "\n" else sign for sign in text))

    async def until(self, text: str) -> None:
        """Wait until a text is on the screen: a notice comes in its own time."""
        for _ in range(200):
            if text in self.text:
                return
            await self.pilot.pause(0.01)
        self.find(text)

    async def settle(self) -> None:
        """Wait until every change is drawn."""
        await self.pilot.pause(FRAME_S)
        while self.chat.is_behind:
            await self.pilot.pause(0.01)
        await self.pilot.pause()


@asynccontextmanager
async def running(
    *clients: FakeClient, size: tuple[int, int] = WIDE, settings: Settings | None = None
) -> AsyncIterator[Shown]:
    async with running_accounts(FakeAccounts(*clients), size=size, settings=settings) as shown:
        yield shown


@asynccontextmanager
async def running_accounts(
    accounts: FakeAccounts, *, size: tuple[int, int] = WIDE, settings: Settings | None = None
) -> AsyncIterator[Shown]:
    app = TuichatApp(Profile("default"), settings or Settings(), accounts=accounts.as_accounts(), now=lambda: NOW)
    async with app.run_test(size=size, notifications=True) as pilot:
        shown = Shown(app, pilot, next(iter(accounts.clients.values())))
        await shown.settle()
        # Drafts, layout and the like are read in threads first; a key that comes before them may meet another focus.
        while not app.chat.is_attached or any(worker.group == "start" for worker in app.workers):
            await pilot.pause(0.01)
        await shown.settle()
        yield shown
