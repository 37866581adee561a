"""A PostgreSQL of the tests' own: a cluster in a temporary folder, reached by a Unix socket alone."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Nothing here outlives the tests, so nothing need be on the disk: a crash of the server alone loses nothing all the same.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}
USERS = ("postgres", "nobody")  # whom root runs it as: it refuses root


def find_program(name: str) -> Path | None:
    """Debian keeps the server's programs out of the path."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name)
    return newest[-1] if newest else Path(found) if found else None


class PostgresServer:
    """Begun by `start`; `url` names one of its databases, and every test gets one of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._made = 0
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            name = next(name for name in USERS if _exists(name))
            user = pwd.getpwnam(name)
            os.chown(folder, user.pw_uid, user.pw_gid)
            ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            self._as_user = ["setpriv", *ids, "env", f"HOME={folder}"]

    def make(self) -> None:
        options = ["--auth=trust", "--username=tester", "--encoding=UTF8", "--locale=C", "--no-sync"]
        self._run("initdb", "--pgdata", str(self._data), *options)

    def start(self) -> None:
        settings = " ".join(f"-c {key}='{value}'" for key, value in SETTINGS.items())
        options = f"-k '{self._folder}' {settings}"
        self._run(
            "pg_ctl", "--pgdata", str(self._data), "--wait", "-l", str(self._folder / "log"), "-o", options, "start"
        )

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is a crash: nothing is finished."""
        self._run("pg_ctl", "--pgdata", str(self._data), "--wait", "--mode", mode, "stop")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://tester@/{database}?host={self._folder}"

    def run_sql(self, sql: str, database: str = "postgres") -> str:
        return self._run("psql", "-h", str(self._folder), "-U", "tester", "-d", database, "-qtAX", "-c", sql)

    def make_database(self, template: str = "template1") -> str:
        """Make a database, and return its name."""
        self._made += 1
        name = f"test{self._made}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _run(self, program: str, *arguments: str) -> str:
        path = find_program(program)
        assert path is not None, program
        log = self._folder / "commands.log"
        with log.open("a") as errors:  # a pipe would stay open as long as the server runs
            answer = subprocess.run(
                [*self._as_user, str(path), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
                if program == "psql" else errors, stderr=errors, cwd=self._folder, text=True, check=False, timeout=60,
            )  # fmt: skip
        assert answer.returncode == 0, f"{program} failed:\n{log.read_text()[-2000:]}"
        return (answer.stdout or "").strip()


def _exists(name: str) -> bool:
    with contextlib.suppress(KeyError):
        pwd.getpwnam(name)
        return True
    return False


def begin() -> Iterator[PostgresServer]:
    """Run a server; skip where there is none. For a fixture."""
    missing = [name for name in ("initdb", "pg_ctl", "psql") if find_program(name) is None]
    if missing:
        pytest.skip(f"PostgreSQL is not installed: {', '.join(missing)} not found; `make test-deps` installs it")
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:  # a short path: it holds a socket
        server = PostgresServer(Path(folder))
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
