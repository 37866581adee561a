"""The commands that change how tuichat looks and works: /set, /bind and /theme."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin, get_type_hints

import msgspec

from tuichat.commands.choosing import Chooser
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Offered
from tuichat.commands.offers import Value
from tuichat.commands.subjects.telling import told
from tuichat.config.example import Setting, every_setting
from tuichat.config.loader import ConfigError, check
from tuichat.config.private_files import PrivateFileError
from tuichat.config.schema import Settings
from tuichat.protocol.json import printable
from tuichat.translation import _

DEFAULT = "default"
NOTHING = "none"
_ACTION = re.compile(r"[a-z]+\.[a-z0-9_]{1,60}")
_NEAR = {"on": True, "yes": True, "off": False, "no": False}
# Their commands know more of them than a value says.
ELSEWHERE = {"keys.bind": "/bind", "aliases": "/alias", "macros": "/macro"}


def _settings() -> dict[str, Setting]:
    names = {f"{each.table}.{each.key}": each for each in every_setting()}
    return {name: each for name, each in names.items() if name not in ELSEWHERE}


def _offered_keys(_begun: str, _context: CommandContext) -> Iterable[Value]:
    return [Value(name, each.description) for name, each in _settings().items()]


def _offered_values(_begun: str, context: CommandContext) -> Iterable[Value]:
    name = context.given.get("key", "").lower()
    if name not in _settings():
        return []
    table, _dot, key = name.partition(".")
    if name == "ui.theme":
        choices = list(context.chooser.themes()) if context.chooser is not None else []
    else:
        choices = _choices(get_type_hints(get_type_hints(Settings)[table], include_extras=True)[key])
    return [Value(each) for each in (*choices, DEFAULT)]


def _choices(kind: object) -> list[str]:
    """Return the words that a setting takes."""
    if get_origin(kind) is Literal:
        return [str(each) for each in get_args(kind)]
    if kind is bool:
        return ["on", "off"]
    return [word for part in get_args(kind) if part is not kind for word in _choices(part)]


@command
async def set_(
    context: CommandContext,
    key: Annotated[str | None, Offered(_offered_keys), "which setting, as ui.theme"] = None,
    value: Annotated[Text | None, Offered(_offered_values), "its new value; default takes your choice back"] = None,
) -> Outcome:
    """Show a setting, or choose another value for this profile. config.toml stays as it is. Alone: all that there are."""
    chooser = context.require_chooser()
    known = _settings()
    if key is None:
        lines = [f"{name} = {_shown(chooser.settings, name)}" for name in known]
        return told(context, _("Settings"), lines, "")
    name = key.lower()
    if name in ELSEWHERE or name.partition(".")[0] in ELSEWHERE:
        other = ELSEWHERE.get(name) or ELSEWHERE[name.partition(".")[0]]
        raise CommandError(_("{command} does that.").format(command=other))
    if name not in known:
        _check({name.partition(".")[0]: {name.partition(".")[2]: 0}} if "." in name else {name: 0})
        raise CommandError(_("There is no setting {name}.").format(name=printable(key)))
    setting = known[name]
    if value is None:
        return Outcome(
            text=_("{name} = {value}. {description} Takes {fits}; the default is {default}.").format(
                name=name,
                value=_shown(chooser.settings, name),
                description=setting.description,
                fits=setting.fits,
                default=setting.default,
            )
        )
    await choose(chooser, setting.table, setting.key, _read(setting, value))
    return Outcome(text=_("{name} = {value}").format(name=name, value=_shown(chooser.settings, name)) + _later(setting))


def _later(setting: Setting) -> str:
    """Return when a setting counts that a running tuichat does not look at again."""
    if setting.table in ("server", "cache", "log"):
        return " " + _("(from the next start on)")
    return ""


async def choose(chooser: Chooser, table: str, key: str, value: object) -> None:
    """Keep a choice. Raises CommandError, where it does not fit or cannot be written."""
    try:
        await chooser.choose(table, key, value)
    except (ConfigError, PrivateFileError, OSError) as error:
        raise CommandError(str(error)) from error


def _read(setting: Setting, text: str) -> object:
    """Return the value that a text means for a setting, None for its default. Raises CommandError, which says what fits."""
    typed = text.strip()
    if typed.lower() == DEFAULT:
        return None
    if len(typed) > 1 and typed[0] == typed[-1] == '"':
        typed = typed[1:-1]
    is_list = isinstance(getattr(getattr(Settings(), setting.table), setting.key), tuple)
    if is_list:
        parts = [part.strip() for part in typed.split(",")]
        return [part for part in parts if part and part.lower() != NOTHING]
    candidates: list[object] = [typed]
    if re.fullmatch(r"[+-]?\d{1,15}", typed):
        candidates.append(int(typed))
    if typed.lower() in (*_NEAR, "true", "false"):
        candidates.append(_NEAR.get(typed.lower(), typed.lower() == "true"))
    fault: CommandError | None = None
    for candidate in candidates:
        try:
            _check({setting.table: {setting.key: candidate}})
        except CommandError as error:
            fault = fault or error
        else:
            return candidate
    assert fault is not None
    raise fault


def _check(tables: dict[str, object]) -> None:
    try:
        check(tables, Path("/set"))
    except ConfigError as error:
        raise CommandError(str(error)) from error


def _shown(settings: Settings, name: str) -> str:
    table, _dot, key = name.partition(".")
    value = getattr(getattr(settings, table), key)
    return printable(msgspec.json.encode(value).decode())


def _offered_themes(_begun: str, context: CommandContext) -> Iterable[Value]:
    return [Value(name) for name in (context.chooser.themes() if context.chooser is not None else ())]


@command
async def theme(
    context: CommandContext, name: Annotated[str, Offered(_offered_themes), "which colours; default for the usual ones"]
) -> Outcome:
    """Show the screen in other colours."""
    chooser = context.require_chooser()
    fault = "" if name == DEFAULT else chooser.theme_fault(name)
    if fault:
        raise CommandError(f"NAME: {fault}")
    await choose(chooser, "ui", "theme", None if name == DEFAULT else name)
    if chooser.has_screen:
        return Outcome()
    return Outcome(text=_("The screen is shown in {name} from its next start on.").format(name=printable(name)))


def _offered_actions(_begun: str, context: CommandContext) -> Iterable[Value]:
    known: Mapping[str, str] = context.chooser.actions() if context.chooser is not None else {}
    return [Value(name, label) for name, label in known.items()]


@command
async def bind(
    context: CommandContext,
    action: Annotated[str, Offered(_offered_actions), "what is to be done, as messages.reply; tuichat keys lists all"],
    keys: Annotated[
        Text | None,
        "which keys do it, with commas between, as in r, ctrl+r; none for no key, default for the usual ones",
    ] = None,
) -> Outcome:
    """Have other keys do something. Without keys: which do it now."""
    chooser = context.require_chooser()
    known, own = chooser.actions(), dict(chooser.settings.keys.bind)
    if not _ACTION.fullmatch(action) or (chooser.has_screen and action not in known):
        faults = list(chooser.key_faults({action: ""})) if chooser.has_screen else []
        raise CommandError(
            " ".join(faults) or _("ACTION: {action} is none; tuichat keys lists them.").format(action=printable(action))
        )
    if keys is None:
        return Outcome(text=f"{action}: {known.get(action) or own.get(action) or _('as it is usual')}")
    before = set(chooser.key_faults(own))
    own.pop(action, None)
    wanted = keys.strip()
    if wanted.lower() != DEFAULT:
        own[action] = "" if wanted.lower() == NOTHING else wanted
    await choose(chooser, "keys", "bind", own)
    if not chooser.has_screen:
        return Outcome(text=_("{action} has these keys on the screen, from its next start on.").format(action=action))
    faults = [fault for fault in chooser.key_faults(own) if fault not in before]
    return Outcome(text=" ".join([f"{action}: {chooser.actions()[action]}.", *faults]))
