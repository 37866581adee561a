"""Events: what was decided, encoded once, with all that decides who gets it."""

from collections.abc import Iterable

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.user import UserReference


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One dispatch, encoded once, with all that decides who gets it.

    Audience: `user_ids` alone when it is set; else the guild's members, where `channel_id` is set only those with
    VIEW_CHANNEL there, and where `needs` is set only those with all of these permissions (in the channel, else in the
    guild). Intents follow from `name` (`protocol.intents.is_delivered`). Sessions without the MESSAGE_CONTENT intent
    get `content_free_body` where it is set, unless their user is `author_id` or one of `mentioned_ids`. Of
    THREAD_MEMBERS_UPDATE, `mentioned_ids` are those who came or went, who get it in any case. Sessions that asked for the
    extension's event `replaced_by` are told by that instead, and the user `told_id` was told before the others.
    """

    name: str
    body: bytes  # the encoded `d`
    guild_id: int | None = None
    channel_id: int | None = None
    user_ids: frozenset[int] | None = None
    seq: int = (
        0  # the guild's own sequence, given at the commit; 0 for what is not kept (typing, presence, private ones)
    )
    content_free_body: bytes | None = None
    author_id: int | None = None
    mentioned_ids: frozenset[int] = frozenset()
    needs: int = 0
    session_id: str | None = None  # with `user_ids`: the one session that it is for
    is_lossy: bool = False  # typing and presence: the first to go when a reader is slow
    replaced_by: str | None = None
    told_id: int | None = None

    @property
    def is_kept(self) -> bool:
        """Whether the event belongs to its guild's history: stored, and counted by `seq`."""
        return self.guild_id is not None and self.user_ids is None and not self.is_lossy


class _Subject(msgspec.Struct, frozen=True):
    user: UserReference


def event(
    name: str,
    payload: msgspec.Struct,
    *,
    guild_id: int | None = None,
    channel_id: int | None = None,
    user_ids: Iterable[int] | None = None,
    needs: int = 0,
    is_lossy: bool = False,
) -> Event:
    """Encode a dispatch for the bus. A frozenset of `user_ids` is taken as it is: it may be large, and told many times."""
    return Event(
        name=name,
        body=codec.encode(payload),
        guild_id=guild_id,
        channel_id=channel_id,
        user_ids=user_ids if user_ids is None or isinstance(user_ids, frozenset) else frozenset(map(int, user_ids)),
        needs=int(needs),
        is_lossy=is_lossy,
    )


def subject_id(event: Event) -> int:
    """Return whom a dispatch about one member or its presence tells of."""
    return int(codec.decode(event.body, _Subject).user.id)
