"""Who is interested in a scheduled event."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.guild import Member
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

INTERESTED = 1


class EventSubscriber(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's interest in an event; `user` in lists, `member` where it was asked for and there is one."""

    guild_scheduled_event_id: Snowflake
    user_id: Snowflake
    response: int = INTERESTED
    user: User | UnsetType = UNSET
    member: Member | UnsetType = UNSET


class SubscribedUser(User, frozen=True, kw_only=True):
    """The same as older clients want it: a user, with its member."""

    guild_member: Member | UnsetType = UNSET


class SubscribedUsers(msgspec.Struct, frozen=True, kw_only=True):
    users: list[SubscribedUser]


class SubscriberCount(msgspec.Struct, frozen=True, kw_only=True):
    """GET .../users/counts; no time of a recurring event has subscribers of its own."""

    guild_scheduled_event_count: int
    guild_scheduled_event_exception_counts: dict[str, int] = {}


class _Subscription(msgspec.Struct, frozen=True, kw_only=True):
    guild_scheduled_event_id: Snowflake
    user_id: Snowflake
    guild_id: Snowflake
    response: int = INTERESTED


class ScheduledEventUserAdd(_Subscription, frozen=True, kw_only=True):
    """GUILD_SCHEDULED_EVENT_USER_ADD."""


class ScheduledEventUserRemove(_Subscription, frozen=True, kw_only=True):
    """GUILD_SCHEDULED_EVENT_USER_REMOVE."""
