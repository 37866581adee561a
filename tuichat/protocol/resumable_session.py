"""What a client knows of its session: what it takes to resume it, and which dispatch comes next."""

import enum

import msgspec

MAX_FUTILE_RESUMES = 3  # taste: resumes in a row that come to nothing before a new session is made
MAX_SEQUENCE = (1 << 63) - 1


class SavedSession(msgspec.Struct, frozen=True):
    """What it takes to go on with a session after a restart of the program."""

    session_id: str
    resume_url: str
    sequence: int

    def __repr__(self) -> str:
        return f"SavedSession(session_id=<hidden>, sequence={self.sequence})"


class Arrival(enum.Enum):
    """What a dispatch's number says about it."""

    NEXT = "next"
    SEEN = "seen"
    AFTER_GAP = "after a gap"


class ResumableSession:
    """The session over its connections; empty before the first READY, and after a drop."""

    def __init__(self, saved: SavedSession | None) -> None:
        self._saved = saved
        self._sequence = None if saved is None else saved.sequence
        self._gap_after: int | None = None
        self._futile_resumes = 0

    @property
    def sequence(self) -> int | None:
        """The number of the last dispatch that was given out, None before the first."""
        return self._sequence

    @property
    def saved(self) -> SavedSession | None:
        """The session as it stands; None where there is none to resume."""
        if self._saved is None or self._sequence is None:
            return None
        return SavedSession(self._saved.session_id, self._saved.resume_url, self._sequence)

    def arrive(self, sequence: int | None) -> Arrival:
        """Say what a dispatch is, and count it where it is the next one. A server may leave out the number."""
        known = self._sequence
        if sequence is None:
            return Arrival.NEXT
        if known is not None:
            if sequence > known + 1:
                return Arrival.AFTER_GAP
            if sequence <= known:
                return Arrival.SEEN
        self._sequence = sequence
        return Arrival.NEXT

    def begin(self, session_id: str, resume_url: str) -> None:
        """Note READY's session; its dispatch has been counted."""
        self._sequence = self._sequence or 0
        self._saved = SavedSession(session_id, resume_url, self._sequence)
        self.prosper()

    def prosper(self) -> None:
        """Note that the session is ready, or was resumed."""
        self._futile_resumes = 0

    def meet_gap(self) -> None:
        """Note that dispatches are missing: a resume brings them, and where it has not, only a new session helps."""
        if self._gap_after == self._sequence:
            self.drop()
        else:
            self._gap_after = self._sequence

    def fail_to_resume(self) -> None:
        """Note a resume that came to nothing."""
        self._futile_resumes += 1
        if self._futile_resumes >= MAX_FUTILE_RESUMES:
            self.drop()

    def drop(self) -> None:
        """Forget the session: the next connection identifies."""
        self._saved = self._sequence = self._gap_after = None
        self._futile_resumes = 0
