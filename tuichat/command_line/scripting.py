"""The words for scripts: `tuichat send`, and what each hands over."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tuichat.command_line.words import Commands, add_word, as_path
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.config.paths import Profile
    from tuichat.config.schema import Settings

EXIT_USAGE = 2


def add_scripting(commands: Commands) -> None:
    _add_send(commands)


def _add_send(commands: Commands) -> None:
    send = add_word(
        commands, "send", _send, _("send words, standard input or files as messages, and wait until they are there")
    )
    send.add_argument("address", metavar="ADDRESS", help=_("[ACCOUNT:][SERVER/]#CHANNEL, @NAME or an id"))
    send.add_argument("words", metavar="WORDS", nargs="*", help=_("the message (default: standard input)"))
    send.add_argument(
        "-f",
        "--file",
        metavar="FILE",
        type=as_path,
        action="append",
        default=[],
        help=_("send a file; may be repeated"),
    )
    send.add_argument(
        "--lines", action="store_true", help=_("send each line of standard input as a message of its own, as it comes")
    )
    _add_profile(send)


def _add_profile(parser: argparse.ArgumentParser) -> None:
    """Have --profile be known after the word, too; before it, it keeps what it says there."""
    parser.add_argument(
        "--profile", metavar="NAME", default=argparse.SUPPRESS, help=_("as this profile: a set of accounts")
    )


def _send(args: argparse.Namespace) -> int:
    from tuichat.automation.send import SendOrder, run

    words = " ".join(args.words)
    if args.lines and (words or args.file):
        sys.stderr.write(_("tuichat: --lines goes with standard input, not with words or files.") + "\n")
        return EXIT_USAGE
    profile, settings = _begin(args)
    return run(profile, settings, SendOrder(args.address, words, tuple(args.file), args.lines))


def _begin(args: argparse.Namespace) -> tuple[Profile, Settings]:
    """Return whose accounts are meant and how, and have what goes wrong be in the log."""
    from tuichat.config.choices import Choices
    from tuichat.config.loader import load
    from tuichat.config.log import start_logging
    from tuichat.config.paths import DEFAULT_PROFILE, Profile

    profile = Profile(DEFAULT_PROFILE if args.profile is None else args.profile)
    settings = Choices(profile).over(load())
    start_logging("client", profile.state_dir, settings.log.level)
    return profile, settings
