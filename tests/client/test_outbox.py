"""Unsent messages outlive the client, and damage on disk costs no more than the damaged file."""

import stat
from pathlib import Path

from tuichat.client.outbox import MAX_AGE_MS, MAX_UNSENT, Draft, Outbox

KEY = "server/../1000"


def draft(nonce: str, written_ms: int = 1_000_000) -> Draft:
    return Draft(channel_id=10, nonce=nonce, content=f"words {nonce}", written_ms=written_ms)


def test_drafts_come_back_in_order_of_writing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, KEY)
    for nonce, written_ms in (("3", 30), ("1", 20), ("2", 10)):
        outbox.put(draft(nonce, written_ms))
    outbox.remove("1")
    assert [each.nonce for each in Outbox(tmp_path, KEY).load(40)] == ["2", "3"]


def test_accounts_do_not_see_each_other(tmp_path: Path) -> None:
    Outbox(tmp_path, KEY).put(draft("1"))
    assert Outbox(tmp_path, "server/1001").load(0) == []


def test_drafts_are_private(tmp_path: Path) -> None:
    Outbox(tmp_path, KEY).put(draft("1"))
    (path,) = tmp_path.rglob("1.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_damaged_and_huge_files_are_passed_over(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, KEY)
    outbox.put(draft("1"))
    folder = next(tmp_path.rglob("1.json")).parent
    (folder / "2.json").write_bytes(b"{")
    (folder / "3.json").write_bytes(b" " * 1_000_000)
    (folder / "4.json").write_bytes(b'{"channel_id":1,"nonce":"../../x","content":"","written_ms":1}')
    assert [each.nonce for each in outbox.load(1_000_000)] == ["1"]


def test_drafts_of_long_ago_are_dropped(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, KEY)
    outbox.put(draft("1", 0))
    assert outbox.load(MAX_AGE_MS + 1) == []
    assert list(tmp_path.rglob("*.json")) == []


def test_their_number_is_bounded(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, KEY)
    outbox.put(draft("1"))
    folder = next(tmp_path.rglob("1.json")).parent
    for number in range(2, MAX_UNSENT + 1):
        (folder / f"{number}.json").write_bytes((folder / "1.json").read_bytes())
    outbox.put(draft("100000"))
    assert not (folder / "100000.json").exists()


def test_folder_that_cannot_be_written_loses_no_more_than_the_copy(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("in the way")
    outbox = Outbox(tmp_path, KEY)
    outbox.put(draft("1"))
    outbox.remove("1")
    assert outbox.load(0) == []
