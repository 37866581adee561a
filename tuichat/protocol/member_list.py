"""The lazy member list: what GUILD_MEMBER_LIST_UPDATE says of who is shown beside a channel."""

from collections.abc import Iterable
from typing import Protocol

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.guild import Member
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import Presence

EVERYONE = "everyone"
ONLINE, OFFLINE = "online", "offline"  # ids of the two groups that are no roles
RANGE_SIZE = 100  # rows, headings among them
MAX_LISTING_OFFLINE = 1000  # members; a larger guild's list leaves out who is offline, as Discord's does
SYNC, INSERT, UPDATE, DELETE, INVALIDATE = "SYNC", "INSERT", "UPDATE", "DELETE", "INVALIDATE"


class ListGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A heading: a hoisted role's id, `online` or `offline`, and how many members stand below it."""

    id: str
    count: int


class ListedMember(Member, frozen=True, kw_only=True):
    presence: Presence | None = None


class ListItem(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a heading or a member."""

    group: ListGroup | UnsetType = UNSET
    member: ListedMember | UnsetType = UNSET


class ListOp(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the rows, to be applied in the order they stand in.

    SYNC has `range` and `items`, INVALIDATE a `range`, INSERT and UPDATE `index` and `item`, DELETE an `index`.
    """

    op: str
    range: tuple[int, int] | UnsetType = UNSET
    items: list[ListItem] | UnsetType = UNSET
    index: int | UnsetType = UNSET
    item: ListItem | UnsetType = UNSET


class MemberListUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_MEMBER_LIST_UPDATE; `id` names a list, which all channels have in common that the same people see."""

    guild_id: Snowflake
    id: str
    member_count: int
    online_count: int
    groups: list[ListGroup]
    ops: list[ListOp]


class Overwrite(Protocol):
    @property
    def id(self) -> Snowflake: ...
    @property
    def allow(self) -> Permissions: ...
    @property
    def deny(self) -> Permissions: ...


def member_list_id(everyone: Permissions, overwrites: Iterable[Overwrite]) -> str:
    """Return the id of a channel's list: `everyone` where nobody is kept out, else a hash of who is.

    As Discord's clients compute it: MurmurHash3 of the sorted overwrites that concern VIEW_CHANNEL.
    """
    marks = []
    is_closed = not everyone & Permissions.VIEW_CHANNEL
    for overwrite in overwrites:
        if overwrite.allow & Permissions.VIEW_CHANNEL:
            marks.append(f"allow:{int(overwrite.id)}")
        elif overwrite.deny & Permissions.VIEW_CHANNEL:
            marks.append(f"deny:{int(overwrite.id)}")
        is_closed = is_closed or bool(overwrite.deny & Permissions.VIEW_CHANNEL)
    return str(_murmur3(",".join(sorted(marks)).encode())) if is_closed else EVERYONE


def _murmur3(data: bytes) -> int:
    """MurmurHash3_x86_32 with seed 0."""
    mask = 0xFFFFFFFF
    value = 0

    def mix(block: int) -> int:
        block = block * 0xCC9E2D51 & mask
        block = (block << 15 | block >> 17) & mask
        return block * 0x1B873593 & mask

    whole = len(data) & ~3
    for start in range(0, whole, 4):
        value ^= mix(int.from_bytes(data[start : start + 4], "little"))
        value = (value << 13 | value >> 19) & mask
        value = (value * 5 + 0xE6546B64) & mask
    if rest := data[whole:]:
        value ^= mix(int.from_bytes(rest, "little"))
    value ^= len(data)
    value = (value ^ value >> 16) * 0x85EBCA6B & mask
    value = (value ^ value >> 13) * 0xC2B2AE35 & mask
    return value ^ value >> 16
