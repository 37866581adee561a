"""How a search is put to PostgreSQL, and its hits are read."""

from collections.abc import Callable, Iterable, Sequence

from tuichat.protocol.snowflake import TIMESTAMP_SHIFT
from tuichat.server.store import search_query
from tuichat.server.store.connection import Connection
from tuichat.server.store.message_batch import read_rows
from tuichat.server.store.message_search import MessageSearch, SearchOrder, SearchPage
from tuichat.server.store.postgresql.periods import LONGEST_MS, SHORTEST_MS, marks_about
from tuichat.server.store.postgresql.words import Tokenizer, mark_lexeme

MAX_ALTERNATIVES = 8  # places of one word after another that the index is asked for; beyond it texts are looked at
LOOKED_AT = 500  # texts at once
FIRST_MESSAGES = 15_000  # in the first period that is searched, about: measured
GROWTH = 16  # how much longer the next one is at most
WHOLE_MS = 4 * LONGEST_MS  # eight years: from there on all that is left
_END = 2**63 - 1
_BOUNDS = (
    "SELECT min(id), max(id), (SELECT reltuples FROM pg_class WHERE oid = CAST('message_search' AS regclass))"
    " FROM message_search"
)

# The index alone finds the hits, and all of them: a walk along the ids is never faster where periods bound them.
_HITS = (
    "WITH hits AS MATERIALIZED (SELECT id FROM message_search WHERE terms @@ CAST(? AS tsquery))"
    " SELECT coalesce(array_agg(id), '{}') FROM (SELECT id FROM hits WHERE id > ? AND id < ? ORDER BY id"
)


class Search:
    """Belongs to the searching thread."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()

    def find(self, connection: Connection, wanted: MessageSearch) -> SearchPage:
        """Find one page of messages, and count hits up to MAX_COUNTED."""
        condition = self._condition(wanted)
        if condition is None:
            return SearchPage(total=0, rows=[])
        is_backward = wanted.order is not SearchOrder.OLDEST
        hits = _by_periods(
            connection, condition, wanted, lambda ids: self._near_ones(connection, ids, wanted), is_backward=is_backward
        )
        hits = _later(connection, hits, wanted)
        page = _in_order(connection, hits, wanted.order)[wanted.offset : wanted.offset + wanted.limit]
        rows = (
            {int(row.id): row for row in read_rows(connection, f"WHERE id IN ({_marks(page)})", page)} if page else {}
        )
        return SearchPage(total=len(hits), rows=[rows[row_id] for row_id in page if row_id in rows])

    def _condition(self, wanted: MessageSearch) -> str | None:
        """The search in PostgreSQL's language, None where nothing can be found."""
        place = search_query.place_marks(wanted)
        if wanted.phrases == () or not wanted.author_kinds or not place:
            return None
        needed = [_any(place), *(_any(marks) for marks in search_query.needed_marks(wanted) if marks)]
        if wanted.phrases is not None:
            phrases = self._phrases(wanted.phrases)
            if not phrases:
                return None
            needed += _together(phrases, wanted.slop)
        needed += [f"!{mark_lexeme(mark)}" for mark in search_query.unwanted_marks(wanted)]
        return " & ".join(needed)

    def _phrases(self, phrases: Sequence[str]) -> list[list[str]]:
        """The words of each phrase that has any."""
        split = self._tokenizer.split(phrases)
        return [[word for word, _ in sorted(words, key=lambda each: each[1])] for words in split if words]

    def _near_ones(self, connection: Connection, ids: list[int], wanted: MessageSearch) -> list[int]:
        """Those whose words stand near each other, where the index cannot tell."""
        if wanted.phrases is None or _is_told_by_index(self._phrases(wanted.phrases), wanted.slop):
            return ids
        expression = search_query.near_expression(wanted.phrases, wanted.slop)
        near: list[int] = []
        for begin in range(0, len(ids), LOOKED_AT):
            chunk = ids[begin : begin + LOOKED_AT]
            texts = dict(
                connection.execute(f"SELECT id, content FROM messages WHERE id IN ({_marks(chunk)})", chunk)  # noqa: S608
            )
            there = [row_id for row_id in chunk if row_id in texts]
            near += [
                there[number] for number in self._tokenizer.matching([texts[row_id] for row_id in there], expression)
            ]
        return near


def _by_periods(
    connection: Connection,
    condition: str,
    wanted: MessageSearch,
    keep: Callable[[list[int]], list[int]],
    *,
    is_backward: bool,
) -> list[int]:
    """The first MAX_COUNTED hits in their order, of which `keep` says which are.

    One period is searched after the other, each as long as the ones before let expect it has to be.
    """
    limit = search_query.MAX_COUNTED
    low = wanted.min_id if wanted.min_id is not None else -1
    high = wanted.max_id if wanted.max_id is not None else _END
    sql = f"{_HITS} {'DESC' if is_backward else 'ASC'} LIMIT ?) AS found"
    first, last, estimated = connection.execute(_BOUNDS).fetchone()
    hits: list[int] = []
    if first is None:
        return hits
    low, high = max(low, first - 1), min(high, last + 1)
    length_ms = max(int(((last - first) >> TIMESTAMP_SHIFT) * min(FIRST_MESSAGES / max(estimated, 1), 1)), SHORTEST_MS)
    while low + 1 < high:
        begin_ms, end_ms = (low + 1) >> TIMESTAMP_SHIFT, ((high - 1) >> TIMESTAMP_SHIFT) + 1
        is_rest = length_ms >= min(end_ms - begin_ms, WHOLE_MS)
        start, stop = low, high  # both exclusive
        if not is_rest and is_backward:
            start = ((end_ms - length_ms) << TIMESTAMP_SHIFT) - 1
        elif not is_rest:
            stop = (begin_ms + length_ms) << TIMESTAMP_SHIFT
        # What is left holds few hits, and what was searched held few: without marks they are found again, and left out.
        is_open = is_rest and (wanted.max_id if is_backward else wanted.min_id) is None
        is_whole = (start < first) if is_backward else (stop > last)
        asked = condition if is_open and is_whole else f"{condition} & {_any(_periods(start, stop))}"
        (found,) = connection.execute(sql, (asked, start, stop, limit)).fetchone()
        kept = keep(found)
        hits += kept
        if len(hits) >= limit:
            break
        if len(found) == limit:  # and there are more of them in this period
            low, high = (low, found[-1]) if is_backward else (found[-1], high)
            continue
        length_ms = _next_length(length_ms, len(kept), limit - len(hits))
        low, high = (low, start + 1) if is_backward else (stop - 1, high)
    return hits[:limit]


def _periods(start: int, stop: int) -> Iterable[str]:
    """Marks of the periods between two ids, both exclusive."""
    return marks_about((start + 1) >> TIMESTAMP_SHIFT, ((stop - 1) >> TIMESTAMP_SHIFT) + 1)


def _next_length(length_ms: int, found: int, missing: int) -> int:
    """How long a period has to be that holds what is missing, and a quarter more, if it is as the one before."""
    if not found:
        return length_ms * GROWTH
    return max(min(length_ms * missing * 5 // (found * 4), length_ms * GROWTH), SHORTEST_MS)


def _together(phrases: list[list[str]], slop: int) -> Iterable[str]:
    if len(phrases) == 2 and _is_told_by_index(phrases, slop):
        (one,), (other,) = phrases
        near = [
            f"{_word(left)} <{distance}> {_word(right)}"
            for left, right in ((one, other), (other, one))
            for distance in range(slop + 2)
        ]
        return [f"({' | '.join(near)})"]
    return [f"({' <-> '.join(map(_word, words))})" for words in phrases]


def _is_told_by_index(phrases: list[list[str]], slop: int) -> bool:
    """One phrase is a condition of its own, and so are two single words that few others may stand between."""
    if len(phrases) < 2:
        return True
    return len(phrases) == 2 and all(len(words) == 1 for words in phrases) and slop <= MAX_ALTERNATIVES


def _later(connection: Connection, ids: list[int], wanted: MessageSearch) -> list[int]:
    """What no mark says is asked of the hits that all marks leave."""
    if not ids:
        return ids
    joined, where, parameters = "", [f"m.id IN ({_marks(ids)})"], list(ids)
    is_long = len(wanted.channel_ids) > search_query.MAX_NAMED_CHANNELS
    if is_long:
        where.append(f"m.channel_id IN ({_marks(wanted.channel_ids)})")
        parameters += map(int, wanted.channel_ids)
    elif not wanted.channel_ids and len(wanted.hidden_ids) > search_query.MAX_NAMED_CHANNELS:
        where.append(f"m.channel_id NOT IN ({_marks(wanted.hidden_ids)})")
        parameters += map(int, wanted.hidden_ids)
    if wanted.answered_user_ids:
        joined = " JOIN messages answered ON answered.id = CAST(CAST(m.reference AS json) ->> 'message_id' AS bigint)"
        where.append(f"answered.author_id IN ({_marks(wanted.answered_user_ids)})")
        parameters += map(int, wanted.answered_user_ids)
    if len(where) == 1:
        return ids
    sql = f"SELECT m.id FROM messages m{joined} WHERE {' AND '.join(where)}"  # noqa: S608  # words of our own
    left = {row_id for (row_id,) in connection.execute(sql, parameters)}
    return [row_id for row_id in ids if row_id in left]


def _in_order(connection: Connection, ids: list[int], order: SearchOrder) -> list[int]:
    if order is not SearchOrder.RELEVANCE or not ids:
        return ids
    newest = ids[: search_query.MAX_RANKED]
    sql = f"SELECT id FROM messages WHERE id IN ({_marks(newest)}) ORDER BY length(content), id DESC"  # noqa: S608  # marks only
    return [*(row_id for (row_id,) in connection.execute(sql, newest)), *ids[search_query.MAX_RANKED :]]


def _any(marks: Iterable[str]) -> str:
    return f"({' | '.join(map(mark_lexeme, marks))})"


def _word(word: str) -> str:
    return f"'{word}'"


def _marks(values: Sequence[int]) -> str:
    return ", ".join("?" * len(values))
