"""The id of a channel's member list, as Discord's clients compute it."""

import pytest

from tuichat.protocol.channel import PermissionOverwrite
from tuichat.protocol.member_list import EVERYONE, _murmur3, member_list_id
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake

VIEW, SEND = Permissions.VIEW_CHANNEL, Permissions.SEND_MESSAGES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", 0),
        (b"hello", 0x248BFA47),
        (b"hello, world", 0x149BBB7F),
        (b"The quick brown fox jumps over the lazy dog", 0x2E4FF723),
    ],
)  # published test vectors of MurmurHash3_x86_32
def test_the_hash_is_murmur3(text: bytes, expected: int) -> None:
    assert _murmur3(text) == expected


def overwrite(id: int, allow: Permissions = NONE, deny: Permissions = NONE) -> PermissionOverwrite:
    return PermissionOverwrite(id=Snowflake(id), type=0, allow=allow, deny=deny)


def test_an_open_channel_has_the_list_of_everyone() -> None:
    assert member_list_id(VIEW, []) == EVERYONE
    assert member_list_id(VIEW | SEND, [overwrite(5, deny=SEND), overwrite(6, allow=VIEW)]) == EVERYONE


def test_a_closed_channel_has_a_list_of_its_own() -> None:
    closed = member_list_id(VIEW, [overwrite(1, deny=VIEW), overwrite(20, allow=VIEW), overwrite(3, allow=SEND)])
    assert closed == str(_murmur3(b"allow:20,deny:1"))
    assert closed == member_list_id(VIEW, [overwrite(20, allow=VIEW), overwrite(1, deny=VIEW | SEND)])
    assert member_list_id(NONE, []) == "0"
