"""Decides where the sound is: at this machine's own devices, or on one of the laptops from which one is logged in here."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from tuichat.local.ssh_session import SshSession
from tuichat.translation import _
from tuichat.voice.audio_protocol import (
    AudioRequest,
    AudioState,
    Problem,
    SetMeter,
    SpeakingLevels,
    StartTest,
    StopSound,
    StopTest,
    TestResult,
)
from tuichat.voice.engine_protocol import Devices, DevicesRequest
from tuichat.voice.laptop.connection import PING_S
from tuichat.voice.laptop.finder import SessionFinder
from tuichat.voice.laptop.laptop_sound import LaptopSound
from tuichat.voice.media_protocol import EndMedia, MediaOffer, MediaRequest
from tuichat.voice.place_protocol import (
    HERE,
    ChoosePlace,
    PlaceReport,
    PlacesChanged,
    PlaceState,
    SoundPlace,
    TryWays,
)
from tuichat.voice.sound import Sound, SoundReport, SoundRequest
from tuichat.voice.standing_requests import StandingRequests
from tuichat.voice.ways import try_from_here

logger = logging.getLogger(__name__)

LOOK_S = 2.0  # taste: a login is found so soon
HURRY_S = 0.5  # the same, while the sound is lost
RTT_CHANGE_MS = 3.0  # by how much the round trip must have changed to be told, or by a tenth
ANSWERING = (PlaceState.CONNECTING, PlaceState.ASKING)


class Places:
    """A Sound that is one of several.

    `here` is this machine's; what it reports goes through `take_local`. `on_moved` is called when the sound has come to
    another end, which knows nothing of a call: also to the same laptop by another connection. A laptop's session that comes
    or goes takes no sound away from where it works: the newest laptop has it where nothing was chosen and no call is heard
    elsewhere, and a call that lost its laptop waits for it, or for another, and never opens this machine's microphone.
    """

    def __init__(
        self,
        here: Sound,
        report: Callable[[SoundReport | PlaceReport], None],
        *,
        on_moved: Callable[[], None],
        finder: SessionFinder | None = None,
        look_s: float = LOOK_S,
        hurry_s: float = HURRY_S,
        ping_s: float = PING_S,
    ) -> None:
        self._here = here
        self._report = report
        self._on_moved = on_moved
        self._finder = finder or SessionFinder()
        self._look_s, self._hurry_s, self._ping_s = look_s, min(hurry_s, look_s), ping_s
        self._sessions: tuple[SshSession, ...] = ()
        self._chosen = ""
        self._is_expecting = False
        self._wanted = ""  # the newest laptop, once it was asked for, until the sound is there or cannot be
        self._laptop: LaptopSound | None = None  # where the sound is, unless it is here
        self._coming: LaptopSound | None = None  # where it is to be, as soon as that answers
        self._refused: dict[str, str] = {}  # what laptops said that were not chosen by name, by session
        self._away: set[str] = set()  # sessions that did not answer, to be tried after the others
        self._standing = StandingRequests()
        self._is_in_call = self._is_testing = False
        self._has_devices = False  # this machine
        self._problems: set[str] = set()
        self._told: PlacesChanged | None = None
        self._early: Devices | None = None  # of this machine, while it is not known yet where the sound is
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._start(self._watch(), "places")

    @property
    def is_remote(self) -> bool:
        """Whether the sound is on a laptop."""
        return self._laptop is not None

    # What is asked.

    def receive(self, request: SoundRequest) -> None:
        match request:
            case MediaOffer() if not self._is_in_call:
                self._is_in_call = True
                self._ask_refusers_again()
            case EndMedia(is_over) if is_over:
                self._is_in_call = False
            case StartTest():
                self._is_testing = True
            case _ if isinstance(request, AudioRequest):
                self._standing.note(request)
        if self._laptop is None and self._is_expecting and isinstance(request, MediaRequest):
            if request == EndMedia():
                self._chosen, self._is_expecting = "", False
                self._decide()
            return
        self._sound.receive(request)
        if request == EndMedia():
            self._decide()

    def choose(self, request: ChoosePlace) -> None:
        """Have the sound there, at once or as soon as it answers."""
        self._chosen = request.key
        # A call that begins waits for the laptop that was chosen before: so does one that a voice process was in which died.
        self._is_expecting = request.key not in ("", HERE) and not self._is_in_call
        self._refused.pop(request.key, None)
        self._away.clear()
        self._wanted = ""
        if not request.key:
            self._refused.clear()
            self._wanted = next((session.key for session in self._usable()), "")
        for sound in (self._laptop, self._coming):
            if sound is not None and sound.key == request.key:
                sound.retry()
        self._decide()

    def try_ways(self, request: TryWays) -> None:
        """Measure, and report WaysTried."""
        self._start(self._try_ways(request), "ways")

    def close(self) -> None:
        """Leave the laptop, close this machine's devices. `closed` waits for the end of it."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        for sound in (self._laptop, self._coming):
            if sound is not None:
                self._end(sound)
        self._laptop = self._coming = None
        self._here.close()

    async def closed(self) -> None:
        """Wait for what `close` has ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What is told by this machine and by laptops.

    def take_local(self, report: SoundReport) -> None:
        """Take what this machine's sound reports: nobody hears of it while the sound is elsewhere."""
        if isinstance(report, Devices):
            self._has_devices = bool(report.inputs or report.outputs)
            if self._told is None:
                self._early = report
                return
            if self._told.key != HERE:
                report = (
                    Devices()
                )  # a laptop is told to have the sound, which does not answer yet: these are not its own
        if self._laptop is None:
            self._pass(report)

    def _pass(self, report: SoundReport) -> None:
        match report:
            case TestResult():
                self._is_testing = False
            case Problem(place, sentence):
                (self._problems.discard if sentence is None else self._problems.add)(place)
        self._report(report)

    # Looking for laptops.

    async def _watch(self) -> None:
        while True:
            try:
                sessions = await asyncio.to_thread(self._finder.look)
            except OSError as error:
                logger.warning("sessions cannot be looked for: %s", error)
                sessions = self._sessions
            if sessions != self._sessions:
                self._sessions = sessions
                known = {session.key for session in sessions}
                self._refused = {key: why for key, why in self._refused.items() if key in known}
                self._away &= known
            self._decide()
            is_well = self._laptop is None or self._laptop.state is PlaceState.READY
            await asyncio.sleep(self._look_s if is_well else self._hurry_s)

    def _decide(self) -> None:
        """Begin to move where the sound should be elsewhere, and tell how all is."""
        if self._is_closed:
            return
        target = self._target()
        coming = self._coming
        if coming is not None and coming.key != target:
            self._coming = None
            self._end(coming)
        if target == HERE:
            if self._laptop is not None:
                self._move(None)
        elif target != self._key and self._coming is None:
            session = next(each for each in self._sessions if each.key == target)
            self._coming = self._approach(session)
        self._tell()

    def _target(self) -> str:
        """Return the key of where the sound should be."""
        known = {session.key for session in self._sessions}
        if self._chosen == HERE or (self._chosen in known and self._chosen != self._key):
            return self._chosen
        if self._wanted == self._key:
            self._wanted = ""  # it is there
        if self._wanted in known:
            return self._wanted
        if self._laptop is not None:
            return self._after_laptop(self._laptop, known)
        coming = self._coming
        if coming is not None and coming.key in known and coming.state in ANSWERING:
            return coming.key
        if self._is_in_call and (self._has_devices or self._is_expecting):
            return HERE
        return next((session.key for session in self._usable()), HERE)

    def _after_laptop(self, laptop: LaptopSound, known: set[str]) -> str:
        """Return what follows on a laptop that has the sound: itself for as long as it can."""
        if laptop.state is PlaceState.READY or (laptop.state is PlaceState.REFUSED and self._is_in_call):
            return laptop.key  # what its owner has just stopped does not go on elsewhere by itself
        others = [session for session in self._usable() if session.key != laptop.key]
        same = next((each for each in others if each.is_same_laptop(laptop.session)), None)
        if same is not None:
            return same.key
        if laptop.state is PlaceState.STALLED and not laptop.is_given_up:
            return laptop.key
        # One is where one logged in last: a laptop left at home does not begin to listen, since this one was lost.
        is_bound = self._is_in_call or laptop.state is PlaceState.STALLED
        later = [each for each in others if not is_bound or each.began_s > laptop.session.began_s]
        if later:
            return later[0].key
        if laptop.state is PlaceState.STALLED or self._is_in_call:
            return laptop.key
        is_over = laptop.key not in known or laptop.key in self._refused
        return HERE if is_over or (laptop.is_long_lost and not self._chosen) else laptop.key

    def _usable(self) -> list[SshSession]:
        """Return the sessions that may give sound, the newest first, those that did not answer last."""
        found = [session for session in self._sessions if session.key not in self._refused]
        return sorted(found, key=lambda session: session.key in self._away)

    def _ask_refusers_again(self) -> None:
        """A call begins: its user may have said yes meanwhile."""
        self._refused.clear()
        for sound in (self._laptop, self._coming):
            if sound is not None and sound.state is PlaceState.REFUSED:
                sound.retry()
        self._decide()

    def _approach(self, session: SshSession) -> LaptopSound:
        def take(report: SoundReport) -> None:
            if self._laptop is sound:
                self._pass(report)

        sound = LaptopSound(
            session,
            take,
            on_change=lambda: self._changed(sound),
            on_connected=lambda: self._connected(sound),
            ping_s=self._ping_s,
        )
        self._own(sound.task)
        return sound

    def _connected(self, sound: LaptopSound) -> None:
        if sound is self._laptop:
            self._arrive()
        elif sound is self._coming:
            self._coming = None
            self._move(sound)

    def _changed(self, sound: LaptopSound) -> None:
        if sound is self._coming and sound.state is PlaceState.LOST:
            self._away.add(sound.key)
        if sound.key == self._wanted and sound.state in (PlaceState.LOST, PlaceState.REFUSED):
            self._wanted = ""
        if sound.state is PlaceState.REFUSED and self._chosen != sound.key:
            self._refused[sound.key] = sound.sentence
        if sound is self._laptop and sound.state in (PlaceState.LOST, PlaceState.REFUSED):
            self._forget_reports()
        # Later, since this may end the very task that calls.
        asyncio.get_running_loop().call_soon(self._decide)

    # Moving.

    @property
    def _key(self) -> str:
        return HERE if self._laptop is None else self._laptop.key

    @property
    def _sound(self) -> Sound:
        return self._here if self._laptop is None else self._laptop

    def _move(self, to: LaptopSound | None) -> None:
        """Have the sound there from now on."""
        before, self._laptop = self._laptop, to
        self._is_expecting = self._is_expecting and to is None
        self._wanted = ""
        if self._chosen and self._chosen != self._key:
            self._chosen = self._key  # what was chosen is gone: it takes nothing back by itself
        if before is not None:
            self._end(before)
        else:
            self._quieten_here()
        logger.info("the sound is %s now", "on this machine" if to is None else f"on laptop {to.session.laptop!r}")
        self._arrive()
        if to is None:
            self._here.receive(DevicesRequest())

    def _quieten_here(self) -> None:
        """Close this machine's devices."""
        for request in (StopTest(), StopSound(), SetMeter(is_on=False)):
            self._here.receive(request)
        if self._is_in_call:
            self._here.receive(EndMedia())

    def _arrive(self) -> None:
        """Tell the end where the sound is now what holds, and the call's agent that it must begin anew there."""
        self._forget_reports()
        self._tell()
        for request in self._standing.all():
            if isinstance(request, AudioRequest):
                self._sound.receive(request)
        self._on_moved()

    def _forget_reports(self) -> None:
        """Take back what holds no more of what was reported."""
        self._report(AudioState())
        self._report(SpeakingLevels({}))
        for place in ("input", "output", "codec", "processing"):
            if place in self._problems:
                self._report(Problem(place, None))
        self._problems.clear()
        if self._is_testing:
            self._is_testing = False
            self._report(TestResult(is_good=False, verdict=_("The sound went elsewhere during the test: try again.")))

    def _end(self, sound: LaptopSound) -> None:
        sound.receive(EndMedia())
        sound.close()

    # Telling.

    def _tell(self) -> None:
        now = self._now_told()
        if now != self._told:
            is_back = now.key == HERE and self._told is not None and self._told.key != HERE
            self._told = now
            self._report(now)
            if is_back and self._laptop is None:
                self._here.receive(DevicesRequest())
        early, self._early = self._early, None
        if early is not None:
            self.take_local(early)

    def _now_told(self) -> PlacesChanged:
        laptop, coming = self._laptop, self._coming
        key, state, sentence = HERE, PlaceState.READY, ""
        if laptop is not None:
            key, state, sentence = laptop.key, laptop.state, laptop.sentence
        if coming is not None:
            # A call that is heard goes on meanwhile, and is no less there for it.
            is_heard = self._is_in_call and (laptop is not None or self._has_devices)
            if state is PlaceState.READY and coming.state in ANSWERING and not is_heard:
                key, state, sentence = coming.key, coming.state, coming.sentence
            else:
                sentence = coming.sentence or sentence
        elif laptop is None and self._is_expecting:
            key, state, sentence = self._chosen, PlaceState.LOST, _("Your laptop is waited for.")
        elif not sentence and self._chosen != HERE and self._refused:
            sentence = next(iter(self._refused.values()))
        return PlacesChanged(
            places=tuple(
                SoundPlace(key=session.key, name=session.laptop, began_s=session.began_s) for session in self._sessions
            ),
            key=key,
            chosen=self._chosen,
            state=state,
            sentence=sentence,
            rtt_ms=self._rtt_now(),
        )

    def _rtt_now(self) -> float | None:
        """Return the round trip as it is to be told: the one told last, where it has hardly changed."""
        told = self._told.rtt_ms if self._told is not None else None
        rtt_ms = None if self._laptop is None else self._laptop.rtt_ms
        if rtt_ms is None or told is None:
            return rtt_ms
        return told if abs(rtt_ms - told) < max(RTT_CHANGE_MS, told / 10) else rtt_ms

    async def _try_ways(self, request: TryWays) -> None:
        laptop = self._laptop
        self._report(await (try_from_here(request) if laptop is None else laptop.try_ways(request)))

    # Tasks.

    def _start(self, work: Coroutine[None, None, None], name: str) -> None:
        self._own(asyncio.create_task(work, name=name))

    def _own(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
