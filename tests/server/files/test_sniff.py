"""What files are, by their bytes."""

import gzip
import io
import sqlite3
import tarfile
import wave
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.files.pictures_drawn import picture
from tuichat.server.files.sniff import TEXT, content_type


def archive(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w") as zipped:
            zipped.writestr("a.txt", "a")
    elif kind == "tar":
        with tarfile.open(fileobj=out, mode="w") as tarred:
            tarred.addfile(tarfile.TarInfo("a"))
    else:
        with wave.open(out, "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
    return out.getvalue()


CASES = [
    (picture("PNG"), "image/png"),
    (picture("JPEG"), "image/jpeg"),
    (picture("GIF"), "image/gif"),
    (picture("WEBP"), "image/webp"),
    (picture("BMP"), "image/bmp"),
    (picture("TIFF"), "image/tiff"),
    (archive("zip"), "application/zip"),
    (archive("tar"), "application/x-tar"),
    (archive("wav"), "audio/wav"),
    (gzip.compress(b"a"), "application/gzip"),
    (b"%PDF-1.7\n", "application/pdf"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4"),
    (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
    (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88webm", "video/webm"),
    (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", "video/x-matroska"),
    (b"OggS\0\2", "audio/ogg"),
    (b"\xff\xfb\x90\x64", "audio/mpeg"),
    (b"\x7fELF\2\1\1", "application/x-executable"),
    ("grüße\n".encode(), TEXT),
    ("grüße".encode()[:3], TEXT),  # a letter cut by the end of what was looked at
    (b"<html><script>alert(1)</script>", TEXT),
    (b"<svg onload='alert(1)'/>", TEXT),
    (b"", None),
    (b"\x01\x02\x03\x04", None),
    (b"caf\xe9 ", None),
]


@pytest.mark.parametrize(("content", "expected"), CASES, ids=map(str, range(len(CASES))))
def test_types(content: bytes, expected: str | None) -> None:
    assert content_type(content[:4096]) == expected


def test_a_database_is_known(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("CREATE TABLE a (b)")
    connection.close()
    assert content_type((tmp_path / "a.db").read_bytes()[:4096]) == "application/vnd.sqlite3"


@given(st.binary(max_size=600))
def test_nothing_is_ever_named_so_that_a_browser_runs_it(head: bytes) -> None:
    found = content_type(head)
    assert found is None or not found.startswith(("text/html", "application/javascript", "image/svg"))
