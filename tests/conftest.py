"""What every test stands on: a home of its own, and no skipped system test in continuous integration."""

import contextlib
import gc
import importlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tuichat.local.data_lock import find_holder_pid

# A shared machine pauses when it likes; what is slow is a benchmark's matter.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True)

IS_CI = os.environ.get("CI", "") not in ("", "0", "false")
hypothesis.settings.load_profile("ci" if IS_CI else "here")

# A shell's job in the background ignores Ctrl+C, and so would all that tests start and end by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A whole screen lives through what comes before a full collection, which takes half a second: not one each three tests.
FULL_COLLECTIONS_AFTER = 300  # of the generation before; Python's own is 10

# fmt: off
_FOREIGN = (
    "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "EDITOR", "VISUAL", "PAGER", "SSH_CONNECTION",
    "TMUX", "NO_COLOR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
    "all_proxy", "no_proxy",
)
# fmt: on


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test an empty home folder, with a path short enough for Unix sockets in it."""
    folder = Path(tempfile.mkdtemp(prefix="tc-", dir="/tmp"))
    for variable, name in (
        ("HOME", "home"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_RUNTIME_DIR", "run"),
    ):
        (folder / name).mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(folder / name))
    for variable in _FOREIGN:
        monkeypatch.delenv(variable, raising=False)
    yield folder / "home"
    end_server_of(folder / "data" / "tuichat" / "server")
    shutil.rmtree(folder, ignore_errors=True)


def end_server_of(data: Path) -> None:
    """End the background server that a failed test may have left on `data`."""
    pid = find_holder_pid(data)
    if pid and pid != os.getpid():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def pytest_collection(session: pytest.Session) -> None:
    """Import all tests, each worker from another file on: pytest's rewriting of them is then done by one, not by each."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or sys.dont_write_bytecode or session.config.args_source != pytest.Config.ArgsSource.TESTPATHS:
        return
    root = session.config.rootpath
    files = sorted((root / "tests").rglob("test_*.py"))
    first = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for path in files[first:] + files[:first]:
        # What fails here, or skips itself, does so again when it is collected, and is told then.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep thousands of tests out of the garbage collector's sight: looking through them was a fifth of the CPU of a test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, FULL_COLLECTIONS_AFTER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped system test into a failure in continuous integration, which must be able to run it."""
    report = yield
    if IS_CI and report.skipped and not hasattr(report, "wasxfail") and item.get_closest_marker("system"):
        report.outcome = "failed"
        report.longrepr = f"a system test was skipped in continuous integration: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that skips itself could hold system tests, so that is a failure there as well."""
    report = yield
    if IS_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a test file was skipped in continuous integration: {report.longrepr}"
    return report
