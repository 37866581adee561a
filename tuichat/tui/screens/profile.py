"""Somebody's profile: names, presence, roles, dates, what both have in common, and what can be done with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.client.state import State
from tuichat.protocol.follow import FEATURE as FOLLOWING
from tuichat.protocol.guild import Member
from tuichat.protocol.profile import Profile, ProfileMetadata
from tuichat.protocol.relationship import RelationshipType
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.text.message_time import day_name
from tuichat.text.safe_text import safe_block, safe_line, safe_name
from tuichat.translation import _, ngettext
from tuichat.tui import keys
from tuichat.tui.images.gallery import PORTRAIT, Gallery
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.images.source import of_avatar
from tuichat.tui.screens.action_menu import MenuRow, MenuRows
from tuichat.tui.screens.call.deeds import deeds_in_voice
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.settings.moderation import deeds_with
from tuichat.tui.widgets.portrait import COLUMNS, ROWS, Portrait

if TYPE_CHECKING:
    from tuichat.client.client import Client

MAX_BIO_CHARACTERS = 400
MIN_WIDTH_OF_PORTRAIT = 70  # of the screen (taste)
SIGNS = {"online": "●", "idle": "◐", "dnd": "⊖", "offline": "○"}


def deeds(state: State, channel_id: int, user_id: int, relation: RelationshipType) -> list[tuple[str, str]]:
    """Return what can be done with somebody: a word for the program, and one for people."""
    is_me = state.me is not None and state.me.id == user_id
    user = state.users.get(user_id)
    found = [("mention", _("Mention")), ("copy_id", _("Copy the id"))]
    if is_me:
        return found
    found.insert(0, ("message", _("Write a private message")))
    found.append(("note", _("Write a note that you alone see")))
    if FOLLOWING in state.features and relation is not RelationshipType.BLOCKED:
        is_followed = state.follows.follows(user_id)
        found.append(("unfollow", _("Follow no more")) if is_followed else ("follow", _("Follow: hear of their rooms")))
    if user is not None and not user.bot:
        words = {
            RelationshipType.NONE: ("befriend", _("Ask for friendship")),
            RelationshipType.INCOMING_REQUEST: ("befriend", _("Agree to be friends")),
            RelationshipType.OUTGOING_REQUEST: ("end_relation", _("Take the request for friendship back")),
            RelationshipType.FRIEND: ("end_relation", _("End the friendship")),
        }
        if relation in words:
            found.append(words[relation])
    if relation is RelationshipType.BLOCKED:
        found.append(("end_relation", _("Unblock")))
    else:
        found.append(("block", _("Block")))
    guild = state.guild_of(channel_id)
    if guild is None or user_id not in guild.members:
        return found
    found += [(deed.id, deed.label) for deed in deeds_with(state, guild, user_id) if not deed.obstacle]
    if user_id in guild.voice_states:
        spoken = deeds_in_voice(state, int(guild.guild.id), user_id)
        found += [(deed.id, deed.label) for deed in spoken if not deed.obstacle]
    return found


def facts(state: State, channel_id: int, user: User, profile: Profile | None, now: datetime) -> list[str]:
    """Return what is known of somebody, line by line, safe to show."""
    guild, presence = state.guild_of(channel_id), state.presences.get(user.id)
    status = state.status(user.id)
    words = {"dnd": _("busy"), "idle": _("idle"), "online": _("online")}.get(status, _("offline"))
    lines = [f"{SIGNS.get(status, '○')} {words} · {safe_name(user.username)}{' · ' + _('bot') if user.bot else ''}"]
    custom = next((each.state for each in presence.activities if each.type == 4), None) if presence else None
    if custom:
        lines.append(safe_line(custom[:200]))
    metadata = profile.user_profile if profile is not None else None
    if isinstance(metadata, ProfileMetadata):
        if metadata.pronouns:
            lines.append(safe_line(metadata.pronouns[:60]))
        if metadata.bio:
            lines += ["", *safe_block(metadata.bio[:MAX_BIO_CHARACTERS]).splitlines()[:6]]
    lines.append("")
    member = guild.members.get(user.id) if guild is not None else None
    if guild is not None and member is not None:
        roles = [guild.roles[each] for each in member.roles if each in guild.roles]
        if roles:
            named = ", ".join(safe_name(role.name) for role in sorted(roles, key=lambda role: -role.position)[:20])
            lines.append(_("roles: {names}").format(names=named))
        if (joined := _joined(member, now)) is not None:
            lines.append(_("here since {day}").format(day=joined))
    made = datetime.fromtimestamp(Snowflake(user.id).timestamp_ms / 1000).astimezone()
    lines.append(_("account since {day}").format(day=_day(made, now)))
    if profile is not None and isinstance(profile.mutual_guilds, list):
        shared = [state.guilds[each.id].guild.name for each in profile.mutual_guilds if each.id in state.guilds]
        if shared:
            names = ", ".join(safe_name(name) for name in shared[:10])
            lines.append(_("servers in common: {names}").format(names=names))
    if profile is not None and isinstance(profile.mutual_friends_count, int) and profile.mutual_friends_count:
        count = profile.mutual_friends_count
        lines.append(ngettext("{count} friend in common", "{count} friends in common", count).format(count=count))
    return lines


def _joined(member: Member, now: datetime) -> str | None:
    try:
        moment = datetime.fromisoformat(member.joined_at).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
    return None if moment.year < 2000 else _day(moment, now)


def _day(moment: datetime, now: datetime) -> str:
    """Return a day as it stands within a sentence."""
    age = (now.date() - moment.date()).days
    return _("today") if age == 0 else _("yesterday") if age == 1 else day_name(moment.date(), now.date())


class ProfileDialog(Dialog[str | None]):
    """Answers with what is to be done (`deeds`)."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(
        self, client: "Client", channel_id: int, user: User, now: datetime, gallery: Gallery | None = None
    ) -> None:
        super().__init__()
        source = of_avatar(user)
        self._gallery = None if gallery is None or gallery.mode is ImageMode.OFF or source is None else gallery
        self._source = source
        self._client = client
        self._channel_id = channel_id
        self._user = user
        self._at = now
        self._profile: Profile | None = None
        self._remark = ""
        self._fault = ""
        relation = client.people.relation(user.id)
        found = deeds(client.state, channel_id, user.id, relation)
        self._rows = [MenuRow(name, words, "") for name, words in found]

    def compose(self) -> ComposeResult:
        name = safe_name(self._client.state.display_name(self._channel_id, self._user))
        with Vertical(classes="dialog"):
            yield Static(name, classes="dialog-title", markup=False)
            with Horizontal(id="who"):
                yield Static("", id="facts", classes="dialog-text", markup=False)
                if self._gallery is not None and self.app.size.width >= MIN_WIDTH_OF_PORTRAIT:
                    yield Portrait(id="portrait")
            yield MenuRows(id="menu-rows")
            yield Static(_("enter does it · esc closes"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self._show()
        self.show_portrait()
        self._show_deeds()
        self.query_one(MenuRows).focus()
        self.run_worker(self._load())

    def show_portrait(self) -> None:
        """Show the picture as far as it is here: called again when it comes."""
        if self._gallery is None or self._source is None:
            return
        for portrait in self.query(Portrait):
            portrait.show(self._gallery.lines_in(self._source, COLUMNS, ROWS, PORTRAIT) or [])

    def add_deeds(self, rows: Sequence[MenuRow]) -> None:
        """Offer more: what bots can do with somebody."""
        self._rows += rows
        if self.query(MenuRows):  # else it is about to show, with these
            self._show_deeds()

    def _show_deeds(self) -> None:
        rows, listed = self._rows, self.query_one(MenuRows)
        listed.styles.margin = (1, 0, 0, 0)
        listed.styles.height = min(len(rows), max(3, self.app.size.height - 18))
        listed.show_rows(rows)
        if listed.cursor_row is None:
            listed.action_cursor_first()

    async def _load(self) -> None:
        guild = self._client.state.guild_of(self._channel_id)
        try:
            guild_id = None if guild is None else int(guild.guild.id)
            self._profile = await self._client.people.profile(self._user.id, guild_id)
            if self._client.state.me is not None and self._client.state.me.id != self._user.id:
                self._remark = await self._client.people.note(self._user.id)
        except ClientError as error:
            self._fault = safe_line(str(error))
        if self.is_attached:
            self._show()

    def _show(self) -> None:
        lines = facts(self._client.state, self._channel_id, self._user, self._profile, self._at)
        if self._remark:
            lines.append(_("your note: {text}").format(text=safe_line(self._remark)))
        if self._fault:
            lines.append(self._fault)
        self.query_one("#facts", Static).update(Content("\n".join(lines)))

    def action_close(self) -> None:
        self.dismiss(None)
