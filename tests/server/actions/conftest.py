"""A server without sockets: a store, a clock that is set by hand, and people in a guild."""

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from pathlib import Path
from typing import TypeVar

import argon2
import msgspec
import pytest

from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.guild import Guild
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.private_channel import CreatePrivateChannelRequest
from tuichat.protocol.relationship import PutRelationshipRequest
from tuichat.protocol.rest.guild import CreateGuildRequest, RoleRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.accounts import Accounts
from tuichat.server.actions import directs, guilds, joining, messages, relationships, roles
from tuichat.server.actions.admin import AdminRequest, CreateAccount, execute
from tuichat.server.actions.context import Actor, Context, GuildState, open_context
from tuichat.server.actions.errors import ActionError
from tuichat.server.bus import Event, LocalBus
from tuichat.server.files.file_store import FileStore
from tuichat.server.options import Registration
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import UserRow
from tuichat.server.store.sqlite import SQLiteStore

T = TypeVar("T")
PASSWORD = "correct horse battery"
CHEAP_HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # tests hash often


class Clock:
    """The time in Unix milliseconds; it stands still until a test moves it."""

    def __init__(self) -> None:
        self.ms = time.time_ns() // 1_000_000

    def __call__(self) -> int:
        return self.ms


async def open_server(path: Path, published: list[Event], clock: Clock, registration: Registration) -> Context:
    bus = LocalBus()
    bus.subscribe(published.append)
    store = await SQLiteStore.open(path, publish=bus.publish)
    accounts = Accounts(store, now_ms=clock, hasher=CHEAP_HASHER)
    return await open_context(
        store,
        bus,
        files=FileStore.open(path.parent / "files"),
        accounts=accounts,
        registration=registration,
        now_ms=clock,
    )


class Town:
    """A guild: ada owns it, mod has a role above most, bob is a plain member, hush is timed out, eve is a stranger."""

    def __init__(self, ctx: Context, published: list[Event], clock: Clock) -> None:
        self.ctx = ctx
        self.published = published
        self.clock = clock
        self.people: dict[str, Actor] = {}

    async def found(self) -> None:
        for name in ("ada", "mod", "bob", "hush", "eve"):
            await self.add_person(name)
        guild = await guilds.create_guild(self.ctx, self.ada, CreateGuildRequest(name="Town"))
        self.guild_id = guild.id
        for name in ("mod", "bob", "hush"):
            await self.join(self.people[name])
        await self.give_role("mod", ALL_MODERATION)

    async def settle(self) -> None:
        """Find again who and what was founded, and time hush out for an hour."""
        users = {row.username: Actor(row.id) for row in self.ctx.users.all()}
        self.people = {name: users[name] for name in ("ada", "mod", "bob", "hush", "eve")}
        (state,) = self.ctx.guilds.all()
        self.guild_id = state.id
        self.mod_role = next(role.id for role in state.roles.values() if role.name == "mod")
        async with state.lock:
            quiet = msgspec.structs.replace(
                state.members[self.people["hush"].user_id], timeout_until_ms=self.clock.ms + 3_600_000
            )
            self.ctx.guilds.put_member(state, quiet)
        self.published.clear()

    async def add_person(self, name: str) -> Actor:
        answer = await execute(self.ctx, AdminRequest(CreateAccount(name, PASSWORD)))
        actor = self.people[name] = Actor(answer.accounts[0].id)
        return actor

    async def add_bot(self, name: str = "helper") -> Actor:
        """A bot that is a member."""
        row = UserRow(id=self.ctx.next_id(), username=name, name_key=name, is_bot=True)
        await self.ctx.store.write([Put(row)], before_publish=lambda: self.ctx.users.put(row))
        bot = self.people[name] = Actor(row.id, is_bot=True)
        await self.join(bot)
        return bot

    async def join(self, actor: Actor) -> None:
        async with self.state.lock:
            await joining.write(self.ctx, joining.join(self.ctx, self.state, actor.user_id))

    async def give_role(self, name: str, permissions: Permissions) -> Snowflake:
        role = await roles.create_role(
            self.ctx, self.ada, self.guild_id, RoleRequest(name=name, permissions=permissions)
        )
        await roles.add_member_role(self.ctx, self.ada, self.guild_id, self.people[name].user_id, role.id)
        return role.id

    @property
    def state(self) -> GuildState:
        state = self.ctx.guilds.get(self.guild_id)
        assert state is not None
        return state

    @property
    def ada(self) -> Actor:
        return self.people["ada"]

    @property
    def bob(self) -> Actor:
        return self.people["bob"]

    @property
    def eve(self) -> Actor:
        return self.people["eve"]

    @property
    def general(self) -> Snowflake:
        return self.channel("general")

    def channel(self, name: str) -> Snowflake:
        return next(row.id for row in self.state.channels.values() if row.name == name)

    async def say(self, content: str, by: Actor | None = None) -> Snowflake:
        message = await messages.create_message(
            self.ctx, by or self.ada, self.general, CreateMessageRequest(content=content)
        )
        return message.id

    def told(self, name: str) -> list[Event]:
        return [event for event in self.published if event.name == name]

    async def guild(self) -> Guild:
        return await guilds.get_guild(self.ctx, self.ada, self.guild_id)


ALL_MODERATION = (
    Permissions.MANAGE_MESSAGES
    | Permissions.MANAGE_CHANNELS
    | Permissions.MANAGE_ROLES
    | Permissions.MANAGE_NICKNAMES
    | Permissions.MANAGE_GUILD
    | Permissions.KICK_MEMBERS
    | Permissions.MODERATE_MEMBERS
)


async def found_town(path: Path) -> None:
    founded = Town(await open_server(path, [], Clock(), Registration.INVITE), [], Clock())
    await founded.found()
    await founded.ctx.store.close()
    founded.ctx.accounts.close()


@pytest.fixture(scope="session")
def founded_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the town in it, made once: each test gets a copy."""
    path = tmp_path_factory.mktemp("town") / DATABASE_NAME
    asyncio.run(found_town(path))
    return path


@pytest.fixture
async def town(tmp_path: Path, founded_database: Path) -> AsyncIterator[Town]:
    shutil.copy(founded_database, tmp_path / DATABASE_NAME)
    published: list[Event] = []
    clock = Clock()
    ctx = await open_server(tmp_path / DATABASE_NAME, published, clock, Registration.INVITE)
    founded = Town(ctx, published, clock)
    await founded.settle()
    yield founded
    await ctx.store.close()
    ctx.accounts.close()


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Town]:
    """A server on which there is nothing yet; registration is open."""
    published: list[Event] = []
    clock = Clock()
    ctx = await open_server(tmp_path / DATABASE_NAME, published, clock, Registration.OPEN)
    yield Town(ctx, published, clock)
    await ctx.store.close()
    ctx.accounts.close()


@contextlib.contextmanager
def refused(code: int, status: int | None = None) -> Iterator[pytest.ExceptionInfo[ActionError]]:
    """Expect an action to be refused with one of Discord's codes."""
    with pytest.raises(ActionError) as caught:
        yield caught
    assert caught.value.code == code, caught.value.encode()
    if status is not None:
        assert caught.value.status == status


async def outcome(action: Awaitable[T]) -> T | int:
    """What an action answers, or the code it is refused with: for tables."""
    try:
        return await action
    except ActionError as refusal:
        return refusal.code


async def befriend(town: Town, name: str, other: str) -> None:
    """Make two people friends."""
    ask = PutRelationshipRequest()
    await relationships.put_relationship(town.ctx, town.people[name], town.people[other].user_id, ask)
    await relationships.put_relationship(town.ctx, town.people[other], town.people[name].user_id, ask)
    town.published.clear()


async def open_direct(town: Town, name: str, other: str) -> Snowflake:
    """Open the direct message of two people, by the first."""
    request = CreatePrivateChannelRequest(recipients=[town.people[other].user_id])
    return (await directs.open_direct(town.ctx, town.people[name], request)).id
