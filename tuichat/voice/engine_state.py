"""What the audio engine's supervisor knows about its engine, as states a screen can show."""

import msgspec

from tuichat.translation import _, ngettext
from tuichat.voice.device import DeviceList


class EngineStopped(msgspec.Struct, frozen=True):
    """Not asked for, or closed on purpose."""

    @property
    def sentence(self) -> str:
        return _("the voice engine is not running")


class EngineStarting(msgspec.Struct, frozen=True):
    """The process is being started, or has not said its Hello yet."""

    @property
    def sentence(self) -> str:
        return _("the voice engine is starting")


class EngineReady(msgspec.Struct, frozen=True):
    """The engine answers. `devices` is None until the first listing has come.

    Where `is_elsewhere`, the sound is on a laptop: the devices are those there, and what this machine lacks is no problem.
    """

    pid: int
    program: str
    version: int
    features: tuple[str, ...]
    libraries: dict[str, str]
    problems: tuple[str, ...] = ()
    restarts: int = 0
    devices: DeviceList | None = None
    devices_problem: str | None = None
    is_elsewhere: bool = False

    @property
    def has_audio(self) -> bool:
        """Whether every library that a call needs is there."""
        return not self.problems

    @property
    def sentence(self) -> str:
        libraries = ", ".join(f"{name} {version}" for name, version in sorted(self.libraries.items()))
        running = _("voice engine: {program}, protocol {version}, {libraries}").format(
            program=self.program, version=self.version, libraries=libraries or _("no audio library")
        )
        if self.is_elsewhere:  # this machine's libraries are nothing to it
            running = _("voice engine: {program}, protocol {version}, on your laptop").format(
                program=self.program, version=self.version
            )
        if self.problems:
            return f"{running}; {self.problems[0]}"
        if self.devices is None and self.is_elsewhere and not self.devices_problem:
            return running
        if self.devices is None:
            return f"{running}; {self.devices_problem or _('listing devices')}"
        if self.devices_problem:
            return f"{running}; {self.devices_problem}"
        inputs, outputs = len(self.devices.inputs), len(self.devices.outputs)
        microphones = ngettext("{count} microphone", "{count} microphones", inputs).format(count=inputs)
        speakers = ngettext("{count} speaker", "{count} speakers", outputs).format(count=outputs)
        return f"{running}; {microphones}, {speakers}"


class EngineRestarting(msgspec.Struct, frozen=True):
    """The engine died; the next start comes after `delay_s` seconds."""

    reason: str
    delay_s: float
    restarts: int

    @property
    def sentence(self) -> str:
        return _("the voice engine {reason}; starting it again").format(reason=self.reason)


class EngineFailed(msgspec.Struct, frozen=True):
    """Given up until somebody asks to retry."""

    reason: str

    @property
    def sentence(self) -> str:
        return _("no voice: the voice engine {reason}").format(reason=self.reason)


EngineState = EngineStopped | EngineStarting | EngineReady | EngineRestarting | EngineFailed
