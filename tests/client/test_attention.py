"""What was read is told to the server until it has heard of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, cast

import pytest

from tests.client.builders import GENERAL, created, message, ready
from tests.client.waiting import until
from tuichat.client import attention
from tuichat.client.attention import Attention
from tuichat.client.errors import ClientError, RefusedError, UnreachableError
from tuichat.client.reducer import reducer
from tuichat.client.rest import Rest
from tuichat.client.routes import Request
from tuichat.client.state import State


class FakeRest:
    """Answers with what a test says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.error: ClientError | None = None
        self.asked: list[str] = []

    async def perform(self, request: Request) -> None:
        self.asked.append(request.path)
        if self.error is not None:
            raise self.error


def start_nothing(request: Callable[[], Coroutine[Any, Any, object]]) -> None:
    raise AssertionError("nobody typed")


ACK = f"/channels/{GENERAL}/messages/50/ack"


@pytest.mark.parametrize(
    ("error", "is_fresh", "expected"),
    [
        (UnreachableError("away"), False, [ACK, ACK]),
        (UnreachableError("away"), True, [ACK, ACK]),
        (RefusedError("no such channel"), False, [ACK]),
    ],
)
async def test_reading_that_the_server_missed_is_told_again(
    error: ClientError, is_fresh: bool, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention, "ACK_DELAY_S", 0)
    state, rest = State(), FakeRest()
    reducer.reduce(state, ready(), 0)
    reducer.reduce(state, created(message(50)), 0)
    noting = Attention(state, cast(Rest, rest), lambda changes: None, start_nothing)
    sending = asyncio.create_task(noting.send_acks())
    rest.error = error
    noting.mark_read(GENERAL, None)
    await until(lambda: rest.asked == [ACK])
    await asyncio.sleep(0)
    rest.error = None
    if is_fresh:
        reducer.reduce(state, ready(), 0)
        reducer.reduce(state, created(message(50)), 0)
        assert state.is_unread(GENERAL), "the server has not heard of it"
    noting.session_started(is_fresh=is_fresh)
    for _ in range(5):
        await asyncio.sleep(0)
    assert rest.asked == expected
    assert not state.is_unread(GENERAL)
    sending.cancel()


async def test_what_was_read_last_is_told_without_waiting() -> None:
    state, rest = State(), FakeRest()
    reducer.reduce(state, ready(), 0)
    reducer.reduce(state, created(message(50)), 0)
    noting = Attention(state, cast(Rest, rest), lambda changes: None, start_nothing)
    noting.mark_read(GENERAL, None)
    await noting.send_acks_now()
    await noting.send_acks_now()
    assert rest.asked == [ACK]
