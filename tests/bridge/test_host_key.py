"""The keys of a machine are those that ssh itself would take it by."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.bridge.host_key import _fingerprints, known_keys
from tuichat.bridge.ssh_configuration import SshConfiguration

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed: make test-deps"),
]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Public keys, as known_hosts has them."""
    made = []
    for number in range(3):
        path = tmp_path_factory.mktemp("keys") / str(number)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, timeout=20)
        made.append(" ".join(path.with_suffix(".pub").read_text().split()[:2]))
    return made


def fingerprint(key: str) -> str:
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def known(tmp_path: Path, text: str, **values: str) -> frozenset[str]:
    path = tmp_path / "known hosts"
    path.write_text(text)
    return known_keys(
        SshConfiguration(
            {
                "hostname": "box.example",
                "port": "22",
                "userknownhostsfile": f"/nowhere/known_hosts {path} {tmp_path}/known_hosts2",
                **values,
            }
        )
    )


def test_a_fingerprint_is_that_of_ssh_keygen(tmp_path: Path, keys: list[str]) -> None:
    (tmp_path / "key.pub").write_text(keys[0])
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(tmp_path / "key.pub")], capture_output=True, text=True, check=True, timeout=20
    )
    assert known(tmp_path, f"box.example {keys[0]}\nother {keys[1]}\n") == {shown.stdout.split()[1]}


def test_names_of_ssh_are_looked_up_its_way(tmp_path: Path, keys: list[str]) -> None:
    one, two, _three = map(fingerprint, keys)
    both = f"box.example {keys[0]}\n[box.example]:2222 {keys[1]}\n"
    assert known(tmp_path, both) == {one}
    assert known(tmp_path, both, port="2222") == {two}
    assert known(tmp_path, f"box.example {keys[0]}\n", port="2222") == {one}, "as ssh takes it, while it knows no other"
    assert known(tmp_path, both + f"vm {keys[1]}\n", hostkeyalias="vm", port="2222") == {two}
    assert known(tmp_path, f"*.example {keys[1]}\n") == {two}
    assert known(tmp_path, f"@cert-authority *.example {keys[1]}\n") == {two}
    assert known(tmp_path, f"@revoked box.example {keys[0]}\n") == frozenset()


def test_hashed_names_are_found(tmp_path: Path, keys: list[str]) -> None:
    path = tmp_path / "hashed"
    path.write_text(f"box.example {keys[0]}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, timeout=20, capture_output=True)
    assert known(tmp_path, path.read_text()) == {fingerprint(keys[0])}


def test_where_ssh_logs_in_whatever_the_key_none_is_known(tmp_path: Path, keys: list[str]) -> None:
    assert known(tmp_path, f"box.example {keys[0]}\n", stricthostkeychecking="false") == frozenset()
    assert known(tmp_path, f"box.example {keys[0]}\n", stricthostkeychecking="accept-new")


def test_without_files_or_lines_there_are_none(tmp_path: Path) -> None:
    assert known(tmp_path, "") == frozenset()
    assert known_keys(SshConfiguration({"hostname": "x", "userknownhostsfile": "/dev/null"})) == frozenset()
    assert known_keys(SshConfiguration({})) == frozenset()


@given(st.text(alphabet="@# \nabc=|+/ssh-ed25519\0é", max_size=300))
def test_lines_of_anything_are_read(text: str) -> None:
    assert all(each.startswith("SHA256:") for each in _fingerprints(text))
