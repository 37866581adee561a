"""The state that the sections of hikari's conformance share: one bot, its report, the guild and channel under test."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import hikari

from tests.conformance.environment import Environment
from tests.conformance.report import Report

EventT = TypeVar("EventT", bound=hikari.Event)
EVENT_TIMEOUT_S = 10.0


class HikariRun:
    """A hikari bot that knows its server by `rest_url` alone."""

    def __init__(self, environment: Environment, report: Report) -> None:
        self.environment = environment
        self.report = report
        self.bot = hikari.GatewayBot(
            environment.bot_token,
            rest_url=environment.api,
            intents=hikari.Intents.ALL,
            banner=None,
            logs="DEBUG" if environment.is_debugged else "ERROR",
            suppress_optimization_warning=True,
        )
        self.guild = hikari.Snowflake(environment.guild_id)
        self.channel = hikari.Snowflake(environment.channel_id)

    @property
    def rest(self) -> hikari.api.RESTClient:
        return self.bot.rest

    @property
    def me(self) -> hikari.OwnUser:
        user = self.bot.get_me()
        assert user is not None
        return user

    def expect(self, kind: type[EventT], holds: Callable[[EventT], object] = lambda _: True) -> "asyncio.Task[EventT]":
        """Begin to wait for an event, before it is caused."""
        waiting = self.bot.wait_for(kind, EVENT_TIMEOUT_S, lambda event: bool(holds(event)))
        return asyncio.create_task(waiting)

    async def code_of(self, work: Awaitable[object]) -> int | None:
        """Return the error code that something is refused with, None where it is not."""
        try:
            await work
        except hikari.ClientHTTPResponseError as error:
            return int(error.code)
        return None
