"""The words of `tuichat ctl`, for its help and the manual; `automation/ctl/command_words.py` reads them, since that is quicker."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tuichat.command_line.words import add_word, as_path, as_seconds
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.command_line.words import Commands


def add_control(commands: Commands) -> None:
    control = add_word(commands, "ctl", _control, _("have the running tuichat do something, or ask it how it is"))
    control.add_argument(
        "words",
        metavar="WORD",
        nargs=argparse.REMAINDER,
        help=_(
            "a command and its arguments, as /msg '#ci' passed; or send ADDRESS [WORDS], status, subscribe [TYPE ...], "
            "ptt down|up|toggle"
        ),
    )
    control.add_argument("--in", dest="place", metavar="ADDRESS", help=_("where the command is typed"))
    control.add_argument("--here", action="store_true", help=_("type the command in the channel that is open"))
    control.add_argument("--json", action="store_true", help=_("print what became of it as a JSON object"))
    control.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=as_seconds,
        help=_("give up after this time (default 30), with exit code 124"),
    )
    control.add_argument(
        "-f", "--file", metavar="FILE", type=as_path, action="append", help=_("with send: send a file; may be repeated")
    )
    control.add_argument(
        "--format", metavar="FORMAT", help=_("with status and subscribe: print this, with its {fields} filled in")
    )
    control.add_argument(
        "--profile", metavar="NAME", default=argparse.SUPPRESS, help=_("the tuichat of this profile: a set of accounts")
    )


def _control(args: argparse.Namespace) -> int:
    """Carry out what came here by `cli.main`; `python -m tuichat` has its own way, which is quicker."""
    from tuichat.automation.ctl.client import main

    words: list[str] = []
    for option, value in (
        ("--in", args.place),
        ("--timeout", args.timeout),
        ("--format", args.format),
        *(("--file", file) for file in args.file or ()),
    ):
        if value is not None:
            words += [option, str(value)]
    words += [f"--{name}" for name in ("here", "json") if getattr(args, name)]
    return main([*words, *args.words], args.profile or "default")
