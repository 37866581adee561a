"""`tuichat admin backup`, `check` and `restore`, from the command line."""

import contextlib
import io
import os
import shutil
import sqlite3
import zipfile
from pathlib import Path

import pytest

from tests.server.test_admin import PASSWORD, make_data
from tests.system.fresh_home import FreshHome
from tests.system.server_process import ServerProcess
from tuichat import cli
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.local.data_lock import DataLock
from tuichat.server import archive, restore
from tuichat.server.store.migration import migrate, migrations


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_data(tmp_path / "data")


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """Run `tuichat admin ...` in this process; return its code and what it said."""
    code = cli.main(["admin", *map(str, words)])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out.strip(), said.err.strip()


def count_users(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME)) as database:
        count: int = database.execute("SELECT count(*) FROM users").fetchone()[0]
        return count


@pytest.mark.slow
def test_a_running_server_is_backed_up_and_checked_and_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FreshHome() as home, ServerProcess(home) as server:
        here = ("--data", server.data)
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        assert run(capsys, "account", "create", "ada", *here)[0] == 0
        code, out, err = run(capsys, "backup", *here)
        assert (code, "checking" in err) == (0, True), err
        backup = Path(out)
        assert backup.parent == server.data / "backups"
        assert backup.stat().st_mode & 0o777 == 0o600
        assert run(capsys, "check", *here)[:2] == (0, "The data holds together.")
        assert [path.name for path in backup.parent.iterdir()] == [backup.name]
        assert "is open in process" in run(capsys, "restore", backup, "--force", *here)[2]
        assert "There is data in" in run(capsys, "restore", backup, *here)[2]
        # Another folder becomes another server with the same people.
        other = ("--data", tmp_path / "other")
        assert run(capsys, "restore", backup, *other)[0] == 0
        assert run(capsys, "account", "list", *other)[1].split("\t")[1] == "ada"


def test_data_is_replaced_when_that_is_asked_for_and_kept(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = tmp_path / "a.tar"
    assert run(capsys, "backup", backup, "--data", data)[:2] == (0, str(backup))
    with contextlib.closing(sqlite3.connect(data / DATABASE_NAME)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("INSERT INTO users (id, username, name_key, is_bot, is_system) VALUES (7, 'new', 'new', 0, 0)")
        database.commit()
        assert count_users(data) == 1
        (data / "files" / "objects").mkdir(parents=True, exist_ok=True)
    code, out, err = run(capsys, "restore", backup, "--data", data, "--force")
    assert code == 0, err
    assert out.startswith("Restored what was there on ")
    assert count_users(data) == 0
    (kept,) = (data / "backups").iterdir()
    assert str(kept) in err
    assert count_users(kept) == 1
    assert (kept / "files").is_dir()
    assert run(capsys, "backup", backup, "--data", data)[0] == 1  # it is there already


def test_what_was_killed_at_work_leaves_nothing_for_long(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data / "backups"
    for name in (".restore-dead", ".check-dead", ".check-fresh"):
        (folder / name).mkdir(parents=True)
        (folder / name / DATABASE_NAME).write_text("half")
    old, kept = folder / ".tuichat-20260101T000000Z.tar.17", folder / "tuichat-20260101T000000Z.tar"
    for path in (old, kept):
        path.write_text("half")
    for path in (folder / ".check-dead", old, kept):
        os.utime(path, (0, 0))
    assert run(capsys, "backup", tmp_path / "a.tar", "--data", data)[0] == 0
    assert run(capsys, "check", "--data", data)[0] == 0
    assert {path.name for path in folder.iterdir()} == {".restore-dead", ".check-fresh", kept.name}
    assert run(capsys, "restore", tmp_path / "a.tar", "--data", data, "--force")[0] == 0
    assert not (folder / ".restore-dead").exists()


def test_what_cannot_be_restored_leaves_the_data_alone(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "a.tar"
    run(capsys, "backup", backup, "--data", data)
    content = backup.read_bytes()
    other = tmp_path / "other"
    # A file of something else, half a backup, one whose database is damaged.
    (tmp_path / "text").write_text("no tar")
    assert "cannot be read as a backup" in run(capsys, "restore", tmp_path / "text", "--data", other)[2]
    assert "There is no file" in run(capsys, "restore", tmp_path / "none", "--data", other)[2]
    (tmp_path / "half.tar").write_bytes(content[: len(content) // 2])
    assert run(capsys, "restore", tmp_path / "half.tar", "--data", other)[0] == 1
    page = content.index(b"CREATE TABLE users")
    (tmp_path / "bad.tar").write_bytes(content[:page] + b"CREATE TABEL users" + content[page + 18 :])
    code, _, err = run(capsys, "restore", tmp_path / "bad.tar", "--data", other)
    assert code == 1
    assert "is damaged" in err
    assert not (other / DATABASE_NAME).exists()
    # A newer release's.
    monkeypatch.setattr(restore, "migrations", lambda: [type("Step", (), {"version": 1})])
    assert "newer tuichat" in run(capsys, "restore", backup, "--data", other)[2]
    monkeypatch.undo()
    # A folder of other things, and one that somebody has open.
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.txt").write_text("x")
    assert "thesis.txt" in run(capsys, "restore", backup, "--data", tmp_path / "foreign")[2]
    with DataLock.acquire(data):
        assert "open in" in run(capsys, "restore", backup, "--data", data, "--force")[2]
        assert "open in" in run(capsys, "backup", tmp_path / "b.tar", "--data", data)[2]
        assert "open in" in run(capsys, "check", "--data", data)[2]
    assert not list((data / "backups").glob(".*"))
    assert run(capsys, "restore", backup, "--data", other)[0] == 0


def test_damage_is_told(data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good = tmp_path / "good.db"
    run(capsys, "check", "--data", data)
    shutil.copy(data / DATABASE_NAME, good)
    for damage, told in (
        ("INSERT INTO messages (id, channel_id, author_id, type, content, is_tts, flags, mentions_everyone)"
         " VALUES (1, 2, 3, 0, 'lost', 0, 0, 0)", "1 messages in a channel that is not there."),
        ("INSERT INTO members (guild_id, user_id, joined_ms, role_ids) VALUES (1, 2, 3, '[]')", "refer to rows of guilds"),
        ("INSERT INTO events (guild_id, seq, created_ms, event) VALUES (1, 1, 1, x'00'), (1, 3, 1, x'00')",
         "1 guilds whose kept events have a gap."),
        ("INSERT INTO read_states (user_id, channel_id, mention_count) VALUES (1, 2, 0)", "1 read states of channels that are not there."),
        ("INSERT INTO message_search (rowid, text, marks) VALUES (5, 'ghost', 'c1')", "The search index is not that"),
        ("UPDATE settings SET value = '0' WHERE key = 'last_id'", ""),
    ):  # fmt: skip
        shutil.copy(good, data / DATABASE_NAME)
        with contextlib.closing(sqlite3.connect(data / DATABASE_NAME)) as database:
            database.execute(damage)
            database.commit()
        code, out, _ = run(capsys, "check", "--data", data)
        assert (code == 1) is bool(told), out
        assert told in out
        assert "ghost" not in out  # no message's words
    shutil.copy(good, data / DATABASE_NAME)
    (data / DATABASE_NAME).write_bytes(good.read_bytes()[:8192] + b"x" * 4096 + good.read_bytes()[12288:])
    code, out, err = run(capsys, "check", "--data", data)
    assert code == 1
    assert out or err


def test_a_damaged_backup_is_kept_under_another_name(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(sqlite3.connect(data / DATABASE_NAME)) as database:
        database.execute("INSERT INTO read_states (user_id, channel_id, mention_count) VALUES (1, 2, 0)")
        database.commit()
    code, out, err = run(capsys, "backup", tmp_path / "a.tar", "--data", data)
    assert (code, out) == (1, "")
    assert "a.tar.unchecked" in err
    assert sorted(path.name for path in tmp_path.glob("*a.tar*")) == ["a.tar.unchecked"]
    assert archive.read_manifest(tmp_path / "a.tar.unchecked").files == 0


@pytest.mark.slow
def test_a_running_server_is_counted_purged_and_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FreshHome() as home, ServerProcess(home) as server:
        here = ("--data", server.data)
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        run(capsys, "account", "create", "ada", *here)
        assert "no guild yet" in run(capsys, "export", tmp_path / "a.zip", *here)[2]
        run(capsys, "guild", "create", "Team", *here)
        counted = dict(line.split("\t")[:2] for line in run(capsys, "stats", *here)[1].splitlines())
        assert (counted["accounts"], counted["guilds"], counted["connected people"]) == ("1", "1", "0")
        assert run(capsys, "purge", "--older-than", "30", "--dry-run", *here)[1].startswith("0 messages of the guild")
        assert "is none" in run(capsys, "purge", "--older-than", "30", "--channel", "general", *here)[2]
        assert run(capsys, "export", tmp_path / "team.zip", *here)[:2] == (0, str(tmp_path / "team.zip"))
        with zipfile.ZipFile(tmp_path / "team.zip") as archive:
            assert {"guild.json", "channels.jsonl", "members.jsonl", "roles.jsonl"} <= set(archive.namelist())
        assert "there already" in run(capsys, "export", tmp_path / "team.zip", *here)[2]


def test_messages_go_when_somebody_says_so(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    run(capsys, "account", "create", "ada", "--data", data)
    run(capsys, "guild", "create", "Team", "--data", data)
    with contextlib.closing(sqlite3.connect(data / DATABASE_NAME)) as database:
        (channel_id,) = database.execute("SELECT id FROM channels WHERE name = 'general'").fetchone()
        database.execute(
            "INSERT INTO messages (id, channel_id, author_id, type, content, is_tts, flags, mentions_everyone)"
            " VALUES (4194304, ?, 1, 0, 'old', 0, 0, 0)",
            (channel_id,),
        )
        database.execute("UPDATE settings SET value = '0' WHERE key = 'search_version'")
        database.commit()
    old = ("purge", "--older-than", "30", "--data", data)
    assert run(capsys, *old, "--dry-run")[1] == "1 messages of the guild are older than 30 days."
    code, _, err = run(capsys, *old)
    assert code == 1
    assert "--yes" in err
    assert run(capsys, *old, "--channel", str(channel_id), "--yes")[1] == "1 messages were removed."
    assert run(capsys, *old, "--yes")[1] == "0 messages of the guild are older than 30 days."
    assert run(capsys, "check", "--data", data)[0] == 0
    code, out, _ = run(capsys, "export", tmp_path / "team.zip", "--guild", "Team", "--data", data)
    assert (code, out) == (0, str(tmp_path / "team.zip"))
    assert "No guild here" in run(capsys, "export", tmp_path / "b.zip", "--guild", "Fun", "--data", data)[2]


def test_data_of_an_older_release_is_backed_up_as_it_is_and_restored_as_it_must_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "old"
    data.mkdir(mode=0o700)
    with contextlib.closing(sqlite3.connect(data / DATABASE_NAME, isolation_level=None)) as database:
        migrate(database, data / DATABASE_NAME, migrations()[:1])
        database.execute("INSERT INTO settings VALUES ('server_id', 'old'), ('last_id', '9')")
        database.execute("INSERT INTO users VALUES (7, 'ada', 'ada', NULL, 0, 0)")
    backup = tmp_path / "a.tar"
    code, _, err = run(capsys, "backup", backup, "--data", data)
    assert code == 0, err
    manifest = archive.read_manifest(backup)
    assert (manifest.schema, manifest.server_id) == (1, "old")
    with contextlib.closing(sqlite3.connect(data / DATABASE_NAME)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)  # nothing was changed by backing it up
    assert run(capsys, "restore", backup, "--data", tmp_path / "new")[0] == 0
    assert run(capsys, "account", "list", "--data", tmp_path / "new")[1].split("\t")[1] == "ada"
