"""One room: who is in it, and what they are told of each other."""

from tuichat.server.voice.participant import NEVER_SPOKE, Audience, Helper, Participant


class Room:
    """The people whose voice connections are up in one channel or call."""

    __slots__ = ("_helper", "_members")

    def __init__(self, helper: Helper | None = None) -> None:
        self._helper = helper
        self._members: dict[int, Participant] = {}  # by SSRC

    def __len__(self) -> int:
        return len(self._members)

    def members(self) -> list[Participant]:
        return list(self._members.values())

    def enter(self, newcomer: Participant) -> None:
        """Take somebody in: the others hear of it, and the newcomer of them and of each one who has spoken."""
        others = self.members()
        self._members[newcomer.ssrc] = newcomer
        newcomer.room = self
        newcomer.helper = self._helper
        self.changed(newcomer)
        for other in others:
            other.signals.people_joined([newcomer.user_id])
        if others:
            newcomer.signals.people_joined([other.user_id for other in others])
        for other in others:
            if other.announced != NEVER_SPOKE:
                newcomer.signals.speaking(other.user_id, other.ssrc, other.announced)

    def leave(self, member: Participant) -> None:
        if self._members.pop(member.ssrc, None) is None:
            return
        member.room = None
        if self._helper is not None:
            self._helper.drop(member)
        self._forget_audiences()
        for other in self._members.values():
            other.signals.person_left(member.user_id)

    def announce(self, speaker: Participant, bits: int, now_ms: int) -> None:
        """Tell the others that somebody speaks or has ended. Libraries play nothing of one they were not told about, so
        what it says first is held until they know."""
        if speaker.announced == NEVER_SPOKE:
            speaker.told_ms = now_ms
        speaker.announced = bits
        for other in self._members.values():
            if other is not speaker:
                other.signals.speaking(speaker.user_id, speaker.ssrc, bits)

    def released(self, speaker: Participant) -> None:
        """What somebody said first is on its way."""
        if self._helper is not None:
            self._helper.set(speaker)

    def changed(self, member: Participant) -> None:
        """The keys, address or rights of a member changed: audiences are made anew when they are needed."""
        self._forget_audiences()
        if self._helper is not None:
            self._helper.set(member)

    def _forget_audiences(self) -> None:
        for member in self._members.values():
            member.audience = None

    def audience_of(self, speaker: Participant) -> Audience:
        """Return who hears somebody now, and remember it in `speaker.audience` until something changes."""
        listeners = [each for each in self._members.values() if each is not speaker and each.hears]
        audience = speaker.audience = Audience(listeners)
        return audience
