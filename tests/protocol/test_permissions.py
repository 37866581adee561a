"""Permissions as Discord computes them: owner, roles, overwrites, timeouts, implied ones."""

import functools
import operator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.permissions import (
    ALL,
    BITS,
    DEFAULT_EVERYONE,
    NONE,
    Permissions,
    channel_permissions,
    guild_permissions,
)

P = Permissions
GUILD, MEMBER, ROLE_A, ROLE_B = 1, 2, 3, 4
SOME = st.sets(st.sampled_from(sorted(BITS.values())), max_size=8).map(
    lambda bits: P(functools.reduce(operator.or_, (1 << bit for bit in bits), 0))
)
QUIET = P.VIEW_CHANNEL | P.READ_MESSAGE_HISTORY


class Overwrite(msgspec.Struct, frozen=True):
    id: int
    type: int
    allow: Permissions = NONE
    deny: Permissions = NONE


def in_channel(base: Permissions, *overwrites: Overwrite, timed_out: bool = False) -> Permissions:
    return channel_permissions(
        base,
        guild_id=GUILD,
        member_id=MEMBER,
        role_ids=[ROLE_A, ROLE_B],
        overwrites=overwrites,
        is_timed_out=timed_out,
    )


def test_bits_are_discords() -> None:
    assert (P.CREATE_INSTANT_INVITE, P.ADMINISTRATOR, P.VIEW_CHANNEL, P.SEND_MESSAGES) == (1, 8, 1024, 2048)
    assert (P.MODERATE_MEMBERS, P.SEND_POLLS, P.PIN_MESSAGES) == (1 << 40, 1 << 49, 1 << 51)
    assert len(set(BITS.values())) == len(BITS)
    assert 47 not in BITS.values()


def test_an_owner_and_an_administrator_have_all() -> None:
    assert guild_permissions(is_owner=True, everyone=NONE, roles=[]) == ALL
    assert guild_permissions(is_owner=False, everyone=NONE, roles=[P.ADMINISTRATOR]) == ALL
    assert guild_permissions(is_owner=False, everyone=P.ADMINISTRATOR, roles=[], is_timed_out=True) == ALL
    denied = Overwrite(GUILD, 0, deny=ALL)
    assert in_channel(ALL, denied, timed_out=True) == ALL


def test_roles_add_up() -> None:
    assert guild_permissions(is_owner=False, everyone=P.SPEAK, roles=[P.CONNECT, P.STREAM]) == (
        P.SPEAK | P.CONNECT | P.STREAM
    )


def test_a_timeout_leaves_seeing_and_reading() -> None:
    assert guild_permissions(is_owner=False, everyone=DEFAULT_EVERYONE, roles=[], is_timed_out=True) == QUIET
    own = Overwrite(MEMBER, 1, allow=P.SEND_MESSAGES)
    assert in_channel(DEFAULT_EVERYONE, own, timed_out=True) == QUIET


def test_overwrites_apply_from_everyone_to_roles_to_the_member() -> None:
    base = P.VIEW_CHANNEL | P.SEND_MESSAGES | P.ADD_REACTIONS
    deny_all = Overwrite(GUILD, 0, deny=P.SEND_MESSAGES)
    assert not in_channel(base, deny_all) & P.SEND_MESSAGES
    role = Overwrite(ROLE_A, 0, allow=P.SEND_MESSAGES)
    assert in_channel(base, deny_all, role) & P.SEND_MESSAGES
    own = Overwrite(MEMBER, 1, deny=P.SEND_MESSAGES)
    assert not in_channel(base, deny_all, role, own) & P.SEND_MESSAGES


def test_one_roles_allow_beats_another_roles_deny() -> None:
    base = P.VIEW_CHANNEL | P.SEND_MESSAGES
    allow, deny = Overwrite(ROLE_A, 0, allow=P.SEND_MESSAGES), Overwrite(ROLE_B, 0, deny=P.SEND_MESSAGES)
    assert in_channel(base, allow, deny) == in_channel(base, deny, allow) == base


def test_a_role_with_the_members_id_and_a_strangers_overwrite_do_not_count() -> None:
    base = P.VIEW_CHANNEL | P.SEND_MESSAGES
    assert in_channel(base, Overwrite(MEMBER, 0, deny=base), Overwrite(99, 1, deny=base)) == base


def test_who_does_not_see_a_channel_has_nothing_there() -> None:
    assert in_channel(DEFAULT_EVERYONE, Overwrite(GUILD, 0, deny=P.VIEW_CHANNEL)) == NONE


def test_who_cannot_write_cannot_do_what_needs_writing() -> None:
    left = in_channel(DEFAULT_EVERYONE | P.SEND_TTS_MESSAGES, Overwrite(GUILD, 0, deny=P.SEND_MESSAGES))
    for gone in (P.MENTION_EVERYONE, P.SEND_TTS_MESSAGES, P.ATTACH_FILES, P.EMBED_LINKS, P.SEND_POLLS):
        assert not left & gone
    assert left & P.ADD_REACTIONS


@given(
    SOME,
    st.lists(
        st.builds(Overwrite, st.sampled_from([GUILD, MEMBER, ROLE_A, ROLE_B]), st.integers(0, 1), SOME, SOME),
        max_size=6,
    ),
)
def test_nothing_comes_from_nowhere(base: Permissions, overwrites: list[Overwrite]) -> None:
    granted = in_channel(base, *overwrites)
    if base & P.ADMINISTRATOR:
        assert granted == ALL
        return
    possible = functools.reduce(operator.or_, (overwrite.allow for overwrite in overwrites), base)
    assert granted & ~possible == 0
    assert granted == NONE or granted & P.VIEW_CHANNEL
    assert in_channel(base, *overwrites, timed_out=True) & ~QUIET == 0


@given(SOME)
def test_without_overwrites_the_base_stands_where_nothing_is_implied(base: Permissions) -> None:
    full = base & ~P.ADMINISTRATOR | P.VIEW_CHANNEL | P.SEND_MESSAGES
    assert in_channel(P(full)) == full


@pytest.mark.parametrize(("value", "expected"), [("0", 0), ("8", 8), (8, 8), (str(2**62), 2**62)])
def test_permissions_come_as_strings_and_as_integers(value: object, expected: int) -> None:
    assert P.parse(value) == expected


@pytest.mark.parametrize("value", ["", "-1", -1, "0x8", "1" * 40, True, 1.5, None, [], 2**64])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        P.parse(value)
