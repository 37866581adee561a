"""What every store can hold of a value."""

from typing import Any


def storable(value: Any) -> Any:
    """PostgreSQL's texts hold every character but NUL, in whose place stands the sign for one that cannot be shown."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) and "\0" in value else value
