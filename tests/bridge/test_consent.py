"""What the owner of a laptop said of each machine, kept for the next time."""

import stat
from pathlib import Path

import pytest

from tuichat.bridge.consent import Consent
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
