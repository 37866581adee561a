"""Notices: which messages call the user who looks elsewhere, gathered and told outside of the screen."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.timer import Timer

from tuichat.client import change
from tuichat.client.change import RoomCall
from tuichat.client.notice import Circumstances, Verdict, counts_as_mention, is_busy, judge
from tuichat.protocol.message import Message, MessageType
from tuichat.text import room_words
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.markup import beginning
from tuichat.text.notice_text import Heard, Notice
from tuichat.text.quiet_hours import is_quiet
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext
from tuichat.tui.faults import log_fault
from tuichat.tui.notice_gatherer import NoticeGatherer
from tuichat.tui.rows import channel_kind
from tuichat.tui.screens.chat.reading import Reading

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.config.schema import Settings
    from tuichat.tui.notifier import Notifier


MAX_TEXT_CHARACTERS = 400  # of a message
CALLS = frozenset(
    {RoomCall.INVITED, RoomCall.ASKED_UP, RoomCall.MUTED, RoomCall.PUT_OUT}
)  # what one wants to know at once
ON_THE_PAGE = frozenset({RoomCall.ASKED_UP, RoomCall.BEGAN})  # what the page of a room says itself, with its keys


class Notices(Reading):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._calling = NoticeGatherer()
        self._calling_timer: Timer | None = None
        self._notifier: Notifier | None = None
        self.reports_focus = False  # whether the terminal ever said that it is looked at or not

    def use_notifier(self, notifier: "Notifier") -> None:
        """Have notices shown by this from now on."""
        self._notifier = notifier

    @property
    def notifier(self) -> "Notifier | None":
        return self._notifier

    @property
    def is_quiet(self) -> bool:
        """Whether the settings of this computer want no notices now."""
        return self.settings.notifications.do_not_disturb or is_quiet(
            self.settings.notifications.quiet_hours, self._now()
        )

    def quiet_word(self) -> str:
        return _(" · no notices") if self.is_quiet else ""

    def take_changes(self, changes: "Sequence[tuple[str, change.Change]]") -> None:
        super().take_changes(changes)
        arrived = [(key, item) for key, item in changes if isinstance(item, change.MessageArrived)]
        for account_key, item in arrived:
            client = self._clients.get(account_key)
            if client is not None:
                self._hear(account_key, client, item)
        if arrived:
            self._tell()
        called = [(key, item) for key, item in changes if isinstance(item, change.RoomCalled)]
        for account_key, told in called:
            client = self._clients.get(account_key)
            if client is not None:
                self._be_called(account_key, client, told)

    def _be_called(self, account_key: str, client: "Client", told: change.RoomCalled) -> None:
        """Tell what a room has to say: here, and outside of the screen while nobody looks at it."""
        calls = told.call in CALLS
        if told.call is RoomCall.INVITED and (self.is_quiet or is_busy(client.state)):
            return
        sentence = room_words.called(told)
        is_seen = self.room.display and (account_key, told.channel_id) == self._place_in_view()
        is_said = told.call is RoomCall.PUT_OUT or (is_seen and told.call in ON_THE_PAGE)  # the call says why it ended
        if not is_said:
            self.app.notify(sentence, severity="warning" if calls else "information", markup=False, timeout=10)
        if calls and self._notifier is not None and not self._is_focused and not self.is_quiet:
            title = f"#{safe_name(told.channel_name)}, {safe_name(told.guild_name)}"
            body = sentence if self.settings.notifications.show_text else room_words.called_without_words(told)
            notice = Notice(title, body, (account_key, told.channel_id), is_mention=True)
            self._notifier.show(notice, self.settings)

    def _place_in_view(self) -> tuple[str, int | None] | None:
        """Return the channel that is shown, None while something lies over it."""
        return (self.chosen.account_key, self.chosen.channel_id) if self.app.screen is self else None

    def _is_watched(self, place: tuple[str, int]) -> bool:
        """Whether the newest message of a channel is in view of somebody who looks."""
        return place == (self.chosen.account_key, self.chosen.channel_id) and self._is_focused and self._follows

    def _hear(self, account_key: str, client: "Client", item: change.MessageArrived) -> None:
        state, message, channel_id = client.state, item.message, item.channel_id
        channel = state.channels.get(channel_id)
        place = (account_key, channel_id)
        circumstances = Circumstances(is_watched=self._is_watched(place), is_quiet=self.is_quiet)
        if channel is None or judge(state, message, circumstances) is not Verdict.NOTIFY:
            return
        guild = state.guild_of(channel_id)
        names = ChannelNames(state, channel_id)
        text = _words(message, names) if self.settings.notifications.show_text else ""
        self._calling.add(
            Heard(
                place,
                channel_kind(channel).value + channel_name(channel),
                safe_name(guild.guild.name) if guild else "",
                names.name_of(message.author),
                text,
                is_mention=counts_as_mention(state, message),
                is_late=item.is_late,
            )
        )

    def _enter_channel(self) -> None:
        super()._enter_channel()
        self._calling.forget((self.chosen.account_key, self.chosen.channel_id or 0))

    def _focus_changed(self, is_focused: bool) -> None:
        super()._focus_changed(is_focused)
        self.reports_focus = True
        place = (self.chosen.account_key, self.chosen.channel_id or 0)
        if self._is_watched(place):
            self._calling.forget(place)

    def _tell(self) -> None:
        """Tell what is due, and come back when more will be."""
        client = self.client or next(iter(self._clients.values()), None)
        if client is None or self._notifier is None:
            return
        if self.is_quiet:
            self._calling.forget_all()
        for notice in self._calling.take(client.now_ms()):
            self._notifier.show(notice, self.settings)
        if self._calling_timer is not None:
            self._calling_timer.stop()
            self._calling_timer = None
        due_ms = self._calling.next_due_ms()
        if due_ms is not None:
            self._calling_timer = self.set_timer(max(1, due_ms - client.now_ms()) / 1000, self._tell)


def _words(message: Message, names: ChannelNames) -> str:
    """Return what was written in one line, spoilers hidden; where nothing was, what was sent."""
    try:
        text = safe_line(beginning(message.content, names, MAX_TEXT_CHARACTERS))
        if message.type == MessageType.STAGE_START:
            text = _("began a room: {topic}").format(topic=text)
    except Exception as error:  # who writes is told all the same
        log_fault(f"reading message {int(message.id)} for a notice", error)
        text = ""
    count = len(message.attachments)
    return text or (ngettext("sent a file", "sent {count} files", count).format(count=count) if count else "")
