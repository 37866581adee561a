"""The opening between a machine and the laptop that one is logged in from: who is let in, and what becomes of everybody else."""

import asyncio
import contextlib
import hmac
import logging
import secrets
import socket
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.waiting import until
from tuichat.voice import laptop_opening as opening
from tuichat.voice.engine_protocol import LENGTH
from tuichat.voice.laptop_opening import (
    MAX_OPENING_BYTES,
    Admitted,
    Asking,
    HostHello,
    HostProof,
    LaptopHello,
    OpeningError,
    OpeningRefused,
    OpeningTimeout,
    open_as_host,
    open_as_laptop,
)

SECRET = bytes(range(32))
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def joined() -> AsyncIterator[tuple[Stream, Stream]]:
    """Both ends of a Unix socket."""
    ours, theirs = socket.socketpair()
    host = await asyncio.open_unix_connection(sock=ours)
    laptop = await asyncio.open_unix_connection(sock=theirs)
    try:
        yield host, laptop
    finally:
        for _reader, writer in (host, laptop):
            writer.close()


async def admit(hello: HostHello, tell: Callable[[str], None]) -> str:
    return ""


def framed(message: object) -> bytes:
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


async def read(stream: Stream) -> bytes:
    (size,) = LENGTH.unpack(await stream[0].readexactly(LENGTH.size))
    return await stream[0].readexactly(size)


async def test_both_ends_become_known_to_each_other_and_the_stream_goes_on() -> None:
    async with joined() as (host, laptop):
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, admit))
        found = await open_as_host(*host, SECRET, host="buildbox", user="ann")
        hello = await admitting
        assert (hello.host, hello.user) == ("buildbox", "ann")
        assert found.program.startswith("tuichat ")
        laptop[1].write(b"engine")
        assert await host[0].readexactly(6) == b"engine"


async def test_the_secret_is_never_on_the_line_nor_in_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = secrets.token_bytes(32)
    seen = bytearray()
    async with joined() as (host, near), joined() as (far, laptop):

        async def pass_on(source: Stream, to: Stream) -> None:
            while data := await source[0].read(4096):
                seen.extend(data)
                to[1].write(data)

        passing = [asyncio.create_task(pass_on(near, far)), asyncio.create_task(pass_on(far, near))]
        admitting = asyncio.create_task(open_as_laptop(*laptop, secret, admit))
        await open_as_host(*host, secret, host="buildbox", user="ann")
        hello = await admitting
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
    assert len(seen) > 100
    assert secret not in seen
    assert secret.hex() not in caplog.text + repr(hello)


async def test_another_secret_is_refused_at_both_ends() -> None:
    async with joined() as (host, laptop):
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, admit))
        with pytest.raises(OpeningError, match="is not your laptop"):
            await open_as_host(*host, bytes(32), host="buildbox", user="ann")
        host[1].close()
        with pytest.raises((OpeningError, EOFError, OSError)):
            await admitting


async def test_who_answers_with_the_laptops_own_proof_is_refused() -> None:
    """A proof says at which end it was made: sent back, it proves nothing."""
    async with joined() as (stranger, laptop):
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, admit))
        hello = HostHello(
            oldest_version=1, newest_version=1, program="tuichat", host="h", user="u", nonce=secrets.token_bytes(16)
        )
        stranger[1].write(framed(hello))
        answer = msgspec.msgpack.decode(await read(stranger), type=LaptopHello)
        stranger[1].write(framed(HostProof(answer.proof)))
        with pytest.raises(OpeningError, match="does not know the session's secret"):
            await admitting
        refused = msgspec.msgpack.decode(await read(stranger), type=OpeningRefused)
        assert "secret" in refused.reason


async def test_a_proof_of_another_opening_is_refused() -> None:
    async with joined() as (stranger, laptop):
        nonce = secrets.token_bytes(16)
        old = hmac.digest(SECRET, b"tuichat ssh 1 host" + nonce + secrets.token_bytes(16), "sha256")
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, admit))
        hello = HostHello(oldest_version=1, newest_version=1, program="tuichat", host="h", user="u", nonce=nonce)
        stranger[1].write(framed(hello) + framed(HostProof(old)))
        with pytest.raises(OpeningError, match="secret"):
            await admitting


async def test_the_owner_may_be_asked_and_says_yes() -> None:
    answered = asyncio.Event()

    async def ask(hello: HostHello, tell: Callable[[str], None]) -> str:
        tell("Answer there.")
        await answered.wait()
        return ""

    told: list[str] = []
    async with joined() as (host, laptop):
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, ask))
        asking = asyncio.create_task(open_as_host(*host, SECRET, host="b", user="a", on_asking=told.append))
        await until(lambda: told == ["Answer there."])
        assert not asking.done()
        answered.set()
        await asking
        await admitting


async def test_a_no_is_the_error_at_both_ends() -> None:
    async def refuse(hello: HostHello, tell: Callable[[str], None]) -> str:
        return "No sound for you."

    async with joined() as (host, laptop):
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, refuse))
        with pytest.raises(OpeningError, match="No sound for you"):
            await open_as_host(*host, SECRET, host="b", user="a")
        with pytest.raises(OpeningError, match="No sound for you"):
            await admitting


async def test_what_is_too_long_is_cut_not_refused() -> None:
    async with joined() as (host, laptop):
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, admit))
        await open_as_host(*host, SECRET, host="h" * 500, user="u" * 500)
        assert (await admitting).host == "h" * 200


async def test_a_host_of_another_version_is_told_which_is_older() -> None:
    async with joined() as (stranger, laptop):
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, admit))
        stranger[1].write(
            framed(
                HostHello(oldest_version=2, newest_version=3, program="tuichat 9", host="", user="", nonce=bytes(16))
            )
        )
        with pytest.raises(OpeningError, match="tuichat 9 speaks another version"):
            await admitting
        assert "update the older" in msgspec.msgpack.decode(await read(stranger), type=OpeningRefused).reason


async def test_a_laptop_of_another_version_is_refused() -> None:
    async with joined() as (host, stranger):
        stranger[1].write(framed(LaptopHello(version=2, program="tuichat 9", nonce=bytes(16), proof=bytes(32))))
        with pytest.raises(OpeningError, match="tuichat 9 on your laptop speaks version 2"):
            await open_as_host(*host, SECRET, host="b", user="a")


@pytest.mark.parametrize("early", [Admitted(), Asking("Wait.")])
async def test_who_admits_before_a_proof_is_refused(early: Admitted | Asking) -> None:
    async with joined() as (host, stranger):
        stranger[1].write(framed(early))
        with pytest.raises(OpeningError, match="out of order"):
            await open_as_host(*host, SECRET, host="b", user="a")


async def test_a_laptop_that_asks_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_ASKED", 5)
    asked: list[str] = []

    async def ask_on(hello: HostHello, tell: Callable[[str], None]) -> str:
        for number in range(100):
            tell(f"Asked {number} times.")
        return ""

    async with joined() as (host, laptop):
        admitting = asyncio.create_task(open_as_laptop(*laptop, SECRET, ask_on))
        with pytest.raises(OpeningTimeout, match="Nobody has answered"):
            await open_as_host(*host, SECRET, host="b", user="a", on_asking=asked.append)
        await admitting
    assert len(asked) == 5


async def test_half_a_message_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for a whole message: a byte now and then does not prolong it."""
    monkeypatch.setattr(opening, "STEP_TIMEOUT_S", 0.2)
    async with joined() as (stranger, laptop):

        async def drip() -> None:
            stranger[1].write(LENGTH.pack(100))
            while True:
                stranger[1].write(b"\x00")
                await asyncio.sleep(0.01)

        dripping = asyncio.create_task(drip())
        with pytest.raises(OpeningTimeout):
            await asyncio.wait_for(open_as_laptop(*laptop, SECRET, admit), 1.0)
        dripping.cancel()


async def test_who_proves_before_hello_is_refused() -> None:
    async with joined() as (stranger, laptop):
        stranger[1].write(framed(HostProof(bytes(32))))
        with pytest.raises(OpeningError, match="HostProof out of order"):
            await open_as_laptop(*laptop, SECRET, admit)


async def test_silence_is_an_error_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "STEP_TIMEOUT_S", 0.02)
    async with joined() as (host, laptop):
        with pytest.raises(OpeningTimeout):
            await open_as_host(*host, SECRET, host="b", user="a")
        laptop[0].feed_data(b"")
    async with joined() as (_stranger, laptop):
        with pytest.raises(OpeningTimeout, match="did not answer within"):
            await open_as_laptop(*laptop, SECRET, admit)


async def test_an_end_that_goes_is_the_end() -> None:
    async with joined() as (host, laptop):
        laptop[1].close()
        with pytest.raises((EOFError, OSError)):
            await open_as_host(*host, SECRET, host="b", user="a")


@pytest.mark.parametrize("size", [0, MAX_OPENING_BYTES + 1, 2**32 - 1])
async def test_a_message_of_a_forbidden_length_is_refused_before_its_body_comes(size: int) -> None:
    async with joined() as (stranger, laptop):
        stranger[1].write(LENGTH.pack(size))
        with pytest.raises(OpeningError, match=f"1 to {MAX_OPENING_BYTES} bytes, got {size}"):
            await open_as_laptop(*laptop, SECRET, admit)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=200))
def test_noise_raises_only_the_documented_errors(noise: bytes) -> None:
    stream = LENGTH.pack(len(noise)) + noise

    async def meet() -> None:
        async with joined() as (stranger, laptop):
            stranger[1].write(stream)
            stranger[1].write_eof()
            with pytest.raises((OpeningError, EOFError, OSError)):
                await open_as_laptop(*laptop, SECRET, admit)
        async with joined() as (host, stranger):
            stranger[1].write(stream)
            stranger[1].write_eof()
            with pytest.raises((OpeningError, EOFError, OSError)):
                await open_as_host(*host, SECRET, host="b", user="a")

    asyncio.run(meet())
