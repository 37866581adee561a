"""Entries of the audit log, as a write takes them along."""

import msgspec

from tests.server.actions.conftest import Town
from tuichat.protocol.audit_log import AuditAction, AuditChange
from tuichat.protocol.permissions import Permissions
from tuichat.server.actions import audit


async def test_an_entry_tells_who_did_what_and_why_to_whoever_views_the_log(town: Town) -> None:
    actor = msgspec.structs.replace(town.ada, reason="spam")
    changes = [AuditChange(key="nick", old_value="a", new_value="b"), AuditChange(key="mute", new_value=True)]
    put, told = audit.entry(
        town.ctx,
        actor,
        town.state,
        AuditAction.MEMBER_UPDATE,
        town.bob.user_id,
        changes=changes,
        options={"count": "1"},
    )
    await town.ctx.store.write([put], [told])
    (published,) = town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert published.needs == Permissions.VIEW_AUDIT_LOG
    entry = msgspec.json.decode(published.body)
    assert entry | {"id": ""} == {
        "id": "",
        "guild_id": str(int(town.guild_id)),
        "user_id": str(int(town.ada.user_id)),
        "target_id": str(int(town.bob.user_id)),
        "action_type": 24,
        "changes": [{"key": "nick", "old_value": "a", "new_value": "b"}, {"key": "mute", "new_value": True}],
        "options": {"count": "1"},
        "reason": "spam",
    }
