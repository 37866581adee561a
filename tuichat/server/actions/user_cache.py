"""The users in memory, as rows and as the wire shows them."""

from collections.abc import Iterable

from tuichat.protocol.user import OwnUser, User
from tuichat.server.store.rows import UserRow
from tuichat.server.store.social_rows import ProfileRow


class UserCache:
    """Every user of this server: by id, and by folded name."""

    def __init__(self, rows: Iterable[UserRow] = ()) -> None:
        self._rows: dict[int, UserRow] = {}
        self._ids_by_name: dict[str, int] = {}
        self._wire: dict[int, User] = {}
        for row in rows:
            self.put(row)

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, user_id: int) -> UserRow | None:
        return self._rows.get(user_id)

    def find(self, name_key: str) -> UserRow | None:
        """Find a user by folded name (`names.name_key`)."""
        user_id = self._ids_by_name.get(name_key)
        return None if user_id is None else self._rows[user_id]

    def all(self) -> list[UserRow]:
        return list(self._rows.values())

    def put(self, row: UserRow) -> None:
        earlier = self._rows.get(row.id)
        if earlier is not None and self._ids_by_name.get(earlier.name_key) == row.id:
            del self._ids_by_name[earlier.name_key]
        self._rows[row.id] = row
        self._ids_by_name[row.name_key] = row.id
        self._wire[row.id] = User(
            id=row.id,
            username=row.username,
            global_name=row.display_name,
            avatar=row.avatar,
            bot=row.is_bot,
            system=row.is_system,
        )

    def remove(self, user_id: int) -> None:
        """Forget a user whose account could not be made after all."""
        row = self._rows.pop(user_id, None)
        self._wire.pop(user_id, None)
        if row is not None and self._ids_by_name.get(row.name_key) == user_id:
            del self._ids_by_name[row.name_key]

    def wire(self, user_id: int) -> User:
        """The user as others see it. Raises KeyError for an id that never was."""
        return self._wire[user_id]


def own_user(row: UserRow, profile: ProfileRow | None = None) -> OwnUser:
    """The user as it sees itself. No email is ever verified: the server sends no mail."""
    profile = profile or ProfileRow(user_id=row.id)
    return OwnUser(
        id=row.id,
        username=row.username,
        global_name=row.display_name,
        avatar=row.avatar,
        bot=row.is_bot,
        system=row.is_system,
        email=profile.email,
        verified=profile.email is None,
        bio=profile.bio,
        pronouns=profile.pronouns,
        banner=profile.banner,
        accent_color=profile.accent_color,
    )
