"""A crowd that goes into one stage, as a process of its own: a gateway session, a voice connection and a socket for media each.

It is discordload's WebSocket reader with what a listener does: IDENTIFY, op 4, the voice gateway's handshake, IP discovery. The
sockets for media are those of the process that it was forked from, which reads them once all are connected.
"""

import asyncio
import contextlib
import multiprocessing as mp
import socket
import time
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any

import msgspec
import uvloop

from tests.benchmarks.discordload import Receiver, Session, mono
from tuichat.protocol import discovery
from tuichat.protocol.encryption import AES_GCM
from tuichat.protocol.voice_extensions import SPEAKERS_ALONE

ASKED_EVENTS = ("TUICHAT_LIVE_ROOM_AUDIENCE",)
DISCOVERY_RETRY_S = 0.5
DISCOVERY_TRIES = 10
VOICE_PATH = "/?v=8"
GATEWAY_PATH = "/?v=10&encoding=json"
_MICROPHONE = 1


class Person(msgspec.Struct, frozen=True):
    """One who joins. `asks` for the numbers of audiences in place of the people, as our own clients do."""

    token: str
    user_id: int
    guild_id: int
    channel_id: int | None  # None: it only watches, at the gateway
    asks: bool = True
    is_bot: bool = False


class Place(msgspec.Struct, frozen=True):
    """What somebody has once it is connected."""

    number: int
    ssrc: int
    key: bytes
    port: int  # of the server, for media


class Storm(msgspec.Struct, frozen=True):
    """How a crowd came in. Seconds are from the first one's start; `joined_s` what each one's own way took."""

    places: list[Place]
    failures: dict[str, int]
    closes: dict[int, int]  # by code: connections that were closed so far, of whoever came before, too
    last_s: float
    joined_s: list[float]


class Heard(msgspec.Struct, frozen=True):
    """What came to a session since it was READY, by name, and to its voice connection, by opcode."""

    number: int
    dispatches: dict[str, int]
    voice: dict[int, int]


class _Ready(msgspec.Struct):
    session_id: str


class _Dispatch(msgspec.Struct):
    d: _Ready


class Member(Session):
    """One person's gateway session, which joins the stage as soon as it is READY."""

    def __init__(self, crowd: "Crowd", number: int) -> None:
        super().__init__(crowd.gateway, crowd.people[number].token)
        self.crowd = crowd
        self.number = number
        self.person = crowd.people[number]
        self.session_id = ""
        self.voice_token = ""
        self.heard: Counter[str] = Counter()
        self.place: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        self.voice: Voice | None = None

    def send(self, obj: dict[str, Any]) -> None:
        if obj["op"] == 2:
            body = obj["d"]
            body["tuichat_events"] = list(ASKED_EVENTS) if self.person.asks else []
            if self.person.is_bot:
                body["intents"] = 1 << 0 | 1 << 7
            else:
                del body["intents"]
        super().send(obj)  # type: ignore[no-untyped-call]

    def fail(self, why: str) -> None:
        super().fail(why)  # type: ignore[no-untyped-call]
        if not self.place.done():
            self.place.set_exception(ConnectionError(why))

    def message(self, p: bytes, now: int) -> None:
        if not self.t_ready:
            super().message(p, now)  # type: ignore[no-untyped-call]
            if self.t_ready:
                self.session_id = msgspec.json.decode(p, type=_Dispatch).d.session_id
                self._join()
            return
        start = p.find(b'"t":"') + 5
        if start < 5:  # no dispatch
            return
        name = p[start : p.find(b'"', start)].decode()
        self.heard[name] += 1
        if name == "VOICE_SERVER_UPDATE" and self.voice is None:
            told = msgspec.json.decode(p)["d"]
            self.voice_token = told["token"]
            self.crowd.dial(self)

    def _join(self) -> None:
        if self.person.channel_id is not None:
            where = {"guild_id": str(self.person.guild_id), "channel_id": str(self.person.channel_id)}
            self.send({"op": 4, "d": {**where, "self_mute": False, "self_deaf": False}})


class Voice(Session):
    """The voice connection of a member: done once it has its key."""

    def __init__(self, member: Member) -> None:
        super().__init__(member.crowd.voices, "")
        self.member = member
        self.sock = member.crowd.sockets[member.number]
        self.ssrc = 0
        self.media = ("", 0)
        self.tries = 0
        self.heard: Counter[int] = Counter()
        self.retry: asyncio.TimerHandle | None = None
        self.is_discovered = False

    def fail(self, why: str) -> None:
        self.member.fail(f"voice: {why}")

    def send(self, obj: dict[str, Any]) -> None:
        if obj["op"] == 1 and not isinstance(obj["d"], dict):  # the beat of the receiver
            obj = {"op": 3, "d": {"t": time.monotonic_ns() // 1_000_000, "seq_ack": self.seq or -1}}
        super().send(obj)  # type: ignore[no-untyped-call]

    def message(self, p: bytes, now: int) -> None:
        said = msgspec.json.decode(p)
        self.seq = said.get("seq", self.seq)
        self.heard[said["op"]] += 1
        match said["op"]:
            case 8:
                self.hb = said["d"]["heartbeat_interval"] / 1000
                member = self.member
                self.send(
                    {
                        "op": 0,
                        "d": {
                            "server_id": str(member.person.guild_id),
                            "user_id": str(member.person.user_id),
                            "session_id": member.session_id,
                            "token": member.voice_token,
                            "tuichat_features": [SPEAKERS_ALONE] if member.person.asks else [],
                        },
                    }
                )
                member.crowd.voices.beating.add(self)
            case 2:
                self.ssrc, self.media = said["d"]["ssrc"], (said["d"]["ip"], said["d"]["port"])
                asyncio.get_running_loop().add_reader(self.sock.fileno(), self._read)
                self._discover()
            case 4:
                self.t_ready = now
                key = bytes(said["d"]["secret_key"])
                if not self.member.place.done():
                    self.member.place.set_result(Place(self.member.number, self.ssrc, key, self.media[1]))

    def _discover(self) -> None:
        self.tries += 1
        if self.tries > DISCOVERY_TRIES:
            self.fail(f"no answer to {DISCOVERY_TRIES} discoveries")
            return
        self.sock.sendto(discovery.request(self.ssrc), self.media)
        self.retry = asyncio.get_running_loop().call_later(DISCOVERY_RETRY_S, self._discover)

    def _read(self) -> None:
        while not self.is_discovered:
            try:
                answer = discovery.parse_response(self.sock.recv(2048))
            except BlockingIOError:
                return
            if answer is None:
                continue
            self.is_discovered = True
            asyncio.get_running_loop().remove_reader(self.sock.fileno())
            if self.retry is not None:
                self.retry.cancel()
            data = {"address": answer[1], "port": answer[2], "mode": AES_GCM}
            self.send({"op": 1, "d": {"protocol": "udp", "data": data}})


class Crowd:
    """All of it, driven over a pipe. `sockets` are for the media of `people`, by number."""

    def __init__(self, host: str, port: int, people: list[Person], sockets: list[socket.socket]) -> None:
        self.host, self.port = host, port
        self.people = people
        self.sockets = sockets
        self.gateway, self.voices = (self._receiver(path) for path in (GATEWAY_PATH, VOICE_PATH))
        self.members: dict[int, Member] = {}
        self._dialing: set[asyncio.Task[object]] = set()

    def _receiver(self, path: str) -> Any:
        receiver = Receiver(None)  # type: ignore[no-untyped-call]
        receiver.ws_path, receiver.ws_host = path, f"{self.host}:{self.port}"
        return receiver

    def dial(self, member: Member) -> None:
        voice = member.voice = Voice(member)
        loop = asyncio.get_running_loop()
        task: asyncio.Task[object] = loop.create_task(loop.create_connection(lambda: voice, self.host, self.port))
        self._dialing.add(task)
        task.add_done_callback(self._dialed)

    def _dialed(self, task: "asyncio.Task[object]") -> None:
        self._dialing.discard(task)
        if not task.cancelled():
            task.exception()  # the member's own limit ends its way

    async def main(self, pipe: "Connection") -> None:
        beats = [asyncio.create_task(receiver.heartbeats()) for receiver in (self.gateway, self.voices)]
        loop = asyncio.get_running_loop()
        while True:
            order, arguments = await loop.run_in_executor(None, pipe.recv)
            if order == "quit":
                break
            answer = await getattr(self, order)(*arguments)
            await loop.run_in_executor(None, pipe.send, answer)
        for beat in beats:
            beat.cancel()

    async def storm(self, numbers: list[int], seconds: float, limit_s: float) -> Storm:
        """Let these come in, spread evenly over so many seconds."""
        began_ns = mono()
        results = await asyncio.gather(
            *(
                self._come(number, seconds * place / len(numbers), limit_s)
                for place, number in enumerate(numbers)
            ),
            return_exceptions=True,
        )  # fmt: skip
        last_s = (mono() - began_ns) / 1e9
        good = [each for each in results if isinstance(each, tuple)]
        failures = Counter(
            f"{type(each).__name__}: {str(each)[:80]}" for each in results if not isinstance(each, tuple)
        )
        closes = self.gateway.close_codes + self.voices.close_codes
        places, joined_s = [place for place, _ in good], sorted(seconds for _, seconds in good)
        return Storm(places, dict(failures), dict(closes), last_s, joined_s)

    async def _come(self, number: int, delay_s: float, limit_s: float) -> tuple[Place, float]:
        await asyncio.sleep(delay_s)
        start_ns = mono()
        async with asyncio.timeout(limit_s):
            member = self.members[number] = Member(self, number)
            await asyncio.get_running_loop().create_connection(lambda: member, self.host, self.port)
            if self.people[number].channel_id is None:
                await member.ready
                return Place(number, 0, b"", 0), (mono() - start_ns) / 1e9
            place = await member.place
        return place, (mono() - start_ns) / 1e9

    async def heard(self) -> list[Heard]:
        return [
            Heard(number, dict(member.heard), {} if member.voice is None else dict(member.voice.heard))
            for number, member in self.members.items()
        ]

    async def speak(self, number: int) -> None:
        """Say that one speaks, as clients do before their first packet."""
        voice = self.members[number].voice
        assert voice is not None
        voice.send({"op": 5, "d": {"speaking": _MICROPHONE, "delay": 0, "ssrc": voice.ssrc}})


def run(pipe: "Connection", host: str, port: int, people: list[Person], sockets: list[socket.socket]) -> None:
    uvloop.run(Crowd(host, port, people, sockets).main(pipe))


class CrowdProcess:
    """The other end of the pipe."""

    def __init__(self, host: str, port: int, people: list[Person], sockets: list[socket.socket]) -> None:
        context = mp.get_context("fork")  # it shares the sockets
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=run, args=(theirs, host, port, people, sockets), daemon=True)
        self._process.start()
        theirs.close()

    def storm(self, numbers: list[int], seconds: float, limit_s: float) -> Storm:
        answer = self._call("storm", numbers, seconds, limit_s)
        assert isinstance(answer, Storm)
        return answer

    def heard(self) -> list[Heard]:
        answer: list[Heard] = self._call("heard")  # type: ignore[assignment]  # what `Crowd.heard` gives
        return answer

    def speak(self, number: int) -> None:
        self._call("speak", number)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # it failed, and has said how
            self._pipe.send(("quit", ()))
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _call(self, order: str, *arguments: object) -> object:
        self._pipe.send((order, arguments))
        answer: object = self._pipe.recv()
        return answer
