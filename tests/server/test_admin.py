"""`tuichat admin` and `tuichat bot create`: with a running server, and without one."""

import argparse
import asyncio
import contextlib
import io
import json
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.system import raw_http
from tests.system.fresh_home import TUICHAT, FreshHome
from tests.system.server_process import ServerProcess
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.local.data_lock import DataLock
from tuichat.server import admin
from tuichat.server.store.sqlite import SQLiteStore

PASSWORD = "correct horse battery"


class Shell:
    """The command line of whoever runs the server."""

    def __init__(self, home: FreshHome, data: Path) -> None:
        self.home = home
        self.data = data

    def run(self, *words: str, line: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*TUICHAT, *words, "--data", str(self.data)],
            input=line,
            env=self.home.environment,
            cwd=self.home.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def out(self, *words: str, line: str = "") -> str:
        done = self.run(*words, line=line)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout.strip()

    def refusal(self, *words: str, line: str = "") -> str:
        done = self.run(*words, line=line)
        assert done.returncode == 1
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        return done.stderr.strip()


@pytest.fixture
def home() -> Iterator[FreshHome]:
    with FreshHome() as made:
        yield made


class Token(msgspec.Struct):
    token: str


class Named(msgspec.Struct):
    id: str
    username: str = ""


def call(server: ServerProcess, method: str, path: str, body: object = None, token: str = "") -> bytes:
    headers = {"Authorization": token} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    answer = raw_http.send(
        server.base_url,
        method,
        f"/api/v10{path}",
        list(headers.items()),
        b"" if body is None else msgspec.json.encode(body),
    )
    assert answer.status in (200, 201), answer
    return answer.body


@pytest.mark.slow
def test_a_running_server_is_administered_through_its_socket(home: FreshHome) -> None:
    with ServerProcess(home) as server:
        shell = Shell(home, server.data)
        created = shell.out("admin", "account", "create", "Ada", line=f"{PASSWORD}\n")
        assert created.split("\t")[1:] == ["ada", "Ada", "password"]
        token = msgspec.json.decode(
            call(server, "POST", "/auth/login", {"login": "ada", "password": PASSWORD}), type=Token
        ).token
        guild = msgspec.json.decode(call(server, "POST", "/guilds", {"name": "Team"}, token), type=Named)
        code = shell.out("admin", "invite", "create", "--guild", guild.id, "--max-uses", "1")
        assert code in shell.out("admin", "invite", "list")
        call(server, "POST", "/auth/register", {"username": "bob", "password": PASSWORD, "invite": code})
        assert code not in shell.out("admin", "invite", "list")  # used up
        bot = shell.out("bot", "create", "Robo", "--guild", guild.id)
        me = msgspec.json.decode(call(server, "GET", "/users/@me", token=f"Bot {bot}"), type=Named)
        assert me.username == "robo"
        listed = [line.split("\t")[1::2] for line in shell.out("admin", "account", "list").splitlines()]
        assert listed == [["ada", "password"], ["bob", "password"], ["robo", "bot"]]
        shell.out("admin", "password", "reset", "ada", line="another password\n")
        assert raw_http.send(server.base_url, "GET", "/api/v10/users/@me", [("Authorization", token)]).status == 401
        assert PASSWORD not in server.errors()
        assert bot not in server.errors()


@pytest.mark.slow
def test_without_a_server_the_data_is_opened_under_the_lock(home: FreshHome, tmp_path: Path) -> None:
    shell = Shell(home, tmp_path / "data")
    make_data(shell.data)
    shell.out("admin", "account", "create", "ada", line=f"{PASSWORD}\n")
    assert shell.out("admin", "account", "list").endswith("ada\t\tpassword")
    with DataLock.acquire(shell.data):
        assert "open in" in shell.refusal("admin", "account", "list")
    with contextlib.closing(sqlite3.connect(shell.data / DATABASE_NAME)) as database:
        assert database.execute("SELECT count(*) FROM users").fetchone() == (1,)


@pytest.mark.slow
def test_a_new_team_gets_its_guild_and_its_invite(home: FreshHome) -> None:
    with ServerProcess(home) as server:
        shell = Shell(home, server.data)
        shell.out("admin", "account", "create", "ada", line=f"{PASSWORD}\n")
        number, *rest = shell.out("admin", "guild", "create", "Team").split("\t")
        assert rest == ["Team", "ada", "1"]
        assert shell.out("admin", "guild", "list") == f"{number}\tTeam\tada\t1"
        code = shell.out("admin", "invite", "create")  # there is one guild to invite to
        call(server, "POST", "/auth/register", {"username": "bob", "password": PASSWORD, "invite": code})
        assert shell.out("admin", "guild", "list").endswith("\t2")
        assert "--owner ACCOUNT: ada, bob" in shell.refusal("admin", "guild", "create", "Fun")
        other = shell.out("admin", "guild", "create", "Fun", "--owner", "bob").split("\t")[0]
        refusal = shell.refusal("admin", "invite", "create")
        assert f"{number} (Team), {other} (Fun)" in refusal
        assert "--guild" in refusal
        for wanted in ("Fun", other):
            shell.out("admin", "invite", "create", "--guild", wanted)
        invites = shell.out("admin", "invite", "list").splitlines()
        assert sorted(line.split("\t")[1] for line in invites) == sorted((number, other, other))
        assert f"No guild here has the id or the name fun. Guilds here: {number}" in shell.refusal(
            "bot", "create", "robo", "--guild", "fun"
        )
        shell.out("admin", "guild", "create", "Fun", "--owner", "ada")
        assert f"2 guilds are called Fun; say which with --guild ID: {other} (Fun), " in shell.refusal(
            "bot", "create", "robo", "--guild", "Fun"
        )


def sign_in_locally(data: Path, name: str) -> None:
    """Make an account as the screen does on the personal server: without a password."""
    path = json.loads((data / "server.json").read_text())["socket_path"]
    body = json.dumps({"display_name": name}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        head = (
            "POST /api/v10/tuichat/local/sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        assert connection.makefile("rb").readline().split()[1] == b"200"


@pytest.mark.slow
def test_an_account_of_home_is_told_to_have_no_password(home: FreshHome) -> None:
    with ServerProcess(home, "--personal") as server:
        shell = Shell(home, server.data)
        sign_in_locally(server.data, "Ada")
        reset = f"tuichat admin password reset ada --data {server.data}"
        assert shell.out("admin", "account", "list").split("\t")[3] == f"no password: {reset}"
        server.stop()
        assert "no password" not in server.errors()
    with ServerProcess(home) as server:
        assert f"has no password and can sign in on this machine only, as you: ada. `{reset}` gives" in server.errors()
        assert server.lines == [f"listening on {server.base_url}"]
        shell.out("admin", "password", "reset", "ada", line=f"{PASSWORD}\n")
        assert shell.out("admin", "account", "list").split("\t")[3] == "password"
        told = server.errors().count("no password")
        server.stop()
        server.start()
        assert server.errors().count("no password") == told


@pytest.mark.slow
def test_a_second_bot_of_one_name_is_told(home: FreshHome, tmp_path: Path) -> None:
    shell = Shell(home, make_data(tmp_path / "data"))
    shell.out("admin", "account", "create", "ada", line=f"{PASSWORD}\n")
    shell.out("admin", "guild", "create", "Team")
    first = shell.out("bot", "create", "Helper")
    second = shell.run("bot", "create", "Helper")
    assert second.returncode == 0
    assert second.stdout.strip() not in ("", first)
    assert "another bot of this name, helper; this one's user name is helper2" in second.stderr
    assert shell.out("bot", "create", "other")


class Indexed(msgspec.Struct):
    application_commands: list[Named]


@pytest.mark.slow
def test_a_bot_is_listed_gets_a_new_token_and_is_deleted(home: FreshHome) -> None:
    with ServerProcess(home) as server:
        shell = Shell(home, server.data)
        shell.out("admin", "account", "create", "ada", line=f"{PASSWORD}\n")
        shell.out("admin", "guild", "create", "Team")
        first = shell.out("bot", "create", "Build Bot")
        me = msgspec.json.decode(call(server, "GET", "/users/@me", token=f"Bot {first}"), type=Named)
        assert shell.out("bot", "list") == f"{me.id}\tbuild_bot\tBuild Bot\tada\tTeam"
        second = shell.out("bot", "token", "Build Bot")
        old, new = (
            raw_http.send(server.base_url, "GET", "/api/v10/users/@me", [("Authorization", f"Bot {token}")]).status
            for token in (first, second)
        )
        assert (old, new) == (401, 200)
        call(server, "POST", f"/applications/{me.id}/commands", {"name": "go", "description": "x"}, f"Bot {second}")
        token = msgspec.json.decode(
            call(server, "POST", "/auth/login", {"login": "ada", "password": PASSWORD}), type=Token
        ).token
        guild = msgspec.json.decode(call(server, "GET", "/users/@me/guilds", token=token), type=list[Named])[0].id
        roles = f"/guilds/{guild}/roles"
        channels = msgspec.json.decode(call(server, "GET", f"/guilds/{guild}/channels", token=token), type=list[Named])
        index = f"/channels/{channels[0].id}/application-command-index"
        assert len(msgspec.json.decode(call(server, "GET", index, token=token), type=Indexed).application_commands) == 1
        assert len(msgspec.json.decode(call(server, "GET", roles, token=token), type=list[Named])) == 2
        assert "No bot is called other. There are: build_bot." in shell.refusal("bot", "delete", "other")
        assert shell.out("bot", "delete", "build_bot") == "The bot build_bot is gone, and its token is of no use."
        assert shell.out("bot", "list") == ""
        assert msgspec.json.decode(call(server, "GET", index, token=token), type=Indexed).application_commands == []
        assert len(msgspec.json.decode(call(server, "GET", roles, token=token), type=list[Named])) == 1
        gone = [("Authorization", f"Bot {second}")]
        assert raw_http.send(server.base_url, "GET", "/api/v10/users/@me", gone).status == 401
        assert "There is no bot yet" in shell.refusal("bot", "token", "build_bot")
        assert shell.out("bot", "create", "Build Bot") not in ("", first, second)
        assert shell.out("bot", "list").split("\t")[1] == "build_bot"


def test_a_terminal_is_told_what_to_do_with_a_token(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    assert administer(capsys, monkeypatch, data, f"{PASSWORD}\n", noun="account", action="create", name="ada")[0] == 0
    assert administer(capsys, monkeypatch, data, noun="guild", action="create", name="Team", owner=None)[0] == 0
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    code, out, err = administer(capsys, monkeypatch, data, noun="bot", action="create", name="robo", guild=None)
    assert (code, len(out.split())) == (0, 1)
    assert "told once" in err
    assert "docs/examples" in err
    assert out.strip() not in err


def test_a_terminal_gets_columns_under_headings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    account = {"noun": "account", "action": "create", "name": "ada"}
    assert administer(capsys, monkeypatch, data, f"{PASSWORD}\n", **account)[0] == 0
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    heading, line = administer(capsys, monkeypatch, data, noun="account", action="list")[1].splitlines()
    assert heading.split("  ")[-1] == "SIGNS IN WITH"
    assert line.index("password") == heading.index("SIGNS IN WITH")


@pytest.mark.slow
def test_administration_makes_no_server_and_touches_no_other_folder(home: FreshHome, tmp_path: Path) -> None:
    shell = Shell(home, tmp_path)
    (tmp_path / "notes.txt").touch()
    tmp_path.chmod(0o755)
    for words in (("admin", "account", "list"), ("bot", "create", "robo", "--guild", "7")):
        assert f"no tuichat data in {tmp_path}; `tuichat serve --data {tmp_path}`" in shell.refusal(*words)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    return make_data(tmp_path / "data")


def make_data(data: Path) -> Path:
    """Leave behind what a server that ran once leaves behind."""

    async def open_once() -> None:
        store = await SQLiteStore.open(data / DATABASE_NAME, publish=lambda event: None)
        await store.close()

    data.mkdir(mode=0o700)
    asyncio.run(open_once())
    return data


def administer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: Path, line: str = "", **words: object
) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    code = admin.main(argparse.Namespace(data=data, **words))
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize(
    ("line", "words", "sentence"),
    [
        ("", {"noun": "account", "action": "create", "name": "ada"}, "No password"),
        ("short\n", {"noun": "account", "action": "create", "name": "ada"}, "between 8 and 72"),
        (f"{PASSWORD}\n", {"noun": "account", "action": "create", "name": "a"}, "2 to 32 characters"),
        (f"{PASSWORD}\n", {"noun": "account", "action": "create", "name": "аdа\x1b[31m"}, "A user name is made of"),
        (f"{PASSWORD}\n", {"noun": "password", "action": "reset", "name": "ada"}, "No account is called ada"),
        ("", {"noun": "invite", "action": "create", "guild": "7", "max_uses": 0, "max_age": 0}, "admin guild create"),
        ("", {"noun": "invite", "action": "create", "guild": None, "max_uses": 0, "max_age": 0}, "no guild yet"),
        ("", {"noun": "guild", "action": "create", "name": "Team", "owner": None}, "admin account create"),
        ("", {"noun": "guild", "action": "create", "name": "Team", "owner": "ada"}, "No account is called ada"),
        ("", {"noun": "guild", "action": "create", "name": "T", "owner": None}, "2 and 100"),
        ("", {"noun": "invite", "action": "revoke", "code": "none"}, "Unknown Invite"),
        ("", {"noun": "bot", "action": "create", "name": "robo", "guild": "7"}, "no guild yet"),
        ("", {"noun": "moon", "action": "create"}, "There is no `moon create`"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    data: Path,
    line: str,
    words: dict[str, object],
    sentence: str,
) -> None:
    code, out, err = administer(capsys, monkeypatch, data, line, **words)
    assert (code, out) == (1, "")
    assert sentence in err
    assert "\x1b" not in err
    assert PASSWORD not in err


def test_a_terminal_is_asked_twice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: Path
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter([PASSWORD, "a typing mistake", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    monkeypatch.setattr("sys.stdin", Terminal())
    words = argparse.Namespace(data=data, noun="account", action="create", name="ada")
    assert admin.main(words) == 1
    assert "not the same" in capsys.readouterr().err
    assert admin.main(words) == 0
    assert "ada" in capsys.readouterr().out
