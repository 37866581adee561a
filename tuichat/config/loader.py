"""Reads `config.toml`; every mistake in it is told with file, key, what was found and what fits."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from tuichat.config.paths import config_file
from tuichat.config.schema import Settings
from tuichat.errors import TuichatError


class ConfigError(TuichatError):
    """A setting that cannot be used, or a settings file that cannot be read."""


def load(path: Path | None = None) -> Settings:
    """Return the settings of `path` (the user's own file by default); without a file, the defaults.

    Raises ConfigError.
    """
    path = config_file() if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigError(f"Cannot read {path}: {reason}.") from error
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """Return the settings in `text`; `path` is only named in errors."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    check(tables, path)
    return msgspec.convert(tables, type=Settings)


def check(tables: dict[str, Any], path: Path) -> None:
    """Raise ConfigError for the first setting that does not exist or does not fit; `path` is only named in it."""
    _check(tables, Settings, "", path)


def what_fits(kind: object) -> str:
    """Say in words which values a setting of type `kind` takes: `true or false`, `0 to 9 or "forever"`."""
    bounds = ""
    for meta in getattr(kind, "__metadata__", ()):
        if isinstance(meta, Meta) and meta.ge is not None and meta.le is not None:
            bounds = f"{meta.ge} to {meta.le}"
        if isinstance(meta, Meta) and meta.examples:
            bounds = f'a text such as "{meta.examples[0]}"'
    if hasattr(kind, "__metadata__"):
        return bounds or what_fits(get_args(kind)[0])
    arguments = get_args(kind)
    if get_origin(kind) is Literal:
        return _either([f'"{choice}"' for choice in arguments])
    if get_origin(kind) is dict:
        return f"a table of names, each with {what_fits(arguments[1])}"
    if get_origin(kind) is tuple:
        return "a list of " + what_fits(arguments[0]).removeprefix("a ") + "s"
    if arguments:
        return " or ".join(what_fits(argument) for argument in arguments)
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
    return next((words for plain, words in names.items() if kind is plain), str(kind))


# TOML's values are of any type until they are checked here, once.
def _check(found: dict[str, Any], table: type[msgspec.Struct], prefix: str, path: Path) -> None:
    hints = get_type_hints(table, include_extras=True)
    for key, value in found.items():
        name = prefix + key
        if key not in hints:
            raise ConfigError(f"{path}: there is no setting {name}.{_nearest(name, prefix, hints)}")
        kind = hints[key]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if not isinstance(value, dict):
                raise ConfigError(
                    f"{path}: {name} is {_shown(value)}; it is a table and is written [{name}] with its "
                    f"settings below: {', '.join(kind.__struct_fields__)}."
                )
            _check(value, kind, name + ".", path)
            continue
        try:
            msgspec.convert(value, type=kind)
        except msgspec.ValidationError:
            raise ConfigError(f"{path}: {name} is {_shown(value)}; it takes {what_fits(kind)}.") from None


def _nearest(name: str, prefix: str, hints: dict[str, Any]) -> str:
    near = difflib.get_close_matches(name, _every_name(), n=1, cutoff=0.6)
    if near:
        return f" Is {near[0]} meant?"
    where = f"[{prefix.rstrip('.')}] takes" if prefix else "The tables are"
    return f" {where} {', '.join(hints)}."


def _every_name() -> list[str]:
    names = []
    for table in Settings.__struct_fields__:
        names.append(table)
        names += [f"{table}.{key}" for key in getattr(Settings(), table).__struct_fields__]
    return names


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _either(choices: list[str]) -> str:
    return choices[0] if len(choices) == 1 else ", ".join(choices[:-1]) + " or " + choices[-1]
