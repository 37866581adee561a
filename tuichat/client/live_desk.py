"""The desk of a running program: the accounts' places in voice, and the one audio engine they share."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tuichat.client import change
from tuichat.client.call_sound import CallSound
from tuichat.client.client import Client
from tuichat.client.desk_place import DeskPlace
from tuichat.client.desk_sounds import DeskSounds
from tuichat.client.errors import RefusedError
from tuichat.client.own_call import SelfVoice
from tuichat.client.view_composer import ViewComposer
from tuichat.client.voice_desk import Listener, SoundTest, VoiceView
from tuichat.client.voice_entry import check_may_join
from tuichat.client.volume_book import USUAL_PERCENT, VolumeBook
from tuichat.client.way_trial import WayTrial
from tuichat.config.schema import VoiceSettings
from tuichat.local.ssh_session import find_sessions
from tuichat.protocol.channel import Channel
from tuichat.translation import _
from tuichat.voice.audio_protocol import (
    AudioReport,
    AudioRequest,
    MutedTalking,
    SetMeter,
    SetVolume,
    Sound,
    StartTest,
    StopTest,
    Talk,
    TestResult,
)
from tuichat.voice.engine_state import EngineFailed, EngineReady, EngineState
from tuichat.voice.place_protocol import ChoosePlace, PlaceReport, PlacesChanged, SoundPlace
from tuichat.voice.settings_requests import requests_of

if TYPE_CHECKING:
    from tuichat.voice.supervisor import EngineSupervisor

TOLD_EVERY_S = 0.1  # ten views a second: a meter that moves more often costs more than it tells
HINT_S = 4.0  # taste: how long "you are muted" shows
OF_VOICE = (
    change.VoiceChanged,
    change.SpeakingChanged,
    change.CallsChanged,
    change.VoiceStatesChanged,
    change.MembersChanged,
    change.GuildsChanged,
    change.ChannelsChanged,
)


class LiveDesk:
    """`name_channel` gives a channel's name with its sign, as text from outside."""

    def __init__(
        self,
        settings: VoiceSettings,
        *,
        volumes: VolumeBook | None = None,
        name_channel: Callable[[Channel], str] = lambda channel: str(channel.name),
    ) -> None:
        self._settings = settings
        self._volumes = volumes or VolumeBook()
        self._clients: dict[str, Client] = {}
        self._unsubscribe: dict[str, Callable[[], None]] = {}
        self._listeners: list[Listener] = []
        self._supervisor: EngineSupervisor | None = None
        self._sound = CallSound()
        self._own = SelfVoice()  # what one decided, for every account
        self._sounds = DeskSounds(self._ask, self.start)
        self._composer = ViewComposer(self._sound, name_channel)
        self._trial = WayTrial(self._changed)
        self._place = DeskPlace(
            self._ask,
            is_in_call=lambda: self._calling() is not None,
            changed=self._hold_changed,
            leave=self._leave_without_sound,
        )
        self._is_talking = False
        self._view = VoiceView(is_enabled=settings.enabled, gate=settings.gate)
        self._telling: asyncio.TimerHandle | None = None
        self._told_s = 0.0
        self._hint: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None
        self._listing: asyncio.Task[None] | None = None
        self._was_ready = False  # the engine
        self._wants_test = False

    @property
    def view(self) -> VoiceView:
        return self._view

    @property
    def volumes(self) -> VolumeBook:
        return self._volumes

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    # Accounts, settings, engine.

    def use_clients(self, clients: Mapping[str, Client]) -> None:
        for key in [key for key in self._unsubscribe if key not in clients]:
            self._unsubscribe.pop(key)()
        self._clients = dict(clients)
        for key, client in clients.items():
            if key not in self._unsubscribe:
                self._unsubscribe[key] = client.subscribe(self._client_changed)
                self._give_own(client)
            self._link(client)
        self._changed()

    def use_settings(self, settings: VoiceSettings) -> None:
        self._settings = settings
        self._configure()
        self._changed()

    def use_language(self, setting: str) -> None:
        if self._supervisor is not None:
            self._supervisor.use_language(setting)

    def use_volumes(self, volumes: VolumeBook) -> None:
        self._volumes = volumes
        self._send_volumes()
        self._changed()

    def start(self) -> None:
        supervisor = self._supervised()
        if supervisor is not None:
            supervisor.start()
            self._changed()

    def _supervised(self) -> "EngineSupervisor | None":
        if self._supervisor is None and self._settings.enabled:
            from tuichat.voice.supervisor import EngineSupervisor

            self._supervisor = EngineSupervisor(self._engine_changed, on_report=self._take_audio)
            self._configure()
        return self._supervisor

    def retry(self) -> None:
        if self._supervisor is not None:
            self._supervisor.retry()

    async def close(self) -> None:
        for unsubscribe in self._unsubscribe.values():
            unsubscribe()
        self._unsubscribe.clear()
        self._listeners.clear()
        for timer in (self._telling, self._hint):
            if timer is not None:
                timer.cancel()
        self._telling = self._hint = None
        if self._listing is not None:
            self._listing.cancel()
        self._place.close()
        self._sounds.close()
        self._trial.stop()
        for client in self._clients.values():  # else a gateway that comes back now would join the call again
            client.voice.close()
        if self._saving is not None:
            await self._saving
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            await supervisor.close()

    def _link(self, client: Client) -> None:
        """Give an account the line to the engine; the supervisor is imported with the first call."""
        supervisor = self._supervisor
        client.voice.link = supervisor.calls if supervisor is not None else None

    def _engine_changed(self, state: EngineState) -> None:
        if not isinstance(state, EngineReady):
            self._sound.engine_gone()
            self._place.engine_gone()
            if self._wants_test:
                self._sound.test = SoundTest(verdict=state.sentence if isinstance(state, EngineFailed) else "")
        elif not self._was_ready:
            self._sounds.engine_ready()
            if self._wants_test:  # what was asked of an engine that was still starting is lost
                self._ask(StartTest())
        self._was_ready = isinstance(state, EngineReady)
        self._changed()

    def _configure(self) -> None:
        """Tell the engine everything that holds from call to call; the supervisor repeats it to each new engine."""
        for request in requests_of(self._settings):
            self._ask(request)
        self._send_volumes()

    def _send_volumes(self, before: str = "") -> None:
        """Have the call's people be as loud as chosen; those of the account `before` that are not among them as they come."""
        key = self._view.account_key
        wanted = self._volumes.of(key) if key else {}
        usual = dict.fromkeys(self._volumes.of(before) if before else (), USUAL_PERCENT)
        for user_id, percent in (usual | wanted).items():
            self._ask(SetVolume(user_id, percent))

    def _ask(self, request: AudioRequest | ChoosePlace) -> None:
        if self._supervisor is not None:
            self._supervisor.ask(request)

    def _take_audio(self, report: AudioReport | PlaceReport) -> None:
        if isinstance(report, PlaceReport):
            if isinstance(report, PlacesChanged):
                self._place.take(report)
                self._changed()
            return
        self._sound.take(report)
        if isinstance(report, TestResult):
            self._wants_test = False
        if isinstance(report, MutedTalking):
            if self._hint is not None:
                self._hint.cancel()
            self._hint = asyncio.get_running_loop().call_later(HINT_S, self._end_hint)
        self._changed()

    def _hold_changed(self) -> None:
        """Mute for the others while the sound is away, as one was before when it is back."""
        for client in self._clients.values():
            self._give_own(client)
        self._changed()

    def _leave_without_sound(self, why: str) -> None:
        client = self._calling()
        if client is not None:
            client.voice.give_up(why)

    async def look_for_laptops(self) -> Sequence[SoundPlace]:
        """As the interface says; started now, the engine soon knows whether the laptop answers."""
        sessions = await asyncio.to_thread(find_sessions)
        if sessions:
            self.start()
        return [SoundPlace(key=each.key, name=each.laptop, began_s=each.began_s) for each in sessions]

    def choose_place(self, key: str) -> None:
        self.start()
        self._ask(ChoosePlace(key))

    def _end_hint(self) -> None:
        self._hint = None
        self._sound.is_muted_talking = False
        self._changed()

    # What the user does.

    def _client(self, account_key: str) -> Client:
        client = self._clients.get(account_key)
        if client is None:
            raise RefusedError(_("That account is not signed in any more."))
        return client

    def _calling(self) -> Client | None:
        """Return the account that is in a call."""
        return next((each for each in self._clients.values() if each.voice.is_in_call), None)

    def join(self, account_key: str, channel_id: int) -> None:
        client = self._prepare(account_key, channel_id)
        client.voice.join(_guild_id(client, channel_id), channel_id)

    async def start_call(self, account_key: str, channel_id: int) -> None:
        await self._prepare(account_key, channel_id).voice.start_call(channel_id)

    def _prepare(self, account_key: str, channel_id: int) -> Client:
        """Have an engine, and this account alone in a call: there is one sound card. A call that cannot be ends no other."""
        client = self._client(account_key)
        supervisor = self._supervised()
        if supervisor is None:
            raise RefusedError(_("Voice is off here: voice.enabled is false in the settings."))
        check_may_join(client.state, _guild_id(client, channel_id), channel_id)
        supervisor.start()
        for each in self._clients.values():
            self._link(each)
            if each is not client and each.voice.is_in_call:
                each.voice.leave()
        return client

    async def decline(self, account_key: str, channel_id: int) -> None:
        await self._client(account_key).voice.decline(channel_id)

    def leave(self) -> None:
        self.talk(is_pressed=False)
        for client in self._clients.values():
            if client.voice.call is not None:
                client.voice.leave()

    def set_muted(self, is_muted: bool) -> None:
        is_deafened = self._own.is_deafened and is_muted  # who unmutes hears again, too
        self._set_own(replace(self._own, is_muted=is_muted, is_deafened=is_deafened))
        self._tell_aloud("mute" if is_muted else "unmute")

    def set_deafened(self, is_deafened: bool) -> None:
        self._set_own(replace(self._own, is_deafened=is_deafened))
        self._tell_aloud("deafen" if is_deafened else "undeafen")

    def set_priority(self, is_priority: bool) -> None:
        self._set_own(replace(self._own, is_priority=is_priority))

    def _set_own(self, own: SelfVoice) -> None:
        self._own = own
        for client in self._clients.values():
            self._give_own(client)
        self._changed()

    def _give_own(self, client: Client) -> None:
        """Have an account take part as one decided, in its next call too."""
        is_muted = self._own.is_muted or self._place.is_away
        client.voice.take_part(replace(self._own, is_muted=is_muted))

    def _tell_aloud(self, sound: Sound) -> None:
        if self._view.is_in_call:
            self._sounds.play(sound)

    def talk(self, is_pressed: bool) -> None:
        if is_pressed != self._is_talking:
            self._is_talking = is_pressed
            self._ask(Talk(is_pressed))
            self._changed()

    def volume(self, account_key: str, user_id: int) -> int:
        return self._volumes.percent(account_key, user_id)

    def set_volume(self, account_key: str, user_id: int, percent: int) -> None:
        self._volumes.put(account_key, user_id, percent)
        if account_key == self._view.account_key:
            self._ask(SetVolume(user_id, percent))
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save_volumes(), name="volumes")
        self._changed()

    async def _save_volumes(self) -> None:
        await asyncio.sleep(TOLD_EVERY_S)  # a key that is held changes it many times
        await asyncio.to_thread(self._volumes.save)

    def use_meter(self, is_on: bool) -> None:
        self.start()
        self._ask(SetMeter(is_on))

    def refresh_devices(self) -> None:
        self.start()
        if self._supervisor is not None and (self._listing is None or self._listing.done()):
            self._listing = asyncio.create_task(self._list_devices(self._supervisor), name="devices")

    async def _list_devices(self, supervisor: "EngineSupervisor") -> None:
        from tuichat.voice.supervisor import EngineUnavailableError

        with contextlib.suppress(EngineUnavailableError):  # the engine's state says it; it lists them when it starts
            await supervisor.refresh_devices()

    def start_test(self) -> None:
        self.start()
        self._sound.test = SoundTest()
        self._wants_test = True
        self._ask(StartTest())
        self._trial.start(self._clients.values())
        self._changed()

    def stop_test(self) -> None:
        self._sound.test = None
        self._wants_test = False
        self._ask(StopTest())
        self._trial.stop()
        self._changed()

    def _hear(self, played: change.SoundPlayed) -> None:
        """Play what somebody played on the soundboard of the call's channel."""
        client = self._clients.get(self._view.account_key)
        if client is not None:
            percent = self._volumes.percent(client.key, played.user_id)
            self._sounds.hear(client, played, percent, is_wanted=lambda: self._hears(client.key, played.channel_id))

    def _hears(self, account_key: str, channel_id: int) -> bool:
        """Whether one is in a channel, and not deafened."""
        view = self._view
        return view.is_here(account_key, channel_id) and not (view.is_deafened or view.is_server_deafened)

    # The view.

    def _client_changed(self, changes: Sequence[change.Change]) -> None:
        for item in changes:
            if isinstance(item, change.SoundPlayed):
                self._hear(item)
            elif isinstance(item, change.MutedByHost):
                self.set_muted(True)
        if any(isinstance(item, OF_VOICE) for item in changes):
            self._place.look()
            self._changed()

    def _changed(self) -> None:
        """Have a new view told soon: at once after a pause, ten times a second while much happens."""
        if self._telling is not None:
            return
        loop = asyncio.get_running_loop()
        delay_s = max(0.0, self._told_s + TOLD_EVERY_S - loop.time())
        self._telling = loop.call_later(delay_s, self._tell)

    def _tell(self) -> None:
        self._telling = None
        self._told_s = asyncio.get_running_loop().time()
        supervisor = self._supervisor
        engine = None if supervisor is None else supervisor.state
        before, self._view = (
            self._view,
            self._composer.view(
                self._clients,
                self._settings,
                self._volumes,
                engine,
                self._own,
                is_talking=self._is_talking,
                way=self._trial.way,
                place=self._place.view,
            ),
        )
        if self._view == before:
            return
        self._sounds.view_changed(before, self._view, rings_elsewhere=self._rings_elsewhere())
        if self._view.account_key != before.account_key:
            self._send_volumes(before.account_key)
        for listener in list(self._listeners):
            listener()

    def _rings_elsewhere(self) -> bool:
        """Whether one waits alone in a private call for those whom it rings."""
        client = self._calling()
        call = client.voice.call if client is not None else None
        if client is None or call is None or call.guild_id is not None:
            return False
        told = client.state.calls.get(call.channel_id)
        return told is not None and bool(told.ringing_ids) and len(told.voice_states) <= 1


def _guild_id(client: Client, channel_id: int) -> int | None:
    guild = client.state.guild_of(channel_id)
    return None if guild is None else int(guild.guild.id)
