"""What a client knows of its session."""

from tuichat.protocol.resumable_session import MAX_FUTILE_RESUMES, Arrival, ResumableSession, SavedSession


def _begun() -> ResumableSession:
    session = ResumableSession(None)
    session.arrive(1)
    session.begin("id", "ws://h")
    return session


def test_a_session_begins_with_ready() -> None:
    session = ResumableSession(None)
    assert session.saved is None
    assert session.arrive(1) is Arrival.NEXT
    session.begin("id", "ws://h")
    assert session.saved == SavedSession("id", "ws://h", 1)


def test_dispatches_count_one_by_one() -> None:
    session = _begun()
    assert [session.arrive(number) for number in (2, 2, 1, 3, 5, 4)] == [
        Arrival.NEXT,
        Arrival.SEEN,
        Arrival.SEEN,
        Arrival.NEXT,
        Arrival.AFTER_GAP,
        Arrival.NEXT,
    ]
    assert session.sequence == 4


def test_a_dispatch_without_a_number_changes_nothing() -> None:
    session = _begun()
    assert session.arrive(None) is Arrival.NEXT
    assert session.sequence == 1


def test_the_same_gap_twice_drops_the_session() -> None:
    session = _begun()
    session.meet_gap()
    assert session.saved is not None
    session.arrive(2)
    session.meet_gap()
    assert session.saved is not None
    session.meet_gap()
    assert session.saved is None


def test_futile_resumes_drop_the_session_unless_one_prospers() -> None:
    session = _begun()
    for _ in range(MAX_FUTILE_RESUMES - 1):
        session.fail_to_resume()
    session.prosper()
    for _ in range(MAX_FUTILE_RESUMES - 1):
        session.fail_to_resume()
    assert session.saved is not None
    session.fail_to_resume()
    assert session.saved is None
    assert session.sequence is None
