"""The audit log in words: who did what to whom, and what was before and is after."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from msgspec import UNSET

from tuichat.client.audit_log import Deed
from tuichat.client.state import State
from tuichat.protocol.audit_log import AuditAction, AuditChange
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.scheduled_event import EventStatus
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.protocol.user import User
from tuichat.text.channel_names import KIND_WORDS, channel_name
from tuichat.text.date_words import date_words
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.text.time_words import span_words
from tuichat.translation import N_, _, ngettext

MAX_VALUE_CHARACTERS = 300  # taste: of one value
_A = AuditAction
# In the order in which a filter offers them; {target} is whom or what it was done to, {place} the channel it was done in.
DEEDS: Mapping[int, str] = {
    _A.GUILD_UPDATE: N_("changed the server"),
    _A.CHANNEL_CREATE: N_("made the channel {target}"),
    _A.CHANNEL_UPDATE: N_("changed the channel {target}"),
    _A.CHANNEL_DELETE: N_("deleted the channel {target}"),
    _A.OVERWRITE_CREATE: N_("gave {whose} permissions in {target}"),
    _A.OVERWRITE_UPDATE: N_("changed permissions of {whose} in {target}"),
    _A.OVERWRITE_DELETE: N_("took the permissions of {whose} in {target} away"),
    _A.MEMBER_KICK: N_("kicked {target}"),
    _A.MEMBER_PRUNE: N_("removed {count} members who were long away"),
    _A.MEMBER_BAN_ADD: N_("banned {target}"),
    _A.MEMBER_BAN_REMOVE: N_("lifted the ban of {target}"),
    _A.MEMBER_UPDATE: N_("changed the member {target}"),
    _A.MEMBER_ROLE_UPDATE: N_("changed the roles of {target}"),
    _A.MEMBER_MOVE: N_("moved {count} members to {place}"),
    _A.MEMBER_DISCONNECT: N_("took {count} members out of voice"),
    _A.BOT_ADD: N_("added the bot {target}"),
    _A.ROLE_CREATE: N_("made the role {target}"),
    _A.ROLE_UPDATE: N_("changed the role {target}"),
    _A.ROLE_DELETE: N_("deleted the role {target}"),
    _A.INVITE_CREATE: N_("made the invite {target}"),
    _A.INVITE_UPDATE: N_("changed the invite {target}"),
    _A.INVITE_DELETE: N_("revoked the invite {target}"),
    _A.WEBHOOK_CREATE: N_("made the webhook {target}"),
    _A.WEBHOOK_UPDATE: N_("changed the webhook {target}"),
    _A.WEBHOOK_DELETE: N_("deleted the webhook {target}"),
    _A.EMOJI_CREATE: N_("made the emoji {target}"),
    _A.EMOJI_UPDATE: N_("changed the emoji {target}"),
    _A.EMOJI_DELETE: N_("deleted the emoji {target}"),
    _A.MESSAGE_DELETE: N_("deleted {count} messages of {target} in {place}"),
    _A.MESSAGE_BULK_DELETE: N_("deleted {count} messages in {target}"),
    _A.MESSAGE_PIN: N_("pinned a message of {target} in {place}"),
    _A.MESSAGE_UNPIN: N_("took a pin of {target} away in {place}"),
    _A.INTEGRATION_CREATE: N_("added the app {target}"),
    _A.INTEGRATION_UPDATE: N_("changed the app {target}"),
    _A.INTEGRATION_DELETE: N_("removed the app {target}"),
    _A.SCHEDULED_EVENT_CREATE: N_("planned the event {target}"),
    _A.SCHEDULED_EVENT_UPDATE: N_("changed the event {target}"),
    _A.SCHEDULED_EVENT_DELETE: N_("deleted the event {target}"),
    _A.EVENT_EXCEPTION_CREATE: N_("changed one time of an event"),
    _A.EVENT_EXCEPTION_UPDATE: N_("changed one time of an event"),
    _A.EVENT_EXCEPTION_DELETE: N_("set one time of an event back"),
    _A.THREAD_CREATE: N_("began the thread {target}"),
    _A.THREAD_UPDATE: N_("changed the thread {target}"),
    _A.THREAD_DELETE: N_("deleted the thread {target}"),
    _A.APPLICATION_COMMAND_PERMISSION_UPDATE: N_("changed who may use commands"),
    _A.STAGE_INSTANCE_CREATE: N_("opened the stage {place}"),
    _A.STAGE_INSTANCE_UPDATE: N_("changed the stage {place}"),
    _A.STAGE_INSTANCE_DELETE: N_("closed the stage {place}"),
    _A.SOUNDBOARD_SOUND_CREATE: N_("made the sound {target}"),
    _A.SOUNDBOARD_SOUND_UPDATE: N_("changed the sound {target}"),
    _A.SOUNDBOARD_SOUND_DELETE: N_("deleted the sound {target}"),
    _A.VOICE_CHANNEL_STATUS_CREATE: N_("said what {target} is about"),
    _A.VOICE_CHANNEL_STATUS_DELETE: N_("took away what {target} is about"),
}
_CHANNELS = range(_A.CHANNEL_CREATE, _A.OVERWRITE_DELETE + 1)
_OVERWRITES = range(_A.OVERWRITE_CREATE, _A.OVERWRITE_DELETE + 1)
_THREADS = range(_A.THREAD_CREATE, _A.THREAD_DELETE + 1)
_PLACES = {
    *_CHANNELS,
    *_THREADS,
    _A.MESSAGE_BULK_DELETE,
    _A.VOICE_CHANNEL_STATUS_CREATE,
    _A.VOICE_CHANNEL_STATUS_DELETE,
}
_ROLES = range(_A.ROLE_CREATE, _A.ROLE_DELETE + 1)
_INVITES = range(_A.INVITE_CREATE, _A.INVITE_DELETE + 1)
_WEBHOOKS = range(_A.WEBHOOK_CREATE, _A.WEBHOOK_DELETE + 1)
_EMOJIS = range(_A.EMOJI_CREATE, _A.EMOJI_DELETE + 1)
_SOUNDS = range(_A.SOUNDBOARD_SOUND_CREATE, _A.SOUNDBOARD_SOUND_DELETE + 1)
_EVENTS = range(_A.SCHEDULED_EVENT_CREATE, _A.SCHEDULED_EVENT_DELETE + 1)
_KEYS = {
    "name": N_("name"),
    "description": N_("description"),
    "icon_hash": N_("picture"),
    "banner_hash": N_("banner"),
    "avatar_hash": N_("picture"),
    "owner_id": N_("owner"),
    "topic": N_("topic"),
    "position": N_("place"),
    "parent_id": N_("category"),
    "nsfw": N_("for adults"),
    "rate_limit_per_user": N_("slow mode"),
    "user_limit": N_("most people"),
    "bitrate": N_("bit/s"),
    "type": N_("kind"),
    "allow": N_("allowed"),
    "deny": N_("denied"),
    "permissions": N_("permissions"),
    "color": N_("colour"),
    "hoist": N_("listed apart"),
    "mentionable": N_("may be mentioned"),
    "nick": N_("name here"),
    "mute": N_("muted"),
    "deaf": N_("deafened"),
    "communication_disabled_until": N_("timed out until"),
    "$add": N_("roles given"),
    "$remove": N_("roles taken"),
    "code": N_("code"),
    "channel_id": N_("channel"),
    "inviter_id": N_("made by"),
    "max_age": N_("good for"),
    "max_uses": N_("most uses"),
    "uses": N_("uses"),
    "temporary": N_("for guests"),
    "archived": N_("archived"),
    "locked": N_("locked"),
    "status": N_("what it is about"),
    "location": N_("where"),
    "is_canceled": N_("left out"),
    "scheduled_start_time": N_("begins"),
    "scheduled_end_time": N_("ends"),
}
_EVENT_STATES = {
    EventStatus.SCHEDULED: N_("planned"),
    EventStatus.ACTIVE: N_("now"),
    EventStatus.COMPLETED: N_("over"),
    EventStatus.CANCELED: N_("cancelled"),
}
_UNSAID = ("entity_type", "privacy_level")  # of an event, which its place says
_PERMISSIONS = ("permissions", "allow", "deny")
_SPANS = ("rate_limit_per_user", "max_age", "afk_timeout", "default_thread_rate_limit_per_user")
_CHANNEL_IDS = ("channel_id", "parent_id", "afk_channel_id", "system_channel_id", "rules_channel_id")
_TIMES = ("communication_disabled_until", "scheduled_start_time", "scheduled_end_time")
_USER_IDS = ("owner_id", "inviter_id")


class ChangeWords(msgspec.Struct, frozen=True):
    """What one change is about, what was before and what is after, as safe text; empty for nothing."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        if self.before and self.after:
            return f"{self.label}: {self.before} → {self.after}"
        return f"{self.label}: {self.after or _('was {value}').format(value=self.before)}"


class AuditWords:
    """Tells of the deeds in one guild; `users` and `webhooks` are whom the log itself names."""

    def __init__(
        self,
        state: State,
        guild_id: int,
        users: Mapping[int, User],
        webhooks: Mapping[int, str],
        permission_names: Callable[[int], str],
    ) -> None:
        """`permission_names` names a set of permissions, in safe text."""
        self._state = state
        self._guild = state.guilds.get(guild_id)
        self._guild_id = guild_id
        self._users = users
        self._webhooks = webhooks
        self._permission_names = permission_names

    def who(self, deed: Deed) -> str:
        return _("somebody") if deed.entry.user_id is None else self.user(int(deed.entry.user_id))

    def what(self, deed: Deed) -> str:
        """Return what was done, to stand behind who did it."""
        count = deed.options.get("count") or deed.options.get("members_removed") or "1"
        template = _template(deed.entry.action_type, _number(count))
        if not template:
            return _("did something of kind {number}").format(number=deed.entry.action_type)
        return template.format(
            target=self._target(deed),
            whose=self._whose(deed.options),
            place=self._channel(deed.options.get("channel_id", "")),
            count=safe_line(count)[:12],
        )

    def changes(self, deed: Deed) -> list[ChangeWords]:
        action = deed.entry.action_type
        unsaid = ("type",) if action in _OVERWRITES else _UNSAID if action in _EVENTS else ()
        shown = [each for each in deed.changes if each.key not in unsaid]
        return [words for each in shown if (words := self._change(each)) is not None]

    def user(self, user_id: int) -> str:
        """Return what somebody is called here: by the server's name for them, the log's, or the id alone."""
        member = self._guild.members.get(user_id) if self._guild is not None else None
        if member is not None:
            return safe_name(member.display_name)
        user = self._users.get(user_id) or self._state.users.get(user_id)
        return _("somebody ({id})").format(id=user_id) if user is None else safe_name(user.display_name)

    # What a deed was done to.

    def _target(self, deed: Deed) -> str:
        action, target = deed.entry.action_type, deed.entry.target_id or ""
        named = self._named(deed, "name")
        if action in _PLACES:
            return self._channel(target, named)
        if action in _ROLES:
            return self._role(target) or named or safe_line(target)
        if action in _INVITES:
            return self._named(deed, "code") or safe_line(target)
        if action in _WEBHOOKS:
            return named or safe_name(self._webhooks.get(_number(target), "")) or safe_line(target)
        if action in _EMOJIS:
            return f":{named or self._emoji(target) or safe_line(target)}:"
        if action in _SOUNDS or action in _EVENTS:
            return named or safe_line(target)
        number = _number(target)
        return named if named and number not in self._users else self.user(number)

    def _whose(self, options: Mapping[str, str]) -> str:
        """Return whose overwrite it is: a role's, which a deed names, or a member's."""
        if options.get("type") == "1":
            return self.user(_number(options.get("id", "")))
        return self._role(options.get("id", "")) or safe_name(options.get("role_name", "")) or _("a role")

    def _role(self, text: str) -> str:
        role = self._guild.roles.get(_number(text)) if self._guild is not None else None
        return "" if role is None else safe_name(role.name)

    def _channel(self, text: str, named: str = "") -> str:
        channel = self._state.channels.get(_number(text))
        if channel is not None:
            return f"#{channel_name(channel)}"
        return f"#{named}" if named else _("a channel that is gone") if text else _("a channel")

    def _emoji(self, text: str) -> str:
        emojis = self._guild.guild.emojis if self._guild is not None else []
        return next((safe_line(emoji.name or "") for emoji in emojis if emoji.id == _number(text)), "")

    @staticmethod
    def _named(deed: Deed, key: str) -> str:
        """Return what the target was called: as it is after, else as it was before."""
        change = next((each for each in deed.changes if each.key == key), None)
        value = None if change is None else change.new_value if isinstance(change.new_value, str) else change.old_value
        return safe_name(value) if isinstance(value, str) else ""

    # What changed.

    def _change(self, change: AuditChange) -> ChangeWords | None:
        if change.key == "id":
            return None
        is_event_state = change.key == "status" and isinstance(change.new_value, int)
        label = (
            _("state")
            if is_event_state
            else _(_KEYS[change.key])
            if change.key in _KEYS
            else safe_line(change.key)[:40]
        )
        if change.key in _PERMISSIONS:
            before, after = _number(change.old_value), _number(change.new_value)
            given, taken = self._permission_names(after & ~before), self._permission_names(before & ~after)
            parts = [f"+ {given}"] * bool(given) + [f"− {taken}"] * bool(taken)
            return ChangeWords(label, "", "; ".join(parts)) if parts else None
        return ChangeWords(label, self._value(change.key, change.old_value), self._value(change.key, change.new_value))

    def _value(self, key: str, value: object) -> str:
        if value is UNSET or value is None or value == "":
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if key.endswith("_hash"):
            return _("a picture")
        if key == "color":
            return f"#{_number(value):06x}" if value else _("none")
        if key in _SPANS:
            return span_words(_number(value)) if _number(value) else _("without end") if key == "max_age" else _("off")
        if key in _CHANNEL_IDS:
            return self._channel(str(value))
        if key == "type" and isinstance(value, int) and value in set(KIND_WORDS):
            return _(KIND_WORDS[ChannelType(value)])
        if key in _USER_IDS:
            return self.user(_number(value))
        if key == "status" and isinstance(value, int) and value in set(_EVENT_STATES):
            return _(_EVENT_STATES[EventStatus(value)])
        if key in _TIMES:
            return _moment(str(value))
        if isinstance(value, list):
            return ", ".join(safe_line(_entry_name(each))[:100] for each in value[:20])
        return safe_line(str(value)[:MAX_VALUE_CHARACTERS])


def _entry_name(entry: object) -> str:
    """Return what an entry of a list goes by: roles come as objects with names."""
    return str(entry.get("name", "")) if isinstance(entry, dict) else str(entry)


def _template(action: int, count: int) -> str:
    """Return the words for a deed that was done to so many at once; empty for an unknown one."""
    match action:
        case _A.MEMBER_PRUNE:
            return ngettext(
                "removed {count} member who was long away", "removed {count} members who were long away", count
            )
        case _A.MEMBER_MOVE:
            return ngettext("moved {count} member to {place}", "moved {count} members to {place}", count)
        case _A.MEMBER_DISCONNECT:
            return ngettext("took {count} member out of voice", "took {count} members out of voice", count)
        case _A.MESSAGE_DELETE:
            return ngettext(
                "deleted {count} message of {target} in {place}",
                "deleted {count} messages of {target} in {place}",
                count,
            )
        case _A.MESSAGE_BULK_DELETE:
            return ngettext("deleted {count} message in {target}", "deleted {count} messages in {target}", count)
    return _(DEEDS.get(action, ""))


def _number(value: object) -> int:
    """Read an id or another number, which the wire has as text or as such; 0 for what is neither."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    return 0


def _moment(text: str) -> str:
    try:
        return date_words(datetime.fromtimestamp(parse_timestamp(text) / 1000).astimezone(), "%d %b %Y %H:%M")
    except (ValueError, OverflowError, OSError):
        return safe_line(text)[:40]
