"""Pictures are read from files, told by their bytes, and bounded."""

from pathlib import Path

import pytest
from msgspec import UNSET

from tuichat.client.errors import RefusedError
from tuichat.client.picture_file import picture_edit, read_picture


def test_picture_is_told_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "me"
    path.write_bytes(b"GIF89a")
    assert read_picture(path) == "data:image/gif;base64,R0lGODlh"
    for wrong in (tmp_path / "no such file", tmp_path, Path("a\0b"), Path("~nobodyatall/x")):
        with pytest.raises(RefusedError, match="cannot be read"):
            read_picture(wrong)


def test_picture_over_the_limit_is_refused_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "blob.png"
    path.write_bytes(b"\x89PNG" + bytes(2048))
    with pytest.raises(RefusedError, match="more than 2 KiB"):
        read_picture(path, 2048)


async def test_edit_leaves_takes_away_or_replaces(tmp_path: Path) -> None:
    path = tmp_path / "blob.gif"
    path.write_bytes(b"GIF89a")
    assert await picture_edit("") is UNSET
    assert await picture_edit("none") is None
    assert str(await picture_edit(str(path))).startswith("data:image/gif;base64,")
