"""Who is let in at the gateway, and what a new session is told first."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.dispatch.ready import Ready, UserReady
from tuichat.protocol.gateway import Capability, CloseCode, Identify, IdentifyProperties, PresenceUpdate
from tuichat.protocol.guild import FullGuild, UnavailableGuild
from tuichat.protocol.intents import PRIVILEGED_INTENTS, Intents
from tuichat.protocol.user import ClientInfo, SessionInfo
from tuichat.server.accounts import Actor
from tuichat.server.actions import auth, calls, voice_telling
from tuichat.server.actions.context import Context
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.ready import bot_ready, full_guild, user_ready
from tuichat.server.actions.voice_objects import AUDIENCE_EVENT
from tuichat.server.gateway.prepared import PreparedDispatch
from tuichat.server.gateway.session import STORED, Session

MAX_SESSIONS = 100  # of one account
MAX_EXTENSION_EVENTS = 64
MIN_LARGE_THRESHOLD, MAX_LARGE_THRESHOLD = (
    50,
    250,
)  # of IDENTIFY, by Discord's documentation; a bot's default is the least
READY_SLICE_S = 0.002  # how long guilds are gathered in one turn of the loop
LARGE_BYTES = 1024 * 1024  # of a READY: each copy of it has a turn of its own
NoteTold = Callable[[int | None], None]

# Application flags that allow a privileged intent, in full or for an application in few guilds (Discord's
# documentation, "Application Flags").
_ALLOWING_FLAGS = {
    Intents.GUILD_PRESENCES: 1 << 12 | 1 << 13,
    Intents.GUILD_MEMBERS: 1 << 14 | 1 << 15,
    Intents.MESSAGE_CONTENT: 1 << 18 | 1 << 19,
}


_WEB_BROWSERS = ("chrome", "firefox", "safari", "edge", "opera")
_SYSTEMS = {
    "osx": ("mac", "osx", "darwin"),
    "windows": ("win",),
    "android": ("android",),
    "ios": ("ios",),
    "linux": ("linux",),
}  # the first one whose names are found; "darwin" has a "win" in it


class Refused(msgspec.Struct, frozen=True):
    """An IDENTIFY is refused for good."""

    code: CloseCode
    reason: str


def open_session(actor: Actor, identify: Identify) -> Session | Refused:
    """Make the session that an authenticated client asks for."""
    if actor.is_bot and identify.intents is UNSET:
        return Refused(CloseCode.INVALID_INTENTS, "a bot's IDENTIFY needs intents")
    intents = None if identify.intents is UNSET else identify.intents
    if actor.is_bot and intents is not None:
        disallowed = disallowed_intents(intents, actor.application_flags)
        if disallowed:
            names = " and ".join(str(intent.name) for intent in disallowed)
            return Refused(CloseCode.DISALLOWED_INTENTS, f"this application may not ask for {names}")
    shard = (identify.shard[0], identify.shard[1]) if isinstance(identify.shard, list) else None
    events = identify.tuichat_events if isinstance(identify.tuichat_events, list) else []
    return Session(
        actor=actor,
        intents=intents,
        shard=shard,
        extension_events=frozenset(events[:MAX_EXTENSION_EVENTS]),
        capabilities=identify.capabilities if isinstance(identify.capabilities, int) and not actor.is_bot else 0,
    )


def disallowed_intents(intents: int, application_flags: int) -> list[Intents]:
    """Return the privileged intents that an application's flags do not allow."""
    asked = Intents(intents) & PRIVILEGED_INTENTS
    return [intent for intent, flags in _ALLOWING_FLAGS.items() if intent & asked and not flags & application_flags]


def first_status(session: Session, identify: Identify) -> str:
    """The status that a session begins with: what its IDENTIFY says, else what its account's settings have."""
    if isinstance(identify.presence, PresenceUpdate):
        return identify.presence.shown_status
    return "online" if session.settings is None else session.settings.status


def client_info(session: Session, identify: Identify) -> ClientInfo:
    """What kind of client this is, by what it says of itself; a bot shows as web (Discord's "Client Status Object")."""
    properties = identify.properties or IdentifyProperties()
    browser, os = properties.browser.lower(), properties.os.lower()
    if "android" in browser or "ios" in browser:
        client = "mobile"
    elif session.is_bot or any(name in browser for name in _WEB_BROWSERS):
        client = "web"
    else:
        client = "desktop"
    system = next((shown for shown, names in _SYSTEMS.items() if any(name in os for name in names)), "unknown")
    return ClientInfo(client=client, os=system)


def _own_session(session: Session, identify: Identify) -> SessionInfo:
    return SessionInfo(
        session_id=session.id, client_info=client_info(session, identify), status=first_status(session, identify)
    )


async def first_dispatches(
    context: Context,
    session: Session,
    identify: Identify,
    *,
    version: int,
    resume_url: str,
    note_told: NoteTold,
) -> list[PreparedDispatch]:
    """Return READY, and for a bot its guilds after it.

    Guild by guild, so that the loop is not held: `note_told` is called as each stands in READY, with
    STORED before the account's rows are read, and with None for the rest.
    """
    if session.is_bot:
        return await _bot_dispatches(context, session, identify, version, resume_url)
    large_threshold = _large_threshold(identify, default=MAX_LARGE_THRESHOLD)
    guilds: list[msgspec.Raw] = []
    end = time.perf_counter() + READY_SLICE_S
    for guild_id in [state.id for state in context.guilds.of_user(session.user_id)]:
        try:
            guild = full_guild(
                context,
                session.user_id,
                guild_id,
                large_threshold=large_threshold,
                without_audiences=AUDIENCE_EVENT in session.extension_events,
            )
        except ActionError:
            continue  # it was left meanwhile
        guilds.append(msgspec.Raw(codec.encode(guild)))
        note_told(guild_id)
        if time.perf_counter() >= end:
            await asyncio.sleep(0)
            end = time.perf_counter() + READY_SLICE_S
    note_told(STORED)
    state = await user_ready(context, session.actor, capabilities=session.capabilities)
    note_told(None)
    session.settings = state.settings
    ready = UserReady(
        v=version,
        user=state.user,
        guilds=cast(list[FullGuild], guilds),  # encoded already
        session_id=session.id,
        resume_gateway_url=resume_url,
        private_channels=state.private_channels,
        read_state=state.read_state,
        users=state.users,
        relationships=state.relationships,
        user_settings=UNSET if session.capabilities & Capability.USER_SETTINGS_PROTO else state.settings,
        user_settings_proto=UNSET if state.settings_proto is None else state.settings_proto,
        user_guild_settings=state.guild_settings,
        notes=UNSET if session.capabilities & Capability.LAZY_USER_NOTES else state.notes,
        sessions=[*state.sessions, _own_session(session, identify)],
        auth_session_id_hash=UNSET if session.actor.token_id is None else auth.session_hash(session.actor.token_id),
        presences=state.presences,
    )
    body = codec.encode(ready)
    going_on = calls.own_calls(context, session.actor) if session.capabilities & Capability.AUTO_CALL_CONNECT else []
    further = [PreparedDispatch("CALL_CREATE", codec.encode(call)) for call in going_on]
    further += _audiences(context, session)
    if len(body) < LARGE_BYTES:
        return [PreparedDispatch("READY", body), *further]
    await asyncio.sleep(0)
    dispatch = PreparedDispatch("READY", body)
    await asyncio.sleep(0)
    return [dispatch, *further]


async def _bot_dispatches(
    context: Context, session: Session, identify: Identify, version: int, resume_url: str
) -> list[PreparedDispatch]:
    state = bot_ready(context, session.actor)
    guild_ids = [guild_id for guild_id in state.guild_ids if session.takes_guild(guild_id)]
    ready = Ready(
        v=version,
        user=state.user,
        guilds=[UnavailableGuild(id=guild_id, unavailable=True) for guild_id in guild_ids],
        session_id=session.id,
        resume_gateway_url=resume_url,
        application=state.application,
        shard=UNSET if session.shard is None else session.shard,
    )
    dispatches = [PreparedDispatch("READY", codec.encode(ready))]
    if not session.intents & Intents.GUILDS:
        return dispatches
    large_threshold = _large_threshold(identify, default=MIN_LARGE_THRESHOLD)
    for guild_id in guild_ids:
        body = bot_guild(context, session, guild_id, large_threshold=large_threshold, unavailable=False)
        if body is not None:
            dispatches.append(PreparedDispatch("GUILD_CREATE", body))
        await asyncio.sleep(0)
    return [*dispatches, *_audiences(context, session)]


def _audiences(context: Context, session: Session) -> list[PreparedDispatch]:
    """The numbers of each stage with anybody in it, for who asked for them in place of the people."""
    if AUDIENCE_EVENT not in session.extension_events:
        return []
    return [
        PreparedDispatch(AUDIENCE_EVENT, codec.encode(told), guild_id=state.id)
        for state in context.guilds.of_user(session.user_id)
        if session.takes_guild(state.id)
        for told in voice_telling.audiences(context, state, state.members[session.user_id])
    ]


def _large_threshold(identify: Identify, *, default: int) -> int:
    asked = identify.large_threshold
    return default if isinstance(asked, UnsetType) else min(max(asked, MIN_LARGE_THRESHOLD), MAX_LARGE_THRESHOLD)


def bot_guild(
    context: Context,
    session: Session,
    guild_id: int,
    *,
    large_threshold: int = MIN_LARGE_THRESHOLD,
    unavailable: bool | UnsetType = UNSET,
) -> bytes | None:
    """Return the body of a bot's GUILD_CREATE, as its intents allow; None when it is in the guild no more."""
    try:
        guild = full_guild(
            context,
            session.user_id,
            guild_id,
            large_threshold=large_threshold,
            with_presences=bool(session.intents & Intents.GUILD_PRESENCES),
            without_audiences=AUDIENCE_EVENT in session.extension_events,
        )
    except ActionError:
        return None  # it was left, or deleted, in these milliseconds; GUILD_DELETE follows
    return codec.encode(msgspec.structs.replace(guild, unavailable=unavailable))


def joined_guild(context: Context, session: Session, guild_id: int, body: bytes) -> bytes | None:
    """Return the body of GUILD_CREATE for a session whose user joined; `body` is that of an account that asked for the numbers
    of audiences in place of the people."""
    if session.is_bot:
        return bot_guild(context, session, guild_id)
    if AUDIENCE_EVENT in session.extension_events or guild_id not in context.voice_seats:
        return body
    try:
        return codec.encode(full_guild(context, session.user_id, guild_id))
    except ActionError:
        return None
