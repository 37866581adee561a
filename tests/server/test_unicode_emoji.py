"""Unicode emojis: which texts are one, and how they are written in full."""

import pytest

from tuichat.server.unicode_emoji import qualified

HEART = "\N{HEAVY BLACK HEART}"
FULL_HEART = HEART + "\ufe0f"


@pytest.mark.parametrize("text", [HEART, FULL_HEART, HEART + "\ufe0f\ufe0f"])
def test_an_emoji_is_written_in_full(text: str) -> None:
    assert qualified(text) == FULL_HEART


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f44d", "\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea",
        "#\ufe0f\u20e3", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)  # fmt: skip
def test_sequences_are_one_emoji(text: str) -> None:
    assert qualified(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "#",
        "x",
        "\U0001f44d" * 2,
        "\U0001f1e6\U0001f1e6",
        "\U0001f3fb",
        "\u200d",
        "\ufe0f",
        "\U0001f44d\u200d\U0001f44e",
    ],
)
def test_what_is_no_emoji(text: str) -> None:
    assert qualified(text) is None
