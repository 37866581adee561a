"""One room: who is in it, and what they are told of each other."""

from functools import partial

from tuichat.server.voice.announcer import Announcer
from tuichat.server.voice.participant import NEVER_SPOKE, Audience, Helper, Participant, Signals


class Room:
    """The people whose voice connections are up in one channel or call.

    Who may not speak is told of to those alone who asked for that, and once a second: a stage has thousands of them.
    """

    __slots__ = ("_announcer", "_came", "_helper", "_known", "_members", "_voices", "_wanting", "_went")

    def __init__(self, announcer: Announcer, helper: Helper | None = None) -> None:
        self._announcer = announcer
        self._helper = helper
        self._members: dict[int, Participant] = {}  # by SSRC, as all of these
        self._voices: dict[int, Participant] = {}  # those who may speak
        self._known: set[int] = set()  # those whom everybody was told of, since they may speak, or might
        self._wanting: dict[int, Participant] = {}  # those who want to hear of listeners
        self._came: dict[int, Participant] = {}  # listeners whom those are not told of yet
        self._went: list[int] = []  # the users of those whom they think here still

    def __len__(self) -> int:
        return len(self._members)

    def members(self) -> list[Participant]:
        return list(self._members.values())

    def enter(self, newcomer: Participant) -> None:
        """Take somebody in: the others hear of it, and the newcomer of them and of each one who has spoken."""
        others = self.members()
        shown = others if newcomer.wants_listeners else list(self._voices.values())
        shown_ids = [other.user_id for other in shown if other.ssrc not in self._came]
        self._members[newcomer.ssrc] = newcomer
        newcomer.room = self
        newcomer.helper = self._helper
        if newcomer.place.may_speak:
            self._known.add(newcomer.ssrc)
            self._announcer.tell(others, lambda signals: signals.people_joined([newcomer.user_id]))
        else:
            self._came[newcomer.ssrc] = newcomer
        if newcomer.wants_listeners:
            self._wanting[newcomer.ssrc] = newcomer
        self.changed(newcomer)
        if shown_ids:
            newcomer.signals.people_joined(shown_ids)
        for other in self._voices.values():
            if other is not newcomer and other.announced != NEVER_SPOKE:
                newcomer.signals.speaking(other.user_id, other.ssrc, other.announced)

    def leave(self, member: Participant) -> None:
        if self._members.pop(member.ssrc, None) is None:
            return
        member.room = None
        if self._helper is not None:
            self._helper.drop(member)
        self._voices.pop(member.ssrc, None)
        self._wanting.pop(member.ssrc, None)
        self._forget_audiences()
        if member.ssrc in self._known:
            self._known.discard(member.ssrc)
            self._announcer.tell(self.members(), lambda signals: signals.person_left(member.user_id))
        elif self._came.pop(member.ssrc, None) is None:
            self._went.append(member.user_id)

    def tell_listeners(self) -> None:
        """Tell who wants to hear it which listeners came and went; to be called once a second."""
        came, self._came = self._came, {}
        went, self._went = self._went, []
        if not came and not went:
            return
        for wanting in self._wanting.values():
            here = [other.user_id for other in came.values() if other is not wanting]
            self._announcer.tell([wanting], partial(_tell_changes, went, here))

    def announce(self, speaker: Participant, bits: int, now_ms: int) -> None:
        """Tell the others that somebody speaks or has ended. Libraries play nothing of one they were not told about, so
        what it says first is held until they know."""
        told = None
        if speaker.announced == NEVER_SPOKE:
            speaker.told_ms = now_ms
            speaker.is_being_told = True
            told = speaker.was_told
        speaker.announced = bits
        user_id, ssrc = speaker.user_id, speaker.ssrc
        others = [other for other in self._members.values() if other is not speaker]
        self._announcer.tell(others, lambda signals: signals.speaking(user_id, ssrc, bits), told)

    def released(self, speaker: Participant) -> None:
        """What somebody said first is on its way."""
        if self._helper is not None:
            self._helper.set(speaker)

    def changed(self, member: Participant) -> None:
        """The keys, address or rights of a member changed: audiences are made anew when they are needed."""
        if member.place.may_speak:
            self._voices[member.ssrc] = member
            self._known.add(member.ssrc)
            if self._came.pop(member.ssrc, None) is not None:
                wanting = [other for other in self._wanting.values() if other is not member]
                self._announcer.tell(wanting, lambda signals: signals.people_joined([member.user_id]))
        else:
            self._voices.pop(member.ssrc, None)
            member.audience = None
        self._forget_audiences()
        if self._helper is not None:
            self._helper.set(member)

    def audience_of(self, speaker: Participant) -> Audience:
        """Return who hears somebody now, and remember it in `speaker.audience` until something changes."""
        listeners = [each for each in self._members.values() if each is not speaker and each.hears]
        audience = speaker.audience = Audience(listeners)
        return audience

    def _forget_audiences(self) -> None:
        for voice in self._voices.values():
            voice.audience = None


def _tell_changes(went_ids: list[int], came_ids: list[int], signals: Signals) -> None:
    for user_id in went_ids:
        signals.person_left(user_id)
    if came_ids:
        signals.people_joined(came_ids)
