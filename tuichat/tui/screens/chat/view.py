"""What the panes of the main screen show of the accounts' states."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tuichat.client import change
from tuichat.client.state import Connection, State
from tuichat.protocol.permissions import Permissions
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import rows, standing
from tuichat.tui.open_channel import Draft, OpenChannel, Purpose
from tuichat.tui.panes.channel_list import ChannelKind
from tuichat.tui.panes.composer import Words
from tuichat.tui.panes.header import Header, HeaderContent
from tuichat.tui.panes.me_panel import MePanel
from tuichat.tui.panes.message_list import ChannelView, ViewPosition
from tuichat.tui.panes.status_line import Status, StatusLine
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.chat.frame import NARROW, ROOM, TALK, VOICE, WIDE, ChatFrame
from tuichat.tui.updates import DRAW_INTERVAL_MS, SLOW_INTERVAL_MS, Gatherer

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.client.voice_desk import VoicePerson
    from tuichat.tui.images.gallery import Gallery


class ChatView(ChatFrame):
    """Shows states; what the user does is the subclass's."""

    def __init__(self, *, now: Callable[[], datetime], is_12h: bool = False) -> None:
        super().__init__(now=now)
        self.chosen = Chosen()
        self._is_12h = is_12h
        self._clients: Mapping[str, Client] = {}
        self._personal_keys: frozenset[str] = frozenset()
        self._opened: dict[tuple[str, int], OpenChannel] = {}
        self._last_channel: dict[tuple[str, int], int] = {}  # of each guild, by account
        self._folded: set[int] = set()
        self.wanted: Chosen | None = None  # what the screen showed when it was left, until it can be shown again
        self._gatherer = Gatherer()
        self._unsubscribe: dict[str, Callable[[], None]] = {}
        self._below = 0
        self._follows = True
        self._is_past = False
        self.gallery: Gallery | None = None  # what draws pictures
        self._is_ready = False  # the accounts are known, if there are any

    # The accounts.

    def show_clients(self, clients: "Mapping[str, Client]", personal_keys: frozenset[str] = frozenset()) -> None:
        """Show these accounts: called again whenever one came or went."""
        self._clients = dict(clients)
        self._is_ready = True
        self._personal_keys = personal_keys
        for key in [key for key in self._unsubscribe if key not in clients]:
            self._unsubscribe.pop(key)()
        for key, client in clients.items():
            if key not in self._unsubscribe:
                self._unsubscribe[key] = client.subscribe(self._listener(key))
        if self.chosen.account_key not in clients:
            wanted = self.wanted.account_key if self.wanted is not None else ""
            self.chosen = Chosen(wanted if wanted in clients else next(iter(clients), ""))
            self._show_nothing()
        self._choose_somewhere()
        self._show_all()

    def _listener(self, account_key: str) -> "Callable[[Sequence[change.Change]], None]":
        def take(changes: "Sequence[change.Change]") -> None:
            client = self._clients.get(account_key)
            if client is None:
                return
            delay_ms = self._gatherer.add(account_key, changes, client.now_ms())
            if delay_ms == 0:
                self.call_later(self._draw_changes)
            elif delay_ms is not None:
                self.set_timer(delay_ms / 1000, self._draw_changes)

        return take

    def draw_seldom(self, *, is_slow: bool) -> None:
        """Draw fewer frames while messages stream, for a slow link."""
        self._gatherer.interval_ms = SLOW_INTERVAL_MS if is_slow else DRAW_INTERVAL_MS

    def stop_listening(self) -> None:
        for unsubscribe in self._unsubscribe.values():
            unsubscribe()
        self._unsubscribe.clear()

    @property
    def is_behind(self) -> bool:
        """Whether something has changed that is not drawn yet."""
        return self._gatherer.is_due

    @property
    def states(self) -> dict[str, State]:
        return {key: client.state for key, client in self._clients.items()}

    @property
    def client(self) -> "Client | None":
        return self._clients.get(self.chosen.account_key)

    @property
    def state(self) -> State | None:
        client = self.client
        return None if client is None else client.state

    @property
    def open_channel_memory(self) -> OpenChannel:
        key = (self.chosen.account_key, self.chosen.channel_id or 0)
        if key not in self._opened:
            self._opened[key] = OpenChannel(draft=self._kept_draft(*key))
        return self._opened[key]

    def _choose_somewhere(self) -> None:
        """Open a channel when none is, or when the one shown is gone."""
        if self._waits_for_wanted():
            return
        state, chosen = self.state, self.chosen
        if state is None or (chosen.channel_id is not None and chosen.channel_id in state.channels):
            return
        if chosen.channel_id is not None and state.connection is not Connection.READY:
            return
        guild_id = chosen.guild_id
        if guild_id is None or (guild_id != rows.PRIVATE and guild_id not in state.guilds):
            guild_id = next(iter(state.guilds), rows.PRIVATE if state.private_channel_ids else None)
        if guild_id is not None:
            self.go_to_guild(chosen.account_key, guild_id)
        elif chosen.channel_id is not None:
            self.chosen = Chosen(chosen.account_key)
            self._show_nothing()

    def _waits_for_wanted(self) -> bool:
        """Show again what was shown when the screen was left; say whether it may still come."""
        wanted = self.wanted
        state = self.states.get(wanted.account_key) if wanted is not None else None
        if wanted is None or state is None:
            return False
        if wanted.channel_id in state.channels:
            self.wanted = None
            self.go_to(wanted)
            return False
        if state.connection in (Connection.READY, Connection.REFUSED):
            self.wanted = None  # it is gone
            return False
        return not state.guilds

    def go_to_guild(self, account_key: str, guild_id: int) -> None:
        """Show a guild with the channel that was open last there, else its first."""
        state = self.states.get(account_key)
        if state is None:
            return
        channel_id = self._last_channel.get((account_key, guild_id))
        if channel_id is None or channel_id not in state.channels:
            channel_id = rows.first_channel(state, guild_id)
        self.go_to(Chosen(account_key, guild_id, channel_id))

    def go_to(self, chosen: Chosen) -> None:
        """Show a channel; what was being written in the one before is kept there."""
        if chosen == self.chosen:
            return
        self._leave_channel()
        self.chosen = chosen
        if chosen.channel_id is None or chosen.guild_id is None:
            self._show_nothing()
        else:
            self._last_channel[chosen.account_key, chosen.guild_id] = chosen.channel_id
            self._enter_channel()
        self._show_all()

    def _leave_channel(self) -> None:
        if self.chosen.channel_id is None:
            return
        memory = self.open_channel_memory
        memory.position = self.messages.position()
        memory.draft.text = self.composer.text
        memory.words = self.composer.put_aside()
        self._keep_draft(self.chosen.account_key, self.chosen.channel_id, memory.draft)

    def _keep_draft(self, account_key: str, channel_id: int, draft: Draft) -> None:
        """Keep what stands in a channel's composer; the subclass does it."""

    def _kept_draft(self, account_key: str, channel_id: int) -> Draft:
        """Return what was kept of a channel's composer."""
        return Draft()

    def _drafted_channels(self) -> set[int]:
        """Return the channels of the account in which words wait; the subclass knows them."""
        return set()

    def _enter_channel(self) -> None:
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return
        memory = self.open_channel_memory
        read = state.read_states.get(channel_id)
        memory.new_after = read.last_message_id if read is not None and state.is_unread(channel_id) else None
        names = ChannelNames(state, channel_id)
        timeline = state.shown(channel_id)
        position = memory.position if isinstance(memory.position, ViewPosition) else ViewPosition()
        channel = state.channels.get(channel_id)
        kind = rows.channel_kind(channel) if channel is not None else None
        self.set_class(kind is ChannelKind.VOICE, VOICE)
        self.set_class(kind is ChannelKind.STAGE, ROOM)
        self.remove_class(TALK)
        self.messages.show_channel(
            ChannelView(timeline, names, self._title(), memory.new_after, self._is_12h, self.has_class("-compact")),
            position,
        )
        if isinstance(memory.words, Words) and memory.words.text == memory.draft.text:
            self.composer.take_up(memory.words)
        else:
            self.composer.set_text(memory.draft.text)
        self.show_purpose()

    def _show_nothing(self) -> None:
        self.remove_class(VOICE, ROOM, TALK)
        self._show_empty_words()
        self.composer.set_text("")
        self.show_purpose()

    def _show_empty_words(self) -> None:
        """Say what can be done where no channel is."""
        state = self.state
        if self.chosen.channel_id is not None:
            return
        if state is None:
            words = (
                _("No account in this profile yet. F5 signs in to a server, or makes an account.")
                if self._is_ready
                else ""
            )
        elif state.connection is Connection.READY:
            words = _("You are in no server yet. /join and an invite's code lets you in; /create and a name makes one.")
        else:
            words = standing.connection_sentence(state, self._clients[self.chosen.account_key].now_ms())[0]
        self.messages.show_nothing(words)

    def _title(self) -> str:
        state, channel_id = self.state, self.chosen.channel_id
        channel = state.channels.get(channel_id) if state is not None and channel_id is not None else None
        if channel is None:
            return ""
        kind = rows.channel_kind(channel)
        return f"{kind.value}{' ' if kind is ChannelKind.THREAD else ''}{channel_name(channel)}"

    # Drawing what has changed.

    def _draw_changes(self) -> None:
        client = self.client or next(iter(self._clients.values()), None)
        changes = self._gatherer.take(client.now_ms() if client else 0)
        if not self.is_attached:
            return
        self.take_changes(changes)

    def take_changes(self, changes: "Sequence[tuple[str, change.Change]]") -> None:
        """Draw what has changed, and no more."""
        shown, state = self.chosen.account_key, self.state
        kinds = {type(item) for account_key, item in changes if account_key == shown}
        others = any(account_key != shown for account_key, _ in changes)
        here = [
            item
            for account_key, item in changes
            if account_key == shown and getattr(item, "channel_id", None) == self.chosen.channel_id
        ]
        structural = {change.GuildsChanged, change.ChannelsChanged, change.ConnectionChanged}
        if kinds & structural:
            self._choose_somewhere()
        named = {change.GuildsChanged, change.GuildChanged, change.MembersChanged, change.ChannelsChanged}
        if kinds & (named | {change.RelationChanged}):
            self.messages.names_changed()
        added = sum(isinstance(item, change.MessageAdded) for item in here)
        timeline = (
            change.TimelineReset,
            change.HistoryLoaded,
            change.MessageAdded,
            change.MessageChanged,
            change.MessageRemoved,
        )
        if any(isinstance(item, timeline) for item in here):
            if any(isinstance(item, change.HistoryLoaded) for item in here):
                self.messages.history_failed()
            if state is not None and self.chosen.channel_id is not None:
                self.messages.replace_messages(state.shown(self.chosen.channel_id))
            self.messages.timeline_changed(added=added)
        lists = structural | {
            change.GuildChanged,
            change.ReadStateChanged,
            change.MessageAdded,
            change.SettingsChanged,
            change.VoiceStatesChanged,
            change.RoomsChanged,
        }
        if others or kinds & lists:
            self.show_rail()
            self.show_tabs()
        if kinds & (lists | {change.MembersChanged, change.PresenceChanged}):
            self.show_channels()
            self.show_header()
        member_changes = {change.GuildChanged, change.MembersChanged, change.PresenceChanged, change.VoiceStatesChanged}
        if kinds & (structural | member_changes):
            self.members.show_rows(rows.member_rows(self.state, self.chosen))
        if kinds & (
            structural | {change.GuildChanged, change.MembersChanged, change.TypingChanged, change.PresenceChanged}
        ):
            self.show_status()
            self.show_me()
        if kinds & structural:
            self.show_purpose()
            self._show_empty_words()

    def _show_all(self) -> None:
        self.show_rail()
        self.show_tabs()
        self.show_channels()
        self.show_header()
        self.members.show_rows(rows.member_rows(self.state, self.chosen))
        self.show_status()
        self.show_me()
        self.show_purpose()

    def show_rail(self) -> None:
        self.rail.show_rows(rows.rail_rows(self.states, self.chosen, self._personal_keys))

    def show_tabs(self) -> None:
        """Draw the tabs; the subclass has them."""

    def show_channels(self) -> None:
        account = ""
        if len(self._clients) > 1 and self.client is not None:
            account = safe_line(self.describe_account(self.client))
        shown = rows.channel_rows(self.state, self.chosen, self._folded, account)
        voices = self.voices_here()
        if voices:
            shown = rows.with_voices(shown, voices)
        self.channels.show_rows(rows.with_drafts(shown, self._drafted_channels()))

    def voices_here(self) -> "Sequence[VoicePerson]":
        """Return who is in the call of the account in view; the subclass knows."""
        return ()

    def describe_account(self, client: "Client") -> str:
        """Return who is signed in where."""
        where = _("this computer") if client.key in self._personal_keys else getattr(client.account.address, "url", "")
        return _("{username} on {where}").format(username=client.account.username, where=where.removeprefix("https://"))

    def show_header(self) -> None:
        state, channel_id = self.state, self.chosen.channel_id
        channel = state.channels.get(channel_id) if state is not None and channel_id is not None else None
        is_narrow = self.has_class(NARROW)
        guild = state.guilds.get(self.chosen.guild_id or 0) if state is not None else None
        is_private = self.chosen.guild_id == rows.PRIVATE
        guild_name = safe_name(guild.guild.name) if guild else _("Private messages") if is_private else "tuichat"
        count = max(guild.member_count, len(guild.members)) if guild else 0
        content = HeaderContent(
            sign=rows.channel_kind(channel).value if channel else "",
            name=channel_name(channel) if channel else "",
            topic=safe_line(channel.topic) if channel is not None and isinstance(channel.topic, str) else "",
            parent=rows.parent_title(state, channel) if state is not None and channel is not None else "",
            guild=guild_name if is_narrow else "",
            mentions=self._mentions_elsewhere() if is_narrow else 0,
            has_unread=is_narrow and any(chosen != self.chosen for chosen in rows.unread_channels(self.states)),
            pins=self.pins_words() if channel else "",
            members=f"● {count}" if count and not self._members_visible() else "",
        )
        self.query_one("#header", Header).show(content)
        title = f"tuichat — {guild_name} / {content.sign}{content.name}" if channel else "tuichat"
        mentions = sum(rows.total_mentions(state) for state in self.states.values())
        news = f"({mentions}) " if mentions else "• " if rows.unread_channels(self.states) else ""
        self.app.title = news + title

    def pins_words(self) -> str:
        """Return how many pins the channel has, in words; the subclass knows."""
        return ""

    def _members_visible(self) -> bool:
        if self.has_class(WIDE) and not self.has_class(ROOM):
            return not self.has_class("-members-hidden")
        return self.has_class("-members-shown")

    def _mentions_elsewhere(self) -> int:
        here = self.state.mention_count(self.chosen.channel_id or 0) if self.state is not None else 0
        return sum(map(rows.total_mentions, self.states.values())) - here

    def show_status(self) -> None:
        client, state, channel_id = self.client, self.state, self.chosen.channel_id
        typing: tuple[str, ...] = ()
        sentence, is_refused = "", False
        if client is not None and state is not None:
            sentence, is_refused = standing.connection_sentence(state, client.now_ms())
            if channel_id is not None:
                names = ChannelNames(state, channel_id)
                people = [user_id for user_id in state.typing.get(channel_id, {}) if not names.is_me(user_id)]
                typing = tuple(sorted(name for user_id in people if (name := names.user(user_id))))
        status = Status(sentence, is_refused, typing, self._below, self._follows, self._is_past)
        self.query_one("#status", StatusLine).show(status)

    def show_me(self) -> None:
        guild_id = self.chosen.guild_id or 0
        self.query_one("#me", MePanel).show(standing.me_shown(self.state, guild_id, self.quiet_word()))

    def quiet_word(self) -> str:
        """Return what stands behind the status while nothing calls; the subclass knows."""
        return ""

    def show_purpose(self) -> None:
        """Say in the composer's frame where a message goes and what Enter does."""
        state, channel_id = self.state, self.chosen.channel_id
        composer = self.composer
        if state is None or channel_id is None or channel_id not in state.channels:
            composer.show_purpose("", _("/help shows the commands") if self._clients else "", has_purpose=False)
            composer.show_placeholder("")
            return
        draft = self.open_channel_memory.draft
        title = self._title()
        if draft.purpose is Purpose.SEND:
            may_send = bool(state.permissions(channel_id) & Permissions.SEND_MESSAGES)
            composer.show_placeholder(
                _("Message {title}").format(title=title)
                if may_send
                else _("You may read this channel, not write in it")
            )
            composer.show_purpose(title, _("enter send · ctrl+j new line"), has_purpose=False, verb=_("send"))
            composer.set_class(not may_send, "-readonly")
            return
        entry = state.timeline(channel_id).find(draft.message_id or 0)
        if draft.purpose is Purpose.REPLY:
            name = ChannelNames(state, channel_id).author(entry) if entry else _("a message")
            composer.show_purpose(
                _("reply to {name}").format(name=name), _("enter send · esc leave"), has_purpose=True, verb=_("send")
            )
        else:
            composer.show_purpose(_("edit your message"), _("enter save · esc leave"), has_purpose=True, verb=_("save"))
