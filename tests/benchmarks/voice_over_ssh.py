"""A call over ssh and bad lines: `python -m tests.benchmarks.voice_over_ssh [--quick] [--only WAY] [--loss N] [--seconds N]`.

Anna is logged in from a laptop to a host, and talks with Ben, who is on the host's own network, as the server is. Her voice process
runs on the host, her ears are on the laptop, behind an emulated line and a real ssh: `direct` lets her laptop reach the server by UDP,
`ssh` lets nothing but ssh through, `here` has neither line nor ssh. `pulse` forwards the laptop's PulseAudio instead.

Both speak all the time with espeak-ng's voices. A delay is from the callback of a microphone to that of a speaker, found by correlation;
the worse of the two directions is told. Bytes are those of the line, ssh, TCP and IP included.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.mouth_to_ear import Heard, Recorder, timed_delays
from tests.benchmarks.voice_quality import VOICES, speak
from tests.benchmarks.voice_room import Caller, VoiceRoom, voice_room
from tests.client.waiting import until
from tests.link.link import HOST_ADDRESS, Link, difference
from tests.link.relay import Carried
from tests.link.stream import Site, ssh_over_link
from tests.ssh.host import Account, read_line
from tests.ssh.laptop import end_group
from tests.ssh.lent_sound import lent_sound
from tests.voice.pulse import PulseServer, pulse_server
from tuichat.voice.audio_protocol import AudioState, ChooseInput, ChooseOutput, SetGate
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.place_protocol import HERE, PlacesChanged
from tuichat.voice.sample_queues import CHUNK_SAMPLES

GOAL_ADDED_MS = 40.0  # beyond half of the round trip, without loss
GOAL_SPEECH_KBIT_S, GOAL_SILENCE_KBIT_S = 80.0, 12.0
GOAL_RECOVERED_S = 1.0
SETTLING_S = 9.0  # the window from which a buffer learns the line is eight seconds
FALLING_SILENT_S = 3.0
REACH_S = 2.0  # no delay is longer
BACK_MS = 40.0  # beyond the median before a stall: it is over
STALL_S = 5.0
LONGEST_S = 900.0
PULSE_SOCKET = "pulse.sock"
ENGINE = (sys.executable, "-P", "-m", "tuichat.voice.engine")
CLOCKED = (sys.executable, "-m", "tests.benchmarks.clocked_engine")


@dataclass(frozen=True)
class Line:
    """How the line is in one row."""

    rtt_ms: float
    loss: float = 0.0
    rate_bits_s: int = 0

    def __str__(self) -> str:
        rate = f", {self.rate_bits_s // 1000} kbit/s" if self.rate_bits_s else ""
        return f"{self.rtt_ms:g} ms, {100 * self.loss:g} %{rate}"

    def lay(self, link: Link, *, blocks_udp: bool) -> None:
        link.set_state(rtt_ms=self.rtt_ms, loss=self.loss, rate_bits_s=self.rate_bits_s, blocks_udp=blocks_udp)


LINES = (
    *(Line(rtt_ms) for rtt_ms in (10, 50, 100, 200)),
    Line(50, 0.0, 256_000),
    *(Line(rtt_ms, loss) for loss in (0.01, 0.03) for rtt_ms in (10, 50, 100, 200)),
)
QUICK = (Line(10), Line(100), Line(100, 0.01))
STALLED = Line(50)


class Span(NamedTuple):
    """Of time.monotonic()."""

    began_s: float
    ended_s: float


@dataclass
class Row:
    """What was measured of one line by one way."""

    way: str
    line: Line | None
    speech: Span
    concealed: float = 0.0  # the worse of the two ends
    speech_kbit_s: tuple[float, float] = (0.0, 0.0)  # what the laptop sent, and what it was sent
    silence_kbit_s: tuple[float, float] = (0.0, 0.0)
    path: MediaPath = MediaPath.NONE
    delays_ms: dict[str, list[float]] = field(default_factory=dict)

    @property
    def worse(self) -> tuple[float, float]:
        """The median and 95th percentile of the direction whose median is longer."""
        found = [
            (float(np.percentile(delays, 50)), float(np.percentile(delays, 95)))
            for delays in self.delays_ms.values()
            if delays
        ]
        return max(found) if len(found) == len(self.delays_ms) else (float("inf"), float("inf"))


class StallRow(NamedTuple):
    """A stall of STALL_S: seconds from its end until the voice is there again at its usual delay, by direction."""

    way: str
    is_lost: bool
    span: Span  # from the stall's end on
    before: Span


def kbit_s(before: Carried, after: Carried, seconds: float) -> tuple[float, float]:
    there, back = difference(after.there, before.there), difference(after.back, before.back)
    return there.sent_bytes * 8 / 1000 / seconds, back.sent_bytes * 8 / 1000 / seconds


def concealed_now(caller: Caller) -> float:
    call = caller.client.voice.call
    return call.statistics.concealed if call is not None and call.statistics is not None else 0.0


def path_of(caller: Caller) -> MediaPath:
    call = caller.client.voice.call
    return MediaPath.NONE if call is None else call.path


def use_gates(room: VoiceRoom, *, is_speaking: bool) -> None:
    for caller in room.callers:
        caller.engine.ask(SetGate("voice" if is_speaking else "push_to_talk"))


async def listen(room: VoiceRoom, seconds: float) -> float:
    """Return the share of what was concealed at the worse end."""
    shares: list[list[float]] = []
    for _ in range(int(seconds)):
        await asyncio.sleep(1)
        shares.append([concealed_now(caller) for caller in room.callers])
    return float(np.mean(shares, axis=0).max())


class Call:
    """Anna and Ben in the call, by one way. `measure` and `stall` note when what was said; `found` reads it when all is over."""

    def __init__(self, room: VoiceRoom, folder: Path, way: str, link: Link | None, seconds: float) -> None:
        self.room = room
        self.folder = folder
        self.way = way
        self.link = link
        self.seconds = seconds
        self.rows: list[Row] = []
        self.stalls: list[StallRow] = []
        self.recorders: tuple[Recorder, Recorder] | None = None
        """Of the laptop's microphone and loudspeaker, where its sound server is what is forwarded."""

    def end_recorders(self) -> None:
        """Write what they recorded as the log of a voice process is written."""
        if self.recorders is not None:
            mouth, ear = (recorder.end() for recorder in self.recorders)
            np.savez(
                self.folder / "anna.npz",
                captured=mouth.samples,
                captured_s=mouth.chunk_s,
                played=ear.samples,
                played_s=ear.chunk_s,
            )

    async def measure(self, line: Line | None) -> None:
        if line is not None and self.link is not None:
            line.lay(self.link, blocks_udp=self.way == "ssh")
        use_gates(self.room, is_speaking=True)
        await asyncio.sleep(SETTLING_S)
        before, began_s = self._carried(), time.monotonic()
        concealed = await listen(self.room, self.seconds)
        after, ended_s = self._carried(), time.monotonic()
        row = Row(self.way, line, Span(began_s, ended_s), concealed, path=path_of(self.room.callers[0]))
        if before is not None and after is not None:
            row.speech_kbit_s = kbit_s(before, after, ended_s - began_s)
            use_gates(self.room, is_speaking=False)
            await asyncio.sleep(FALLING_SILENT_S)
            before, began_s = self.link_carried(), time.monotonic()
            await asyncio.sleep(self.seconds / 2)
            row.silence_kbit_s = kbit_s(before, self.link_carried(), time.monotonic() - began_s)
        self.rows.append(row)

    async def stall(self, *, is_lost: bool) -> None:
        assert self.link is not None
        STALLED.lay(self.link, blocks_udp=self.way == "ssh")
        use_gates(self.room, is_speaking=True)
        await asyncio.sleep(SETTLING_S)
        began_s = time.monotonic()
        await asyncio.sleep(self.seconds / 2)
        stalled_s = time.monotonic()
        self.link.stall(STALL_S, is_lost=is_lost)
        await asyncio.sleep(STALL_S + self.seconds / 2 + 3)
        end_s = stalled_s + STALL_S
        self.stalls.append(StallRow(self.way, is_lost, Span(end_s, time.monotonic()), Span(began_s, stalled_s)))

    def found(self) -> dict[str, list[tuple[float, float]]]:
        """Return by direction when each moment of speech was heard, and its delay; the voice processes are over by now."""
        return {
            f"{mouth} to {ear}": heard_delays(self.folder / mouth, self.folder / ear)
            for mouth, ear in (("anna", "ben"), ("ben", "anna"))
        }

    def link_carried(self) -> Carried:
        assert self.link is not None
        return self.link.carried

    def _carried(self) -> Carried | None:
        return None if self.link is None else self.link.carried


def heard_delays(mouth: Path, ear: Path) -> list[tuple[float, float]]:
    said_log, heard_log = np.load(mouth.with_suffix(".npz")), np.load(ear.with_suffix(".npz"))
    if "captured" in said_log:
        said = said_log["captured"]
    else:
        original = np.frombuffer(mouth.with_suffix(".raw").read_bytes(), np.int16)
        said = np.concatenate([original[at : at + CHUNK_SAMPLES] for at in said_log["captured_at"]])
    return timed_delays(Heard(said, said_log["captured_s"]), Heard(heard_log["played"], heard_log["played_s"]), REACH_S)


def engine_of(folder: Path, name: str) -> list[str]:
    return [*CLOCKED, "--microphone", str(folder / f"{name}.raw"), "--log", str(folder / f"{name}.npz")]


def write_voices(folder: Path) -> None:
    for name, voice in zip(("anna", "ben"), VOICES, strict=False):
        (folder / f"{name}.raw").write_bytes((speak(*voice) * 32767).astype(np.int16).tobytes())


async def until_on_laptop(anna: Caller) -> None:
    """Wait until the sound is on the laptop."""

    def is_there() -> bool:
        told = [report for report in anna.reports if isinstance(report, PlacesChanged)]
        return bool(told) and told[-1].key != HERE

    await until(is_there, 30.0)


async def hold(
    way: str, lines: Sequence[Line], site: Site | None, seconds: float, *, stalls: Sequence[bool] = ()
) -> tuple[list[Row], list[tuple[StallRow, dict[str, float]]]]:
    """Be in one call over each of these lines, then through these stalls, lost ones where True, and return what was measured."""
    with tempfile.TemporaryDirectory(prefix="tc-ssh-") as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        write_voices(folder)
        commands = {name: engine_of(folder, name) for name in ("anna", "ben")}
        arguments: tuple[str, ...] = ()
        pulse: ForwardedPulse | None = None
        if site is not None:
            stack.enter_context(site.link.host.entered())
            lines[0].lay(site.link, blocks_udp=way == "ssh")
            # With the uid 0, so that this process can be hers there.
            account = site.host.add_account("bash", f"anna{len(site.host.accounts)}", uid=0)
            site.laptop.know(account, account.name)
            words = ["env", "-u", "XDG_RUNTIME_DIR", f"HOME={account.folder}"]
            if way == "pulse":
                pulse = stack.enter_context(forwarded_pulse(site, account, folder))
                words.append(f"PULSE_SERVER=unix:{account.folder / PULSE_SOCKET}")
                words.append(f"PULSE_CLIENTCONFIG={folder / 'client.conf'}")
            else:
                stack.enter_context(lent_sound(site.laptop, account, account.name, commands["anna"]))
            commands["anna"] = [*words, *ENGINE]
            arguments = ("--voice-host", HOST_ADDRESS)
        async with voice_room(("anna", "ben"), commands.__getitem__, *arguments) as room:
            call = Call(room, folder, way, None if site is None else site.link, seconds)
            anna = room.callers[0]
            if pulse is not None:
                anna.engine.ask(ChooseInput("mouth.monitor"))
                anna.engine.ask(ChooseOutput("ear"))
            elif site is not None:
                anna.engine.start()
                await until_on_laptop(anna)
            await room.join_all()
            for caller in room.callers:
                await until(lambda caller=caller: has_microphone(caller))  # type: ignore[misc]  # mypy knows no types of a lambda's defaults
            if pulse is not None:
                call.recorders = pulse.begin()
            for line in lines:
                await call.measure(line)
            if site is None:
                await call.measure(None)
            for is_lost in stalls:
                await call.stall(is_lost=is_lost)
            call.end_recorders()
        await until(lambda: all((folder / f"{name}.npz").exists() for name in ("anna", "ben")))
        stack.close()  # the laptop's engine has written all by the end of its bridge
        found = await asyncio.to_thread(call.found)
    for row in call.rows:
        row.delays_ms = {way: within(delays, row.speech) for way, delays in found.items()}
    return call.rows, [(stalled, recovered_s(stalled, found)) for stalled in call.stalls]


class ForwardedPulse:
    """The sound server of Anna's laptop, and what she says into it."""

    def __init__(self, server: PulseServer, voice: Path) -> None:
        self._server = server
        self._voice = np.frombuffer(voice.read_bytes(), np.int16)
        self._speaking: subprocess.Popen[bytes] | None = None

    def begin(self) -> tuple[Recorder, Recorder]:
        """Speak on and on, and record both ways."""
        self._speaking = self._server.play(np.tile(self._voice, int(LONGEST_S * 48_000 / self._voice.size)), "mouth")
        return Recorder(self._server, "mouth.monitor"), Recorder(self._server, "ear.monitor")

    def end(self) -> None:
        if self._speaking is not None:
            self._speaking.kill()
            self._speaking.wait()


@contextlib.contextmanager
def forwarded_pulse(site: Site, account: Account, folder: Path) -> Iterator[ForwardedPulse]:
    """Forward the laptop's sound server to the host by ssh, with the two settings that it needs there."""
    (folder / "client.conf").write_text("enable-shm = no\nenable-memfd = no\nautospawn = no\n")
    with pulse_server(folder / "pulse") as server:
        for name in ("mouth", "ear"):
            server.add_sink(name)
        there, local = account.home / PULSE_SOCKET, folder / "pulse" / "native"
        login = site.laptop.start("ssh", "-tt", "-R", f"{there}:{local}", account.name, "echo here; exec cat")
        pulse = ForwardedPulse(server, folder / "anna.raw")
        try:
            assert read_line(login.stdout).endswith("here"), site.laptop.errors
            yield pulse
        finally:
            pulse.end()
            end_group(login)


def has_microphone(caller: Caller) -> bool:
    states = [report for report in caller.reports if isinstance(report, AudioState)]
    return bool(states) and states[-1].input_name is not None


def within(delays: list[tuple[float, float]], span: Span) -> list[float]:
    return [delay_ms for heard_s, delay_ms in delays if span.began_s <= heard_s < span.ended_s]


def recovered_s(stalled: StallRow, found: dict[str, list[tuple[float, float]]]) -> dict[str, float]:
    """Return how long after the stall's end each voice was heard at its usual delay again."""
    answer = {}
    for direction, delays in found.items():
        usual_ms = float(np.median(within(delays, stalled.before) or [float("inf")]))
        back = [
            heard_s
            for heard_s, delay_ms in delays
            if stalled.span.began_s <= heard_s < stalled.span.ended_s and delay_ms <= usual_ms + BACK_MS
        ]
        answer[direction] = min(back) - stalled.span.began_s if back else float("inf")
    return answer


HEADER = (
    "| line: round trip, loss | way | p50 ms | p95 ms | added ms | concealed % | kbit/s up, down | in silence |\n"
    "|---|---|---|---|---|---|---|---|\n"
)


def tell(row: Row, base_ms: float) -> bool:
    """Print a row of the table, and return whether it keeps the goals."""
    p50, p95 = row.worse
    line = row.line
    added = p50 - base_ms
    is_good = True
    note = ""
    if line is not None and row.way != "pulse":
        if not line.loss and not line.rate_bits_s and added > line.rtt_ms / 2 + GOAL_ADDED_MS:
            is_good, note = False, f" (goal {line.rtt_ms / 2 + GOAL_ADDED_MS:.0f})"
        if max(row.speech_kbit_s) > GOAL_SPEECH_KBIT_S or max(row.silence_kbit_s) > GOAL_SILENCE_KBIT_S:
            is_good = is_good and bool(line.loss)
    up, down = row.speech_kbit_s
    silent_up, silent_down = row.silence_kbit_s
    sys.stdout.write(
        f"| {line or 'the same call without ssh'} | {row.way} ({row.path.value}) | {p50:.0f} | {p95:.0f} | {added:.0f}{note} "
        f"| {100 * row.concealed:.1f} | {up:.0f}, {down:.0f} | {silent_up:.0f}, {silent_down:.0f} |\n"
    )
    sys.stdout.flush()
    return is_good


def tell_stall(stalled: StallRow, back_s: dict[str, float]) -> bool:
    worst_s = max(back_s.values())
    what = "lost" if stalled.is_lost else "held up"
    sys.stdout.write(
        f"a stall of {STALL_S:g} s by {stalled.way}, all {what}: heard again {worst_s:.2f} s after its end\n"
    )
    return worst_s <= GOAL_RECOVERED_S


@contextlib.contextmanager
def site_for(ways: Sequence[str]) -> Iterator[Site | None]:
    if ways == ["here"]:
        yield None
    else:
        with ssh_over_link() as site:
            yield site


async def run(options: argparse.Namespace) -> int:
    lines = QUICK if options.quick else LINES
    if options.loss is not None:
        lines = tuple(line for line in lines if 100 * line.loss == options.loss)
    ways = [options.only] if options.only else ["direct", "ssh", "pulse"]
    base, _ = await hold("here", (), None, options.seconds)
    base_ms = base[0].worse[0]
    sys.stdout.write(HEADER)
    is_good = tell(base[0], base_ms)
    after = []
    with site_for(ways) as site:
        for way in ways:
            for loss in sorted(
                {line.loss for line in lines}
            ):  # a call each: what protects against loss lasts for a while
                alike = [line for line in lines if line.loss == loss]
                with_stalls = not (options.quick or loss or way == "pulse")
                rows, stalls = await hold(
                    way, alike, site, options.seconds, stalls=(False, True) if with_stalls else ()
                )
                for row in rows:
                    is_good &= tell(row, base_ms)
                after += stalls
    sys.stdout.write("\n")
    for stalled, back_s in after:
        is_good &= tell_stall(stalled, back_s)
    return 0 if is_good else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--loss", type=float, choices=(0, 1, 3), help="only lines that lose so many percent")
    parser.add_argument("--only", choices=("direct", "ssh", "pulse"))
    parser.add_argument("--seconds", type=float, default=12.0, help="of speech on each line")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
