"""The opening of a login under attack: whatever strangers say, keep or change on the way opens nothing and learns nothing."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.voice import laptop_opening
from tuichat.voice.engine_protocol import LENGTH
from tuichat.voice.laptop_opening import (
    MAX_OPENING_BYTES,
    NONCE_BYTES,
    PROOF_BYTES,
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
ANOTHER = bytes(32)

Change = Callable[[bytes], bytes]


def unchanged(data: bytes) -> bytes:
    return data


class Way:
    """One direction between the two ends: what is written there is changed, cut, kept, and read at the other end."""

    def __init__(self, change: Change = unchanged, cuts: list[int] | None = None) -> None:
        self.reader = asyncio.StreamReader()
        self.said: list[bytes] = []
        self._change = change
        self._cuts = cuts or []

    def write(self, data: bytes) -> None:
        self.said.append(data)
        data = self._change(data)
        places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in self._cuts)})
        for start, end in itertools.pairwise(places):
            self.reader.feed_data(data[start:end])

    @property
    def writer(self) -> asyncio.StreamWriter:
        return cast(asyncio.StreamWriter, self)


async def yes(_hello: HostHello, _tell: Callable[[str], None]) -> str:
    return ""


Admit = Callable[[HostHello, Callable[[str], None]], Awaitable[str]]


class Meeting:
    """How an opening went at both ends: what each learned of the other, or its error."""

    def __init__(self) -> None:
        self.host: LaptopHello | BaseException | None = None
        self.laptop: HostHello | BaseException | None = None
        self.asked: list[str] = []

    @property
    def errors(self) -> list[BaseException]:
        return [each for each in (self.host, self.laptop) if isinstance(each, BaseException)]


async def meet(
    up: Way, down: Way, *, host_secret: bytes = SECRET, laptop_secret: bytes = SECRET, admit: Admit = yes
) -> Meeting:
    meeting = Meeting()

    async def as_host() -> None:
        try:
            meeting.host = await open_as_host(
                down.reader, up.writer, host_secret, host="box", user="ann", on_asking=meeting.asked.append
            )
        except (OpeningError, EOFError) as error:
            meeting.host = error
        up.reader.feed_eof()

    async def as_laptop() -> None:
        try:
            meeting.laptop = await open_as_laptop(up.reader, down.writer, laptop_secret, admit)
        except (OpeningError, EOFError) as error:
            meeting.laptop = error
        down.reader.feed_eof()

    async with asyncio.timeout(20):
        await asyncio.gather(as_host(), as_laptop())
    return meeting


@given(st.binary(min_size=32, max_size=32), st.lists(st.integers(0, 500), max_size=6))
def test_who_shares_the_secret_meets_whatever_the_cuts(secret: bytes, cuts: list[int]) -> None:
    async def run() -> Meeting:
        return await meet(Way(cuts=cuts), Way(cuts=cuts), host_secret=secret, laptop_secret=secret)

    meeting = asyncio.run(run())
    assert isinstance(meeting.host, LaptopHello)
    assert isinstance(meeting.laptop, HostHello)
    assert (meeting.laptop.host, meeting.laptop.user) == ("box", "ann")


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_two_secrets_never_meet(ours: bytes, theirs: bytes) -> None:
    async def run() -> tuple[Meeting, bytes]:
        up, down = Way(), Way()
        return await meet(up, down, host_secret=ours, laptop_secret=theirs), b"".join(up.said + down.said)

    meeting, said = asyncio.run(run())
    assert (len(meeting.errors) == 2) == (ours != theirs)
    assert ours not in said
    assert theirs not in said


async def test_the_host_says_nothing_to_a_laptop_that_does_not_know_the_secret() -> None:
    """Its own proof is not for a stranger to keep: the laptop proves itself first."""
    up = Way()
    meeting = await meet(up, Way(), laptop_secret=ANOTHER)
    assert "is not your laptop" in str(meeting.host)
    assert len(up.said) == 1


async def test_what_was_said_in_one_opening_opens_no_other() -> None:
    """Whoever keeps a whole session's words, as one who reads the disk of a swap file might, gets nowhere with them."""
    up, down = Way(), Way()
    assert not (await meet(up, down)).errors
    again = Way()
    for data in up.said:
        again.write(data)
    with pytest.raises(OpeningError, match="does not know"):
        await open_as_laptop(again.reader, Way().writer, SECRET, yes)
    back = Way()
    for data in down.said:
        back.write(data)
    with pytest.raises(OpeningError, match="is not your laptop"):
        await open_as_host(back.reader, Way().writer, SECRET, host="box", user="ann")


@given(st.integers(0, 3), st.integers(0, 400), st.integers(1, 255), st.booleans())
def test_no_byte_can_be_changed_unseen_before_both_are_proven(
    message: int, at: int, other: int, is_hosts: bool
) -> None:
    """Whatever is changed on the way, an end that goes on got what the other end said, or words that nothing depends on."""
    count = 0

    def change(data: bytes) -> bytes:
        nonlocal count
        count += 1
        if count - 1 != message:
            return data
        changed = bytearray(data)
        changed[LENGTH.size + at % (len(data) - LENGTH.size)] ^= other
        return bytes(changed)

    async def run() -> tuple[Meeting, Way, Way]:
        up, down = Way(change if is_hosts else unchanged), Way(unchanged if is_hosts else change)
        return await meet(up, down), up, down

    meeting, up, down = asyncio.run(run())
    hellos = [nonce_of(up.said[0])] + [
        nonce_of(data) for data in down.said[:1] if isinstance(meeting.host, LaptopHello)
    ]
    if isinstance(meeting.laptop, HostHello):
        assert meeting.laptop.nonce == hellos[0]
    if isinstance(meeting.host, LaptopHello):
        assert meeting.host.nonce == hellos[1]


def nonce_of(data: bytes) -> object:
    return msgspec.msgpack.decode(data[LENGTH.size :])["nonce"]


async def test_one_byte_now_and_then_does_not_hold_a_place_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laptop_opening, "STEP_TIMEOUT_S", 0.05)
    way = Way()
    opening = asyncio.create_task(opened(way, is_host=False))

    async def drip() -> None:
        way.write(LENGTH.pack(MAX_OPENING_BYTES))
        while not opening.done():
            way.write(b"\x00")
            await asyncio.sleep(0.001)

    dripping = asyncio.create_task(drip())
    with pytest.raises(OpeningTimeout):
        await opening
    await dripping


HOST_HELLO = HostHello(
    oldest_version=1, newest_version=1, program="tuichat 1", host="box", user="ann", nonce=bytes(NONCE_BYTES)
)
LAPTOP_HELLO = LaptopHello(version=1, program="tuichat 1", nonce=bytes(NONCE_BYTES), proof=bytes(PROOF_BYTES))


@pytest.mark.parametrize("word", ["\x1b]0;owned\x07", "a\nb", "\x9b31m", "\u2028", "x\n"])
async def test_words_that_give_orders_to_a_terminal_are_no_words(word: str) -> None:
    """They come before anything is proven, and logs and screens repeat them."""
    up = Way()
    up.write(framed(msgspec.structs.replace(HOST_HELLO, program=word, newest_version=0)))
    with pytest.raises(OpeningError, match="that are no message"):
        await opened(up, is_host=False)
    for message in (OpeningRefused(word), msgspec.structs.replace(LAPTOP_HELLO, program=word, version=9)):
        down = Way()
        down.write(framed(message))
        with pytest.raises(OpeningError, match="that are no message"):
            await opened(down, is_host=True)


words = st.text(max_size=30)
nonces = st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES)
proofs = st.binary(min_size=PROOF_BYTES, max_size=PROOF_BYTES)
messages = st.one_of(
    st.builds(
        HostHello,
        oldest_version=st.integers(-(2**63), 2**63 - 1),
        newest_version=st.integers(-(2**63), 2**63 - 1),
        program=words,
        host=words,
        user=words,
        nonce=nonces,
    ),
    st.builds(LaptopHello, version=st.integers(-(2**63), 2**63 - 1), program=words, nonce=nonces, proof=proofs),
    st.builds(LaptopHello, version=st.just(1), program=words, nonce=nonces, proof=proofs),
    st.builds(HostProof, proofs),
    st.builds(Asking, words),
    st.builds(Admitted),
    st.builds(OpeningRefused, words),
)


@pytest.mark.slow
@given(st.lists(messages, max_size=6), st.booleans())
def test_no_order_of_messages_opens_without_the_secret(sent: list[msgspec.Struct], is_host: bool) -> None:
    async def run() -> None:
        way = Way()
        for message in sent:
            way.write(framed(message))
        way.reader.feed_eof()
        await opened(way, is_host=is_host)

    with pytest.raises((OpeningError, EOFError)) as caught:
        asyncio.run(run())
    assert not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in str(caught.value))


async def opened(way: Way, *, is_host: bool) -> None:
    """Open against what comes by `way` and hears nothing; raises what the opening raises."""
    if is_host:
        await open_as_host(way.reader, Way().writer, SECRET, host="box", user="ann")
    else:
        await open_as_laptop(way.reader, Way().writer, SECRET, yes)


def framed(message: msgspec.Struct) -> bytes:
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body
