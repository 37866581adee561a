"""What dispatches say of what the account wants to hear of: notification settings, its own settings, and whom it blocked."""

import msgspec
from msgspec import UNSET

from tuichat.client.change import Change, RelationChanged, SettingsChanged
from tuichat.client.state import State
from tuichat.protocol.dispatch.ready import UserReady
from tuichat.protocol.dispatch.user import UserGuildSettingsUpdate, UserSettingsUpdate
from tuichat.protocol.relationship import (
    PartialRelationship,
    Relationship,
    RelationshipRemove,
    RelationshipType,
)
from tuichat.protocol.user_settings import UserSettings


def start(state: State, ready: UserReady) -> None:
    """Take over all that READY says of it."""
    state.guild_settings = {int(each.guild_id or 0): each for each in ready.guild_settings}
    state.settings = ready.user_settings if isinstance(ready.user_settings, UserSettings) else UserSettings()
    state.unheard_ids = set()
    state.relations = {}
    state.session_hash = ready.auth_session_id_hash if isinstance(ready.auth_session_id_hash, str) else ""
    for relationship in ready.relationships:
        change_relationship(state, relationship)


def change_guild_settings(state: State, event: UserGuildSettingsUpdate) -> list[Change]:
    guild_id = int(event.guild_id or 0)
    if guild_id and guild_id not in state.guilds:
        return []
    state.guild_settings[guild_id] = event
    return [SettingsChanged()]


def change_settings(state: State, event: UserSettingsUpdate) -> list[Change]:
    changed = {name: value for name in event.__struct_fields__ if (value := getattr(event, name)) is not UNSET}
    state.settings = msgspec.structs.replace(state.settings, **changed)
    return [SettingsChanged()]


def change_relationship(state: State, event: Relationship | PartialRelationship) -> list[Change]:
    """Note whether what somebody writes counts."""
    _note(state, int(event.id), is_unheard=event.type == RelationshipType.BLOCKED or event.user_ignored)
    if event.type in RelationshipType.__members__.values():
        state.relations[int(event.id)] = RelationshipType(event.type)
    return [RelationChanged(int(event.id))]


def remove_relationship(state: State, event: RelationshipRemove) -> list[Change]:
    _note(state, int(event.id), is_unheard=event.user_ignored)
    state.relations.pop(int(event.id), None)
    return [RelationChanged(int(event.id))]


def _note(state: State, user_id: int, *, is_unheard: bool) -> None:
    if is_unheard:
        state.unheard_ids.add(user_id)
    else:
        state.unheard_ids.discard(user_id)
