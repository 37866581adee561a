"""Starts the audio engine when a voice channel is first looked at, and says in words how it is."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuichat.client.state import State
from tuichat.protocol.channel import ChannelType
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui.panes.voice_pane import VoiceContent
from tuichat.voice.call import CALLS_COME_LATER

if TYPE_CHECKING:
    from tuichat.voice.engine_state import EngineReady, EngineState
    from tuichat.voice.supervisor import EngineSupervisor

MAX_DEVICES = 6


class VoiceStatus:
    """Owns the engine's supervisor once there is one."""

    def __init__(self, on_change: Callable[[], None], *, is_enabled: bool) -> None:
        self._on_change = on_change
        self._is_enabled = is_enabled
        self._supervisor: EngineSupervisor | None = None

    def start(self) -> None:
        """Start the engine, unless settings forbid it or it runs already."""
        if self._is_enabled and self._supervisor is None:
            from tuichat.voice.supervisor import EngineSupervisor

            self._supervisor = EngineSupervisor(on_change=self._take)
            self._supervisor.start()

    def _take(self, _: "EngineState") -> None:
        self._on_change()

    def retry(self) -> None:
        if self._supervisor is not None:
            self._supervisor.retry()

    async def close(self) -> None:
        supervisor, self._supervisor = self._supervisor, None
        self._on_change = _nobody_listens
        if supervisor is not None:
            await supervisor.close()

    def content(self, state: State, channel_id: int) -> VoiceContent:
        """Return what a voice channel's pane shows now."""
        channel = state.channels.get(channel_id)
        guild = state.guild_of(channel_id)
        sign = "◈" if channel is not None and channel.type == ChannelType.STAGE else "♪"
        voices = [voice for voice in guild.voice_states.values() if voice.channel_id == channel_id] if guild else []
        members = [guild.members[voice.user_id] for voice in voices if voice.user_id in guild.members] if guild else []
        engine, style, details, can_retry = self._engine()
        return VoiceContent(
            title=f"{sign} {channel_name(channel)}" if channel is not None else "",
            sentence=_(CALLS_COME_LATER),
            people=tuple(safe_name(member.display_name) for member in members),
            engine=engine,
            engine_style=style,
            details=details,
            can_retry=can_retry,
        )

    def _engine(self) -> tuple[str, str, tuple[str, ...], bool]:
        """Return the engine's state: a sentence, its style, details, and whether to offer another start."""
        from tuichat.voice.engine_state import EngineFailed, EngineReady, EngineRestarting

        if not self._is_enabled:
            return _("Not started: voice.enabled is false in the settings."), "muted", (), False
        if self._supervisor is None:
            return "", "muted", (), False
        state = self._supervisor.state
        sentence = safe_line(state.sentence)
        if isinstance(state, EngineReady):
            return sentence, "good" if state.has_audio else "warn", _details(state), False
        if isinstance(state, EngineFailed):
            return sentence, "bad", (), True
        return (
            sentence,
            "warn" if isinstance(state, EngineRestarting) else "muted",
            (),
            isinstance(state, EngineRestarting),
        )


def _nobody_listens() -> None:
    pass


def _details(state: "EngineReady") -> tuple[str, ...]:
    """Return what is missing, and the devices by name."""
    details = [safe_line(problem) for problem in state.problems]
    if state.devices is not None:
        for word, devices in (("in", state.devices.inputs), ("out", state.devices.outputs)):
            for device in devices[:MAX_DEVICES]:
                details.append(f"{word:>3}  {safe_name(device.name)}{' (default)' if device.is_default else ''}")
    return tuple(details)
