"""What an answer is written in: one piece where that is cheap, and always in order."""

import asyncio
from typing import cast

from tuichat.server.http_protocol import JOINED_BYTES, _AnswerTransport

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class FakeTransport:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def answered(*writes: bytes) -> FakeTransport:
    fake = FakeTransport()
    transport = _AnswerTransport(cast(asyncio.Transport, fake))
    for data in writes:
        transport.write(data)
    return fake


def test_head_and_body_are_written_together() -> None:
    assert answered(HEAD).written == []
    assert answered(HEAD, b"body", b"more").written == [HEAD + b"body", b"more"]
    assert answered(HEAD, b"").written == [HEAD]


def test_a_large_body_is_not_copied() -> None:
    large = b"x" * (JOINED_BYTES + 1)
    assert answered(HEAD, large).written == [HEAD, large]


def test_continue_does_not_wait_for_the_answer() -> None:
    go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answered(go_on, HEAD, b"body").written == [go_on, HEAD + b"body"]


def test_closing_writes_what_is_left() -> None:
    fake = FakeTransport()
    transport = _AnswerTransport(cast(asyncio.Transport, fake))
    transport.write(HEAD)
    transport.close()
    assert (fake.written, transport.is_closing()) == ([HEAD], True)
