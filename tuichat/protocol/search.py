"""What a search for messages answers (Discord's documentation, "Search Guild Messages")."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel, ThreadMember
from tuichat.protocol.message import Message

INDEX_NOT_READY = 110000  # the code of a 202: not an error, but its body looks like one


class Hit(Message, frozen=True, kw_only=True):
    """A message that was found; it has no reactions."""

    hit: bool = True


class SearchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`messages` nests as it did when neighbours of a hit came with it; today each list holds one hit."""

    analytics_id: str
    doing_deep_historical_index: bool = False
    total_results: int
    messages: list[list[Hit]]
    threads: list[Channel] | UnsetType = UNSET
    members: list[ThreadMember] | UnsetType = UNSET  # the searcher's own, of those threads


class IndexNotReady(msgspec.Struct, frozen=True, kw_only=True):
    """202: ask again after so many seconds."""

    message: str = "Index not yet available. Try again later"
    code: int = INDEX_NOT_READY
    documents_indexed: int
    retry_after: float
