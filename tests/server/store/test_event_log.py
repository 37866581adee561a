"""A guild keeps the last of its events."""

import pytest

from tests.server.store.conftest import OpenStore
from tuichat.server.bus import Event
from tuichat.server.store import event_log


async def test_a_guild_keeps_its_last_ten_thousand_events(
    opening: tuple[OpenStore, list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MAX_EVENTS_PER_GUILD", 500)
    store = await opening[0]()
    for _ in range(20):
        await store.write([], [Event(name="E", body=b"{}", guild_id=1)] * 100)
    kept = await store.read_events(1, 0)
    assert [event.seq for event in kept] == list(range(1501, 2001))
