"""The threads of a channel, or the posts of a forum: rows to open, begin, follow and close."""

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from msgspec import UNSET
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message as ScreenMessage
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.client.state import State
from tuichat.client.threads import ThreadPages
from tuichat.protocol.channel import (
    POST_CHANNELS,
    Channel,
    ChannelFlags,
    ChannelType,
    DefaultReaction,
    ForumTag,
    ThreadMetadata,
)
from tuichat.protocol.guild import Member
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.channel_names import channel_name
from tuichat.text.message_time import clock, day_name
from tuichat.text.safe_text import safe_block, safe_line, safe_name
from tuichat.translation import N_, _, ngettext
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

if TYPE_CHECKING:
    from tuichat.client.client import Client

MAX_GUIDELINE_CHARACTERS = 400
ORDERS = {"last_message_time": N_("latest activity first"), "creation_time": N_("newest first")}


class ThreadRow(ListRow, frozen=True):
    thread_id: int
    title: str
    tags: str
    author: str
    replies: int
    when: str
    is_pinned: bool = False
    is_unread: bool = False
    is_joined: bool = False
    is_archived: bool = False
    is_locked: bool = False
    is_private: bool = False

    @property
    def key(self) -> Hashable | None:
        return self.thread_id

    @property
    def height(self) -> int:
        return 2


class MoreRow(ListRow, frozen=True):
    @property
    def key(self) -> Hashable | None:
        return "more"


AnyRow = ThreadRow | MoreRow


def thread_row(
    state: State, thread: Channel, tags: dict[int, str], now: datetime, *, is_joined: bool, is_12h: bool
) -> ThreadRow:
    """Return what a list tells of a thread."""
    guild = state.guild_of(thread.id) or (
        state.guilds.get(thread.guild_id) if isinstance(thread.guild_id, int) else None
    )
    owner = guild.members.get(thread.owner_id) if guild and isinstance(thread.owner_id, int) else None
    last = thread.last_message_id if isinstance(thread.last_message_id, int) else thread.id
    moment = datetime.fromtimestamp(Snowflake(last).timestamp_ms / 1000).astimezone()
    is_today = moment.date() == now.date()
    when = clock(moment, is_12h=is_12h) if is_today else day_name(moment.date(), now.date())
    applied = thread.applied_tags if isinstance(thread.applied_tags, list) else []
    metadata = thread.thread_metadata
    return ThreadRow(
        int(thread.id),
        channel_name(thread),
        " ".join(f"[{tags[tag]}]" for tag in applied if tag in tags),
        safe_name(owner.display_name) if owner is not None else "",
        thread.message_count if isinstance(thread.message_count, int) else 0,
        when,
        is_pinned=bool(thread.flags & ChannelFlags.PINNED),
        is_unread=thread.id in state.channels and state.is_unread(thread.id) and is_joined,
        is_joined=is_joined,
        is_archived=isinstance(metadata, ThreadMetadata) and metadata.archived,
        is_locked=isinstance(metadata, ThreadMetadata) and metadata.locked,
        is_private=thread.type == ChannelType.PRIVATE_THREAD,
    )


class ThreadRows(LineList[AnyRow]):
    BACKGROUND = "raised"

    class Taken(ScreenMessage):
        def __init__(self, row: AnyRow) -> None:
            super().__init__()
            self.row = row

    def draw(self, row: AnyRow, look: Look) -> list[Line]:
        palette = look.palette
        background = palette.background("chosen" if look.has_cursor else "raised")
        head = LineBuilder(background).add("› " if look.has_cursor else "  ", palette.style("accent"))
        if isinstance(row, MoreRow):
            return [head.add(_("more …"), palette.style("accent")).build(look.width)]
        if row.is_pinned:
            head.add("✦ ", palette.style("warn"))
        if row.is_unread:
            head.add("• ", palette.style("accent-bold"))
        room = max(8, look.width - head.cells - len(row.when) - 3)
        head.add(fit(row.title, room), palette.style("bright" if row.is_unread or look.has_cursor else "text"))
        head.space_to(look.width - len(row.when) - 1).add(row.when, palette.style("dim"))
        words = [
            row.tags,
            row.author,
            ngettext("{count} message", "{count} messages", row.replies).format(count=row.replies),
            _("followed") if row.is_joined else "",
            _("private") if row.is_private else "",
            _("archived") if row.is_archived else "",
            _("locked") if row.is_locked else "",
        ]
        below = LineBuilder(background).space(4)
        text = fit(" · ".join(word for word in words if word), max(1, look.width - 5))
        return [head.build(look.width), below.add(text, palette.style("muted")).build(look.width)]

    def choose(self, row: AnyRow, action: str | None) -> None:
        self.post_message(self.Taken(row))


class ThreadsDialog(Dialog[int | None]):
    """Answers with the thread to open, which the client knows by then."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.THREADS)

    def __init__(self, client: "Client", channel: Channel, *, now: Callable[[], datetime], is_12h: bool) -> None:
        super().__init__()
        self._client = client
        self._channel = channel
        self._clock = now
        self._is_12h = is_12h
        self._is_forum = channel.type in POST_CHANNELS
        self._order = "creation_time" if channel.default_sort_order == 1 else "last_message_time"
        self._tag: ForumTag | None = None
        self._is_archived: bool | None = None if self._is_forum else False
        self._lists: list[ThreadPages] = []
        self._fault = ""

    @property
    def _tags(self) -> list[ForumTag]:
        return list(self._channel.available_tags) if isinstance(self._channel.available_tags, list) else []

    def compose(self) -> ComposeResult:
        name = channel_name(self._channel)
        title = _("Posts of {channel}") if self._is_forum else _("Threads of {channel}")
        with Vertical(classes="dialog -tall -large"):
            yield Static(title.format(channel=name), classes="dialog-title", markup=False)
            topic = self._channel.topic
            if self._is_forum and isinstance(topic, str) and topic.strip():
                guidelines = safe_block(topic)[:MAX_GUIDELINE_CHARACTERS]
                yield Static(guidelines, id="guidelines", classes="dialog-text", markup=False)
            reaction = self._channel.default_reaction_emoji
            if self._is_forum and isinstance(reaction, DefaultReaction) and reaction.emoji_name:
                words = _("react with {emoji}").format(emoji=safe_line(reaction.emoji_name))
                yield Static(words, classes="dialog-hint", markup=False)
            yield Static("", id="threads-bar", classes="dialog-hint", markup=False)
            yield ThreadRows(classes="dialog-rows")
            yield Static("", id="threads-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(ThreadRows).focus()
        self._begin()

    def _begin(self) -> None:
        if not self.is_open:
            return
        states = [False, True] if self._is_archived is None else [self._is_archived]
        tag_id = None if self._tag is None else int(self._tag.id)
        pages = self._client.threads.pages
        self._lists = [pages(self._channel.id, is_archived=each, sort_by=self._order, tag_id=tag_id) for each in states]
        self._fault = ""
        self._show(is_loading=True)
        self.run_worker(self._load(), exclusive=True)

    async def _load(self) -> None:
        lists = self._lists
        unread = next((pages for pages in lists if pages.has_more), None)
        try:
            if unread is not None:
                await unread.load()
                if not unread.threads and unread is not lists[-1]:
                    await lists[-1].load()
        except ClientError as error:
            self._fault = safe_line(str(error))
        if lists is self._lists and self.is_attached:
            self._show()

    def _show(self, *, is_loading: bool = False) -> None:
        state = self._client.state
        tags = {int(tag.id): safe_name(tag.name) for tag in self._tags}
        listed: list[AnyRow] = []
        for pages in self._lists:
            for thread in pages.threads:
                known = state.channels.get(thread.id)
                joined = int(thread.id) in pages.joined or (known is not None and known.member is not UNSET)
                now = self._clock()
                listed.append(thread_row(state, thread, tags, now, is_joined=joined, is_12h=self._is_12h))
        listed.sort(key=lambda row: not (isinstance(row, ThreadRow) and row.is_pinned))
        count = len(listed)
        if any(pages.has_more for pages in self._lists) and not is_loading and not self._fault:
            listed.append(MoreRow())
        rows = self.query_one(ThreadRows)
        rows.show_rows(listed)
        if rows.cursor_row is None:
            rows.action_cursor_first()
        self._tell(count, is_loading=is_loading)

    def _tell(self, count: int, *, is_loading: bool) -> None:
        bar = [f"{_key('threads.next_order')} {_(ORDERS[self._order])}"]
        if self._is_forum and self._tags:
            tag = _("all tags") if self._tag is None else f"[{safe_name(self._tag.name)}]"
            bar.append(f"{_key('threads.next_tag')} {tag}")
        if not self._is_forum:
            shown = _("archived ones") if self._is_archived else _("active ones")
            bar.append(f"{_key('threads.toggle_archived')} {shown}")
        self.query_one("#threads-bar", Static).update("   ".join(bar))
        if self._fault:
            words = self._fault
        elif is_loading:
            words = _("reading …")
        elif not count:
            words = _("None here yet: {key} begins one.").format(key=_key("threads.new"))
        else:
            words = _(
                "{new} new · {follow} follow · {members} who · {edit} edit · {close} archive · {lock} lock · {delete} delete · / filters"
            ).format(
                new=_key("threads.new"),
                follow=_key("threads.follow"),
                members=_key("threads.members"),
                edit=_key("threads.edit"),
                delete=_key("threads.delete"),
                close=_key("threads.archive"),
                lock=_key("threads.lock"),
            )
        self.query_one("#threads-note", Static).update(f"{words} · {_('esc closes')}")

    # What is listed.

    def action_next_order(self) -> None:
        self._order = next(order for order in ORDERS if order != self._order)
        self._begin()

    def action_next_tag(self) -> None:
        choices: list[ForumTag | None] = [None, *self._tags]
        self._tag = choices[(choices.index(self._tag) + 1) % len(choices)]
        self._begin()

    def action_toggle_archived(self) -> None:
        if not self._is_forum:
            self._is_archived = not self._is_archived
            self._begin()

    # What is done with one.

    @property
    def _chosen(self) -> tuple[ThreadRow, Channel] | None:
        row = self.query_one(ThreadRows).cursor_row
        if not isinstance(row, ThreadRow):
            return None
        return row, next(each for pages in self._lists for each in pages.threads if each.id == row.thread_id)

    @on(ThreadRows.Taken)
    def _taken(self, event: ThreadRows.Taken) -> None:
        event.stop()
        if isinstance(event.row, MoreRow):
            self.run_worker(self._load(), exclusive=True)
            return
        row = event.row
        thread = next(each for pages in self._lists for each in pages.threads if each.id == row.thread_id)
        self._client.threads.know(thread)
        self.dismiss(int(thread.id))

    def _do(self, action: Awaitable[object]) -> None:
        async def attempt() -> None:
            try:
                await action
            except ClientError as error:
                self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            else:
                self._begin()

        self.run_to_end(attempt())

    def action_follow(self) -> None:
        if (chosen := self._chosen) is not None:
            threads, row = self._client.threads, chosen[0]
            self._do(threads.leave(row.thread_id) if row.is_joined else threads.join(row.thread_id))

    def action_archive(self) -> None:
        if (chosen := self._chosen) is not None:
            row = chosen[0]
            self._do(self._client.threads.edit(row.thread_id, EditChannelRequest(archived=not row.is_archived)))

    def action_lock(self) -> None:
        if (chosen := self._chosen) is not None:
            row = chosen[0]
            self._do(self._client.threads.edit(row.thread_id, EditChannelRequest(locked=not row.is_locked)))

    def action_edit(self) -> None:
        from tuichat.tui.screens.new_thread import ThreadForm

        if (chosen := self._chosen) is None:
            return
        row, thread = chosen

        def decided(change: EditChannelRequest | None) -> None:
            if change is not None:
                self._do(self._client.threads.edit(row.thread_id, change))

        self.app.push_screen(ThreadForm(thread), decided)

    def action_delete(self) -> None:
        from tuichat.tui.screens.confirm import ConfirmDialog

        if (chosen := self._chosen) is None:
            return
        row = chosen[0]

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self._do(self._client.threads.delete(row.thread_id))

        detail = _("{name}, with all that was written there. Archiving it keeps the words.").format(name=row.title)
        self.app.push_screen(ConfirmDialog(_("Delete this thread for everyone?"), detail, _("delete")), decided)

    def action_members(self) -> None:
        if (chosen := self._chosen) is not None:
            self.run_worker(self._show_members(chosen[0]))

    async def _show_members(self, row: ThreadRow) -> None:
        from tuichat.tui.screens.text_dialog import TextDialog, text_rows

        try:
            members = await self._client.threads.members(row.thread_id)
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            return
        guild = self._client.state.guild_of(self._channel.id)
        names = []
        for following in members:
            known = guild.members.get(following.user_id) if guild and isinstance(following.user_id, int) else None
            member = following.member if isinstance(following.member, Member) else known
            names.append(safe_name(member.display_name) if member is not None else _("somebody"))
        heading = ngettext("{count} follows {name}", "{count} follow {name}", len(names))
        title = heading.format(count=len(names), name=row.title)
        self.app.push_screen(TextDialog(title, text_rows("\n".join(sorted(names, key=str.casefold)))))

    def action_add(self) -> None:
        from tuichat.tui.screens.thread_people import bring_in

        if (chosen := self._chosen) is not None:
            row = chosen[0]
            bring_in(self, self._client, (row.thread_id, row.title), self._channel.id, self._begin)

    def action_new(self) -> None:
        from tuichat.tui.screens.new_thread import NewPost, NewThread

        dialog = NewPost(self._client, self._channel) if self._is_forum else NewThread(self._client, self._channel)
        self.app.push_screen(dialog, self._begun)

    def _begun(self, thread_id: int | None) -> None:
        if thread_id is not None:
            self.dismiss(thread_id)

    def action_close(self) -> None:
        self.dismiss(None)


def _key(action_id: str) -> str:
    return keys.BY_ID[action_id].keys[0]
