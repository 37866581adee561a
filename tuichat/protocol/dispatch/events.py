"""Every gateway event that both programs know, name by name."""

from typing import Any

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.call import CallCreate, CallDelete, CallUpdate, VoiceServerUpdate
from tuichat.protocol.dispatch.channel import (
    ChannelCreate,
    ChannelDelete,
    ChannelPinsUpdate,
    ChannelUpdate,
    WebhooksUpdate,
)
from tuichat.protocol.dispatch.guild import (
    BanAdd,
    BanRemove,
    EmojisUpdate,
    GuildCreate,
    GuildDelete,
    GuildUpdate,
    InviteCreate,
    InviteDelete,
    RoleCreate,
    RoleDelete,
    RoleUpdate,
    SoundCreate,
    SoundsUpdate,
    SoundUpdate,
)
from tuichat.protocol.dispatch.member import MemberAdd, MemberRemove, MembersChunk, MemberUpdate
from tuichat.protocol.dispatch.message import (
    MessageCreate,
    MessageDelete,
    MessageDeleteBulk,
    MessageUpdate,
    PollVoteAdd,
    PollVoteRemove,
    ReactionAdd,
    ReactionRemove,
    ReactionRemoveAll,
    ReactionRemoveEmoji,
    TypingStart,
)
from tuichat.protocol.dispatch.read_state import (
    ChannelPinsAck,
    GuildFeatureAck,
    MessageAck,
    RecentMentionDelete,
    UserNonChannelAck,
)
from tuichat.protocol.dispatch.ready import Ready, Resumed, UserReady
from tuichat.protocol.dispatch.thread import (
    ThreadCreate,
    ThreadDelete,
    ThreadListSync,
    ThreadMembersUpdate,
    ThreadMemberUpdate,
    ThreadUpdate,
)
from tuichat.protocol.dispatch.user import PresenceUpdate, UserGuildSettingsUpdate, UserSettingsUpdate, UserUpdate
from tuichat.protocol.dispatch.voice import (
    ChannelInfo,
    StageCreate,
    StageDelete,
    StageUpdate,
    VoiceChannelStartTimeUpdate,
    VoiceRefused,
    VoiceStateUpdate,
)
from tuichat.protocol.event_details import EventDetailsUpdate
from tuichat.protocol.event_exception import EventExceptionCreate, EventExceptionDelete, EventExceptionsDelete
from tuichat.protocol.event_subscription import ScheduledEventUserAdd, ScheduledEventUserRemove
from tuichat.protocol.follow import FollowedLive, FollowsUpdate
from tuichat.protocol.interaction import AutocompleteResponse, InteractionFailure, InteractionSuccess, ModalCreate
from tuichat.protocol.live_room import (
    HostMuted,
    LiveRoomAudience,
    LiveRoomCreate,
    LiveRoomDelete,
    LiveRoomInvited,
    LiveRoomUpdate,
)
from tuichat.protocol.member_list import MemberListUpdate
from tuichat.protocol.private_channel import ChannelRecipientAdd, ChannelRecipientRemove
from tuichat.protocol.relationship import RelationshipAdd, RelationshipRemove, RelationshipUpdate
from tuichat.protocol.scheduled_event import ScheduledEventCreate, ScheduledEventDelete, ScheduledEventUpdate
from tuichat.protocol.soundboard import SoundboardSounds, SoundDelete, VoiceChannelEffectSend
from tuichat.protocol.user_settings import UserNoteUpdate, UserSettingsProtoUpdate

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
    "GUILD_SCHEDULED_EVENT_CREATE": ScheduledEventCreate,
    "GUILD_SCHEDULED_EVENT_UPDATE": ScheduledEventUpdate,
    "GUILD_SCHEDULED_EVENT_DELETE": ScheduledEventDelete,
    "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE": EventExceptionCreate,
    "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE": EventExceptionDelete,
    "GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE": EventExceptionsDelete,
    "GUILD_SCHEDULED_EVENT_USER_ADD": ScheduledEventUserAdd,
    "GUILD_SCHEDULED_EVENT_USER_REMOVE": ScheduledEventUserRemove,
    "VOICE_CHANNEL_START_TIME_UPDATE": VoiceChannelStartTimeUpdate,
    "CHANNEL_INFO": ChannelInfo,
    "TUICHAT_VOICE_REFUSED": VoiceRefused,
    "TUICHAT_LIVE_ROOM_CREATE": LiveRoomCreate,
    "TUICHAT_LIVE_ROOM_UPDATE": LiveRoomUpdate,
    "TUICHAT_LIVE_ROOM_DELETE": LiveRoomDelete,
    "TUICHAT_LIVE_ROOM_AUDIENCE": LiveRoomAudience,
    "TUICHAT_LIVE_ROOM_INVITED": LiveRoomInvited,
    "TUICHAT_LIVE_ROOM_MUTED": HostMuted,
    "TUICHAT_EVENT_DETAILS": EventDetailsUpdate,
    "TUICHAT_FOLLOWED_LIVE": FollowedLive,
    "TUICHAT_FOLLOWS_UPDATE": FollowsUpdate,
    "INVITE_CREATE": InviteCreate,
    "INVITE_DELETE": InviteDelete,
}
NAMES: dict[type[msgspec.Struct], str] = {kind: name for name, kind in EVENTS.items()} | {Ready: "READY"}


def decode(name: str, body: bytes | msgspec.Raw) -> Any | None:
    """Read a dispatch's body into its struct, None for a name that is not known. Raises msgspec.DecodeError for a wrong body."""
    kind = EVENTS.get(name)
    return None if kind is None else codec.decode(body, kind)
