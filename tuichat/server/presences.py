"""Who is here: the presence that each session of a user claims, and the one that others see."""

from collections.abc import Iterable, Sequence

import msgspec

from tuichat.protocol.user import Activity

ONLINE, IDLE, DND, INVISIBLE, OFFLINE = "online", "idle", "dnd", "invisible", "offline"
STATUSES = frozenset({ONLINE, IDLE, DND, INVISIBLE, OFFLINE})
CUSTOM = 4  # the type of the activity that is a custom status
_STRENGTH = (DND, ONLINE, IDLE)  # of several sessions, the first of these that one has


class Shown(msgspec.Struct, frozen=True):
    """What others see of a user. `client_status` tells the status by kind of client (desktop, mobile, web)."""

    status: str = OFFLINE
    activities: tuple[Activity, ...] = ()
    client_status: tuple[tuple[str, str], ...] = ()


OFFLINE_SHOWN = Shown()


class Claim(msgspec.Struct, frozen=True):
    """What one session says: `os` is its system's name, as the client gave it."""

    status: str
    activities: tuple[Activity, ...]
    client: str
    os: str = "unknown"


class _CustomStatus(msgspec.Struct, frozen=True):
    activity: Activity
    ends_ms: int | None


class Presences:
    """The presences of one process, held in memory: a session that is gone claims nothing.

    A server of several nodes puts the same methods before a shared store.
    """

    def __init__(self) -> None:
        self._claims: dict[int, dict[str, Claim]] = {}
        self._custom: dict[int, _CustomStatus] = {}  # of those who are connected
        self._shown: dict[int, Shown] = {}  # of those who are not offline: a READY asks for every member of its guilds

    def set(
        self,
        user_id: int,
        session_id: str,
        status: str,
        activities: Sequence[Activity],
        client: str = "desktop",
        os: str = "unknown",
    ) -> bool:
        """Note what a session claims, and say whether others see a difference."""
        claims = self._claims.setdefault(user_id, {})
        claims.pop(session_id, None)  # so that the session that spoke last stands last
        claims[session_id] = Claim(status, tuple(activities), client, os)
        return self._show(user_id)

    def set_all(self, user_id: int, status: str) -> bool:
        """Let every session of a user claim a status, and say whether others see a difference."""
        claims = self._claims.get(user_id, {})
        for session_id, claim in claims.items():
            claims[session_id] = msgspec.structs.replace(claim, status=status)
        return self._show(user_id)

    def set_custom(self, user_id: int, activity: Activity | None, ends_ms: int | None = None) -> bool:
        """Note the custom status that a connected user's settings have, and say whether others see a difference."""
        if activity is None or user_id not in self._claims:
            self._custom.pop(user_id, None)
        else:
            self._custom[user_id] = _CustomStatus(activity, ends_ms)
        return self._show(user_id)

    def expire_custom(self, now_ms: int) -> list[int]:
        """Forget the custom statuses that ended, and return whose others see a difference of."""
        ended = [
            user_id
            for user_id, custom in self._custom.items()
            if custom.ends_ms is not None and custom.ends_ms <= now_ms
        ]
        return [user_id for user_id in ended if self.set_custom(user_id, None)]

    def remove(self, user_id: int, session_id: str) -> bool:
        """Forget a session, and say whether others see a difference."""
        claims = self._claims.get(user_id, {})
        claims.pop(session_id, None)
        if not claims:
            self._claims.pop(user_id, None)
            self._custom.pop(user_id, None)
        return self._show(user_id)

    def is_connected(self, user_id: int) -> bool:
        """Whether any session is open, invisible ones included."""
        return user_id in self._claims

    def connected_ids(self) -> list[int]:
        return list(self._claims)

    def claims(self, user_id: int) -> dict[str, Claim]:
        """What each session of a user says, by its id; the one that spoke last stands last."""
        return dict(self._claims.get(user_id, {}))

    def client_of(self, user_id: int, session_id: str) -> str:
        claim = self._claims.get(user_id, {}).get(session_id)
        return claim.client if claim else "desktop"

    def shown(self, user_id: int) -> Shown:
        """What others see: the strongest status of all sessions, the activities of the one that spoke last."""
        return self._shown.get(user_id, OFFLINE_SHOWN)

    def _show(self, user_id: int) -> bool:
        """Work out what others see now, and say whether that is a difference."""
        before, after = self.shown(user_id), self._work_out(user_id)
        if after is OFFLINE_SHOWN:
            self._shown.pop(user_id, None)
        else:
            self._shown[user_id] = after
        return after != before

    def _work_out(self, user_id: int) -> Shown:
        """What a user's sessions come to, with its custom status unless one of them claims another."""
        shown = _summary(self._claims.get(user_id, {}).values())
        custom = self._custom.get(user_id)
        if custom is None or shown is OFFLINE_SHOWN or any(each.type == CUSTOM for each in shown.activities):
            return shown
        return msgspec.structs.replace(shown, activities=(custom.activity, *shown.activities))


def _summary(all_claims: Iterable[Claim]) -> Shown:
    """What the claims of one user come to."""
    claims = [claim for claim in all_claims if claim.status in _STRENGTH]
    if not claims:
        return OFFLINE_SHOWN
    status = next(status for status in _STRENGTH if any(claim.status == status for claim in claims))
    activities = next((claim.activities for claim in reversed(claims) if claim.activities), ())
    by_client: dict[str, str] = {}
    for claim in claims:
        known = by_client.get(claim.client)
        if known is None or _STRENGTH.index(claim.status) < _STRENGTH.index(known):
            by_client[claim.client] = claim.status
    return Shown(status, activities, tuple(sorted(by_client.items())))
