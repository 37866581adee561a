"""Voice of one server process, whole: the UDP port, the rooms, the forwarder and the voice gateway, joined."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tuichat.errors import TuichatError
from tuichat.server.actions.voice_rooms import VoiceRegion
from tuichat.server.voice.fast_forwarder import FastForwarder, build, load
from tuichat.server.voice.forwarder import Forwarder
from tuichat.server.voice.gateway import VoiceGateway
from tuichat.server.voice.media_port import MediaPort, open_media_port
from tuichat.server.voice.participant import Address
from tuichat.server.voice.rooms import Rooms

REGION = VoiceRegion(id="local", name="Local")
ANY = "0.0.0.0"  # noqa: S104  # where the server listens on all addresses too
LOOPBACK = "127.0.0.1"
DEFAULT_PORTS = {"ws": 80, "wss": 443}

logger = logging.getLogger(__name__)


class VoiceServer:
    """`open` makes one. `rooms` is what the actions are given, `gateway` what WebSockets are handed to."""

    def __init__(self, media: MediaPort, *, has_limits: bool, helper: FastForwarder | None = None) -> None:
        loop = asyncio.get_running_loop()

        def now_ms() -> int:
            return int(loop.time() * 1000)

        self.media = media
        self.own_address: str | None = None  # HOST:PORT of the first TCP listener
        self.rooms = Rooms(self._endpoint, self._media_address, now_ms=now_ms, region=REGION, call_soon=loop.call_soon)
        if helper is not None:
            media.give_away()
        self.forwarder = Forwarder(self.rooms, media.send, loop.call_later)
        self.gateway = VoiceGateway(self.rooms, self.forwarder, self._media_address, has_limits=has_limits)
        self.helper = self.rooms.helper = helper
        if helper is None:
            media.start(self.forwarder.receive)
        else:
            helper.start(media.descriptor, self.forwarder.receive)

    @classmethod
    async def open(
        cls,
        *,
        host: str,
        voice_host: str | None,
        voice_port: int | None,
        has_limits: bool,
        helper_folder: Path | None = None,
    ) -> Self:
        """Take the UDP port: of `voice_host` where it is said, else of the `host` that the server listens on.

        `gateway.run()` must be running until `close`. `helper_folder` is where the compiled forwarder is, or is built; without
        it, and where it cannot be had, Python does all. Raises MediaPortError.
        """
        media = open_media_port(voice_host or _ipv4_of(host), voice_port or 0)
        if helper_folder is not None:
            try:
                library = load(await asyncio.to_thread(build, helper_folder))  # the compiler takes a second
                voice = cls(media, has_limits=has_limits, helper=FastForwarder(library))
            except TuichatError as error:
                logger.warning("voice is forwarded without its compiled helper: %s", error)
            except BaseException:  # the start was given up while the compiler ran
                media.close()
                raise
            else:
                logger.info("voice is forwarded by its compiled helper")
                return voice
        return cls(media, has_limits=has_limits)

    def close(self) -> None:
        self.gateway.close()
        if self.helper is not None:
            self.helper.close()
        self.media.close()

    def _endpoint(self, gateway_url: str) -> str:
        """Return HOST:PORT of the voice gateway, which is on the port that the client's gateway is on.

        A client of the Unix socket names no port: its voice goes to the TCP listener.
        """
        parts = urlsplit(gateway_url)
        host = parts.hostname or LOOPBACK
        if parts.port is None and self.own_address is not None and host == "localhost":
            return self.own_address
        shown = f"[{host}]" if ":" in host else host
        return f"{shown}:{parts.port or DEFAULT_PORTS.get(parts.scheme, 443)}"

    def _media_address(self, local_host: str | None) -> Address:
        """Return what READY names: an IPv4 literal, for libraries open IPv4 sockets."""
        if self.media.host != ANY:
            return (self.media.host, self.media.port)
        with contextlib.suppress(ValueError):
            address = ipaddress.ip_address(local_host or "")
            mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else address
            if mapped is not None:
                return (str(mapped), self.media.port)
            if address.is_loopback:
                return (LOOPBACK, self.media.port)
        return (_outward_address(), self.media.port)


def _ipv4_of(host: str) -> str:
    """Return where media of a server on `host` is taken: on all addresses where the host has no IPv4 one."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return LOOPBACK if address.is_loopback else ANY
    return host


def _outward_address() -> str:
    """Return the IPv4 address that this machine has to others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody's; nothing is sent, the system picks the way
            return str(probe.getsockname()[0])
        except OSError:
            return LOOPBACK
