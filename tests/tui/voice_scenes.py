"""Scenes of voice: channels, calls, their strip and their dialogs."""

from collections.abc import Sequence

from msgspec.structs import replace

from tests.tui.fake_desk import CALL, GOOD_ENGINE, PEOPLE, FakeDesk
from tests.tui.samples import GRACE, GUILD, ME, STANDUP
from tests.tui.screens import Shown
from tuichat.client.change import VoiceStatesChanged
from tuichat.client.voice_desk import Engine, Incoming, SoundTest, Stage, VoicePerson, VoicePlace, VoiceView
from tuichat.client.voice_way import VoiceWay, Way
from tuichat.config.schema import VoiceSettings
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundboardSound, SoundList
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.place_protocol import PlaceState, SoundPlace

LAPTOP = VoicePlace(
    key="a" * 16, name="ada-laptop", rtt_ms=23.0, laptops=(SoundPlace(key="a" * 16, name="ada-laptop"),)
)
HORN = SoundboardSound(sound_id=Snowflake(77), name="deploy horn", guild_id=Snowflake(GUILD))


def people_in_voice(shown: Shown, people: Sequence[VoicePerson] = PEOPLE) -> None:
    """Have people, by default those of the sample call, be in its channel, also for who is not in the call."""
    shown.client.state.guilds[GUILD].voice_states = {
        person.user_id: VoiceState(
            channel_id=Snowflake(STANDUP),
            user_id=Snowflake(person.user_id),
            session_id="x",
            self_mute=person.is_muted,
            self_deaf=person.is_deafened,
            mute=person.is_server_muted,
        )
        for person in people
    }
    shown.client.emit(VoiceStatesChanged(GUILD))


def use_desk(shown: Shown, view: VoiceView | None = None) -> FakeDesk:
    desk = FakeDesk()
    shown.app.use_desk(desk)
    desk.show(view or VoiceView(engine=GOOD_ENGINE))
    return desk


async def go_to_voice(shown: Shown) -> None:
    shown.chat.open_channel(shown.client.key, STANDUP)
    await shown.settle()


async def voice_seen(shown: Shown) -> None:
    """Who is in a voice channel is seen without joining."""
    use_desk(shown)
    people_in_voice(shown)
    del shown.client.state.guilds[GUILD].voice_states[ME]
    await go_to_voice(shown)


async def in_call(shown: Shown) -> None:
    """A call while a text channel is read."""
    people_in_voice(shown)
    use_desk(shown, CALL)
    await shown.settle()


async def call_page(shown: Shown) -> None:
    await in_call(shown)
    await go_to_voice(shown)


async def push_to_talk(shown: Shown) -> None:
    people_in_voice(shown)
    use_desk(shown, replace(CALL, gate="push_to_talk", is_talking=True, threshold_db=None))
    await go_to_voice(shown)


async def muted_talking(shown: Shown) -> None:
    people_in_voice(shown)
    use_desk(shown, replace(CALL, is_muted=True, is_sending=False, is_muted_talking=True))
    await go_to_voice(shown)


async def call_joining_again(shown: Shown) -> None:
    sentence = "The voice server does not answer; trying again …"
    use_desk(shown, replace(CALL, stage=Stage.REJOINING, sentence=sentence, has_statistics=False, people=()))
    await shown.settle()


async def voice_without_libraries(shown: Shown) -> None:
    engine = Engine(sentence="voice engine: no audio library", advice=("PyAudio is missing: pip install pyaudio",))
    use_desk(shown, VoiceView(engine=engine))
    await go_to_voice(shown)


async def voice_over_websocket(shown: Shown) -> None:
    people_in_voice(shown)
    use_desk(shown, replace(CALL, path=MediaPath.WEBSOCKET))
    await go_to_voice(shown)


async def voice_from_laptop(shown: Shown) -> None:
    """One is logged in here from a laptop, which has the sound."""
    people_in_voice(shown)
    use_desk(shown, replace(CALL, place=LAPTOP, path=MediaPath.RELAYED))
    await go_to_voice(shown)


async def voice_without_laptop(shown: Shown) -> None:
    """The laptop does not answer: the place is kept for a while."""
    people_in_voice(shown)
    lost = replace(LAPTOP, state=PlaceState.LOST, sentence="The connection to ada-laptop is gone.", leaves_in_s=24)
    use_desk(shown, replace(CALL, place=lost, path=MediaPath.RELAYED, is_sending=False, input_db=None))
    await go_to_voice(shown)


async def call_rings(shown: Shown) -> None:
    incoming = Incoming(account_key="s1/101", channel_id=9102, title="@ grace", names=("grace",))
    use_desk(shown, VoiceView(incoming=(incoming,), engine=GOOD_ENGINE))
    await shown.settle()


async def voice_person(shown: Shown) -> None:
    await call_page(shown)
    await shown.press("down", "down", "down", "enter")


async def volume(shown: Shown) -> None:
    await in_call(shown)
    shown.chat.do_in_voice("volume", GRACE)
    await shown.settle()
    await shown.press("right", "right", "right")


async def voice_settings(shown: Shown) -> None:
    shown.chat.settings = replace(shown.chat.settings, voice=VoiceSettings(threshold_db=-45))
    use_desk(shown, CALL)
    await shown.chat.run_by_id("chat.voice_settings")
    await shown.settle()


async def call_stats(shown: Shown) -> None:
    await in_call(shown)
    await shown.chat.run_by_id("chat.call_stats")
    await shown.settle()


async def call_test(shown: Shown) -> None:
    await voice_settings(shown)
    shown.app.desk.show(  # type: ignore[attr-defined]  # the fake one
        replace(CALL, test=SoundTest(verdict="Your microphone is very quiet: raise it.", peak_db=-50.0, delay_ms=84))
    )
    await shown.settle()


async def call_test_blocked(shown: Shown) -> None:
    await voice_settings(shown)
    test = SoundTest(verdict="You are heard well, without echo.", is_good=True, peak_db=-12.0, delay_ms=84)
    way = VoiceWay(way=Way.WEBSOCKET, host="203.0.113.40", port=50000)
    shown.app.desk.show(VoiceView(engine=GOOD_ENGINE, test=test, way=way))  # type: ignore[attr-defined]  # the fake one
    await shown.settle()


async def soundboard(shown: Shown) -> None:
    await call_page(shown)
    rest = shown.client.rest
    rest.answers["GET /guilds/{}/soundboard-sounds"] = SoundList(items=[HORN])
    rest.answers["GET /soundboard-default-sounds"] = [
        SoundboardSound(sound_id=Snowflake(1), name="crickets", emoji_name="🦗")
    ]
    await shown.press("b")
    await shown.until("crickets")


async def sound_menu(shown: Shown) -> None:
    await soundboard(shown)
    await shown.press("e")


async def sound_volume(shown: Shown) -> None:
    await sound_menu(shown)
    await shown.press("down", "down", "enter", "left", "left")


async def sound_deletion(shown: Shown) -> None:
    await soundboard(shown)
    await shown.press("d")


async def new_sound(shown: Shown) -> None:
    await soundboard(shown)
    await shown.press("end", "enter")


VOICE_SCENES = {
    scene.__name__: scene
    for scene in (
        voice_seen,
        in_call,
        call_page,
        push_to_talk,
        muted_talking,
        call_joining_again,
        voice_without_libraries,
        voice_over_websocket,
        voice_from_laptop,
        voice_without_laptop,
        call_rings,
        voice_person,
        volume,
        voice_settings,
        call_stats,
        call_test,
        call_test_blocked,
        soundboard,
        sound_menu,
        sound_volume,
        sound_deletion,
        new_sound,
    )
}
