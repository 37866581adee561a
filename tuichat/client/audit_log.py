"""What was done in a guild, read page by page: newest first, of one person or one kind where that is wanted."""

from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from tuichat.client.rest import Rest
from tuichat.client.routes import Request, make_request
from tuichat.protocol import json
from tuichat.protocol.audit_log import AuditChange, AuditEntry, AuditLog
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.user import User

PAGE = 50
MAX_SHOWN_CHANGES = 100  # taste: of one entry
T = TypeVar("T")


class Deed(msgspec.Struct, frozen=True):
    """An entry with its parts read; parts that cannot be read are left out."""

    entry: AuditEntry
    changes: tuple[AuditChange, ...] = ()
    options: dict[str, str] = {}


def list_entries(guild_id: int, *, before: int | None, user_id: int | None, action: int | None) -> Request:
    bounds = {"before": before, "user_id": user_id, "action_type": action}
    query = {"limit": str(PAGE)} | {name: str(int(value)) for name, value in bounds.items() if value is not None}
    return make_request("GET", "/guilds/{}/audit-logs", guild_id, query=query)


def read_deed(entry: AuditEntry) -> Deed:
    """Read an entry's changes and options, which are what the server likes."""
    changes = _read(entry.changes, list[AuditChange]) or []
    options = _read(entry.options, dict[str, Any]) or {}
    return Deed(entry, tuple(changes[:MAX_SHOWN_CHANGES]), {name: str(value) for name, value in options.items()})


class AuditPages:
    """The log of one guild as far as it was read. Every call raises ClientError alone."""

    def __init__(self, rest: Rest, guild_id: int, *, user_id: int | None = None, action: int | None = None) -> None:
        self._rest = rest
        self._guild_id = guild_id
        self._user_id = user_id
        self._action = action
        self.deeds: list[Deed] = []
        self.users: dict[int, User] = {}  # whom the entries name
        self.webhooks: dict[int, str] = {}  # what those are called that the entries name
        self.has_older = True

    async def load(self) -> None:
        """Read the next page."""
        before = int(self.deeds[-1].entry.id) if self.deeds else None
        wanted = list_entries(self._guild_id, before=before, user_id=self._user_id, action=self._action)
        page = await self._rest.get(wanted, AuditLog)
        self.users |= {int(user.id): user for user in page.users}
        self.webhooks |= {int(webhook.id): webhook.name or "" for webhook in page.webhooks}
        self.deeds += [read_deed(entry) for entry in page.audit_log_entries if before is None or entry.id < before]
        # A page may be short of entries that one may not know of: only an empty one is the last.
        self.has_older = bool(page.audit_log_entries)


class AuditLogs:
    """One account's way to them."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def of_guild(self, guild_id: int, *, user_id: int | None = None, action: int | None = None) -> AuditPages:
        """Return the log of a guild, nothing of it read yet; of what somebody did, of one kind of deed."""
        return AuditPages(self._rest, guild_id, user_id=user_id, action=action)


def _read(raw: object, kind: type[T]) -> T | None:
    if not isinstance(raw, Raw):
        return None
    try:
        return json.decode(raw, kind, source="an entry of the audit log")
    except ProtocolError:
        return None
