"""A hostile plugin gets nothing that it was not granted, by bubblewrap and by Landlock; unconfined it would get it."""

import contextlib
import ctypes
import dataclasses
import json
import os
import pty
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.automation.plugins.cells import CellMaker, require
from tuichat.automation.plugins import confinement
from tuichat.automation.plugins.confinement import Confinement
from tuichat.config.paths import Profile, data_dir
from tuichat.config.private_files import make_private_dir
from tuichat.local.runtime import ctl_socket_path, server_socket_path

pytestmark = [pytest.mark.system, pytest.mark.slow]

CONFINED = [Confinement.BUBBLEWRAP, Confinement.LANDLOCK]
NETWORK = {"connect over TCP", "send over UDP"}
ENVIRONMENT = ["HOME", "LANG", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "TMPDIR"]
SECRET = b"a secret of tuichat"


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Path]:
    """A folder with a short path: a socket's path has 108 bytes."""
    folder = Path(f"/tmp/tp-{os.getpid()}")
    folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def maker(
    profile: Profile, tmp_path: Path, short: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[CellMaker]:
    """A plugin `hostile`, and all that it tries to get."""
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")  # without the shims of version managers
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    made = CellMaker(profile, tmp_path / "made")
    folder, _cell = made.plugin("hostile", Path(__file__).with_name("hostile.py").read_text())
    _other, other_cell = made.plugin("other", "the program of another")
    (other_cell.home / "notes").write_text("what another keeps")
    state = make_private_dir(profile.state_dir)
    make_private_dir(profile.config_dir)
    files = {
        "credentials": state / "credentials.json",
        "accounts": profile.config_dir / "accounts.toml",
        "settings": profile.config_dir.parent.parent / "config.toml",
        "grants": make_private_dir(state / "plugins") / "grants.json",
        "diary": tmp_path / "home" / "diary",
        "other_plugin": made.folder / "plugins" / "other" / "program",
        "other_home": other_cell.home / "notes",
    }
    for path in files.values():
        if not path.exists():
            path.write_bytes(SECRET)
    buffer = ctypes.create_string_buffer(SECRET)
    abstract = f"tuichat-test-{os.getpid()}"
    terminal, slave = pty.openpty()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, terminal)
        stack.callback(os.close, slave)

        def listen(family: int, kind: int, address: object) -> socket.socket:
            listener = stack.enter_context(socket.socket(family, kind))
            listener.bind(address)  # type: ignore[arg-type]
            if kind == socket.SOCK_STREAM:
                listener.listen(16)
            return listener

        sockets = {
            "ctl_socket": str(ctl_socket_path(profile)),
            "server_socket": str(server_socket_path(data_dir())),
            "datagram_socket": str(short / "datagram"),
        }
        for name, address in sockets.items():
            listen(socket.AF_UNIX, socket.SOCK_DGRAM if "datagram" in name else socket.SOCK_STREAM, address)
        listen(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract)
        tcp = listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        targets = {
            **{name: str(path) for name, path in files.items()},
            **sockets,
            "state": str(state),
            "abstract_socket": abstract,
            "tcp_port": tcp.getsockname()[1],
            "terminal": os.ttyname(slave),
            "tuichat_pid": os.getpid(),
            "address_in_memory": ctypes.addressof(buffer),
        }
        plugin = made.folder / "plugins" / "hostile"
        (plugin / "targets.json").write_text(json.dumps(targets))
        assert folder.name == "hostile"
        yield made


async def attempts(maker: CellMaker, kind: Confinement, extra: str = "") -> dict[str, object]:
    made = maker.plugin("hostile", Path(__file__).with_name("hostile.py").read_text(), extra=extra)
    written = await maker.run(kind, made)
    assert written.reason == "", written.log
    told: dict[str, object] = json.loads(written.lines[0])
    return told


def refused(told: dict[str, object]) -> set[str]:
    return _with(told, "refused:")


def done(told: dict[str, object]) -> set[str]:
    return _with(told, "done")


def _with(told: dict[str, object], begin: str) -> set[str]:
    outcomes = told["attempts"]
    assert isinstance(outcomes, dict)
    return {name for name, outcome in outcomes.items() if outcome.startswith(begin)}


async def test_unconfined_it_gets_everything(maker: CellMaker) -> None:
    """The control: each attempt is one that succeeds where nothing refuses it."""
    told = await attempts(maker, Confinement.NONE)
    assert refused(told) == set()
    assert len(done(told)) > 30


@pytest.mark.parametrize("kind", CONFINED)
async def test_confined_it_gets_nothing(maker: CellMaker, kind: Confinement) -> None:
    require(kind)
    told = await attempts(maker, kind)
    assert done(told) == set()
    assert len(refused(told)) > 30


@pytest.mark.parametrize("kind", CONFINED)
async def test_the_network_alone_is_what_a_manifest_can_open(maker: CellMaker, kind: Confinement) -> None:
    require(kind)
    assert done(await attempts(maker, kind, "network = true\n")) == NETWORK


@pytest.mark.parametrize("kind", [*CONFINED, Confinement.NONE])
async def test_it_inherits_no_descriptor_environment_or_terminal(
    maker: CellMaker, kind: Confinement, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(kind)
    monkeypatch.setenv("TUICHAT_TOKEN", SECRET.decode())
    ours = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(ours, True)
    try:
        told = await attempts(maker, kind)
    finally:
        os.close(ours)
    assert told["descriptors"] == []
    environment = told["environment"]
    assert isinstance(environment, list)
    assert set(environment) - {"LC_CTYPE", "PWD"} == set(ENVIRONMENT)  # Python and bubblewrap set these themselves
    assert told["has_terminal"] is False
    assert (told["cores"], told["files"], told["memory"]) == (0, 256, 512 * 1024 * 1024)


@pytest.mark.parametrize("kind", CONFINED)
async def test_what_somebody_keeps_in_a_folder_of_the_system_is_hidden_all_the_same(
    maker: CellMaker, kind: Confinement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require(kind)
    monkeypatch.setattr(confinement, "SYSTEM_FOLDERS", (*confinement.SYSTEM_FOLDERS, str(tmp_path)))
    (tmp_path / "of-the-system").write_text("for all")
    program = (
        "import sys\nfor path in sys.argv[1:]:\n    try: print(open(path).read())\n    except OSError: print('refused')"
    )
    manifest, cell = maker.plugin("reader", program)
    paths = [
        str(tmp_path / "of-the-system"),
        str(maker.profile.state_dir / "credentials.json"),
        str(tmp_path / "home" / "diary"),
    ]
    asked = dataclasses.replace(manifest, run=(*manifest.run, *paths))
    written = await maker.run(kind, (asked, cell))
    assert written.lines == [b"for all\n", b"refused\n", b"refused\n"], written.log
