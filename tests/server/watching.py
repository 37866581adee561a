"""Sessions that are watched: what each of them was told, and whether it names anything that it may not see."""

import re
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from tests.server.running import Account, GatewayClient, Payload
from tuichat.protocol.dispatch.events import EVENTS
from tuichat.protocol.intents import EVENT_INTENTS, is_delivered

Object = dict[str, Any]  # JSON as it came
# All of ours but that after which a session is told of speakers alone.
_EXTENSIONS = [name for name in EVENTS if name.startswith("TUICHAT_") and name != "TUICHAT_LIVE_ROOM_AUDIENCE"]
_NUMBER = re.compile(r"\d{5,20}")  # an id of a member list has up to ten digits
_OWN_EVENTS = {"GUILD_MEMBER_UPDATE", "VOICE_STATE_UPDATE"}  # one's own come whatever the intents say


class Session(msgspec.Struct):
    """One client at the gateway; `intents` None for a person, who gets everything. `told` is what was not judged yet."""

    name: str
    account: Account
    client: GatewayClient
    intents: int | None = None
    told: list[Payload] = []
    id: str = ""


class Watch:
    """Who may see what, and all sessions of those who are watched.

    `audiences` holds, by the name of a secret place, the names of those who may know of it at this moment; what is in a
    place is known by its id, its code or a word in it. What is in no place is no secret.
    """

    def __init__(self, stack: AsyncExitStack, caller: Account, lobby: str) -> None:
        """`caller` writes into `lobby`, a channel that every session sees, to find how far each has read."""
        self._stack = stack
        self._caller = caller
        self._lobby = lobby
        self.sessions: dict[str, Session] = {}
        self.audiences: dict[str, set[str]] = {}
        self.reserved: dict[str, set[str]] = {}  # dispatches that only these may get
        self.dispatched: set[str] = set()  # the names of all that came
        self._places: dict[str, str] = {}

    def hold_secret(self, place: str, *marks: str) -> None:
        """Know ids, codes and words as being in a place."""
        for mark in marks:
            self._places[mark] = place

    def share(self, *marks: str) -> None:
        """Know these as no secrets any more."""
        for mark in marks:
            del self._places[mark]

    async def connect(self, name: str, account: Account, intents: int | None = None) -> None:
        """Open a session, and judge what it is told first."""
        identify = _identify(intents)
        client = await self._stack.enter_async_context(account.connect(**identify))
        session_id = next(payload.d["session_id"] for payload in client.seen if payload.t == "READY")
        self.sessions[name] = Session(name, account, client, intents, list(client.seen), session_id)
        self.audiences[f"{name}'s own"] = {name}
        self.hold_secret(f"{name}'s own", session_id)
        await self.settle()

    async def settle(self) -> None:
        """Let every session read all that it was told up to now, and judge it."""
        mark = await self._caller.send(self._lobby, "until here")
        for session in self.sessions.values():
            while True:
                payload = await session.client.receive()
                session.told.append(payload)
                if payload.t == "MESSAGE_CREATE" and payload.d["id"] == mark.id:
                    break
        for session in self.sessions.values():
            for payload in session.told:
                self._learn(payload)
        faults = [fault for session in self.sessions.values() for fault in self._judge_session(session)]
        assert not faults, "\n".join(faults)

    async def hear(self, name: str, dispatch: str) -> Object:
        """Have a session read up to the next dispatch of this name, and return its body."""
        session = self.sessions[name]
        while True:
            payload = await session.client.receive()
            session.told.append(payload)
            if payload.t == dispatch:
                body: Object = payload.d
                return body

    async def read(self, paths: Iterable[str]) -> None:
        """Have everybody ask for all of these, and judge the answers."""
        faults = []
        for path in paths:
            for session in self.sessions.values():
                status, body = await session.account.raw("GET", path)
                assert status < 500, (session.name, path, body)
                if status == 200:
                    faults += [
                        f"{session.name} reads {fault} at GET {path}" for fault in self._secrets(session.name, body)
                    ]
        assert not faults, "\n".join(faults)

    async def begin_anew(self) -> None:
        """Judge what READY and the guilds after it tell everybody who connects at this moment."""
        for session in self.sessions.values():
            identify = _identify(session.intents)
            async with session.account.connect(**identify) as client:
                if session.intents is not None:
                    for _ in client.seen[-1].d["guilds"]:
                        await client.wait_for("GUILD_CREATE")
                faults = [
                    f"{session.name} is told {fault} by {payload.t}"
                    for payload in client.seen
                    for fault in self._secrets(session.name, msgspec.json.encode(payload.d))
                ]
                assert not faults, "\n".join(faults)

    def _learn(self, payload: Payload) -> None:
        """A message or thread of a secret place is a secret, too."""
        match payload.t:
            case "MESSAGE_CREATE":
                place = self._places.get(payload.d["channel_id"])
            case "THREAD_CREATE":
                place = self._places.get(payload.d["parent_id"])
            case _:
                return
        if place is not None:
            self._places.setdefault(payload.d["id"], place)

    def _judge_session(self, session: Session) -> list[str]:
        told, session.told = session.told, []
        faults = []
        for payload in told:
            if payload.t is None:
                continue
            self.dispatched.add(payload.t)
            body = msgspec.json.encode(payload.d)
            for fault in self._secrets(session.name, body):
                faults.append(f"{session.name} is told {fault} by {payload.t}: {body[:300]!r}")
            if session.name not in self.reserved.get(payload.t, {session.name}):
                faults.append(f"{session.name} gets {payload.t}: {body[:300]!r}")
            if session.intents is not None and not _is_asked_for(session, payload):
                faults.append(f"{session.name} gets {payload.t}, which its intents leave out")
        return faults

    def _secrets(self, name: str, body: bytes) -> Sequence[str]:
        """What of a body its reader may not know."""
        text = body.decode()
        marks = set(_NUMBER.findall(text)) & self._places.keys()
        marks |= {mark for mark in self._places if not mark.isdigit() and mark in text}
        return [
            f"{mark} of {self._places[mark]}"
            for mark in sorted(marks)
            if name not in self.audiences[self._places[mark]]
        ]


def _is_asked_for(session: Session, payload: Payload) -> bool:
    name, body = str(payload.t), payload.d
    if name not in EVENT_INTENTS:
        return True
    subject = body["user_id"] if name == "VOICE_STATE_UPDATE" else body.get("user", {}).get("id")
    if name in _OWN_EVENTS and subject == session.account.user_id:
        return True
    return is_delivered(name, session.intents or 0, in_guild="guild_id" in body or name.startswith("GUILD_"))


def _identify(intents: int | None) -> Object:
    return {"tuichat_events": _EXTENSIONS} | ({} if intents is None else {"intents": intents})
