"""Which way voice would take, over a real server: tried outside of a call alone."""

import contextlib
import socket
from typing import cast

import pytest

from tests.client.waiting import until
from tests.server.running import RunningServer, running_server
from tests.tui.samples import GENERAL, FakeClient, sample_state
from tuichat.client.client import Client
from tuichat.client.endpoint import Endpoint, parse_url
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.locator import server_info
from tuichat.client.own_call import OwnCall
from tuichat.client.rest import Rest
from tuichat.client.routes import Request
from tuichat.client.voice_way import PROBE_FEATURE, VoiceWay, Way, find_way
from tuichat.client.way_trial import WayTrial
from tuichat.config.secret import Token
from tuichat.protocol.rest.server import VoiceProbe
from tuichat.text.call_words import way_words
from tuichat.voice import udp_trial
from tuichat.voice.call_protocol import CallState

PROBED = frozenset({PROBE_FEATURE})


async def rest_of(server: RunningServer) -> Rest:
    account = await server.register("ada")
    return Rest(parse_url(server.base_url), Token(account.token))


async def test_a_server_says_where_voice_goes_and_udp_is_measured() -> None:
    async with running_server() as server, contextlib.aclosing(await rest_of(server)) as rest:
        info = await server_info(rest.endpoint)
        assert info is not None
        way = await find_way(rest, frozenset(info.features))
        port = server.server.voice.media.port
    assert way is not None
    assert way.round_trip_ms is not None
    assert (way.way, way.host, way.port) == (Way.UDP, "127.0.0.1", port)
    assert f"by UDP to 127.0.0.1:{port}, " in way_words(way)


async def test_udp_that_is_blocked_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp_trial, "WAIT_S", 0.02)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wall:
        wall.bind(("127.0.0.1", 0))
        port = wall.getsockname()[1]
        async with running_server() as server, contextlib.aclosing(await rest_of(server)) as rest:
            monkeypatch.setattr(server.server.voice.rooms, "_media_address", lambda _host: ("127.0.0.1", port))
            way = await find_way(rest, PROBED)
    assert way == VoiceWay(way=Way.WEBSOCKET, host="127.0.0.1", port=port)
    assert way_words(way).startswith("UDP is blocked: voice goes through the voice WebSocket.")
    assert way_words(way).endswith(f"pass UDP to 127.0.0.1:{port}.")


class Answers:
    """REST that answers with one struct, and keeps what it was asked."""

    def __init__(self, endpoint: Endpoint, answer: VoiceProbe | None = None) -> None:
        self.endpoint = endpoint
        self.answer = answer
        self.asked: list[str] = []

    async def get(self, wanted: Request, kind: type[VoiceProbe]) -> VoiceProbe:
        self.asked.append(wanted.path)
        if self.answer is None:
            raise RefusedError("no")
        return self.answer


async def test_a_server_that_gives_no_probes_is_not_asked() -> None:
    rest = Answers(Endpoint("https://discord.example"))
    assert await find_way(cast(Rest, rest), frozenset({"voice"})) is None
    assert rest.asked == []


async def test_nothing_goes_around_a_proxy() -> None:
    rest = Answers(Endpoint("https://chat.example"))
    way = await find_way(cast(Rest, rest), PROBED, {"https_proxy": "http://proxy.example:3128"})
    assert way == VoiceWay(way=Way.PROXY)
    assert rest.asked == []
    assert "proxy" in way_words(way)


@pytest.mark.parametrize(("ssrc", "port"), [(1, 0), (1, 65536), (-1, 5), (1 << 32, 5)])
async def test_a_port_that_is_none_is_refused(ssrc: int, port: int) -> None:
    probe = VoiceProbe(ssrc=ssrc, ip="127.0.0.1", port=port, expires_in_ms=1, answers=1)
    with pytest.raises(ClientError):
        await find_way(cast(Rest, Answers(Endpoint("https://chat.example"), probe)), PROBED, {})


def test_an_address_of_a_stranger_is_safe_to_show() -> None:
    words = way_words(VoiceWay(way=Way.UDP, host="a\x1b[2Jb", port=5, round_trip_ms=1.25))
    assert "\x1b" not in words
    assert "1.2 ms" in words
    assert "[2001:db8::1]:5, 30 ms" in way_words(VoiceWay(way=Way.UDP, host="2001:db8::1", port=5, round_trip_ms=29.7))


def account(url: str, key: str = "s1/101") -> tuple[FakeClient, Answers]:
    client = FakeClient(sample_state(), key=key)
    client.state.features = PROBED
    rest = Answers(Endpoint(url))
    client.voice.way._rest = cast(Rest, rest)
    return client, rest


async def test_the_account_of_the_last_call_is_tried_before_one_elsewhere_before_any() -> None:
    here, here_rest = account("http://localhost")
    away, away_rest = account("https://chat.example", "s2/101")
    told: list[None] = []
    trial = WayTrial(lambda: told.append(None))
    clients = [cast(Client, here), cast(Client, away)]
    trial.start(clients)
    await until(lambda: bool(away_rest.asked))
    here.voice.call = OwnCall(guild_id=None, channel_id=GENERAL, state=CallState.LEFT)
    trial.start(clients)
    await until(lambda: bool(here_rest.asked))
    trial.stop()
    assert (len(here_rest.asked), len(away_rest.asked)) == (1, 1)
    assert trial.way is None  # it was refused


async def test_nothing_is_tried_in_a_call() -> None:
    here, rest = account("http://localhost")
    here.voice.call = OwnCall(guild_id=None, channel_id=GENERAL)
    trial = WayTrial(lambda: None)
    trial.start([cast(Client, here)])
    assert trial._trial is None
    assert rest.asked == []
