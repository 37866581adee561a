"""What a user sees of somebody, and does with them: profile, note, friendship, block, and what moderators may."""

from datetime import UTC, datetime, timedelta

from msgspec import UNSET

from tuichat.client.errors import RefusedError
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.client.state import State
from tuichat.protocol.ban import BanRequest
from tuichat.protocol.profile import Profile
from tuichat.protocol.relationship import PutRelationshipRequest, RelationshipType
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.user_settings import EditNoteRequest, Note

NO_NOTE_STATUS = 404
MAX_REASON_CHARACTERS = 512  # Discord's documentation, "Audit Log", "Audit Log Entry Object"
MAX_NOTE_CHARACTERS = 256  # discord-userdoccers, "User Settings"


def get_profile(user_id: int, guild_id: int | None) -> Request:
    query = {"with_mutual_guilds": "true", "with_mutual_friends_count": "true"}
    if guild_id is not None:
        query["guild_id"] = str(int(guild_id))
    return make_request("GET", "/users/{}/profile", user_id, query=query, patience_s=5)


def edit_member(guild_id: int, user_id: int, body: EditMemberRequest, reason: str = "") -> Request:
    return make_request("PATCH", "/guilds/{}/members/{}", guild_id, user_id, body=body, reason=reason)


def put_relationship(user_id: int, kind: int | None) -> Request:
    body = PutRelationshipRequest(type=kind)
    return make_request("PUT", "/users/@me/relationships/{}", user_id, body=body, repeat=Repeat.UNSAFE)


class People:
    """One account's. Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest) -> None:
        self._state = state
        self._rest = rest

    async def profile(self, user_id: int, guild_id: int | None) -> Profile:
        """Return what somebody shows of itself, with a guild as its member, too."""
        return await self._rest.get(get_profile(user_id, guild_id), Profile)

    async def note(self, user_id: int) -> str:
        """Return what one has written about somebody, which nobody else sees; empty where there is nothing."""
        try:
            return (await self._rest.get(make_request("GET", "/users/@me/notes/{}", user_id), Note)).note
        except RefusedError as error:
            if error.status != NO_NOTE_STATUS:
                raise
            return ""

    async def write_note(self, user_id: int, text: str) -> None:
        await self._rest.perform(
            make_request("PUT", "/users/@me/notes/{}", user_id, body=EditNoteRequest(note=text or None))
        )

    def relation(self, user_id: int) -> RelationshipType:
        """Return what somebody is to the user."""
        return self._state.relations.get(user_id, RelationshipType.NONE)

    async def befriend(self, user_id: int) -> None:
        """Ask for friendship, or agree to it."""
        await self._rest.perform(put_relationship(user_id, None))

    async def block(self, user_id: int) -> None:
        await self._rest.perform(put_relationship(user_id, RelationshipType.BLOCKED))

    async def end_relation(self, user_id: int) -> None:
        """End a friendship, decline or take back a request, or lift a block."""
        await self._rest.perform(make_request("DELETE", "/users/@me/relationships/{}", user_id))

    async def rename(self, guild_id: int, user_id: int, nick: str) -> None:
        """Give a member another name in a guild; an empty one is its own again."""
        await self._rest.perform(edit_member(guild_id, user_id, EditMemberRequest(nick=nick or None)))

    async def time_out(self, guild_id: int, user_id: int, minutes: int, now: datetime, reason: str = "") -> None:
        """Have a member write nothing for a while; 0 minutes lets it write again."""
        end = (now.astimezone(UTC) + timedelta(minutes=minutes)).isoformat() if minutes else None
        body = EditMemberRequest(communication_disabled_until=end)
        await self._rest.perform(edit_member(guild_id, user_id, body, reason))

    async def kick(self, guild_id: int, user_id: int, reason: str = "") -> None:
        """Remove a member; the reason, of up to MAX_REASON_CHARACTERS, stands in the audit log."""
        await self._rest.perform(make_request("DELETE", "/guilds/{}/members/{}", guild_id, user_id, reason=reason))

    async def ban(self, guild_id: int, user_id: int, reason: str = "", erased_s: int = 0) -> None:
        """Keep somebody out of a guild, and delete what it wrote there in the last `erased_s` seconds, up to seven days."""
        body = BanRequest(delete_message_seconds=erased_s or UNSET)
        await self._rest.perform(make_request("PUT", "/guilds/{}/bans/{}", guild_id, user_id, body=body, reason=reason))
