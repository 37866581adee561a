"""Reads `config.toml`; every mistake in it is told with file, key, what was found and what fits."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from tuichat.config.binding import MAX_BINDINGS, MAX_TEXT_CHARACTERS, Binding, find_problem
from tuichat.config.paths import config_file
from tuichat.config.schema import Settings
from tuichat.errors import TuichatError
from tuichat.translation import _


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
        reason = error.strerror if isinstance(error, OSError) else _("it is not UTF-8")
        raise ConfigError(_("Cannot read {path}: {reason}.").format(path=path, reason=reason)) from error
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """Return the settings in `text`; `path` is only named in errors."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_("{path} is not valid TOML: {error}.").format(path=path, error=error)) from error
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
            bounds = _("{ge} to {le}").format(ge=meta.ge, le=meta.le)
        if isinstance(meta, Meta) and meta.examples:
            bounds = _('a text such as "{examples}"').format(examples=meta.examples[0])
    if hasattr(kind, "__metadata__"):
        return bounds or what_fits(get_args(kind)[0])
    arguments = get_args(kind)
    if get_origin(kind) is Literal:
        return _either([f'"{choice}"' for choice in arguments])
    if get_origin(kind) is dict:
        return _("a table of names, each with {what_fits}").format(what_fits=what_fits(arguments[1]))
    if get_origin(kind) is tuple:
        return _("a list of ") + what_fits(arguments[0]).removeprefix("a ") + "s"
    if arguments:
        return _(" or ").join(what_fits(argument) for argument in arguments)
    names = {bool: _("true or false"), int: _("a whole number"), float: _("a number"), str: _("a text")}
    return next((words for plain, words in names.items() if kind is plain), str(kind))


# TOML's values are of any type until they are checked here, once.
def _check(found: dict[str, Any], table: type[msgspec.Struct], prefix: str, path: Path) -> None:
    hints = get_type_hints(table, include_extras=True)
    for key, value in found.items():
        name = prefix + key
        if key not in hints:
            raise ConfigError(
                _("{path}: there is no setting {name}.{nearest}").format(
                    path=path, name=name, nearest=_nearest(name, prefix, hints)
                )
            )
        kind = hints[key]
        if table is Settings and key == "on":
            _check_bindings(value, path)
            continue
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if not isinstance(value, dict):
                raise ConfigError(
                    _(
                        "{path}: {name} is {shown}; it is a table and is written [{name}] with its settings below: "
                        "{names}."
                    ).format(path=path, name=name, shown=_shown(value), names=", ".join(kind.__struct_fields__))
                )
            _check(value, kind, name + ".", path)
            continue
        try:
            msgspec.convert(value, type=kind)
        except msgspec.ValidationError:
            raise ConfigError(
                _("{path}: {name} is {shown}; it takes {what_fits}.").format(
                    path=path, name=name, shown=_shown(value), what_fits=what_fits(kind)
                )
            ) from None


# Tables of a list have no name: they are told by their number.
def _check_bindings(found: object, path: Path) -> None:
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found) or len(found) > MAX_BINDINGS:
        raise ConfigError(
            _("{path}: on is {shown}; each binding is a table and is written [[on]], at most {limit} of them.").format(
                path=path, shown=_shown(found), limit=MAX_BINDINGS
            )
        )
    hints = _binding_hints()
    for number, table in enumerate(found, 1):
        name = f"[[on]] {number}"
        for key, value in table.items():
            if key not in hints:
                near = difflib.get_close_matches(key, hints, n=1, cutoff=0.6)
                meant = _(" Is {near} meant?").format(near=near[0]) if near else f" {', '.join(hints)}."
                raise ConfigError(
                    _("{path}: there is no setting {name}.{nearest}").format(
                        path=path, name=f"{name}: {key}", nearest=meant
                    )
                )
            try:
                msgspec.convert(value, type=hints[key])
            except msgspec.ValidationError:
                fits = what_fits(hints[key])
                if isinstance(value, str) and len(value) > MAX_TEXT_CHARACTERS:
                    fits = _("at most {limit} characters").format(limit=MAX_TEXT_CHARACTERS)
                raise ConfigError(
                    _("{path}: {name} is {shown}; it takes {what_fits}.").format(
                        path=path, name=f"{name}: {key}", shown=_shown(value), what_fits=fits
                    )
                ) from None
        if "event" not in table:
            raise ConfigError(
                _("{path}: {name} has no event; it takes {what_fits}.").format(
                    path=path, name=name, what_fits=what_fits(hints["event"])
                )
            )
        problem = find_problem(msgspec.convert(table, type=Binding))
        if problem is not None:
            raise ConfigError(f"{path}: {name}: {problem.field} {problem.sentence}")


def _binding_hints() -> dict[str, Any]:
    """Return the types of a binding's fields, by their names in the file."""
    hints = get_type_hints(Binding, include_extras=True)
    fields = zip(Binding.__struct_fields__, Binding.__struct_encode_fields__, strict=True)
    return {written: hints[name] for name, written in fields}


def _nearest(name: str, prefix: str, hints: dict[str, Any]) -> str:
    near = difflib.get_close_matches(name, _every_name(), n=1, cutoff=0.6)
    if near:
        return _(" Is {near} meant?").format(near=near[0])
    where = _("[{rstrip}] takes").format(rstrip=prefix.rstrip(".")) if prefix else _("The tables are")
    return f" {where} {', '.join(hints)}."


def _every_name() -> list[str]:
    names = []
    for table in Settings.__struct_fields__:
        names.append(table)
        names += [f"{table}.{key}" for key in getattr(getattr(Settings(), table), "__struct_fields__", ())]
    return names


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _either(choices: list[str]) -> str:
    return choices[0] if len(choices) == 1 else ", ".join(choices[:-1]) + _(" or ") + choices[-1]
