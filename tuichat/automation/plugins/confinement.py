"""How a plugin is confined here: by bubblewrap, else by Landlock, else not at all; and what it can see then."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tuichat.automation.plugins import launcher, syscall_filter
from tuichat.automation.plugins.manifest import Manifest
from tuichat.automation.plugins.shelf import private_folders

TRY_LIMIT_S = 10.0
MAX_TEMPORARY_BYTES = 64 * 1024 * 1024
MIB = 1024 * 1024

# Of each process: taste, but for the cores, which could hold what it was told.
LIMITS = {"DATA": 512 * MIB, "FSIZE": 64 * MIB, "NOFILE": 256, "NPROC": 0, "CORE": 0, "MEMLOCK": 1 * MIB}

SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin")
# What programs need of a system, in the places where systems have it. Nothing of anybody's home, of /var, /run, /proc or /sys.
SYSTEM_FOLDERS = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/run/current-system",
    "/home/linuxbrew/.linuxbrew",
)
SYSTEM_FILES = tuple(
    f"/etc/{name}"
    for name in (
        "alternatives",
        "ca-certificates",
        "crypto-policies",
        "gai.conf",
        "group",
        "host.conf",
        "hosts",
        "ld.so.cache",
        "ld.so.conf",
        "ld.so.conf.d",
        "localtime",
        "mime.types",
        "nsswitch.conf",
        "passwd",
        "pki",
        "protocols",
        "resolv.conf",
        "services",
        "ssl/certs",
        "ssl/openssl.cnf",
    )
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class Confinement(Enum):
    """The value is its name for people."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "Landlock"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """The folders of one plugin: its program and the library for Python, which it reads, and two that it writes."""

    folder: Path
    library: Path
    home: Path
    temporary: Path


_INSIDE_MEMORY = "/dev/shm"  # noqa: S108  # its own
_INSIDE = Cell(Path("/tuichat/plugin"), Path("/tuichat/library"), Path("/tuichat/home"), Path("/tmp"))  # noqa: S108  # its own


def find(kinds: Sequence[Confinement] = (Confinement.BUBBLEWRAP, Confinement.LANDLOCK)) -> Confinement:
    """Return the first of these that works here; each is tried, by running a program in it. Takes some tens of milliseconds."""
    if sys.platform != "linux" or not syscall_filter.is_known_machine():
        return Confinement.NONE
    for kind in kinds:
        if _works(kind):
            return kind
    return Confinement.NONE


def command(kind: Confinement, manifest: Manifest, cell: Cell, lifeline: int) -> list[str]:
    """Return the words that start a plugin; it ends when the other end of the pipe `lifeline` is closed."""
    return _launch(_order(kind, manifest.run, cell, lifeline, network=manifest.network))


def _launch(order: dict[str, Any]) -> list[str]:
    return [sys.executable, "-I", "-S", launcher.__file__, json.dumps(order)]


def _works(kind: Confinement) -> bool:
    if kind is Confinement.BUBBLEWRAP and _bubblewrap() is None:
        return False
    if kind is Confinement.LANDLOCK and not launcher.landlock_abi():
        return False
    source, sink = os.pipe()
    nowhere = Path("/usr")  # it can be seen in any case
    try:
        order = _order(kind, ("true",), Cell(nowhere, nowhere, nowhere, nowhere), source, network=False)
        tried = subprocess.run(  # noqa: S603  # the words are ours
            _launch(order),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(source,),
            start_new_session=True,
            timeout=TRY_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    finally:
        os.close(source)
        os.close(sink)
    return tried.returncode == 0


def _order(
    kind: Confinement, words: Sequence[str], cell: Cell, lifeline: int, *, network: bool
) -> dict[str, Any]:  # JSON for the launcher
    is_bubblewrap, is_landlock = kind is Confinement.BUBBLEWRAP, kind is Confinement.LANDLOCK
    abi = launcher.landlock_abi() if is_landlock else None
    seen = _INSIDE if is_bubblewrap else cell
    return {
        "lifeline": lifeline,
        "words": list(words),
        "folder": str(cell.folder),
        "environment": _environment(seen, is_confined=kind is not Confinement.NONE),
        "limits": LIMITS,
        "bubblewrap": _bubblewrap_words(cell, network=network) if is_bubblewrap else None,
        "landlock": None
        if abi is None
        else {
            "abi": abi,
            "network": network,
            "read": [*(str(each) for each in _system()), str(cell.folder), str(cell.library)],
            "write": [str(cell.home), str(cell.temporary)],
            "devices": list(DEVICES),
        },
        "filter": ""
        if kind is Confinement.NONE
        else base64.b64encode(syscall_filter.build(network=network, landlock_abi=abi)).decode(),
    }


def _environment(cell: Cell, *, is_confined: bool) -> dict[str, str]:
    """Return all of a plugin's environment."""
    return {
        "PATH": _path(is_confined=is_confined),
        "LANG": os.environ.get("LANG") or "C.UTF-8",
        "HOME": str(cell.home),
        "TMPDIR": str(cell.temporary),
        "PYTHONPATH": str(cell.library),
        "PYTHONDONTWRITEBYTECODE": "1",  # its folder is not for writing
    }


def _path(*, is_confined: bool) -> str:
    """Return where programs are looked for: as the person has it, without what a confined one cannot see."""
    folders = [each for each in os.environ.get("PATH", "").split(os.pathsep) if each.startswith("/")]
    if is_confined:
        folders = [each for each in folders if _is_seen(Path(each))]
    return os.pathsep.join(dict.fromkeys([*folders, *SYSTEM_PATH]))


def _is_seen(folder: Path) -> bool:
    real = folder.resolve()
    return any(real.is_relative_to(each) for each in SYSTEM_FOLDERS) and not any(
        real.is_relative_to(each) for each in _hidden()
    )


def _hidden() -> list[Path]:
    """Return the folders that no plugin may see, also where somebody has them inside of a system's folder."""
    home = Path.home().resolve()
    return [*private_folders(), *([] if home == Path("/") else [home])]


def _system() -> Iterator[Path]:
    """Yield the system's folders and files that a plugin may read."""
    hidden = _hidden()
    for name in (*SYSTEM_FOLDERS, *SYSTEM_FILES):
        if os.path.lexists(name):
            yield from _without(Path(name), hidden)


def _without(path: Path, hidden: Sequence[Path]) -> Iterator[Path]:
    """Yield a folder, or what is in it one by one where something in it is hidden."""
    real = path.resolve()
    if any(real == each for each in hidden):
        return
    if not any(each.is_relative_to(real) for each in hidden):
        yield path
        return
    for child in sorted(real.iterdir()):
        yield from _without(child, hidden)


def _bubblewrap() -> str | None:
    return shutil.which("bwrap")


def _bubblewrap_words(cell: Cell, *, network: bool) -> list[str]:
    program = _bubblewrap()
    assert program is not None, "it was found before"
    words = [program, "--unshare-all", "--die-with-parent", "--cap-drop", "ALL"]
    if network:
        words.append("--share-net")
    words += ["--proc", "/proc", "--dev", "/dev"]
    for memory in (_INSIDE_MEMORY, str(_INSIDE.temporary)):
        words += ["--size", str(MAX_TEMPORARY_BYTES), "--tmpfs", memory]
    for path in _system():
        if path.is_symlink() and str(path) in SYSTEM_FOLDERS:
            words += ["--symlink", os.readlink(path), str(path)]
        else:
            words += ["--ro-bind-try", str(path), str(path)]
    words += ["--ro-bind", str(cell.folder), str(_INSIDE.folder), "--ro-bind", str(cell.library), str(_INSIDE.library)]
    words += ["--bind", str(cell.home), str(_INSIDE.home), "--remount-ro", "/", "--chdir", str(_INSIDE.folder)]
    return words
