"""Names: what passes, what is refused, and which ones look alike."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.server import names
from tuichat.server.names import NameRefused, clean_display_name, clean_username, derive_username, name_key

UNSEEN = (
    "\u200b\u200c\u200d\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    "\u00ad\u034f\u061c\u115f\u3164\ufe0f\x00\x1b\x7f\x85"
)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [("Ada", "ada"), (" ada.l_2-x ", "ada.l_2-x"), ("ＡＤＡ", "ada"), ("ЁЛКА", "ёлка"), ("山田たろう", "山田たろう"),
     ("ﬁsh", "fish"), ("İsa", None), ("42", "42"), ("ÄÖÜ", "äöü")],
)  # fmt: skip
def test_usernames_come_in_their_normal_form(given_: str, expected: str | None) -> None:
    if expected is None:
        assert clean_username(given_) == unicodedata.normalize("NFKC", given_.lower())
    else:
        assert clean_username(given_) == expected


@pytest.mark.parametrize(
    "name",
    ["", "a", "a" * 33, "a b", "ada!", "@ada", "ada#1", "...", "--", "a\u200bda", "ad\u202ea", "аda", "pаypal", "\u0301ada",
     "a\u0301\u0302\u0303\u0304x" + "\u0305" * 4, "everyone", "HERE", "system", "tuichat", "еverуоnе", "a\x00b", "a\ud800", "😀😀"],
)  # fmt: skip
def test_usernames_that_nobody_gets(name: str) -> None:
    with pytest.raises(NameRefused):
        clean_username(name)


@pytest.mark.parametrize("twin", ["ADA", "ａｄａ", "аԁа", "a\u200bda", "Ada"])
def test_names_that_look_alike_have_one_key(twin: str) -> None:
    assert name_key(twin) == name_key("ada")


def test_different_names_have_different_keys() -> None:
    assert len({name_key(name) for name in ("ada", "adam", "bda", "ado", "a.da", "ad4")}) == 6


@given(st.text(max_size=40))
def test_a_username_is_clean_or_refused_and_cleaning_again_changes_nothing(name: str) -> None:
    try:
        cleaned = clean_username(name)
    except NameRefused:
        return
    assert clean_username(cleaned) == cleaned
    assert 2 <= len(cleaned) <= 32
    assert all(unicodedata.category(character)[0] in "LNM" or character in "._-" for character in cleaned)
    assert not cleaned.isascii() or name_key(cleaned) == name_key(cleaned.upper())


@given(st.text(max_size=60) | st.text(alphabet=st.sampled_from(list(UNSEEN + "ab \u0301\t\n")), max_size=40))
def test_a_display_name_has_nothing_unseen_in_it(name: str) -> None:
    try:
        cleaned = clean_display_name(name)
    except NameRefused:
        return
    assert clean_display_name(cleaned) == cleaned
    assert 1 <= len(cleaned) <= 32
    assert not set(cleaned) & set(UNSEEN)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        UNSEEN,
        "x" * 33,
        "everyone",
        "@Everyone",
        "ｈｅｒｅ",
        "e\u200bveryone",
        "tuichat",
        "\u0301\u0301",
        "a" + "\u0301" * 9,
    ],
)
def test_display_names_that_nobody_gets(name: str) -> None:
    with pytest.raises(NameRefused):
        clean_display_name(name)


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("  Ada \t L. ", "Ada L."),
        ("A\u202eda\u200b", "Ada"),
        ("e\u0301", "é"),
        ("🎉 party", "🎉 party"),
        ("[bold]x", "[bold]x"),
    ],
)
def test_display_names_are_cleaned(name: str, cleaned: str) -> None:
    assert clean_display_name(name) == cleaned


@given(st.text(min_size=1, max_size=40))
def test_a_username_can_be_derived_from_anything(name: str) -> None:
    assert clean_username(derive_username(name))


@given(st.text(min_size=1, max_size=32), st.integers(2, 10**6))
def test_a_suffix_stays_within_the_limit(name: str, number: int) -> None:
    numbered = names.with_suffix(name, number, 32, " ")
    assert len(numbered) <= 32
    assert numbered.endswith(str(number))
