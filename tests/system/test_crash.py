"""`kill -9` of the server at any moment loses nothing that it acknowledged, and repeats nothing."""

import asyncio
import hashlib
import io
import random
import shutil
from pathlib import Path
from urllib.parse import quote

import aiohttp
import msgspec
import pytest

from tests.system.fresh_home import FreshHome
from tests.system.observer import Observer
from tests.system.rest_account import MessageObject, RefusedError, RestAccount, register
from tests.system.server_process import ServerProcess
from tuichat.protocol.permissions import DEFAULT_EVERYONE, Permissions
from tuichat.server import data_check

ROUNDS = 50
CHECK_INTERVAL = 10  # rounds between two looks at a copy of what a crash left behind
WRITERS = 16
CHANNELS = 4
TEXT_CHANNEL = 0
MAX_GOAL = 25  # answers of the fastest writer in a round, at most
EMOJIS = ("\N{THUMBS UP SIGN}", "\N{FIRE}", "\N{PARTY POPPER}")
GONE = (b"10008", b"10014")  # unknown message, unknown emoji


class EmojiObject(msgspec.Struct, frozen=True):
    name: str


class ReactionObject(msgspec.Struct, frozen=True):
    emoji: EmojiObject
    count: int


class AttachmentObject(msgspec.Struct, frozen=True):
    id: str
    filename: str
    size: int
    url: str


class FullMessage(MessageObject, frozen=True):
    """A message with all that the writers add to it."""

    pinned: bool = False
    attachments: tuple[AttachmentObject, ...] = ()
    reactions: tuple[ReactionObject, ...] = ()


class Known(msgspec.Struct):
    """What the server acknowledged of one message."""

    text: str
    attachment: bytes | None = None
    is_pinned: bool = False
    emojis: set[str] = msgspec.field(default_factory=set)


class Writer:
    """Writes as fast as it is answered: messages, files, edits, reactions, pins, deletions. It knows what was acknowledged.

    What was not answered is asked again after the restart, a message with the same nonce.
    """

    def __init__(self, name: str, account: RestAccount, channel_id: str, choice: random.Random) -> None:
        self.name = name
        self.account = account
        self.channel_id = channel_id
        self.acknowledged: dict[str, Known] = {}
        self.ids_in_order: list[str] = []
        self.deleted: set[str] = set()
        self.answers = 0
        self.kinds: dict[str, int] = {}
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
        message = f"/channels/{self.channel_id}/messages/{target}"
        known = self.acknowledged.get(target)
        if kind == "send":
            self._note(await self.account.send(self.channel_id, text, nonce=target), text, None)
        elif kind == "upload":
            content = file_of(text)
            self._note(await self._upload(text, target, content), text, content)
        elif kind == "edit":
            assert known is not None
            edited = await self.account.call("PATCH", message, MessageObject, {"content": text})
            assert edited.content == text
            known.text = text
        elif kind == "delete":
            await self._again("DELETE", message)
            del self.acknowledged[target]
            self.deleted.add(target)
        elif kind == "pin":
            assert known is not None
            await self.account.do("PUT", f"/channels/{self.channel_id}/messages/pins/{target}")
            known.is_pinned = True
        else:
            assert known is not None
            method = "PUT" if kind == "react" else "DELETE"
            await self._again(method, f"{message}/reactions/{quote(text)}/@me")
            if kind == "react":
                known.emojis.add(text)
            else:
                known.emojis.discard(text)
        self._unanswered = None
        self.answers += 1
        self.kinds[kind] = self.kinds.get(kind, 0) + 1

    async def _upload(self, text: str, nonce: str, content: bytes) -> MessageObject:
        form = aiohttp.FormData()
        payload = {"content": text, "nonce": nonce, "enforce_nonce": True}
        form.add_field("payload_json", msgspec.json.encode(payload).decode(), content_type="application/json")
        form.add_field("files[0]", io.BytesIO(content), filename="file.bin", content_type="application/octet-stream")
        url = f"{self.account.api_url}/channels/{self.channel_id}/messages"
        headers = {"Authorization": self.account.authorization}
        async with self.account.http.post(url, data=form, headers=headers) as response:
            body = await response.read()
            if response.status != 200:
                raise RefusedError("POST", url, response.status, body)
            return msgspec.json.decode(body, type=MessageObject)

    async def _again(self, method: str, path: str) -> None:
        """Do what may have been done before the crash, with only its answer lost."""
        try:
            await self.account.do(method, path)
        except RefusedError as error:
            if method != "DELETE" or not any(code in error.body for code in GONE):
                raise

    def _note(self, message: MessageObject, text: str, content: bytes | None) -> None:
        assert message.content == text
        assert message.id not in self.acknowledged, "two messages were given one id"
        self.acknowledged[message.id] = Known(text, content)
        self.ids_in_order.append(message.id)

    def _next(self) -> tuple[str, str, str]:
        self._sent += 1
        roll = self._choice.random()
        nonce = f"{self.name}-{self._sent}"
        if roll < 0.1:
            return "upload", nonce, f"{self.name} uploads {self._sent}"
        if not self.acknowledged or roll > 0.45:
            return "send", nonce, f"{self.name} writes {self._sent}"
        target = self._choice.choice(list(self.acknowledged))
        if roll < 0.2:
            return "edit", target, f"{self.name} edits {self._sent}"
        if roll < 0.25:
            return "delete", target, ""
        if roll < 0.26:
            return "pin", target, ""
        emojis = self.acknowledged[target].emojis
        if emojis and roll < 0.32:
            return "unreact", target, self._choice.choice(sorted(emojis))
        return "react", target, self._choice.choice(EMOJIS)


def file_of(text: str) -> bytes:
    """A file that no other message has, of up to 16 kB."""
    seed = hashlib.sha256(text.encode()).digest()
    return seed * (1 + seed[0] * 2)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_fifty_crashes_at_full_speed_lose_and_repeat_nothing() -> None:
    choice = random.Random()
    with FreshHome() as home, ServerProcess(home, "--registration", "open", "--no-rate-limits") as server:
        async with aiohttp.ClientSession() as http:
            writers = await make_writers(http, server, choice)
            observer = Observer(
                await join(http, server, "observer", await writers[0].account.invite(writers[0].channel_id))
            )
            for number in range(1, ROUNDS + 1):
                await write_and_crash(writers, observer, server, choice)
                if number % CHECK_INTERVAL == 0:
                    check_copy(server.data, home.folder / f"copy-{number}")
                server.start()
                for account in (observer.account, *(writer.account for writer in writers)):
                    account.api_url = server.api_url
            for writer in writers:
                await writer.settle()
            for channel_id in {writer.channel_id for writer in writers}:
                await check_history(channel_id, [writer for writer in writers if writer.channel_id == channel_id])
            await check_observed(observer, writers)
        assert server.stop() == 0, server.errors()
        check_data(server.data)
    total = sum(writer.answers for writer in writers)
    kinds = {kind: sum(writer.kinds.get(kind, 0) for writer in writers) for kind in sorted(writers[0].kinds)}
    print(f"{total} acknowledged writes over {ROUNDS} crashes: {kinds}")
    assert total > ROUNDS * WRITERS


async def make_writers(http: aiohttp.ClientSession, server: ServerProcess, choice: random.Random) -> list[Writer]:
    owner = await register(http, server.api_url, "owner")
    guild = await owner.create_guild("Crash")
    first = await owner.text_channel(guild.id)
    everyone = {"permissions": str(int(DEFAULT_EVERYONE | Permissions.PIN_MESSAGES))}
    await owner.do("PATCH", f"/guilds/{guild.id}/roles/{guild.id}", everyone)
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
    goal = choice.randint(1, MAX_GOAL)
    async with asyncio.TaskGroup() as group:
        group.create_task(observer.watch())
        await asyncio.wait_for(observer.is_ready.wait(), 30)
        for writer in writers:
            group.create_task(writer.write(enough, goal))
        await asyncio.wait_for(enough.wait(), 60)
        # Anywhere within a write and its commit, not just after an answer.
        await asyncio.sleep(choice.random() * 0.02)
        server.kill()


async def check_history(channel_id: str, writers: list[Writer]) -> None:
    """What each writer was told stands in its channel, once, as it was told, and nothing else of it does."""
    history = await full_history(writers[0].account, channel_id)
    ids = [int(message.id) for message in history]
    assert ids == sorted(set(ids)), "ids in a channel must be strictly ordered"
    for writer in writers:
        author = await writer.account.me()
        found = {message.id: message for message in history if message.author.id == author.id and message.type == 0}
        lost = writer.acknowledged.keys() - found.keys()
        extra = found.keys() - writer.acknowledged.keys()
        assert not lost, f"acknowledged and lost: {[(i, writer.acknowledged[i]) for i in lost]}"
        assert not extra, f"there twice, or deleted and there again: {[(i, found[i]) for i in extra]}"
        texts = [message.content for message in found.values()]
        assert len(set(texts)) == len(texts), "a message is there twice"
        for message_id, known in writer.acknowledged.items():
            check_message(found[message_id], known)
        in_order = [int(message_id) for message_id in writer.ids_in_order]
        assert in_order == sorted(set(in_order)), "ids must grow in the order in which they were acknowledged"
        await check_files(writer, found)


def check_message(message: FullMessage, known: Known) -> None:
    assert message.content == known.text, "an acknowledged edit was lost"
    assert message.pinned is known.is_pinned, "an acknowledged pin was lost"
    reacted = {reaction.emoji.name: reaction.count for reaction in message.reactions}
    assert reacted == dict.fromkeys(known.emojis, 1), f"acknowledged reactions: {known.emojis}, there: {reacted}"
    sizes = [attachment.size for attachment in message.attachments]
    assert sizes == ([] if known.attachment is None else [len(known.attachment)]), "an acknowledged file was lost"


async def check_files(writer: Writer, found: dict[str, FullMessage]) -> None:
    """Files are what was sent; one of each writer is fetched, the rest is looked at by its hash."""
    for message_id, known in writer.acknowledged.items():
        if known.attachment is not None:
            async with writer.account.http.get(found[message_id].attachments[0].url) as response:
                assert await response.read() == known.attachment
            return


async def full_history(account: RestAccount, channel_id: str) -> list[FullMessage]:
    found: list[FullMessage] = []
    before = ""
    while page := await account.call("GET", f"/channels/{channel_id}/messages?limit=100{before}", list[FullMessage]):
        found += page
        before = f"&before={page[-1].id}"
    return found[::-1]


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
    assert len(ids) > ROUNDS * WRITERS // 4


def check_copy(data: Path, copy: Path) -> None:
    """Look at what a crash left behind as `tuichat admin check` does, before the server mends it."""
    shutil.copytree(data, copy)
    check_data(copy)
    shutil.rmtree(copy)


def check_data(data: Path) -> None:
    assert data_check.check_folder(data, lambda what: None) == []
