"""A call over real sockets against a voice server with faults: joined, heard, and healed by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator

import msgspec
import pytest

from tests.client.waiting import until
from tests.voice.fake_audio import FakeAudio
from tests.voice.fake_voice_server import PEER, PEER_SSRC, SSRC, FakeVoiceServer, voice_server
from tuichat.protocol import rtcp, rtp
from tuichat.protocol.rtp import SILENCE
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.voice_gateway import ClientDisconnect
from tuichat.voice import call, call_media, media_link, media_path
from tuichat.voice.call import KEYS, ORDERS, SILENT_SENTENCE
from tuichat.voice.call_agent import CallAgent
from tuichat.voice.call_media import CallMedia
from tuichat.voice.call_protocol import (
    CallChanged,
    CallReport,
    CallState,
    CallStatistics,
    GrantNeeded,
    JoinCall,
    LeaveCall,
    MediaPath,
    NetworkChanged,
    SetCallVoice,
    Speaking,
    VoiceAddress,
)
from tuichat.voice.late_filter import LATE_MS
from tuichat.voice.media_protocol import (
    AnnounceSpeaking,
    Datagram,
    MediaRequest,
    MediaState,
    SelectAddress,
    SpeakerMark,
)
from tuichat.voice.voice_socket import VoiceSocket, open_voice_socket

ME = 1000
SPEECH = b"\x78speech"


class Site:
    """An agent with a fake audio, and what it reported."""

    def __init__(self, *, is_remote: bool = False) -> None:
        self.reports: list[CallReport] = []
        self.audio = FakeAudio()
        self.agent = CallAgent(
            self.reports.append, lambda request: self.media.receive(request), is_remote=lambda: is_remote
        )
        self.media = CallMedia(self.audio, self.agent.take_media)
        self._timestamp = 0

    def join(self, address: VoiceAddress, *, call_id: int = 1, token: str = "token-1", muted: bool = False) -> None:
        self.agent.receive(
            JoinCall(
                call_id=call_id,
                address=address,
                server_id=1,
                channel_id=20,
                user_id=ME,
                session_id="gateway-session",
                token=token,
                bitrate=48_000,
                is_muted=muted,
            )
        )

    def speak(self, payload: bytes = SPEECH) -> None:
        self._timestamp += rtp.FRAME_SAMPLES
        self.media.send_frame(payload, self._timestamp, payload != SILENCE)

    @property
    def state(self) -> CallChanged:
        return [each for each in self.reports if isinstance(each, CallChanged)][-1]

    def is_connected(self) -> bool:
        return any(isinstance(each, CallChanged) for each in self.reports) and (self.state.state is CallState.CONNECTED)

    def speaking(self) -> list[tuple[int, bool, bool]]:
        return [
            (each.user_id, each.is_speaking, each.is_priority) for each in self.reports if isinstance(each, Speaking)
        ]

    def grants_wanted(self) -> list[GrantNeeded]:
        return [each for each in self.reports if isinstance(each, GrantNeeded)]


@contextlib.asynccontextmanager
async def agent(*, is_remote: bool = False) -> AsyncIterator[Site]:
    site = Site(is_remote=is_remote)
    try:
        yield site
    finally:
        await site.agent.close()


@contextlib.contextmanager
def monkeypatched(agent: CallAgent, ask_media: Callable[[MediaRequest], None]) -> Iterator[None]:
    """Have what the agent asks of the ears go elsewhere meanwhile."""
    assert agent._call is not None
    before, agent._call._ask_media = agent._call._ask_media, ask_media
    try:
        yield
    finally:
        agent._call._ask_media = before


async def joined(site: Site, server: FakeVoiceServer) -> None:
    site.join(server.address)
    await until(site.is_connected)


async def test_frames_go_both_ways_by_udp() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        assert (site.state.path, site.state.mode) == (MediaPath.UDP, "aead_aes256_gcm_rtpsize")
        assert site.audio.is_started
        assert site.audio.bitrate == 48_000
        identify = server.identified[0]
        assert (int(identify.server_id), int(identify.user_id), identify.session_id) == (1, ME, "gateway-session")
        site.speak()
        site.speak(SILENCE)
        await until(lambda: len(server.frames) == 2)
        assert [body for _, body in server.frames] == [SPEECH, SILENCE]
        first = server.frames[0][0]
        assert (first.payload_type, first.ssrc, first.is_marked) == (rtp.OPUS, SSRC, True)
        assert server.spoken[0] == 1, "libraries drop who was not announced"
        await server.introduce_peer()
        await server.speak(b"\x78one")
        await until(lambda: site.audio.payloads(PEER) == [b"\x78one"])
        await server.speak(b"\x78two")
        await until(lambda: (PEER, True, False) in site.speaking())


async def test_marks_follow_the_packets() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        await server.introduce_peer(flags=5)
        await until(lambda: site.audio.priorities == frozenset({PEER}))
        await server.speak(SPEECH)
        await until(lambda: (PEER, True, True) in site.speaking())
        await until(lambda: (PEER, False, False) in site.speaking())
        site.speak()
        await until(lambda: (ME, True, False) in site.speaking())
        await until(lambda: (ME, False, False) in site.speaking())
        await until(lambda: server.spoken == [1, 0])
        await server.say(ClientDisconnect(user_id=Snowflake(PEER)))
        await until(lambda: PEER in site.audio.forgotten)
        assert site.audio.priorities == frozenset()


async def test_ears_that_lie_do_not_flood_the_voice_server() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        call = site.agent._call
        assert call is not None
        for number in range(1000):
            site.agent.take_media(AnnounceSpeaking(call.session, number % 2))
            site.agent.take_media(SelectAddress(call.session, "203.0.113.5", number))
        await server.introduce_peer()
        await until(lambda: PEER in call._marks._named)
        assert len(server.spoken) <= ORDERS


async def test_keys_are_renewed_a_few_times_and_no_more() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        call = site.agent._call
        assert call is not None
        for _ in range(10 * KEYS):
            site.agent.take_media(MediaState(session=call.session, needs_new_key=True))
        assert call.session <= 1 + KEYS


async def test_ears_mark_nobody_whom_the_voice_server_has_not_named() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        call = site.agent._call
        assert call is not None
        await server.introduce_peer()
        await until(lambda: PEER in call._marks._named)
        for user_id in (PEER, 666, *range(10_000, 10_100)):
            site.agent.take_media(SpeakerMark(call.session, user_id, True))
        assert site.speaking() == [(PEER, True, False)]
        await server.say(ClientDisconnect(user_id=Snowflake(PEER)))
        await until(lambda: PEER in site.audio.forgotten)
        site.agent.take_media(SpeakerMark(call.session, PEER, True))
        site.agent.take_media(SpeakerMark(call.session, PEER, False))
        site.agent.take_media(SpeakerMark(call.session, PEER, False))
        assert site.speaking() == [(PEER, True, False), (PEER, False, False)]


async def test_statistics_and_reports_come_each_second() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        await server.introduce_peer()
        for _ in range(20):
            await server.speak(SPEECH)
        await until(lambda: any(report.receiver_reports for report in server.reports))
        block = next(report for report in server.reports if report.receiver_reports).receiver_reports[0]
        assert (block.ssrc, block.highest_sequence, block.lost) == (PEER_SSRC, 20, 0)
        await until(lambda: any(isinstance(each, CallStatistics) and each.rtt_ms is not None for each in site.reports))


async def test_a_listener_with_a_narrow_line_is_sent_less_and_not_less_than_a_voice_needs() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        wished = site.audio.bitrate
        await server.tell_reports(rtcp.build(0, [], bitrates=[rtcp.BitrateRequest(SSRC + 1, 40_000)]))
        await server.tell_reports(rtcp.build(0, [], bitrates=[rtcp.BitrateRequest(SSRC, 41_000)]))
        await until(lambda: site.audio.bitrate == 41_000)
        await server.tell_reports(rtcp.build(0, [], bitrates=[rtcp.BitrateRequest(SSRC, 1)]))
        await until(lambda: site.audio.bitrate == media_link.LEAST_BITS_S)
        await server.tell_reports(rtcp.build(0, [], bitrates=[rtcp.BitrateRequest(SSRC, 10**9)]))
        await until(lambda: site.audio.bitrate == wished)


async def test_reported_bursts_bring_redundancy_and_a_loss_to_expect() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        block = rtcp.ReceiverReport(ssrc=SSRC, fraction_lost=13)
        bursts = rtcp.VoipMetrics(ssrc=SSRC, loss_rate=13, burst_density=200, burst_duration_ms=60)
        await server.tell_reports(rtcp.build(0, [block], [bursts]))
        await until(lambda: site.audio.expected_loss > 0)
        for number in range(8):
            site.speak(SPEECH + bytes([number]))
        await until(lambda: len(server.frames) == 8)
        redundant = [body for header, body in server.frames if header.payload_type == rtp.RED]
        assert redundant
        primary, earlier = rtp.unpack_red(redundant[-1])
        assert primary == SPEECH + b"\x07"
        assert earlier


async def test_a_server_without_our_extensions_gets_plain_opus_only() -> None:
    async with voice_server(features=()) as server, agent() as site:
        await joined(site, server)
        block = rtcp.ReceiverReport(ssrc=SSRC, fraction_lost=60)
        await server.tell_reports(
            rtcp.build(0, [block], [rtcp.VoipMetrics(ssrc=SSRC, burst_density=250, burst_duration_ms=90)])
        )
        await until(lambda: site.audio.expected_loss > 0)
        for _ in range(8):
            site.speak()
        await until(lambda: len(server.frames) == 8)
        assert {header.payload_type for header, _ in server.frames} == {rtp.OPUS}


async def test_where_udp_is_blocked_voice_goes_through_the_websocket_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_path, "SEEK_LIMIT_MS", 400)
    monkeypatch.setattr(media_path, "FIRST_RETRY_MS", 300)
    async with voice_server(is_udp_blocked=True) as server, agent() as site:
        await joined(site, server)
        assert site.state.path is MediaPath.WEBSOCKET
        assert "UDP is blocked" in site.state.sentence
        site.speak()
        await until(lambda: [body for _, body in server.frames] == [SPEECH])
        await server.introduce_peer()
        await server.speak(b"\x78one")
        await until(lambda: site.audio.payloads(PEER) == [b"\x78one"])
        server.is_udp_blocked = False
        await until(lambda: site.state.path is MediaPath.UDP)
        assert site.state.sentence == ""
        await server.speak(b"\x78two")
        await until(lambda: b"\x78two" in site.audio.payloads(PEER))


async def test_blocked_udp_without_the_extension_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_path, "SEEK_LIMIT_MS", 300)
    async with voice_server(is_udp_blocked=True, features=()) as server, agent() as site:
        site.join(server.address)
        await until(lambda: site.reports and "gives no answer" in site.state.sentence)
        assert site.state.state is CallState.CONNECTING
        server.is_udp_blocked = False
        await until(site.is_connected)


async def test_behind_a_proxy_no_datagram_is_sent() -> None:
    async with voice_server() as server, agent() as site:

        async def open_anyway(address: VoiceAddress) -> VoiceSocket:
            return await open_voice_socket(server.address)

        site.agent._open_socket = open_anyway
        address = msgspec.structs.replace(server.address, proxy_url="http://proxy.test:3128")
        site.join(address)
        await until(site.is_connected)
        assert site.state.path is MediaPath.WEBSOCKET
        assert "proxy" in site.state.sentence
        for _ in range(100):
            site.speak()
            await asyncio.sleep(0.01)
            if server.frames:
                break
        assert server.frames
        assert server.addresses == [], "nothing came by UDP"


async def test_udp_that_falls_silent_is_left_for_the_websocket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_path, "SILENCE_LIMIT_MS", 300)
    monkeypatch.setattr(media_path, "FALL_BACK_MS", 600)
    monkeypatch.setattr(media_path, "SEEK_LIMIT_MS", 300)
    monkeypatch.setattr(media_path, "REOPEN_EVERY_MS", 100)
    monkeypatch.setattr(call_media, "SECOND_MS", 100)
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        server.is_udp_blocked = True
        await until(lambda: site.state.path is MediaPath.WEBSOCKET)
        await until(lambda: len(server.selected) == 2)
        await until(site.is_connected)
        for _ in range(200):  # the first ones may be sealed under the key from before
            site.speak()
            await asyncio.sleep(0.01)
            if server.frames:
                break
        assert SPEECH in [body for _, body in server.frames]


async def test_a_broken_line_is_resumed_and_media_go_on_meanwhile() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        server.break_line()
        site.speak()
        await until(lambda: len(server.frames) == 1)
        await until(lambda: len(server.resumed) == 1)
        assert server.resumed[0].seq_ack == 2, "READY and SESSION_DESCRIPTION were seen"
        assert len(server.identified) == 1
        assert site.state.state is CallState.CONNECTED
        await server.introduce_peer()
        await server.speak(SPEECH)
        await until(lambda: site.audio.payloads(PEER) == [SPEECH])


async def test_a_session_that_is_lost_is_begun_anew_by_the_same_grant() -> None:
    async with voice_server(resume_with=4006) as server, agent() as site:
        await joined(site, server)
        server.break_line()
        await until(lambda: len(server.identified) == 2)
        await until(lambda: len(server.selected) == 2)
        assert site.grants_wanted() == []
        await server.introduce_peer()
        await server.speak(SPEECH)
        await until(lambda: site.audio.payloads(PEER) == [SPEECH])


async def test_a_grant_that_is_not_taken_is_asked_for_anew() -> None:
    async with voice_server(refuse_with=4004) as server, agent() as site:
        site.join(server.address)
        await until(site.grants_wanted)
        assert not site.grants_wanted()[0].is_put_out
        server.refuse_with = 0
        site.join(server.address, token="token-2")
        await until(site.is_connected)
        assert [each.token for each in server.identified] == ["token-1", "token-2"]


async def test_grants_that_are_never_taken_end_in_a_sentence() -> None:
    async with voice_server(refuse_with=4004) as server, agent() as site:
        for number in range(call.MAX_REFUSALS + 1):
            site.join(server.address)
            await until(lambda count=number: len(server.identified) > count)  # type: ignore[misc]
            await until(lambda count=number: len(site.grants_wanted()) > count or site.state.state is CallState.FAILED)  # type: ignore[misc]
        await until(lambda: site.state.state is CallState.FAILED)
        assert "authentication failed" in site.state.sentence


async def test_who_is_put_out_asks_the_gateway() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        await server.close_line(4014)
        await until(site.grants_wanted)
        assert site.grants_wanted()[0].is_put_out


async def test_a_move_is_a_join_by_another_grant_with_mute_kept() -> None:
    async with voice_server() as here, voice_server() as there, agent() as site:
        await joined(site, here)
        site.agent.receive(SetCallVoice(is_muted=True, bitrate=32_000))
        assert site.audio.is_muted
        assert site.audio.bitrate == 32_000
        site.join(there.address, token="token-2", muted=True)
        await until(lambda: len(there.selected) == 1)
        await until(site.is_connected)
        assert site.audio.is_started
        site.speak()
        await asyncio.sleep(0)
        assert there.frames == []
        site.agent.receive(SetCallVoice(bitrate=32_000))
        site.speak()
        await until(lambda: len(there.frames) == 1)


async def test_a_server_that_restarts_is_found_again_at_once() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        await server.stop()
        await until(lambda: site.state.state is not CallState.CONNECTED)
        server.resume_with = 4006
        await server.start()
        started = asyncio.get_running_loop().time()
        await until(site.is_connected)
        assert asyncio.get_running_loop().time() - started < 3.0
        site.speak()
        await until(lambda: len(server.frames) == 1)


async def test_a_network_that_comes_back_need_not_be_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_path, "SILENCE_LIMIT_MS", 300)
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        server.is_deaf = server.is_udp_blocked = True
        await until(lambda: site.state.state is CallState.REJOINING)
        assert site.audio.is_started, "the place is kept"
        server.is_deaf = server.is_udp_blocked = False
        started = asyncio.get_running_loop().time()
        site.agent.receive(NetworkChanged())
        await until(site.is_connected)
        site.speak()
        await until(lambda: server.frames)
        assert asyncio.get_running_loop().time() - started < 3.0


async def test_another_address_of_ours_is_shown_by_an_authentic_packet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_path, "SILENCE_LIMIT_MS", 300)
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        first = server.addresses[-1]
        server.is_udp_blocked = True
        await until(lambda: site.state.state is CallState.REJOINING)
        server.is_udp_blocked = False
        await until(site.is_connected)
        assert server.addresses[-1] != first
        await server.introduce_peer()
        await server.speak(SPEECH)
        await until(lambda: site.audio.payloads(PEER) == [SPEECH])


async def test_after_a_sleep_both_ways_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    slept_s = 0.0

    def clocks() -> tuple[float, float]:
        now_s = asyncio.get_running_loop().time()
        return now_s, now_s + slept_s

    monkeypatch.setattr(call, "clocks", clocks)
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        first = server.addresses[-1]
        await asyncio.sleep(2 * call.TICK_S)  # the clocks are looked at
        slept_s = 3600.0
        await until(lambda: len(server.resumed) == 1)
        await until(lambda: server.addresses[-1] != first)
        await until(site.is_connected)
        site.speak()
        await until(lambda: len(server.frames) == 1)


async def test_forged_and_replayed_packets_are_not_heard() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        await server.introduce_peer()
        await server.speak(SPEECH)
        await until(lambda: site.audio.payloads(PEER) == [SPEECH])
        assert server._sealer is not None
        header = rtp.build_header(rtp.Header(rtp.OPUS, 5, 4800, PEER_SSRC))
        genuine = server._sealer.seal(header, b"\x78two")
        for packet in (
            genuine,
            genuine,
            genuine[:-5] + bytes([genuine[-5] ^ 1]) + genuine[-4:],
            b"",
            b"\x80",
            bytes(200),
        ):
            await server.send(packet)
        await server.speak(b"\x78end")
        await until(lambda: b"\x78end" in site.audio.payloads(PEER))
        assert site.audio.payloads(PEER) == [SPEECH, b"\x78two"] or site.audio.payloads(PEER)[:2] == [
            SPEECH,
            b"\x78two",
        ]


async def test_a_connection_that_fails_in_an_unknown_way_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)

        def fail(user_ids: frozenset[int]) -> None:
            raise RuntimeError("broken")

        with monkeypatch.context() as broken:
            broken.setattr(site.audio, "set_priority", fail)
            await server.introduce_peer(flags=5)
            await until(lambda: len(server.resumed) == 1)
        await until(site.is_connected)
        site.speak()
        await until(lambda: len(server.frames) == 1)


async def test_a_fault_of_our_own_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)

        def fail(now_ms: float) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(site.audio, "statistics", fail)
        await until(lambda: site.state.state is CallState.FAILED)
        assert "RuntimeError" in site.state.sentence
        await until(lambda: not site.audio.is_started)
        monkeypatch.undo()
        site.join(server.address, call_id=2)
        await until(site.is_connected)


async def test_ears_elsewhere_use_the_udp_of_the_agents_machine_where_the_address_means_that_alone() -> None:
    async with voice_server() as server, agent(is_remote=True) as site:
        await joined(site, server)
        assert site.state.path is MediaPath.RELAYED
        assert site.audio.bitrate == media_link.NARROW_BITS_S
        assert site.media._link is not None
        assert site.media._link._udp is None, "127.0.0.1 would be the other machine itself"
        site.speak()
        await until(lambda: [body for _, body in server.frames] == [SPEECH])
        await server.introduce_peer()
        await server.speak(b"\x78one")
        await until(lambda: site.audio.payloads(PEER) == [b"\x78one"])
        await until(lambda: any(isinstance(each, CallStatistics) and each.rtt_ms is not None for each in site.reports))


async def test_ears_elsewhere_go_through_the_websocket_where_the_agents_udp_is_blocked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(media_path, "SEEK_LIMIT_MS", 400)
    monkeypatch.setattr(media_path, "FIRST_RETRY_MS", 300)
    async with voice_server(is_udp_blocked=True) as server, agent(is_remote=True) as site:
        await joined(site, server)
        assert site.state.path is MediaPath.WEBSOCKET
        await until(lambda: site.audio.bitrate == media_link.NARROW_BITS_S)
        server.is_udp_blocked = False
        await until(lambda: site.state.path is MediaPath.RELAYED)


async def test_silence_between_the_ears_and_the_agent_is_not_the_voice_servers() -> None:
    async with voice_server() as server, agent(is_remote=True) as site:
        await joined(site, server)
        call = site.agent._call
        assert call is not None
        await until(lambda: call._relay_heard_ms > 0)
        told = msgspec.structs.replace(call._state, is_silent=True)
        site.agent.take_media(told)
        assert site.is_connected(), "the agent hears the server all the while"
        call._relay_heard_ms = 0
        server.is_udp_blocked = True
        site.agent.take_media(told)
        assert site.state.state is CallState.REJOINING
        assert site.state.sentence == SILENT_SENTENCE


async def test_a_silent_relay_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (call, media_path):
        monkeypatch.setattr(module, "SILENCE_LIMIT_MS", 300)
    async with voice_server() as server, agent(is_remote=True) as site:
        await joined(site, server)
        first = server.addresses[-1]
        server.is_udp_blocked = True
        assert site.agent._call is not None
        before = site.agent._call._relay
        await until(lambda: site.agent._call is not None and site.agent._call._relay is not before)
        server.is_udp_blocked = False
        await until(lambda: server.addresses[-1] != first)
        await until(lambda: site.is_connected() and site.state.path is MediaPath.RELAYED)
        site.speak()
        await until(lambda: len(server.frames) >= 1)


async def test_what_the_way_from_the_agent_held_up_is_not_heard() -> None:
    async with voice_server() as server, agent(is_remote=True) as site:
        await joined(site, server)
        await server.introduce_peer()
        await server.speak(b"\x78one")
        await until(lambda: site.audio.payloads(PEER) == [b"\x78one"])
        held: list[MediaRequest] = []
        with monkeypatched(site.agent, held.append):
            await server.speak(b"\x78two")
            await until(lambda: any(isinstance(each, Datagram) for each in held))
            await asyncio.sleep((LATE_MS + 50) / 1000)  # the stall itself
        for request in held:
            site.media.receive(request)
        await server.speak(b"\x78three")
        await until(lambda: site.audio.payloads(PEER) == [b"\x78one", b"\x78three"])


async def test_ears_that_moved_get_a_session_of_their_own() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        site.speak()
        await until(lambda: len(server.frames) == 1)
        site.media = CallMedia(site.audio, site.agent.take_media)
        site.agent.renew()
        await until(lambda: len(server.selected) == 2)
        await until(site.is_connected)
        site.speak(SPEECH + b"again")
        await until(lambda: [body for _, body in server.frames][1:] == [SPEECH + b"again"])
        assert len(server.identified) == 2, "keys and counters are new"


async def test_leaving_tells_the_server_and_stops_the_audio() -> None:
    async with voice_server() as server, agent() as site:
        await joined(site, server)
        site.agent.receive(LeaveCall())
        await until(lambda: not site.audio.is_started)
        await until(lambda: server.connections[-1].close_code == 1000)


async def test_an_address_that_nobody_answers_is_told_and_tried_again() -> None:
    async with voice_server() as server, agent() as site:
        await server.stop()
        site.join(server.address)
        await until(lambda: site.reports and "cannot be reached" in site.state.sentence)
        assert site.state.sentence == f"The voice server 127.0.0.1:{server.port} cannot be reached: Connection refused."
        await server.start()
        await until(site.is_connected)
