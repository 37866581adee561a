"""Who stands where in a member list."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.actions.conftest import Town
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.member_list import MemberListUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import RoleRequest
from tuichat.server.actions import member_list, presence, roles
from tuichat.server.actions.member_list import Key, MemberList, list_id
from tuichat.server.gateway import member_views
from tuichat.server.gateway.member_views import View, valid_ranges
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow


def whole(town: Town, channel_id: int) -> MemberList:
    shown = MemberList(town.ctx, town.state, channel_id, list_id(town.state, town.state.channels[channel_id]))
    for _ in shown.build():
        pass
    return shown


def rows(town: Town, shown: MemberList) -> list[str]:
    """The list as words: headings with their counts, members with their status."""
    words = []
    for item in map(shown.item, shown.window(0, 99)):
        assert item is not None
        if item.group:
            role = next((role.name for role in town.state.roles.values() if str(int(role.id)) == item.group.id), "")
            words.append(f"{role or item.group.id}: {item.group.count}")
        elif item.member:
            assert item.member.presence is not None
            words.append(f"{item.member.display_name} {item.member.presence.status}")
    return words


async def test_members_stand_by_hoisted_role_then_online_then_offline(town: Town) -> None:
    await roles.edit_role(town.ctx, town.ada, town.guild_id, town.mod_role, RoleRequest(hoist=True))
    for name, status in (("mod", "dnd"), ("hush", "idle"), ("bob", "online")):
        presence.session_opened(town.ctx, town.people[name], "s", status=status)
    shown = whole(town, town.general)
    assert shown.id == "everyone"
    assert rows(town, shown) == [
        "mod: 1", "mod dnd", "online: 2", "bob online", "hush idle", "offline: 1", "ada offline",
    ]  # fmt: skip
    assert (shown.member_count, shown.online_count) == (4, 3)


async def test_a_large_guild_lists_who_is_here(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    presence.session_opened(town.ctx, town.bob, "s")
    shown = MemberList(town.ctx, town.state, town.general, "everyone")
    assert shown._lists_offline
    monkeypatch.setattr(member_list, "MAX_LISTING_OFFLINE", 3)
    assert shown.is_outgrown
    assert rows(town, whole(town, town.general)) == ["online: 1", "bob online"]


async def test_a_closed_channel_lists_who_sees_it(town: Town) -> None:
    hidden = OverwriteRow(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    shown_to_mods = OverwriteRow(id=town.mod_role, type=0, allow=Permissions.VIEW_CHANNEL)
    row = ChannelRow(
        id=town.ctx.next_id(), type=ChannelType.TEXT, guild_id=town.guild_id, name="mods", overwrites=(hidden, shown_to_mods)
    )  # fmt: skip
    town.ctx.guilds.put_channel(town.state, row)
    assert rows(town, whole(town, row.id)) == ["offline: 2", "ada offline", "mod offline"]


async def test_a_touched_member_moves_comes_and_goes(town: Town) -> None:
    shown = whole(town, town.general)
    presence.session_opened(town.ctx, town.bob, "s")
    shown.touch(town.bob.user_id)
    assert rows(town, shown)[:2] == ["online: 1", "bob online"]
    town.ctx.guilds.remove_member(town.state, town.bob.user_id)
    assert shown.item(shown.window(1, 1)[0]) is None
    shown.touch(town.bob.user_id)
    shown.touch(town.eve.user_id)
    assert rows(town, shown) == ["offline: 3", "ada offline", "hush offline", "mod offline"]


class FakeList:
    """A list whose rows a test sets; each row's item is its key."""

    id, guild_id, channel_id, member_count, online_count = "everyone", 1, 2, 3, 4

    def __init__(self, rows: list[Key]) -> None:
        self.rows = rows

    def window(self, first: int, last: int) -> list[Key]:
        return self.rows[first : last + 1]

    def item(self, key: Key) -> object:
        return {"group": {"id": key[1], "count": key[2]}}

    def groups(self) -> list[object]:
        return []


def apply(copy: dict[int, str], body: bytes) -> None:
    """Do as a client does, which knows only the rows it asked for."""
    for op in codec.decode(body, MemberListUpdate).ops:
        match op.op:
            case "SYNC":
                assert isinstance(op.range, tuple)
                assert isinstance(op.items, list)
                for index in range(op.range[0], op.range[1] + 1):
                    copy.pop(index, None)
                copy |= {op.range[0] + place: name(item) for place, item in enumerate(op.items)}
            case "DELETE":
                assert isinstance(op.index, int)
                moved = {index - (index > op.index): text for index, text in copy.items() if index != op.index}
                copy.clear()
                copy |= moved
            case "INSERT":
                assert isinstance(op.index, int)
                moved = {index + (index >= op.index): text for index, text in copy.items()}
                copy.clear()
                copy |= moved | {op.index: name(op.item)}
            case "UPDATE":
                assert isinstance(op.index, int)
                assert copy[op.index] == name(op.item)


def name(item: object) -> str:
    group = getattr(item, "group", None)
    return str(group.id if group else None)


_NAMES = st.lists(st.sampled_from([chr(letter) for letter in range(97, 123)]), unique=True)
_RANGES = st.lists(st.sampled_from([(0, 2), (3, 5), (6, 8), (9, 11), (20, 22)]), min_size=1, max_size=5)


@given(_NAMES, st.lists(_NAMES, max_size=4), _RANGES)
def test_a_client_that_applies_the_ops_has_the_rows(
    first: list[str], later: list[list[str]], ranges: list[tuple[int, int]]
) -> None:
    shown = FakeList(keys(first))
    view = View(shown, valid_ranges(ranges))  # type: ignore[arg-type]  # as far as a view reads it
    copy: dict[int, str] = {}
    apply(copy, view.whole())
    for names in later:
        shown.rows = keys(names)
        if body := view.changed(set(), counts_changed=False):
            apply(copy, body)
        for start, end in view.ranges:
            expected = sorted(names)[start : end + 1]
            assert [copy[start + place] for place in range(len(expected))] == expected


def keys(names: list[str]) -> list[Key]:
    return [(0, text, ord(text)) for text in sorted(names)]


def ops(view: View, shown: FakeList, text: str, touched: set[int] = frozenset()) -> list[str]:  # type: ignore[assignment]
    shown.rows = keys(list(text))
    body = view.changed(touched, counts_changed=False)
    return [] if body is None else [op.op for op in codec.decode(body, MemberListUpdate).ops]


def test_one_row_that_moves_comes_or_goes_needs_no_sync() -> None:
    shown = FakeList(keys(list("bcd")))
    view = View(shown, ((0, 3),))  # type: ignore[arg-type]  # as far as a view reads it
    assert ops(view, shown, "bcd") == []
    assert ops(view, shown, "bcd", {ord("c")}) == ["UPDATE"]
    assert ops(view, shown, "abcd") == ["INSERT"]
    assert ops(view, shown, "abde") == ["DELETE", "INSERT"]
    assert ops(view, shown, "abdefg") == []
    assert ops(view, shown, "adefg") == ["DELETE", "INSERT"]
    assert ops(view, shown, "ad") == ["SYNC"]
    assert ops(view, shown, "d") == ["DELETE"]


def test_ranges_are_bounded() -> None:
    assert valid_ranges([(100, 199), (0, 99)]) == ((0, 99), (100, 199))
    assert valid_ranges([(0, 100), (-1, 5), (5, 4), (1 << 40, 1 << 40)]) == ()
    assert len(valid_ranges([(start, start) for start in range(50)])) == member_views.MAX_RANGES


def test_list_structs_are_what_the_wire_has() -> None:
    body = b'{"guild_id":"1","id":"everyone","member_count":1,"online_count":0,"groups":[],"ops":[{"op":"DELETE","index":3}]}'
    assert codec.decode(body, MemberListUpdate).ops[0].index == 3
    assert msgspec.json.decode(codec.encode(codec.decode(body, MemberListUpdate))) == msgspec.json.decode(body)
