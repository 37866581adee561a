"""Notes: what somebody writes down about others, for itself alone."""

from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user_settings import Note, UserNoteUpdate
from tuichat.server.actions import errors, fields
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import event
from tuichat.server.store.operations import Operation, Put, Remove
from tuichat.server.store.social_rows import NoteRow

MAX_NOTE_CHARACTERS = 256
MAX_NOTES = 1500


async def list_notes(ctx: Context, actor: Actor) -> dict[str, str]:
    """All notes, by the id of whom they are about."""
    _require_person(actor)
    return {str(int(row.about_id)): row.note for row in await ctx.store.read_notes(actor.user_id)}


async def get_note(ctx: Context, actor: Actor, user_id: int) -> Note:
    """One note; 10013 where there is none."""
    note = (await list_notes(ctx, actor)).get(str(int(user_id)))
    if note is None:
        raise errors.unknown_user()
    return Note(note=note, note_user_id=Snowflake(user_id), user_id=actor.user_id)


async def put_note(ctx: Context, actor: Actor, user_id: int, text: str | None) -> None:
    """Write a note of up to 256 characters about a user; an empty one, or null, takes it away. Raises ActionError 10013."""
    _require_person(actor)
    note = fields.require_length("note", text or "", 0, MAX_NOTE_CHARACTERS)
    about = ctx.users.get(user_id)
    if about is None:
        raise errors.unknown_user()
    async with ctx.edits.hold(actor.user_id):
        known = await ctx.store.read_notes(actor.user_id)
        if note and len(known) >= MAX_NOTES and all(row.about_id != user_id for row in known):
            raise errors.limit_reached(ErrorCode.GENERAL, "notes", MAX_NOTES)
        row = NoteRow(user_id=actor.user_id, about_id=about.id, note=note)
        change: Operation = Put(row) if note else Remove(row)
        payload = UserNoteUpdate(id=about.id, note=note)
        await ctx.store.write([change], [event("USER_NOTE_UPDATE", payload, user_ids=[actor.user_id])])


def _require_person(actor: Actor) -> None:
    if actor.is_bot:
        raise errors.bots_cannot()
