"""Where the sound of this tuichat is: on this machine, or on the laptop from which one is logged in here over SSH.

Messages of `engine_protocol`, from its version 3 on, between the screen and the voice process beside it.
"""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from tuichat.voice.bounds import Figure, UnixTime

HERE = "here"
"""The key of this machine's own devices. A laptop's key is the name of its session's file."""

PlaceKey = Annotated[str, Meta(max_length=64)]


class PlaceState(enum.Enum):
    """How far the way to the sound is."""

    READY = "ready"  # also for this machine's own devices, which have their own problems
    CONNECTING = "connecting"
    ASKING = "asking"  # the laptop asks the person there
    STALLED = "stalled"  # nothing has come from the laptop for a moment
    LOST = "lost"  # the connection is gone; another try comes
    REFUSED = "refused"  # the laptop said no, or the two cannot agree


class SoundPlace(msgspec.Struct, frozen=True, kw_only=True):
    """One place where there could be sound."""

    key: str
    name: str = ""  # of the laptop, as its owner calls it: text from outside; empty for this machine
    began_s: UnixTime = 0.0  # Unix time of the laptop's session


class ChoosePlace(msgspec.Struct, frozen=True, tag_field="type", tag="choose_place"):
    """Screen: have the sound there; the empty key stands for the newest laptop, else this machine."""

    key: PlaceKey


class PlacesChanged(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="places_changed"):
    """Voice process: where the sound is and how that goes, whenever it changes. `places` has the newest laptop first.

    `sentence` is for the user, with the next step in it, empty where all is well. `rtt_ms` is through ssh.
    """

    places: tuple[SoundPlace, ...] = ()
    key: str = HERE
    chosen: str = ""  # as ChoosePlace said
    state: PlaceState = PlaceState.READY
    sentence: str = ""
    rtt_ms: float | None = None


class TryWays(msgspec.Struct, frozen=True, tag_field="type", tag="try_ways"):
    """Screen: measure the round trip through ssh, and by UDP from where the sound is to this media port."""

    ip: str
    port: int
    ssrc: int


class WaysTried(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="ways_tried"):
    """Voice process: medians in ms; None where no answer came, or there is no such way."""

    ssh_ms: Figure | None = None
    direct_ms: Figure | None = None  # by UDP from where the sound is


PlaceRequest = ChoosePlace | TryWays
PlaceReport = PlacesChanged | WaysTried
