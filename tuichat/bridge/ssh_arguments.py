"""Which of ssh's own arguments are options, which one is HOST, and which are the command, read as OpenSSH reads them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tuichat.errors import TuichatError
from tuichat.translation import _

# The usage of OpenSSH 9 and 10. -P has had a value since 9.4, and no effect before.
_WITH_VALUE = frozenset("BbcDEeFIiJLlmOoPpQRSWw")
_ALONE = frozenset("1246AaCfGgKkMNnqsTtVvXxYy")
_NO_SESSION = "NfsWOGQVw"  # what opens no ordinary session, or (-w) asks for what a shared connection has not


class SshArgumentError(TuichatError):
    """ssh would not understand what it is given, or not with what tuichat adds."""


@dataclass(frozen=True)
class SshArguments:
    """`options` are words as they were typed; `flags` the letters in them."""

    options: tuple[str, ...]
    host: str
    command: tuple[str, ...]
    flags: frozenset[str]
    is_unshared: bool = False  # -S none, or -o ControlPath=none

    @property
    def without_session(self) -> str:
        """Return the first option by which ssh opens no session, "" where it opens one."""
        return next((f"-{letter}" for letter in _NO_SESSION if letter in self.flags), "")

    def options_without(self, letters: str) -> tuple[str, ...]:
        """Return the options without these, which have no value."""
        kept: list[str] = []
        words = iter(self.options)
        for word in words:
            cut = _letters_of(word)
            rest = "".join(letter for letter in word[1:cut] if letter not in letters) + word[cut:]
            if rest:
                kept.append(f"-{rest}")
            if _wants_more(word):
                kept.append(next(words))
        return tuple(kept)


def parse(words: Sequence[str]) -> SshArguments:
    """Take what followed `tuichat ssh`. Raises SshArgumentError; HOST may be missing only after -V and -Q."""
    options, rest = _options(words)
    host = rest[0] if rest else ""
    command: Sequence[str] = ()
    if rest:
        more, command = _options(rest[1:])
        options += more
    flags = _flags(options)
    if not host and not flags & {"V", "Q"}:
        raise SshArgumentError(_("HOST is missing: the machine to log in to, as ssh knows it."))
    if host.startswith("-"):
        raise SshArgumentError(_("HOST may not begin with -, got {host}.").format(host=ascii(host)))
    return SshArguments(tuple(options), host, tuple(command), flags, _is_unshared(options))


def arrange(words: Sequence[str]) -> list[str]:
    """Put tuichat's own `--run` and `--help` before what is ssh's, and `--` between them, for argparse.

    They may stand wherever ssh would take an option; what the remote command is given is never looked at.
    """
    own: list[str] = []
    others: list[str] = []
    has_host = False
    remaining = list(words)
    while remaining:
        word = remaining.pop(0)
        if word in ("--run", "--help", "-h"):
            own.append(word)
        elif word == "--" or not _is_option(word):
            others.append(word)
            if word == "--" and not has_host and remaining:
                others.append(remaining.pop(0))
            if has_host or word == "--":
                others += remaining
                break
            has_host = True
        else:
            others.append(word)
            if _wants_more(word) and remaining:
                others.append(remaining.pop(0))
    return [*own, "--", *others]


def _options(words: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """Return the options that `words` begin with, and what follows them."""
    options: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "--":
            return options, words[position:]
        if not _is_option(word):
            return options, words[position - 1 :]
        options.append(word)
        for letter in word[1 : _letters_of(word)]:
            if letter not in _ALONE | _WITH_VALUE:
                raise SshArgumentError(_("ssh has no option {option}.").format(option=ascii(f"-{letter}")[1:-1]))
        if _wants_more(word):
            if position == len(words):
                raise SshArgumentError(_("{option} needs a value.").format(option=word))
            options.append(words[position])
            position += 1
    return options, ()


def _is_option(word: str) -> bool:
    return len(word) > 1 and word.startswith("-")


def _letters_of(word: str) -> int:
    """Return where in `word` a value begins: after the first option that has one."""
    for position, letter in enumerate(word[1:], 1):
        if letter in _WITH_VALUE:
            return position + 1
    return len(word)


def _wants_more(word: str) -> bool:
    """Whether the value of `word` is the next one."""
    return _letters_of(word) == len(word) and word[-1] in _WITH_VALUE and len(word) > 1


def _values(options: Sequence[str]) -> list[tuple[str, str]]:
    """Return each option's letter with its value."""
    found: list[tuple[str, str]] = []
    words = iter(options)
    for word in words:
        cut = _letters_of(word)
        found += [(letter, "") for letter in word[1 : cut - 1]]
        has_value = word[cut - 1] in _WITH_VALUE
        value = (next(words) if _wants_more(word) else word[cut:]) if has_value else ""
        found.append((word[cut - 1], value))
    return found


def _flags(options: Sequence[str]) -> frozenset[str]:
    return frozenset(letter for letter, _value in _values(options))


def _is_unshared(options: Sequence[str]) -> bool:
    """Whether the last word about the shared connection's socket is that there be none."""
    path = ""
    for letter, value in _values(options):
        if letter == "S":
            path = value
        elif letter == "o" and not path:
            name, _separator, rest = value.replace("=", " ", 1).strip().partition(" ")
            if name.lower() == "controlpath":
                path = rest.strip(' ="')
    return path.lower() == "none"
