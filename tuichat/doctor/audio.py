"""`tuichat doctor audio`: which devices there are, and whether one is heard by them, tried with the real engine."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from tuichat.config.schema import VoiceSettings
from tuichat.doctor.findings import Finding
from tuichat.doctor.sound_place import SoundPlace
from tuichat.doctor.voice_ways import TriesFromLaptop
from tuichat.text.call_words import milliseconds
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _
from tuichat.voice.audio_protocol import AudioReport, Level, Problem, StartTest, TestProgress, TestResult
from tuichat.voice.device import AudioDevice, DeviceList, ServerReach
from tuichat.voice.engine_state import EngineFailed, EngineReady, EngineState
from tuichat.voice.place_protocol import PlaceReport
from tuichat.voice.settings_requests import requests_of
from tuichat.voice.supervisor import EngineSupervisor, EngineUnavailableError

READY_TIMEOUT_S = 20.0
TEST_TIMEOUT_S = 25.0
METER_WIDTH = 30
METER_LOWEST_DB = -60.0

STEPS = {
    "delay": N_("A short tone is played, to measure the delay."),
    "recording": N_("Say something: you are recorded for three seconds."),
    "playing": N_("This is how you are heard."),
}


FindsWays = Callable[[TriesFromLaptop | None], Awaitable[Sequence[str]]]


async def no_ways(_laptop: TriesFromLaptop | None) -> Sequence[str]:
    return ()


async def examine_audio(
    settings: VoiceSettings, show: Callable[[str], None], find_ways: FindsWays = no_ways
) -> tuple[list[Finding], bool]:
    """Return what was found, and whether one can talk and listen; takes about ten seconds, more where a laptop asks.

    `find_ways` returns sentences that tell how voice goes on to each server, where that is known; it is given what tries
    from the laptop where the sound is there. `show` is given lines meanwhile: each begins a step, or with a carriage
    return takes the place of the one before.
    """
    test = _Test(show)
    async with EngineSupervisor(on_report=test.take) as supervisor:
        place = test.place = SoundPlace(supervisor.ask)
        for request in requests_of(settings):
            supervisor.ask(request)
        state = await _known_state(supervisor)
        if isinstance(state, EngineReady):
            await place.settle(show)
            state = await _listed(supervisor, place)
        ways = await find_ways(place.try_ways if place.is_laptop and place.is_ready else None)
        found = [Finding("audio engine", safe_line(state.sentence))]
        if not isinstance(state, EngineReady):
            return [*found, *_ways(ways)], False
        found += [Finding("audio engine", safe_line(problem)) for problem in state.problems[1:]]
        if place.now is not None and place.now.sentence:
            found.append(Finding("audio engine", safe_line(place.now.sentence)))
        if state.devices is not None and (
            state.is_elsewhere or "portaudio" in state.libraries
        ):  # else none was looked for
            found.append(_devices("microphones", state.devices.inputs, settings.input))
            found.append(_devices("speakers", state.devices.outputs, settings.output))
            found.append(_media_path(state.devices, ways, place))
        else:
            found += _ways(ways)
        is_there = state.has_audio and (not place.is_laptop or place.is_ready)
        if not is_there:
            return found, False
        supervisor.ask(StartTest())
        try:
            result = await asyncio.wait_for(test.result, TEST_TIMEOUT_S)
        except TimeoutError:
            return [
                *found,
                Finding("audio test", _("The test came to no end: the sound system does not answer.")),
            ], False
    return [*found, *(Finding("audio test", safe_line(text)) for text in test.problems), *_told(result)], result.is_good


async def _known_state(supervisor: EngineSupervisor) -> EngineState:
    try:
        return await supervisor.wait_until(_is_known, READY_TIMEOUT_S)
    except TimeoutError:
        return supervisor.state


async def _listed(supervisor: EngineSupervisor, place: SoundPlace) -> EngineState:
    """Return the state with the devices of where the sound is: a laptop lists them when it is asked."""
    if place.is_laptop and place.is_ready:
        try:
            return await supervisor.refresh_devices(READY_TIMEOUT_S)
        except EngineUnavailableError:
            return supervisor.state
    return await _known_state(supervisor)


def _is_known(state: EngineState) -> bool:
    is_listed = isinstance(state, EngineReady) and (state.devices is not None or state.devices_problem is not None)
    is_elsewhere = isinstance(state, EngineReady) and state.is_elsewhere  # which is asked for its devices
    return is_listed or is_elsewhere or isinstance(state, EngineFailed)


class _Test:
    """Hears the engine, and draws the meter."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._step: str | None = None
        self.result: asyncio.Future[TestResult] = asyncio.get_running_loop().create_future()
        self.problems: list[str] = []
        self.place: SoundPlace | None = None

    def take(self, report: AudioReport | PlaceReport) -> None:
        if isinstance(report, PlaceReport):
            if self.place is not None:
                self.place.take(report)
            return
        match report:
            case TestProgress(step) if step != self._step:
                self._step = step
                self._show(_(STEPS[step]))
            case Level() if self._step == "recording":
                self._show("\r" + meter(report))
            case Problem("processing", str(sentence)):
                self.problems.append(sentence)
            case TestResult() if not self.result.done():
                self.result.set_result(report)


def meter(level: Level) -> str:
    """Return a level as a bar with the gate's line in it: `[#######|--------]  -31 dB`."""

    def place(value_db: float) -> int:
        return min(max(round((value_db / -METER_LOWEST_DB + 1) * METER_WIDTH), 0), METER_WIDTH)

    filled = place(level.input_db)
    bar = ["#"] * filled + ["-"] * (METER_WIDTH - filled)
    if level.threshold_db is not None:
        bar[min(place(level.threshold_db), METER_WIDTH - 1)] = "|"
    word = _("too loud") if level.is_clipped else _("heard") if level.is_open else ""
    return f"[{''.join(bar)}] {level.input_db:4.0f} dB {word:<12}"


def _devices(topic: str, devices: tuple[AudioDevice, ...], chosen: str) -> Finding:
    if not devices:
        return Finding(topic, _("None is there."))
    names = []
    for device in devices:
        marks = [safe_line(device.key)]
        if device.is_default:
            marks.append(_("the system's default"))
        if chosen and device.key == chosen:
            marks.append(_("chosen"))
        names.append(f"{safe_line(device.name)} ({', '.join(marks)})")
    sentence = _("{count} there.").format(count=len(devices))
    if chosen and all(device.key != chosen for device in devices):
        sentence += " " + _("The chosen one, {name}, is not; the default serves until it is.").format(
            name=safe_line(chosen)
        )
    return Finding(topic, sentence, tuple(names))


def _media_path(devices: DeviceList, ways: Sequence[str], place: SoundPlace) -> Finding:
    """Tell which way sound takes, and how it goes on to the voice servers: without `ways` that is known in a call."""
    if place.is_laptop:
        return Finding("media path", *_laptop_path(devices, ways, place))
    way = (
        _("Sound goes through {server} and the audio engine on this machine.").format(server=safe_line(devices.server))
        if devices.server
        else _("Sound goes through ALSA and the audio engine on this machine, without a sound server.")
    )
    return Finding(
        "media path",
        way,
        (
            *(_reach(devices.reach) if devices.reach is not None else ()),
            *(
                ways
                or (
                    _(
                        "In a call it goes on by UDP, sealed to the server; where UDP is blocked, through the voice WebSocket."
                    ),
                    _(
                        "Which of the two it is, and how long it takes, tell the strip, /call test and /call stats in the call."
                    ),
                )
            ),
        ),
    )


def _laptop_path(devices: DeviceList, ways: Sequence[str], place: SoundPlace) -> tuple[str, tuple[str, ...]]:
    trip_ms = None if place.now is None else place.now.rtt_ms
    sentence = (
        _("Sound goes through the audio engine on your laptop {name}.").format(name=place.name)
        if trip_ms is None
        else _("Sound goes through the audio engine on your laptop {name}, {trip} ms away through ssh.").format(
            name=place.name, trip=milliseconds(trip_ms)
        )
    )
    reach = () if devices.reach is None else tuple(_reach(devices.reach))
    return sentence, (
        *reach,
        *(
            ways
            or (
                _(
                    "In a call it goes on by UDP from your laptop; where nothing answers that, through ssh and by UDP from here."
                ),
            )
        ),
    )


def _reach(reach: ServerReach) -> Iterator[str]:
    """Tell how far away the sound server is, and what that asks for."""
    if reach.address:
        yield _("PULSE_SERVER names that sound server: {address}").format(address=safe_line(reach.address))
    if not reach.needed_ms:
        return
    yield _(
        "It is {trip} ms away and back, so {needed} ms are kept ready for the speaker there; raw sound takes 0.8 Mbit/s each way."
    ).format(trip=f"{reach.round_trip_ms:.0f}", needed=reach.asked_ms)
    if reach.asked_ms < reach.needed_ms:
        yield _("PULSE_LATENCY_MSEC={asked} is too little for that way: unset it, or set it to {needed}.").format(
            asked=reach.asked_ms, needed=reach.needed_ms
        )
    yield _("If that machine is the one you log in from, `tuichat ssh` takes a tenth of that and less delay.")


def _ways(ways: Sequence[str]) -> list[Finding]:
    return [Finding("media path", way) for way in ways]


def _told(result: TestResult) -> list[Finding]:
    measured = []
    if result.input_name is not None and result.output_name is not None:
        measured.append(
            _("{input} to {output}: peak {peak:.0f} dB, noise {noise:.0f} dB").format(
                input=safe_line(result.input_name),
                output=safe_line(result.output_name),
                peak=result.peak_db,
                noise=result.noise_db,
            )
        )
    if result.delay_ms is not None:
        measured.append(_("{delay} ms from speaker to microphone").format(delay=result.delay_ms))
    return [Finding("audio test", safe_line(result.verdict), tuple(measured))]
