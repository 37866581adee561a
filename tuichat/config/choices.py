"""What was chosen on the screen (theme, keys, notices), kept for each profile beside the file that people write.

The screen never writes `config.toml`, so its comments stay. A choice wins over it until it is taken back.
"""

import logging
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

from tuichat.config.loader import ConfigError, check
from tuichat.config.paths import Profile
from tuichat.config.private_files import make_private_dir, write_private
from tuichat.config.schema import Settings
from tuichat.translation import _

logger = logging.getLogger(__name__)

Tables = dict[str, dict[str, Any]]  # TOML's values are of any type; `check` holds them to the schema


class Choices:
    """The choices of a profile. Calls take a few milliseconds of disk."""

    def __init__(self, profile: Profile) -> None:
        self.path = profile.config_dir / "choices.toml"

    def over(self, settings: Settings) -> Settings:
        """Return the settings with the choices in their place; a file that cannot be used costs the choices, no more."""
        try:
            return _merged(settings, self._read())
        except (ConfigError, OSError) as error:
            logger.warning("the choices made on the screen are left out: %s", error)
            return settings

    def put(self, table: str, key: str, value: object) -> None:
        """Keep a choice; None takes it back. Raises ConfigError for a value that does not fit, PrivateFileError."""
        try:
            tables = self._read()
        except (ConfigError, OSError):
            tables = {}
        chosen = tables.setdefault(table, {})
        if value is None:
            chosen.pop(key, None)
        else:
            chosen[key] = value
        check(tables, self.path)
        import tomli_w

        make_private_dir(self.path.parent)
        write_private(self.path, tomli_w.dumps({name: keys for name, keys in tables.items() if keys}).encode())

    def _read(self) -> Tables:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except UnicodeDecodeError as error:
            raise ConfigError(_("Cannot read {path}: it is not UTF-8.").format(path=self.path)) from error
        try:
            tables: Tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(_("{path} is not valid TOML: {error}.").format(path=self.path, error=error)) from error
        check(tables, self.path)
        return tables


def _merged(settings: Settings, choices: Mapping[str, Mapping[str, Any]]) -> Settings:
    tables: Tables = msgspec.to_builtins(settings)
    for table, chosen in choices.items():
        tables[table] = tables[table] | dict(chosen)
    return msgspec.convert(tables, type=Settings)
