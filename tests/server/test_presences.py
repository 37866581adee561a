"""What others see of somebody who has several sessions."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.user import Activity
from tuichat.server import presences as presences_module
from tuichat.server.presences import OFFLINE_SHOWN, STATUSES, Presences, Shown

ADA = 1
GO, CHESS = Activity(name="Go", type=0), Activity(name="Chess", type=0)


def test_the_strongest_status_and_the_latest_activity_are_seen() -> None:
    presences = Presences()
    assert presences.set(ADA, "a", "idle", [GO], "mobile")
    assert presences.set(ADA, "b", "online", [CHESS], "desktop")
    assert presences.shown(ADA) == Shown("online", (CHESS,), (("desktop", "online"), ("mobile", "idle")))
    assert presences.set(ADA, "b", "online", [], "desktop")
    assert presences.shown(ADA).activities == (GO,)


def test_an_invisible_session_is_connected_and_not_seen() -> None:
    presences = Presences()
    assert not presences.set(ADA, "a", "invisible", [GO])
    assert presences.is_connected(ADA)
    assert presences.shown(ADA) is OFFLINE_SHOWN
    assert presences.set(ADA, "a", "online", [])
    assert presences.set(ADA, "a", "invisible", [])
    assert presences.shown(ADA) is OFFLINE_SHOWN


def test_the_last_session_to_go_leaves_nothing_behind() -> None:
    presences = Presences()
    presences.set(ADA, "a", "dnd", [])
    assert not presences.remove(ADA, "another")
    assert presences.remove(ADA, "a")
    assert not presences.remove(ADA, "a")
    assert presences.shown(ADA) is OFFLINE_SHOWN
    assert presences.connected_ids() == []
    assert not presences._shown


def test_what_is_seen_is_worked_out_when_it_changes_and_not_when_it_is_asked_for() -> None:
    presences = Presences()
    presences.set(ADA, "a", "online", [GO])
    assert presences.shown(ADA) is presences.shown(ADA)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["set", "remove"]), st.sampled_from("abc"), st.sampled_from(sorted(STATUSES)), st.booleans()
        )
    )
)
def test_what_is_kept_is_what_the_claims_come_to(steps: list[tuple[str, str, str, bool]]) -> None:
    presences = Presences()
    for kind, session_id, status, is_playing in steps:
        before = presences.shown(ADA)
        match kind:
            case "set":
                differs = presences.set(ADA, session_id, status, [GO] if is_playing else [])
            case _:
                differs = presences.remove(ADA, session_id)
        expected = presences_module._summary(presences._claims.get(ADA, {}).values())
        assert presences.shown(ADA) == expected
        assert differs is (before != expected)
