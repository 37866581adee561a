"""A live room of thousands, against the real server on loopback: `python -m tests.benchmarks.live_room`.

A crowd joins one stage: for each a gateway session with op 4, the voice gateway's handshake and IP discovery over a socket of its
own. Told are the time to the last one connected, failures, what each kind of session was told, the server's processor time, and
the longest that a request had to wait for the event loop meanwhile. Then one of them, or three, speak: 120 bytes a frame, 50
frames a second. Processor time is that of the server's process, as the scheduler counts it, with all that it does beside
forwarding. A delay goes from the call that sends a packet to the kernel's stamp on its arrival. At last the number of listeners
is raised until packets are lost, p99 of the delay is over 20 ms, or the server has no core left. Where the server waited long
for a core, or packets were sent late, others had the machine: then processor time alone tells something.

Everything is bounded and ends by itself. The figures of README, each with the compiled helper and by Python alone:

    python -m tests.benchmarks.live_room --listeners 2000 --speakers 1 --raise-by 500 --most 6000
    python -m tests.benchmarks.live_room --listeners 500 --speakers 3

Small, to see that it works: `--listeners 20 --storm-seconds 1 --seconds 1`.
"""

import argparse
import asyncio
import contextlib
import http.client
import os
import resource
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from tests.benchmarks.forwarder import Sender, is_sound
from tests.benchmarks.large_guild import Place as Guild
from tests.benchmarks.large_guild import make_places
from tests.benchmarks.room_crowd import CrowdProcess, Heard, Person, Place, Storm
from tests.benchmarks.voice_load import FRAME_S, Outcome, Speaker, cpu_s, listening_socket, run_apart
from tests.system.fresh_home import FreshHome
from tests.system.server_process import ServerProcess
from tuichat.protocol.encryption import AES_GCM

MAX_P99_MS = 20.0
FULL_CORE = 0.95
WARM_UP_S = 1.0  # the room is told who speaks, and the first frames are held until then
JOIN_LIMIT_S = 60.0  # of one person's way into the room
DESCRIPTORS_EACH = 3  # of the crowd's process: two WebSockets, and the socket that it shares with us
SPARE_DESCRIPTORS = 200
PROBE_INTERVAL_S = 0.02
WATCHERS = 2  # an account of another client, and a bot: they are told of people, not of numbers


class Step(msgspec.Struct, frozen=True):
    """So many listeners were spoken to."""

    listeners: int
    speakers: int
    outcome: Outcome

    @property
    def core(self) -> float:
        """What forwarding took of one core while they spoke; what lagged behind is in it."""
        return self.outcome.cpu_s / (self.outcome.sent / self.speakers * FRAME_S)

    @property
    def lost(self) -> int:
        return self.outcome.expected - self.outcome.received

    def why_it_stops(self, max_p99_ms: float = MAX_P99_MS) -> str | None:
        if self.lost > 0:
            return f"{self.lost} packets were lost"
        if self.outcome.delay_ms(0.99) > max_p99_ms:
            return f"p99 of the delay is {self.outcome.delay_ms(0.99):.1f} ms"
        return "a core is full" if self.core > FULL_CORE else None


class Arrival(msgspec.Struct, frozen=True):
    """How a crowd came in, and what that cost."""

    storm: Storm
    people: int
    cpu_s: float
    wait_ms: float  # the longest that a request waited
    told: dict[str, dict[str, int]]  # by kind of session: the most that one of them was told, by name
    voice_told: dict[str, int]  # by kind: the most messages of the voice gateway


class Report(msgspec.Struct, frozen=True):
    arrival: Arrival
    steps: list[Step]


class Waits:
    """Asks the server for something small again and again, and keeps how long the longest answer took."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self.longest_ms = 0.0

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._parts.hostname or "", self._parts.port, timeout=30)
        while not self._is_over.wait(PROBE_INTERVAL_S):
            start_s = time.perf_counter()
            connection.request("GET", "/api/v10/gateway")
            connection.getresponse().read()
            self.longest_ms = max(self.longest_ms, (time.perf_counter() - start_s) * 1000)
        connection.close()

    def __enter__(self) -> "Waits":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join(30)


class Room:
    """A stage of a running server, and who may come into it: `speakers` first."""

    def __init__(self, server: ServerProcess, guild: Guild, crowd: CrowdProcess, sockets: list[socket.socket]) -> None:
        self.server = server
        self.guild = guild
        self.crowd = crowd
        self.sockets = sockets
        self.places: dict[int, Place] = {}
        self.senders: dict[int, Sender] = {}

    def watch(self) -> None:
        """Let those in who only watch at the gateway."""
        first = len(self.sockets)
        self._come(list(range(first, first + WATCHERS)), 0)

    def open(self, speakers: int) -> None:
        """Let the first ones in, take the stage live, and have them speak there."""
        self._come(list(range(speakers)), 0)
        stage_id = str(self.guild.stage_id)
        self._call(0, "POST", "/stage-instances", {"channel_id": stage_id, "topic": "Bees"})
        for number in range(1, speakers):
            path = f"/guilds/{self.guild.guild_id}/voice-states/"
            wish = {"channel_id": stage_id, "suppress": False}
            self._call(0, "PATCH", f"{path}{self.guild.user_ids[number]}", wish)
            self._call(number, "PATCH", f"{path}@me", wish)
        for number in range(speakers):
            self.senders[number] = Sender(self.places[number].ssrc, AES_GCM, self.places[number].key)

    def join(self, count: int, seconds: float) -> Arrival:
        """Let as many more come in within so many seconds."""
        start = max(self.places) + 1
        with Waits(self.server.base_url) as waits:
            before_s = cpu_s(self.server.pid)
            storm = self._come(list(range(start, start + count)), seconds)
            spent_s = cpu_s(self.server.pid) - before_s
        time.sleep(2.5)  # what is gathered is told
        told, voice_told = self._told()
        return Arrival(storm, count, spent_s, waits.longest_ms, told, voice_told)

    def speak(self, seconds: float) -> Step:
        """Let the speakers talk for so long to all who are here."""
        for number in self.senders:
            self.crowd.speak(number)
        self._talk(WARM_UP_S)
        return Step(len(self.places) - 1, len(self.senders), self._talk(seconds))

    def _talk(self, seconds: float) -> Outcome:
        speakers = {
            self.places[number].ssrc: Speaker(
                self.sockets[number], self.places[number].port, sender.packet, len(self.places) - 1
            )
            for number, sender in self.senders.items()
        }
        sockets = [self.sockets[number] for number in self.places]
        return run_apart(self.server.pid, speakers, sockets, seconds=seconds, is_sound=is_sound)

    def _come(self, numbers: list[int], seconds: float) -> Storm:
        storm = self.crowd.storm(numbers, seconds, JOIN_LIMIT_S)
        self.places |= {place.number: place for place in storm.places if place.number < len(self.sockets)}
        return storm

    def _told(self) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
        told: dict[str, dict[str, int]] = {}
        voice_told: dict[str, int] = {}
        for heard in self.crowd.heard():
            kind = self._kind(heard)
            most = told.setdefault(kind, {})
            for name, count in heard.dispatches.items():
                most[name] = max(most.get(name, 0), count)
            voice_told[kind] = max(voice_told.get(kind, 0), sum(heard.voice.values()))
        return told, voice_told

    def _kind(self, heard: Heard) -> str:
        if heard.number < len(self.sockets):
            return "speaker" if heard.number in self.senders else "listener"
        return "another client" if heard.number == len(self.sockets) else "bot"

    def _call(self, number: int, method: str, path: str, body: object) -> None:
        parts = urlsplit(self.server.base_url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {"Authorization": self.guild.tokens[number], "Content-Type": "application/json"}
        connection.request(method, f"/api/v10{path}", msgspec.json.encode(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 300, (path, answer.status, text)


def raise_descriptors(people: int) -> None:
    """Let this process and its children open as many files as so many people take. Raises SystemExit where they may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = people * DESCRIPTORS_EACH + SPARE_DESCRIPTORS
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SystemExit(f"{people} people take {needed} open files, and this system allows {hard} (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


@contextlib.contextmanager
def live_room(people: int, speakers: int, *, has_helper: bool) -> Iterator[Room]:
    """A server with a guild of so many, its stage live, and `speakers` of them speaking there."""
    raise_descriptors(people)
    with FreshHome() as home, contextlib.ExitStack() as stack:
        home.write_settings(f"[server]\nfast_voice = {str(has_helper).lower()}\n")
        data = home.folder / "server"
        (guild,) = asyncio.run(make_places(data, [people + WATCHERS + 2], online=people + 1))
        server = stack.enter_context(ServerProcess(home, "--no-rate-limits", data=data))
        sockets = [stack.enter_context(contextlib.closing(listening_socket())) for _ in range(people)]
        known = list(zip(guild.tokens, guild.user_ids, strict=False))
        persons = [Person(token, user_id, guild.guild_id, guild.stage_id) for token, user_id in known[:people]]
        persons.append(Person(known[people][0], known[people][1], guild.guild_id, None, asks=False))
        persons.append(Person(f"Bot {guild.bot_token}", 0, guild.guild_id, None, asks=False, is_bot=True))
        parts = urlsplit(server.base_url)
        crowd = CrowdProcess(parts.hostname or "", parts.port or 0, persons, sockets)
        stack.callback(crowd.close)
        room = Room(server, guild, crowd, sockets)
        room.watch()
        room.open(speakers)
        yield room


def measure(
    listeners: int,
    speakers: int,
    *,
    storm_seconds: float,
    seconds: float,
    has_helper: bool,
    raise_by: int = 0,
    most: int = 0,
    max_p99_ms: float = MAX_P99_MS,
) -> Report:
    """Let so many join, and speak to them; then to `raise_by` more, and more, up to `most`."""
    with live_room(max(listeners, most) + speakers, speakers, has_helper=has_helper) as room:
        arrival = room.join(listeners, storm_seconds)
        steps = [room.speak(seconds)]
        while raise_by and len(room.places) - speakers + raise_by <= most:
            if steps[-1].why_it_stops(max_p99_ms) is not None:
                break
            room.join(raise_by, storm_seconds * raise_by / listeners)
            steps.append(room.speak(seconds))
    return Report(arrival, steps)


def tell(report: Report, how: str, storm_seconds: float, max_p99_ms: float) -> None:
    arrival = report.arrival
    storm = arrival.storm
    came = len(storm.places)
    middle = storm.joined_s[came // 2] if came else 0.0
    print(
        f"{arrival.people} in {storm_seconds:g} s, {how}: {came} connected, the last one after {storm.last_s:.1f} s, one's way"
        f" took {middle * 1000:.0f} ms at p50 and {max(storm.joined_s, default=0) * 1000:.0f} at most; failures"
        f" {storm.failures or 'none'}, closed later {storm.closes or 'none'}; server"
        f" {arrival.cpu_s:.1f} s of CPU; the longest wait {arrival.wait_ms:.0f} ms"
    )
    for kind, told in sorted(arrival.told.items()):
        named = ", ".join(f"{name} {count}" for name, count in sorted(told.items()))
        print(f"  told a {kind} at most: {named}; by the voice gateway {arrival.voice_told[kind]} messages")
    print(
        "| listeners, speakers | us of CPU a packet out | % of a core | delay p50 ms | p99 ms | lost | sent late by, ms"
        " | waited for a core, % |\n|---|---|---|---|---|---|---|---|"
    )
    for step in report.steps:
        outcome = step.outcome
        print(
            f"| {step.listeners}, {step.speakers} | {outcome.us_per_packet:.1f} | {step.core * 100:.0f} |"
            f" {outcome.delay_ms(0.5):.2f} | {outcome.delay_ms(0.99):.2f} | {step.lost} of {outcome.expected} | {outcome.late_ms:.1f} |"
            f" {outcome.waited_s / outcome.wall_s * 100:.0f} |"
        )
    print(f"It stops there: {report.steps[-1].why_it_stops(max_p99_ms) or 'not yet'}.", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listeners", type=int, default=2000)
    parser.add_argument("--speakers", type=int, default=1)
    parser.add_argument("--storm-seconds", type=float, default=10.0, help="within which they come")
    parser.add_argument("--seconds", type=float, default=5.0, help="of speech, at each number of listeners")
    parser.add_argument("--raise-by", type=int, default=0, help="so many listeners more, until it stops")
    parser.add_argument("--most", type=int, default=0, help="never more listeners than that")
    parser.add_argument("--max-p99-ms", type=float, default=MAX_P99_MS, help="of the delay, before it stops")
    parser.add_argument("--no-helper", action="store_true", help="do without the compiled forwarder alone")
    parser.add_argument("--only-helper", action="store_true", help="with the compiled forwarder alone")
    options = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    for has_helper in (True, False):
        if options.no_helper if has_helper else options.only_helper:
            continue
        report = measure(
            options.listeners,
            options.speakers,
            storm_seconds=options.storm_seconds,
            seconds=options.seconds,
            has_helper=has_helper,
            raise_by=options.raise_by,
            most=options.most,
            max_p99_ms=options.max_p99_ms,
        )
        how = "the compiled helper" if has_helper else "Python alone"
        tell(report, how, options.storm_seconds, options.max_p99_ms)


if __name__ == "__main__":
    main()
