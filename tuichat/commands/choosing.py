"""How commands change settings: `config.toml` stays as it is, and the choices of a profile lie over it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tuichat.config.choices import Choices
from tuichat.config.loader import load
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings


class Chooser(Protocol):
    """Keeps choices; a screen uses them at once."""

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        ...

    async def choose(self, table: str, key: str, value: object) -> None:
        """Keep a choice for the profile; None takes it back. Raises ConfigError, PrivateFileError, OSError."""
        ...

    @property
    def has_screen(self) -> bool:
        """Whether there is one whose keys and colours are known."""
        ...

    def themes(self) -> Sequence[str]: ...

    def theme_fault(self, name: str) -> str:
        """Return what is wrong with a theme, empty when all is well."""
        ...

    def actions(self) -> Mapping[str, str]:
        """Return the actions that keys have, each with its keys and what it does."""
        ...

    def key_faults(self, own: Mapping[str, str]) -> Sequence[str]:
        """Return a sentence for each of one's own keys that could not be used as it is asked for."""
        ...


class KeptChooser:
    """Keeps choices where there is no screen; `on_chosen` is told of the settings that follow."""

    has_screen = False

    def __init__(self, profile: Profile, settings: Settings, on_chosen: Callable[[Settings], None]) -> None:
        self.settings = settings
        self._choices = Choices(profile)
        self._on_chosen = on_chosen

    async def choose(self, table: str, key: str, value: object) -> None:
        await asyncio.to_thread(self._choices.put, table, key, value)
        self.settings = await asyncio.to_thread(lambda: self._choices.over(load()))
        self._on_chosen(self.settings)

    def themes(self) -> Sequence[str]:
        return ()

    def theme_fault(self, name: str) -> str:
        return ""

    def actions(self) -> Mapping[str, str]:
        return {}

    def key_faults(self, own: Mapping[str, str]) -> Sequence[str]:
        return ()
