"""The words after `tuichat ctl`, read without argparse: what they ask for."""

import os
from collections.abc import Sequence

from tuichat.automation.ctl.limits import ANSWER_LIMIT_S, MAX_ANSWER_LIMIT_S
from tuichat.translation import N_, _

MISTAKE = 2  # as exit_code.py has it
OWN_WORDS = ("send", "status", "subscribe", "ptt")
FLAGS = ("--here", "--json")
VALUES = ("--profile", "--in", "--timeout", "--format", "--file")
KEYS = ("down", "up", "toggle")
# What each takes; those of a command come before it, since what follows is the command's.
TAKEN = {
    "": ("--profile", "--json", "--timeout", "--in", "--here"),
    "send": ("--profile", "--json", "--timeout", "--file"),
    "status": ("--profile", "--json", "--format"),
    "subscribe": ("--profile", "--format"),
    "ptt": ("--profile",),
}


class Complaint(Exception):
    """What hinders `tuichat ctl`: a sentence, which is translated when it is said, and the exit code."""

    def __init__(self, sentence: str, *, code: int = MISTAKE, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return _(self.sentence).format(**self.values)


class Order:
    """`word` is one of OWN_WORDS, or empty for a command, whose name is the first of `words`."""

    def __init__(self) -> None:
        self.word = ""
        self.words: list[str] = []
        self.profile = "default"
        self.is_json = False
        self.here = False
        self.place: str | None = None
        self.format: str | None = None
        self.files: list[str] = []
        self.limit_s = ANSWER_LIMIT_S

    def request(self, text: str = "") -> dict[str, object]:
        """Return the request that is sent; `text` is what `send` sends."""
        match self.word:
            case "send":
                files = [os.path.abspath(os.path.expanduser(each)) for each in self.files]
                return {"op": "send", "to": self.words[0], "text": text, "files": files, "limit_s": self.limit_s}
            case "status":
                return {"op": "status"}
            case "subscribe":
                return {"op": "subscribe", "types": self.words}
            case "ptt":
                return {"op": "ptt", "key": self.words[0]}
        return {"op": "run", "words": self.words, "in": self.place, "here": self.here, "limit_s": self.limit_s}


def read(arguments: Sequence[str], profile: str = "default") -> Order:
    """Raises Complaint."""
    order = Order()
    order.profile = profile
    given: list[str] = []
    waiting = list(arguments)
    takes_options = True
    while waiting:
        word = waiting.pop(0)
        if takes_options and word == "--":
            takes_options = False
            if order.word == "" and order.words:
                order.words.append(word)  # a command's own
        elif takes_options and word.startswith("-") and word != "-":
            given.append(_take_option(order, word, waiting))
        elif not order.word and not order.words and word in OWN_WORDS and takes_options:
            order.word = word
        else:
            order.words.append(word)
            if order.word in ("", "send"):  # what follows is data
                order.words += waiting
                waiting = []
    _check(order, given)
    return order


def _take_option(order: Order, word: str, waiting: list[str]) -> str:
    name, sign, value = word.partition("=")
    if name == "-f":
        name = "--file"
    if name in FLAGS and not sign:
        if name == "--json":
            order.is_json = True
        else:
            order.here = True
        return name
    if name not in VALUES:
        raise Complaint(N_("{word} is no option of `tuichat ctl`."), word=ascii(word)[1:-1])
    if not sign:
        if not waiting:
            raise Complaint(N_("{word} needs a value."), word=name)
        value = waiting.pop(0)
    match name:
        case "--profile":
            order.profile = value
        case "--in":
            order.place = value
        case "--format":
            order.format = value
        case "--file":
            order.files.append(value)
        case "--timeout":
            order.limit_s = _seconds(value)
    return name


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MAX_ANSWER_LIMIT_S:
        raise Complaint(
            N_("seconds above 0 and up to {most} are needed, got {text!r}"), most=int(MAX_ANSWER_LIMIT_S), text=text
        )
    return seconds


def _check(order: Order, given: list[str]) -> None:
    for name in given:
        if name not in TAKEN[order.word]:
            raise Complaint(N_("{option} does not go with `tuichat ctl {word}`."), option=name, word=order.word or "/…")
    if order.here and order.place is not None:
        raise Complaint(N_("--in and --here say two places; give one."))
    if order.is_json and order.format is not None:
        raise Complaint(N_("--json and --format say two forms; give one."))
    if order.word == "send" and not order.words:
        raise Complaint(N_("An address is missing: tuichat ctl send ADDRESS [WORDS]."))
    if order.word == "ptt" and (len(order.words) != 1 or order.words[0] not in KEYS):
        raise Complaint(N_("One of these is needed: {keys}."), keys="tuichat ctl ptt " + "|".join(KEYS))
    if order.word == "status" and order.words:
        raise Complaint(_("`tuichat ctl status` takes no words; a command of that name is `tuichat ctl /status`."))
    if not order.word and not order.words:
        raise Complaint(
            N_("What is to be done? `tuichat ctl /help` lists the commands, `tuichat ctl --help` the other words.")
        )
