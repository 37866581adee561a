"""The voice gateway over a real server: from the token to sound, and every way out."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.running import RunningServer, running_server
from tests.server.voice.voice_client import GUILD, OTHER_CHANNEL, VoiceClient, place, voice_client
from tuichat.protocol.encryption import MODES, XCHACHA, Opener
from tuichat.protocol.voice_extensions import (
    FEATURES,
    PROTOCOL_WEBSOCKET,
    WEBSOCKET_MEDIA,
    pack_media,
    unpack_media,
)
from tuichat.server.actions.voice_rooms import Removal
from tuichat.server.voice import forwarder
from tuichat.server.voice.connection import DEAD_AFTER_MS, IDENTIFY_LIMIT_MS, MAX_PAYLOADS
from tuichat.server.voice.gateway import RESUME_WINDOW_MS


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forward first words at once, so that what is sent here is heard by those who are there when it is sent."""
    monkeypatch.setattr(forwarder, "HOLD_MS", 0)


@pytest.fixture(scope="module")
def helper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled forwarder is built, once for all tests."""
    return tmp_path_factory.mktemp("helper")


@pytest.fixture(params=["python", pytest.param("compiled", marks=pytest.mark.slow)])
async def running(request: pytest.FixtureRequest, helper_folder: Path) -> AsyncIterator[RunningServer]:
    async with running_server(voice_helper=helper_folder if request.param == "compiled" else None) as server:
        assert (server.server.voice.helper is not None) == (request.param == "compiled")
        yield server


@pytest.fixture
async def pair(running: RunningServer) -> AsyncIterator[tuple[VoiceClient, VoiceClient]]:
    """Two who are in the same room."""
    async with voice_client(running, 1) as first, voice_client(running, 2) as second:
        await first.join()
        await second.join()
        await first.wait_for(11)
        yield first, second


@pytest.mark.slow
@pytest.mark.parametrize("version", [4, 5, 6, 7, 8])
@pytest.mark.parametrize("mode", MODES)
async def test_who_was_granted_a_place_gets_sound_through(running: RunningServer, version: int, mode: str) -> None:
    async with voice_client(running, 1) as speaker, voice_client(running, 2) as listener:
        for client in (speaker, listener):
            client.mode = mode
            assert client.grant() == f"127.0.0.1:{running.port}"
            await client.dial(f"?v={version}")
            hello = await client.receive()
            assert (hello.op, hello.d["v"], hello.seq) == (8, version, None)
            assert hello.d["heartbeat_interval"] > 1000
            ready = await client.identify()
            assert ready.d["modes"] == list(MODES)
            assert ready.d["experiments"] == []
            assert ready.seq == (1 if version == 8 else None)
            address = await client.discover()
            assert address == client.udp.getsockname()
            description = await client.select(address)
            assert description.d["dave_protocol_version"] == 0
            assert description.d["mode"] == mode
        assert (await listener.wait_for(11)).d == {"user_ids": ["1"]}
        assert (await speaker.wait_for(11)).d == {"user_ids": ["2"]}
        await speaker.send(5, {"speaking": 1, "delay": 0, "ssrc": speaker.ssrc})
        told = await listener.wait_for(5)
        assert told.d == {"user_id": "1", "ssrc": speaker.ssrc, "speaking": 1, "delay": 0}
        speaker.say(b"an opus frame")
        assert await listener.hear() == b"an opus frame"


async def test_the_url_may_have_no_slash_and_more_to_ask(running: RunningServer) -> None:
    async with voice_client(running, 1) as client:
        client.grant()
        client.ws = await running.http.ws_connect(f"ws://127.0.0.1:{running.port}?encoding=json&v=8")
        assert (await client.receive()).op == 8
        await client.identify()


async def test_heartbeats_are_answered_as_each_version_writes_them(running: RunningServer) -> None:
    async with voice_client(running, 1) as client:
        await client.dial("?v=8")
        await client.send(3, {"t": 17, "seq_ack": -1})
        assert (await client.wait_for(6)).d == {"t": 17}
    async with voice_client(running, 1) as client:
        await client.dial("?v=4")
        await client.send(3, 18)
        assert (await client.wait_for(6)).d == 18


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "0" * 32}, 4004),
        ({"session_id": "another"}, 4006),
        ({"server_id": "7"}, 4004),
        ({"user_id": "7"}, 4004),
        ({"user_id": "x"}, 4002),
    ],
)
async def test_who_was_not_granted_a_place_is_refused(
    running: RunningServer, change: dict[str, object], code: int
) -> None:
    async with voice_client(running, 1) as client:
        client.grant()
        await client.dial()
        await client.send(0, client.identity(**change))
        assert await client.close_code() == code


async def test_a_stranger_cannot_ask_who_is_in_voice_where(running: RunningServer) -> None:
    async def answer(client: VoiceClient, **change: object) -> tuple[int | None, str | None]:
        await client.dial()
        await client.send(0, client.identity(**change))
        code = await client.close_code()
        return code, client.last_reason

    async with voice_client(running, 1) as member, voice_client(running, 2) as stranger:
        await member.join()
        stranger.token, stranger.session_id = "0" * 32, "guessed"
        there = await answer(stranger, user_id="1")
        assert there == await answer(stranger, user_id="7")
        assert there == await answer(stranger, server_id="7")


@pytest.mark.parametrize(
    ("op", "body", "code"),
    [(1, {"protocol": "udp", "data": {"mode": MODES[0]}}, 4003), (5, {"speaking": 1}, 4003), (2, {}, 4001)],
)
async def test_what_comes_before_identify_closes(running: RunningServer, op: int, body: object, code: int) -> None:
    async with voice_client(running, 1) as client:
        await client.dial()
        await client.send(op, body)
        assert await client.close_code() == code


async def test_each_wrong_word_has_its_close_code(running: RunningServer) -> None:
    async def code_after(op: int, body: object) -> int | None:
        async with voice_client(running, 1) as client:
            client.grant()
            await client.dial()
            await client.identify()
            await client.send(op, body)
            return await client.close_code()

    choice = {"address": "", "port": 0, "mode": MODES[0]}
    assert await code_after(1, {"protocol": "udp", "data": choice | {"mode": "xsalsa20_poly1305"}}) == 4016
    assert await code_after(1, {"protocol": "webrtc", "data": choice}) == 4012
    assert await code_after(1, {"protocol": PROTOCOL_WEBSOCKET, "data": choice}) == 4012
    assert await code_after(1, {"protocol": "udp"}) == 4002
    assert await code_after(0, {"server_id": "1", "user_id": "1", "session_id": "", "token": ""}) == 4005
    assert await code_after(4, {}) == 4001


async def test_too_many_words_are_too_many(running: RunningServer) -> None:
    async with voice_client(running, 1) as client:
        await client.dial()
        for _ in range(MAX_PAYLOADS + 1):
            await client.send(3, {"t": 1})
        assert await client.close_code() == 4021


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("3", 4012),
        ("0008", 4012),
        ("%D9%A8", 4012),
        pytest.param("9" * 5000, 4002, id="more-digits-than-python-makes-a-number-of"),
    ],
)
async def test_a_version_that_is_not_spoken_is_no_voice(running: RunningServer, version: str, code: int) -> None:
    async with voice_client(running, 1) as client:
        await client.dial(f"?v={version}")
        assert await client.close_code() == code  # the gateway's own


async def test_an_address_that_was_not_discovered_is_bound_by_a_packet_alone(running: RunningServer) -> None:
    async with voice_client(running, 1) as speaker, voice_client(running, 2) as listener:
        await speaker.join()
        listener.grant()
        await listener.dial()
        await listener.identify()
        await listener.select(listener.udp.getsockname())
        speaker.say(b"lost")
        listener.say(b"here I am")
        assert await speaker.hear() == b"here I am"
        speaker.say(b"heard")
        assert await listener.hear() == b"heard"


async def test_a_move_closes_the_old_connection_after_the_new_is_found(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    moving, staying = pair
    async with voice_client(running, 1) as moved:
        began_s = asyncio.get_running_loop().time()
        moved.grant(OTHER_CHANNEL)
        assert (await staying.wait_for(13)).d == {"user_id": "1"}
        assert not moving.ws.closed
        await moved.dial()
        await moved.identify()
        assert await moving.close_code() == 4014
        assert asyncio.get_running_loop().time() - began_s >= 0.3
        await moved.select(await moved.discover())
        moved.say(b"to nobody")
        async with voice_client(running, 3) as third:
            await third.join(OTHER_CHANNEL)
            moved.say(b"to the third")
            assert await third.hear() == b"to the third"


async def test_who_is_removed_is_closed_and_who_was_called_is_told_so(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    first, second = pair
    running.server.voice.rooms.remove(GUILD, 1, Removal.DISCONNECTED)
    assert (await second.wait_for(13)).d == {"user_id": "1"}
    assert await first.close_code() == 4014
    running.server.voice.rooms.remove(GUILD, 2, Removal.CALL_ENDED)
    assert await second.close_code() == 4022


async def test_who_is_removed_is_given_no_new_keys_while_it_leaves(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    first, second = pair
    rooms = running.server.voice.rooms
    rooms.remove(GUILD, 1, Removal.DISCONNECTED)
    host, port = first.udp.getsockname()
    data = {"address": host, "port": port, "mode": MODES[0]}
    await first.send(1, {"protocol": "udp", "data": data})
    await first.send(5, {"speaking": 1})
    assert await first.close_code() == 4014
    assert [said.op for said in first.said].count(4) == 1
    assert set(rooms.by_address) == {second.udp.getsockname()}


async def test_a_connection_whose_session_another_could_not_resume_is_closed(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    first, second = pair
    async with voice_client(running, 1) as other:
        await other.dial()
        await other.send(7, first.identity(seq_ack=10_000))
        assert await other.close_code() == 4006
    assert await first.close_code() == 4006
    assert (await second.wait_for(13)).d == {"user_id": "1"}


async def test_a_client_that_says_goodbye_is_gone_and_may_come_back(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    first, second = pair
    await first.ws.close(code=1000)
    assert (await second.wait_for(13)).d == {"user_id": "1"}
    await first.dial()
    await first.identify()
    await first.select(await first.discover())
    assert (await second.wait_for(11)).d == {"user_ids": ["1"]}


async def test_a_broken_connection_resumes_with_what_it_missed_and_its_keys(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    first, second = pair
    seen = max(said.seq or 0 for said in first.said)
    await first.ws.close(code=4000)
    second.say(b"while away")  # media flows all the while
    assert await first.hear() == b"while away"
    await second.send(5, {"speaking": 3, "ssrc": second.ssrc})
    second.say(b"another")
    assert await first.hear() == b"another"
    await first.dial()
    await first.send(7, first.identity(seq_ack=seen))
    missed = []
    while (said := await first.receive()).op != 9:
        missed.append(said)
    assert [(said.op, said.seq) for said in missed if said.seq] == [(5, seen + 1), (5, seen + 2)]
    assert missed[-1].d["speaking"] == 3
    first.say(b"back again")
    assert await second.hear() == b"back again"
    await second.send(5, {"speaking": 0, "ssrc": second.ssrc})
    assert (await first.wait_for(5)).seq == seen + 3


async def test_resuming_what_is_over_or_never_was_is_refused(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    first, _ = pair
    await first.ws.close(code=4000)
    for change in ({"token": "0" * 32}, {"session_id": "another"}, {"server_id": "7"}):
        async with voice_client(running, 1) as other:
            await other.dial()
            await other.send(7, first.identity(seq_ack=0) | change)
            assert await other.close_code() == 4006
    await first.dial()
    await first.send(7, first.identity(seq_ack=10_000))
    assert await first.close_code() == 4006


async def test_a_session_that_nobody_resumes_leaves_the_room(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    first, second = pair
    gateway = running.server.voice.gateway
    await first.ws.close(code=4000)  # the server has answered it
    gateway.expire_sessions(gateway.now_ms() + RESUME_WINDOW_MS - 1000)
    await second.send(3, {"t": 1})
    await second.wait_for(6)
    assert all(said.op != 13 for said in second.said)
    gateway.expire_sessions(gateway.now_ms() + RESUME_WINDOW_MS)
    assert (await second.wait_for(13)).d == {"user_id": "1"}


async def test_silent_connections_are_closed(running: RunningServer) -> None:
    gateway = running.server.voice.gateway
    async with voice_client(running, 1) as silent, voice_client(running, 2) as stranger:
        silent.grant()
        await silent.dial()
        await silent.identify()
        await stranger.dial()
        await stranger.receive()
        gateway.sweep(gateway.now_ms() + IDENTIFY_LIMIT_MS - 100)
        assert len(gateway.connections) == 2
        gateway.sweep(gateway.now_ms() + IDENTIFY_LIMIT_MS)
        assert await stranger.close_code() == 4009
        gateway.sweep(gateway.now_ms() + DEAD_AFTER_MS)
        assert await silent.close_code() == 4009


async def test_features_are_those_that_both_ends_know(running: RunningServer) -> None:
    async with voice_client(running, 1) as client:
        client.grant()
        await client.dial()
        ready = await client.identify(tuichat_features=["from_the_future", *FEATURES])
        assert ready.d["experiments"] == list(FEATURES)


async def test_media_go_through_the_websocket_where_both_agreed(running: RunningServer) -> None:
    async with voice_client(running, 1) as piped, voice_client(running, 2) as other:
        other.mode = XCHACHA
        await other.join()
        piped.grant()
        await piped.dial()
        await piped.identify(tuichat_features=[WEBSOCKET_MEDIA])
        await piped.select(protocol=PROTOCOL_WEBSOCKET)
        await piped.ws.send_bytes(pack_media(piped.packet(b"up")))
        assert await other.hear() == b"up"
        other.say(b"down")
        await piped.wait_for(5)
        while not any(message[2] & 0x7F == 120 for message in piped.through):
            with contextlib.suppress(asyncio.TimeoutError):
                message = await asyncio.wait_for(piped.ws.receive(), 1)
                piped.through.append(message.data)
        packet = unpack_media(next(message for message in piped.through if message[2] & 0x7F == 120))
        assert packet is not None
        assert Opener(piped.mode, piped.key).open(packet) == b"down"


async def test_who_reads_slowly_misses_media_but_no_words(running: RunningServer) -> None:
    async with voice_client(running, 1) as piped:
        piped.grant()
        await piped.dial()
        await piped.identify(tuichat_features=[WEBSOCKET_MEDIA])
        await piped.select(protocol=PROTOCOL_WEBSOCKET)
        piped.ws.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        connection = piped.ws._response.connection
        assert connection is not None
        transport = connection.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        participant = running.server.voice.rooms.by_ssrc[piped.ssrc]
        assert participant.pipe is not None
        for number in range(6000):
            participant.pipe(bytes(1200))
            if number % 20 == 0:
                await asyncio.sleep(0)
        participant.signals.person_left(77)
        transport.resume_reading()
        left = await piped.wait_for(13)
        assert left.d["user_id"] == "77"
        assert 0 < sum(map(len, piped.through)) < 1_000_000, "of 7 MB: the rest would have come minutes late"


async def test_binary_messages_that_are_no_media_harm_nothing(running: RunningServer) -> None:
    async with voice_client(running, 1) as client:
        await client.join()
        await client.ws.send_bytes(b"\x1a" + bytes(100))  # a key package: end-to-end encryption was not agreed
        await client.ws.send_bytes(pack_media(b"\x80x" + bytes(40)))
        await client.send(3, {"t": 5})
        await client.wait_for(6)
        await client.ws.send_bytes(b"")
        assert await client.close_code() == 4002


async def test_the_backend_says_its_version(running: RunningServer) -> None:
    async with voice_client(running, 1) as client:
        await client.join()
        await client.send(16, {})
        assert (await client.wait_for(16)).d["voice"].startswith("tuichat")


async def test_who_is_deaf_or_muted_by_the_actions_is_so_in_the_room(
    running: RunningServer, pair: tuple[VoiceClient, VoiceClient]
) -> None:
    first, second = pair
    rooms = running.server.voice.rooms
    rooms.update(place(1, may_speak=False))
    first.say(b"unheard")
    rooms.update(place(1))
    first.say(b"heard")
    assert await second.hear() in (b"unheard", b"heard")  # what was sent meets the rights of when it is read
    second.say(b"still heard")
    assert await first.hear() == b"still heard"


async def test_a_server_that_stops_sends_its_clients_away() -> None:
    async with running_server() as running, voice_client(running, 1) as client:
        await client.join()
        running.server.voice.gateway.close()
        assert await client.close_code() == 1012


async def test_a_voice_connection_keeps_the_server_from_being_idle(running: RunningServer) -> None:
    async with voice_client(running, 1) as client:
        await client.dial()
        await client.receive()
        assert running.server.idle_s() == 0
