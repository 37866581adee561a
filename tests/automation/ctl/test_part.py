"""The ctl socket is its owner's alone, and nothing that comes there hurts the tuichat that listens."""

import asyncio
import contextlib
import json
import random
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.automation.ctl.ctl_client import at_socket
from tests.client.waiting import until
from tests.system.other_user import can_become_others, run_as_other
from tuichat.automation.ctl import connection
from tuichat.automation.ctl.limits import MAX_CONNECTIONS, MAX_LINE_BYTES, MAX_PENDING, MAX_SUBSCRIPTIONS
from tuichat.automation.ctl.part import ControlSocket
from tuichat.automation.ctl.request import RequestError, read_request, success
from tuichat.automation.ctl.subscription import Subscription
from tuichat.automation.records import ConnectionRecord
from tuichat.automation.site import RunningSite
from tuichat.config.paths import Profile
from tuichat.local.errors import LocalError
from tuichat.local.runtime import ctl_socket_path


async def test_socket_is_private_and_goes_with_its_tuichat(running_site: RunningSite) -> None:
    part = ControlSocket(running_site)
    await part.start()
    path = ctl_socket_path(Profile())
    assert part.path == path
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.lstat().st_mode) == 0o700
    await part.close()
    assert not path.exists()


async def test_socket_that_a_crash_left_is_replaced(running_site: RunningSite) -> None:
    left = ControlSocket(running_site)
    await left.start()
    after = ControlSocket(running_site)
    await after.start()
    await left.close()  # what ends late does not take away what came after it
    assert after.path is not None
    async with at_socket(after.path) as client:
        assert (await client.answer(op="status"))["code"] == 0
    await after.close()


async def test_folder_behind_a_symbolic_link_is_not_used(running_site: RunningSite, home: Path) -> None:
    folder = ctl_socket_path(Profile()).parent
    folder.rename(home / "elsewhere")
    folder.symlink_to(home / "elsewhere")
    part = ControlSocket(running_site)
    with pytest.raises(LocalError, match="symbolic link"):
        await part.start()
    await part.close()


@pytest.mark.skipif(not can_become_others, reason="needs root, to be somebody else")
async def test_another_user_gets_no_answer(path: Path) -> None:
    knock = """
    with socket.socket(socket.AF_UNIX) as knocking:
        try:
            knocking.connect(sys.argv[1])
            knocking.sendall(b'{"v":1,"id":1,"op":"status"}\\n')
            found = knocking.recv(100).decode()
        except OSError as error:
            found = type(error).__name__
    print(json.dumps({"found": found}))
    """
    assert await asyncio.to_thread(run_as_other, knock, str(path)) == {"found": "PermissionError"}
    for folder in path.parents[:3]:  # as somebody would have done by mistake: the peer is checked, too
        folder.chmod(0o755)
    path.chmod(0o666)
    found = (await asyncio.to_thread(run_as_other, knock, str(path)))["found"]
    assert found in ("", "ConnectionResetError", "BrokenPipeError")


async def test_garbage_is_answered_with_what_is_wrong(path: Path) -> None:
    async with at_socket(path) as client:
        for line, request_id, sentence in (
            (b"hello", 0, "That is no request"),
            (b"[1]", 0, "Expected `object`"),
            (b'{"v":1,"id":7}', 7, "missing required field `op`"),
            (b'{"v":1,"id":7,"op":"dance"}', 7, "Invalid value 'dance'"),
            (b'{"v":1,"id":7,"op":"status","x":1}', 7, "unknown field `x`"),
            (b'{"v":1,"id":7,"op":"ptt","key":"left"}', 7, "Invalid enum value 'left'"),
            (b'{"v":2,"id":7,"op":"status"}', 7, "speaks version 1"),
            (b'{"v":1,"id":7,"op":"run","words":[],"limit_s":0}', 7, "> 0"),
            (b'{"v":1,"id":7,"op":"run","words":[]}', 7, "There is no command"),
            (b'{"v":1,"id":7,"op":"run","words":["two words","x"]}', 7, "is no command"),
            (b'{"v":1,"id":7,"op":"subscribe","types":["msg"]}', 7, "msg is no type of record"),
            (b"\xff\xfe", 0, "That is no request"),
        ):
            client.write(line + b"\n")
            answer = await client.read()
            assert answer is not None
            assert (answer["id"], answer["code"]) == (request_id, 2), line
            assert sentence in answer["say"]
        assert (await client.answer(op="status"))["code"] == 0


@given(
    st.binary(max_size=300) | st.recursive(st.none() | st.text(), st.lists).map(lambda each: json.dumps(each).encode())
)
def test_bytes_become_a_request_or_an_error(line: bytes) -> None:
    with contextlib.suppress(RequestError):
        assert read_request(line).v == 1


async def test_any_bytes_leave_it_listening(path: Path) -> None:
    noise = random.Random(6)
    async with at_socket(path) as other:
        for _number in range(50):
            async with at_socket(path) as client:
                client.write(noise.randbytes(noise.randrange(2000)) + b"\n")
                assert (await client.read() or {"code": 2})["code"] == 2
        assert (await other.answer(op="status"))["code"] == 0


async def test_line_that_is_too_long_ends_the_connection_with_the_limit(path: Path) -> None:
    async with at_socket(path) as flooding, at_socket(path) as other:
        flooding.write(b"x" * (MAX_LINE_BYTES + 1))
        answer = await flooding.read()
        assert answer is not None
        assert f"at most {MAX_LINE_BYTES} bytes" in answer["say"]
        assert await flooding.read() is None
        assert (await other.answer(op="status"))["code"] == 0


async def test_too_many_connections_are_told_so(path: Path, control: ControlSocket) -> None:
    async with asyncio.timeout(20):
        kept = [at_socket(path) for _number in range(MAX_CONNECTIONS)]
        clients = [await each.__aenter__() for each in kept]
        assert (await clients[-1].answer(op="status"))["code"] == 0
        async with at_socket(path) as late:
            answer = await late.read()
            assert answer is not None
            assert f"At most {MAX_CONNECTIONS} programs" in answer["say"]
        for each in kept:
            await each.__aexit__(None, None, None)
        await until(lambda: control.count == 0)
        async with at_socket(path) as again:
            assert (await again.answer(op="status"))["code"] == 0


async def test_too_many_subscriptions_are_told_so(path: Path) -> None:
    async with at_socket(path) as client:
        for number in range(MAX_SUBSCRIPTIONS):
            assert (await client.answer(op="subscribe", id=number))["code"] == 0
            first = await client.read()
            assert first is not None
            assert (first["id"], first["record"]["type"]) == (number, "status")
        assert "at most 4 subscriptions" in (await client.answer(op="subscribe"))["say"]


async def test_subscriber_who_does_not_read_is_ended_and_nobody_else_notices(
    path: Path, control: ControlSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Subscription] = []
    begin = Subscription.begin

    def note(subscription: Subscription) -> None:
        opened.append(subscription)
        begin(subscription)

    monkeypatch.setattr(Subscription, "begin", note)
    monkeypatch.setattr(connection, "MAX_UNREAD_BYTES", 100_000)
    async with at_socket(path) as deaf, at_socket(path) as other:
        deaf.ask(op="subscribe")
        await until(lambda: len(opened) == 1)
        record = ConnectionRecord(account="ada", is_connected=False, text="x" * 10_000)
        for _number in range(1000):
            opened[0].take(record)
        assert (await other.answer(op="status"))["code"] == 0
        told = [await deaf.read()]
        while told[-1] is not None:
            told.append(await deaf.read())
        last = told[-2]
        assert last is not None
        assert last["say"] == "More than 100000 bytes were not read."
        assert len(told) < 1000


async def test_too_many_requests_at_a_time_are_told_so(
    path: Path, control: ControlSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = asyncio.Event()

    async def slow(request: object) -> object:
        await release.wait()
        return success(getattr(request, "id", 0))

    monkeypatch.setattr(control.orders, "run", slow)
    async with at_socket(path) as client:
        for number in range(MAX_PENDING + 1):
            client.ask(op="run", id=number, words=["/help"])
        answer = await client.read()
        assert answer is not None
        assert (answer["id"], answer["code"]) == (MAX_PENDING, 1)
        assert f"At most {MAX_PENDING} requests" in answer["say"]
        release.set()
        assert {(await client.read() or {})["id"] for _number in range(MAX_PENDING)} == set(range(MAX_PENDING))


async def test_end_of_tuichat_tells_who_listens(running_site: RunningSite) -> None:
    part = ControlSocket(running_site)
    await part.start()
    assert part.path is not None
    async with at_socket(part.path) as client:
        assert (await client.answer(op="subscribe", types=["message"]))["code"] == 0
        await client.read()
        await part.close()
        end = await client.read()
        assert end is not None
        assert (end["code"], end["say"]) == (3, "tuichat ends.")
        assert await client.read() is None
