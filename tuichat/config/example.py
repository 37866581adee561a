"""Writes `config.example.toml` and the manual's list of settings from the schema."""

from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import tomli_w
from msgspec import Meta

from tuichat.config.binding import Binding
from tuichat.config.loader import what_fits
from tuichat.config.schema import Settings

_HEAD = """\
# The settings of tuichat. Copy this file to the folder that `tuichat config path` names, or run
# `tuichat config`, which makes it. Every line that begins with "# " and a key shows a default.
"""


# Each line that is a setting is one comment away from being read; a test reads them all.
BINDING_EXAMPLES = """\
# Tell the desktop who mentions you; the program finds the event in its environment and, as JSON, on its standard input.
# [[on]]
# event = "mention"
# program = ["sh", "-c", 'notify-send "$TUICHAT_FROM_NAME" "$TUICHAT_TEXT"']

# React where Ada writes of a release in one channel; {id} is the message.
# [[on]]
# event = "message"
# from = "ada"
# in = "dev/#general"
# match = "(?i)released? v[0-9]+"
# run = "/react {id} tada"

# Say good morning on working days.
# [[on]]
# event = "schedule"
# at = "09:00"
# days = "mon-fri"
# in = "dev/#general"
# run = "Good morning!"
"""


class Setting(msgspec.Struct, frozen=True):
    """One setting as people read of it."""

    table: str
    key: str
    description: str
    fits: str
    default: str  # as written in TOML


def every_setting() -> list[Setting]:
    """Return all settings in the order of the schema."""
    settings = []
    for table, table_type in get_type_hints(Settings, include_extras=True).items():
        if not isinstance(table_type, type):
            continue
        defaults = table_type()
        for key, kind in get_type_hints(table_type, include_extras=True).items():
            default = getattr(defaults, key)
            line = tomli_w.dumps({key: default}).strip() if default != {} else f"{key} = {{}}"
            settings.append(
                Setting(
                    table=table,
                    key=key,
                    description=_description(kind),
                    fits=what_fits(kind),
                    default=line.partition(" = ")[2],
                )
            )
    return settings


def own_tables() -> list[Setting]:
    """Return the tables whose keys are names of the user's own."""
    return [
        Setting(table=table, key="", description=_description(kind), fits=what_fits(kind), default="{}")
        for table, kind in get_type_hints(Settings, include_extras=True).items()
        if get_origin(_plain(kind)) is dict
    ]


def example_text() -> str:
    """Return the text of `config.example.toml`."""
    parts = [_HEAD]
    table = ""
    for setting in every_setting():
        if setting.table != table:
            table = setting.table
            purpose = (get_type_hints(Settings)[table].__doc__ or "").splitlines()[0]
            parts.append(f"\n# {purpose}\n[{table}]\n")
        parts.append(f"\n# {setting.description} Takes {setting.fits}.\n# {setting.key} = {setting.default}\n")
    for own in own_tables():
        parts.append(f"\n# {own.description}\n[{own.table}]\n")
    return "".join(parts) + _bindings_text()


def binding_settings() -> list[Setting]:
    """Return the fields of a binding in the order of the schema."""
    hints = get_type_hints(Binding, include_extras=True)
    found = []
    for name, written in zip(Binding.__struct_fields__, Binding.__struct_encode_fields__, strict=True):
        default = "" if name == "event" else getattr(Binding(event="message"), name)
        shown = tomli_w.dumps({written: default}).strip().partition(" = ")[2]
        found.append(
            Setting(
                table="on",
                key=written,
                description=_description(hints[name]),
                fits=what_fits(hints[name]),
                default=shown,
            )
        )
    return found


def _bindings_text() -> str:
    purpose = (Binding.__doc__ or "").splitlines()[0]
    lines = [
        "",
        f"# {purpose}",
        "# `man tuichat-on` has more of it; `tuichat on --dry-run` shows what would run.",
        "#",
        "# Its fields:",
    ]
    lines += [f"#   {each.key}: {each.description} Takes {each.fits}." for each in binding_settings()]
    return "\n".join([*lines, "", *BINDING_EXAMPLES.rstrip("\n").split("\n")]) + "\n"


def manual_settings() -> str:
    """Return the settings as mdoc(7) list items, for the manual."""
    lines = []
    for setting in every_setting():
        lines.append(f".It Ic {setting.table}.{setting.key}")
        lines.append(_roff(setting.description))
        lines.append(_roff(f"Takes {setting.fits}; the default is {setting.default}."))
    for own in own_tables():
        lines += [f".It Ic [{own.table}]", _roff(own.description)]
    return "\n".join(lines) + "\n"


def manual_bindings() -> str:
    """Return the fields of a binding as mdoc(7) list items."""
    lines = []
    for each in binding_settings():
        lines += [f".It Ic {each.key}", _roff(each.description), _roff(f"Takes {each.fits}.")]
        if each.default not in ('""', "[]"):
            lines.append(_roff(f"The default is {each.default}."))
    return "\n".join(lines) + "\n"


def _plain(kind: Any) -> Any:
    return get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def _description(kind: Any) -> str:  # a type as `get_type_hints` gives it
    for meta in getattr(kind, "__metadata__", ()):
        if isinstance(meta, Meta) and meta.description:
            return meta.description
    return _description(get_args(kind)[0]) if get_origin(kind) is not None and get_args(kind) else ""


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + escaped if escaped.startswith((".", "'")) else escaped
