"""What every action is handed: the server's truth, and who asks."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from tuichat.protocol.guild import Member
from tuichat.protocol.message import Message
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.server.accounts import Accounts, Actor
from tuichat.server.actions.avatar_memory import AvatarMemory
from tuichat.server.actions.call_book import CallBook
from tuichat.server.actions.command_cache import CommandCache
from tuichat.server.actions.direct_cache import DirectCache
from tuichat.server.actions.due_clock import DueClock
from tuichat.server.actions.follow_cache import FollowCache
from tuichat.server.actions.guild_cache import GuildCache, GuildState
from tuichat.server.actions.held_files import HeldFiles
from tuichat.server.actions.interaction_registry import InteractionRegistry
from tuichat.server.actions.keyed_locks import KeyedLocks
from tuichat.server.actions.links import Links, open_links
from tuichat.server.actions.notice_cache import NoticeCache
from tuichat.server.actions.preview_queue import PreviewQueue
from tuichat.server.actions.privacy_cache import PrivacyCache
from tuichat.server.actions.relationship_cache import RelationshipCache
from tuichat.server.actions.scheduled_event_cache import ScheduledEventCache
from tuichat.server.actions.signing import Signer, open_signer
from tuichat.server.actions.slowmode import Slowmode
from tuichat.server.actions.sound_cache import SoundCache
from tuichat.server.actions.thread_counts import ThreadCounts
from tuichat.server.actions.told_rooms import ToldRooms
from tuichat.server.actions.untold_seats import UntoldSeats
from tuichat.server.actions.upload_book import UploadBook
from tuichat.server.actions.user_cache import UserCache
from tuichat.server.actions.versions import Versions
from tuichat.server.actions.voice_rooms import NoVoiceRooms, VoiceRooms
from tuichat.server.actions.voice_seats import VoiceSeats
from tuichat.server.background import Background
from tuichat.server.bus import Bus
from tuichat.server.fetch.fetcher import Fetcher
from tuichat.server.files.file_store import FileStore
from tuichat.server.files.pictures import Pictures
from tuichat.server.last_days import LastDays
from tuichat.server.login_throttle import Throttle
from tuichat.server.options import DEFAULT_MAX_UPLOAD_BYTES, Registration
from tuichat.server.presences import Presences
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.rows import MemberRow
from tuichat.server.store.store import Store

# Discord's documentation, "Create Private Channel": ten first messages in ten minutes; ours come back one by one.
DIRECT_BURST, DIRECT_REFILL_MS = 10, 60_000
REACTION_BURST, REACTION_REFILL_MS = (
    20,
    50,
)  # taste: a screen shows no more emoji of an audience, and each is sent to all

__all__ = ["Actor", "Context", "GuildCache", "GuildState", "open_context", "unix_ms"]


def unix_ms() -> int:
    return time.time_ns() // 1_000_000


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """One running server. Actions read and change it on its loop only."""

    store: Store
    bus: Bus
    accounts: Accounts
    guilds: GuildCache
    directs: DirectCache
    relations: RelationshipCache
    follows: FollowCache
    told_rooms: ToldRooms
    privacy: PrivacyCache
    commands: CommandCache
    interactions: InteractionRegistry
    signer: Signer
    background: Background
    notices: NoticeCache
    versions: Versions
    users: UserCache
    presences: Presences
    edits: KeyedLocks  # one edit of a message, account or application (by id) at a time, so that none undoes another's
    slowmode: Slowmode
    last_days: LastDays
    room_reactions: Throttle  # emoji of the audience of live rooms, by channel
    direct_openings: Throttle  # first messages to people, by who writes them
    files: FileStore
    pictures: Pictures
    uploads: UploadBook
    links: Links
    thread_slowmode: Slowmode  # of threads that are begun, which is counted beside messages
    archive_clock: DueClock
    fetcher: Fetcher
    avatars: AvatarMemory
    held_files: HeldFiles
    previews: PreviewQueue
    home_lock: asyncio.Lock
    move_lock: asyncio.Lock  # held while the data moves into another database
    voice_rooms: VoiceRooms
    voice_seats: VoiceSeats
    untold_seats: UntoldSeats
    calls: CallBook
    sounds: SoundCache
    scheduled_events: ScheduledEventCache
    event_clock: DueClock
    shown_members: dict[
        tuple[int, int], tuple[MemberRow, User, Member]
    ]  # by guild and user, as `wire.member` made them
    shown_messages: dict[int, tuple[MessageRow, User, Message]]  # by id, plain ones as `message_objects` made them
    registration: Registration = Registration.INVITE
    max_upload_bytes: int = DEFAULT_MAX_UPLOAD_BYTES  # of all files of a request, or of one that is sent before
    now_ms: Callable[[], int] = unix_ms

    def next_id(self) -> Snowflake:
        return self.store.next_id(self.now_ms())


async def open_context(
    store: Store,
    bus: Bus,
    *,
    files: FileStore,
    fetcher: Fetcher | None = None,
    link_previews: bool = False,
    accounts: Accounts | None = None,
    registration: Registration = Registration.INVITE,
    max_upload_bytes: int = DEFAULT_MAX_UPLOAD_BYTES,
    direct_burst: int = DIRECT_BURST,
    voice_rooms: VoiceRooms | None = None,
    now_ms: Callable[[], int] = unix_ms,
) -> Context:
    """Read what the store knows into memory. `bus` is the one that the store publishes to."""
    snapshot = await store.load()
    uploads = UploadBook(files)
    uploads.load(await store.read_uploads())
    social = await store.load_social()
    directs = DirectCache((channel for channel in snapshot.channels if channel.recipient_ids), social.direct_states)
    for channel_id, message_id in snapshot.last_message_ids.items():
        if directs.get(channel_id) is not None:
            directs.last_message_ids[channel_id] = message_id
    for channel_id, pinned_ms in snapshot.last_pins_ms.items():
        if directs.get(channel_id) is not None:
            directs.last_pins_ms[channel_id] = pinned_ms
    guilds = GuildCache.of(snapshot)
    bus.subscribe(ThreadCounts(guilds).follow)
    archive_clock = DueClock()
    for state in guilds.all():
        for thread in state.active_threads():
            archive_clock.watch(thread.id, 0)  # the first look finds out when
    event_clock = DueClock()
    for row in snapshot.scheduled_events:
        event_clock.watch(row.id, 0)  # likewise
    return Context(
        store=store,
        bus=bus,
        accounts=accounts or Accounts(store, now_ms=now_ms),
        guilds=guilds,
        directs=directs,
        relations=RelationshipCache(social.relationships),
        follows=FollowCache(social.followed_users, social.followed_guilds, social.followed_topics),
        told_rooms=ToldRooms(),
        privacy=PrivacyCache(social.privacy),
        notices=NoticeCache(social.guild_settings),
        versions=Versions(),
        room_reactions=Throttle(burst=REACTION_BURST, refill_ms=REACTION_REFILL_MS),
        direct_openings=Throttle(burst=direct_burst, refill_ms=DIRECT_REFILL_MS),
        commands=CommandCache(snapshot.commands, snapshot.command_permissions),
        interactions=InteractionRegistry(),
        signer=await open_signer(store),
        background=Background(),
        users=UserCache(snapshot.users),
        presences=Presences(),
        edits=KeyedLocks(),
        slowmode=Slowmode(),
        last_days=LastDays((int(row.user_id), row.day) for row in snapshot.seen),
        files=files,
        pictures=Pictures(),
        uploads=uploads,
        links=await open_links(store),
        thread_slowmode=Slowmode(),
        archive_clock=archive_clock,
        fetcher=fetcher or Fetcher(),
        avatars=AvatarMemory(),
        held_files=HeldFiles(),
        previews=PreviewQueue(is_open=link_previews),
        home_lock=asyncio.Lock(),
        move_lock=asyncio.Lock(),
        voice_rooms=voice_rooms or NoVoiceRooms(),
        voice_seats=VoiceSeats(),
        untold_seats=UntoldSeats(),
        calls=CallBook(),
        sounds=SoundCache(snapshot.sounds),
        scheduled_events=ScheduledEventCache(snapshot.scheduled_events),
        event_clock=event_clock,
        shown_members={},
        shown_messages={},
        registration=registration,
        max_upload_bytes=max_upload_bytes,
        now_ms=now_ms,
    )
