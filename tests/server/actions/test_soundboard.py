"""Soundboards: making sounds, and playing one to those who are in voice together (line 4.1)."""

import pytest
from msgspec import UNSET

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.actions.room_people import Room
from tests.server.actions.test_voice_states import make_channel
from tests.server.actions.voice_people import VoiceTown
from tests.server.files.sounds_made import mp3, ogg_opus, sound_uri
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.guild import CreateGuildRequest
from tuichat.protocol.rest.member import EditMemberRequest, EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import (
    CreateSoundRequest,
    EditSoundRequest,
    SendEffectRequest,
    SendSoundRequest,
    SoundboardSound,
    VoiceChannelEffectSend,
)
from tuichat.server.actions import guilds, joining, members, overwrites, soundboard, stages, voice_moderation
from tuichat.server.actions.context import REACTION_BURST, REACTION_REFILL_MS
from tuichat.server.actions.images import ImageKind, find_image
from tuichat.server.actions.ready import full_guild

UNKNOWN_SOUND, NO_PERMISSION, NO_ACCESS, INVALID, NOT_IN_VOICE, NO_EFFECT = 10097, 50013, 50001, 50035, 40032, 50167
UNKNOWN_EMOJI = 10014
SECOND = mp3(38)


@pytest.fixture
def voice(town: Town) -> VoiceTown:
    return VoiceTown(town)


async def make(town: Town, name: str = "boing", content: bytes = SECOND, **fields: object) -> SoundboardSound:
    request = CreateSoundRequest(name=name, sound=sound_uri(content), **fields)  # type: ignore[arg-type]  # any of them
    return await soundboard.create_sound(town.ctx, town.ada, town.guild_id, request)


def effects(voice: VoiceTown) -> list[VoiceChannelEffectSend]:
    return [codec.decode(event.body, VoiceChannelEffectSend) for event in voice.take("VOICE_CHANNEL_EFFECT_SEND")]


async def test_a_sound_is_made_changed_and_deleted(town: Town) -> None:
    made = await make(town, volume=0.5, emoji_name="\N{DUCK}")
    assert (made.name, made.volume, made.emoji_name, made.guild_id) == ("boing", 0.5, "\N{DUCK}", town.guild_id)
    stored = await find_image(town.ctx, ImageKind.SOUND, made.sound_id)
    assert stored is not None
    assert full_guild(town.ctx, town.bob.user_id, town.guild_id).soundboard_sounds[0].sound_id == made.sound_id
    request = EditSoundRequest(name="boong", emoji_name=None, volume=None)
    changed = await soundboard.edit_sound(town.ctx, town.ada, town.guild_id, made.sound_id, request)
    assert (changed.name, changed.volume, changed.emoji_name) == ("boong", 1.0, None)
    await soundboard.delete_sound(town.ctx, town.ada, town.guild_id, made.sound_id)
    assert [len(town.told(f"GUILD_SOUNDBOARD_SOUND_{what}")) for what in ("CREATE", "UPDATE", "DELETE")] == [1, 1, 1]
    assert (await soundboard.list_sounds(town.ctx, town.ada, town.guild_id)).items == []
    assert await find_image(town.ctx, ImageKind.SOUND, made.sound_id) is None
    with refused(UNKNOWN_SOUND, 404):
        await soundboard.get_sound(town.ctx, town.ada, town.guild_id, made.sound_id)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"sound": "https://example.org/x.mp3"}, INVALID),
        ({"sound": "data:audio/mpeg;base64,%%%"}, INVALID),
        ({"sound": sound_uri(b"GIF89a" * 50)}, INVALID),
        ({"sound": sound_uri(mp3(200))}, INVALID),  # 5.22 s
        ({"sound": sound_uri(mp3(10) + bytes(512 * 1024))}, INVALID),
        ({"name": "x"}, INVALID),
        ({"name": "x" * 33}, INVALID),
        ({"volume": 1.5}, INVALID),
        ({"emoji_name": "duck"}, UNKNOWN_EMOJI),
        ({"emoji_id": Snowflake(5)}, UNKNOWN_EMOJI),
        ({"sound": sound_uri(ogg_opus(48_000), "audio/ogg")}, None),
    ],
)
async def test_what_cannot_be_a_sound(town: Town, fields: dict[str, object], expected: int | None) -> None:
    whole = {"name": "boing", "sound": sound_uri(SECOND), **fields}
    request = CreateSoundRequest(**whole)  # type: ignore[arg-type]  # any of them
    result = await outcome(soundboard.create_sound(town.ctx, town.ada, town.guild_id, request))
    assert (result if isinstance(result, int) else None) == expected


async def test_a_guild_has_a_number_of_sounds(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundboard, "MAX_SOUNDS", 1)
    await make(town)
    with refused(30045):
        await make(town)


async def test_who_made_a_sound_may_change_it_and_others_need_to_manage(town: Town) -> None:
    await town.give_role("bob", Permissions.CREATE_GUILD_EXPRESSIONS)
    request = CreateSoundRequest(name="mine", sound=sound_uri(SECOND))
    mine = await soundboard.create_sound(town.ctx, town.bob, town.guild_id, request)
    hers = await make(town)
    change = EditSoundRequest(name="other")
    await soundboard.edit_sound(town.ctx, town.bob, town.guild_id, mine.sound_id, change)
    with refused(NO_PERMISSION):
        await soundboard.edit_sound(town.ctx, town.bob, town.guild_id, hers.sound_id, change)
    with refused(NO_PERMISSION):
        await soundboard.delete_sound(town.ctx, town.people["mod"], town.guild_id, hers.sound_id)
    with refused(NO_ACCESS):
        await soundboard.get_sound(town.ctx, town.eve, town.guild_id, hers.sound_id)


async def test_a_sound_reaches_those_in_the_channel_alone(voice: VoiceTown) -> None:
    made = await make(voice.town, volume=0.25)
    request = SendSoundRequest(sound_id=made.sound_id)
    with refused(NOT_IN_VOICE):
        await soundboard.play_sound(voice.ctx, voice.town.bob, voice.lounge, request)
    for name in ("ada", "bob"):
        voice.ask(name, voice.lounge)
    await soundboard.play_sound(voice.ctx, voice.town.bob, voice.lounge, request)
    (told,) = voice.take("VOICE_CHANNEL_EFFECT_SEND")
    assert told.user_ids == frozenset(int(voice.town.people[name].user_id) for name in ("ada", "bob"))
    (effect,) = effects(voice)
    assert (effect.sound_id, effect.sound_volume, effect.user_id) == (made.sound_id, 0.25, voice.town.bob.user_id)
    await soundboard.play_sound(voice.ctx, voice.town.bob, voice.lounge, SendSoundRequest(sound_id=Snowflake(1)))
    assert effects(voice)[-1].sound_id == 1  # a default one
    with refused(UNKNOWN_SOUND):
        await soundboard.play_sound(voice.ctx, voice.town.bob, voice.lounge, SendSoundRequest(sound_id=Snowflake(99)))


async def test_nobody_plays_who_is_not_heard_or_does_not_hear(voice: VoiceTown) -> None:
    request = SendSoundRequest(sound_id=Snowflake(1))
    voice.ask("bob", voice.lounge, deaf=True)
    with refused(NO_EFFECT):
        await soundboard.play_sound(voice.ctx, voice.town.bob, voice.lounge, request)
    voice.ask("bob", voice.lounge)
    mute = EditMemberRequest(mute=True)
    await members.edit_member(voice.ctx, voice.town.ada, voice.town.guild_id, voice.town.bob.user_id, mute)
    with refused(NO_EFFECT):
        await soundboard.play_sound(voice.ctx, voice.town.bob, voice.lounge, request)


async def test_who_is_invited_on_a_stage_plays_nothing_before_it_accepts(voice: VoiceTown) -> None:
    stage = await make_channel(voice.town, "Stage", ChannelType.STAGE)
    voice.ask("bob", stage)
    speak = EditVoiceStateRequest(suppress=False)
    await voice_moderation.edit_state(voice.ctx, voice.town.ada, voice.town.guild_id, voice.town.bob.user_id, speak)
    request = SendSoundRequest(sound_id=Snowflake(1))
    with refused(NO_EFFECT):
        await soundboard.play_sound(voice.ctx, voice.town.bob, stage, request)
    await voice_moderation.edit_own_state(voice.ctx, voice.town.bob, voice.town.guild_id, speak)
    await soundboard.play_sound(voice.ctx, voice.town.bob, stage, request)
    assert len(effects(voice)) == 1


async def test_another_guilds_sound_needs_a_permission(voice: VoiceTown) -> None:
    town = voice.town
    second = await guilds.create_guild(town.ctx, town.ada, CreateGuildRequest(name="Second"))
    made = await soundboard.create_sound(
        town.ctx, town.ada, second.id, CreateSoundRequest(name="far", sound=sound_uri(SECOND))
    )
    request = SendSoundRequest(sound_id=made.sound_id, source_guild_id=second.id)
    for name in ("ada", "bob"):
        voice.ask(name, voice.lounge)
    await soundboard.play_sound(voice.ctx, town.ada, voice.lounge, request)
    denied = OverwriteRequest(id=Snowflake(town.guild_id), deny=Permissions.USE_EXTERNAL_SOUNDS)
    await overwrites.set_overwrite(town.ctx, town.ada, voice.lounge, town.guild_id, denied)
    with refused(UNKNOWN_SOUND):  # not a member there
        await soundboard.play_sound(voice.ctx, town.bob, voice.lounge, request)
    state = town.ctx.guilds.get(second.id)
    assert state is not None
    async with state.lock:
        await joining.write(town.ctx, joining.join(town.ctx, state, town.bob.user_id))
    with refused(NO_PERMISSION):
        await soundboard.play_sound(voice.ctx, town.bob, voice.lounge, request)


async def test_an_emoji_flies_over_the_channel(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    request = SendEffectRequest(emoji_name="\N{DUCK}", animation_type=1, animation_id=3)
    await soundboard.send_effect(voice.ctx, voice.town.bob, voice.lounge, request)
    (effect,) = effects(voice)
    assert effect.emoji
    assert (effect.emoji.name, effect.animation_id, effect.sound_id) == ("\N{DUCK}", 3, UNSET)
    with refused(UNKNOWN_EMOJI):
        await soundboard.send_effect(voice.ctx, voice.town.bob, voice.lounge, SendEffectRequest())


async def test_the_audience_of_a_live_room_reacts_and_of_very_many_some_are_not_shown(town: Town) -> None:
    room = Room(town)
    await room.open()
    room.sit("bob", "mod")
    request = SendEffectRequest(emoji_name="\N{DUCK}")
    for _ in range(REACTION_BURST + 5):
        await soundboard.send_effect(town.ctx, room.actor("mod"), room.id, request)
    assert len(town.told("VOICE_CHANNEL_EFFECT_SEND")) == REACTION_BURST
    town.clock.ms += REACTION_REFILL_MS
    await soundboard.send_effect(town.ctx, room.actor("mod"), room.id, request)
    assert len(town.told("VOICE_CHANNEL_EFFECT_SEND")) == REACTION_BURST + 1
    with refused(NO_EFFECT):
        await soundboard.play_sound(town.ctx, room.actor("mod"), room.id, SendSoundRequest(sound_id=Snowflake(1)))
    await stages.close_stage(town.ctx, town.bob, room.id)
    with refused(NO_EFFECT):
        await soundboard.send_effect(town.ctx, room.actor("mod"), room.id, request)


async def test_whom_a_moderator_muted_does_not_react_in_a_live_room(town: Town) -> None:
    room = Room(town)
    await room.open()
    room.sit("mod")
    await members.edit_member(town.ctx, town.ada, town.guild_id, room.user_id("mod"), EditMemberRequest(mute=True))
    with refused(NO_EFFECT):
        await soundboard.send_effect(town.ctx, room.actor("mod"), room.id, SendEffectRequest(emoji_name="\N{DUCK}"))
