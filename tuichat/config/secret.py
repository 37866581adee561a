"""Secrets in memory: a token that does not show itself, and the list of what a log must not hold."""

MIN_REDACTED_LENGTH = 6  # a shorter secret would blot out ordinary words all over a log
MAX_KNOWN_SECRETS = 512  # a client holds a handful; a server forgets the oldest

REDACTED = "[redacted]"

_known: dict[str, None] = {}


class Token:
    """A token for one account; only `reveal()` gives its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        remember_secret(text)

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Token([redacted])"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a Token is not pickled: it would leave this process in the clear")


def remember_secret(text: str) -> None:
    """Have every log line of this process hide `text` (a password that was typed, a token that came)."""
    if len(text) < MIN_REDACTED_LENGTH:
        return
    _known.pop(text, None)
    _known[text] = None
    if len(_known) > MAX_KNOWN_SECRETS:
        del _known[next(iter(_known))]


def known_secrets() -> tuple[str, ...]:
    return tuple(_known)
