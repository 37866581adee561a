"""What the desktop is asked to tell of the microphone."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.client.waiting import until
from tuichat.bridge.capture import Capture
from tuichat.bridge.capture_notice import AGAIN_S, CaptureNotice

OPEN = Capture(destination="ann@box:22", name="box", is_open=True, device="Built-in \x1b[31m")
CLOSED = Capture(destination="ann@box:22", name="box", is_open=False)


class Desktop:
    """A notify-send that writes down what it was given."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._log = folder / "told"
        program = folder / "notify-send"
        program.write_text(
            f"#!/bin/sh\nexec python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' \"$@\" >>{self._log}\n"
        )
        program.chmod(0o755)
        self.now_s = 0.0
        self.notice = CaptureNotice(
            environment=environment,
            platform="linux",
            find=lambda name: str(program) if name == "notify-send" else None,
            now_s=lambda: self.now_s,
        )

    def told(self) -> list[list[str]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    async def settle(self) -> None:
        await until(lambda: not self.notice._tasks)


async def test_the_desktop_says_who_hears_and_how_to_end_it(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, DISPLAY=":0")
    desktop.notice.show(OPEN)
    await until(desktop.told)
    *_options, title, body = desktop.told()[0]
    assert title == "box hears your microphone"
    assert "tuichat bridge stop" in body
    assert "\x1b" not in body
    await desktop.settle()


async def test_a_change_of_an_open_microphone_is_not_told_again(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, DISPLAY=":0")
    desktop.notice.show(OPEN)
    desktop.notice.show(Capture(destination="ann@box:22", name="box", is_open=True, device="Headset", is_muted=True))
    assert len(desktop.notice._tasks) == 1
    await desktop.settle()


async def test_a_microphone_that_opens_again_is_told_after_a_while(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, DISPLAY=":0")
    for now_s, tasks in ((0.0, 1), (AGAIN_S - 1, 1), (AGAIN_S + 1, 2)):
        desktop.now_s = now_s
        desktop.notice.show(CLOSED)
        desktop.notice.show(OPEN)
        assert len(desktop.notice._tasks) == tasks
    await desktop.settle()


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": "localhost:10", "SSH_CONNECTION": "a b c d"}])
async def test_without_a_desktop_nothing_is_run(tmp_path: Path, environment: dict[str, str]) -> None:
    desktop = Desktop(tmp_path, **environment)
    desktop.notice.show(OPEN)
    desktop.notice.ask("box", "tuichat bridge allow box")
    assert not desktop.notice._tasks


async def test_a_question_is_told_once_until_it_is_answered(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, DISPLAY=":0")
    desktop.notice.ask("box", "tuichat bridge allow box")
    desktop.notice.ask("box", "tuichat bridge allow box")
    assert len(desktop.notice._tasks) == 1
    desktop.notice.answered()
    desktop.notice.ask("box", "tuichat bridge allow box")
    assert len(desktop.notice._tasks) == 2
    await desktop.settle()


async def test_a_program_that_hangs_is_ended_with_the_bridge(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, DISPLAY=":0")
    (tmp_path / "notify-send").write_text("#!/bin/sh\nexec sleep 60\n")
    desktop.notice.show(OPEN)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await desktop.notice.close()
    assert not desktop.notice._tasks
