"""Says in sentences what happens in the live room that one is in, and what rooms have to say to the user."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tuichat.client.change import Change, MembersChanged, RoomCall, RoomCalled, RoomsChanged, VoiceStatesChanged
from tuichat.client.client import Client
from tuichat.client.room_view import Reaction, RoomPerson, RoomView
from tuichat.client.voice_desk import VoiceDesk, VoiceView
from tuichat.protocol.channel import ChannelType
from tuichat.text import room_words
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext

OF_ROOMS = (RoomsChanged, VoiceStatesChanged, MembersChanged)
REACTIONS_EVERY_MS = 3000  # taste: applause is told once


class Call(Protocol):
    def __call__(self, client: Client, sentence: str, *, comes_from_outside: bool) -> None: ...


class RoomHerald:
    """Says each thing once."""

    def __init__(
        self,
        desk: VoiceDesk,
        clients: Mapping[str, Client],
        say: Callable[[str], None],
        call: Call,
    ) -> None:
        """`clients` are those of all accounts, also of such as come later; `call` says what the user is called for."""
        self._desk = desk
        self._clients = clients
        self._say = say
        self._call = call
        self._seen: RoomView | None = None  # the room that one is in
        self._reaction_ms: int | None = None  # when the last one that was told began to fly
        self._end = desk.subscribe(self._look)

    def close(self) -> None:
        self._end()

    def is_stage(self, view: VoiceView) -> bool:
        """Whether a call is in a stage channel, of whose people this tells."""
        client = self._clients.get(view.account_key)
        channel = client.state.channels.get(view.channel_id or 0) if client is not None else None
        return channel is not None and channel.type == ChannelType.STAGE

    def take(self, client: Client, changes: Sequence[Change]) -> None:
        for item in changes:
            if isinstance(item, RoomCalled):
                self._take_call(client, item)
        if client.key == self._desk.view.account_key and any(isinstance(item, OF_ROOMS) for item in changes):
            self._look()

    def _take_call(self, client: Client, told: RoomCalled) -> None:
        if told.call is RoomCall.PUT_OUT:
            return  # the call says why it ended
        sentence = room_words.called(told)
        if told.call in (RoomCall.BEGAN, RoomCall.ENDED):
            self._say(sentence)
        else:
            self._call(client, sentence, comes_from_outside=told.call is RoomCall.INVITED)

    def _look(self) -> None:
        view = self._desk.view
        client = self._clients.get(view.account_key)
        if client is None or view.channel_id is None or not view.is_in_call or not self.is_stage(view):
            self._seen = None
            return
        before, now = self._seen, client.live_rooms.view(view.channel_id)
        self._seen = now
        if not now.is_live or not now.is_here:
            return
        if before is None or before.channel_id != now.channel_id or not before.is_here:
            self._say(_describe(now))
        elif before.is_live and before != now:
            for sentence in happened(before, now):
                self._say(sentence)
        self._tell_reaction(now.reactions)

    def _tell_reaction(self, reactions: Sequence[Reaction]) -> None:
        if not reactions:
            return
        newest = reactions[-1]
        if self._reaction_ms is None or newest.since_ms >= self._reaction_ms + REACTIONS_EVERY_MS:
            self._reaction_ms = newest.since_ms
            name = safe_name(newest.name, _("somebody"))
            self._say(_("{name} reacts: {emoji}").format(name=name, emoji=safe_line(newest.emoji)))


def happened(before: RoomView, now: RoomView) -> list[str]:
    """Return what changed in a room between two views of it, a sentence each."""
    told = []
    if now.topic != before.topic:
        told.append(_("The room is about “{topic}” now.").format(topic=safe_line(now.topic)))
    if now.link != before.link and now.link:
        told.append(_("Pinned: {link}").format(link=safe_line(now.link)))
    learned = now.is_whole and not before.is_whole  # what was so before is no news
    if (now.openness, now.role) != (before.openness, before.role) and not learned:
        told.append(_("The room is {openness} now.").format(openness=room_words.openness(now)))
    if now.hands is not before.hands and not learned:
        told.append(_("From now on {hands}.").format(hands=_(room_words.HANDS[now.hands])))
    if now.is_host != before.is_host:
        told.append(_("You are a host now.") if now.is_host else _("You are no host any more."))
    told += _speaking(before, now)
    if now.is_host:
        told += _asking(before, now)
    return told


def _speaking(before: RoomView, now: RoomView) -> list[str]:
    told = []
    earlier = {each.user_id: each for each in before.speakers}
    for person in now.speakers:
        known = earlier.pop(person.user_id, None)
        if known is None:
            told.append(_("You are on the stage now.") if person.is_me else _told(_("{name} speaks now."), person))
        elif known.is_muted != person.is_muted and not person.is_me:
            told.append(_told(_("{name} is muted.") if person.is_muted else _("{name} is not muted any more."), person))
        if known is not None and known.is_host != person.is_host and not person.is_me and person.is_host:
            told.append(_told(_("{name} is a host now."), person))
    for person in earlier.values():
        if person.is_me:
            told += [_("You listen now.")] if now.is_here else []
        else:
            told.append(_told(_("{name} left the stage."), person))
    return told


def _asking(before: RoomView, now: RoomView) -> list[str]:
    """Hands are for hosts to know of."""
    earlier = {each.user_id for each in before.asking}
    speaking = {each.user_id for each in (*now.speakers, *now.invited)}
    words = _("{name} raises a hand: /room invite asks up who raised one first.")
    told = [_told(words, person) for person in now.asking if person.user_id not in earlier and not person.is_me]
    up = {each.user_id for each in now.asking}
    lowered = [each for each in before.asking if each.user_id not in up | speaking and not each.is_me]
    told += [_told(_("{name} has no hand up any more."), person) for person in lowered]
    there = {each.user_id for each in (*now.speakers, *now.invited)}
    declined = [each for each in before.invited if each.user_id not in there and not each.is_me]
    return told + [_told(_("{name} does not take the stage."), person) for person in declined]


def _describe(view: RoomView) -> str:
    topic = safe_line(view.topic)
    speakers = ngettext("{count} speaks", "{count} speak", len(view.speakers)).format(count=len(view.speakers))
    listeners = ngettext("{count} listens.", "{count} listen.", view.listeners).format(count=view.listeners)
    return _("The room is about “{topic}”: {speakers}, {listeners}").format(
        topic=topic, speakers=speakers, listeners=listeners
    )


def _told(words: str, person: RoomPerson) -> str:
    return words.format(name=safe_name(person.name, _("somebody")))
