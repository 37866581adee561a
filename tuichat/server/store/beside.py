"""What is shown with messages and does not stand in their rows: what they answer, reactions, votes."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol.message import REFERRING_TYPES
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store import message_tables, polls, reactions
from tuichat.server.store.connection import Connection
from tuichat.server.store.message_rows import Beside, MessageRow
from tuichat.server.store.recent_messages import RecentMessages


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the disk has to be asked for: messages that others answer, and the messages with reactions or a poll.

    `found` are answered messages that memory has.
    """

    found: list[MessageRow]
    referenced_ids: list[Snowflake]
    reacted_ids: list[Snowflake]
    polled_ids: list[Snowflake]

    @property
    def is_nothing(self) -> bool:
        return not (self.referenced_ids or self.reacted_ids or self.polled_ids)


def wanted(rows: Sequence[MessageRow], recent: RecentMessages) -> Wanted:
    """Work out what a page of messages needs beside it."""
    known = {row.id for row in rows}
    found: list[MessageRow] = []
    referenced_ids: list[Snowflake] = []
    for row in rows:
        reference = row.reference
        if row.type not in REFERRING_TYPES or reference is None or reference.message_id is None:
            continue
        if reference.message_id in known:
            continue
        known.add(reference.message_id)
        if (answered := recent.find(reference.channel_id, reference.message_id)) is not None:
            found.append(answered)
        else:
            referenced_ids.append(reference.message_id)
    return Wanted(
        found=found,
        referenced_ids=referenced_ids,
        reacted_ids=[row.id for row in rows if recent.may_have_reactions(row)],
        polled_ids=[row.id for row in rows if row.extras is not None and row.extras.poll is not None],
    )


def read(connection: Connection, wanted: Wanted, user_id: int) -> Beside:
    """Read it as a user sees it."""
    referenced = wanted.found
    if wanted.referenced_ids:
        sql = f"{message_tables.MESSAGES.select} WHERE id IN ({', '.join('?' * len(wanted.referenced_ids))})"
        parameters = tuple(map(int, wanted.referenced_ids))
        referenced = [*referenced, *(message_tables.read_message(r) for r in connection.execute(sql, parameters))]
    return Beside(
        referenced=referenced,
        reactions=reactions.read_counts(connection, wanted.reacted_ids, user_id) if wanted.reacted_ids else [],
        answers=polls.read_counts(connection, wanted.polled_ids, user_id) if wanted.polled_ids else [],
    )
