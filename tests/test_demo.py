"""The demonstration: a real server and real clients, other words each time, and nothing left behind."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from tuichat.demo import Script

pytestmark = pytest.mark.slow

LIMIT_S = 60


def show(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tuichat", "demo", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def processes_with(text: str) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if text in command:
                found.append(command)
    return found


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir="/tmp"))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_a_reader_that_has_seen_enough_ends_it_quietly(temporary: Path) -> None:
    command = [sys.executable, "-m", "tuichat", "demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"starting a server" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(LIMIT_S) == 0
    assert list(temporary.iterdir()) == []
    assert not processes_with(str(temporary))


def test_a_conversation_is_printed_and_its_picture_written(temporary: Path) -> None:
    done = show()
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.findall(r"message (\d+), with all three after \d+ ms", done.stdout)
    assert len(said) >= 4
    assert len(set(said)) == len(said)
    path = re.search(r"^picture: (.+)$", done.stdout, re.MULTILINE)
    assert path is not None
    with Image.open(path[1]) as picture:
        assert picture.size == (1476, 1002)
    assert [item.name for item in temporary.iterdir()] == [Path(path[1]).name]
    assert not processes_with(str(temporary))


def test_two_runs_say_different_things_and_the_picture_goes_where_asked(temporary: Path, tmp_path: Path) -> None:
    target = tmp_path / "pictures" / "demo.png"
    first, second = show("--output", str(target)), show("--output", str(tmp_path / "other.png"))
    assert target.exists()
    assert f"picture: {target}" in first.stdout
    words = [set(re.findall(r"\w+_[0-9a-f]{4}\b|\d{17,}", done.stdout)) for done in (first, second)]
    assert words[0]
    assert words[1]
    assert not words[0] & words[1]


def test_the_demonstration_leaves_the_home_folder_alone(temporary: Path) -> None:
    before = sorted(Path(os.environ["HOME"]).rglob("*")), sorted(Path(os.environ["XDG_STATE_HOME"]).rglob("*"))
    assert show().returncode == 0
    assert before == (
        sorted(Path(os.environ["HOME"]).rglob("*")),
        sorted(Path(os.environ["XDG_STATE_HOME"]).rglob("*")),
    )


def test_scripts_differ() -> None:
    import random

    scripts = {Script.write(random.Random(seed)) for seed in range(50)}
    assert len(scripts) == 50
    assert all(script.word in script.finding for script in scripts)
