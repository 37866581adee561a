"""Whether a machine may have the sound is asked of the machine that ssh has logged in to."""

import shutil
from pathlib import Path

import pytest

from tests.bridge.test_host_key import keys  # noqa: F401  # a fixture
from tuichat.bridge.consent import Consent
from tuichat.bridge.question import Question, Voice
from tuichat.bridge.ssh_configuration import SshConfiguration

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed: make test-deps"),
]


class Somebody:
    """Answers y to each question."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **values: str) -> None:
        async def readable(_descriptor: int) -> None:
            pass

        monkeypatch.setattr("tuichat.bridge.question._readable", readable)
        self.path = tmp_path / "known_hosts"
        self.asked: list[str] = []
        self.configuration = SshConfiguration(
            {"user": "me", "hostname": "gw", "port": "2222", "userknownhostsfile": str(self.path), **values}
        )

    def question(self) -> Question:
        def nothing(_text: str) -> None:
            pass

        return Question(Voice(nothing, nothing, self.asked.append, lambda: "y"), Consent(), self.configuration, "gw")


async def test_another_key_at_another_port_is_asked_for_though_that_of_port_22_is_known(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    keys: list[str],  # noqa: F811
) -> None:
    somebody = Somebody(monkeypatch, tmp_path)
    somebody.path.write_text(f"gw {keys[0]}\n[gw]:2222 {keys[1]}\n")
    assert somebody.question().settle_before()
    assert len(somebody.asked) == 1
    somebody.path.write_text(f"gw {keys[0]}\n[gw]:2222 {keys[2]}\n")
    assert somebody.question().settle_before()
    assert "another key than the machine that you answered for" in somebody.asked[1]


async def test_a_new_key_that_ssh_takes_at_a_login_is_asked_for_though_that_of_port_22_was_allowed(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    keys: list[str],  # noqa: F811
) -> None:
    somebody = Somebody(monkeypatch, tmp_path)
    somebody.path.write_text(f"gw {keys[0]}\n")
    question = somebody.question()
    assert question.settle_before()
    assert await question.settle_there()
    assert len(somebody.asked) == 1, "ssh takes the key of port 22, and the machine is the one that was asked for"
    question = somebody.question()
    assert question.settle_before()
    somebody.path.write_text(f"gw {keys[0]}\n[gw]:2222 {keys[1]}\n")
    assert await question.settle_there()
    assert "another key than the machine that you answered for" in somebody.asked[1]
    assert Consent().of("me@gw:2222", question.keys) is True
    assert len(question.keys) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"stricthostkeychecking": "no"}, "ssh checks no key of gw"),
        ({"knownhostscommand": "/bin/keys"}, "No known_hosts file of yours has a key of gw"),
    ],
)
async def test_it_says_what_ssh_checks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: dict[str, str], words: str
) -> None:
    somebody = Somebody(monkeypatch, tmp_path, **value)
    question = somebody.question()
    assert question.settle_before()
    assert await question.settle_there()
    assert words in somebody.asked[0]
    assert "holds for any machine at this address" in somebody.asked[0]
