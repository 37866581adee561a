"""What is shown of voice, and what a user can do about it: the one interface between screens and calls.

A screen draws everything of voice from a VoiceView, and hands what the user did to a VoiceDesk. Names and sentences in a
view are as they came from outside: whoever shows them makes them safe.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from tuichat.client.voice_way import VoiceWay
from tuichat.voice.audio_protocol import SILENCE_DB
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.device import AudioDevice
from tuichat.voice.place_protocol import HERE, PlaceState, SoundPlace

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.config.schema import VoiceSettings

MAX_MOMENTS = 60  # seconds that sparklines tell of
MAX_VOLUME_PERCENT = 200

Gate = Literal["voice", "push_to_talk", "open"]


class Stage(Enum):
    """How far a call is."""

    OUT = "out"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    REJOINING = "rejoining"  # it was connected, and comes back by itself
    FAILED = "failed"  # given up; the sentence says why


IN_CALL = frozenset({Stage.CONNECTING, Stage.CONNECTED, Stage.REJOINING})


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One second of a call; shares are 0 to 1, times in milliseconds."""

    rtt_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    concealed: float = 0.0
    delay_ms: float = 0.0  # held in the jitter buffer; of one person
    late_ms: float = 0.0  # by how much this end's audio was late, at worst; of the whole call


class VoicePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the call."""

    user_id: int
    name: str
    is_me: bool = False
    is_speaking: bool = False
    is_priority: bool = False  # speaks so that the others are lowered
    level_db: float = SILENCE_DB
    is_muted: bool = False
    is_deafened: bool = False
    is_server_muted: bool = False
    is_server_deafened: bool = False
    is_suppressed: bool = False  # listens only: a stage's audience, or no right to speak
    volume_percent: int = 100
    moments: tuple[Moment, ...] = ()  # the newest last


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """How the audio engine is: `sentence` is one for the user, `advice` says what is missing and how to get it."""

    sentence: str = ""
    is_good: bool = False
    is_failed: bool = False
    can_retry: bool = False
    advice: tuple[str, ...] = ()
    inputs: tuple[AudioDevice, ...] = ()
    outputs: tuple[AudioDevice, ...] = ()


class SoundTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test of the devices: under way while `verdict` is empty."""

    step: str = ""  # delay, recording, playing
    done: float = 0.0  # 0 to 1, of the step
    verdict: str = ""  # what is wrong and how to mend it
    is_good: bool = False
    peak_db: float = SILENCE_DB
    noise_db: float = SILENCE_DB
    delay_ms: int | None = None


class VoicePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where the sound is. Names of laptops are text from outside."""

    key: str = HERE
    name: str = ""  # of the laptop; empty for this machine
    state: PlaceState = PlaceState.READY
    sentence: str = ""  # what is wrong there and what to do
    rtt_ms: float | None = None  # through ssh
    leaves_in_s: int | None = None  # while the sound is away: when the call is left
    chosen: str = ""  # the key that was asked for, empty for the newest laptop
    laptops: tuple[SoundPlace, ...] = ()  # the newest first

    @property
    def is_laptop(self) -> bool:
        return self.key != HERE

    @property
    def is_away(self) -> bool:
        """Whether nothing comes from there now."""
        return self.state is not PlaceState.READY

    @property
    def newer(self) -> SoundPlace | None:
        """Return a laptop from which one logged in later than from the one that has the sound."""
        newest = next(iter(self.laptops), None)
        return newest if self.is_laptop and newest is not None and newest.key != self.key else None


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A call that rings here."""

    account_key: str
    channel_id: int
    title: str
    names: tuple[str, ...] = ()  # who is in it


class Rung(msgspec.Struct, frozen=True):
    """Somebody whom the call rings."""

    user_id: int
    name: str


class VoiceView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is shown of voice now."""

    is_enabled: bool = True
    stage: Stage = Stage.OUT
    sentence: str = ""  # of the stage: what is being done, what went wrong and what to do, or why others ended the call
    account_key: str = ""
    guild_id: int | None = None
    channel_id: int | None = None
    title: str = ""  # of the channel, with its sign
    was_moved: bool = False  # others moved one to this channel
    people: tuple[VoicePerson, ...] = ()
    ringing: tuple[Rung, ...] = ()
    is_muted: bool = False
    is_deafened: bool = False
    is_server_muted: bool = False
    is_server_deafened: bool = False
    is_suppressed: bool = False
    has_priority: bool = False  # one asked to speak so that the others are lowered
    is_talking: bool = False  # the key of push to talk is down
    is_sending: bool = False  # the gate is open, and what it lets through goes out: one is heard
    is_muted_talking: bool = False  # one speaks into a muted microphone
    gate: Gate = "voice"
    input_db: float | None = None  # None while the microphone is closed, or not heard of
    threshold_db: float | None = None  # the gate's line
    is_clipped: bool = False
    has_statistics: bool = False
    rtt_ms: float | None = None
    jitter_ms: float = 0.0
    loss: float = 0.0
    concealed: float = 0.0
    sent_loss: float = 0.0
    redundancy: int = 0
    sent_bytes_s: int = 0
    received_bytes_s: int = 0
    underruns: int = 0  # times the speaker got silence since its audio came late, in the whole call
    moments: tuple[Moment, ...] = ()
    path: MediaPath = MediaPath.NONE  # of the call's packets, as soon as it is agreed
    mode: str = ""  # of the encryption to the server
    input_name: str = ""
    output_name: str = ""
    processing: tuple[str, ...] = ()  # what is really done to the microphone's sound
    problems: tuple[str, ...] = ()  # of the sound, each with what to do
    engine: Engine = Engine()
    place: VoicePlace = VoicePlace()
    incoming: tuple[Incoming, ...] = ()
    test: SoundTest | None = None
    way: VoiceWay | None = None  # found with the test, outside of a call

    @property
    def is_in_call(self) -> bool:
        return self.stage in IN_CALL

    @property
    def is_over_websocket(self) -> bool:
        """Whether UDP is blocked."""
        return self.path is MediaPath.WEBSOCKET

    @property
    def is_silent(self) -> bool:
        """Whether nobody hears one, whatever one says."""
        return self.is_muted or self.is_deafened or self.is_server_muted or self.is_suppressed

    def is_here(self, account_key: str, channel_id: int | None) -> bool:
        """Whether this is the channel of the call."""
        return self.is_in_call and (self.account_key, self.channel_id) == (account_key, channel_id)

    def person(self, user_id: int) -> VoicePerson | None:
        return next((each for each in self.people if each.user_id == user_id), None)


Listener = Callable[[], None]


class VoiceDesk(Protocol):
    """All calls are for the screen's loop and return at once; those that are awaited wait for a server.

    What cannot be done is told by ClientError, whose text is a sentence.
    """

    @property
    def view(self) -> VoiceView: ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each change of the view; return what ends that."""
        ...

    def use_clients(self, clients: "Mapping[str, Client]") -> None:
        """Have these accounts: called again when one came or went."""
        ...

    def use_settings(self, settings: "VoiceSettings") -> None: ...

    def use_language(self, setting: str) -> None:
        """Have the audio engine speak this language, too."""
        ...

    def start(self) -> None:
        """Start the audio engine, unless settings forbid it or it runs."""
        ...

    def retry(self) -> None:
        """Start an audio engine that was given up."""
        ...

    async def close(self) -> None: ...

    def join(self, account_key: str, channel_id: int) -> None: ...

    async def start_call(self, account_key: str, channel_id: int) -> None:
        """Join the call of a private channel, and ring its people."""
        ...

    async def decline(self, account_key: str, channel_id: int) -> None: ...

    def leave(self) -> None: ...

    def set_muted(self, is_muted: bool) -> None: ...

    def set_deafened(self, is_deafened: bool) -> None: ...

    def talk(self, is_pressed: bool) -> None:
        """The key of push to talk went down or up."""
        ...

    def set_priority(self, is_priority: bool) -> None: ...

    def volume(self, account_key: str, user_id: int) -> int:
        """Return how loud somebody is played, in percent."""
        ...

    def set_volume(self, account_key: str, user_id: int, percent: int) -> None:
        """Play somebody so loud from now on, 0 to 200; remembered."""
        ...

    def use_meter(self, is_on: bool) -> None:
        """Have the microphone's level, also outside of a call."""
        ...

    def refresh_devices(self) -> None: ...

    def start_test(self) -> None: ...

    def stop_test(self) -> None: ...

    async def look_for_laptops(self) -> Sequence[SoundPlace]:
        """Return the laptops from which one is logged in, the newest first; where there is one, start the audio engine."""
        ...

    def choose_place(self, key: str) -> None:
        """Have the sound there: a laptop's key, `here`, or empty for the newest laptop."""
        ...
