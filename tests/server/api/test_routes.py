"""The HTTP API of a running server, as bytes: statuses, types, errors, and that bad input is never our fault."""

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.raw_client import RawAnswer, RawClient
from tests.server.running import Account, RunningServer, running_server
from tests.system.rest_account import PASSWORD
from tuichat.server.actions import users as user_actions
from tuichat.server.api import (
    applications,
    auth,
    channels,
    gateway_info,
    guilds,
    invites,
    local,
    members,
    messages,
    nothing_yet,
    roles,
    users,
    webhooks,
)
from tuichat.server.store.sqlite import SQLiteStore


async def ask(
    site: RunningServer,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    token: str = "",
    content_type: str | None = "application/json",
    headers: Mapping[str, str] | None = None,
) -> RawAnswer:
    """Send exactly this request and return the answer."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    if token:
        lines.append(f"Authorization: {token}")
    if content_type and body:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    async with RawClient.connect("127.0.0.1", site.port) as client:
        await client.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return await client.answer()


def error(answer: RawAnswer) -> tuple[int, int, str]:
    """Read an error's status, code and message."""
    assert answer.headers["content-type"] == "application/json"
    body = msgspec.json.decode(answer.body)
    return answer.status, body["code"], body["message"]


async def test_answers_are_plain_json(site: RunningServer) -> None:
    alice = await site.register("alice")
    for prefix in ("/api/v10", "/api/v9", "/api"):
        answer = await ask(site, "GET", f"{prefix}/users/@me", token=alice.token)
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert msgspec.json.decode(answer.body)["id"] == alice.user_id


async def test_what_is_not_there_is_said_in_discords_words(site: RunningServer) -> None:
    alice = await site.register("alice")
    assert error(await ask(site, "GET", "/api/v10/nonsense")) == (404, 0, "404: Not Found")
    assert error(await ask(site, "GET", "/")) == (404, 0, "404: Not Found")
    assert error(await ask(site, "DELETE", "/api/v10/gateway")) == (405, 0, "405: Method Not Allowed")
    assert error(await ask(site, "GET", "/api/v10/channels/1/messages/1", token=alice.token))[:2] == (404, 10003)
    assert error(await ask(site, "GET", "/api/v10/guilds/1", token=alice.token))[:2] == (404, 10004)
    answer = await ask(site, "GET", "/api/v10/guilds/abc", token=alice.token)
    assert error(answer)[:2] == (400, 50035)
    assert b"guild_id" in answer.body


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "Bot a.b.c", "Bearer a.b.c", "x" * 600, "\xff\xfe"])
async def test_a_token_is_needed(site: RunningServer, token: str) -> None:
    for method, path in [("GET", "/users/@me"), ("POST", "/channels/1/messages"), ("GET", "/gateway/bot")]:
        assert error(await ask(site, method, f"/api/v10{path}", token=token)) == (401, 0, "401: Unauthorized")


async def test_bots_say_bot_and_people_do_not(site: RunningServer) -> None:
    alice = await site.register("alice")
    assert (await ask(site, "GET", "/api/v10/users/@me", token=f"Bot {alice.token}")).status == 401


async def test_an_answer_of_nothing_has_no_body_and_no_type(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    answer = await ask(site, "POST", f"/api/v10/channels/{channel_id}/typing", token=alice.token)
    assert (answer.status, answer.body) == (204, b"")
    assert "content-type" not in answer.headers


async def test_messages_are_made_read_changed_and_deleted(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    _, channel_id = await site.befriend(alice, bob)
    path = f"/channels/{channel_id}/messages"
    sent = [await alice.send(channel_id, f"m{index}") for index in range(5)]
    newest_first = [message.content for message in await history(alice, f"{path}?limit=3")]
    assert newest_first == ["m4", "m3", "m2"]
    # `after` gives the ones next to the anchor, and still newest first
    after = await history(alice, f"{path}?after={sent[0].id}&limit=2")
    assert [message.content for message in after] == ["m2", "m1"]
    around = await history(alice, f"{path}?around={sent[2].id}&limit=3")
    assert [message.content for message in around] == ["m3", "m2", "m1"]
    edited = await alice.call("PATCH", f"{path}/{sent[1].id}", dict[str, Any], {"content": "better"})
    assert (edited["content"], edited["edited_timestamp"] is None) == ("better", False)
    assert (await bob.raw("PATCH", f"{path}/{sent[1].id}", {"content": "forged"}))[0] == 403
    assert (await bob.raw("DELETE", f"{path}/{sent[1].id}"))[0] == 403
    await alice.do("DELETE", f"{path}/{sent[1].id}")
    assert (await alice.raw("GET", f"{path}/{sent[1].id}"))[0] == 404
    assert (await alice.raw("POST", f"{path}/bulk-delete", {"messages": [sent[2].id, sent[3].id]}))[0] == 403


class _Message(msgspec.Struct):
    id: str
    content: str


async def history(account: Account, path: str) -> list[_Message]:
    return await account.call("GET", path, list[_Message])


async def test_registering_and_signing_in_answer_as_discord_does(site: RunningServer) -> None:
    stranger = site.account()
    form = {"username": "alice", "password": PASSWORD}
    made = await stranger.call("POST", "/auth/register", dict[str, str], form)
    assert set(made) == {"token"}
    me = await site.account(made["token"]).me()
    back = await stranger.call("POST", "/auth/login", dict[str, Any], {"login": "alice", "password": PASSWORD})
    assert set(back) == {"user_id", "token", "user_settings"}
    assert back["user_id"] == me.id
    assert set(back["user_settings"]) == {"locale", "theme"}
    assert (await site.account(back["token"]).me()).id == me.id


async def test_one_unknown_channel_hinders_no_other_from_being_read(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    sent = await alice.send(channel_id, "hello")
    entries = [{"channel_id": "5", "message_id": "1"}, {"channel_id": channel_id, "message_id": sent.id}]
    async with alice.connect() as gateway:
        await alice.do("POST", "/read-states/ack-bulk", {"read_states": entries})
        told = await gateway.wait_for("MESSAGE_ACK")
    assert (told["channel_id"], told["message_id"]) == (channel_id, sent.id)


@pytest.mark.parametrize("extra", [{}, {"id": 5}, {"id": "5"}, {"deny": None}])  # discord.py sends an id, as a number
async def test_an_overwrite_is_put_with_the_id_of_its_path(site: RunningServer, extra: dict[str, Any]) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    body = {"type": 1, "allow": "1024", "deny": "2048"} | extra
    await alice.do("PUT", f"/channels/{channel_id}/permissions/{alice.user_id}", body)
    shown = await alice.call("GET", f"/channels/{channel_id}", dict[str, Any])
    deny = "0" if body["deny"] is None else "2048"
    assert shown["permission_overwrites"] == [{"id": alice.user_id, "type": 1, "allow": "1024", "deny": deny}]


async def test_a_repeated_nonce_is_one_message(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    first, second = [await alice.send(channel_id, "once", nonce="12345") for _ in range(2)]
    assert first.id == second.id
    assert second.nonce == "12345"


async def test_over_a_limit_the_answer_names_it(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    path = f"/api/v10/channels/{channel_id}/messages"
    answer = await ask(site, "POST", path, b'{"content":"%s"}' % (b"x" * 2001), token=alice.token)
    assert error(answer)[:2] == (400, 50035)
    fault = msgspec.json.decode(answer.body)["errors"]["content"]["_errors"][0]
    assert (fault["code"], "2000" in fault["message"]) == ("BASE_TYPE_MAX_LENGTH", True)
    assert error(await ask(site, "POST", path, b'{"content":""}', token=alice.token))[:2] == (400, 50006)
    answer = await ask(site, "GET", f"{path}?limit=101", token=alice.token)
    assert error(answer)[:2] == (400, 50035)
    assert b"100" in answer.body
    assert error(await ask(site, "GET", f"{path}?limit=ten", token=alice.token))[:2] == (400, 50035)
    assert error(await ask(site, "GET", f"{path}?before=ten", token=alice.token))[:2] == (400, 50035)


async def test_bodies_of_the_wrong_kind_are_refused(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    path = f"/api/v10/channels/{channel_id}/messages"
    for content_type in ("text/plain", "application/x-www-form-urlencoded", None):
        answer = await ask(site, "POST", path, b'{"content":"x"}', token=alice.token, content_type=content_type)
        assert error(answer)[0] == 415
    assert error(await ask(site, "POST", path, b"{", token=alice.token))[:2] == (400, 50109)
    assert error(await ask(site, "POST", path, b"[]", token=alice.token))[:2] == (400, 50035)
    with_charset = await ask(
        site, "POST", path, b'{"content":"x"}', token=alice.token, content_type="application/json; charset=utf-8"
    )
    assert with_charset.status == 200
    large = b'{"content":"%s"}' % (b"x" * 1024 * 1024)
    answer = await ask(site, "POST", path, large, token=alice.token)
    assert error(answer)[:2] == (413, 40005)
    assert b"1048576" in answer.body
    assert answer.headers["connection"] == "close"


async def test_an_endless_body_is_cut_off(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    async with RawClient.connect("127.0.0.1", site.port) as client:
        await client.send(
            f"POST /api/v10/channels/{channel_id}/messages HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: {alice.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        for _ in range(17):
            await client.send(chunk)
        assert error(await client.answer())[:2] == (413, 40005)
        assert await client.is_closed()


async def test_an_empty_body_of_any_type_is_an_empty_object(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    answer = await ask(
        site,
        "POST",
        f"/api/v10/channels/{channel_id}/invites",
        token=alice.token,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status == 200
    assert msgspec.json.decode(answer.body)["max_age"] == 86400


async def test_unknown_query_keys_and_escaped_paths_are_understood(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    answer = await ask(site, "GET", "/api/v10/users/%40me?x=1&with=%20", token=alice.token)
    assert msgspec.json.decode(answer.body)["id"] == alice.user_id
    for spelling in ("1", "true", "True"):
        answer = await ask(site, "GET", f"/api/v10/guilds/{guild.id}?with_counts={spelling}", token=alice.token)
        assert msgspec.json.decode(answer.body)["approximate_member_count"] == 1
    for spelling in ("0", "false", ""):
        answer = await ask(site, "GET", f"/api/v10/guilds/{guild.id}?with_counts={spelling}", token=alice.token)
        assert "approximate_member_count" not in msgspec.json.decode(answer.body)


async def test_a_form_may_carry_the_message(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    url = f"{site.api_url}/channels/{channel_id}/messages"
    headers = {"Authorization": alice.token}
    form = aiohttp.FormData({"x": ""}, default_to_multipart=True)
    form.add_field("payload_json", '{"content":"from a form"}', content_type="application/json")
    async with site.http.post(url, data=form, headers=headers) as response:
        assert response.status == 200
        assert (await response.json())["content"] == "from a form"
    answer = await ask(
        site,
        "POST",
        f"/api/v10/channels/{channel_id}/messages",
        b"--x\r\nbroken",
        token=alice.token,
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status == 400


async def test_gateway_urls_are_where_the_client_came_from(site: RunningServer) -> None:
    answer = await ask(site, "GET", "/api/v10/gateway")
    assert msgspec.json.decode(answer.body) == {"url": "ws://localhost"}


async def test_urls_are_built_from_the_public_one() -> None:
    async with running_server(public_url="https://chat.example.org") as site:
        answer = await ask(site, "GET", "/api/v10/gateway")
        assert msgspec.json.decode(answer.body) == {"url": "wss://chat.example.org"}


async def test_the_server_says_who_it_is_without_a_token(site: RunningServer) -> None:
    info = msgspec.json.decode((await ask(site, "GET", "/api/v10/tuichat")).body)
    assert info["server_id"] == site.server.server_id
    assert (info["registration"], info["features"]) == (
        "open",
        ["event_details", "follows", "live_rooms", "recovery", "voice", "voice_probe"],
    )


async def test_what_this_release_lacks_is_an_empty_list(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    for path in {**nothing_yet.PLAIN, **nothing_yet.OWN, **nothing_yet.GUILD}:
        real = path.replace("{guild_id}", guild.id)
        answer = await ask(site, "GET", f"/api/v10{real}", token=alice.token)
        assert answer.status == 200, path
        msgspec.json.decode(answer.body)


async def test_local_routes_are_on_the_unix_socket_alone(site: RunningServer) -> None:
    body = b'{"display_name":"Ann"}'
    path = "/api/v10/tuichat/local/sign-in"
    assert error(await ask(site, "POST", path, body)) == (404, 0, "404: Not Found")
    reader, writer = await asyncio.open_unix_connection(os.fspath(site.socket_path))
    client = RawClient(reader, writer)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    await client.send(head.encode() + body)
    answer = await client.answer()
    writer.close()
    assert answer.status == 200
    signed_in = msgspec.json.decode(answer.body)
    ann = site.account(signed_in["token"])
    me = await ann.call("GET", "/users/@me", dict[str, Any])
    assert (me["id"], me["global_name"]) == (signed_in["user_id"], "Ann")
    guilds_of_ann = await ann.call("GET", "/users/@me/guilds", list[dict[str, Any]])
    assert [guild["name"] for guild in guilds_of_ann] == ["Home"]


async def test_our_own_fault_is_500_for_that_request_alone(
    site: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await site.register("alice")

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(user_actions, "get_me", fail)
        answer = await ask(site, "GET", "/api/v10/users/@me", token=alice.token)
    assert error(answer) == (500, 0, "500: Internal Server Error")
    assert answer.headers["x-request-id"] in caplog.text
    assert alice.token not in caplog.text
    assert (await ask(site, "GET", "/api/v10/users/@me", token=alice.token)).status == 200


async def test_a_full_disk_is_503_in_a_line_of_the_log(site: RunningServer, caplog: pytest.LogCaptureFixture) -> None:
    alice = await site.register("alice")
    store = site.server.context.store
    assert isinstance(store, SQLiteStore)
    (pages,) = store._writer._connection.execute("PRAGMA max_page_count").fetchone()
    store._writer._connection.execute("PRAGMA max_page_count = 1")  # the disk is full
    guild = msgspec.json.encode({"name": "full", "channels": [{"name": "c" * 100}] * 100})
    answer = await ask(site, "POST", "/api/v10/guilds", guild, token=alice.token)
    assert error(answer)[0] == 503
    assert (await ask(site, "GET", "/api/v10/users/@me", token=alice.token)).status == 200
    assert "Is the disk full" in caplog.text
    assert "Traceback" not in caplog.text
    store._writer._connection.execute(f"PRAGMA max_page_count = {pages}")
    assert (await ask(site, "POST", "/api/v10/guilds", guild, token=alice.token)).status == 201


async def test_a_429_is_one_that_libraries_understand(site: RunningServer) -> None:
    await site.register("alice")
    for _ in range(60):
        answer = await ask(site, "POST", "/api/v10/auth/login", b'{"login":"alice","password":"wrong password"}')
        if answer.status == 429:
            break
    assert answer.status == 429
    assert answer.headers["via"]
    assert int(answer.headers["retry-after"]) > 0
    assert msgspec.json.decode(answer.body)["retry_after"] > 0
    limit_headers = [name for name in answer.headers if name.startswith("x-ratelimit")]
    assert len(limit_headers) in (0, 5)


MODULES = (
    applications,
    auth,
    channels,
    gateway_info,
    guilds,
    invites,
    local,
    members,
    messages,
    roles,
    users,
    webhooks,
)
PATHS = sorted({path for module in MODULES for path in module.ROUTES} | set(nothing_yet.GUILD) | set(nothing_yet.OWN))
IDS = ["0", "1", "abc", "-1", "9" * 19, "9" * 40, "%00", "%ff%fe", "..", "@me", "{guild}", "{channel}", "%F0%9F%91%8D"]
FIELDS = [
    *(
        "name",
        "content",
        "nonce",
        "flags",
        "embeds",
        "components",
        "type",
        "position",
        "parent_id",
        "topic",
        "permissions",
    ),
    *("permission_overwrites", "allowed_mentions", "message_reference", "messages", "nick", "roles", "color", "id"),
    *("username", "password", "login", "invite", "global_name", "max_age", "max_uses", "guild_id", "allow", "deny"),
    *("communication_disabled_until", "rate_limit_per_user", "bitrate", "user_limit", "display_name", "user_id"),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(["1", "0", "x" * 5000, "\x00", "\u202e", "2026-01-01T00:00:00Z", "-1", "9" * 30]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)
BODIES = (
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=5).map(msgspec.json.encode)
    | VALUES.map(msgspec.json.encode)
    | st.binary(max_size=80)
)
QUERIES = st.sampled_from(
    [
        "",
        "?limit=0",
        "?limit=-1",
        "?limit=x",
        "?after=x&before=1",
        "?query=%00&limit=5",
        "?with_counts=maybe",
        "?%ff=%fe&&==",
    ]
)
REQUESTS = st.tuples(
    st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]),
    st.sampled_from(PATHS),
    st.lists(st.sampled_from(IDS), min_size=4, max_size=4),
    QUERIES,
    BODIES,
)


@pytest.mark.slow
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(REQUESTS, min_size=1, max_size=20))
def test_bad_input_is_never_our_fault(requests: list[tuple[str, str, list[str], str, bytes]]) -> None:
    asyncio.run(_send_all(requests))


async def _send_all(requests: list[tuple[str, str, list[str], str, bytes]]) -> None:
    async with running_server() as site:
        alice = await site.register("alice")
        guild, channel_id = await site.befriend(alice)
        for method, template, ids, query, body in requests:
            path = template
            for value in ids:
                known = value.replace("{guild}", guild.id).replace("{channel}", channel_id)
                start = path.find("{")
                if start >= 0:
                    path = path[:start] + known + path[path.index("}") + 1 :]
            if method == "POST" and path == "/auth/logout":
                continue
            async with RawClient.connect("127.0.0.1", site.port) as client:
                head = f"{method} /api/v10{path}{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {alice.token}\r\n"
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                await client.send(head.encode() + body)
                status = int((await client.reader.readline()).split(b" ")[1])
            assert status < 500, (method, path, query, body, status)
            assert (await alice.raw("GET", "/gateway"))[0] == 200
