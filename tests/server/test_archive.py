"""The file of a backup: what is taken from it, and what is refused."""

import errno
import hashlib
import io
import os
import tarfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuichat.server.archive import (
    MANIFEST,
    ArchiveError,
    ArchiveWriter,
    Manifest,
    extract,
    read_manifest,
    stored_path,
)

CONTENT = b"a picture"
NAME = hashlib.sha256(CONTENT).hexdigest()
ENTRY = tuple[str, bytes]


def manifest(files: int = 1, **fields: object) -> bytes:
    values: dict[str, object] = {
        "version": "1", "server_id": "s", "schema": 1, "created_at": "now", "database_bytes": 2, "files": files, **fields,
    }  # fmt: skip
    return msgspec.json.encode(Manifest(**values))  # type: ignore[arg-type]  # a test's own words


def write(path: Path, *entries: ENTRY, kind: bytes = tarfile.REGTYPE) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            if name != MANIFEST:
                entry.type = kind
                entry.linkname = "/etc/passwd" if kind != tarfile.REGTYPE else ""
            tar.addfile(entry, io.BytesIO(content))
    return path


def test_what_was_written_comes_out_for_its_owner_only(tmp_path: Path) -> None:
    database, file = tmp_path / "db", tmp_path / "file"
    database.write_bytes(b"db")
    file.write_bytes(CONTENT)
    writer = ArchiveWriter(tmp_path / "a.tar")
    writer.add_manifest(msgspec.json.decode(manifest(), type=Manifest))
    writer.add_database(database)
    writer.add_stored_file(NAME, file)
    writer.finish()
    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600
    assert read_manifest(tmp_path / "a.tar").files == 1
    folder = tmp_path / "out"
    folder.mkdir()
    extract(tmp_path / "a.tar", folder, lambda done, total: None)
    assert (folder / "tuichat.db").read_bytes() == b"db"
    assert stored_path(folder, NAME).read_bytes() == CONTENT
    assert stored_path(folder, NAME).stat().st_mode & 0o777 == 0o600
    with pytest.raises(ArchiveError, match="there already"):
        ArchiveWriter(tmp_path / "a.tar")


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [("tuichat.db", b"db")],
        [(MANIFEST, b"{}")],
        [(MANIFEST, b"nonsense"), ("tuichat.db", b"db")],
        [(MANIFEST, manifest(0))],
        [(MANIFEST, manifest(1)), ("tuichat.db", b"db")],
        [(MANIFEST, manifest(0)), ("tuichat.db", b"db"), ("tuichat.db", b"db")],
        [(MANIFEST, manifest(1)), ("tuichat.db", b"db"), (f"files/{NAME}", b"another picture")],
        [(MANIFEST, manifest(0)), ("tuichat.db", b"db"), ("../evil", b"x")],
        [(MANIFEST, manifest(0)), ("tuichat.db", b"db"), ("/tmp/evil", b"x")],
        [(MANIFEST, manifest(0)), ("tuichat.db", b"db"), ("files/../../evil", b"x")],
        [(MANIFEST, manifest(0, format=2)), ("tuichat.db", b"db")],
    ],
)
def test_what_is_no_backup_is_refused(tmp_path: Path, entries: list[ENTRY]) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(ArchiveError):
        extract(write(tmp_path / "a.tar", *entries), folder, lambda done, total: None)
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar", "out"}
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_only_files_are_taken(tmp_path: Path, kind: bytes) -> None:
    path = write(tmp_path / "a.tar", (MANIFEST, manifest(0)), ("tuichat.db", b""), kind=kind)
    with pytest.raises(ArchiveError, match="no file"):
        extract(path, tmp_path, lambda done, total: None)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=5))
def test_a_damaged_file_is_refused_or_holds_what_it_held(
    tmp_path_factory: pytest.TempPathFactory, cut: float, flips: list[tuple[float, int]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = write(folder / "a.tar", (MANIFEST, manifest()), ("tuichat.db", b"db"), (f"files/{NAME}", CONTENT))
    content = bytearray(path.read_bytes())
    for place, mask in flips:
        content[int(place * (len(content) - 1))] ^= mask
    path.write_bytes(content[: int(len(content) * cut)])
    (folder / "out").mkdir()
    try:
        extract(path, folder / "out", lambda done, total: None)
    except ArchiveError:
        return
    assert stored_path(folder / "out", NAME).read_bytes() == CONTENT


def test_a_full_disk_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.tar", (MANIFEST, manifest()), ("tuichat.db", b"db"), (f"files/{NAME}", CONTENT))
    (tmp_path / "out").mkdir()

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ArchiveError, match=r"out/tuichat\.db cannot be written: No space left on device\."):
        extract(path, tmp_path / "out", lambda done, total: None)
