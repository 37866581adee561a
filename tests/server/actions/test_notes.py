"""Notes: kept for their writer alone, within limits, and told to its sessions."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, refused
from tuichat.server.actions import notes, ready
from tuichat.server.actions.context import Actor


async def test_a_note_is_its_writers_alone(town: Town) -> None:
    ada = town.ada.user_id
    await notes.put_note(town.ctx, town.bob, ada, "  met at the harbour ")
    (told,) = town.told("USER_NOTE_UPDATE")
    assert told.user_ids == frozenset({int(town.bob.user_id)})
    assert msgspec.json.decode(told.body) == {"id": str(ada), "note": "met at the harbour"}
    assert (await notes.get_note(town.ctx, town.bob, ada)).note == "met at the harbour"
    assert await notes.list_notes(town.ctx, town.ada) == {}
    assert (await ready.user_ready(town.ctx, town.bob)).notes == {str(ada): "met at the harbour"}
    await notes.put_note(town.ctx, town.bob, ada, None)
    assert await notes.list_notes(town.ctx, town.bob) == {}
    with refused(10013, 404):
        await notes.get_note(town.ctx, town.bob, ada)


async def test_what_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = town.ada.user_id
    with refused(50035, 400) as caught:
        await notes.put_note(town.ctx, town.bob, ada, "x" * 257)
    assert b"256" in caught.value.encode()
    with refused(10013, 404):
        await notes.put_note(town.ctx, town.bob, 5, "nobody")
    bot = Actor(town.bob.user_id, is_bot=True)
    for action in (
        notes.list_notes(town.ctx, bot),
        notes.get_note(town.ctx, bot, ada),
        notes.put_note(town.ctx, bot, ada, ""),
    ):
        with refused(20001, 403):
            await action
    monkeypatch.setattr(notes, "MAX_NOTES", 1)
    await notes.put_note(town.ctx, town.bob, ada, "one")
    await notes.put_note(town.ctx, town.bob, ada, "changed")
    with refused(0, 400) as caught:
        await notes.put_note(town.ctx, town.bob, town.eve.user_id, "two")
    assert b"1" in caught.value.encode()
