"""A program has its words, its event and its time, and is told of once it ended."""

import sys
from pathlib import Path

import pytest

from tests.automation.bindings.test_fields import record
from tests.client.waiting import until
from tuichat.automation.bindings import fields
from tuichat.automation.bindings.child import MAX_OUTPUT_BYTES, Ended, run_program

TOLD = record("$(x) \x00 \x1b[2J")


async def run(*words: str, limit_s: float = 20) -> Ended:
    return await run_program(words, TOLD, fields.environment(TOLD), limit_s)


async def test_a_program_reads_its_event() -> None:
    code = "import json,os,sys; e=json.load(sys.stdin); print(e['type'], e['text']==sys.argv[1], os.environ['TUICHAT_FROM'])"
    ended = await run_program(
        [sys.executable, "-c", code, "plain"], record("plain"), fields.environment(record("plain")), 20
    )
    assert ended == Ended("", "message True bob")


async def test_what_it_writes_is_safe_and_bounded() -> None:
    ended = await run("sh", "-c", "printf '\\033[2J'; head -c 100000 /dev/zero | tr '\\0' x")
    assert ended.sentence == ""
    assert "\x1b" not in ended.output
    assert len(ended.output) <= MAX_OUTPUT_BYTES


async def test_how_it_failed_is_one_sentence() -> None:
    assert "exit code 3" in (await run("sh", "-c", "exit 3")).sentence
    assert "signal 9" in (await run("sh", "-c", "kill -9 $$")).sentence
    assert "no-such-program cannot be started" in (await run("no-such-program")).sentence


async def test_its_time_ends_all_of_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    ended = await run("sh", "-c", f"sleep 600 & echo $! > {pid}; wait", limit_s=0.3)
    assert "longer than 0.3 seconds" in ended.sentence
    child = int(pid.read_text())
    await until(lambda: _is_gone(child))


@pytest.mark.slow
async def test_one_that_leaves_something_behind_has_ended() -> None:
    ended = await run("sh", "-c", "sleep 5 & echo done", limit_s=4)
    assert ended == Ended("", "done")


def _is_gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
