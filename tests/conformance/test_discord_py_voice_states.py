"""Unmodified discord.py moderates who is in voice, stands on a stage and plays sounds, with a real server."""

import discord
import pytest

from tests.conformance.environment import Environment
from tests.conformance.moderation import Action, Moderation
from tests.conformance.report import Report
from tests.conformance.text_run import error_code
from tests.server.files.sounds_made import mp3


@pytest.mark.slow
@pytest.mark.usefixtures("restored_addresses")
async def test_discord_py_sees_to_order_in_voice(environment: Environment) -> None:
    run = Moderation(environment, Report("voice states"))
    async with run.connected():
        await _moderate(run)
        await _play(run)
        await _speak_on_a_stage(run)


def voice_channel(run: Moderation, channel_id: int) -> discord.VoiceChannel:
    channel = run.guild.get_channel(channel_id)
    assert isinstance(channel, discord.VoiceChannel)
    return channel


def is_in(run: Moderation, channel: discord.abc.GuildChannel) -> bool:
    return run.guild.me.voice is not None and run.guild.me.voice.channel == channel


async def _moderate(run: Moderation) -> None:
    guild, me = run.guild, run.guild.me
    lounge = voice_channel(run, run.environment.voice_id)
    second = voice_channel(run, run.environment.second_voice_id)
    assert await error_code(me.edit(mute=True)) == 40032
    await guild.change_voice_state(channel=lounge, self_mute=True)
    assert await run.becomes(lambda: is_in(run, lounge) and me in lounge.members)
    state = me.voice
    assert state is not None
    assert (state.self_mute, state.self_deaf, state.mute, state.suppress) == (True, False, False, False)
    await me.edit(mute=True, deafen=True)
    assert await run.becomes(lambda: me.voice is not None and me.voice.mute and me.voice.deaf)
    entry = await run.newest(Action.member_update)
    assert (entry.after.mute, entry.after.deaf) == (True, True)
    fetched = await me.fetch_voice()
    assert (fetched.channel, fetched.mute, fetched.self_mute) == (lounge, True, True)
    await me.edit(mute=False, deafen=False)
    await me.move_to(second)
    assert await run.becomes(lambda: is_in(run, second) and not lounge.members)
    entry = await run.newest(Action.member_move)
    assert (entry.extra.channel, entry.extra.count) == (second, 1)
    await second.edit(rtc_region="local", bitrate=32_000, user_limit=1)
    assert await run.becomes(lambda: (second.rtc_region, second.bitrate) == ("local", 32_000))
    assert await error_code(second.edit(rtc_region="mars")) == 50035
    await me.move_to(None)
    assert await run.becomes(lambda: me.voice is None)
    assert (await run.newest(Action.member_disconnect)).extra.count == 1


async def _play(run: Moderation) -> None:
    guild = run.guild
    lounge = voice_channel(run, run.environment.voice_id)
    sound = await guild.create_soundboard_sound(name="boing", sound=mp3(30), volume=0.5, emoji="\N{DUCK}")
    assert await run.becomes(lambda: [known.id for known in guild.soundboard_sounds] == [sound.id])
    assert (sound.volume, str(sound.emoji), await sound.read()) == (0.5, "\N{DUCK}", mp3(30))
    assert (await run.newest(Action.soundboard_sound_create)).after.name == "boing"
    renamed = await sound.edit(name="boong")
    assert (renamed.name, (await guild.fetch_soundboard_sound(sound.id)).name) == ("boong", "boong")
    assert [known.name for known in await guild.fetch_soundboard_sounds()] == ["boong"]
    defaults = await run.client.fetch_soundboard_default_sounds()
    assert len(defaults) == 6
    assert await error_code(lounge.send_sound(sound)) == 40032
    await guild.change_voice_state(channel=lounge)
    assert await run.becomes(lambda: is_in(run, lounge))
    for played in (sound, defaults[0]):
        effect = await run.event("voice_channel_effect", lounge.send_sound(played))
        assert (effect.sound.id, effect.user, effect.channel) == (played.id, guild.me, lounge)
    await sound.delete()
    assert await run.becomes(lambda: not guild.soundboard_sounds)
    await guild.change_voice_state(channel=None)
    assert await run.becomes(lambda: guild.me.voice is None)


async def _speak_on_a_stage(run: Moderation) -> None:
    guild, me = run.guild, run.guild.me
    stage = await guild.create_stage_channel("stage")
    await guild.change_voice_state(channel=stage)
    assert await run.becomes(lambda: is_in(run, stage) and stage.listeners == [me])
    await me.request_to_speak()
    assert await run.becomes(lambda: stage.requesting_to_speak == [me] or stage.speakers == [me])
    await me.edit(suppress=False)
    assert await run.becomes(lambda: stage.speakers == [me])
    live = await stage.create_instance(topic="Bees", send_start_notification=True)
    assert await run.becomes(lambda: stage.instance is not None and stage.instance.topic == "Bees")
    await live.edit(topic="Wasps")
    assert await run.becomes(lambda: stage.instance is not None and stage.instance.topic == "Wasps")
    assert (await stage.fetch_instance()).id == live.id
    await live.delete()
    assert await run.becomes(lambda: stage.instance is None)
    await me.edit(suppress=True)
    assert await run.becomes(lambda: stage.listeners == [me])
    await stage.delete()
    assert await run.becomes(lambda: me.voice is None)
