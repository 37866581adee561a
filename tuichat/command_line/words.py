"""What words of the command line share: how one is added, and the types of what follows it."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tuichat.translation import _

Run = Callable[[argparse.Namespace], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # generic to a type checker alone

MAX_SECONDS = 31_536_000  # a year


def add_word(commands: Commands, name: str, run: Run | None, purpose: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".", allow_abbrev=False
    )
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="DIR", type=as_path, help=_("folder of the server's data (default: the personal server's)")
    )


def as_path(text: str) -> Path:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(_("a path is needed, got {text!r}").format(text=text))
    return Path(text)


def as_count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(_("a whole number of 0 or more is needed, got {text!r}").format(text=text))
    return int(text)


def as_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(
            _("seconds above 0 and up to {most} are needed, got {text!r}").format(most=MAX_SECONDS, text=text)
        )
    return seconds


def absolute(path: Path | None) -> Path | None:
    return None if path is None else path.expanduser().absolute()
