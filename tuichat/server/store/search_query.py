"""How a search is put to FTS5, and its hits are read."""

from collections.abc import Iterable, Sequence

import msgspec

from tuichat.server.store.connection import Connection
from tuichat.server.store.message_batch import read_rows
from tuichat.server.store.message_search import MAX_COUNTED as MAX_COUNTED
from tuichat.server.store.message_search import AuthorKind, MessageSearch, SearchOrder, SearchPage
from tuichat.server.store.search_terms import (
    BOT,
    EVERYONE,
    PINNED,
    REPLY,
    WEBHOOK,
    answered_mark,
    author_mark,
    channel_mark,
    embed_mark,
    extension_mark,
    file_name_mark,
    guild_mark,
    has_mark,
    host_mark,
    mention_mark,
    provider_mark,
    role_mark,
)

MAX_RANKED = 2_000  # of the newest hits; the rest follows by time
MAX_NAMED_CHANNELS = 1_000  # in one expression; it takes 25 ms to open as many lists

_RANKED = (
    "SELECT id, (SELECT length(content) FROM messages WHERE messages.id = newest.id) AS rest"  # noqa: S608  # likewise
    f" FROM (SELECT id FROM hits ORDER BY id DESC LIMIT {MAX_RANKED}) AS newest"
    f" UNION ALL SELECT id, 1000000 FROM (SELECT id FROM hits ORDER BY id DESC LIMIT -1 OFFSET {MAX_RANKED})"
)
_PAGES = {
    SearchOrder.NEWEST: "SELECT id FROM hits ORDER BY id DESC",
    SearchOrder.OLDEST: "SELECT id FROM hits ORDER BY id ASC",
    SearchOrder.RELEVANCE: f"SELECT id FROM ({_RANKED}) ORDER BY rest, id DESC",  # noqa: S608  # likewise
}

_decode_ids = msgspec.json.Decoder(list[int]).decode


def search(connection: Connection, wanted: MessageSearch) -> SearchPage:
    """Find one page of messages, and count hits up to MAX_COUNTED.

    FTS5 goes forward through its lists nearly twice as fast as backward. So hits are counted forward, and only where
    there are more than are counted, and the newest of them therefore near, a second statement goes backward for the page.
    """
    expression = match_expression(wanted)
    if expression is None:
        return SearchPage(total=0, rows=[])
    later = list(_later_conditions(wanted))
    is_backward = wanted.order is not SearchOrder.OLDEST
    if is_backward and not later:
        total, ids = _find(connection, expression, wanted, "ASC", MAX_COUNTED + 1, later)
        if total > MAX_COUNTED:  # and no page was read
            limit = wanted.offset + wanted.limit if wanted.order is SearchOrder.NEWEST else MAX_COUNTED
            _, ids = _find(connection, expression, wanted, "DESC", limit, later)
            total = MAX_COUNTED
    else:
        total, ids = _find(connection, expression, wanted, "DESC" if is_backward else "ASC", MAX_COUNTED, later)
    if not ids:
        return SearchPage(total=total, rows=[])
    found = {int(row.id): row for row in read_rows(connection, f"WHERE id IN ({', '.join('?' * len(ids))})", ids)}
    return SearchPage(total=total, rows=[found[row_id] for row_id in ids if row_id in found])


def _find(
    connection: Connection,
    expression: str,
    wanted: MessageSearch,
    direction: str,
    limit: int,
    later: Iterable[tuple[str, str]],
) -> tuple[int, list[int]]:
    """Count the first hits in a direction, up to a limit, and return the ids of the page among them: none where there are
    more than MAX_COUNTED.

    It is one statement with one record, so that the interpreter is left and won back once.
    """
    where: list[str] = ["message_search MATCH ?"]
    parameters: list[object] = [expression]
    if wanted.min_id is not None:
        where.append("rowid > ?")
        parameters.append(wanted.min_id)
    if wanted.max_id is not None:
        where.append("rowid < ?")
        parameters.append(wanted.max_id)
    hits = (
        f"SELECT rowid AS id FROM message_search WHERE {' AND '.join(where)}"  # noqa: S608  # words of our own
        f" ORDER BY rowid {direction} LIMIT {limit}"
    )
    for condition, values in later:
        hits = f"SELECT id FROM ({hits}) AS hit WHERE {condition}"  # noqa: S608  # likewise
        parameters.append(values)
    sql = (
        f"WITH hits AS MATERIALIZED ({hits})"  # noqa: S608  # likewise
        " SELECT total, CASE WHEN total <= ?"
        f" THEN (SELECT json_group_array(id) FROM ({_PAGES[wanted.order]} LIMIT ? OFFSET ?)) ELSE '[]' END"
        " FROM (SELECT count(*) AS total FROM hits)"
    )
    total, listed = connection.execute(sql, (*parameters, MAX_COUNTED, wanted.limit, wanted.offset)).fetchone()
    return total, _decode_ids(listed)


def match_expression(wanted: MessageSearch) -> str | None:
    """Return the search in FTS5's language, None when nothing can be found. Nothing in it was written by a stranger but the
    words of the phrases, in quotation marks."""
    if wanted.phrases == () or not wanted.author_kinds:
        return None
    place = place_marks(wanted)
    if not place:
        return None
    needed = [_any(place)]
    if wanted.phrases is not None:
        needed.append(f"text : {near_expression(wanted.phrases, wanted.slop)}")
    for marks in needed_marks(wanted):
        if marks:
            needed.append(_any(marks))
    expression = " AND ".join(needed)
    unwanted = list(unwanted_marks(wanted))
    return f"({expression}) NOT {_any(unwanted)}" if unwanted else expression


def place_marks(wanted: MessageSearch) -> list[str]:
    """Marks of which a hit has one for its place; none where nothing can be found."""
    if wanted.channel_ids and len(wanted.channel_ids) <= MAX_NAMED_CHANNELS:
        return list(map(channel_mark, wanted.channel_ids))
    return [] if wanted.guild_id is None else [guild_mark(wanted.guild_id)]


def near_expression(phrases: Sequence[str], slop: int) -> str:
    """Phrases that stand near each other, in FTS5's language."""
    quoted = [f'"{phrase.replace(chr(34), " ")}"' for phrase in phrases]
    if len(quoted) == 1:
        return quoted[0]
    # FTS5 counts what stands between the first phrase's end and the last one's begin, the phrases between them included.
    lengths = sorted(len(phrase.split()) for phrase in phrases)
    return f"NEAR({' '.join(quoted)}, {slop * (len(phrases) - 1) + sum(lengths[2:])})"


def needed_marks(wanted: MessageSearch) -> Iterable[list[str]]:
    """Lists of which a hit has at least one mark each; an empty one asks for nothing."""
    yield [] if wanted.party_id is None else [author_mark(wanted.party_id), mention_mark(wanted.party_id)]
    yield list(map(author_mark, wanted.author_ids))
    yield list(map(mention_mark, wanted.mention_ids))
    yield list(map(role_mark, wanted.mention_role_ids))
    yield list(map(answered_mark, wanted.answered_ids))
    yield [REPLY] if wanted.answered_user_ids else []
    yield [EVERYONE] if wanted.mentions_everyone else []
    yield [PINNED] if wanted.is_pinned else []
    yield list(map(has_mark, wanted.has))
    yield list(map(embed_mark, wanted.embed_kinds))
    yield list(map(provider_mark, wanted.embed_providers))
    yield list(map(host_mark, wanted.link_hosts))
    yield list(map(file_name_mark, wanted.file_names))
    yield list(map(extension_mark, wanted.file_extensions))
    if AuthorKind.USER not in wanted.author_kinds:
        kinds = {AuthorKind.BOT: BOT, AuthorKind.WEBHOOK: WEBHOOK}
        yield [mark for kind, mark in kinds.items() if kind in wanted.author_kinds]


def unwanted_marks(wanted: MessageSearch) -> Iterable[str]:
    """Marks of which a hit has none."""
    yield from map(has_mark, wanted.has_not)
    if wanted.mentions_everyone is False:
        yield EVERYONE
    if wanted.is_pinned is False:
        yield PINNED
    if AuthorKind.BOT not in wanted.author_kinds:
        yield BOT
    if AuthorKind.WEBHOOK not in wanted.author_kinds:
        yield WEBHOOK
    if len(wanted.hidden_ids) <= MAX_NAMED_CHANNELS:
        yield from map(channel_mark, wanted.hidden_ids)


def _later_conditions(wanted: MessageSearch) -> Iterable[tuple[str, str]]:
    """What no mark says is asked of the newest MAX_COUNTED hits that all marks leave: a condition, and its JSON array."""
    channel = "(SELECT channel_id FROM messages WHERE messages.id = hit.id)"
    listed = "(SELECT value FROM json_each(?))"
    if len(wanted.channel_ids) > MAX_NAMED_CHANNELS:
        yield f"{channel} IN {listed}", _json(wanted.channel_ids)
    elif not wanted.channel_ids and len(wanted.hidden_ids) > MAX_NAMED_CHANNELS:
        yield f"{channel} NOT IN {listed}", _json(wanted.hidden_ids)
    if wanted.answered_user_ids:
        answered = "(SELECT json_extract(reference, '$.message_id') FROM messages WHERE messages.id = hit.id)"
        author = f"(SELECT author_id FROM messages WHERE messages.id = {answered})"  # noqa: S608  # words of our own
        yield f"{author} IN {listed}", _json(wanted.answered_user_ids)


def _any(marks: Iterable[str]) -> str:
    return f"marks : ({' OR '.join(marks)})"


def _json(ids: Sequence[int]) -> str:
    return f"[{','.join(map(str, map(int, ids)))}]"
