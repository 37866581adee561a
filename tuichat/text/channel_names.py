"""What users, roles and channels are called in one channel, made safe to show."""

from collections.abc import Collection, Sequence

from tuichat.client.state import Entry, Pending, State
from tuichat.client.transfer import Transfer, transfer_key
from tuichat.protocol.channel import THREADS, Channel, ChannelType
from tuichat.protocol.guild import PartialMember
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.relationship import RelationshipType
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_

KIND_WORDS = {
    ChannelType.TEXT: N_("text"),
    ChannelType.VOICE: N_("voice"),
    ChannelType.FORUM: N_("forum"),
    ChannelType.ANNOUNCEMENT: N_("announcements"),
    ChannelType.STAGE: N_("stage"),
    ChannelType.CATEGORY: N_("category"),
}  # those that can be made, most wanted first


def channel_name(channel: Channel) -> str:
    """Return a channel's name without its sign; a private one goes by its people."""
    if isinstance(channel.name, str) and channel.name:
        return safe_name(channel.name)
    if isinstance(channel.recipients, list) and channel.recipients:
        return ", ".join(safe_name(user.display_name) for user in channel.recipients)
    return f"channel-{int(channel.id)}"


class ChannelNames:
    """Names as one channel's members see them, and what stands out for the signed-in user."""

    def __init__(self, state: State, channel_id: int) -> None:
        self._state = state
        self._channel_id = channel_id

    def user(self, user_id: int) -> str | None:
        user = self._state.users.get(user_id)
        member = self._state.member(self._channel_id, user_id)
        if member is not None:
            return safe_name(member.display_name)
        return None if user is None else safe_name(user.display_name)

    def role(self, role_id: int) -> str | None:
        guild = self._state.guild_of(self._channel_id)
        role = guild.roles.get(role_id) if guild else None
        return None if role is None else safe_name(role.name).removeprefix("@")

    def channel(self, channel_id: int) -> str | None:
        channel = self._state.channels.get(channel_id)
        return None if channel is None else channel_name(channel)

    def transfer(self, entry_key: str, number: int) -> Transfer | None:
        """Return how far a file of a message is on its way, None where it is not."""
        return self._state.transfers.get(transfer_key(self._channel_id, entry_key, number))

    def pending_at(self, message: Message) -> Pending | None:
        """Return what was pressed at a message and has no answer from its bot."""
        return self._state.pending_at(message.id)

    def is_blocked(self, user_id: int) -> bool:
        return self._state.relations.get(user_id) is RelationshipType.BLOCKED

    def is_me(self, user_id: int) -> bool:
        return self._state.me is not None and self._state.me.id == user_id

    def is_my_role(self, role_id: int) -> bool:
        return role_id in self._role_ids_of_me()

    def _role_ids_of_me(self) -> Sequence[int]:
        me = self._state.me
        member = self._state.member(self._channel_id, me.id) if me else None
        return member.roles if member else ()

    def author(self, entry: Entry) -> str:
        author = entry.message.author
        member = self._state.member(self._channel_id, author.id) or entry.member
        return safe_name(member.display_name if member else author.display_name)

    def name_of(self, user: User) -> str:
        return safe_name(self._state.display_name(self._channel_id, user))

    def role_colour(self, entry: Entry) -> int:
        """Return the colour of the author's highest coloured role as 0xRRGGBB, 0 for none."""
        return self._colour(self._state.member(self._channel_id, entry.message.author.id) or entry.member)

    def colour_of_user(self, user_id: int) -> int:
        return self._colour(self._state.member(self._channel_id, user_id))

    def colour_of_role(self, role_id: int) -> int:
        guild = self._state.guild_of(self._channel_id)
        role = guild.roles.get(role_id) if guild else None
        return 0 if role is None else role.color

    def _colour(self, member: PartialMember | None) -> int:
        guild = self._state.guild_of(self._channel_id)
        if guild is None or member is None:
            return 0
        roles = [guild.roles[role_id] for role_id in member.roles if role_id in guild.roles]
        coloured = [role for role in roles if role.color]
        return max(coloured, key=lambda role: (role.position, -role.id)).color if coloured else 0

    def member_ids(self) -> Collection[int]:
        """Return those who are known to read along; none in a private channel."""
        guild = self._state.guild_of(self._channel_id)
        return guild.members.keys() if guild is not None else ()

    @property
    def is_thread(self) -> bool:
        guild = self._state.guild_of(self._channel_id)
        return guild is not None and self._channel_id in guild.thread_ids

    def thread_at(self, message: Message) -> Channel | None:
        """Return the thread that began with a message, as it is known now."""
        known = self._state.channels.get(message.id)  # both have one id
        if known is not None and known.type in THREADS:
            return known
        return message.thread if isinstance(message.thread, Channel) else None

    def mentions_me(self, message: Message) -> bool:
        me = self._state.me
        if me is None or message.author.id == me.id:
            return False
        if message.mention_everyone or any(user.id == me.id for user in message.mentions):
            return True
        return any(role_id in message.mention_roles for role_id in self._role_ids_of_me())

    def may_delete(self, message: Message) -> bool:
        if self.is_me(message.author.id):
            return True
        permissions = self._state.permissions(self._channel_id)
        return bool(permissions & Permissions.MANAGE_MESSAGES) and self._state.guild_of(self._channel_id) is not None

    def channel_title(self) -> str:
        channel = self._state.channels.get(self._channel_id)
        return "" if channel is None else channel_name(channel)

    def error_of(self, entry: Entry) -> str:
        return safe_line(entry.error)
