"""What the script writes where one logs in, run by the sh of this machine."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuichat.bridge.keeper_script import read_mark, script
from tuichat.local.ssh_session import SessionFile

KEY = "0123456789abcdef"
SECRET = bytes(range(32))


@pytest.fixture
def base() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tck-", dir="/tmp") as folder:  # a path that is short enough for a socket
        yield Path(folder)


def run(base: Path, program: str = "sh") -> "subprocess.Popen[bytes]":
    file = SessionFile(secret=SECRET.hex(), laptop='Ada\'s "laptop"', began=4e9)
    process = subprocess.Popen(
        [program, "-s"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": f"{base}/bin:/usr/bin:/bin", "HOME": str(base), "XDG_RUNTIME_DIR": str(base)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(script(file, KEY, "mark"))
    process.stdin.flush()
    while (marked := read_mark(process.stdout.readline(), "mark")) is None:
        pass
    assert marked.folder == f"{base}/tuichat"
    return process


@pytest.mark.parametrize("date", ["", "#!/bin/sh\necho 12345.N\n", "#!/bin/sh\necho 12345.\n"])
def test_the_login_is_stamped_by_the_clock_over_there(base: Path, date: str) -> None:
    """Also by a `date` that knows whole seconds alone, as others than GNU's do: that one is asked again."""
    if date:
        (base / "bin").mkdir()
        program = base / "bin" / "date"
        program.write_text(date.replace("echo", '[ "$1" = +%s ] && exec /bin/date +%s; echo'))
        program.chmod(0o700)
    with run(base) as process:
        written = json.loads((base / "tuichat" / f"ssh-{KEY}.json").read_text())
        assert abs(written["began"] - time.time()) < 60
        assert written["laptop"] == 'Ada\'s "laptop"'
        assert written["secret"] == SECRET.hex()
        process.communicate(timeout=10)
    assert list((base / "tuichat").iterdir()) == []
