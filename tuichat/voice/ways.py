"""How fast a media port answers by UDP from this machine, as it is asked of the voice process."""

from tuichat.voice.place_protocol import TryWays, WaysTried
from tuichat.voice.udp_trial import udp_round_trip_ms


async def try_from_here(request: TryWays) -> WaysTried:
    """Return the round trip from this machine, where the sound is taken to be."""
    return WaysTried(direct_ms=await udp_round_trip_ms(request.ip, request.port, request.ssrc))
