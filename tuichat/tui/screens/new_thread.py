"""Dialogs that begin a thread, or a post with its tags, and that name one."""

from collections.abc import Hashable
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static, TextArea

from tuichat.client.errors import ClientError
from tuichat.client.threads import MAX_NAME_CHARACTERS
from tuichat.protocol.channel import Channel, ChannelFlags, ChannelType, ForumTag, ThreadMetadata
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.form import Field, Form
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.widgets.sign_area import SignArea
from tuichat.tui.widgets.sign_input import SignInput

if TYPE_CHECKING:
    from tuichat.client.client import Client

MAX_SLOW_MODE_S = 21_600  # Discord's documentation, "Channel Structure": six hours
ARCHIVE_WORDS = {60: "1h", 1440: "1d", 4320: "3d", 10080: "1w"}  # minutes; no other durations exist

MAX_TAG_LINES = 6  # shown at once; the list scrolls


class ThreadForm(Form[EditChannelRequest | None]):
    """Answers with what is to change of a thread: its name, slow mode, and when it is archived."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, thread: Channel) -> None:
        super().__init__()
        self._thread = thread

    def compose(self) -> ComposeResult:
        metadata = self._thread.thread_metadata
        minutes = metadata.auto_archive_duration if isinstance(metadata, ThreadMetadata) else 0
        seconds = self._thread.rate_limit_per_user
        with Vertical(classes="dialog"):
            yield Static(_("The thread"), classes="dialog-title", markup=False)
            yield Static(_("name"), classes="dialog-label", markup=False)
            yield Field(channel_name(self._thread), max_length=MAX_NAME_CHARACTERS, id="name")
            yield Static(_("slow mode: seconds between two messages, 0 for none"), classes="dialog-label", markup=False)
            yield Field(str(seconds if isinstance(seconds, int) else 0), max_length=5, id="slow")
            words = _("archived after so long without a message: 1h, 1d, 3d, 1w")
            yield Static(words, classes="dialog-label", markup=False)
            yield Field(ARCHIVE_WORDS.get(minutes, "1d"), max_length=4, id="archive")
            yield Static("", id="fault", classes="dialog-fault", markup=False)
            yield Static(_("enter goes on, and keeps it at the end · esc closes"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one("#fault").display = False
        self.query_one("#name").focus()

    def entered(self, field: Input) -> None:
        following = {"name": "slow", "slow": "archive"}.get(field.id or "")
        if following is not None:
            self.query_one(f"#{following}").focus()
            return
        name, slow, archive = (self.query_one(f"#{each}", Field).value.strip() for each in ("name", "slow", "archive"))
        minutes = next((minutes for minutes, word in ARCHIVE_WORDS.items() if word == archive.lower()), None)
        if not name:
            self.show_fault(_("A thread needs a name."), "#name")
        elif not slow.isdecimal() or int(slow) > MAX_SLOW_MODE_S:
            self.show_fault(_("Slow mode takes 0 to {limit} seconds.").format(limit=MAX_SLOW_MODE_S), "#slow")
        elif minutes is None:
            self.show_fault(_("One of 1h, 1d, 3d, 1w."), "#archive")
        else:
            self.dismiss(EditChannelRequest(name=name, rate_limit_per_user=int(slow), auto_archive_duration=minutes))

    def action_close(self) -> None:
        self.dismiss(None)


class TagRow(ListRow, frozen=True):
    tag_id: int
    name: str
    is_chosen: bool = False

    @property
    def key(self) -> Hashable | None:
        return self.tag_id


class TagRows(LineList[TagRow]):
    """Tags to choose from; each is marked by a sign, not by a colour alone."""

    BACKGROUND = "raised"

    def draw(self, row: TagRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("[x] " if row.is_chosen else "[ ] ", palette.style("accent" if row.is_chosen else "dim"))
        style = palette.style("bright" if row.is_chosen else "text")
        return [builder.add(fit(row.name, max(1, look.width - 4)), style).build(look.width)]

    def choose(self, row: TagRow, action: str | None) -> None:
        turned = msgspec.structs.replace(row, is_chosen=not row.is_chosen)
        self.show_rows([turned if each.tag_id == row.tag_id else each for each in self.rows])


class NewThread(Form[int | None]):
    """Answers with the thread that was begun, from a message where there is one."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", channel: Channel, message_id: int | None = None, name: str = "") -> None:
        super().__init__()
        self._client = client
        self._channel = channel
        self._message_id = message_id
        self._first_name = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            title = _("A thread in {channel}").format(channel=channel_name(self._channel))
            yield Static(title, classes="dialog-title", markup=False)
            placeholder = _("what it is about")
            yield Field(self._first_name, placeholder=placeholder, max_length=MAX_NAME_CHARACTERS, id="name")
            if self._message_id is None and self._channel.type == ChannelType.TEXT:
                yield TagRows(id="is-private")
            yield Static(_("enter begins it · tab to the next field · esc closes"), classes="dialog-note", markup=False)
            yield Static("", id="fault", classes="dialog-fault", markup=False)

    def on_mount(self) -> None:
        self.query_one("#fault").display = False
        for rows in self.query(TagRows):
            rows.show_rows([TagRow(0, _("private: only those who are mentioned in it see it"))])
        self.query_one("#name").focus()

    def entered(self, field: Input) -> None:
        name = field.value.strip()
        if name:
            is_private = any(row.is_chosen for rows in self.query(TagRows) for row in rows.rows)
            self.run_once(lambda: self._begin(name, is_private=is_private))

    async def _begin(self, name: str, *, is_private: bool) -> None:
        try:
            thread = await self._client.threads.begin(
                self._channel.id, name, message_id=self._message_id, is_private=is_private
            )
        except ClientError as error:
            self.show_fault(str(error))
        else:
            self.end(int(thread.id))

    def action_close(self) -> None:
        self.dismiss(None)


class NewPost(Dialog[int | None]):
    """Answers with the post that was begun."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", channel: Channel) -> None:
        super().__init__()
        self._client = client
        self._channel = channel

    def compose(self) -> ComposeResult:
        tags = self._tags
        with Vertical(classes="dialog -large"):
            title = _("A post in {channel}").format(channel=channel_name(self._channel))
            yield Static(title, classes="dialog-title", markup=False)
            yield SignInput(placeholder=_("title"), max_length=MAX_NAME_CHARACTERS, id="post-title")
            yield SignArea(id="post-text")
            if tags:
                needs = _("tags (at least one)") if self._needs_tag else _("tags")
                yield Static(needs, classes="dialog-label", markup=False)
                yield TagRows(id="post-tags")
            yield Static("", id="fault", classes="dialog-fault", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("post it"), id="post")

    @property
    def _tags(self) -> list[ForumTag]:
        return list(self._channel.available_tags) if isinstance(self._channel.available_tags, list) else []

    @property
    def _needs_tag(self) -> bool:
        return bool(self._channel.flags & ChannelFlags.REQUIRE_TAG)

    def on_mount(self) -> None:
        self.query_one("#fault").display = False
        for rows in self.query(TagRows):
            rows.show_rows([TagRow(int(tag.id), safe_name(tag.name)) for tag in self._tags])
            rows.styles.height = min(len(self._tags), MAX_TAG_LINES)
        self.query_one("#post-title").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        title = self.query_one("#post-title", Input).value.strip()
        text = self.query_one("#post-text", TextArea).text.strip()
        chosen = self.query("#post-tags")
        tags = [row.tag_id for row in chosen.first(TagRows).rows if row.is_chosen] if chosen else []
        if not title:
            self.show_fault(_("A post needs a title."), "#post-title")
        elif not text:
            self.show_fault(_("A post begins with a message: write it below the title."), "#post-text")
        elif self._needs_tag and not tags:
            self.show_fault(_("Posts here carry at least one tag: choose one with the space bar."), "#post-tags")
        else:
            self.run_once(lambda: self._post(title, text, tags))

    async def _post(self, title: str, text: str, tags: list[int]) -> None:
        try:
            post = await self._client.threads.post(self._channel.id, title, text, tags)
        except ClientError as error:
            self.show_fault(str(error), "#post-text")
        else:
            self.end(int(post.id))

    def action_close(self) -> None:
        self.dismiss(None)
