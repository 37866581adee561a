"""`kill -9` of the server at any moment loses nothing that it acknowledged, and repeats nothing."""

import asyncio
import random
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from tests.system.fresh_home import FreshHome
from tests.system.observer import Observer
from tests.system.rest_account import MessageObject, RefusedError, RestAccount, register
from tests.system.server_process import ServerProcess

ROUNDS = 20
WRITERS = 16
CHANNELS = 4
TEXT_CHANNEL = 0
UNKNOWN_MESSAGE = b"10008"


class Writer:
    """Sends, edits and deletes as fast as it is answered, and knows what the server acknowledged.

    What was not answered is asked again after the restart, a message with the same nonce.
    """

    def __init__(self, name: str, account: RestAccount, channel_id: str, choice: random.Random) -> None:
        self.name = name
        self.account = account
        self.channel_id = channel_id
        self.acknowledged: dict[str, str] = {}
        self.ids_in_order: list[str] = []
        self.deleted: set[str] = set()
        self.answers = 0
        self._choice = choice
        self._sent = 0
        self._unanswered: tuple[str, str, str] | None = None

    async def write(self, enough: asyncio.Event, goal: int) -> None:
        """Write until the server goes away; set `enough` after `goal` answers of this round."""
        start = self.answers
        while True:
            if self._unanswered is None:
                self._unanswered = self._next()
            try:
                await self.settle()
            except (aiohttp.ClientError, ConnectionError, TimeoutError):
                return
            if self.answers - start >= goal:
                enough.set()

    async def settle(self) -> None:
        """Have the open operation answered, if there is one."""
        if self._unanswered is None:
            return
        kind, target, text = self._unanswered
        if kind == "send":
            message = await self.account.send(self.channel_id, text, nonce=target)
            assert message.content == text
            assert message.id not in self.acknowledged, "two messages were given one id"
            self.acknowledged[message.id] = text
            self.ids_in_order.append(message.id)
        elif kind == "edit":
            path = f"/channels/{self.channel_id}/messages/{target}"
            edited = await self.account.call("PATCH", path, MessageObject, {"content": text})
            assert edited.content == text
            self.acknowledged[target] = text
        else:
            await self._delete(target)
            self.acknowledged.pop(target, None)
            self.deleted.add(target)
        self._unanswered = None
        self.answers += 1

    async def _delete(self, message_id: str) -> None:
        try:
            await self.account.do("DELETE", f"/channels/{self.channel_id}/messages/{message_id}")
        except RefusedError as error:
            # The deletion was done before the crash, and only its answer was lost.
            if UNKNOWN_MESSAGE not in error.body:
                raise

    def _next(self) -> tuple[str, str, str]:
        self._sent += 1
        roll = self._choice.random()
        if self.acknowledged and roll < 0.1:
            target = self._choice.choice(list(self.acknowledged))
            return "edit", target, f"{self.name} edits {self._sent}"
        if self.acknowledged and roll < 0.15:
            return "delete", self._choice.choice(list(self.acknowledged)), ""
        return "send", f"{self.name}-{self._sent}", f"{self.name} writes {self._sent}"


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_twenty_crashes_at_full_speed_lose_and_repeat_nothing() -> None:
    choice = random.Random()
    with FreshHome() as home, ServerProcess(home, "--registration", "open", "--no-rate-limits") as server:
        async with aiohttp.ClientSession() as http:
            writers = await make_writers(http, server, choice)
            observer = Observer(
                await join(http, server, "observer", await writers[0].account.invite(writers[0].channel_id))
            )
            for _ in range(ROUNDS):
                await write_and_crash(writers, observer, server, choice)
                server.start()
                for account in (observer.account, *(writer.account for writer in writers)):
                    account.api_url = server.api_url
            for writer in writers:
                await writer.settle()
            for writer in writers:
                await check_history(writer)
            await check_observed(observer, writers)
        assert server.stop() == 0, server.errors()
        check_database(server.data)
    total = sum(writer.answers for writer in writers)
    print(f"{total} acknowledged writes over {ROUNDS} crashes")
    assert total > ROUNDS * WRITERS


async def make_writers(http: aiohttp.ClientSession, server: ServerProcess, choice: random.Random) -> list[Writer]:
    owner = await register(http, server.api_url, "owner")
    guild = await owner.create_guild("Crash")
    first = await owner.text_channel(guild.id)
    channel_ids = [first.id]
    for number in range(1, CHANNELS):
        body = {"name": f"crash-{number}", "type": TEXT_CHANNEL}
        made = await owner.call("POST", f"/guilds/{guild.id}/channels", type(first), body)
        channel_ids.append(made.id)
    code = await owner.invite(first.id)
    writers = []
    for number in range(WRITERS):
        account = await join(http, server, f"writer{number}", code)
        writers.append(Writer(f"w{number}", account, channel_ids[number % CHANNELS], choice))
    return writers


async def join(http: aiohttp.ClientSession, server: ServerProcess, name: str, code: str) -> RestAccount:
    account = await register(http, server.api_url, name)
    await account.join(code)
    return account


async def write_and_crash(
    writers: list[Writer], observer: Observer, server: ServerProcess, choice: random.Random
) -> None:
    enough = asyncio.Event()
    goal = choice.randint(1, 60)
    async with asyncio.TaskGroup() as group:
        group.create_task(observer.watch())
        await asyncio.wait_for(observer.is_ready.wait(), 30)
        for writer in writers:
            group.create_task(writer.write(enough, goal))
        await asyncio.wait_for(enough.wait(), 60)
        # Anywhere within a write and its commit, not just after an answer.
        await asyncio.sleep(choice.random() * 0.02)
        server.kill()


async def check_history(writer: Writer) -> None:
    history = await writer.account.history(writer.channel_id)
    ids = [int(message.id) for message in history]
    assert ids == sorted(set(ids)), "ids in a channel must be strictly ordered"
    author = await writer.account.me()
    mine = [message for message in history if message.author.id == author.id and message.type == 0]
    found = {message.id: message.content for message in mine}
    lost = writer.acknowledged.keys() - found.keys()
    extra = found.keys() - writer.acknowledged.keys()
    assert not lost, f"acknowledged and lost: {[(i, writer.acknowledged[i]) for i in lost]}"
    assert not extra, f"there twice, or deleted and there again: {[(i, found[i]) for i in extra]}"
    assert found == writer.acknowledged, "an acknowledged edit was lost"
    assert len({message.content for message in mine}) == len(mine), "a message is there twice"
    in_order = [int(message_id) for message_id in writer.ids_in_order]
    assert in_order == sorted(set(in_order)), "ids must grow in the order in which they were acknowledged"


async def check_observed(observer: Observer, writers: list[Writer]) -> None:
    """What was published was on disk before, in one order, each message once."""
    ids = [int(event.id) for event in observer.created]
    assert ids == sorted(set(ids)), "messages must be published in the order of their ids, and once"
    assert observer.sequences_in_order
    there = {
        message.id
        for channel_id in {writer.channel_id for writer in writers}
        for message in await observer.account.history(channel_id)
    }
    gone = {message_id for writer in writers for message_id in writer.deleted}
    lost = {event.id for event in observer.created} - there - gone - observer.deleted
    assert not lost, f"published and lost: {lost}"
    assert len(ids) > ROUNDS * WRITERS


def check_database(folder: Path) -> None:
    databases = [path for path in folder.rglob("*") if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"]
    assert databases, f"no database in {folder}"
    for path in databases:
        connection = sqlite3.connect(path)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        finally:
            connection.close()
