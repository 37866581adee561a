"""Says in one line what became of a connection, and who calls elsewhere."""

from collections.abc import Callable
from datetime import datetime

from tuichat.client.change import FollowedWentLive
from tuichat.client.client import Client
from tuichat.client.notice import Circumstances, Verdict, counts_as_mention, is_busy, judge, judge_live
from tuichat.client.state import Connection
from tuichat.commands.naming.places import Clients, Place, account_name, place_name
from tuichat.config.schema import NotificationSettings
from tuichat.plain.message_words import MessageWords
from tuichat.plain.printer import Printer
from tuichat.protocol.message import Message, MessageType
from tuichat.text.channel_names import ChannelNames
from tuichat.text.hallway_words import went_live
from tuichat.text.quiet_hours import is_quiet
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

MAX_HEARD_CHARACTERS = 300  # of a message elsewhere (taste)


class Herald:
    """Remembers what it said, so that it says nothing twice."""

    def __init__(
        self, clients: Clients, notifications: NotificationSettings, printer: Printer, now: Callable[[], datetime]
    ) -> None:
        """`clients` are those of all accounts, also of such as come later."""
        self._clients = clients
        self._notifications = notifications
        self._printer = printer
        self._now = now
        self._told: dict[str, tuple[Connection, str]] = {}  # of each account's connection
        self._called: set[Place] = set()  # where something was told to be new, and was not looked at since

    def forget_account(self, account_key: str) -> None:
        self._told.pop(account_key, None)

    def was_opened(self, place: Place) -> None:
        """Note that what is new in a place was told."""
        self._called.discard(place)

    def _say(self, sentence: str) -> None:
        self._printer.say(safe_line(sentence))

    def tell_connection(self, account_key: str, client: Client) -> None:
        """Say in one sentence what became of a connection; not again at each try."""
        state = client.state
        before, note_before = self._told.get(account_key, (Connection.OFFLINE, ""))
        note = safe_line(state.connection_note)
        self._told[account_key] = state.connection, note
        who = account_name(client)
        match state.connection:
            case Connection.READY if before is Connection.RECONNECTING:
                self._say(_("{account} is connected again.").format(account=who))
            case Connection.RECONNECTING if before is not Connection.RECONNECTING:
                words = _("{account} is not connected. {reason} tuichat tries again by itself; /reconnect tries now.")
                self._say(words.format(account=who, reason=note))
            case Connection.REFUSED if before is not Connection.REFUSED:
                self._say(
                    _("{account} cannot sign in. {reason} /signin signs in again.").format(account=who, reason=note)
                )
            case Connection.CONNECTING if note and note != note_before:
                self._say(note)

    def call(self, client: Client, sentence: str, *, comes_from_outside: bool) -> None:
        """Say what somebody wants of the user now, with the bell: neither where nobody is to disturb and it
        `comes_from_outside` of what the user takes part in."""
        is_undisturbed = self._is_quiet or is_busy(client.state)
        if is_undisturbed and comes_from_outside:
            return
        if self._notifications.bell and not is_undisturbed:
            self._printer.ring()
        self._say(sentence)

    def _tell_room(self, place: Place, client: Client, message: Message) -> None:
        author = ChannelNames(client.state, place.channel_id).name_of(message.author)
        topic = safe_line(message.content)[:MAX_HEARD_CHARACTERS] if self._notifications.show_text else ""
        words = _("{author} began a room in {place}: {topic}") if topic else _("{author} began a room in {place}.")
        self._say(words.format(author=author, place=place_name(self._clients, place), topic=topic))

    @property
    def _is_quiet(self) -> bool:
        return self._notifications.do_not_disturb or is_quiet(self._notifications.quiet_hours, self._now())

    def hear_live(self, client: Client, told: FollowedWentLive) -> None:
        """Say in one line who of those whom one follows is live, and how to come in."""
        author_id = None if told.user is None else int(told.user.id)
        circumstances = Circumstances(is_quiet=self._is_quiet)
        channel_id = int(told.found.room.channel_id)
        if judge_live(client.state, channel_id, author_id, circumstances) is not Verdict.NOTIFY:
            return
        self._say(
            went_live(told, shows_topic=self._notifications.show_text)
            + " "
            + _("/hallway join comes into the first room, /hallway lists them.")
        )

    def hear(self, place: Place, client: Client, message: Message, here: Place | None) -> None:
        """Say in one line who calls elsewhere; where somebody only writes, once until it is looked at."""
        state = client.state
        notifications = self._notifications
        circumstances = Circumstances(
            is_watched=place == here,
            is_quiet=self._is_quiet,
        )
        if place.channel_id not in state.channels or judge(state, message, circumstances) is not Verdict.NOTIFY:
            return
        names = ChannelNames(state, place.channel_id)
        where = place_name(self._clients, place)
        is_mention = counts_as_mention(state, message)
        if not is_mention:
            if message.type == MessageType.STAGE_START:
                self._tell_room(place, client, message)
            elif place not in self._called:
                self._called.add(place)
                self._say(_("New in {place}.").format(place=where))
            return
        is_private = place.channel_id in state.private_channel_ids
        words = MessageWords(names, self._now()).beginning(message, MAX_HEARD_CHARACTERS)
        author = names.name_of(message.author)
        sentence = (
            _("{author} writes to you: {words}") if is_private else _("{author} mentions you in {place}: {words}")
        )
        if not notifications.show_text:
            sentence = _("{author} writes to you.") if is_private else _("{author} mentions you in {place}.")
        if notifications.bell:
            self._printer.ring()
        self._say(sentence.format(author=author, place=where, words=words))
