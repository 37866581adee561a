"""Which messages are nothing but a few emojis."""

import time

import pytest

from tuichat.text.big_emojis import BigEmoji, read


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ("\U0001f44d", 1),
        ("\U0001f44d\U0001f3fd \U0001f389\n\U0001f389", 3),
        ("\u2764\ufe0f", 1),
        ("\u2615", 1),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 1),
        ("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", 2),
        ("1\ufe0f\u20e3", 1),
        ("\U0001f389" * 27, 27),
    ],
)
def test_emojis_alone_are_counted_as_people_see_them(content: str, count: int) -> None:
    found = read(content)
    assert found is not None
    assert len(found) == count
    assert "".join(emoji.text for emoji in found) == "".join(content.split())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "  ",
        "ok \U0001f44d",
        "\U0001f44d!",
        "12",
        "\u2192",
        "\u2713",
        "\xa9",
        "\U0001f389" * 28,
        ":tada:",
        "<:x:>",
        "> \U0001f44d",
    ],
)
def test_anything_else_is_text(content: str) -> None:
    assert read(content) is None


def test_a_servers_own_emojis_have_their_name() -> None:
    assert read("<:party:12> <a:dance:13>") == [
        BigEmoji(":party:", "party", "12"),
        BigEmoji(":dance:", "dance", "a13"),
    ]


def test_long_texts_take_no_time() -> None:
    began = time.perf_counter()
    for content in ("\U0001f468\u200d" * 1300, "\u203c" * 2600, "<:" * 1300, " " * 2700):
        assert read(content) is None
    assert time.perf_counter() - began < 0.5
