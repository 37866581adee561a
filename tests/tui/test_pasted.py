"""What a paste is: paths, a long text, or words."""

from pathlib import Path

import pytest

from tuichat.tui.pasted import is_long, pasted_paths
from tuichat.tui.screens.attach import complete_path, expand


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a b.png"
    path.write_bytes(b"x")
    return path


def test_a_path_is_known_as_terminals_write_it(file: Path) -> None:
    quoted = str(file).replace(" ", "\\ ")
    for text in (str(file), quoted, f"'{file}'", f"file://{str(file).replace(' ', '%20')}", f"{file}\n"):
        assert pasted_paths(text) == [file]
    assert pasted_paths(f"{quoted} '{file}'") == [file, file]


def test_words_are_no_paths(file: Path) -> None:
    for text in ("", "hello", f"look at {file}", str(file.parent), "/no/such/file", "file://elsewhere/x", "'", "a\0b"):
        assert pasted_paths(text) == []


def test_a_long_text_has_many_lines_or_many_characters() -> None:
    assert not is_long("a\n" * 9)
    assert is_long("a\n" * 10)
    assert is_long("a" * 2001)


def test_a_path_completes_itself(file: Path) -> None:
    (file.parent / "sub").mkdir()
    assert complete_path(f"{file.parent}/a") == str(file)
    assert complete_path(f"{file.parent}/s") == f"{file.parent}/sub/"
    assert complete_path("nothing") is None


def test_a_path_pasted_behind_what_stands_there_counts_alone(file: Path) -> None:
    assert expand(f"~/{file}") == str(file)
    assert expand("~/~/a") == str(Path.home() / "a")
    assert expand("/tmp//a") == "/tmp//a"
    assert complete_path(f"~/{file.parent}/a") == f"~/{file.parent}/{file.name}"
