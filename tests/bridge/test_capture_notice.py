"""What the desktop is asked to tell of the microphone."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.client.waiting import until
from tuichat.bridge.capture import Capture
from tuichat.bridge.capture_notice import CaptureNotice

OPEN = Capture(destination="ann@box:22", name="box", is_open=True, device="Built-in \x1b[31m")
CLOSED = Capture(destination="ann@box:22", name="box", is_open=False)


class Desktop:
    """A notify-send that writes down what it was given."""

    def __init__(
        self,
        folder: Path,
        *,
        stands_alone: bool = False,
        again_s: float = 100,
        remind_s: float = 100,
        try_again_s: float = 100,
        try_again_soonest_s: float = 100,
        **environment: str,
    ) -> None:
        self._log = folder / "told"
        program = folder / "notify-send"
        program.write_text(
            f"#!/bin/sh\nexec python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' \"$@\" >>{self._log}\n"
        )
        program.chmod(0o755)
        self.program = program
        self._script = program.read_text()
        self.notice = CaptureNotice(
            stands_alone=stands_alone,
            again_s=again_s,
            remind_s=remind_s,
            try_again_s=try_again_s,
            try_again_soonest_s=try_again_soonest_s,
            environment=environment,
            platform="linux",
            find=lambda name: str(program) if name == "notify-send" else None,
        )

    def fail(self) -> None:
        self.program.write_text("#!/bin/sh\nexit 1\n")

    def work(self) -> None:
        self.program.write_text(self._script)

    def told(self) -> list[list[str]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    def titles(self) -> list[str]:
        return [title for *_options, title, _body in self.told()]

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


HEARS = "box hears your microphone"
STILL_HEARS = "box still hears your microphone"
HEARS_NO_MORE = "box does not hear your microphone any more"


async def test_a_microphone_that_opens_again_soon_is_told_once_more_when_it_may_be(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, DISPLAY=":0", again_s=0.3)
    for _times in range(5):
        desktop.notice.show(OPEN)
        desktop.notice.show(CLOSED)
    desktop.notice.show(OPEN)
    assert len(desktop.notice._tasks) == 1
    await until(lambda: desktop.titles() == [HEARS, HEARS])
    await desktop.settle()


async def test_of_a_microphone_that_is_closed_by_then_nothing_is_told(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, DISPLAY=":0", again_s=0.1)
    desktop.notice.show(OPEN)
    desktop.notice.show(CLOSED)
    desktop.notice.show(OPEN)
    desktop.notice.show(CLOSED)
    await until(lambda: desktop.notice._limit is None)
    await desktop.settle()
    assert desktop.titles() == [HEARS]


async def test_where_nothing_else_shows_it_the_notice_comes_again_and_the_end_is_told(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, stands_alone=True, DISPLAY=":0", again_s=0.05, remind_s=0.2)
    desktop.notice.show(OPEN)
    await until(lambda: len(desktop.titles()) >= 3)
    assert desktop.titles()[:3] == [HEARS, STILL_HEARS, STILL_HEARS]
    desktop.notice.show(CLOSED)
    await until(lambda: desktop.titles()[-1] == HEARS_NO_MORE)
    await desktop.settle()
    told = len(desktop.titles())
    await asyncio.sleep(0.3)  # in which a reminder would come
    assert len(desktop.titles()) == told


async def test_where_nothing_else_shows_it_who_was_told_of_an_end_is_told_of_a_beginning_at_once(
    tmp_path: Path,
) -> None:
    desktop = Desktop(tmp_path, stands_alone=True, DISPLAY=":0")
    desktop.notice.show(OPEN)
    desktop.notice.show(CLOSED)
    assert len(desktop.notice._tasks) == 1
    desktop.notice._limit_ended()
    assert len(desktop.notice._tasks) == 2
    assert desktop.notice._limit is not None
    desktop.notice.show(OPEN)
    assert len(desktop.notice._tasks) == 3, "not only when the limit ends"
    await desktop.settle()
    await desktop.notice.close()


async def test_an_end_that_waits_is_told_when_the_session_ends(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, stands_alone=True, DISPLAY=":0")
    desktop.notice.show(OPEN)
    desktop.notice.show(CLOSED)
    await desktop.notice.close()
    assert sorted(desktop.titles()) == sorted([HEARS, HEARS_NO_MORE])


async def test_a_desktop_that_shows_nothing_is_told_of(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, stands_alone=True, DISPLAY=":0")
    failures: list[bool] = []
    desktop.notice.on_change = lambda: failures.append(desktop.notice.can_show)
    desktop.fail()
    assert desktop.notice.can_show
    desktop.notice.show(OPEN)
    await desktop.settle()
    assert failures == [False]
    await desktop.notice.close()


SHOWN_AGAIN = "Notices of the microphone are shown again"


async def test_a_desktop_that_failed_is_tried_until_it_shows_something_and_lends_nothing_meanwhile(
    tmp_path: Path,
) -> None:
    desktop = Desktop(tmp_path, stands_alone=True, DISPLAY=":0", try_again_s=0.05)
    changes: list[bool] = []
    desktop.notice.on_change = lambda: changes.append(desktop.notice.can_show)
    desktop.fail()
    desktop.notice.show(OPEN)
    await until(lambda: bool(changes))
    desktop.notice.show(CLOSED)
    first_s = desktop.notice._failed_s
    await until(lambda: desktop.notice._failed_s > first_s)
    assert changes == [False]
    desktop.work()
    await until(lambda: changes == [False, True])
    await until(lambda: SHOWN_AGAIN in desktop.titles())
    assert desktop.notice._trial is None, "one notice of it is enough"
    await desktop.notice.close()


async def test_a_desktop_that_failed_is_tried_when_a_machine_asks_but_not_all_the_time(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, stands_alone=True, DISPLAY=":0", try_again_soonest_s=0.05)
    desktop.notice.try_again()
    assert not desktop.notice._tasks, "nothing has failed"
    desktop.fail()
    desktop.notice.show(OPEN)
    await desktop.settle()
    assert not desktop.notice.can_show
    desktop.work()
    desktop.notice.try_again()
    assert not desktop.notice._tasks, "just now it failed"
    await asyncio.sleep(0.06)  # after which it may be tried
    desktop.notice.try_again()
    desktop.notice.try_again()
    assert len(desktop.notice._tasks) == 1
    await until(lambda: desktop.notice.can_show)
    await desktop.notice.close()
    assert desktop.titles() == [SHOWN_AGAIN]


async def test_after_its_end_no_desktop_is_tried(tmp_path: Path) -> None:
    desktop = Desktop(tmp_path, stands_alone=True, DISPLAY=":0", try_again_s=0.01)
    desktop.fail()
    desktop.notice.show(OPEN)
    await desktop.notice.close()
    assert desktop.notice._trial is None or desktop.notice._trial.cancelled()
    assert not desktop.notice._tasks


def test_without_a_program_for_it_nothing_can_be_shown() -> None:
    notice = CaptureNotice(environment={"DISPLAY": ":0"}, platform="linux", find=lambda name: None)
    assert not notice.can_show


@pytest.mark.parametrize("environment", [{}, {"DISPLAY": "localhost:10", "SSH_CONNECTION": "a b c d"}])
async def test_without_a_desktop_nothing_is_run(tmp_path: Path, environment: dict[str, str]) -> None:
    desktop = Desktop(tmp_path, **environment)  # type: ignore[arg-type]  # none of its own
    desktop.notice.show(OPEN)
    desktop.notice.ask("box", "tuichat bridge allow box")
    assert not desktop.notice._tasks
    assert not desktop.notice.can_show


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
