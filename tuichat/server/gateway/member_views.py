"""What sessions see of one member list: the rows that they asked for, and what changed in them since they were told."""

from collections.abc import Iterable

from tuichat.protocol import codec
from tuichat.protocol.member_list import (
    DELETE,
    INSERT,
    RANGE_SIZE,
    SYNC,
    UPDATE,
    ListItem,
    ListOp,
    MemberListUpdate,
)
from tuichat.server.actions.member_list import Key, MemberList
from tuichat.server.gateway.session import Session

MAX_RANGES = 5  # of one list: what a screen shows, and what is above and below it
Ranges = tuple[tuple[int, int], ...]


class MemberGoneError(Exception):
    """A row's member has left and the list was not touched since: tell it again after that."""


def valid_ranges(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """The first few ranges of up to RANGE_SIZE rows, in order; what is none is left out."""
    good = {(first, last) for first, last in ranges if 0 <= first <= last < first + RANGE_SIZE and last < 1 << 31}
    return tuple(sorted(good)[:MAX_RANGES])


class View:
    """One list as all see it that asked for the same ranges of it. `windows` is what they were told."""

    __slots__ = ("ranges", "sessions", "shown", "windows")

    def __init__(self, shown: MemberList, ranges: Ranges) -> None:
        self.shown = shown
        self.ranges = ranges
        self.windows = [shown.window(first, last) for first, last in ranges]
        self.sessions: set[Session] = set()

    def whole(self) -> bytes:
        """GUILD_MEMBER_LIST_UPDATE's body for somebody who knows nothing: all rows as `windows` has them."""
        return self._encode([self._sync(number) for number in range(len(self.ranges))])

    def changed(self, touched: set[int], *, counts_changed: bool) -> bytes | None:
        """The body that brings the sessions up to date, None where nothing changed for them.

        `touched` are the users of whom something may be different. Raises MemberGoneError, and then `windows` is as before.
        """
        before = self.windows
        self.windows = [self.shown.window(first, last) for first, last in self.ranges]
        try:
            ops = [
                op for number, old in enumerate(before) for op in self._ops(number, old, self.windows[number], touched)
            ]
            return self._encode(ops) if ops or counts_changed else None
        except MemberGoneError:
            self.windows = before
            raise

    def _ops(self, number: int, old: list[Key], new: list[Key], touched: set[int]) -> list[ListOp]:
        """Bring one range from `old` to `new`: by one row that moves, comes or goes, else by a SYNC."""
        start = self.ranges[number][0]
        if old == new:
            return [
                ListOp(op=UPDATE, index=start + index, item=self._item(key))
                for index, key in enumerate(new)
                if key[2] in touched
            ]
        first, last_old, last_new = 0, len(old), len(new)
        while first < min(last_old, last_new) and old[first] == new[first]:
            first += 1
        while min(last_old, last_new) > first and old[last_old - 1] == new[last_new - 1]:
            last_old, last_new = last_old - 1, last_new - 1
        gone, come = old[first:last_old], new[first:last_new]
        if gone and gone[1:] in (come, come[:-1]):
            deleted: int | None = first
            inserted = None if len(come) < len(gone) else last_new - 1
        elif come and come[1:] in (gone, gone[:-1]):
            deleted, inserted = None if len(gone) < len(come) else last_old - 1, first
        else:
            return [self._sync(number)]
        ops = [] if deleted is None else [ListOp(op=DELETE, index=start + deleted)]
        if inserted is not None:
            ops.append(ListOp(op=INSERT, index=start + inserted, item=self._item(new[inserted])))
        ops += [
            ListOp(op=UPDATE, index=start + index, item=self._item(key))
            for index, key in enumerate(new)
            if index != inserted and key[2] in touched
        ]
        return ops

    def _sync(self, number: int) -> ListOp:
        first, last = self.ranges[number]
        return ListOp(op=SYNC, range=(first, last), items=[self._item(key) for key in self.windows[number]])

    def _item(self, key: Key) -> ListItem:
        item = self.shown.item(key)
        if item is None:
            raise MemberGoneError
        return item

    def _encode(self, ops: list[ListOp]) -> bytes:
        shown = self.shown
        return codec.encode(
            MemberListUpdate(
                guild_id=shown.guild_id,
                id=shown.id,
                member_count=shown.member_count,
                online_count=shown.online_count,
                groups=shown.groups(),
                ops=ops,
            )
        )
