"""Operations: the parts of one write, which happen together or not at all."""

import msgspec

from tuichat.server.store.rows import Row


class Put(msgspec.Struct, frozen=True):
    """Insert a row, or replace the one with its key."""

    row: Row


class DeleteGuild(msgspec.Struct, frozen=True):
    """Remove a guild with all that belongs to it; its messages follow little by little."""

    guild_id: int


class DeleteChannel(msgspec.Struct, frozen=True):
    """Remove a channel with its invites and read states; its messages follow little by little."""

    channel_id: int


class DeleteRole(msgspec.Struct, frozen=True):
    """Remove a role. Members and channels that name it are put anew by the caller."""

    role_id: int


class DeleteMember(msgspec.Struct, frozen=True):
    """Remove a user from a guild."""

    guild_id: int
    user_id: int


class DeleteMessage(msgspec.Struct, frozen=True):
    """Remove a message; raises Conflict when it is not there."""

    channel_id: int
    message_id: int


class DeleteInvite(msgspec.Struct, frozen=True):
    """Remove an invite; raises Conflict when it is not there."""

    code: str


class DeleteToken(msgspec.Struct, frozen=True):
    """Revoke one token."""

    token_id: int


class DeleteTokensOf(msgspec.Struct, frozen=True):
    """Revoke every token of a user."""

    user_id: int


Operation = (
    Put
    | DeleteGuild
    | DeleteChannel
    | DeleteRole
    | DeleteMember
    | DeleteMessage
    | DeleteInvite
    | DeleteToken
    | DeleteTokensOf
)
