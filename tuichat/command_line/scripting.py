"""The words for scripts: `tuichat send`, `run`, `tail`, `wait`, `on` and `schema`, and what each hands over."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NoReturn

from tuichat.command_line.words import Commands, add_word, as_count, as_path, as_seconds
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.config.paths import Profile
    from tuichat.config.schema import Settings

EXIT_USAGE = 2


def add_scripting(commands: Commands) -> None:
    _add_send(commands)
    _add_run(commands)
    _add_tail(commands)
    _add_wait(commands)
    _add_on(commands)
    add_word(commands, "schema", _schema, _("print the schema of what --json prints"))


def _add_send(commands: Commands) -> None:
    send = add_word(
        commands, "send", _send, _("send words, standard input or files as messages, and wait until they are there")
    )
    _add_address(send)
    send.add_argument("words", metavar="WORDS", nargs="*", default=[], help=_("the message (default: standard input)"))
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
    add_profile(send)


def _add_run(commands: Commands) -> None:
    run = add_word(commands, "run", _run, _("run commands and send messages, line by line, without a screen"))
    run.add_argument("file", metavar="FILE", type=as_path, nargs="?", help=_("lines to run (default: standard input)"))
    run.add_argument(
        "-c",
        "--command",
        dest="command_lines",
        metavar="LINE",
        action="append",
        default=[],
        help=_("run this line; may be repeated"),
    )
    run.add_argument("--in", dest="place", metavar="ADDRESS", help=_("where the lines are typed"))
    run.add_argument("--keep-going", action="store_true", help=_("go on after a line that failed"))
    _add_json(run)
    add_profile(run)


def _add_tail(commands: Commands) -> None:
    tail = add_word(commands, "tail", _tail, _("print the last messages of a channel, and those that come"))
    _add_address(tail)
    tail.add_argument(
        "-n", "--number", metavar="N", type=as_count, default=10, help=_("how many of the last ones (default 10)")
    )
    tail.add_argument("--no-follow", action="store_true", help=_("end after these"))
    _add_json(tail)
    add_profile(tail)


def _add_wait(commands: Commands) -> None:
    wait = add_word(commands, "wait", _wait, _("wait for a message, and print it"))
    wait.add_argument(
        "--from", dest="sender", metavar="NAME", default="", help=_("of this person: a user name or an id")
    )
    wait.add_argument("--match", metavar="PATTERN", default="", help=_("in which this regular expression is found"))
    wait.add_argument("--in", dest="place", metavar="ADDRESS", help=_("in this channel (default: in any)"))
    wait.add_argument(
        "--after", metavar="ID", type=as_count, help=_("with --in: also what was written there after this message")
    )
    wait.add_argument(
        "--timeout", metavar="SECONDS", type=as_seconds, help=_("give up after this time, with exit code 124")
    )
    _add_json(wait)
    add_profile(wait)


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "address",
        metavar="ADDRESS",
        nargs="?",
        help=_("[ACCOUNT:][SERVER/]#CHANNEL, @NAME or an id (default: the setting scripts.channel)"),
    )


def _add_on(commands: Commands) -> None:
    bindings = add_word(commands, "on", _on, _("do what the tables [[on]] of the settings say when something happens"))
    bindings.add_argument("--dry-run", action="store_true", help=_("print what would be run, and run nothing"))
    bindings.add_argument(
        "--event",
        metavar="FILE",
        help=_("with --dry-run: take events from a file of JSON lines, or from - (standard input)"),
    )
    bindings.add_argument("--list", action="store_true", help=_("print the bindings and how each went last"))
    add_profile(bindings)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help=_("print one JSON object a line, as `tuichat schema` describes them")
    )


def add_profile(parser: argparse.ArgumentParser) -> None:
    """Have --profile be known after the word, too; before it, it keeps what it says there."""
    parser.add_argument(
        "--profile", metavar="NAME", default=argparse.SUPPRESS, help=_("as this profile: a set of accounts")
    )


def _send(args: argparse.Namespace) -> int:
    from tuichat.automation.send import SendOrder, run

    words = " ".join(args.words) if args.words else None
    if args.lines and (words is not None or args.file):
        _end(_("--lines goes with standard input, not with words or files."))
    profile, settings = begin(args)
    return run(profile, settings, SendOrder(_address(args, settings), words, tuple(args.file), args.lines))


def _run(args: argparse.Namespace) -> int:
    from tuichat.automation.run import RunOrder, run

    if args.command_lines and args.file:
        _end(_("-c goes without a file."))
    profile, settings = begin(args)
    return run(
        profile,
        settings,
        RunOrder(tuple(args.command_lines), args.file, args.place, is_json=args.json, keeps_going=args.keep_going),
    )


def _tail(args: argparse.Namespace) -> int:
    from tuichat.automation.tail import TailOrder, run

    profile, settings = begin(args)
    return run(
        profile, settings, TailOrder(_address(args, settings), args.number, args.json, follows=not args.no_follow)
    )


def _wait(args: argparse.Namespace) -> int:
    from tuichat.automation.wait import WaitOrder, run

    if args.after is not None and args.place is None:
        _end(_("--after goes with --in, which says in which channel."))
    profile, settings = begin(args)
    return run(profile, settings, WaitOrder(args.sender, args.match, args.place, args.after, args.timeout, args.json))


def _on(args: argparse.Namespace) -> int:
    from tuichat.automation.bindings.on import OnOrder, run

    profile, settings = begin(args)
    return run(profile, settings, OnOrder(args.dry_run, args.list, args.event))


def _schema(args: argparse.Namespace) -> int:
    from tuichat.automation.records import schema

    sys.stdout.write(schema().decode() + "\n")
    return 0


def _address(args: argparse.Namespace, settings: Settings) -> str:
    """Return which channel is meant; end with a sentence where nothing says it."""
    address: str = settings.scripts.channel if args.address is None else args.address
    if not address and args.address is None:
        _end(_("It is not said which channel: write its address, such as '#general', or set scripts.channel."))
    return address


def _end(sentence: str) -> NoReturn:
    if sys.stderr is not None:
        sys.stderr.write(f"tuichat: {sentence}\n")
    raise SystemExit(EXIT_USAGE)


def begin(args: argparse.Namespace) -> tuple[Profile, Settings]:
    """Return whose accounts are meant and how, and have what goes wrong be in the log.

    Collecting garbage while modules are loaded finds none and takes a tenth of the start; `run_to_end` begins with it.
    """
    import gc

    gc.disable()
    from tuichat.config.choices import Choices
    from tuichat.config.loader import load
    from tuichat.config.log import start_logging
    from tuichat.config.paths import DEFAULT_PROFILE, Profile, ProfileNameError

    try:
        profile = Profile(DEFAULT_PROFILE if args.profile is None else args.profile)
    except ProfileNameError as error:
        _end(str(error))
    settings = Choices(profile).over(load())
    start_logging("client", profile.state_dir, settings.log.level)
    return profile, settings
