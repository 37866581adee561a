"""The words of `tuichat ssh`: a login that takes this machine's microphone and loudspeaker along."""

from __future__ import annotations

import argparse
import contextlib
import sys
from typing import TYPE_CHECKING

from tuichat.command_line.words import add_word
from tuichat.translation import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuichat.command_line.parser import Parser
    from tuichat.command_line.words import Commands


def add_ssh(commands: Commands) -> None:
    parser = add_word(commands, "ssh", _ssh, _("log in as ssh does, and talk there with this machine's sound"))
    parser.add_argument(
        "--run", dest="runs_tuichat", action="store_true", help=_("start tuichat there; the session ends with it")
    )
    parser.add_argument(
        "words",
        metavar="ARGUMENT",
        nargs=argparse.REMAINDER,
        help=_("HOST, and whatever ssh takes: options, and a command to run there"),
    )
    typed: Parser = parser  # type: ignore[assignment]  # the class of every parser here
    typed.arrange = _arrange


def _arrange(words: Sequence[str]) -> list[str]:
    from tuichat.bridge.ssh_arguments import arrange

    return arrange(words)


def _ssh(args: argparse.Namespace) -> int:
    import os

    from tuichat.bridge.login import run
    from tuichat.bridge.question import Voice
    from tuichat.config.loader import load
    from tuichat.config.log import start_logging
    from tuichat.config.paths import bridge_state_dir

    start_logging("ssh", bridge_state_dir(), load().log.level)
    words = args.words[1:] if args.words[:1] == ["--"] else args.words
    can_ask = os.isatty(0) and os.isatty(2)
    return run(words, Voice(_say, _pass_on, _put, _take if can_ask else None), runs_tuichat=args.runs_tuichat)


def _say(sentence: str) -> None:
    from tuichat.text.safe_text import safe_line

    with contextlib.suppress(OSError):  # a terminal that is gone
        print(f"tuichat: {safe_line(sentence)}", file=sys.stderr, flush=True)


def _pass_on(lines: str) -> None:
    from tuichat.text.safe_text import safe_block

    text = safe_block(lines)
    if _is_asking():  # ssh asks at the terminal itself, and may do so before what it said is here
        text = "\n".join(("", text, "tuichat: " + _("ssh waits for the answer to its question above.")))
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _is_asking() -> bool:
    """Whether the terminal waits for an answer that is not to be seen."""
    import termios

    try:
        return not termios.tcgetattr(2)[3] & termios.ECHO
    except termios.error:
        return False


def _put(question: str) -> None:
    from tuichat.text.safe_text import safe_line

    print(f"{safe_line(question)} ", end="", file=sys.stderr, flush=True)


def _take() -> str:
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    return answer
