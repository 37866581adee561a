"""Where tuichat keeps what: settings, accounts, logs, the personal server's data."""

import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from tuichat.errors import TuichatError
from tuichat.translation import _

APP_NAME = "tuichat"
DEFAULT_PROFILE = "default"

_PROFILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class ProfileNameError(TuichatError):
    """A profile name that cannot be a folder's name everywhere."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of accounts with its own layout and drafts; `Bob` and `bob` are one profile."""

    name: str = DEFAULT_PROFILE

    def __post_init__(self) -> None:
        folded = self.name.lower()
        if not _PROFILE_NAME.fullmatch(folded):
            raise ProfileNameError(
                _(
                    "A profile's name is 1 to 32 letters a-z, digits, _ or -, and begins with a letter or digit; "
                    "got {name!r}."
                ).format(name=self.name)
            )
        object.__setattr__(self, "name", folded)

    @property
    def config_dir(self) -> Path:
        return config_dir() / "profiles" / self.name

    @property
    def state_dir(self) -> Path:
        return state_dir() / "profiles" / self.name


def config_dir() -> Path:
    """Return the folder of `config.toml`, which all profiles share."""
    return platformdirs.user_config_path(APP_NAME)


def config_file() -> Path:
    return config_dir() / "config.toml"


def state_dir() -> Path:
    return platformdirs.user_state_path(APP_NAME)


def bridge_state_dir() -> Path:
    """Return the folder of what a laptop keeps of its logins by `tuichat ssh`, whatever the profile."""
    return state_dir() / "bridge"


def cache_dir() -> Path:
    """Return the folder of what can be loaded again."""
    return platformdirs.user_cache_path(APP_NAME)


def server_state_dir() -> Path:
    """Return the folder of the personal server's log; it belongs to no profile."""
    return state_dir() / "server"


def data_dir() -> Path:
    """Return the folder of the personal server's data: its store and its lock."""
    return platformdirs.user_data_path(APP_NAME) / "server"
