"""Composes what is shown of voice, from what accounts, engine and settings say now."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from tuichat.client.call_sound import CallHistory, CallSound
from tuichat.client.client import Client
from tuichat.client.own_call import OwnCall, SelfVoice
from tuichat.client.voice_desk import IN_CALL, Engine, Incoming, Rung, Stage, VoicePerson, VoicePlace, VoiceView
from tuichat.client.voice_people import name_in_voice, people_in
from tuichat.client.voice_way import VoiceWay
from tuichat.client.volume_book import VolumeBook
from tuichat.config.schema import VoiceSettings
from tuichat.protocol.channel import Channel
from tuichat.voice.audio_protocol import SILENCE_DB, Level
from tuichat.voice.call_protocol import CallState, CallStatistics, MediaPath
from tuichat.voice.engine_state import EngineFailed, EngineReady, EngineRestarting, EngineState

STAGES = {
    CallState.CONNECTING: Stage.CONNECTING,
    CallState.CONNECTED: Stage.CONNECTED,
    CallState.REJOINING: Stage.REJOINING,
    CallState.FAILED: Stage.FAILED,
    CallState.LEFT: Stage.OUT,
}


class ViewComposer:
    """Remembers the last minute of the call; the rest it is given, or reads where it is kept."""

    def __init__(self, sound: CallSound, name_channel: Callable[[Channel], str]) -> None:
        self._sound = sound
        self._name_channel = name_channel
        self._history = CallHistory()
        self._counted: CallStatistics | None = None  # the last second that went into the history

    def view(
        self,
        clients: Mapping[str, Client],
        settings: VoiceSettings,
        volumes: VolumeBook,
        engine: EngineState | None,
        own: SelfVoice,
        *,
        is_talking: bool,
        way: VoiceWay | None = None,
        place: VoicePlace | None = None,
    ) -> VoiceView:
        """Return everything that is shown now; `engine` is None before there was one."""
        place = place or VoicePlace()
        level = self._level(place)
        known = clients.values()
        client = next((each for each in known if each.voice.is_in_call), None) or next(
            (each for each in known if each.voice.call is not None), None
        )
        call = client.voice.call if client is not None else None
        sound = self._sound
        common = VoiceView(
            is_enabled=settings.enabled,
            is_muted=own.is_muted,
            is_deafened=own.is_deafened,
            has_priority=own.is_priority,
            is_talking=is_talking,
            gate=settings.gate,
            input_db=None if level is None else level.input_db,
            threshold_db=_threshold_db(settings) if level is None else level.threshold_db,
            is_clipped=level is not None and level.is_clipped,
            input_name=sound.state.input_name or "",
            output_name=sound.state.output_name or "",
            processing=sound.state.processing,
            problems=tuple(sound.problems.values()),
            engine=_engine(engine, place),
            place=place,
            incoming=self._incoming(clients),
            test=sound.test,
            way=way,
        )
        stage = Stage.OUT if call is None else STAGES[call.state]
        if client is None or call is None or (stage not in IN_CALL and not (stage is Stage.FAILED and call.sentence)):
            self._history.clear()
            self._counted = None
            return replace(common, sentence=call.sentence if call is not None else "")
        return self._in_call(common, client, call, stage, volumes)

    def _in_call(
        self, common: VoiceView, client: Client, call: OwnCall, stage: Stage, volumes: VolumeBook
    ) -> VoiceView:
        channel = client.state.channels.get(call.channel_id)
        statistics = call.statistics
        if statistics is not None and statistics is not self._counted:
            self._counted = statistics
            self._history.take(statistics)
        level = self._level(common.place)
        view = replace(
            common,
            stage=stage,
            sentence=call.sentence,
            account_key=client.key,
            guild_id=call.guild_id,
            channel_id=call.channel_id,
            title=self._name_channel(channel) if channel is not None else "",
            was_moved=call.was_moved,
            people=self._people(client, call, volumes, common.place) if stage in IN_CALL else (),
            ringing=_ringing(client, call) if stage in IN_CALL else (),
            is_server_muted=call.is_muted_by_moderator,
            is_server_deafened=call.is_deafened_by_moderator,
            is_suppressed=call.is_suppressed,
            path=call.path if stage is Stage.CONNECTED else MediaPath.NONE,
            mode=call.mode,
        )
        view = replace(
            view,
            is_sending=stage is Stage.CONNECTED and level is not None and level.is_open and self._is_heard(view),
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
            underruns=statistics.underruns,
            moments=tuple(self._history.moments),
        )

    def _level(self, place: VoicePlace) -> Level | None:
        """Return what the microphone hears; None where it is closed, and where nothing comes from it: the last level tells nothing then."""
        return None if place.is_away else self._sound.level

    def _people(self, client: Client, call: OwnCall, volumes: VolumeBook, place: VoicePlace) -> tuple[VoicePerson, ...]:
        level = self._level(place)
        speaking = client.voice.speaking
        if place.is_away:  # whoever speaks goes on to be heard by the others, oneself does not
            speaking = {user_id: how for user_id, how in speaking.items() if user_id != _own_id(client)}
        return people_in(
            client.state,
            call.channel_id,
            speaking=speaking,
            levels_db=self._sound.levels_db
            if level is None
            else {**self._sound.levels_db, _own_id(client): level.input_db},
            volume=lambda user_id: volumes.percent(client.key, user_id),
            history=self._history,
        )

    def _is_heard(self, view: VoiceView) -> bool:
        """Whether what the gate lets through is sent: it is not while one is muted, nor during the test of the devices."""
        return not view.is_silent and (view.test is None or bool(view.test.verdict))

    def _incoming(self, clients: Mapping[str, Client]) -> tuple[Incoming, ...]:
        found = []
        for client in clients.values():
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


def _ringing(client: Client, call: OwnCall) -> tuple[Rung, ...]:
    """Return whom a private call rings, by name."""
    told = client.state.calls.get(call.channel_id)
    if told is None or call.guild_id is not None:
        return ()
    found = [Rung(user_id, client.state.person_name(call.channel_id, user_id)) for user_id in told.ringing_ids]
    return tuple(sorted(found, key=lambda rung: (rung.name.casefold(), rung.user_id)))


def _engine(state: EngineState | None, place: VoicePlace) -> Engine:
    if state is None:
        return Engine()
    if isinstance(state, EngineReady):
        devices = state.devices
        # What this machine lacks does not matter while the sound is on a laptop, whose devices these are then.
        own = () if place.is_laptop else state.problems
        advice = (*own, *([] if state.devices_problem is None else [state.devices_problem]))
        return Engine(
            sentence=place.sentence if place.is_laptop else state.sentence,
            is_good=not place.is_away if place.is_laptop else state.has_audio,
            advice=tuple(dict.fromkeys(advice)),  # a missing library hinders the listing, too
            inputs=devices.inputs if devices is not None else (),
            outputs=devices.outputs if devices is not None else (),
        )
    is_failed = isinstance(state, EngineFailed)
    return Engine(
        sentence=state.sentence, is_failed=is_failed, can_retry=is_failed or isinstance(state, EngineRestarting)
    )


def _threshold_db(voice: VoiceSettings) -> float | None:
    """Return the gate's line, None where the engine finds it by itself."""
    level = voice.threshold_db
    return None if level == "auto" else max(SILENCE_DB, min(0.0, float(level)))


def _own_id(client: Client) -> int:
    return int(client.state.me.id) if client.state.me is not None else 0
