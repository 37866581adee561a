"""What a channel says for one role or member, with what the user wants changed and has not saved yet."""

from enum import Enum

from tuichat.client.state import State
from tuichat.protocol.channel import Channel, PermissionOverwrite
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake


class Stance(Enum):
    """What an overwrite says of a permission; INHERIT is what roles and the server say."""

    ALLOW = "allow"
    DENY = "deny"
    INHERIT = "inherit"


_NEXT = {Stance.INHERIT: Stance.ALLOW, Stance.ALLOW: Stance.DENY, Stance.DENY: Stance.INHERIT}


def overwrites_of(channel: Channel | None) -> list[PermissionOverwrite]:
    known = channel.permission_overwrites if channel is not None else None
    return known if isinstance(known, list) else []


def same_as(channel: Channel, category: Channel) -> bool:
    """Whether a channel says the same as its category, and so follows it."""

    def said(each: Channel) -> set[tuple[int, int, int, int]]:
        return {(item.type, item.id, item.allow, item.deny) for item in overwrites_of(each)}

    return said(channel) == said(category)


class OverwriteDraft:
    """Remembers wishes, not results: what others change meanwhile stays theirs. `kind` is ROLE or MEMBER."""

    def __init__(self, state: State, channel_id: int, target_id: int, kind: int) -> None:
        self._state = state
        self.channel_id = channel_id
        self.target_id = target_id
        self.kind = kind
        self._wanted: dict[Permissions, Stance] = {}

    @property
    def saved(self) -> PermissionOverwrite:
        """What the server has now; an empty one where it has none."""
        known = overwrites_of(self._state.channels.get(self.channel_id))
        empty = PermissionOverwrite(id=Snowflake(self.target_id), type=self.kind)
        return next((each for each in known if (each.id, each.type) == (self.target_id, self.kind)), empty)

    @property
    def exists(self) -> bool:
        known = overwrites_of(self._state.channels.get(self.channel_id))
        return any((each.id, each.type) == (self.target_id, self.kind) for each in known)

    def saved_stance(self, permission: Permissions) -> Stance:
        saved = self.saved
        if saved.allow & permission:
            return Stance.ALLOW
        return Stance.DENY if saved.deny & permission else Stance.INHERIT

    def stance(self, permission: Permissions) -> Stance:
        return self._wanted.get(permission) or self.saved_stance(permission)

    def may_change(self, permission: Permissions) -> bool:
        """Whether the user has the permission, without which a server lets nobody give or refuse it."""
        guild = self._state.guild_of(self.channel_id)
        own = NONE if guild is None else self._state.guild_permissions(int(guild.guild.id))
        return bool(own & (permission | Permissions.ADMINISTRATOR))

    def choose(self, permission: Permissions, stance: Stance | None = None) -> bool:
        """Take a stance, None for the one after the present; say whether the user may."""
        if not self.may_change(permission):
            return False
        wanted = stance or _NEXT[self.stance(permission)]
        if wanted is self.saved_stance(permission):
            self._wanted.pop(permission, None)
        else:
            self._wanted[permission] = wanted
        return True

    def change_count(self) -> int:
        """Return how many permissions differ from what the server has; forgets wishes that have come true."""
        self._wanted = {each: stance for each, stance in self._wanted.items() if stance is not self.saved_stance(each)}
        return len(self._wanted)

    def result(self) -> tuple[Permissions, Permissions]:
        """Return what would be allowed and denied once all is saved; bits that are not known stay as they are."""
        allow, deny = self.saved.allow, self.saved.deny
        for permission, stance in self._wanted.items():
            allow = allow | permission if stance is Stance.ALLOW else allow & ~permission
            deny = deny | permission if stance is Stance.DENY else deny & ~permission
        return allow, deny
