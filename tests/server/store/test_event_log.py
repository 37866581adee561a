"""A guild keeps the last of its events."""

from pathlib import Path

import pytest

from tuichat.local.data_folder import DATABASE_NAME
from tuichat.server.bus import Event
from tuichat.server.store import event_log
from tuichat.server.store.sqlite import SQLiteStore


async def test_a_guild_keeps_its_last_ten_thousand_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "MAX_EVENTS_PER_GUILD", 500)
    store = await SQLiteStore.open(tmp_path / DATABASE_NAME, publish=lambda event: None)
    for _ in range(20):
        await store.write([], [Event(name="E", body=b"{}", guild_id=1)] * 100)
    kept = await store.read_events(1, 0)
    assert [event.seq for event in kept] == list(range(1501, 2001))
    await store.close()
