"""Tests of `tuichat.client.message_cache`."""

import stat
from pathlib import Path

from tests.tui.samples import GENERAL, GRACE, GUILD, message, sample_state
from tuichat.client import message_cache
from tuichat.client.message_cache import MAX_MESSAGES, MessageCache, places_of, show_places, wipe_all
from tuichat.client.state import State


def make(tmp_path: Path) -> MessageCache:
    return MessageCache(tmp_path, "server/101")


def test_messages_come_back_as_they_were(tmp_path: Path) -> None:
    written = [message(GRACE, 3 - number, f"**{number}**", number=number) for number in range(3)]
    make(tmp_path).save(GENERAL, written)
    assert make(tmp_path).load(GENERAL) == written


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    written = [message(GRACE, 0, str(number), number=number) for number in range(MAX_MESSAGES + 20)]
    make(tmp_path).save(GENERAL, written)
    assert make(tmp_path).load(GENERAL) == written[20:]


def test_an_account_sees_what_it_saw(tmp_path: Path) -> None:
    state = sample_state()
    places = places_of(state)
    assert places is not None
    make(tmp_path).save_places(places)
    shown = State()
    kept = make(tmp_path).load_places()
    assert kept is not None
    show_places(shown, kept)
    assert shown.me == state.me
    assert shown.channels == state.channels
    assert shown.guilds[GUILD].roles == state.guilds[GUILD].roles
    assert shown.guilds[GUILD].members == state.guilds[GUILD].members
    assert shown.read_states == state.read_states
    assert shown.permissions(GENERAL) == state.permissions(GENERAL)


def test_a_channel_that_is_not_seen_any_more_is_forgotten(tmp_path: Path) -> None:
    cache = make(tmp_path)
    cache.save(GENERAL, [message(GRACE, 0, "here")])
    cache.save(777, [message(GRACE, 0, "gone", channel=777)])
    places = places_of(sample_state())
    assert places is not None
    cache.save_places(places)
    assert cache.load(GENERAL)
    assert not cache.load(777)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    cache = make(tmp_path)
    cache.save(GENERAL, [message(GRACE, 0, "secret")])
    (path,) = cache.folder.glob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700


def test_the_cache_is_bounded(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # pytest's own
    cache = make(tmp_path)
    for channel_id in range(1, 6):
        cache.save(channel_id, [message(GRACE, 0, "x" * 1000, channel=channel_id)])
    size = sum(path.stat().st_size for path in cache.folder.glob("*.json"))
    monkeypatch.setattr(message_cache, "MAX_BYTES", size // 2)
    cache.trim()
    assert sum(path.stat().st_size for path in cache.folder.glob("*.json")) <= size // 2
    assert cache.load(5)
    assert not cache.load(1)


def test_a_broken_file_is_left_out(tmp_path: Path) -> None:
    cache = make(tmp_path)
    cache.save(GENERAL, [message(GRACE, 0, "x")])
    (path,) = cache.folder.glob("*.json")
    path.write_bytes(b'[{"id": 3')
    assert cache.load(GENERAL) == []


def test_another_channel_s_messages_do_not_show(tmp_path: Path) -> None:
    make(tmp_path).save(GENERAL, [message(GRACE, 0, "x", channel=777)])
    assert make(tmp_path).load(GENERAL) == []


def test_everything_can_be_forgotten(tmp_path: Path) -> None:
    make(tmp_path).save(GENERAL, [message(GRACE, 0, "x")])
    wipe_all(tmp_path)
    assert not (tmp_path / "messages").exists()
