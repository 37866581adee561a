"""How values stand in columns that SQL has no type for: lists of ids, JSON, and ids that may be absent."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.snowflake import Snowflake


def write_json(value: object) -> str | None:
    return None if value is None else codec.encode(value).decode()


def write_ids(ids: Sequence[int]) -> str:
    return f"[{','.join(map(str, map(int, ids)))}]"


def read_ids(text: str) -> tuple[Snowflake, ...]:
    return tuple(map(Snowflake, msgspec.json.decode(text, type=list[int])))


def optional_id(value: int | None) -> Snowflake | None:
    return None if value is None else Snowflake(value)
