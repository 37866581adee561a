"""Relationships: friends, blocks and requests, as bodies and dispatches."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User


class RelationshipType(IntEnum):
    NONE = 0  # ignored alone
    FRIEND = 1
    BLOCKED = 2
    INCOMING_REQUEST = 3
    OUTGOING_REQUEST = 4


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """What another user is to the one who asks; `since` is when a request was sent or answered."""

    id: Snowflake
    type: int
    user: User
    nickname: str | None = None
    user_ignored: bool = False
    is_spam_request: bool = False
    stranger_request: bool = False
    since: str | UnsetType = UNSET


class RelationshipAdd(Relationship, frozen=True, kw_only=True):
    should_notify: bool | UnsetType = UNSET


class PartialRelationship(msgspec.Struct, frozen=True, kw_only=True):
    """What RELATIONSHIP_UPDATE and RELATIONSHIP_REMOVE tell."""

    id: Snowflake
    type: int
    nickname: str | None = None
    user_ignored: bool = False
    since: str | UnsetType = UNSET


class RelationshipUpdate(PartialRelationship, frozen=True, kw_only=True):
    pass


class RelationshipRemove(PartialRelationship, frozen=True, kw_only=True):
    pass


class FriendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /users/@me/relationships; `discriminator` is None, or absent, or "0" for the names that are in use."""

    username: str
    discriminator: str | int | UnsetType | None = UNSET


class PutRelationshipRequest(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /users/@me/relationships/{id}; without a type, or with -1, a request is sent or answered."""

    type: int | None = None
    confirm_stranger_request: bool | None = None


class EditRelationshipRequest(msgspec.Struct, frozen=True, kw_only=True):
    nickname: str | UnsetType | None = UNSET
