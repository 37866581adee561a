"""Which way voice takes from the laptop that one logs in from, in words: by itself, or through ssh and on from here."""

from tuichat.client.voice_way import VoiceWay, Way
from tuichat.text.call_words import PATHS_FROM_LAPTOP, milliseconds, port_words
from tuichat.translation import _
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.place_protocol import WaysTried


def laptop_way_words(found: VoiceWay, tried: WaysTried) -> str:
    """Return both ways with their times and which of them is used, as a sentence; safe text.

    `found` is the way from this machine, `tried` what the laptop found out.
    """
    here_ms = found.round_trip_ms
    sum_ms = None if here_ms is None or tried.ssh_ms is None else here_ms + tried.ssh_ms
    if found.way is Way.PROXY:
        return _("A proxy leads there from here: voice goes {path}.").format(path=_path(MediaPath.WEBSOCKET))
    if tried.direct_ms is not None:
        return _("Voice would go {path} to {port}, {trip} ms there and back; through ssh: {through}.").format(
            path=_path(MediaPath.UDP),
            port=port_words(found),
            trip=milliseconds(tried.direct_ms),
            through=_through(sum_ms),
        )
    if here_ms is None:
        return _("UDP to {port} is blocked on your laptop and here: voice goes {path}.").format(
            port=port_words(found), path=_path(MediaPath.WEBSOCKET)
        )
    return _(
        "Voice would go {path} to {port}: {through} there and back; by UDP from your laptop directly nothing comes back."
    ).format(path=_path(MediaPath.RELAYED), port=port_words(found), through=_through(sum_ms))


def _path(path: MediaPath) -> str:
    return _(PATHS_FROM_LAPTOP[path])


def _through(sum_ms: float | None) -> str:
    return _("not measured") if sum_ms is None else _("{trip} ms").format(trip=milliseconds(sum_ms))
