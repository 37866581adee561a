"""Finds out which way voice would take to a server, before a call."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Container, Mapping
from enum import Enum

import msgspec

from tuichat.client.endpoint import Endpoint
from tuichat.client.errors import RefusedError, UnreachableError
from tuichat.client.proxy import endpoint_proxy
from tuichat.client.rest import Rest
from tuichat.client.routes import Request, make_request
from tuichat.client.state import State
from tuichat.protocol.rest.server import VoiceProbe
from tuichat.translation import _
from tuichat.voice.place_protocol import TryWays, WaysTried
from tuichat.voice.udp_trial import udp_round_trip_ms

PROBE_FEATURE = "voice_probe"  # of GET /api/v10/tuichat: see `rest.TuichatInfo`
LIMIT_S = 8.0  # taste; the trial itself takes two seconds at most
MAX_PORT, MAX_SSRC = 0xFFFF, 0xFFFF_FFFF


class Way(Enum):
    """How voice would get to the server."""

    UDP = "udp"
    WEBSOCKET = "websocket"  # UDP is blocked
    PROXY = "proxy"  # one leads there, and voice goes through it in the WebSocket


class VoiceWay(msgspec.Struct, frozen=True, kw_only=True):
    """What was found before a call: the media port, and how long it takes there and back; nothing of both through a proxy."""

    way: Way
    host: str = ""
    port: int = 0
    round_trip_ms: float | None = None


class WayFinder:
    """One account's."""

    def __init__(self, state: State, rest: Rest) -> None:
        self._state = state
        self._rest = rest

    @property
    def is_on_this_machine(self) -> bool:
        """Whether the server is reached without a network."""
        return not self._rest.endpoint.is_encrypted

    async def find(self) -> VoiceWay | None:
        """As `find_way`."""
        return await find_way(self._rest, self._state.features)


def open_probe() -> Request:
    # A second one only takes the place of the first.
    return make_request("POST", "/tuichat/voice/probe", patience_s=0)


async def find_way(
    rest: Rest, features: Container[str], environment: Mapping[str, str] = os.environ
) -> VoiceWay | None:
    """Try the way from here; None for a server that gives no probes, as Discord. Raises ClientError.

    Through a proxy nothing is tried: UDP would go around it, and show who asks.
    """
    if PROBE_FEATURE not in features:
        return None
    if endpoint_proxy(rest.endpoint, environment) is not None:
        return VoiceWay(way=Way.PROXY)
    try:
        async with asyncio.timeout(LIMIT_S):
            probe = await _probe(rest)
            trip_ms = await udp_round_trip_ms(probe.ip, probe.port, probe.ssrc)
    except TimeoutError:
        raise UnreachableError(_("{host} does not answer.").format(host=rest.endpoint.host)) from None
    way = Way.WEBSOCKET if trip_ms is None else Way.UDP
    return VoiceWay(way=way, host=probe.ip, port=probe.port, round_trip_ms=trip_ms)


async def find_laptop_ways(rest: Rest, tries: Callable[[TryWays], Awaitable[WaysTried]]) -> WaysTried:
    """Have the laptop try the way, by a probe of its own, since each answers one address alone. Raises ClientError."""
    try:
        async with asyncio.timeout(LIMIT_S):
            probe = await _probe(rest)
    except TimeoutError:
        raise UnreachableError(_("{host} does not answer.").format(host=rest.endpoint.host)) from None
    return await tries(TryWays(probe.ip, probe.port, probe.ssrc))


async def _probe(rest: Rest) -> VoiceProbe:
    probe = await rest.get(open_probe(), VoiceProbe)
    _check(rest.endpoint, probe)
    return probe


def _check(endpoint: Endpoint, probe: VoiceProbe) -> None:
    if not (0 < probe.port <= MAX_PORT and 0 <= probe.ssrc <= MAX_SSRC):
        raise RefusedError(_("{host} names no proper media port.").format(host=endpoint.host))
