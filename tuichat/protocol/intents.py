"""Intents: the bits of IDENTIFY that choose which dispatches a bot gets."""

import enum

import msgspec

from tuichat.protocol.errors import ProtocolError


class Intents(enum.IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


ALL_INTENTS = Intents(sum(Intents))
UNDOCUMENTED = 1 << 17  # of embedded activities; interactions.py asks for it among all, and there is nothing to send
PRIVILEGED_INTENTS = Intents.GUILD_MEMBERS | Intents.GUILD_PRESENCES | Intents.MESSAGE_CONTENT
STANDARD_INTENTS = ALL_INTENTS & ~PRIVILEGED_INTENTS


class EventIntents(msgspec.Struct, frozen=True):
    """The intents of which any one delivers an event: in a guild, and in a direct message."""

    guild: Intents
    direct: Intents = Intents(0)


def _table() -> dict[str, EventIntents]:
    messages = EventIntents(Intents.GUILD_MESSAGES, Intents.DIRECT_MESSAGES)
    reactions = EventIntents(Intents.GUILD_MESSAGE_REACTIONS, Intents.DIRECT_MESSAGE_REACTIONS)
    polls = EventIntents(Intents.GUILD_MESSAGE_POLLS, Intents.DIRECT_MESSAGE_POLLS)
    guilds = EventIntents(Intents.GUILDS)
    expressions = EventIntents(Intents.GUILD_EXPRESSIONS)
    grouped: dict[EventIntents, str] = {
        guilds: (
            "GUILD_CREATE GUILD_UPDATE GUILD_DELETE GUILD_ROLE_CREATE GUILD_ROLE_UPDATE GUILD_ROLE_DELETE"
            " THREAD_CREATE THREAD_UPDATE THREAD_DELETE THREAD_LIST_SYNC THREAD_MEMBER_UPDATE"
            " STAGE_INSTANCE_CREATE STAGE_INSTANCE_UPDATE STAGE_INSTANCE_DELETE VOICE_CHANNEL_STATUS_UPDATE"
            " VOICE_CHANNEL_START_TIME_UPDATE"
        ),
        EventIntents(Intents.GUILDS, Intents.DIRECT_MESSAGES): (
            "CHANNEL_CREATE CHANNEL_UPDATE CHANNEL_DELETE CHANNEL_PINS_UPDATE"
        ),
        EventIntents(Intents.GUILD_MEMBERS): (
            "GUILD_MEMBER_ADD GUILD_MEMBER_UPDATE GUILD_MEMBER_REMOVE THREAD_MEMBERS_UPDATE"
        ),
        EventIntents(Intents.GUILD_MODERATION): "GUILD_AUDIT_LOG_ENTRY_CREATE GUILD_BAN_ADD GUILD_BAN_REMOVE",
        expressions: (
            "GUILD_EMOJIS_UPDATE GUILD_STICKERS_UPDATE GUILD_SOUNDBOARD_SOUND_CREATE GUILD_SOUNDBOARD_SOUND_UPDATE"
            " GUILD_SOUNDBOARD_SOUND_DELETE GUILD_SOUNDBOARD_SOUNDS_UPDATE"
        ),
        EventIntents(Intents.GUILD_INTEGRATIONS): (
            "GUILD_INTEGRATIONS_UPDATE INTEGRATION_CREATE INTEGRATION_UPDATE INTEGRATION_DELETE"
        ),
        EventIntents(Intents.GUILD_WEBHOOKS): "WEBHOOKS_UPDATE",
        EventIntents(Intents.GUILD_INVITES): "INVITE_CREATE INVITE_DELETE",
        EventIntents(Intents.GUILD_VOICE_STATES): "VOICE_STATE_UPDATE VOICE_CHANNEL_EFFECT_SEND",
        EventIntents(Intents.GUILD_PRESENCES): "PRESENCE_UPDATE",
        messages: "MESSAGE_CREATE MESSAGE_UPDATE MESSAGE_DELETE",
        EventIntents(Intents.GUILD_MESSAGES): "MESSAGE_DELETE_BULK",
        reactions: (
            "MESSAGE_REACTION_ADD MESSAGE_REACTION_ADD_MANY MESSAGE_REACTION_REMOVE MESSAGE_REACTION_REMOVE_ALL"
            " MESSAGE_REACTION_REMOVE_EMOJI"
        ),
        EventIntents(Intents.GUILD_MESSAGE_TYPING, Intents.DIRECT_MESSAGE_TYPING): "TYPING_START",
        EventIntents(Intents.GUILD_SCHEDULED_EVENTS): (
            "GUILD_SCHEDULED_EVENT_CREATE GUILD_SCHEDULED_EVENT_UPDATE GUILD_SCHEDULED_EVENT_DELETE"
            " GUILD_SCHEDULED_EVENT_USER_ADD GUILD_SCHEDULED_EVENT_USER_REMOVE GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE"
            " GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE"
        ),
        EventIntents(Intents.AUTO_MODERATION_CONFIGURATION): (
            "AUTO_MODERATION_RULE_CREATE AUTO_MODERATION_RULE_UPDATE AUTO_MODERATION_RULE_DELETE"
        ),
        EventIntents(Intents.AUTO_MODERATION_EXECUTION): "AUTO_MODERATION_ACTION_EXECUTION",
        polls: "MESSAGE_POLL_VOTE_ADD MESSAGE_POLL_VOTE_REMOVE",
    }
    return {name: intents for intents, names in grouped.items() for name in names.split()}


EVENT_INTENTS = _table()  # Discord's documentation, "List of Intents"; an event that is not here goes to everybody


def is_delivered(event: str, intents: int, *, in_guild: bool) -> bool:
    """Say whether a session with these intents gets an event that happened in a guild, or in a direct message.

    One's own GUILD_MEMBER_UPDATE and VOICE_STATE_UPDATE are sent whatever this says: libraries need them to connect.
    """
    wanted = EVENT_INTENTS.get(event)
    if wanted is None:
        return True
    mask = wanted.guild if in_guild else wanted.direct
    return mask == 0 or bool(mask & intents)


def parse_intents(value: int) -> Intents:
    """Return the intents of a number from IDENTIFY, raising ProtocolError where it has bits that nobody defined."""
    value = value & ~UNDOCUMENTED if value > 0 else value
    if value < 0 or value & ~int(ALL_INTENTS):
        unknown = value & ~int(ALL_INTENTS) if 0 <= value < 1 << 64 else "a number out of range"
        raise ProtocolError(f"intents may set bits of {int(ALL_INTENTS)} only, got {unknown} beside them")
    return Intents(value)
