"""Wire structs for tests, with as few words as a test needs."""

from tuichat.protocol.channel import Channel
from tuichat.protocol.dispatch.message import MessageCreate, MessageDelete, MessageUpdate
from tuichat.protocol.dispatch.ready import UserReady
from tuichat.protocol.guild import FullGuild, Member, Role
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import DEFAULT_EVERYONE
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import OwnUser, User

ME = 1000
OTHER = 1001
GUILD = 1
GENERAL = 10
RANDOM = 11


def user(user_id: int = OTHER, name: str | None = None) -> User:
    return User(id=Snowflake(user_id), username=name or f"user{user_id}")


def own_user() -> OwnUser:
    return OwnUser(id=Snowflake(ME), username="me")


def message(
    message_id: int,
    content: str = "",
    *,
    author: int = OTHER,
    channel: int = GENERAL,
    nonce: str | None = None,
    edited: str | None = None,
) -> Message:
    return Message(
        id=Snowflake(message_id),
        channel_id=Snowflake(channel),
        author=user(author),
        content=content or f"message {message_id}",
        nonce=nonce,
        edited_timestamp=edited,
    )


def created(told: Message) -> MessageCreate:
    """The MESSAGE_CREATE of a message."""
    return MessageCreate(**{name: getattr(told, name) for name in Message.__struct_fields__}, guild_id=Snowflake(GUILD))


def updated(told: Message) -> MessageUpdate:
    return MessageUpdate(**{name: getattr(told, name) for name in Message.__struct_fields__})


def deleted(message_id: int, channel: int = GENERAL) -> MessageDelete:
    return MessageDelete(id=Snowflake(message_id), channel_id=Snowflake(channel))


def channel(channel_id: int = GENERAL, name: str = "general", **fields: object) -> Channel:
    known: dict[str, object] = {"type": 0, "position": 0} | fields
    return Channel(id=Snowflake(channel_id), name=name, **known)  # type: ignore[arg-type]  # fields of any type


def guild(guild_id: int = GUILD, *channels: Channel, members: tuple[int, ...] = (ME, OTHER)) -> FullGuild:
    return FullGuild(
        id=Snowflake(guild_id),
        name=f"guild {guild_id}",
        owner_id=Snowflake(OTHER),
        roles=[Role(id=Snowflake(guild_id), name="@everyone", permissions=DEFAULT_EVERYONE)],
        member_count=len(members),
        members=[Member(user=user(member)) for member in members],
        channels=list(channels) or [channel()],
    )


def ready(*guilds: FullGuild, **fields: object) -> UserReady:
    return UserReady(
        v=10,
        user=own_user(),
        guilds=list(guilds) or [guild()],
        session_id="session",
        resume_gateway_url="ws://localhost/",
        **fields,  # type: ignore[arg-type]  # fields of any type
    )
