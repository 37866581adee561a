"""A plugin's manifest, `plugin.toml`: what it is, how it is started, and what it asks for."""

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tuichat.automation.records import EventRecord
from tuichat.errors import TuichatError
from tuichat.protocol.json import printable
from tuichat.translation import _

MANIFEST_NAME = "plugin.toml"
MAX_MANIFEST_BYTES = 64 * 1024
MAX_VERSION_CHARACTERS = 32
MAX_DESCRIPTION_CHARACTERS = 200
MAX_WORDS = 32
MAX_WORD_CHARACTERS = 1000
MAX_WISHES = 64  # events and actions each
MAX_PLACES = 64  # channels and accounts of one of them
MAX_PLACE_CHARACTERS = 300  # as an address has

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ADDRESS = re.compile(r"(.*[^/#@:]:)?([^#@]*/?#.+|@.+|[0-9]{1,20})", re.DOTALL)
_COMMAND = re.compile(r"[a-z][a-z0-9_-]{0,31}")
SCHEDULE = "schedule"  # the time of a binding: nobody else has any
EVENT_TYPES = tuple(sorted({str(kind.__struct_config__.tag) for kind in EventRecord.__args__} - {SCHEDULE}))


class ManifestError(TuichatError):
    """A manifest that cannot be read, or says what no manifest may."""


class EventWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events of one type; without `channels` and `accounts`, those of all. `mentions` leaves messages that call nobody here."""

    type: str
    channels: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None
    mentions: bool = False


class ActionWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command; without `channels` and `accounts`, wherever the person could use it."""

    command: str
    channels: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None


class _Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    version: str
    description: str
    run: tuple[str, ...]
    events: tuple[str | EventWish, ...] = ()
    actions: tuple[str | ActionWish, ...] = ()
    network: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was checked; `sha256` is of its bytes, and what was granted is granted to these."""

    name: str
    version: str
    description: str
    run: tuple[str, ...]
    events: tuple[EventWish, ...]
    actions: tuple[ActionWish, ...]
    network: bool
    sha256: str


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def check_name(name: str) -> None:
    if not is_name(name):
        raise ManifestError(
            _("A plugin's name is 1 to 32 letters a-z, digits or -, and begins with a letter; got {name!r}.").format(
                name=printable(name)
            )
        )


def load(folder: Path) -> Manifest:
    """Read the manifest of a plugin's folder. Raises ManifestError."""
    path = folder / MANIFEST_NAME
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise ManifestError(_("{path} cannot be read: {error}.").format(path=path, error=error.strerror)) from error
    return parse(data, path)


def parse(data: bytes, path: Path) -> Manifest:
    """Check a manifest; `path` is only named in errors. Raises ManifestError with the limit and what was found."""
    try:
        return _parse(data)
    except ManifestError as error:
        raise ManifestError(f"{path}: {error}") from None


def _parse(data: bytes) -> Manifest:
    if len(data) > MAX_MANIFEST_BYTES:
        raise ManifestError(_("it has more than {limit} bytes").format(limit=MAX_MANIFEST_BYTES))
    try:
        tables = msgspec.convert(tomllib.loads(data.decode()), type=_Tables)
    except UnicodeDecodeError as error:
        raise ManifestError(_("it is not UTF-8: byte {number} is wrong").format(number=error.start)) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ManifestError(_("it is not valid TOML: {error}").format(error=printable(str(error)))) from None
    except msgspec.ValidationError as error:
        raise ManifestError(printable(str(error))) from None
    check_name(tables.name)
    _check_text("version", tables.version, MAX_VERSION_CHARACTERS)
    _check_text("description", tables.description, MAX_DESCRIPTION_CHARACTERS)
    _check_run(tables.run)
    for key, wishes in (("events", tables.events), ("actions", tables.actions)):
        _check_count(key, len(wishes), 0, MAX_WISHES)
    events = tuple(EventWish(each) if isinstance(each, str) else each for each in tables.events)
    actions = tuple(ActionWish(each) if isinstance(each, str) else each for each in tables.actions)
    for event in events:
        if event.type not in EVENT_TYPES:
            raise ManifestError(
                _("there is no event {name!r}; there are: {names}").format(
                    name=printable(event.type), names=", ".join(EVENT_TYPES)
                )
            )
        if event.mentions and event.type != "message":
            raise ManifestError(_("mentions goes with the event message, not with {name}").format(name=event.type))
        _check_places(f"events.{event.type}", event.channels, event.accounts)
    for action in actions:
        if not _COMMAND.fullmatch(action.command):
            raise ManifestError(
                _("{name!r} is no command's name; it is written without its slash").format(
                    name=printable(action.command)
                )
            )
        _check_places(f"actions.{action.command}", action.channels, action.accounts)
    _check_once("actions", [each.command for each in actions])
    return Manifest(
        name=tables.name,
        version=tables.version,
        description=tables.description,
        run=tables.run,
        events=events,
        actions=actions,
        network=tables.network,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _check_text(key: str, text: str, limit: int) -> None:
    _check_count(key, len(text), 1, limit, _("characters"))
    if not text.isprintable():
        raise ManifestError(_("{key} holds a character that cannot be shown").format(key=key))


def _check_count(key: str, count: int, least: int, most: int, noun: str = "") -> None:
    if not least <= count <= most:
        raise ManifestError(
            _("{key} has {least} to {most} {noun}, this one {count}").format(
                key=key, least=least, most=most, noun=noun or _("items"), count=count
            )
        )


def _check_run(words: Sequence[str]) -> None:
    _check_count("run", len(words), 1, MAX_WORDS, _("words"))
    for number, word in enumerate(words):
        _check_count(f"run[{number}]", len(word), 0 if number else 1, MAX_WORD_CHARACTERS, _("characters"))
        if not word.isprintable():  # a NUL would end it, and the question would not show it as it is
            raise ManifestError(_("{key} holds a character that cannot be shown").format(key=f"run[{number}]"))


def _check_places(key: str, channels: Sequence[str] | None, accounts: Sequence[str] | None) -> None:
    for noun, places in (("channels", channels), ("accounts", accounts)):
        if places is None:
            continue
        _check_count(f"{key}.{noun}", len(places), 1, MAX_PLACES)
        for place in places:
            _check_text(f"{key}.{noun}", place, MAX_PLACE_CHARACTERS)
    for channel in channels or ():
        if not _ADDRESS.fullmatch(channel):
            raise ManifestError(
                _("{text!r} is no address: one is written server/#channel, #channel, @name or an id").format(
                    text=channel
                )
            )


def _check_once(key: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ManifestError(_("{key} has {name} more than once").format(key=key, name=name))
