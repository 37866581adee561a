"""A database's password is shown to nobody."""

import traceback

import pytest

from tuichat.server.store.errors import StoreError
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.store import PostgresStore


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:s3cret@db.example:5433/chat", "postgresql://ada@db.example:5433/chat"),
        ("postgres://ada:s3cret@[::1]/chat?sslmode=require", "postgresql://ada@::1/chat"),
        ("postgresql:///chat?host=/run/pg&user=ada&password=s3cret", "postgresql:///run/pg/chat"),
    ],
)
def test_what_is_shown_of_an_address_holds_no_password(url: str, shown: str) -> None:
    address = DatabaseAddress(url)
    assert str(address) == shown
    assert "s3cret" not in repr(address) + str(address)
    assert address.url == url


@pytest.mark.parametrize("url", ["mysql://ada:s3cret@db/chat", "ada:s3cret", "postgresql://ada:x@db:s3cret/chat", ""])
def test_an_address_that_is_none_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(StoreError) as raised:
        DatabaseAddress(url)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:s3cret@127.0.0.1:1/chat",
        "postgresql://ada:s3cret@127.0.0.1:1/chat?sslmode=s3cret",
        "postgresql://ada:s3cret@/chat?host=/nowhere&port=s3cret",
    ],
)
async def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StoreError, match="cannot be reached") as raised:
        await PostgresStore.open(url, publish=lambda event: None)
    assert "s3cret" not in "".join(traceback.format_exception(raised.value)) + caplog.text
