"""Who is here: the presence that each session of a user claims, and the one that others see."""

from collections.abc import Iterable, Sequence

import msgspec

from tuichat.protocol.user import Activity

ONLINE, IDLE, DND, INVISIBLE, OFFLINE = "online", "idle", "dnd", "invisible", "offline"
STATUSES = frozenset({ONLINE, IDLE, DND, INVISIBLE, OFFLINE})
_STRENGTH = (DND, ONLINE, IDLE)  # of several sessions, the first of these that one has


class Shown(msgspec.Struct, frozen=True):
    """What others see of a user. `client_status` tells the status by kind of client (desktop, mobile, web)."""

    status: str = OFFLINE
    activities: tuple[Activity, ...] = ()
    client_status: tuple[tuple[str, str], ...] = ()


OFFLINE_SHOWN = Shown()


class _Claim(msgspec.Struct, frozen=True):
    status: str
    activities: tuple[Activity, ...]
    client: str


class Presences:
    """The presences of one process, held in memory: a session that is gone claims nothing.

    A server of several nodes puts the same methods before a shared store.
    """

    def __init__(self) -> None:
        self._claims: dict[int, dict[str, _Claim]] = {}
        self._shown: dict[int, Shown] = {}  # of those who are not offline: a READY asks for every member of its guilds

    def set(
        self, user_id: int, session_id: str, status: str, activities: Sequence[Activity], client: str = "desktop"
    ) -> bool:
        """Note what a session claims, and say whether others see a difference."""
        claims = self._claims.setdefault(user_id, {})
        claims.pop(session_id, None)  # so that the session that spoke last stands last
        claims[session_id] = _Claim(status, tuple(activities), client)
        return self._show(user_id)

    def remove(self, user_id: int, session_id: str) -> bool:
        """Forget a session, and say whether others see a difference."""
        claims = self._claims.get(user_id, {})
        claims.pop(session_id, None)
        if not claims:
            self._claims.pop(user_id, None)
        return self._show(user_id)

    def is_connected(self, user_id: int) -> bool:
        """Whether any session is open, invisible ones included."""
        return user_id in self._claims

    def connected_ids(self) -> list[int]:
        return list(self._claims)

    def client_of(self, user_id: int, session_id: str) -> str:
        claim = self._claims.get(user_id, {}).get(session_id)
        return claim.client if claim else "desktop"

    def shown(self, user_id: int) -> Shown:
        """What others see: the strongest status of all sessions, the activities of the one that spoke last."""
        return self._shown.get(user_id, OFFLINE_SHOWN)

    def _show(self, user_id: int) -> bool:
        """Work out what others see now, and say whether that is a difference."""
        before, after = self.shown(user_id), _summary(self._claims.get(user_id, {}).values())
        if after is OFFLINE_SHOWN:
            self._shown.pop(user_id, None)
        else:
            self._shown[user_id] = after
        return after != before


def _summary(all_claims: Iterable[_Claim]) -> Shown:
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
