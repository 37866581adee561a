"""Slack's messages, as ours."""

from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import refused
from tuichat.server.actions import drafting
from tuichat.server.actions.drafting import Sender
from tuichat.server.actions.slack_messages import SlackMessage, request_of


def converted(**message: object) -> tuple[str, list[dict[str, Any]]]:
    request = request_of(msgspec.convert(message, SlackMessage))
    draft = drafting.draft(request, Sender.WEBHOOK)  # what is made of it is what a webhook may send
    return draft.content, msgspec.json.decode(draft.embeds)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("<https://a.example/x|here> &amp; <https://b.example>", "[here](https://a.example/x) & https://b.example"),
        ("a &lt; b &gt; c", "a < b > c"),
        ("<@U123> <!channel>", "<@U123> <!channel>"),
        ("<javascript:1|x>", "<javascript:1|x>"),
    ],
)
def test_text(text: str, shown: str) -> None:
    assert converted(text=text) == (shown, [])


def test_an_attachment_becomes_an_embed() -> None:
    content, (embed,) = converted(
        text="build",
        attachments=[
            {
                "color": "#36a64f", "pretext": "before", "author_name": "CI", "author_link": "https://ci.example",
                "title": "Passed", "title_link": "https://ci.example/1", "text": "all <https://ci.example|green>",
                "fields": [{"title": "Branch", "value": "main", "short": True}, {"title": "", "value": "x"}],
                "image_url": "https://ci.example/i.png", "footer": "ci", "ts": 1_700_000_000,
            }
        ],
    )  # fmt: skip
    assert content == "build\nbefore"
    assert (embed["title"], embed["url"], embed["color"]) == ("Passed", "https://ci.example/1", 0x36A64F)
    assert embed["description"] == "all [green](https://ci.example)"
    assert embed["author"] == {"name": "CI", "url": "https://ci.example"}
    assert [(field["name"], field["value"], field["inline"]) for field in embed["fields"]] == [
        ("Branch", "main", True),
        ("\u200b", "x", False),
    ]
    assert (embed["image"]["url"], embed["footer"]["text"]) == ("https://ci.example/i.png", "ci")
    assert embed["timestamp"].startswith("2023-11-14T22:13:20")


@pytest.mark.parametrize(
    ("attachment", "key", "value"),
    [
        ({"fallback": "only this"}, "description", "only this"),
        ({"text": "x", "color": "danger"}, "color", 0xE01E5A),
        ({"text": "x", "color": "nonsense"}, "color", None),
        ({"text": "x", "ts": "1700000000.25"}, "timestamp", "2023-11-14T22:13:20.250000+00:00"),
        ({"text": "x", "ts": "never"}, "timestamp", None),
        ({"text": "x", "ts": 1e300}, "timestamp", None),
    ],
)
def test_parts_of_attachments(attachment: dict[str, object], key: str, value: object) -> None:
    _, (embed,) = converted(attachments=[attachment])
    assert embed.get(key) == value


def test_an_empty_attachment_is_passed_over() -> None:
    assert converted(text="x", attachments=[{"color": "good"}, {}]) == ("x", [])


def test_ten_attachments_and_no_more() -> None:
    with refused(50035):
        converted(attachments=[{"text": "x"}] * 11)
