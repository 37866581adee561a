"""The desk of a running program: the accounts' places in voice, and the one audio engine they share."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tuichat.client import change
from tuichat.client.call_sound import CallHistory, CallSound
from tuichat.client.client import Client
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.own_call import OwnCall
from tuichat.client.soundboard import samples_of
from tuichat.client.voice_desk import (
    IN_CALL,
    Engine,
    Incoming,
    Listener,
    SoundTest,
    Stage,
    VoicePerson,
    VoiceView,
)
from tuichat.client.voice_people import name_in_voice, people_in
from tuichat.client.volume_book import VolumeBook
from tuichat.config.schema import VoiceSettings
from tuichat.protocol.channel import Channel
from tuichat.translation import _
from tuichat.voice.audio_protocol import (
    SILENCE_DB,
    AudioReport,
    AudioRequest,
    MutedTalking,
    PlaySamples,
    PlaySound,
    SetMeter,
    SetVolume,
    Sound,
    StartTest,
    StopSound,
    StopTest,
    Talk,
)
from tuichat.voice.call_protocol import CallState, CallStatistics, MediaPath
from tuichat.voice.engine_state import EngineFailed, EngineReady, EngineRestarting, EngineState
from tuichat.voice.settings_requests import requests_of

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from tuichat.voice.supervisor import EngineSupervisor

TOLD_EVERY_S = 0.1  # ten views a second: a meter that moves more often costs more than it tells
MAX_HEARING = 4  # taste: sounds of the soundboard that are fetched at once; more are noise
HINT_S = 4.0  # taste: how long "you are muted" shows
STAGES = {
    CallState.CONNECTING: Stage.CONNECTING,
    CallState.CONNECTED: Stage.CONNECTED,
    CallState.REJOINING: Stage.REJOINING,
    CallState.FAILED: Stage.FAILED,
    CallState.LEFT: Stage.OUT,
}
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
        self._name_channel = name_channel
        self._clients: dict[str, Client] = {}
        self._unsubscribe: dict[str, Callable[[], None]] = {}
        self._listeners: list[Listener] = []
        self._supervisor: EngineSupervisor | None = None
        self._sound = CallSound()
        self._history = CallHistory()
        self._counted: CallStatistics | None = None  # the last second that went into the history
        self._is_talking = False
        self._view = VoiceView(is_enabled=settings.enabled, gate=settings.gate)
        self._telling: asyncio.TimerHandle | None = None
        self._told_s = 0.0
        self._hint: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None
        self._listing: asyncio.Task[None] | None = None
        self._hearing: set[asyncio.Task[None]] = set()
        self._ringing: Sound | None = None
        self._was_ready = False  # the engine

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
            self._link(client)
        self._changed()

    def use_settings(self, settings: VoiceSettings) -> None:
        self._settings = settings
        self._configure()
        self._changed()

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
        for task in tuple(self._hearing):
            task.cancel()
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
        elif not self._was_ready and self._ringing is not None:
            self._ask(PlaySound(self._ringing))
        self._was_ready = isinstance(state, EngineReady)
        self._changed()

    def _configure(self) -> None:
        """Tell the engine everything that holds from call to call; the supervisor repeats it to each new engine."""
        for request in requests_of(self._settings):
            self._ask(request)
        self._send_volumes()

    def _send_volumes(self) -> None:
        key = self._view.account_key
        for user_id, percent in self._volumes.of(key).items() if key else ():
            self._ask(SetVolume(user_id, percent))

    def _ask(self, request: AudioRequest) -> None:
        if self._supervisor is not None:
            self._supervisor.ask(request)

    def _take_audio(self, report: AudioReport) -> None:
        self._sound.take(report)
        if isinstance(report, MutedTalking):
            if self._hint is not None:
                self._hint.cancel()
            self._hint = asyncio.get_running_loop().call_later(HINT_S, self._end_hint)
        self._changed()

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
        self._prepare(account_key)
        client = self._client(account_key)
        guild = client.state.guild_of(channel_id)
        client.voice.join(None if guild is None else int(guild.guild.id), channel_id)

    def _prepare(self, account_key: str) -> None:
        """Have an engine, and this account alone in a call: there is one sound card."""
        client = self._client(account_key)
        supervisor = self._supervised()
        if supervisor is not None:
            supervisor.start()
            for each in self._clients.values():
                self._link(each)
        for other in self._clients.values():
            if other is not client and other.voice.is_in_call:
                other.voice.leave()

    async def start_call(self, account_key: str, channel_id: int) -> None:
        self._prepare(account_key)
        await self._client(account_key).voice.start_call(channel_id)

    async def decline(self, account_key: str, channel_id: int) -> None:
        await self._client(account_key).voice.decline(channel_id)

    def leave(self) -> None:
        self._is_talking = False
        for client in self._clients.values():
            if client.voice.call is not None:
                client.voice.leave()

    def set_muted(self, is_muted: bool) -> None:
        for client in self._clients.values():
            client.voice.set_muted(is_muted)
        self._play("mute" if is_muted else "unmute")

    def set_deafened(self, is_deafened: bool) -> None:
        for client in self._clients.values():
            client.voice.set_deafened(is_deafened)
        self._play("deafen" if is_deafened else "undeafen")

    def talk(self, is_pressed: bool) -> None:
        if is_pressed != self._is_talking:
            self._is_talking = is_pressed
            self._ask(Talk(is_pressed))
            self._changed()

    def set_priority(self, is_priority: bool) -> None:
        for client in self._clients.values():
            client.voice.set_priority(is_priority)

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
        self._ask(StartTest())
        self._changed()

    def stop_test(self) -> None:
        self._sound.test = None
        self._ask(StopTest())
        self._changed()

    def _hear(self, played: change.SoundPlayed) -> None:
        """Play what somebody played on the soundboard, unless too many are being fetched already."""
        view = self._view
        client = self._clients.get(view.account_key)
        if client is None or view.channel_id != played.channel_id or view.is_deafened or view.is_server_deafened:
            return
        if len(self._hearing) < MAX_HEARING:
            task = asyncio.create_task(self._play_file(client, played), name="soundboard")
            self._hearing.add(task)
            task.add_done_callback(self._hearing.discard)

    async def _play_file(self, client: Client, played: change.SoundPlayed) -> None:
        try:
            file = await client.downloads.fetch(f"/soundboard-sounds/{played.sound_id}")
            samples = await samples_of(file)
        except (ClientError, OSError) as error:
            logger.info("a sound of the soundboard was not heard: %s", error)
            return
        volume = self._volumes.percent(client.key, played.user_id)
        self._ask(PlaySamples(samples, round(min(200, played.volume * volume))))

    def _play(self, sound: Sound) -> None:
        voice = self._settings
        if voice.sounds and self._view.is_in_call:
            self._ask(PlaySound(sound))

    # The view.

    def _client_changed(self, changes: Sequence[change.Change]) -> None:
        for item in changes:
            if isinstance(item, change.SoundPlayed):
                self._hear(item)
        if any(isinstance(item, OF_VOICE) for item in changes):
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
        before, self._view = self._view, self._composed()
        if self._view == before:
            return
        self._sound_of(before, self._view)
        if self._view.account_key != before.account_key:
            self._send_volumes()
        for listener in list(self._listeners):
            listener()

    def _sound_of(self, before: VoiceView, now: VoiceView) -> None:
        """Play what tells of the change: somebody came or went, a call rings."""
        wanted: Sound | None = "ring" if now.incoming else "calling" if self._rings_elsewhere() else None
        if wanted != self._ringing:
            if self._ringing is not None:
                self._ask(StopSound())
            self._ringing = wanted
            if wanted is not None:
                self.start()  # a call rings aloud, also before the first one of this run
                self._ask(PlaySound(wanted))
        if now.stage is not Stage.CONNECTED or now.channel_id != before.channel_id:
            if before.is_in_call and not now.is_in_call and self._settings.sounds:
                self._ask(PlaySound("ended" if now.stage is Stage.FAILED else "leave"))
            return
        came = {each.user_id for each in now.people} - {each.user_id for each in before.people}
        left = {each.user_id for each in before.people} - {each.user_id for each in now.people}
        if before.stage is Stage.CONNECTING or came:
            self._play("join")
        elif left:
            self._play("leave")

    def _rings_elsewhere(self) -> bool:
        """Whether one waits alone in a private call for those whom it rings."""
        client = self._calling()
        call = client.voice.call if client is not None else None
        if client is None or call is None or call.guild_id is not None:
            return False
        told = client.state.calls.get(call.channel_id)
        return told is not None and bool(told.ringing_ids) and len(told.voice_states) <= 1

    def _composed(self) -> VoiceView:
        client = self._calling() or next((each for each in self._clients.values() if each.voice.call is not None), None)
        call = client.voice.call if client is not None else None
        sound, chosen = self._sound, self._settings
        any_client = client or next(iter(self._clients.values()), None)
        own = any_client.voice.own if any_client is not None else None
        common = VoiceView(
            is_enabled=chosen.enabled,
            is_muted=own is not None and own.is_muted,
            is_deafened=own is not None and own.is_deafened,
            has_priority=own is not None and own.is_priority,
            is_talking=self._is_talking,
            gate=chosen.gate,
            input_db=None if sound.level is None else sound.level.input_db,
            threshold_db=_threshold_db(chosen) if sound.level is None else sound.level.threshold_db,
            is_clipped=sound.level is not None and sound.level.is_clipped,
            input_name=sound.state.input_name or "",
            output_name=sound.state.output_name or "",
            processing=sound.state.processing,
            problems=tuple(sound.problems.values()),
            engine=self._engine(),
            incoming=self._incoming(),
            test=sound.test,
        )
        stage = Stage.OUT if call is None else STAGES[call.state]
        if client is None or call is None or (stage not in IN_CALL and not (stage is Stage.FAILED and call.sentence)):
            self._history.clear()
            self._counted = None
            return common
        return self._in_call(common, client, call, stage)

    def _in_call(self, common: VoiceView, client: Client, call: OwnCall, stage: Stage) -> VoiceView:
        channel = client.state.channels.get(call.channel_id)
        statistics = call.statistics
        if statistics is not None and statistics is not self._counted:
            self._counted = statistics
            self._history.take(statistics)
        level = self._sound.level
        view = replace(
            common,
            stage=stage,
            sentence=call.sentence,
            account_key=client.key,
            guild_id=call.guild_id,
            channel_id=call.channel_id,
            title=self._name_channel(channel) if channel is not None else "",
            people=self._people(client, call) if stage in IN_CALL else (),
            is_server_muted=call.is_muted_by_moderator,
            is_server_deafened=call.is_deafened_by_moderator,
            is_suppressed=call.is_suppressed,
            is_over_websocket=call.path is MediaPath.WEBSOCKET,
            mode=call.mode,
        )
        view = replace(
            view,
            is_sending=level is not None and level.is_open and not view.is_silent,
            is_muted_talking=self._sound.is_muted_talking and view.is_silent,
        )
        if statistics is None:
            return view
        return replace(
            view,
            has_statistics=True,
            rtt_ms=statistics.rtt_ms,
            jitter_ms=statistics.jitter_ms,
            loss=statistics.loss,
            concealed=statistics.concealed,
            sent_loss=statistics.sent_loss,
            redundancy=statistics.redundancy,
            sent_bytes_s=statistics.sent_bytes_s,
            received_bytes_s=statistics.received_bytes_s,
            moments=tuple(self._history.moments),
        )

    def _people(self, client: Client, call: OwnCall) -> tuple[VoicePerson, ...]:
        level = self._sound.level
        return people_in(
            client.state,
            call.channel_id,
            speaking=client.voice.speaking,
            levels_db=self._sound.levels_db
            if level is None
            else {**self._sound.levels_db, _own_id(client): level.input_db},
            volume=lambda user_id: self._volumes.percent(client.key, user_id),
            history=self._history,
        )

    def _engine(self) -> Engine:
        supervisor = self._supervisor
        if supervisor is None:
            return Engine()
        state = supervisor.state
        if isinstance(state, EngineReady):
            devices = state.devices
            advice = state.problems if state.devices_problem is None else (*state.problems, state.devices_problem)
            return Engine(
                sentence=state.sentence,
                is_good=state.has_audio,
                advice=advice,
                inputs=devices.inputs if devices is not None else (),
                outputs=devices.outputs if devices is not None else (),
            )
        is_failed = isinstance(state, EngineFailed)
        return Engine(
            sentence=state.sentence, is_failed=is_failed, can_retry=is_failed or isinstance(state, EngineRestarting)
        )

    def _incoming(self) -> tuple[Incoming, ...]:
        found = []
        for client in self._clients.values():
            for channel_id in client.voice.ringing_channels:
                channel = client.state.channels.get(channel_id)
                if channel is not None and not client.voice.is_calling(channel_id):
                    names = tuple(
                        name_in_voice(client.state, channel_id, each)
                        for each in client.state.voice_states_of(channel_id)
                    )
                    title = self._name_channel(channel)
                    found.append(Incoming(account_key=client.key, channel_id=channel_id, title=title, names=names))
        return tuple(found)


def _threshold_db(voice: VoiceSettings) -> float | None:
    """Return the gate's line, None where the engine finds it by itself."""
    level = voice.threshold_db
    return None if level == "auto" else max(SILENCE_DB, min(0.0, float(level)))


def _own_id(client: Client) -> int:
    return int(client.state.me.id) if client.state.me is not None else 0
