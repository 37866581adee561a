"""Names that strangers give to files."""

import os
from pathlib import Path

import pytest

from tuichat.client.errors import NotPermittedHereError
from tuichat.client.file_address import lasting_name, own_path
from tuichat.client.file_cache import FileCache
from tuichat.client.file_name import safe_file_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        (".bashrc", "bashrc"),
        ("-rf", "_-rf"),
        ("con.txt", "_con.txt"),
        ("a\u202egnp.exe", "a_gnp.exe"),
        ("\x1b[31m", "_[31m"),
        ("", "file"),
        ("é" * 300 + ".png", "é" * 98 + ".png"),
    ],
)
def test_a_name_is_safe_for_every_file_system(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


def test_only_files_of_the_own_server_have_a_path() -> None:
    assert own_path("https://other.example/attachments/1/2/a.png?ex=1&hm=2") == "/attachments/1/2/a.png?ex=1&hm=2"
    assert own_path("/soundboard-sounds/7") == "/soundboard-sounds/7"
    for url in ("https://evil.example/x.png", "https://h/attachments/../api/v10/users/@me", "file:///etc/passwd", "["):
        with pytest.raises(NotPermittedHereError):
            own_path(url)


def test_a_url_that_was_signed_anew_names_the_same_file() -> None:
    first = lasting_name("http://h/attachments/1/2/a.png?ex=1&is=2&hm=3&width=80")
    assert first == lasting_name("http://h/attachments/1/2/a.png?width=80&ex=9&is=8&hm=7")


def test_the_cache_stays_within_its_bytes_and_keeps_what_is_used(tmp_path: Path) -> None:
    cache = FileCache(tmp_path / "files", max_bytes=250)

    for number, name in enumerate(("a", "b")):
        cache.part(name).write_bytes(bytes(100))
        os.utime(cache.keep(name), (number, number))
    assert cache.find("a")  # used now, so b is the oldest
    cache.part("c").write_bytes(bytes(100))
    cache.keep("c")
    assert cache.find("a")
    assert cache.find("b") is None
    assert cache.find("c")
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700
