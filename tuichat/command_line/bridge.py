"""The words of `tuichat bridge`: what a laptop lends to the machines that one is logged in to, and whom."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tuichat.command_line.words import add_word
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.bridge.control_protocol import BridgeStatus
    from tuichat.command_line.words import Commands

EXIT_ERROR = 1


def add_bridge(commands: Commands) -> None:
    bridge = add_word(commands, "bridge", None, _("on a laptop: look after the sound that `tuichat ssh` lends"))
    actions = bridge.add_subparsers(metavar="ACTION", dest="action", required=True)
    status = add_word(
        actions, "status", _status, _("say which machines have sound, and whether the microphone is open")
    )
    status.add_argument("--json", action="store_true", help=_("print one JSON object a session"))
    stop = add_word(actions, "stop", _stop, _("end the sound at once; the microphone stays closed until `allow`"))
    _add_host(stop, is_optional=True)
    _add_host(add_word(actions, "allow", _allow, _("let a machine have the sound, also after `stop`")))
    _add_host(add_word(actions, "forget", _forget, _("ask again before that machine has the sound the next time")))


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

    found, silent = asyncio.run(management.running())
    for each in found:
        print(msgspec.json.encode(each.status).decode() if args.json else _sentence(each.status))
    for path in silent:
        print(f"tuichat: {management.silence([path])}", file=sys.stderr)
    if not args.json:
        if not found and not silent:
            print(management.no_session(None))
        for destination, answer in sorted(Consent().all().items()):
            said = (
                _("{destination} may have the sound, as you said on {day}.")
                if answer.is_allowed
                else _("{destination} may not have the sound, as you said on {day}.")
            )
            print(said.format(destination=_shown(destination), day=_day(answer.said_s)))
    return 0 if found and not silent else EXIT_ERROR


def _stop(args: argparse.Namespace) -> int:
    import asyncio

    from tuichat.bridge import management

    for each in asyncio.run(management.stop(args.host)):
        print(
            _("{name} has no sound any more. `tuichat bridge allow {name}` lets it have it again.").format(
                name=_shown(each.status.name)
            )
        )
    return 0


def _allow(args: argparse.Namespace) -> int:
    import asyncio

    from tuichat.bridge import management
    from tuichat.bridge.consent import Consent

    destination = asyncio.run(management.allow(args.host, Consent()))
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
