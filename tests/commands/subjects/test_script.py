"""/run carries out the lines of a file in order, until one fails; /stop ends it."""

import os
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.commands.site import TypedSite


async def test_lines_of_a_file_are_run_until_one_fails(tmp_path: Path) -> None:
    site = TypedSite()
    file = tmp_path / "two words.txt"
    file.write_text("#!/usr/bin/env tuichat-run\none\n\n//two\n/nick Ada\n/msg #nots x\nthree\n")
    outcome = await site.enter(f'/run "{file}"')
    assert not outcome.is_done
    assert outcome.text.startswith("/run two words.txt, line 6: TO:")
    assert site.sent == ["one", "/two"]


async def test_a_file_that_runs_itself_ends(tmp_path: Path) -> None:
    site = TypedSite()
    file = tmp_path / "again"
    file.write_text(f"x\n/run {file}\n")
    outcome = await site.enter(f"/run {file}")
    assert not outcome.is_done
    assert "deep at most" in outcome.text


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x\n" * (1 << 20)])
async def test_what_is_no_script_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "script"
    file.write_bytes(content)
    outcome = await TypedSite().enter(f"/run {file}")
    assert outcome.text.startswith("FILE: ")
    assert not outcome.is_done


async def test_a_pipe_or_a_folder_is_no_script(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "absent"):
        assert (await TypedSite().enter(f"/run {path}")).text.startswith("FILE: ")


async def test_it_goes_on_by_itself_where_somebody_types(tmp_path: Path) -> None:
    site = TypedSite()
    jobs = site.begin_jobs()
    file = tmp_path / "script"
    file.write_text("one\ntwo\n")
    assert (await site.enter(f"/run {file}")).text == ""
    await until(lambda: not jobs.running)
    assert site.told == ["/run script: 2 lines are done."]
    assert site.sent == ["one", "two"]
    assert "Nothing goes on" in (await site.enter("/stop")).text
