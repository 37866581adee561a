"""The command line of tuichat: says what each word means and hands over; loads nothing heavy itself."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tuichat import __version__
from tuichat.command_line import Parser, use_wanted_language
from tuichat.errors import TuichatError
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.config.paths import Profile
    from tuichat.config.schema import Settings
    from tuichat.doctor.findings import Finding
    from tuichat.server.options import ServeOptions

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_BUG = 70  # EX_SOFTWARE of sysexits.h
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count

Run = Callable[[argparse.Namespace], int]


def main(argv: list[str]) -> int:
    """Run one command line; return the exit code."""
    use_wanted_language(argv)
    args = build_parser().parse_args(argv)
    run: Run = args.run
    try:
        code = run(args)
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
        return _report_bug()
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
    _add_serve(commands)
    _add_server(commands)
    _add_admin(commands)
    _add_bot(commands)
    _add_demo(commands)
    _add_config(commands)
    _add_keys(commands)
    _add_logs(commands)
    _add_doctor(commands)
    return parser


def _add(commands: Commands, name: str, run: Run | None, purpose: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".", allow_abbrev=False
    )
    if run is not None:
        parser.set_defaults(run=run)
    return parser


def _add_serve(commands: Commands) -> None:
    serve = _add(commands, "serve", _serve, _("run a server for a team"))
    add = serve.add_argument
    add("--host", metavar="ADDRESS", help=_("address to listen on (default 127.0.0.1)"))
    add("--port", metavar="PORT", type=int, help=_("port to listen on; 0 picks a free one (default 8765)"))
    add("--data", metavar="DIR", type=_path, help=_("folder of the data (default: the personal server's)"))
    add("--tls-cert", metavar="FILE", type=_path, help=_("certificate chain, PEM"))
    add("--tls-key", metavar="FILE", type=_path, help=_("private key, PEM, unless the certificate's file holds it"))
    add(
        "--tls",
        choices=["auto"],
        help=_("auto: make an authority and a certificate in the folder of the data, and say how clients trust it"),
    )
    add(
        "--registration",
        metavar="WHO",
        choices=["invite", "open", "closed"],
        default="invite",
        help=_("who may make an account: invite, open or closed (default invite)"),
    )
    add("--public-url", metavar="URL", help=_("what people type to reach the server, when a proxy is in front"))
    add(
        "--voice-host",
        metavar="ADDRESS",
        help=_("IPv4 address that clients send voice packets to (default: where they reached the server)"),
    )
    add("--voice-port", metavar="PORT", type=int, help=_("UDP port of voice (default: a free one)"))
    add(
        "--trusted-proxy",
        metavar="ADDRESS",
        action="append",
        default=[],
        help=_("address or network of a proxy whose X-Forwarded headers count; may be repeated"),
    )
    add("--insecure", action="store_true", help=_("listen beyond this machine without TLS"))
    add(
        "--no-rate-limits",
        action="store_true",
        help=_("let everybody do everything as often as they like; for load runs"),
    )
    add("--personal", action="store_true", help=_("be the background server that tuichat starts by itself"))


def _add_server(commands: Commands) -> None:
    server = _add(commands, "server", None, _("look after the background server"))
    actions = server.add_subparsers(metavar="ACTION", dest="action", required=True)
    for name, purpose in (
        ("status", _("say whether it runs, and where")),
        ("stop", _("let it finish what it is doing, and stop it")),
        ("restart", _("stop it and start it anew")),
    ):
        _add_data(_add(actions, name, _server, purpose))


def _add_admin(commands: Commands) -> None:
    admin = _add(
        commands,
        "admin",
        None,
        _("make accounts, guilds and invites; back up, check, count, purge and export the data"),
    )
    nouns = admin.add_subparsers(metavar="NOUN", dest="noun", required=True)

    account = _add(nouns, "account", None, _("accounts of the server"))
    actions = account.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = _add(
        actions, "create", _admin, _("make an account; the password is asked for, or read from standard input")
    )
    create.add_argument("name", metavar="NAME", help=_("user name to sign in with"))
    _add_data(create)
    _add_data(_add(actions, "list", _admin, _("list the accounts")))

    guild = _add(nouns, "guild", None, _("guilds of the server"))
    actions = guild.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = _add(actions, "create", _admin, _("make a guild with a text and a voice channel"))
    create.add_argument("name", metavar="NAME", help=_("name of the guild"))
    create.add_argument("--owner", metavar="ACCOUNT", help=_("user name of its owner (default: the only account)"))
    _add_data(create)
    _add_data(_add(actions, "list", _admin, _("list the guilds with their ids")))

    password = _add(nouns, "password", None, _("passwords of accounts"))
    actions = password.add_subparsers(metavar="ACTION", dest="action", required=True)
    reset = _add(
        actions,
        "reset",
        _admin,
        _("set a new password, asked for or read from standard input, and sign the account out"),
    )
    reset.add_argument("name", metavar="NAME", help=_("user name of the account"))
    _add_data(reset)

    invite = _add(nouns, "invite", None, _("invites to guilds"))
    actions = invite.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = _add(actions, "create", _admin, _("make an invite and print its code"))
    create.add_argument(
        "--guild", metavar="GUILD", help=_("id or name of the guild to invite to (default: the only one)")
    )
    create.add_argument(
        "--max-uses", metavar="N", type=_count, default=0, help=_("how often it can be used (0: no limit)")
    )
    create.add_argument(
        "--max-age",
        metavar="SECONDS",
        type=_count,
        default=86_400,
        help=_("how long it is good (0: for ever; default a day)"),
    )
    _add_data(create)
    _add_data(_add(actions, "list", _admin, _("list the invites")))
    revoke = _add(actions, "revoke", _admin, _("make an invite useless"))
    revoke.add_argument("code", metavar="CODE", help=_("code of the invite"))
    _add_data(revoke)
    _add_upkeep(nouns)


def _add_upkeep(nouns: Commands) -> None:
    backup = _add(
        nouns, "backup", _admin, _("write all data to one file, checked by restoring it, while the server runs")
    )
    backup.add_argument(
        "file",
        metavar="FILE",
        type=_path,
        nargs="?",
        help=_("where it goes (default: a new file in backups/ of the data)"),
    )
    restore = _add(nouns, "restore", _admin, _("make a backup the data of a server that does not run"))
    restore.add_argument("file", metavar="FILE", type=_path, help=_("the backup"))
    restore.add_argument("--force", action="store_true", help=_("replace data that is there; it is moved to backups/"))
    check = _add(nouns, "check", _admin, _("look through all data for damage, while the server runs"))
    stats = _add(nouns, "stats", _admin, _("count what the server holds, and tell the largest guilds and channels"))
    purge = _add(nouns, "purge", _admin, _("remove old messages of a guild or a channel"))
    add = purge.add_argument
    add("--older-than", metavar="DAYS", type=_count, required=True, help=_("age of the messages that go"))
    place = purge.add_mutually_exclusive_group()
    place.add_argument("--guild", metavar="GUILD", help=_("id or name of the guild (default: the only one)"))
    place.add_argument("--channel", metavar="ID", help=_("id of a channel, thread or direct message"))
    add("--dry-run", action="store_true", help=_("count them and remove nothing"))
    add("--yes", action="store_true", help=_("do not ask"))
    export = _add(nouns, "export", _admin, _("write a guild with its messages and files to a zip of JSON lines"))
    export.add_argument("file", metavar="FILE", type=_path, help=_("where it goes"))
    export.add_argument("--guild", metavar="GUILD", help=_("id or name of the guild (default: the only one)"))
    trust = _add(nouns, "trust", _admin, _("tell how clients trust a server that runs with --tls auto"))
    for parser in (backup, restore, check, stats, purge, export, trust):
        parser.set_defaults(action=None)
        _add_data(parser)


def _add_bot(commands: Commands) -> None:
    bot = _add(commands, "bot", None, _("make bots"))
    actions = bot.add_subparsers(metavar="ACTION", dest="action", required=True)
    create = _add(actions, "create", _admin, _("make a bot, add it to a guild and print its token"))
    create.add_argument("name", metavar="NAME", help=_("name of the bot"))
    create.add_argument(
        "--guild", metavar="GUILD", help=_("id or name of the guild that it joins (default: the only one)")
    )
    _add_data(create)
    create.set_defaults(noun="bot")


def _add_demo(commands: Commands) -> None:
    demo = _add(commands, "demo", _demo, _("show three clients in conversation, and a picture of a screen"))
    demo.add_argument("--output", metavar="PNG", type=_path, help=_("where the picture goes (default: a new file)"))


def _add_config(commands: Commands) -> None:
    config = _add(commands, "config", _config, _("edit the settings and check them"))
    actions = config.add_subparsers(metavar="ACTION", dest="action")
    _add(actions, "edit", _config, _("open the settings in $EDITOR and check them after (the default)"))
    _add(actions, "check", _config, _("check the settings"))
    _add(actions, "path", _config, _("print where the settings are"))


def _add_keys(commands: Commands) -> None:
    keys = _add(commands, "keys", _keys, _("list every action with its keys, as the settings have them"))
    keys.add_argument("--profile", metavar="NAME", default=None, help=_("with the choices of this profile"))


def _add_logs(commands: Commands) -> None:
    logs = _add(commands, "logs", _logs, _("show the log, without secrets"))
    logs.add_argument(
        "program",
        metavar="PROGRAM",
        nargs="?",
        choices=["client", "server"],
        default="client",
        help=_("client (the default) or server, the one in the background"),
    )
    logs.add_argument("--path", action="store_true", help=_("print where the log is instead"))


def _add_doctor(commands: Commands) -> None:
    doctor = _add(commands, "doctor", _doctor, _("tell what this terminal can do, and what would give more"))
    doctor.add_argument(
        "subject",
        metavar="SUBJECT",
        nargs="?",
        choices=["audio"],
        help=_("audio: try microphone and speaker, and say what is wrong with them (about ten seconds)"),
    )
    doctor.add_argument("--json", action="store_true", help=_("print it as JSON, for programs"))


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", metavar="DIR", type=_path, help=_("folder of the server's data (default: the personal server's)")
    )


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(_("a path is needed, got {text!r}").format(text=text))
    return Path(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(_("a whole number of 0 or more is needed, got {text!r}").format(text=text))
    return int(text)


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

    is_drawing = False

    def show(line: str) -> None:
        nonlocal is_drawing
        if is_shown:
            is_meter = line.startswith("\r")
            print(line if is_meter or not is_drawing else "\n" + line, end="" if is_meter else "\n", flush=True)
            is_drawing = is_meter

    return asyncio.run(examine_audio(Choices(profile).over(load()).voice, show))


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
        options = _serve_options(args, settings)
    except OptionsError as error:
        print(f"tuichat: {error}", file=sys.stderr)
        return EXIT_USAGE
    if options.personal:
        start_logging("server", server_state_dir(), settings.log.level)
    else:
        start_logging_to_stderr(settings.log.level)

    from tuichat.server.app import serve

    return serve(options)


def _serve_options(args: argparse.Namespace, settings: Settings) -> ServeOptions:
    from tuichat.config.paths import cache_dir, data_dir
    from tuichat.server.options import Registration, S3Options, ServeOptions

    server = settings.server
    s3 = None
    if server.s3_bucket:
        s3 = S3Options(
            endpoint=server.s3_endpoint.rstrip("/"),
            bucket=server.s3_bucket,
            region=server.s3_region,
            credentials=_absolute(Path(server.s3_credentials)) if server.s3_credentials else None,
        )
    personal: bool = args.personal
    linger = settings.server.linger
    port_by_default = 0 if personal else 8765
    return ServeOptions(
        data=_absolute(args.data) or data_dir(),
        host="127.0.0.1" if args.host is None else args.host,
        port=port_by_default if args.port is None else args.port,
        tls_cert=_absolute(args.tls_cert),
        tls_key=_absolute(args.tls_key),
        tls_auto=args.tls == "auto" or (server.tls == "auto" and args.tls_cert is None),
        registration=Registration(args.registration),
        public_url=None if args.public_url is None else args.public_url.rstrip("/"),
        voice_host=args.voice_host,
        voice_port=args.voice_port,
        trusted_proxy=tuple(args.trusted_proxy),
        insecure=args.insecure,
        personal=personal,
        max_upload_bytes=settings.server.max_upload_mib * 1024 * 1024,
        s3=s3,
        link_previews=settings.server.link_previews,
        voice_helper=cache_dir() if settings.server.fast_voice else None,
        fetch_networks=settings.server.fetch_networks,
        rate_limits=settings.server.rate_limits and not args.no_rate_limits,
        requests_per_second=settings.server.requests_per_second,
        linger_s=None if not personal or linger == "forever" else linger,
        allowed_origins=settings.server.allowed_origins,
        log_level=settings.log.level,
    )


def _server(args: argparse.Namespace) -> int:
    import asyncio

    from tuichat.local import background

    data = _absolute(args.data)
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

    args.data = _absolute(args.data) or data_dir()
    args.file = _absolute(getattr(args, "file", None))
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
    from tuichat.config.paths import DEFAULT_PROFILE, Profile, server_state_dir

    profile = Profile(DEFAULT_PROFILE if args.profile is None else args.profile)
    folder = profile.state_dir if args.program == "client" else server_state_dir()
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


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.expanduser().absolute()


def _report_bug() -> int:
    import logging
    import traceback

    from tuichat.config.log import redact

    if logging.getLogger().handlers:
        logging.getLogger(__name__).critical("unexpected error", exc_info=True)
    print(redact(traceback.format_exc()), file=sys.stderr, end="")
    print(_("tuichat: this is a bug in tuichat; `tuichat logs` has what went before."), file=sys.stderr)
    return EXIT_BUG
