"""Every permission has words, and stands in one group."""

from tuichat.protocol.permissions import BITS, Permissions
from tuichat.text import permission_words
from tuichat.text.permission_words import GROUPS, Reach


def test_every_permission_stands_in_one_group() -> None:
    listed = [int(words.permission) for group in GROUPS for words in group.permissions]
    assert sorted(listed) == sorted(1 << bit for bit in BITS.values())


def test_names_differ_and_are_short_enough_for_a_narrow_terminal() -> None:
    names = [words.name for group in GROUPS for words in group.permissions]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 24


def test_every_permission_says_what_it_allows() -> None:
    meanings = [words.meaning for group in GROUPS for words in group.permissions]
    assert len(set(meanings)) == len(meanings)
    assert all(meaning.endswith(".") for meaning in meanings)


def test_what_cannot_be_told_of_a_channel_reaches_none() -> None:
    assert not permission_words.WORDS[Permissions.BAN_MEMBERS].reach
    assert permission_words.WORDS[Permissions.SPEAK].reach & Reach.VOICE
    assert not permission_words.WORDS[Permissions.SPEAK].reach & Reach.STAGE


def test_a_permission_without_a_name_shows_as_its_number() -> None:
    assert permission_words.name_of(Permissions(1 << 60)) == "0x1000000000000000"
    assert permission_words.meaning_of(Permissions(1 << 60)) == ""
