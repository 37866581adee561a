"""Our forwarder as a process of its own, for a load: `python -m tests.benchmarks.forwarder_process`.

It reads one line of JSON (`Wanted`), and answers with one (`Given`); it ends with its standard input.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
import uvloop

from tuichat.protocol.snowflake import Snowflake
from tuichat.server import garbage
from tuichat.server.actions.voice_rooms import VoicePlace
from tuichat.server.voice.participant import Departure, Participant
from tuichat.server.voice.voice_server import VoiceServer


class WantedPerson(msgspec.Struct, frozen=True):
    channel_id: int
    key: str  # hexadecimal
    mode: str
    port: int  # of 127.0.0.1


class Wanted(msgspec.Struct, frozen=True):
    people: list[WantedPerson]
    helper_folder: str | None = None  # of the compiled forwarder


class Given(msgspec.Struct, frozen=True):
    port: int
    ssrcs: list[int]


class Quiet:
    """The voice gateway's end of somebody who has no WebSocket."""

    def people_joined(self, user_ids: list[int]) -> None: ...
    def person_left(self, user_id: int) -> None: ...
    def speaking(self, user_id: int, ssrc: int, bits: int) -> None: ...
    def ended(self, departure: Departure) -> None: ...


def admit(voice: VoiceServer, user_id: int, person: WantedPerson) -> int:
    """Let somebody in as the voice gateway would, and return the SSRC."""
    place = VoicePlace(
        server_id=Snowflake(1),
        channel_id=Snowflake(person.channel_id),
        user_id=Snowflake(user_id),
        session_id="load",
    )
    token = voice.rooms.grant(place, "ws://localhost").token
    participant = voice.rooms.admit(1, user_id, "load", token, signals=Quiet(), features=frozenset())
    assert isinstance(participant, Participant)
    participant.set_keys(person.mode, bytes.fromhex(person.key))
    voice.rooms.bind(participant, ("127.0.0.1", person.port))
    participant.announced = 1  # long ago
    voice.rooms.enter(participant)
    return participant.ssrc


async def serve() -> None:
    loop = asyncio.get_running_loop()
    wanted = msgspec.json.decode(await loop.run_in_executor(None, sys.stdin.readline), type=Wanted)
    folder = None if wanted.helper_folder is None else Path(wanted.helper_folder)
    voice = await VoiceServer.open(
        host="127.0.0.1", voice_host=None, voice_port=None, has_limits=True, helper_folder=folder
    )
    running = asyncio.create_task(voice.gateway.run())
    ssrcs = [admit(voice, number + 1, person) for number, person in enumerate(wanted.people)]
    garbage.calm()
    sys.stdout.write(msgspec.json.encode(Given(voice.media.port, ssrcs)).decode() + "\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.readline)
    running.cancel()
    voice.close()


if __name__ == "__main__":
    uvloop.run(serve())
