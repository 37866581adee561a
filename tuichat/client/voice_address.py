"""Where an account's voice gateway answers, from what VOICE_SERVER_UPDATE says and how the account's server is reached."""

import os
import re
from collections.abc import Container, Mapping
from urllib.parse import urlsplit

from tuichat.client.endpoint import Endpoint
from tuichat.client.errors import RefusedError
from tuichat.client.proxy import proxy_for
from tuichat.protocol.json import printable
from tuichat.translation import _
from tuichat.tunnel.proxy import proxy_url
from tuichat.voice.call_protocol import VoiceAddress

MAX_ENDPOINT_CHARACTERS = 300
_HOST_AND_PORT = re.compile(r"(?P<host>[a-zA-Z0-9_.-]+|\[[0-9a-fA-F:.]+\])(:(?P<port>[0-9]{1,5}))?")


VOICE_FEATURE = "voice"  # of GET /api/v10/tuichat: see `protocol.voice_extensions`


def voice_address(
    endpoint: Endpoint, told: str, features: Container[str], environment: Mapping[str, str] = os.environ
) -> VoiceAddress:
    """Return where to open the voice WebSocket, raising RefusedError for what is no HOST:PORT.

    `features` are the server's. One of ours that is reached in plain (through its Unix socket, or on this machine's loopback,
    where a port may be forwarded) has its voice gateway at that same, verified place. Any other is reached over TLS where
    it says, as libraries do it, and through the proxy that the environment names: raises ProxyError where that is none.
    """
    is_ours = VOICE_FEATURE in features
    if endpoint.socket_path is not None and is_ours:
        return VoiceAddress("ws://localhost", str(endpoint.socket_path))
    if not endpoint.is_encrypted and is_ours:
        return VoiceAddress("ws" + endpoint.url.removeprefix("http"))
    found = _HOST_AND_PORT.fullmatch(told) if len(told) <= MAX_ENDPOINT_CHARACTERS else None
    if found is None or int(found["port"] or 443) > 65535:
        raise RefusedError(_("The server names no proper voice server ({endpoint}).").format(endpoint=printable(told)))
    is_same_host = found["host"].strip("[]").lower() == urlsplit(endpoint.url).hostname
    url = f"wss://{told}"
    proxy = proxy_for(url, environment)
    pinned = endpoint.pinned_sha256 if is_same_host else None
    return (
        VoiceAddress(url, None, pinned)
        if proxy is None
        else VoiceAddress(url, None, pinned, proxy_url(proxy), proxy.variable)
    )
