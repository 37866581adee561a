"""An account's place in voice: what it asks the gateway, what it hands the agent, and what it makes of both answers."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tests.client.builders import GUILD, ME, OTHER, channel, guild, ready
from tests.client.stages import ASKED, room, seat
from tuichat.client import place_claim
from tuichat.client.change import Change, RoomCall, RoomCalled, SpeakingChanged, VoiceChanged
from tuichat.client.endpoint import Endpoint
from tuichat.client.errors import ProxyError, RefusedError
from tuichat.client.reducer import reducer
from tuichat.client.rest import Rest
from tuichat.client.room_state import RoomState
from tuichat.client.state import Connection, State
from tuichat.client.voice import Voice
from tuichat.client.voice_address import voice_address
from tuichat.protocol import gateway
from tuichat.protocol.call import CallCreate, VoiceServerUpdate
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.dispatch.voice import VoiceRefused, VoiceStateUpdate
from tuichat.protocol.live_room import HostMuted
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.private_channel import PrivateChannel
from tuichat.protocol.snowflake import Snowflake
from tuichat.voice.call_line import CallHolder
from tuichat.voice.call_protocol import (
    CallChanged,
    CallState,
    GrantNeeded,
    JoinCall,
    MediaPath,
    SetCallVoice,
    Speaking,
    VoiceAddress,
)

LOUNGE, STUDIO, DIRECT = 20, 21, 30
SESSION = "session-1"


class FakeLink:
    def __init__(self) -> None:
        self.joined: list[JoinCall] = []
        self.set: list[SetCallVoice] = []
        self.left = 0
        self.hurried = 0

    def join_call(self, request: JoinCall, holder: CallHolder) -> None:
        self.joined.append(request)

    def leave_call(self, holder: CallHolder) -> None:
        self.left += 1

    def set_call_voice(self, request: SetCallVoice, holder: CallHolder) -> None:
        self.set.append(request)

    def network_changed(self) -> None:
        self.hurried += 1


class Account:
    """A Voice with a gateway that keeps what it is asked."""

    def __init__(self) -> None:
        self.state = State()
        self.asked: list[gateway.VoiceStateUpdate] = []
        self.changes: list[Change] = []
        self.sought = 0
        self.dropped = 0
        self.link = FakeLink()
        endpoint = Endpoint("https://chat.example.org")
        self.voice = Voice(
            self.state,
            Rest(endpoint),
            self._emit,
            command=self._ask,
            endpoint=lambda: endpoint,
            seek=self._seek,
            drop=self._drop,
        )
        self.voice.link = self.link
        self.begin_session()

    def begin_session(self, session_id: str = SESSION) -> None:
        lounge = voice_channel(LOUNGE, bitrate=32_000, user_limit=2)
        direct = PrivateChannel(id=Snowflake(DIRECT), type=ChannelType.DM)
        event = ready(guild(GUILD, channel(), lounge, voice_channel(STUDIO)), private_channels=[direct])
        self.tell(msgspec.structs.replace(event, session_id=session_id))
        self.state.connection = Connection.READY
        self.voice.session_ready(is_fresh=True)

    def lose_connection(self) -> None:
        self.state.connection = Connection.RECONNECTING
        self.voice.connection_lost()

    def _emit(self, changes: Sequence[Change]) -> None:
        self.changes += changes

    def _ask(self, command: gateway.CommandPayload) -> None:
        assert isinstance(command, gateway.VoiceStateUpdate)
        self.asked.append(command)

    def _seek(self) -> None:
        self.sought += 1

    def _drop(self) -> None:
        self.dropped += 1

    def tell(self, event: msgspec.Struct) -> None:
        reducer.reduce(self.state, event, 0)
        self.voice.take_event(event)

    def seat(
        self,
        channel_id: int | None,
        *,
        session_id: str = SESSION,
        user_id: int = ME,
        in_guild: bool = True,
        **flags: bool,
    ) -> None:
        """VOICE_STATE_UPDATE."""
        self.tell(
            VoiceStateUpdate(
                guild_id=Snowflake(GUILD) if in_guild else msgspec.UNSET,
                channel_id=None if channel_id is None else Snowflake(channel_id),
                user_id=Snowflake(user_id),
                session_id=session_id,
                **flags,  # type: ignore[arg-type]  # only those that are true or false
            )
        )

    def grant(self, token: str = "voice-token", endpoint: str | None = "voice.example.org:443") -> None:
        self.tell(VoiceServerUpdate(token=token, guild_id=Snowflake(GUILD), endpoint=endpoint))

    def joined(self, channel_id: int = LOUNGE) -> JoinCall:
        self.voice.join(GUILD, channel_id)
        self.seat(channel_id)
        self.grant()
        request = self.link.joined[-1]
        self.voice.take_report(
            CallChanged(call_id=request.call_id, state=CallState.CONNECTED, path=MediaPath.UDP, mode="aead")
        )
        return request

    @property
    def call_state(self) -> CallState | None:
        return self.voice.call.state if self.voice.call else None


def voice_channel(channel_id: int, **fields: int) -> Channel:
    return channel(channel_id, f"voice {channel_id}", type=ChannelType.VOICE, guild_id=Snowflake(GUILD), **fields)


def host_muted(user_id: int) -> HostMuted:
    return HostMuted(
        guild_id=Snowflake(GUILD), channel_id=Snowflake(LOUNGE), user_id=Snowflake(user_id), by_id=Snowflake(8)
    )


async def test_joining_pairs_both_answers_in_either_order() -> None:
    for is_state_first in (True, False):
        account = Account()
        account.voice.join(GUILD, LOUNGE)
        assert [(each.guild_id, each.channel_id) for each in account.asked] == [(GUILD, LOUNGE)]
        assert account.call_state is CallState.CONNECTING
        if is_state_first:
            account.seat(LOUNGE)
        account.grant()
        if not is_state_first:
            assert account.link.joined == []
            account.seat(LOUNGE)
        [request] = account.link.joined
        assert request.address == VoiceAddress("wss://voice.example.org:443")
        assert (request.server_id, request.channel_id, request.user_id) == (GUILD, LOUNGE, ME)
        assert (request.session_id, request.token, request.bitrate) == (SESSION, "voice-token", 32_000)
        assert not request.is_muted


async def test_the_call_is_shown_as_the_agent_tells() -> None:
    account = Account()
    request = account.joined()
    assert account.voice.call is not None
    assert (account.call_state, account.voice.call.path, account.voice.call.mode) == (
        CallState.CONNECTED,
        MediaPath.UDP,
        "aead",
    )
    assert VoiceChanged() in account.changes
    account.voice.take_report(Speaking(request.call_id, OTHER, True, True))
    assert account.voice.speaking == {OTHER: True}
    assert account.changes[-1] == SpeakingChanged(OTHER)
    account.voice.take_report(Speaking(request.call_id - 1, ME, True))
    assert account.voice.speaking == {OTHER: True}, "a report of an earlier call"
    account.voice.take_report(CallChanged(call_id=request.call_id, state=CallState.REJOINING))
    assert account.voice.speaking == {}
    assert account.dropped == 1, "the gateway's line is looked at as well"


async def test_mute_and_deafen_go_to_the_gateway_and_the_agent_and_are_kept() -> None:
    account = Account()
    account.joined()
    account.voice.set_muted(True)
    assert (account.asked[-1].self_mute, account.asked[-1].self_deaf) == (True, False)
    assert account.link.set[-1].is_muted
    account.voice.set_deafened(True)
    assert (account.asked[-1].self_mute, account.asked[-1].self_deaf) == (True, True)
    assert account.link.set[-1].is_deafened
    account.voice.set_deafened(False)
    assert account.voice.own.is_muted, "as before"
    account.voice.leave()
    account.voice.join(GUILD, STUDIO)
    assert account.asked[-1].self_mute
    account.voice.set_muted(False)
    account.voice.set_deafened(True)
    account.voice.set_muted(False)
    assert not account.voice.own.is_deafened, "who unmutes wants to take part"


async def test_what_a_moderator_does_mutes_here_too() -> None:
    account = Account()
    account.joined()
    account.seat(LOUNGE, mute=True)
    assert account.voice.call is not None
    assert account.voice.call.is_muted_by_moderator
    assert account.link.set[-1].is_muted
    account.seat(LOUNGE, suppress=True)
    assert account.voice.call.is_suppressed
    assert account.link.set[-1].is_muted
    account.seat(LOUNGE, deaf=True)
    assert account.link.set[-1].is_deafened
    account.seat(LOUNGE)
    assert not account.link.set[-1].is_muted


async def test_a_host_of_the_room_mutes_until_one_unmutes_oneself() -> None:
    account = Account()
    account.joined()
    asked = len(account.asked)
    account.tell(host_muted(user_id=7))
    assert not account.voice.own.is_muted, "somebody else was muted"
    account.tell(host_muted(user_id=ME))
    assert account.voice.own.is_muted
    assert account.link.set[-1].is_muted
    assert len(account.asked) == asked, "the server knows"
    account.voice.set_muted(False)
    assert not account.link.set[-1].is_muted
    assert len(account.asked) == asked + 1


async def test_a_move_by_a_moderator_goes_on_in_the_other_channel() -> None:
    account = Account()
    first = account.joined()
    account.seat(STUDIO)
    account.grant("another-token")
    second = account.link.joined[-1]
    assert (second.channel_id, second.token, second.call_id) == (STUDIO, "another-token", first.call_id)
    assert account.voice.is_calling(STUDIO)
    assert len(account.asked) == 1


async def test_another_voice_server_for_the_same_channel_is_gone_to() -> None:
    account = Account()
    first = account.joined()
    account.grant("another-token", "region-2.example.org:443")
    second = account.link.joined[-1]
    assert (second.call_id, second.channel_id) == (first.call_id, LOUNGE)
    assert second.address.url == "wss://region-2.example.org:443"
    assert len(account.asked) == 1


async def test_a_move_of_ones_own_keeps_the_call() -> None:
    account = Account()
    first = account.joined()
    account.seat(STUDIO)
    assert account.voice.call is not None
    assert account.voice.call.was_moved, "by others"
    account.voice.join(GUILD, LOUNGE)
    account.seat(LOUNGE)
    account.grant("third-token")
    account.voice.join(GUILD, STUDIO)
    assert not account.voice.call.was_moved
    assert account.link.left == 0
    account.seat(STUDIO)
    account.grant("another-token")
    assert account.link.joined[-1].call_id == first.call_id


async def test_being_put_out_ends_the_call_with_a_sentence_and_no_rejoin() -> None:
    account = Account()
    request = account.joined()
    account.voice.take_report(GrantNeeded(request.call_id, "closed (4014)", is_put_out=True))
    assert len(account.asked) == 1, "the gateway is waited for"
    account.seat(None)
    assert account.call_state is CallState.LEFT
    assert account.voice.call is not None
    assert "disconnected" in account.voice.call.sentence
    await asyncio.sleep(0)
    assert len(account.asked) == 1
    assert account.link.left == 1


async def test_being_put_out_of_a_room_says_so() -> None:
    account = Account()
    account.joined()
    account.state.guilds[GUILD].rooms[LOUNGE] = RoomState(room(channel_id=Snowflake(LOUNGE)))
    account.seat(None)
    assert account.voice.call is not None
    assert "put out of the room" in account.voice.call.sentence
    told = [each for each in account.changes if isinstance(each, RoomCalled)]
    assert [(each.call, each.channel_id, each.topic) for each in told] == [(RoomCall.PUT_OUT, LOUNGE, "News")]


async def test_who_is_asked_up_on_a_stage_is_silent_until_it_accepts() -> None:
    account = Account()
    account.joined()
    account.tell(msgspec.structs.replace(seat(ME, suppress=False, asked=ASKED, channel_id=LOUNGE), session_id=SESSION))
    assert account.link.set[-1].is_muted
    account.tell(msgspec.structs.replace(seat(ME, suppress=False, channel_id=LOUNGE), session_id=SESSION))
    assert not account.link.set[-1].is_muted


async def test_being_put_out_without_a_word_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_claim, "PUT_OUT_LIMIT_S", 0.0)
    account = Account()
    request = account.joined()
    account.voice.take_report(GrantNeeded(request.call_id, "closed (4014)", is_put_out=True))
    await asyncio.sleep(0.01)
    assert [each.channel_id for each in account.asked] == [LOUNGE, LOUNGE]
    account.grant("another-token")
    assert account.link.joined[-1].token == "another-token"


async def test_a_grant_that_was_refused_is_asked_for_anew() -> None:
    account = Account()
    request = account.joined()
    account.voice.take_report(GrantNeeded(request.call_id, "closed (4006)"))
    assert [each.channel_id for each in account.asked] == [LOUNGE, LOUNGE]
    account.grant()
    assert len(account.link.joined) == 2, "given again, even where it is the same"


async def test_a_fresh_session_takes_the_place_again_with_mute_kept() -> None:
    account = Account()
    account.joined()
    account.voice.set_muted(True)
    account.lose_connection()
    account.begin_session("session-2")
    assert account.asked[-1].channel_id == LOUNGE
    assert account.asked[-1].self_mute
    account.seat(LOUNGE, session_id="session-2", self_mute=True)
    account.grant("another-token")
    request = account.link.joined[-1]
    assert (request.session_id, request.token, request.is_muted) == ("session-2", "another-token", True)


async def test_a_resumed_session_only_hurries_the_agent() -> None:
    account = Account()
    account.joined()
    account.lose_connection()
    account.state.connection = Connection.READY
    account.voice.session_ready(is_fresh=False)
    assert len(account.asked) == 1
    assert account.link.hurried == 1


async def test_while_in_a_call_the_gateway_is_sought_each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place_claim, "SEEK_EVERY_S", 0.001)
    account = Account()
    account.lose_connection()
    await asyncio.sleep(0.02)
    assert account.sought == 0, "nobody talks"
    account.state.connection = Connection.READY
    account.joined()
    account.lose_connection()
    await asyncio.sleep(0.02)
    assert account.sought > 2
    account.voice.close()


async def test_a_gateway_that_does_not_answer_is_tried_again_and_then_taken_for_a_no(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(place_claim, "ANSWER_LIMIT_S", 0.001)
    account = Account()
    account.voice.join(GUILD, LOUNGE)
    await asyncio.sleep(0.1)
    assert account.call_state is CallState.FAILED
    assert account.voice.call is not None
    assert "does not let you" in account.voice.call.sentence
    assert account.dropped == place_claim.MAX_SILENT_ANSWERS - 1
    assert account.asked[-1].channel_id is None


async def test_no_voice_server_now_is_waited_for() -> None:
    account = Account()
    account.voice.join(GUILD, LOUNGE)
    account.seat(LOUNGE)
    account.grant(endpoint=None)
    assert account.link.joined == []
    assert account.voice.call is not None
    assert "voice server is being changed" in account.voice.call.sentence
    account.grant()
    assert len(account.link.joined) == 1


async def test_leaving_tells_both_and_late_words_change_nothing() -> None:
    account = Account()
    request = account.joined()
    account.voice.leave()
    assert account.asked[-1].channel_id is None
    assert account.link.left == 1
    account.seat(None)
    account.voice.take_report(CallChanged(call_id=request.call_id, state=CallState.CONNECTED))
    account.grant()
    assert account.call_state is CallState.LEFT
    assert len(account.link.joined) == 1


async def test_another_session_of_the_user_takes_the_call_over() -> None:
    account = Account()
    account.joined()
    account.seat(STUDIO, session_id="of-another-device")
    assert account.call_state is CallState.LEFT
    assert account.voice.call is not None
    assert "another place" in account.voice.call.sentence
    assert len(account.asked) == 1, "the other one is in voice, and stays"


async def test_another_account_takes_the_line() -> None:
    account = Account()
    account.joined()
    account.voice.call_taken()
    assert account.asked[-1].channel_id is None
    assert account.call_state is CallState.LEFT


async def test_a_failed_call_leaves_the_channel() -> None:
    account = Account()
    request = account.joined()
    account.voice.take_report(CallChanged(call_id=request.call_id, state=CallState.FAILED, sentence="It cannot be."))
    assert account.asked[-1].channel_id is None
    assert account.voice.call is not None
    assert account.voice.call.sentence == "It cannot be."


async def test_what_cannot_be_joined_says_why() -> None:
    account = Account()
    for user_id in (OTHER, OTHER + 1):
        account.seat(LOUNGE, user_id=user_id)
    with pytest.raises(RefusedError, match="full"):
        account.voice.join(GUILD, LOUNGE)
    with pytest.raises(RefusedError, match="no voice"):
        account.voice.join(GUILD, next(iter(account.state.guilds[GUILD].channel_ids)))
    everyone = account.state.guilds[GUILD].roles[GUILD]
    account.state.guilds[GUILD].roles[GUILD] = msgspec.structs.replace(
        everyone, permissions=everyone.permissions & ~Permissions.CONNECT
    )
    with pytest.raises(RefusedError, match="not join"):
        account.voice.join(GUILD, STUDIO)
    account.state.connection = Connection.RECONNECTING
    with pytest.raises(RefusedError, match="not connected"):
        account.voice.join(GUILD, STUDIO)
    account.voice.link = None
    with pytest.raises(RefusedError, match=r"voice\.enabled"):
        account.voice.join(GUILD, STUDIO)
    assert account.asked == []


async def test_a_call_in_a_private_channel() -> None:
    account = Account()
    account.tell(CallCreate(channel_id=Snowflake(DIRECT), ringing=[Snowflake(ME)]))
    assert account.voice.ringing_channels == [DIRECT]
    account.voice.join(None, DIRECT)
    assert (account.asked[-1].guild_id, account.asked[-1].channel_id) == (None, DIRECT)
    account.seat(DIRECT, in_guild=False)
    account.tell(VoiceServerUpdate(token="call-token", channel_id=Snowflake(DIRECT), endpoint="voice.example.org"))
    request = account.link.joined[-1]
    assert (request.server_id, request.channel_id) == (DIRECT, DIRECT)
    assert [each.user_id for each in account.state.voice_states_of(DIRECT)] == [ME]
    account.seat(None, in_guild=False)
    assert account.call_state is CallState.LEFT
    assert account.state.voice_states_of(DIRECT) == []


async def test_people_are_rung_once_there_is_a_call_to_ring_them_for(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account()
    rung: list[int] = []

    async def ring(channel_id: int, user_ids: Sequence[int] | None = None) -> None:
        rung.append(channel_id)

    monkeypatch.setattr(account.voice.rings, "ring", ring)
    calling = asyncio.create_task(account.voice.start_call(DIRECT))
    await asyncio.sleep(0.01)
    assert rung == [], "the server knows of no call yet"
    account.seat(DIRECT, in_guild=False)
    await calling
    assert rung == [DIRECT]
    account.voice.leave()
    account.seat(None, in_guild=False)
    calling = asyncio.create_task(account.voice.start_call(DIRECT))
    await asyncio.sleep(0.01)
    account.voice.leave()
    await calling
    assert rung == [DIRECT], "one has thought better of it"


def test_a_server_reached_in_plain_has_its_voice_gateway_where_its_gateway_is() -> None:
    personal = Endpoint("http://localhost", Path("/run/user/1000/tuichat/server.sock"))
    assert voice_address(personal, "127.0.0.1:9999", {"voice"}) == VoiceAddress(
        "ws://localhost", "/run/user/1000/tuichat/server.sock"
    )
    forwarded = Endpoint("http://127.0.0.1:8765")
    assert voice_address(forwarded, "chat.example.org:443", {"voice"}) == VoiceAddress("ws://127.0.0.1:8765")


def test_another_server_in_plain_has_its_voice_server_behind_tls() -> None:
    assert voice_address(Endpoint("http://127.0.0.1:3001"), "127.0.0.1:3004", ()).url == "wss://127.0.0.1:3004"


def test_the_proxy_of_the_environment_leads_to_the_voice_server() -> None:
    endpoint = Endpoint("https://chat.example.org")
    for variable in ("HTTPS_PROXY", "ALL_PROXY"):
        address = voice_address(endpoint, "voice.example.org:443", (), {variable: "socks5h://ada:s%2Fx@proxy.test"})
        assert address.proxy_url == "socks5h://ada:s%2Fx@proxy.test:1080"
    assert (
        voice_address(endpoint, "voice.example.org:443", (), {"NO_PROXY": "*", "ALL_PROXY": "http://p"}).proxy_url
        is None
    )
    with pytest.raises(ProxyError):
        voice_address(endpoint, "voice.example.org:443", (), {"HTTPS_PROXY": "gopher://proxy.test"})


def test_a_pinned_certificate_is_for_its_own_host_alone() -> None:
    pinned = Endpoint("https://chat.example.org:8443", None, "ab" * 32)
    assert voice_address(pinned, "chat.example.org:8443", ()).pinned_sha256 == "ab" * 32
    assert voice_address(pinned, "voice.example.org:8443", ()).pinned_sha256 is None


@pytest.mark.parametrize("told", ["", "a b", "host:99999", "user@host", "host/path", "http://host", "x" * 400, "[::1"])
def test_nonsense_is_no_voice_server(told: str) -> None:
    with pytest.raises(RefusedError, match="no proper voice server"):
        voice_address(Endpoint("https://chat.example.org"), told, {"voice"})


async def test_a_server_that_says_why_it_lets_nobody_in_is_believed_at_once() -> None:
    account = Account()
    account.voice.join(GUILD, LOUNGE)
    other = VoiceRefused(guild_id=Snowflake(GUILD), channel_id=Snowflake(STUDIO), code=0, message="Full.")
    account.tell(other)
    assert account.voice.is_in_call
    account.tell(msgspec.structs.replace(other, channel_id=Snowflake(LOUNGE), message="Full\x1b[31m."))
    call = account.voice.call
    assert call is not None
    assert (call.state, call.sentence) == (CallState.FAILED, "The server does not let you in: Full\ufffd[31m.")
    assert account.asked[-1].channel_id is None
    assert account.dropped == 0
