"""Embeds: what bots may put into one, and how it is stored."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import refused
from tuichat.server.actions import embeds


def check(*found: Mapping[str, object]) -> list[dict[str, Any]]:
    checked = embeds.check([msgspec.Raw(msgspec.json.encode(embed)) for embed in found])
    return msgspec.json.decode(checked, type=list[dict[str, Any]])


def test_white_space_at_the_ends_is_left_out_and_not_counted() -> None:
    (embed,) = check({"title": f"  {'t' * 256}\n", "fields": [{"name": " n ", "value": " v ", "inline": True}]})
    assert embed["title"] == "t" * 256
    assert embed["fields"] == [{"name": "n", "value": "v", "inline": True}]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026-11-22T16:00:00Z", "2026-11-22T16:00:00.000000+00:00"),
        ("2026-11-22T17:00:00.123456+01:00", "2026-11-22T16:00:00.123000+00:00"),
    ],
)
def test_times_are_kept_as_the_wire_has_them(given: str, kept: str) -> None:
    (embed,) = check({"title": "x", "timestamp": given})
    assert embed["timestamp"] == kept


def test_the_type_and_sizes_are_the_servers_to_say() -> None:
    (embed,) = check({"type": "video", "title": "x", "provider": {"name": "y"}, "color": None, "nonsense": 1})
    assert embed == {"type": "rich", "title": "x"}


@pytest.mark.parametrize(
    ("embed", "path"),
    [
        ({"title": "x", "timestamp": "yesterday"}, "timestamp"),
        ({"author": {"name": "  "}}, "author.name"),
        ({"footer": {"text": ""}}, "footer.text"),
        ({"title": "x" * 257}, "title"),
        ({"description": "x" * 4097}, "description"),
        ({"title": "x", "url": "attachment://x.png"}, "url"),
        ({"title": "x", "url": "javascript:1"}, "url"),
        ({"image": {"url": "ftp://a.example"}}, "image.url"),
        ({"author": {"name": "x", "url": "attachment://x"}}, "author.url"),
        ({"author": {"name": "x", "icon_url": "data:1"}}, "author.icon_url"),
        ({"fields": [{"name": "n", "value": " "}]}, "fields.0.value"),
        ({"fields": [{"name": "n", "value": "x" * 1025}]}, "fields.0.value"),
        ({"fields": [{"name": "n", "value": "v"}] * 26}, "fields"),
        ({"title": "x", "color": 0x1000000}, "color"),
        ({"title": "x", "color": -1}, "color"),
        ({}, ""),
    ],
)
def test_faults_are_named_with_their_place(embed: dict[str, object], path: str) -> None:
    with refused(50035, 400) as caught:
        check({"title": "good"}, embed)
    found: Any = msgspec.json.decode(caught.value.encode())["errors"]["embeds"]["1"]
    for step in path.split(".") if path else []:
        found = found[step]
    assert found["_errors"]


def test_ten_embeds_of_6000_characters_together() -> None:
    assert len(check(*[{"description": "x" * 600}] * 10)) == 10
    with refused(50035):
        check(*[{"description": "x" * 601}] * 10)
    with refused(50035):
        check(*[{"title": "x"}] * 11)


def test_a_null_is_as_good_as_an_absent_key() -> None:
    field = {"name": "a", "value": "b"}
    sparse = embeds.check([msgspec.Raw(msgspec.json.encode({"title": None, "fields": [{**field, "inline": None}]}))])
    assert sparse == embeds.check([msgspec.Raw(msgspec.json.encode({"fields": [field]}))])
