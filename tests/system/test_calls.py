"""Calls of real clients and real call agents through a real server: heard, moved, muted, and healed."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.server.running import RunningServer
from tests.system.voice_site import SPEECH, until_heard, voice_site
from tuichat.client.endpoint import Endpoint, personal_endpoint
from tuichat.protocol.rtp import SILENCE
from tuichat.voice.call_protocol import CallState, CallStatistics, MediaPath

pytestmark = pytest.mark.slow


async def test_two_people_hear_each_other_and_see_who_speaks(tmp_path: Path) -> None:
    async with voice_site(tmp_path) as site:
        me, other = site.people
        await me.join(site.lounge)
        await other.join(site.lounge)
        call = me.client.voice.call
        assert call is not None
        assert (call.path, call.mode) == (MediaPath.UDP, "aead_aes256_gcm_rtpsize")
        await until_heard(me, other, b"\x78hello")
        await until_heard(other, me, b"\x78hi there")
        await until(lambda: me.id in other.client.voice.speaking)
        me.speak(SILENCE)
        await until(lambda: me.id not in other.client.voice.speaking)
        await until(lambda: other.client.voice.call is not None and other.client.voice.call.statistics is not None)
        seen = [int(each.user_id) for each in other.client.state.voice_states_of(site.lounge)]
        assert sorted(seen) == sorted([me.id, other.id])


async def test_through_the_personal_servers_socket(tmp_path: Path) -> None:
    def endpoint_of(name: str, server: RunningServer) -> Endpoint:
        return personal_endpoint(server.socket_path)

    async with voice_site(tmp_path, endpoint_of=endpoint_of) as site:
        me, other = site.people
        await me.join(site.lounge)
        await other.join(site.lounge)
        await until_heard(me, other, SPEECH)
        assert me.client.voice.call is not None
        assert me.client.voice.call.path is MediaPath.UDP


async def test_mute_deafen_and_a_moderator(tmp_path: Path) -> None:
    async with voice_site(tmp_path) as site:
        me, other = site.people
        await me.join(site.lounge)
        await other.join(site.lounge)
        await until_heard(other, me, SPEECH)
        other.client.voice.set_muted(True)
        await until(lambda: other.audio.is_muted)
        await until(lambda: me.client.state.guilds[me.guild_id].voice_states[other.id].self_mute)
        other.client.voice.set_muted(False)
        await until(lambda: not other.audio.is_muted)
        await me.client.voice.moderation.mute(me.guild_id, other.id, is_muted=True)
        await until(lambda: other.audio.is_muted)
        assert other.client.voice.call is not None
        assert other.client.voice.call.is_muted_by_moderator
        await me.client.voice.moderation.mute(me.guild_id, other.id, is_muted=False)
        await until(lambda: not other.audio.is_muted)
        await me.client.voice.moderation.deafen(me.guild_id, other.id, is_deafened=True)
        await until(lambda: other.audio.is_deafened)


async def test_moves_keep_the_call_and_its_mute(tmp_path: Path) -> None:
    async with voice_site(tmp_path) as site:
        me, other = site.people
        await me.join(site.lounge)
        await other.join(site.lounge)
        # What it says of itself names its channel, too: told after the move, it would take that back.
        other.client.voice.set_deafened(True)
        await until(lambda: me.client.state.guilds[me.guild_id].voice_states[other.id].self_deaf)
        await me.client.voice.moderation.move(me.guild_id, other.id, site.studio)
        await until(lambda: other.client.voice.is_calling(site.studio))
        me.client.voice.join(me.guild_id, site.studio)
        await until(lambda: me.client.voice.is_calling(site.studio) and me.is_connected())
        await until(other.is_connected)
        assert other.audio.is_deafened
        assert other.audio.is_muted
        other.client.voice.set_deafened(False)
        await until_heard(me, other, b"\x78in the studio")
        await until_heard(other, me, b"\x78me too")
        assert len({report.call_id for report in other.reports}) == 1, "one call all the time"


async def test_who_is_put_out_stays_out(tmp_path: Path) -> None:
    async with voice_site(tmp_path) as site:
        me, other = site.people
        await me.join(site.lounge)
        await other.join(site.lounge)
        await me.client.voice.moderation.disconnect(me.guild_id, other.id)
        await until(lambda: not other.client.voice.is_in_call)
        await until(lambda: not other.audio.is_started)
        assert other.client.voice.call is not None
        assert other.client.voice.call.state is CallState.LEFT
        assert "disconnected" in other.client.voice.call.sentence
        await other.join(site.lounge)
        await until_heard(other, me, b"\x78back again")


async def test_who_quits_is_out_of_the_channel_at_once(tmp_path: Path) -> None:
    async with voice_site(tmp_path) as site:
        me, other = site.people
        await me.join(site.lounge)
        await other.join(site.lounge)
        await me.client.close()
        await until(lambda: [each.user_id for each in other.client.state.voice_states_of(site.lounge)] == [other.id])
        await until(lambda: not me.audio.is_started)


async def test_a_direct_call_rings_and_is_accepted_or_declined(tmp_path: Path) -> None:
    async with voice_site(tmp_path) as site:
        me, other = site.people
        direct = await me.client.places.open_private_channel(other.id)
        await me.client.voice.start_call(int(direct.id))
        await until(me.is_connected)
        await until(lambda: other.client.voice.ringing_channels == [int(direct.id)])
        await other.client.voice.decline(int(direct.id))
        await until(lambda: other.client.voice.ringing_channels == [])
        await me.client.voice.rings.ring(int(direct.id))
        await until(lambda: other.client.voice.ringing_channels == [int(direct.id)])
        other.client.voice.join(None, int(direct.id))
        await until(other.is_connected)
        await until_heard(me, other, SPEECH)
        await until(lambda: other.client.voice.ringing_channels == [])
        me.client.voice.leave()
        other.client.voice.leave()
        await until(lambda: not other.client.state.calls)


async def test_losses_reach_the_speaker_through_the_server(tmp_path: Path) -> None:
    async with voice_site(tmp_path) as site:
        me, other = site.people
        await me.join(site.lounge)
        await other.join(site.lounge)
        await until_heard(me, other, SPEECH)
        link = me.media._link
        assert link is not None
        media = link.media

        deadline = time.monotonic() + 30
        while not any(isinstance(each, CallStatistics) and each.sent_loss > 0.05 for each in me.reports):
            assert time.monotonic() < deadline
            for number in range(5):
                if number == 4:
                    media._sequence = media._sequence + 1 & 0xFFFF  # a packet that was never sent is one that was lost
                me.speak()
            await asyncio.sleep(0.1)  # the pace of real frames, which the server holds a speaker to
        assert me.audio.expected_loss > 0
