"""The command line of tuichat: says what each word means and hands over; loads nothing heavy itself."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from tuichat import __version__
from tuichat.command_line.administration import add_admin, add_bot
from tuichat.command_line.bridge import add_bridge
from tuichat.command_line.control import add_control
from tuichat.command_line.parser import Parser, use_wanted_language
from tuichat.command_line.plugin import add_plugin
from tuichat.command_line.scripting import add_scripting
from tuichat.command_line.serving import add_serve, serve_options
from tuichat.command_line.ssh import add_ssh
from tuichat.command_line.webhook import add_webhook
from tuichat.command_line.words import Commands, Run, absolute, add_data, add_word, as_path
from tuichat.errors import TuichatError
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.config.paths import Profile
    from tuichat.config.schema import Settings
    from tuichat.doctor.findings import Finding

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_BUG = 70  # EX_SOFTWARE of sysexits.h
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main(argv: list[str]) -> int:
    """Run one command line; return the exit code."""
    use_wanted_language(argv)
    args = build_parser().parse_args(argv)
    run: Run = args.run
    try:
        code = run(args)
        if sys.stdout is not None:  # whoever started us may have closed it
            sys.stdout.flush()
    except TuichatError as error:
        print(f"tuichat: {error}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone; the interpreter must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except Exception:  # outermost: what arrives here is a bug, and its text may hold a secret
        return _report_bug(args.command)
    return code


def build_parser() -> argparse.ArgumentParser:
    """Return the whole command line; the manual is checked against it."""
    parser: argparse.ArgumentParser = Parser(
        prog="tuichat",
        description=_("Chat from the terminal. Without a command, opens the screen."),
        epilog=_("The manual is `man tuichat`; settings are edited with `tuichat config`."),
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"tuichat {__version__}",
        help=_("show program's version number and exit"),
    )
    parser.add_argument(
        "--profile", metavar="NAME", default=None, help=_("be another person: a set of accounts with its own layout")
    )
    parser.add_argument(
        "--plain", action="store_true", help=_("talk in plain lines: for screen readers, dumb terminals and pipes")
    )
    parser.add_argument("--channel", metavar="NAME", default=None, help=_("with --plain: open this channel first"))
    parser.add_argument(
        "--commands",
        action="store_true",
        help=_("with --plain: run commands that come from a pipe or a file, where every line is a message otherwise"),
    )
    parser.set_defaults(run=_open_screen)
    commands = parser.add_subparsers(title=_("commands"), metavar="COMMAND", dest="command")
    add_scripting(commands)
    add_control(commands)
    add_ssh(commands)
    add_bridge(commands)
    add_plugin(commands)
    add_serve(commands, _serve)
    _add_server(commands)
    add_admin(commands, _admin)
    add_bot(commands, _admin)
    add_webhook(commands)
    _add_demo(commands)
    _add_config(commands)
    _add_keys(commands)
    _add_logs(commands)
    _add_doctor(commands)
    return parser


def _add_server(commands: Commands) -> None:
    server = add_word(commands, "server", None, _("look after the background server"))
    actions = server.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, purpose in (
        ("status", _("say whether it runs, and where")),
        ("stop", _("let it finish what it is doing, and stop it")),
        ("restart", _("stop it and start it anew")),
    ):
        add_data(add_word(actions, name, _server, purpose))


def _add_demo(commands: Commands) -> None:
    demo = add_word(commands, "demo", _demo, _("show three clients in conversation, and a picture of a screen"))
    demo.add_argument("--output", metavar="PNG", type=as_path, help=_("where the picture goes (default: a new file)"))


def _add_config(commands: Commands) -> None:
    config = add_word(commands, "config", _config, _("edit the settings and check them"))
    actions = config.add_subparsers(metavar="ACTION", dest="action")
    add_word(actions, "edit", _config, _("open the settings in $EDITOR and check them after (the default)"))
    add_word(actions, "check", _config, _("check the settings"))
    add_word(actions, "path", _config, _("print where the settings are"))


def _add_keys(commands: Commands) -> None:
    keys = add_word(commands, "keys", _keys, _("list every action with its keys, as the settings have them"))
    keys.add_argument("--profile", metavar="NAME", default=None, help=_("with the choices of this profile"))


def _add_logs(commands: Commands) -> None:
    logs = add_word(commands, "logs", _logs, _("show the log, without secrets"))
    logs.add_argument(
        "program",
        metavar="PROGRAM",
        nargs="?",
        choices=["client", "server", "ssh"],
        default="client",
        help=_(
            "client (the default), server, the one in the background, or ssh: what ran beside your logins by tuichat ssh"
        ),
    )
    logs.add_argument("--path", action="store_true", help=_("print where the log is instead"))


def _add_doctor(commands: Commands) -> None:
    doctor = add_word(commands, "doctor", _doctor, _("tell what this terminal can do, and what would give more"))
    doctor.add_argument(
        "subject",
        metavar="SUBJECT",
        nargs="?",
        choices=["audio"],
        help=_("audio: try microphone and speaker, and say what is wrong with them (about ten seconds)"),
    )
    doctor.add_argument("--json", action="store_true", help=_("print it as JSON, for programs"))


def _doctor(args: argparse.Namespace) -> int:
    import msgspec

    from tuichat.config.paths import DEFAULT_PROFILE, Profile
    from tuichat.doctor.findings import as_text

    profile = Profile(DEFAULT_PROFILE if args.profile is None else args.profile)
    is_good = True
    if args.subject == "audio":
        found, is_good = _examine_audio(profile, is_shown=not args.json and sys.stdout.isatty())
    else:
        from tuichat.doctor.examination import examine

        found = examine(profile)
    print(msgspec.json.encode(found).decode() if args.json else as_text(found))
    return 0 if is_good else 1


def _examine_audio(profile: Profile, *, is_shown: bool) -> tuple[list[Finding], bool]:
    """Try the sound devices; into a pipe goes the result alone."""
    import asyncio

    from tuichat.config.choices import Choices
    from tuichat.config.loader import load
    from tuichat.doctor.audio import examine_audio
    from tuichat.doctor.voice_ways import TriesFromLaptop, examine_ways

    is_drawing = False

    def show(line: str) -> None:
        nonlocal is_drawing
        if is_shown:
            is_meter = line.startswith("\r")
            print(line if is_meter or not is_drawing else "\n" + line, end="" if is_meter else "\n", flush=True)
            is_drawing = is_meter

    async def find_ways(laptop: TriesFromLaptop | None) -> list[str]:
        return await examine_ways(profile, laptop)

    try:
        return asyncio.run(examine_audio(Choices(profile).over(load()).voice, show, find_ways))
    finally:
        if is_drawing:
            print()  # the meter's line has no end


def _open_screen(args: argparse.Namespace) -> int:
    from tuichat.config.choices import Choices
    from tuichat.config.language import use_language
    from tuichat.config.log import start_logging
    from tuichat.config.paths import DEFAULT_PROFILE, Profile, config_dir
    from tuichat.plain.line_source import is_dumb

    if args.channel is not None and not args.plain:
        print(_("tuichat: --channel goes with --plain."), file=sys.stderr)
        return EXIT_USAGE
    if args.commands and not args.plain:
        print(_("tuichat: --commands goes with --plain."), file=sys.stderr)
        return EXIT_USAGE
    profile = Profile(DEFAULT_PROFILE if args.profile is None else args.profile)
    settings = Choices(profile).over(_settings())
    has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if not (args.plain or has_terminal):
        print(
            _(
                "tuichat: the screen needs a terminal on standard input and output; `tuichat --plain` does "
                "without, and `tuichat demo` shows a conversation."
            ),
            file=sys.stderr,
        )
        return EXIT_USAGE
    start_logging("client", profile.state_dir, settings.log.level)
    use_language(settings.ui.language, os.environ, config_dir() / "locale")
    if args.plain or is_dumb(os.environ):
        from tuichat.plain.program import run as run_plain

        why = "" if args.plain else _("This terminal shows lines alone, so tuichat starts as `tuichat --plain` does.")
        return run_plain(profile, settings, args.channel, why, takes_commands=args.commands)

    from tuichat.tui.app import run

    return run(profile, settings)


def _serve(args: argparse.Namespace) -> int:
    from tuichat.config.log import start_logging, start_logging_to_stderr
    from tuichat.config.paths import server_state_dir
    from tuichat.server.options import OptionsError

    settings = _settings()
    try:
        options = serve_options(args, settings)
    except OptionsError as error:
        print(f"tuichat: {error}", file=sys.stderr)
        return EXIT_USAGE
    if options.personal:
        start_logging("server", server_state_dir(), settings.log.level)
    else:
        start_logging_to_stderr(settings.log.level)

    from tuichat.server.app import serve

    return serve(options)


def _server(args: argparse.Namespace) -> int:
    import asyncio

    from tuichat.local import background

    data = absolute(args.data)
    if args.action == "status":
        status = asyncio.run(background.status(data))
        print(status.sentence)
        return 0 if status.is_ready else EXIT_ERROR
    if args.action == "stop":
        stopped = asyncio.run(background.stop(data))
        print(_("Stopped.") if stopped else _("No server was running."))
        return 0
    address = asyncio.run(background.restart(data, progress=lambda sentence: print(sentence, file=sys.stderr)))
    print(_("Running: process {pid}, {url}").format(pid=address.pid, url=address.url))
    return 0


def _admin(args: argparse.Namespace) -> int:
    from tuichat.config.log import start_logging_to_stderr
    from tuichat.config.paths import data_dir

    args.data = absolute(args.data) or data_dir()
    args.file = absolute(getattr(args, "file", None))
    start_logging_to_stderr("warning")

    from tuichat.server.admin import main as run

    return run(args)


def _demo(args: argparse.Namespace) -> int:
    from tuichat.demo import main as run

    return run(args)


def _config(args: argparse.Namespace) -> int:
    from tuichat.config.paths import config_file

    path = config_file()
    if args.action == "path":
        print(path)
        return 0
    if args.action in (None, "edit"):
        from tuichat.config.editor import edit_settings

        if not sys.stdin.isatty():
            print(
                _(
                    "tuichat: an editor needs a terminal; the settings are {path}, `tuichat config check` checks them."
                ).format(path=path),
                file=sys.stderr,
            )
            return EXIT_USAGE
        edit_settings(path, edit_again=_ask_to_edit_again)
    else:
        from tuichat.config.loader import load

        load(path)
    print(
        _("{path} is right.").format(path=path)
        if path.exists()
        else _("There is no {path}; every setting has its default.").format(path=path)
    )
    return 0


def _ask_to_edit_again(mistake: str) -> bool:
    if not sys.stdin.isatty():
        return False
    print(mistake, file=sys.stderr)
    try:
        return input(_("Edit again? [Y/n] ")).strip().lower() in ("", *_("y yes").split())
    except EOFError:
        return False


def _logs(args: argparse.Namespace) -> int:
    from tuichat.config.log_reader import show_log
    from tuichat.config.paths import DEFAULT_PROFILE, Profile, bridge_state_dir, server_state_dir

    profile = Profile(DEFAULT_PROFILE if args.profile is None else args.profile)
    folder = {"client": profile.state_dir, "server": server_state_dir(), "ssh": bridge_state_dir()}[args.program]
    path = folder / f"{args.program}.log"
    if args.path:
        print(path)
    else:
        show_log(path)
    return 0


def _keys(args: argparse.Namespace) -> int:
    from tuichat.config.choices import Choices
    from tuichat.config.paths import DEFAULT_PROFILE, Profile
    from tuichat.tui.key_table import KeyTable
    from tuichat.tui.keys import ACTIONS

    settings = Choices(Profile(args.profile or DEFAULT_PROFILE)).over(_settings())
    table = KeyTable(settings.keys.set, settings.keys.leader, settings.keys.bind)
    for action in ACTIONS:
        print(f"{action.id:28} {', '.join(table.keys_of(action.id)) or '-':28} {_(action.label)}")
    for problem in table.problems:
        print(f"tuichat: {problem}", file=sys.stderr)
    return 1 if table.problems else 0


def _settings() -> Settings:
    from tuichat.config.loader import load

    return load()


def _report_bug(command: str | None) -> int:
    import logging
    import traceback

    from tuichat.config.log import redact

    if logging.getLogger().handlers:
        logging.getLogger(__name__).critical("unexpected error", exc_info=True)
    print(redact(traceback.format_exc()), file=sys.stderr, end="")
    logs = "tuichat logs ssh" if command in ("ssh", "bridge") else "tuichat logs"
    print(_("tuichat: this is a bug in tuichat; `{logs}` has what went before.").format(logs=logs), file=sys.stderr)
    return EXIT_BUG
