"""What the owner of a laptop said of each machine, kept for the next time."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tuichat.bridge.consent import NO_KEYS, Again, Consent
from tuichat.errors import TuichatError

BOX = "ann@box.example.org:22"


def test_nobody_was_asked_yet() -> None:
    assert Consent().of(BOX) is None
    assert not Consent().forget(BOX)


def test_an_answer_is_kept_for_other_programs_and_later_ones() -> None:
    Consent().allow(BOX)
    assert Consent().of(BOX) is True
    Consent().refuse(BOX)
    assert Consent().of(BOX) is False
    assert Consent().forget(BOX)
    assert Consent().of(BOX) is None


@pytest.mark.parametrize("other", ["ann@box.example.org:2222", "bob@box.example.org:22", "ann@box:22"])
def test_another_port_user_or_name_is_another_machine(other: str) -> None:
    Consent().allow(BOX)
    assert Consent().of(other) is None


def test_answers_of_several_machines_stand_side_by_side() -> None:
    consent = Consent()
    consent.allow(BOX)
    consent.refuse("ann@other:22")
    assert {destination: answer.is_allowed for destination, answer in consent.all().items()} == {
        BOX: True,
        "ann@other:22": False,
    }


def test_the_file_is_closed_to_others() -> None:
    consent = Consent()
    consent.allow(BOX)
    assert stat.S_IMODE(consent.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(consent.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"hosts": 5}', b'{"hosts": {"ann@box.example.org:22": true}}', b"\xff"]
)
def test_a_damaged_file_allows_nobody_and_is_replaced_by_the_next_answer(content: bytes) -> None:
    consent = Consent()
    consent.path.parent.mkdir(parents=True, mode=0o700)
    consent.path.write_bytes(content)
    assert consent.of(BOX) is None
    consent.allow(BOX)
    assert consent.of(BOX) is True


def test_an_answer_that_cannot_be_kept_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("")
    with pytest.raises(TuichatError):
        Consent(tmp_path / "in-the-way" / "consent.json").allow(BOX)


ONE, TWO, BOTH = frozenset({"SHA256:one"}), frozenset({"SHA256:two"}), frozenset({"SHA256:one", "SHA256:two"})


@pytest.mark.parametrize("said", [Consent.allow, Consent.refuse])
def test_another_key_is_another_machine(said: Callable[[Consent, str, frozenset[str]], None]) -> None:
    consent = Consent()
    said(consent, BOX, ONE)
    assert consent.of(BOX, ONE) is consent.of(BOX, BOTH) is (said is Consent.allow), "ssh learns further keys"
    for other in (TWO, NO_KEYS):
        assert consent.of(BOX, other) is None
        assert consent.why_again(BOX, other) is Again.OTHER_KEY
    assert consent.why_again(BOX, ONE) is None
    consent.allow(BOX, TWO)
    assert consent.of(BOX, ONE) is None, "one machine at a time has a name"


def test_without_a_key_it_is_one_without_a_key() -> None:
    consent = Consent()
    consent.allow(BOX)
    assert consent.of(BOX) is True
    assert consent.of(BOX, ONE) is None


def test_what_is_said_before_a_key_is_known_holds_for_the_first() -> None:
    consent = Consent()
    consent.allow_first(BOX)
    assert consent.of(BOX, ONE) is True
    consent.found(BOX, ONE)
    assert consent.of(BOX, ONE) is True
    assert consent.of(BOX, TWO) is None
    consent.found(BOX, TWO)
    assert consent.of(BOX, TWO) is None, "it was found already"


def test_what_was_kept_without_a_key_is_asked_once_again() -> None:
    consent = Consent()
    consent.path.parent.mkdir(parents=True, mode=0o700)
    consent.path.write_text('{"v":1,"hosts":{"ann@box.example.org:22":{"is_allowed":true,"said_s":1.5}}}')
    for keys in (ONE, NO_KEYS):
        assert consent.of(BOX, keys) is None
        assert consent.why_again(BOX, keys) is Again.KEPT_WITHOUT_KEY
    consent.allow(BOX, ONE)
    assert consent.of(BOX, ONE) is True


def test_a_stop_is_for_the_name_whatever_the_key() -> None:
    consent = Consent()
    consent.allow(BOX, ONE)
    consent.stop(BOX)
    assert consent.is_stopped(BOX)
    assert consent.of(BOX, ONE) is True
    assert consent.of(BOX, TWO) is None


def test_whether_it_was_heard_outlives_what_is_said() -> None:
    consent = Consent()
    consent.heard(BOX)
    assert not consent.was_heard(BOX), "nothing is kept of one that nobody was asked about"
    consent.allow(BOX, ONE)
    consent.heard(BOX)
    consent.allow(BOX, TWO)
    assert consent.was_heard(BOX)


def test_the_microphone_unseen_is_allowed_in_so_many_words() -> None:
    consent = Consent()
    consent.allow(BOX)
    assert not consent.may_be_unseen(BOX)
    consent.allow(BOX, unseen=True)
    assert Consent().may_be_unseen(BOX)
    consent.stop(BOX)
    assert consent.may_be_unseen(BOX), "a stop keeps what was said"
    consent.allow(BOX)
    assert not consent.may_be_unseen(BOX)
    consent.allow_first(BOX, unseen=True)
    consent.found(BOX, ONE)
    assert consent.may_be_unseen(BOX)
