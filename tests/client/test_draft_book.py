"""Words that were begun are there again at the next start, and the newest win."""

import stat

from tuichat.client.draft_book import MAX_DRAFTS, DraftBook
from tuichat.config.paths import Profile
from tuichat.protocol.snowflake import Snowflake

KEY = "server/1000"


def opened() -> DraftBook:
    book = DraftBook(Profile())
    book.load()
    return book


def test_words_outlive_the_client_and_belong_to_their_channel() -> None:
    book = opened()
    book.put(KEY, Snowflake(10), "half a sent", 1)
    book.save()
    again = opened()
    assert again.text(KEY, 10) == "half a sent"
    assert again.text(KEY, 11) == again.text("server/1001", 10) == ""


def test_words_that_were_sent_do_not_come_back() -> None:
    book = opened()
    book.put(KEY, 10, "sent now", 1)
    book.save()
    book.put(KEY, 10, "", 2)
    book.save()
    assert opened().text(KEY, 10) == ""


def test_of_two_clients_the_newest_words_of_each_channel_win() -> None:
    first, second = opened(), opened()
    first.put(KEY, 10, "older", 1)
    second.put(KEY, 10, "newer", 2)
    second.put(KEY, 11, "elsewhere", 2)
    second.save()
    first.save()
    assert opened().text(KEY, 10) == first.text(KEY, 10) == "newer"
    assert opened().text(KEY, 11) == "elsewhere"


def test_file_is_private_and_its_damage_is_no_more_than_lost_drafts() -> None:
    book = opened()
    book.put(KEY, 10, "words", 1)
    book.save()
    path = Profile().state_dir / "drafts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"{")
    damaged = opened()
    assert damaged.text(KEY, 10) == ""
    damaged.put(KEY, 10, "again", 2)
    damaged.save()
    assert opened().text(KEY, 10) == "again"


def test_number_and_length_are_bounded() -> None:
    book = opened()
    for channel_id in range(2 * MAX_DRAFTS):
        book.put(KEY, channel_id, "x" * 100_000, channel_id)
    book.save()
    again = opened()
    assert again.text(KEY, 0) == ""
    assert 0 < len(again.text(KEY, 2 * MAX_DRAFTS - 1)) < 100_000
