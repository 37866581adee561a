"""Requests are repeated where that is safe, wait where the server asks, and reach nobody else than the server that is meant."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.builders import message
from tests.client.fake_server import Answer, FakeServer, fake_server, fingerprint, make_certificate
from tuichat.client import loopback_listener, routes
from tuichat.client.certificate import format_fingerprint
from tuichat.client.endpoint import Endpoint, parse_url, personal_endpoint
from tuichat.client.errors import (
    CertificateError,
    ClientError,
    NotPermittedHereError,
    RateLimitedError,
    RefusedError,
    UnreachableError,
)
from tuichat.client.http import MAX_ANSWER_BYTES
from tuichat.client.rest import MAX_FORM_ANSWER_BYTES, Rest
from tuichat.config.secret import Token
from tuichat.protocol import codec
from tuichat.protocol.guild import Guild, Invite
from tuichat.protocol.message import Message
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.user import OwnUser

SEND = "POST /channels/10/messages"
SENT = Answer(body=codec.encode(message(50)))
ME = Answer(body=b'{"id":"1","username":"me"}')
TOKEN = Token("a-token-of-some-length")


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with fake_server() as made:
        yield made


@contextlib.asynccontextmanager
async def client(server: FakeServer, pinned: str | None = None) -> AsyncIterator[Rest]:
    async with contextlib.aclosing(Rest(parse_url(server.url, pinned), TOKEN)) as rest:
        yield rest


async def test_idempotent_request_is_repeated_after_faults(server: FakeServer) -> None:
    server.answer("DELETE /channels/10/messages/5", Answer(0), Answer(503), Answer(502, b"<html>"), Answer(204, b""))
    async with client(server) as rest:
        assert await rest.perform(routes.delete_message(10, 5)) == b""
    assert len(server.seen) == 4
    assert {seen.authorization for seen in server.seen} == {TOKEN.reveal()}


async def test_request_that_would_happen_twice_is_not_repeated(server: FakeServer) -> None:
    server.answer("POST /guilds", Answer(503), Answer(200))
    async with client(server) as rest:
        with pytest.raises(UnreachableError):
            await rest.get(routes.create_guild("x"), Guild)
    assert len(server.seen) == 1


async def test_message_carries_a_nonce_that_the_server_enforces(server: FakeServer) -> None:
    server.answer(SEND, SENT)
    async with client(server) as rest:
        assert (await rest.get(routes.create_message(10, "hi", "77", 5), Message)).id == 50
    assert server.seen[0].body == (
        b'{"content":"hi","nonce":"77","enforce_nonce":true,'
        b'"message_reference":{"message_id":"5","type":0,"fail_if_not_exists":false}}'
    )


async def test_limit_is_waited_for_and_the_request_sent_again(server: FakeServer) -> None:
    limited = Answer(429, b'{"message":"slow down","retry_after":0.2,"global":false}')
    server.answer(SEND, limited, SENT)
    async with client(server) as rest:
        started = asyncio.get_running_loop().time()
        await rest.get(routes.create_message(10, "hi", "77", None), Message)
        assert asyncio.get_running_loop().time() - started >= 0.2
    assert len(server.seen) == 2


async def test_headers_hold_the_next_request_back(server: FakeServer) -> None:
    headers = {"X-RateLimit-Bucket": "b", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.2"}
    server.answer(SEND, Answer(body=SENT.body, headers=headers), SENT)
    async with client(server) as rest:
        await rest.get(routes.create_message(10, "hi", "77", None), Message)
        started = asyncio.get_running_loop().time()
        await rest.get(routes.create_message(10, "hi", "78", None), Message)
        assert asyncio.get_running_loop().time() - started >= 0.19


async def test_wait_beyond_patience_is_told(server: FakeServer) -> None:
    server.answer(SEND, Answer(429, b'{"message":"no","retry_after":3600,"global":true}'))
    async with client(server) as rest:
        with pytest.raises(RateLimitedError, match="3600 s"):
            await rest.get(routes.create_message(10, "hi", "77", None), Message)


async def parts() -> AsyncIterator[bytes]:
    yield b"a form"


async def post_form(rest: Rest) -> bytes:
    return await rest.post_form(routes.create_message(10, "hi", "77", None), parts(), {})


async def test_answer_to_a_form_is_read_to_its_end(server: FakeServer) -> None:
    server.answer(SEND, Answer(body=SENT.body, pause_s=0.05))
    async with client(server) as rest:
        assert await post_form(rest) == SENT.body
    assert server.seen[0].body == b"a form"


async def test_endless_answer_to_a_form_is_not_read(server: FakeServer) -> None:
    server.answer(SEND, Answer(body=b" " * (MAX_FORM_ANSWER_BYTES + 1)))
    async with client(server) as rest:
        with pytest.raises(ClientError, match="not read"):
            await post_form(rest)


async def test_slow_channel_holds_a_form_back_and_nothing_else(server: FakeServer) -> None:
    slow = b'{"message":"slow","code":20016,"retry_after":3600.0,"global":false}'
    server.answer(SEND, Answer(429, slow, {"Retry-After": "3600"}), SENT)
    async with client(server) as rest:
        with pytest.raises(RateLimitedError) as caught:
            await post_form(rest)
        assert caught.value.code == ErrorCode.SLOWMODE
        assert caught.value.wait_ms == 3_600_000
        assert await post_form(rest) == SENT.body


async def test_limit_of_all_routes_that_a_form_meets_is_waited_for(server: FakeServer) -> None:
    server.answer(SEND, Answer(429, b'{"message":"slow down","retry_after":0.2,"global":true}'))
    server.answer("GET /users/@me", ME)
    async with client(server) as rest:
        with pytest.raises(RateLimitedError) as caught:
            await post_form(rest)
        assert caught.value.is_transient
        started = asyncio.get_running_loop().time()
        await rest.get(routes.get_me(), OwnUser)
        assert asyncio.get_running_loop().time() - started >= 0.19


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"id":5}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id":"1","username":3}',
        b'{"id":"-1","username":""}',
    ],
)
async def test_answer_that_is_not_the_protocol_is_one_documented_error(server: FakeServer, body: bytes) -> None:
    server.answer("GET /users/@me", Answer(body=body))
    async with client(server) as rest:
        with pytest.raises(RefusedError) as caught:
            await rest.get(routes.get_me(), OwnUser)
    assert str(caught.value).isprintable()


async def test_endless_answer_is_not_read(server: FakeServer) -> None:
    server.answer("GET /users/@me", Answer(body=b" " * (MAX_ANSWER_BYTES + 1)))
    async with client(server) as rest:
        with pytest.raises(ClientError, match=str(MAX_ANSWER_BYTES)):
            await rest.get(routes.get_me(), OwnUser)


async def test_redirect_takes_no_token_anywhere(server: FakeServer) -> None:
    async with fake_server() as elsewhere:
        server.answer("GET /users/@me", Answer(307, b"", {"Location": f"{elsewhere.url}/api/v10/users/@me"}))
        async with client(server) as rest:
            with pytest.raises(RefusedError, match="sends its visitors"):
                await rest.get(routes.get_me(), OwnUser)
        assert elsewhere.seen == []


async def test_path_of_an_invite_stays_one_part(server: FakeServer) -> None:
    async with client(server) as rest:
        with pytest.raises(RefusedError):
            await rest.get(routes.accept_invite("../../users/@me?x=1#y"), Invite)
    assert [seen.path for seen in server.seen] == ["/invites/../../users/@me?x=1#y"], "as one percent-encoded part"


async def test_server_that_is_not_there_is_told_in_a_sentence() -> None:
    async with fake_server() as gone:
        url = gone.url
    async with contextlib.aclosing(Rest(parse_url(url))) as rest:
        with pytest.raises(UnreachableError, match=r"cannot be reached: Connection refused\.") as caught:
            await rest.perform(routes.server_info())
    assert not caught.value.was_sent


async def test_squatter_on_the_port_gets_nothing(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's program listens where the server used to: no byte of a request reaches it."""
    monkeypatch.setattr(loopback_listener, "server_uids", lambda server, own, tables: {12345})
    server.answer("GET /users/@me", ME)
    async with client(server) as rest:
        with pytest.raises(NotPermittedHereError, match="12345"):
            await rest.get(routes.get_me(), OwnUser)
    assert server.seen == []


async def test_user_token_never_leaves_for_discord() -> None:
    async with contextlib.aclosing(Rest(Endpoint("https://discord.com"), TOKEN)) as rest:
        with pytest.raises(NotPermittedHereError, match="Discord forbids"):
            await rest.get(routes.get_me(), OwnUser)


async def test_socket_in_a_folder_of_others_is_not_trusted(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    async with contextlib.aclosing(Rest(personal_endpoint(tmp_path / "server.sock"), TOKEN)) as rest:
        with pytest.raises(ClientError, match="open to others"):
            await rest.perform(routes.server_info())


class TestCertificates:
    async def test_self_signed_one_is_refused_in_words_with_its_fingerprint(self, tmp_path: Path) -> None:
        certificate = make_certificate(tmp_path)
        async with fake_server(certificate) as server, client(server) as rest:
            server.answer("GET /users/@me", ME)
            with pytest.raises(CertificateError) as caught:
                await rest.get(routes.get_me(), OwnUser)
            assert "self-signed" in caught.value.problem
            assert caught.value.fingerprint == fingerprint(certificate[0])
            assert format_fingerprint(caught.value.fingerprint) in str(caught.value)
            assert server.seen == []

    async def test_pinned_one_is_accepted(self, tmp_path: Path) -> None:
        certificate = make_certificate(tmp_path)
        async with fake_server(certificate) as server, client(server, fingerprint(certificate[0])) as rest:
            server.answer("GET /users/@me", ME)
            assert (await rest.get(routes.get_me(), OwnUser)).username == "me"

    async def test_pin_counts_whatever_name_the_certificate_has(self, tmp_path: Path) -> None:
        certificate = make_certificate(tmp_path, "elsewhere.example")
        async with fake_server(certificate) as server, client(server, fingerprint(certificate[0])) as rest:
            server.answer("GET /users/@me", ME)
            assert (await rest.get(routes.get_me(), OwnUser)).username == "me"

    async def test_other_one_than_the_pinned_is_refused_and_both_are_shown(self, tmp_path: Path) -> None:
        certificate = make_certificate(tmp_path)
        pinned = "ab" * 32
        async with fake_server(certificate) as server, client(server, pinned) as rest:
            server.answer("GET /users/@me", ME)
            with pytest.raises(CertificateError) as caught:
                await rest.get(routes.get_me(), OwnUser)
            assert format_fingerprint(pinned) in str(caught.value)
            assert format_fingerprint(fingerprint(certificate[0])) in str(caught.value)
            assert server.seen == []
