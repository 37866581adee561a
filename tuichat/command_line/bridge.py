"""The words of `tuichat bridge`: what a laptop lends to the machines that one is logged in to, and whom."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tuichat.command_line.words import add_word
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.bridge.consent import Answer
    from tuichat.bridge.control_protocol import BridgeStatus
    from tuichat.command_line.words import Commands

EXIT_ERROR = 1
ANY_HOST = "HOST"  # stands for a machine in lines that are an example


def add_bridge(commands: Commands) -> None:
    bridge = add_word(
        commands,
        "bridge",
        _config,
        _("on a laptop: look after the sound that `tuichat ssh` lends; alone, print lines for ~/.ssh/config"),
    )
    bridge.set_defaults(host=ANY_HOST, write=False)
    actions = bridge.add_subparsers(metavar="ACTION", dest="action")
    status = add_word(
        actions, "status", _status, _("say which machines have sound, and whether the microphone is open")
    )
    status.add_argument("--json", action="store_true", help=_("print one JSON object a session"))
    stop = add_word(actions, "stop", _stop, _("end the sound at once; the microphone stays closed until `allow`"))
    _add_host(stop, is_optional=True)
    allow = add_word(actions, "allow", _allow, _("let a machine have the sound, also after `stop`"))
    allow.add_argument(
        "--unseen", action="store_true", help=_("the microphone, too, where nothing here could show that it is open")
    )
    _add_host(allow)
    _add_host(add_word(actions, "forget", _forget, _("ask again before that machine has the sound the next time")))
    config = add_word(
        actions,
        "config",
        _config,
        _("print the lines of ~/.ssh/config by which plain `ssh HOST` takes the sound along"),
    )
    config.add_argument("host", metavar="HOST", help=_("the machine, as a Host line has it"))
    config.add_argument("--write", action="store_true", help=_("write them, and keep a copy of the file before"))
    attach = add_word(actions, "attach", _attach, _("what these lines have ssh run: lend the sound to its connection"))
    attach.add_argument("host", metavar="HOST", help=_("the machine, as a Host line has it"))
    attach.add_argument(
        "connection",
        metavar="HASH",
        nargs="?",
        default="",
        help=_("%%C of ssh: a connection that begins (default: the one that is there, if one is)"),
    )


def _add_host(parser: argparse.ArgumentParser, *, is_optional: bool = False) -> None:
    parser.add_argument(
        "host",
        metavar="HOST",
        nargs="?" if is_optional else None,
        help=_("the machine, as you name it to ssh, or user@hostname:port")
        + (_(" (default: all)") if is_optional else ""),
    )


def _status(args: argparse.Namespace) -> int:
    import asyncio

    import msgspec

    from tuichat.bridge import management
    from tuichat.bridge.consent import Consent

    found, complaints = asyncio.run(management.running())
    for each in found:
        print(msgspec.json.encode(each.status).decode() if args.json else _sentence(each.status))
    for complaint in complaints:
        print(f"tuichat: {complaint}", file=sys.stderr)
    if not args.json:
        if not found and not complaints:
            print(management.no_session(None))
        for destination, answer in sorted(Consent().all().items()):
            print(_said(answer).format(destination=_shown(destination), day=_day(answer.said_s)))
    return 0 if found and not complaints else EXIT_ERROR


def _said(answer: Answer) -> str:
    """Return what was said of a machine, with its name and the day to be filled in."""
    if answer.is_stopped:
        return _("{destination} has no sound until `tuichat bridge allow {destination}`, as you said on {day}.")
    if answer.keys is None and not answer.is_for_first:
        return _("{destination} is asked for anew: what you said on {day} knew no key of it.")
    if not answer.is_allowed:
        return _("{destination} may not have the sound, as you said on {day}.")
    if answer.may_be_unseen:
        return _("{destination} may have the sound, and the microphone unseen, as you said on {day}.")
    return _("{destination} may have the sound, as you said on {day}.")


def _stop(args: argparse.Namespace) -> int:
    import asyncio

    from tuichat.bridge import management
    from tuichat.bridge.consent import Consent

    for name in asyncio.run(management.stop(args.host, Consent())):
        print(
            _("{name} has no sound any more. `tuichat bridge allow {name}` lets it have it again.").format(
                name=_shown(name)
            )
        )
    return 0


def _allow(args: argparse.Namespace) -> int:
    import asyncio

    from tuichat.bridge import management
    from tuichat.bridge.consent import Consent

    destination = asyncio.run(management.allow(args.host, Consent(), unseen=args.unseen))
    print(
        _("{destination} may have the sound of this laptop. `tuichat bridge forget {host}` takes that back.").format(
            destination=_shown(destination), host=_shown(args.host)
        )
    )
    return 0


def _forget(args: argparse.Namespace) -> int:
    import asyncio

    from tuichat.bridge import management
    from tuichat.bridge.consent import Consent

    destination = asyncio.run(management.forget(args.host, Consent()))
    print(_("Forgotten: you are asked before {destination} has the sound.").format(destination=_shown(destination)))
    return 0


def _config(args: argparse.Namespace) -> int:
    import os
    import pwd
    from pathlib import Path

    from tuichat.bridge.config_lines import lines, other_command, read, write
    from tuichat.bridge.ssh_configuration import read_configuration

    configuration = read_configuration((), args.host)
    other = other_command(configuration)
    path = Path.home() / ".ssh" / "config"
    # ssh takes ~ for the home that the system knows, whatever HOME says.
    is_known = str(Path.home()) == pwd.getpwuid(os.getuid()).pw_dir
    folder = "~/.ssh" if is_known else str(path.parent)
    block = lines(args.host, configuration, before=read(path), folder=folder)
    if other:
        sentence = _("{host} has a LocalCommand already ({command}), and ssh runs one alone: join the two by hand.")
        print(f"tuichat: {_shown(sentence.format(host=args.host, command=other))}", file=sys.stderr)
        if args.write:
            return EXIT_ERROR
    if not args.write:
        print(block, end="")
        if sys.stdout.isatty():
            sentence = _(
                "tuichat: These go to the top of {path}; `tuichat bridge config {host} --write` puts them there."
            )
            print(sentence.format(path=path, host=args.host), file=sys.stderr)
        return EXIT_ERROR if other else 0
    kept = write(args.host, block, path)
    print(_("Written: `ssh {host}` takes the sound of this machine along from now on.").format(host=args.host))
    if kept is not None:
        print(_("{path} is as it was in {kept}.").format(path=path, kept=kept))
    return 0


def _attach(args: argparse.Namespace) -> int:
    import os

    from tuichat.bridge.ssh_configuration import IN_SESSION

    if IN_SESSION in os.environ:
        return 0  # `tuichat ssh` sees to it, or this very program asks ssh something
    from tuichat.bridge.attach import run
    from tuichat.config.loader import load
    from tuichat.config.log import start_logging
    from tuichat.config.paths import bridge_state_dir

    start_logging("ssh", bridge_state_dir(), load().log.level)
    run(args.host, args.connection)
    return 0


def _sentence(status: BridgeStatus) -> str:
    """Return a line for one session."""
    place = _shown(status.name)
    if status.name != status.destination:
        place = f"{place} ({_shown(status.destination)})"
    return _("{place}, since {time}: {state}").format(place=place, time=_time(status.since_s), state=_state(status))


def _state(status: BridgeStatus) -> str:
    name = _shown(status.name)
    if status.is_stopped:
        return _("stopped; `tuichat bridge allow {name}` lets it go on").format(name=name)
    if status.is_logging_in:
        return _("ssh is logging in")
    if status.is_asking:
        return _("it asks for the sound; `tuichat bridge allow {name}` lets it have it").format(name=name)
    if not status.is_allowed:
        return _("it may not have the sound; `tuichat bridge allow {name}` changes that").format(name=name)
    for line in status.lines:
        if line.is_capturing:
            what = (
                _("the microphone is open, muted ({device})")
                if line.is_muted
                else _("the microphone is open ({device})")
            )
            return what.format(device=_shown(line.device))
    if status.lacks_microphone:
        return _(
            "it has the loudspeaker alone, since nothing here can show an open microphone; "
            "`tuichat bridge allow --unseen {name}` lends that, too"
        ).format(name=name)
    if any(line.is_in_call for line in status.lines):
        return _("in a call, the microphone is closed")
    if any(line.engine_pid is not None for line in status.lines):
        return _("it has the sound, the microphone is closed")
    if status.lines:
        return _("connected; the voice engine starts when sound is needed")
    return _("no tuichat there uses it now")


def _shown(text: str) -> str:
    from tuichat.text.safe_text import safe_line

    return safe_line(text)


def _time(seconds: float) -> str:
    import time

    return time.strftime("%H:%M", time.localtime(seconds))


def _day(seconds: float) -> str:
    import time

    return time.strftime("%Y-%m-%d", time.localtime(seconds))
