"""Compares version numbers of tuichat."""

import re

_NUMBER = re.compile(r"\d+")


def is_older(version: str, *, than: str) -> bool:
    """Say whether `version` comes before `than`; only the numbers of `1.2.3` count, not what follows them."""
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = []
    for part in version.split("."):
        match = _NUMBER.match(part)
        if not match:
            break
        numbers.append(int(match.group()))
    while numbers and numbers[-1] == 0:
        numbers.pop()  # 1.2 and 1.2.0 are one release
    return tuple(numbers)
