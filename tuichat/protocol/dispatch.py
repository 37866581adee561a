"""Dispatches: every gateway event that both programs know, name by name."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.call import CallCreate, CallDelete, CallUpdate, VoiceServerUpdate
from tuichat.protocol.channel import Channel, ThreadMember
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.guild import FullGuild, Guild, Member, PartialMember, Role, UnavailableGuild, VoiceState
from tuichat.protocol.guild_settings import UserGuildSettings
from tuichat.protocol.interaction import AutocompleteResponse, InteractionFailure, InteractionSuccess, ModalCreate
from tuichat.protocol.member_list import MemberListUpdate
from tuichat.protocol.message import Message, ReactionEmoji
from tuichat.protocol.private_channel import ChannelRecipientAdd, ChannelRecipientRemove, PrivateChannel
from tuichat.protocol.relationship import Relationship, RelationshipAdd, RelationshipRemove, RelationshipUpdate
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundboardSound, SoundboardSounds, SoundDelete, VoiceChannelEffectSend
from tuichat.protocol.stage import StageInstance
from tuichat.protocol.thread import FollowingMember
from tuichat.protocol.user import OwnUser, Presence, SessionInfo, User
from tuichat.protocol.user_settings import EditUserSettings, UserNoteUpdate, UserSettings, UserSettingsProtoUpdate


class ReadState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a user has read a channel; `id` is the channel's. The last three are those of what is no channel."""

    id: Snowflake
    last_message_id: Snowflake | None = None
    mention_count: int = 0
    last_pin_timestamp: str | UnsetType = UNSET
    flags: int | UnsetType = UNSET
    last_viewed: int | UnsetType = UNSET
    read_state_type: int | UnsetType = UNSET
    last_acked_id: Snowflake | UnsetType = UNSET
    badge_count: int | UnsetType = UNSET


class VersionedReadStates(msgspec.Struct, frozen=True, kw_only=True):
    """Read states, as those sessions want them that asked for versions."""

    entries: list[ReadState]
    version: int
    partial: bool = False


class VersionedGuildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Notification settings, likewise."""

    entries: list[UserGuildSettings]
    version: int
    partial: bool = False


class NotificationSettings(msgspec.Struct, frozen=True, kw_only=True):
    flags: int = 0


class ReadyApplication(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    flags: int = 0


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """READY of a bot: its guilds follow as GUILD_CREATE."""

    v: int
    user: OwnUser
    guilds: list[UnavailableGuild]
    session_id: str
    resume_gateway_url: str
    session_type: str = "normal"
    application: ReadyApplication | UnsetType = UNSET
    shard: tuple[int, int] | UnsetType = UNSET
    private_channels: list[Channel] = []
    user_settings: dict[str, str] = {}
    relationships: list[msgspec.Raw] = []
    presences: list[Presence] = []
    geo_ordered_rtc_regions: list[str] = []
    auth: dict[str, str] = {}
    _trace: list[str] = []


class UserReady(msgspec.Struct, frozen=True, kw_only=True):
    """READY of a user account: whole guilds, and how far each channel was read."""

    v: int
    user: OwnUser
    guilds: list[FullGuild]
    session_id: str
    resume_gateway_url: str
    session_type: str = "normal"
    private_channels: list[PrivateChannel] = []
    read_state: list[ReadState] | VersionedReadStates = []
    users: list[User] = []
    user_settings: UserSettings | UnsetType = UNSET
    user_settings_proto: str | UnsetType = UNSET
    user_guild_settings: list[UserGuildSettings] | VersionedGuildSettings = []
    notification_settings: NotificationSettings = NotificationSettings()
    relationships: list[Relationship] = []
    presences: list[Presence] = []
    notes: dict[str, str] | UnsetType = UNSET
    sessions: list[SessionInfo] = []
    auth_session_id_hash: str | UnsetType = UNSET
    friend_suggestion_count: int = 0
    connected_accounts: list[msgspec.Raw] = []
    experiments: list[msgspec.Raw] = []
    guild_experiments: list[msgspec.Raw] = []
    country_code: str = ""
    tutorial: None = None
    _trace: list[str] = []

    @property
    def read_states(self) -> list[ReadState]:
        """The read states, however they were sent."""
        return self.read_state.entries if isinstance(self.read_state, VersionedReadStates) else self.read_state

    @property
    def guild_settings(self) -> list[UserGuildSettings]:
        """The settings of guilds, likewise."""
        told = self.user_guild_settings
        return told.entries if isinstance(told, VersionedGuildSettings) else told


class Resumed(msgspec.Struct, frozen=True, kw_only=True):
    """RESUMED; an object, since discord.py writes a key into it."""

    _trace: list[str] = []


class GuildCreate(FullGuild, frozen=True, kw_only=True):
    pass


class GuildUpdate(Guild, frozen=True, kw_only=True):
    pass


class GuildDelete(UnavailableGuild, frozen=True, kw_only=True):
    pass


class ChannelCreate(Channel, frozen=True, kw_only=True):
    pass


class ChannelUpdate(Channel, frozen=True, kw_only=True):
    pass


class ChannelDelete(Channel, frozen=True, kw_only=True):
    pass


class ThreadCreate(Channel, frozen=True, kw_only=True):
    """THREAD_CREATE: a new thread, or one that the receiver was added to."""

    newly_created: bool | UnsetType = UNSET


class ThreadUpdate(Channel, frozen=True, kw_only=True):
    pass


class ThreadDelete(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    guild_id: Snowflake
    parent_id: Snowflake
    type: int


class ThreadListSync(msgspec.Struct, frozen=True, kw_only=True):
    """THREAD_LIST_SYNC: all active threads in channels that the receiver sees from now on."""

    guild_id: Snowflake
    threads: list[Channel]
    members: list[ThreadMember] = []
    channel_ids: list[Snowflake] | UnsetType = UNSET


class ThreadMemberUpdate(ThreadMember, frozen=True, kw_only=True):
    guild_id: Snowflake


class ThreadMembersUpdate(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    guild_id: Snowflake
    member_count: int
    added_members: list[FollowingMember] | UnsetType = UNSET
    removed_member_ids: list[Snowflake] | UnsetType = UNSET


class RoleCreate(msgspec.Struct, frozen=True, kw_only=True):
    guild_id: Snowflake
    role: Role


class RoleUpdate(msgspec.Struct, frozen=True, kw_only=True):
    guild_id: Snowflake
    role: Role


class RoleDelete(msgspec.Struct, frozen=True, kw_only=True):
    guild_id: Snowflake
    role_id: Snowflake


class BanAdd(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_BAN_ADD, to those who may ban."""

    guild_id: Snowflake
    user: User


class BanRemove(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_BAN_REMOVE, likewise."""

    guild_id: Snowflake
    user: User


class EmojisUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_EMOJIS_UPDATE: all emojis that the guild has now."""

    guild_id: Snowflake
    emojis: list[Emoji]


class MemberAdd(Member, frozen=True, kw_only=True):
    guild_id: Snowflake


class MemberUpdate(Member, frozen=True, kw_only=True):
    guild_id: Snowflake


class MemberRemove(msgspec.Struct, frozen=True, kw_only=True):
    guild_id: Snowflake
    user: User


class MembersChunk(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_MEMBERS_CHUNK: at most 1000 members each; `nonce` echoes the request's."""

    guild_id: Snowflake
    members: list[Member]
    chunk_index: int
    chunk_count: int
    not_found: list[Snowflake] | UnsetType = UNSET
    presences: list[Presence] | UnsetType = UNSET
    nonce: str | UnsetType = UNSET


class MessageCreate(Message, frozen=True, kw_only=True):
    guild_id: Snowflake | UnsetType = UNSET
    member: PartialMember | UnsetType = UNSET


class MessageUpdate(Message, frozen=True, kw_only=True):
    guild_id: Snowflake | UnsetType = UNSET
    member: PartialMember | UnsetType = UNSET


class MessageDelete(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | UnsetType = UNSET


class MessageDeleteBulk(msgspec.Struct, frozen=True, kw_only=True):
    """Several messages of a channel at once."""

    ids: list[Snowflake]
    channel_id: Snowflake
    guild_id: Snowflake | UnsetType = UNSET


class ReactionAdd(msgspec.Struct, frozen=True, kw_only=True):
    """MESSAGE_REACTION_ADD; `member` where it happened in a guild."""

    user_id: Snowflake
    channel_id: Snowflake
    message_id: Snowflake
    emoji: ReactionEmoji
    guild_id: Snowflake | UnsetType = UNSET
    member: Member | UnsetType = UNSET
    message_author_id: Snowflake | UnsetType = UNSET
    burst: bool = False
    burst_colors: list[str] = []
    type: int = 0


class ReactionRemove(msgspec.Struct, frozen=True, kw_only=True):
    user_id: Snowflake
    channel_id: Snowflake
    message_id: Snowflake
    emoji: ReactionEmoji
    guild_id: Snowflake | UnsetType = UNSET
    burst: bool = False
    type: int = 0


class ReactionRemoveAll(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    message_id: Snowflake
    guild_id: Snowflake | UnsetType = UNSET


class ReactionRemoveEmoji(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    message_id: Snowflake
    emoji: ReactionEmoji
    guild_id: Snowflake | UnsetType = UNSET


class ChannelPinsUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A message was pinned or unpinned; `last_pin_timestamp` is the newest pin's, null when there is none."""

    channel_id: Snowflake
    guild_id: Snowflake | UnsetType = UNSET
    last_pin_timestamp: str | None = None


class PollVoteAdd(msgspec.Struct, frozen=True, kw_only=True):
    user_id: Snowflake
    channel_id: Snowflake
    message_id: Snowflake
    answer_id: int
    guild_id: Snowflake | UnsetType = UNSET


class PollVoteRemove(PollVoteAdd, frozen=True, kw_only=True):
    pass


class MessageAck(msgspec.Struct, frozen=True, kw_only=True):
    """MESSAGE_ACK, to the user's sessions: the channel was read up to a message; `manual` where the user chose it."""

    channel_id: Snowflake
    message_id: Snowflake
    mention_count: int = 0
    version: int = 0
    manual: bool | UnsetType = UNSET
    ack_type: int | UnsetType = UNSET
    flags: int | UnsetType | None = UNSET
    last_viewed: int | UnsetType | None = UNSET


class ChannelPinsAck(msgspec.Struct, frozen=True, kw_only=True):
    """CHANNEL_PINS_ACK: the pins were seen up to the newest one."""

    channel_id: Snowflake
    timestamp: str
    version: int


class FeatureAck(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_FEATURE_ACK and USER_NON_CHANNEL_ACK."""

    ack_type: int
    resource_id: Snowflake
    entity_id: Snowflake
    version: int


class GuildFeatureAck(FeatureAck, frozen=True, kw_only=True):
    pass


class UserNonChannelAck(FeatureAck, frozen=True, kw_only=True):
    pass


class RecentMentionDelete(msgspec.Struct, frozen=True, kw_only=True):
    message_id: Snowflake


class UserSettingsUpdate(EditUserSettings, frozen=True, kw_only=True):
    pass


class UserGuildSettingsUpdate(UserGuildSettings, frozen=True, kw_only=True):
    pass


class WebhooksUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """WEBHOOKS_UPDATE: the webhooks of a channel are others now."""

    guild_id: Snowflake
    channel_id: Snowflake


class TypingStart(msgspec.Struct, frozen=True, kw_only=True):
    """TYPING_START; `timestamp` in whole Unix seconds."""

    channel_id: Snowflake
    user_id: Snowflake
    timestamp: int
    guild_id: Snowflake | UnsetType = UNSET
    member: Member | UnsetType = UNSET


class PresenceUpdate(Presence, frozen=True, kw_only=True):
    pass


class UserUpdate(OwnUser, frozen=True, kw_only=True):
    pass


class VoiceChannelStatusUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """VOICE_CHANNEL_STATUS_UPDATE: the line over a voice channel; null where there is none any more."""

    id: Snowflake
    guild_id: Snowflake
    status: str | None


class VoiceChannelStartTimeUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """VOICE_CHANNEL_START_TIME_UPDATE: when the first of those in a channel came, in Unix seconds; null once it is empty."""

    id: Snowflake
    guild_id: Snowflake
    voice_start_time: int | None


class VoiceRefused(msgspec.Struct, frozen=True, kw_only=True):
    """TUICHAT_VOICE_REFUSED: why a session may not join where it asked to (op 4), by an error's code and sentence."""

    guild_id: Snowflake | None
    channel_id: Snowflake | None
    code: int
    message: str


class ChannelMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What CHANNEL_INFO tells of a voice channel; `voice_start_time` in Unix seconds."""

    id: Snowflake
    status: str | UnsetType | None = UNSET
    voice_start_time: int | UnsetType | None = UNSET


class ChannelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """CHANNEL_INFO, the answer to op 43."""

    guild_id: Snowflake
    channels: list[ChannelMetadata]


class VoiceStateUpdate(VoiceState, frozen=True, kw_only=True):
    pass


class InviteCreate(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    code: str
    created_at: str
    guild_id: Snowflake | UnsetType = UNSET
    inviter: User | UnsetType = UNSET
    max_age: int = 0
    max_uses: int = 0
    temporary: bool = False
    uses: int = 0
    type: int = 0


class InviteDelete(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    code: str
    guild_id: Snowflake | UnsetType = UNSET


class SoundCreate(SoundboardSound, frozen=True, kw_only=True):
    """GUILD_SOUNDBOARD_SOUND_CREATE."""


class SoundUpdate(SoundboardSound, frozen=True, kw_only=True):
    """GUILD_SOUNDBOARD_SOUND_UPDATE."""


class SoundsUpdate(SoundboardSounds, frozen=True, kw_only=True):
    """GUILD_SOUNDBOARD_SOUNDS_UPDATE: several were changed at once."""


class StageCreate(StageInstance, frozen=True, kw_only=True):
    """STAGE_INSTANCE_CREATE: a stage goes live."""


class StageUpdate(StageInstance, frozen=True, kw_only=True):
    """STAGE_INSTANCE_UPDATE."""


class StageDelete(StageInstance, frozen=True, kw_only=True):
    """STAGE_INSTANCE_DELETE: a stage is live no more."""


EVENTS: dict[str, type[msgspec.Struct]] = {
    "READY": UserReady,
    "CHANNEL_RECIPIENT_ADD": ChannelRecipientAdd,
    "CHANNEL_RECIPIENT_REMOVE": ChannelRecipientRemove,
    "RELATIONSHIP_ADD": RelationshipAdd,
    "RELATIONSHIP_UPDATE": RelationshipUpdate,
    "RELATIONSHIP_REMOVE": RelationshipRemove,
    "RESUMED": Resumed,
    "GUILD_CREATE": GuildCreate,
    "GUILD_UPDATE": GuildUpdate,
    "GUILD_DELETE": GuildDelete,
    "CHANNEL_CREATE": ChannelCreate,
    "CHANNEL_UPDATE": ChannelUpdate,
    "CHANNEL_DELETE": ChannelDelete,
    "THREAD_CREATE": ThreadCreate,
    "THREAD_UPDATE": ThreadUpdate,
    "THREAD_DELETE": ThreadDelete,
    "THREAD_LIST_SYNC": ThreadListSync,
    "THREAD_MEMBER_UPDATE": ThreadMemberUpdate,
    "THREAD_MEMBERS_UPDATE": ThreadMembersUpdate,
    "GUILD_ROLE_CREATE": RoleCreate,
    "GUILD_ROLE_UPDATE": RoleUpdate,
    "GUILD_ROLE_DELETE": RoleDelete,
    "GUILD_BAN_ADD": BanAdd,
    "GUILD_BAN_REMOVE": BanRemove,
    "GUILD_EMOJIS_UPDATE": EmojisUpdate,
    "GUILD_MEMBER_ADD": MemberAdd,
    "GUILD_MEMBER_UPDATE": MemberUpdate,
    "GUILD_MEMBER_REMOVE": MemberRemove,
    "GUILD_MEMBERS_CHUNK": MembersChunk,
    "GUILD_MEMBER_LIST_UPDATE": MemberListUpdate,
    "MESSAGE_CREATE": MessageCreate,
    "MESSAGE_UPDATE": MessageUpdate,
    "MESSAGE_DELETE": MessageDelete,
    "MESSAGE_DELETE_BULK": MessageDeleteBulk,
    "MESSAGE_REACTION_ADD": ReactionAdd,
    "MESSAGE_REACTION_REMOVE": ReactionRemove,
    "MESSAGE_REACTION_REMOVE_ALL": ReactionRemoveAll,
    "MESSAGE_REACTION_REMOVE_EMOJI": ReactionRemoveEmoji,
    "CHANNEL_PINS_UPDATE": ChannelPinsUpdate,
    "MESSAGE_POLL_VOTE_ADD": PollVoteAdd,
    "MESSAGE_POLL_VOTE_REMOVE": PollVoteRemove,
    "INTERACTION_SUCCESS": InteractionSuccess,
    "INTERACTION_FAILURE": InteractionFailure,
    "INTERACTION_MODAL_CREATE": ModalCreate,
    "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE": AutocompleteResponse,
    "MESSAGE_ACK": MessageAck,
    "CHANNEL_PINS_ACK": ChannelPinsAck,
    "GUILD_FEATURE_ACK": GuildFeatureAck,
    "USER_NON_CHANNEL_ACK": UserNonChannelAck,
    "RECENT_MENTION_DELETE": RecentMentionDelete,
    "USER_SETTINGS_UPDATE": UserSettingsUpdate,
    "USER_SETTINGS_PROTO_UPDATE": UserSettingsProtoUpdate,
    "USER_GUILD_SETTINGS_UPDATE": UserGuildSettingsUpdate,
    "USER_NOTE_UPDATE": UserNoteUpdate,
    "WEBHOOKS_UPDATE": WebhooksUpdate,
    "TYPING_START": TypingStart,
    "PRESENCE_UPDATE": PresenceUpdate,
    "USER_UPDATE": UserUpdate,
    "VOICE_STATE_UPDATE": VoiceStateUpdate,
    "VOICE_SERVER_UPDATE": VoiceServerUpdate,
    "CALL_CREATE": CallCreate,
    "CALL_UPDATE": CallUpdate,
    "CALL_DELETE": CallDelete,
    "VOICE_CHANNEL_EFFECT_SEND": VoiceChannelEffectSend,
    "GUILD_SOUNDBOARD_SOUND_CREATE": SoundCreate,
    "GUILD_SOUNDBOARD_SOUND_UPDATE": SoundUpdate,
    "GUILD_SOUNDBOARD_SOUND_DELETE": SoundDelete,
    "GUILD_SOUNDBOARD_SOUNDS_UPDATE": SoundsUpdate,
    "SOUNDBOARD_SOUNDS": SoundboardSounds,
    "STAGE_INSTANCE_CREATE": StageCreate,
    "STAGE_INSTANCE_UPDATE": StageUpdate,
    "STAGE_INSTANCE_DELETE": StageDelete,
    "VOICE_CHANNEL_START_TIME_UPDATE": VoiceChannelStartTimeUpdate,
    "CHANNEL_INFO": ChannelInfo,
    "TUICHAT_VOICE_REFUSED": VoiceRefused,
    "INVITE_CREATE": InviteCreate,
    "INVITE_DELETE": InviteDelete,
}
NAMES: dict[type[msgspec.Struct], str] = {kind: name for name, kind in EVENTS.items()} | {Ready: "READY"}


def decode(name: str, body: bytes | msgspec.Raw) -> Any | None:
    """Read a dispatch's body into its struct, None for a name that is not known. Raises msgspec.DecodeError for a wrong body."""
    kind = EVENTS.get(name)
    return None if kind is None else codec.decode(body, kind)
