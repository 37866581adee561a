"""Files of messages over a real socket: sent, shown in parts, small, signed, and gone with their message."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
import pytest

from tests.server.files.pictures_drawn import animation, opened, picture
from tests.server.raw_client import RawClient
from tests.server.running import Account, RunningServer, running_server
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import stored_files
from tuichat.server.bus import Event
from tuichat.server.files import file_store

Sent = tuple[int, Any]


async def send(
    account: Account,
    path: str,
    files: Mapping[str, tuple[str, bytes]],
    payload: object = None,
    *,
    method: str = "POST",
    content_type: str = "application/octet-stream",
) -> Sent:
    """Send a form, and return status and JSON."""
    form = aiohttp.FormData(quote_fields=False)
    if payload is not None:
        form.add_field("payload_json", msgspec.json.encode(payload).decode())
    for name, (filename, content) in files.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    headers = {"Authorization": account.authorization}
    async with account.http.request(method, account.api_url + path, data=form(), headers=headers) as response:
        return response.status, await response.json()


async def ask(account: Account, method: str, path: str, body: object = None) -> Any:
    """Send JSON and return JSON; it has to succeed."""
    status, answer = await account.raw(method, path, body)
    assert status == 200, answer
    return msgspec.json.decode(answer)


async def get(
    site: RunningServer, url: str, method: str = "GET", **headers: str
) -> tuple[aiohttp.ClientResponse, bytes]:
    async with site.http.request(method, url, headers=headers) as response:
        return response, await response.read()


async def put(
    site: RunningServer, url: str, content: bytes, content_range: str | None = None
) -> aiohttp.ClientResponse:
    headers = {} if content_range is None else {"Content-Range": content_range}
    async with site.http.put(url, data=content, headers=headers, allow_redirects=False) as response:
        await response.read()
        return response


def files_on_disk(site: RunningServer) -> int:
    folder = site.server.context.files.drafts_folder.parent
    return sum(path.is_file() for path in folder.rglob("*"))


async def furnished(site: RunningServer) -> tuple[Account, Account, str]:
    ada, bob = await site.register("ada"), await site.register("bob")
    _, channel = await site.befriend(ada, bob)
    return ada, bob, f"/channels/{channel}/messages"


async def test_files_come_with_a_message_and_are_shown_by_their_url(site: RunningServer) -> None:
    ada, bob, path = await furnished(site)
    async with bob.connect() as gateway:
        status, sent = await send(
            ada,
            path,
            {"files[0]": ("my notes.txt", b"hello"), "files[1]": ("red.png", picture())},
            {"content": "look", "attachments": [{"id": 0, "description": "words"}, {"id": "1", "title": "A red one"}]},
        )
        told = await gateway.wait_for("MESSAGE_CREATE")
    assert status == 200
    notes, red = sent["attachments"]
    assert [each["id"] for each in told["attachments"]] == [notes["id"], red["id"]]
    assert (notes["filename"], notes["title"], notes["description"]) == ("my_notes.txt", "my notes", "words")
    assert (notes["size"], notes["content_type"]) == (5, "text/plain; charset=utf-8")
    assert "width" not in notes
    assert (red["filename"], red["title"], red["content_type"]) == ("red.png", "A red one", "image/png")
    assert (red["width"], red["height"], red["size"]) == (40, 20, len(picture()))
    assert notes["url"].startswith(site.base_url)
    response, content = await get(site, notes["url"])
    assert (response.status, content) == (200, b"hello")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="my_notes.txt"')
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    response, content = await get(site, notes["url"], "HEAD")
    assert (response.status, content, response.headers["Content-Length"]) == (200, b"", "5")
    response, content = await get(site, notes["url"], Range="bytes=1-2")
    assert (response.status, content, response.headers["Content-Range"]) == (206, b"el", "bytes 1-2/5")
    assert (await get(site, notes["url"], Range="bytes=5-"))[0].status == 416
    read = await ask(bob, "GET", f"{path}/{sent['id']}")
    assert [each["id"] for each in read["attachments"]] == [notes["id"], red["id"]]


async def test_a_file_alone_is_a_message_under_every_name_that_libraries_use(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    for name in ("file", "file0", "files[0]", "files[7]"):
        status, sent = await send(ada, path, {name: ("a.bin", b"\x01\x02")})
        assert (status, [each["filename"] for each in sent["attachments"]]) == (200, ["a.bin"]), name
        assert "content_type" not in sent["attachments"][0]
    status, sent = await send(ada, path, {"other": ("a.bin", b"\x01")})
    assert (status, sent["code"]) == (400, 50006)


async def test_pictures_are_drawn_smaller(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    _, sent = await send(
        ada, path, {"files[0]": ("a.png", picture("PNG", (300, 150))), "files[1]": ("b.gif", animation())}
    )
    still, moving = (each["proxy_url"] for each in sent["attachments"])
    response, content = await get(site, f"{still}&width=100&height=100&format=webp")
    assert (response.content_type, opened(content).size) == ("image/webp", (100, 50))
    _, content = await get(site, f"{moving}&width=10")
    assert (opened(content).format, opened(content).n_frames) == ("GIF", 3)  # type: ignore[attr-defined]  # of a GIF
    assert (await get(site, f"{still}&width=5000"))[0].status == 400
    assert (await get(site, f"{still}&format=svg"))[0].status == 400
    _, sent = await send(ada, path, {"file": ("a.txt", b"a")})
    assert (await get(site, f"{sent['attachments'][0]['url']}&width=10"))[0].status == 415


async def test_a_url_is_good_for_its_file_alone_and_for_a_day(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    _, sent = await send(ada, path, {"files[0]": ("a.txt", b"first"), "files[1]": ("b.txt", b"second")})
    first, second = sent["attachments"]
    url = first["url"]
    for forged in (
        url.split("?")[0],
        url.replace(first["id"], second["id"]),
        url.replace("a.txt", "a.html"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace("ex=", "ex=f"),
        url + "&hm=",
    ):
        response, content = await get(site, forged)
        assert response.status == 404, forged
        assert b"first" not in content
    context = site.server.context
    links, now_s = context.links, context.now_ms() // 1000
    old = links.attachment(sent["channel_id"], int(first["id"]), "a.txt", now_s - 86_400)
    assert (await get(site, old))[0].status == 404
    recent = links.attachment(sent["channel_id"], int(first["id"]), "a.txt", now_s - 86_300)
    assert (await get(site, recent))[0].status == 200


async def test_urls_are_refreshed_for_whoever_can_read_the_message(site: RunningServer) -> None:
    ada, bob, path = await furnished(site)
    eve = await site.register("eve")
    _, sent = await send(ada, path, {"file": ("a.txt", b"a")})
    url = sent["attachments"][0]["url"].split("?")[0] + "?ex=1&is=1&hm=00"
    answers = [
        await ask(account, "POST", "/attachments/refresh-urls", {"attachment_urls": [url]}) for account in (bob, eve)
    ]
    (for_bob,), (for_eve,) = (answer["refreshed_urls"] for answer in answers)
    assert (for_bob["original"], for_eve["original"], for_eve["refreshed"]) == (url, url, None)
    assert (await get(site, for_bob["refreshed"]))[1] == b"a"
    status, body = await bob.raw("POST", "/attachments/refresh-urls", {"attachment_urls": ["https://example.com/"]})
    assert (status, msgspec.json.decode(body)["code"]) == (400, 50035)
    for urls in ([], [url] * 51):
        assert (await bob.raw("POST", "/attachments/refresh-urls", {"attachment_urls": urls}))[0] == 400
    assert (await site.account().raw("POST", "/attachments/refresh-urls", {"attachment_urls": [url]}))[0] == 401


async def test_the_same_file_is_stored_once_and_goes_with_its_last_message(
    site: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "PIN_S", -1.0)
    ada, _, path = await furnished(site)
    messages = [(await send(ada, path, {"file": (f"{name}.txt", b"same")}))[1] for name in "abc"]
    assert files_on_disk(site) == 1
    await ada.do("DELETE", f"{path}/{messages[0]['id']}")
    edited = await ask(ada, "PATCH", f"{path}/{messages[1]['id']}", {"content": "x", "attachments": []})
    assert edited["attachments"] == []
    await stored_files.collect(site.server.context)
    assert files_on_disk(site) == 1
    assert (await get(site, messages[0]["attachments"][0]["url"]))[0].status == 404
    assert (await get(site, messages[1]["attachments"][0]["url"]))[0].status == 404
    assert (await get(site, messages[2]["attachments"][0]["url"]))[1] == b"same"
    await ada.do("DELETE", f"/channels/{messages[2]['channel_id']}")
    assert (await get(site, messages[2]["attachments"][0]["url"]))[0].status == 404
    context = site.server.context
    for _ in range(5000):  # the writer removes the messages of a deleted channel when nobody waits
        if await stored_files.collect(context):
            break
        await asyncio.sleep(0.02)
    assert files_on_disk(site) == 0


async def test_an_edit_keeps_what_it_names_and_adds_what_it_brings(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    _, sent = await send(ada, path, {"files[0]": ("a.txt", b"a"), "files[1]": ("b.txt", b"b")}, {"content": "x"})
    message = f"{path}/{sent['id']}"
    a, b = sent["attachments"]
    edited = await ask(ada, "PATCH", message, {"content": "y"})
    assert [each["id"] for each in edited["attachments"]] == [a["id"], b["id"]]
    status, edited = await send(
        ada,
        message,
        {"files[0]": ("c.txt", b"c")},
        {"attachments": [{"id": b["id"], "description": "kept"}, {"id": 0, "filename": "see.txt"}]},
        method="PATCH",
    )
    assert status == 200
    assert [(each["filename"], each.get("description")) for each in edited["attachments"]] == [
        ("b.txt", "kept"),
        ("see.txt", None),
    ]
    assert (await get(site, edited["attachments"][0]["url"]))[1] == b"b"
    assert (await get(site, edited["attachments"][1]["url"]))[1] == b"c"
    status, body = await ada.raw("PATCH", message, {"attachments": [{"id": "7"}]})
    assert (status, list(msgspec.json.decode(body)["errors"])) == (400, ["attachments"])
    edited = await ask(ada, "PATCH", message, {"attachments": []})
    assert (edited["attachments"], edited["content"]) == ([], "y")
    status, body = await ada.raw("PATCH", message, {"content": ""})
    assert (status, msgspec.json.decode(body)["code"]) == (400, 50006)


async def test_an_embed_shows_a_file_of_its_message(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    _, sent = await send(
        ada,
        path,
        {"files[0]": ("a.png", picture())},
        {"embeds": [{"title": "t", "image": {"url": "attachment://a.png"}}]},
    )
    url = sent["embeds"][0]["image"]["url"]
    assert urlsplit(url).path == urlsplit(sent["attachments"][0]["url"]).path
    assert (await get(site, url))[1] == picture()


async def test_an_embed_that_is_sent_again_goes_on_showing_its_file(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    _, sent = await send(
        ada,
        path,
        {"files[0]": ("a ü.png", picture())},
        {
            "embeds": [
                {"title": "t", "image": {"url": "attachment://a ü.png"}, "thumbnail": {"url": "attachment://a_ü.png"}}
            ]
        },
    )
    again = {"embeds": [{"title": "changed", "image": {"url": sent["attachments"][0]["url"]}}]}
    edited = await ask(ada, "PATCH", f"{path}/{sent['id']}", again)
    copied = await ask(ada, "POST", path, again)
    for message in (edited, copied):
        image = message["embeds"][0]["image"]
        assert image["url"] == image["proxy_url"]
        assert (await get(site, image["url"]))[1] == picture()
        kept = await site.server.context.store.read_message(Snowflake(message["channel_id"]), Snowflake(message["id"]))
        assert kept is not None
        assert b"hm=" not in kept.embeds  # no URL that ends is stored
    forged = {"embeds": [{"image": {"url": sent["attachments"][0]["url"].replace("hm=", "hm=0")}}]}
    refused = (await ask(ada, "POST", path, forged))["embeds"][0]["image"]
    assert refused["url"] == forged["embeds"][0]["image"]["url"]
    assert (await get(site, refused["url"]))[0].status == 404


async def test_what_is_too_much_is_refused_with_the_limit() -> None:
    async with running_server(max_upload_bytes=100_000) as site:
        ada, _, path = await furnished(site)
        assert (await send(ada, path, {"file": ("a.bin", b"x" * 100_000)}))[0] == 200
        for files in (
            {"file": ("a.bin", b"x" * 100_001)},
            {"files[0]": ("a.bin", b"x" * 50_001), "files[1]": ("b.bin", b"x" * 50_000)},
            {"file": ("a.bin", b"x" * 3_000_000)},
        ):
            status, refusal = await send(ada, path, files)
            assert (status, refusal["code"]) == (413, 40005)
            assert "100000" in refusal["message"]
        status, refusal = await send(ada, path, {f"files[{number}]": ("a", b"x") for number in range(11)})
        assert (status, refusal["code"]) == (400, 50035)
        assert "10" in str(refusal["errors"])
        context = site.server.context
        assert list(context.files.drafts_folder.iterdir()) == []


async def test_a_form_without_files_may_be_url_encoded(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    headers = {"Authorization": ada.authorization}
    fields = {"payload_json": msgspec.json.encode({"content": "schön & gut"}).decode()}
    async with site.http.post(site.api_url + path, data=fields, headers=headers) as response:
        assert (response.status, (await response.json())["content"]) == (200, "schön & gut")
    async with site.http.post(site.api_url + path, data={"payload_json": "{"}, headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)


async def test_forms_that_are_none_are_told(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    headers = {"Authorization": ada.authorization, "Content-Type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x",
        b'--x\r\nContent-Disposition: form-data; name="files[0]"; filename="a"\r\n\r\nabc',
        b"--x\r\n\r\n",
        b'--x\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n{\r\n--x--',
        b"--x\r\nContent-Disposition: form-data; name=\"f\"; filename*=utf-8''%ff\r\n\r\nabc\r\n--x--",
    ):
        async with site.http.post(ada.api_url + path, data=body, headers=headers) as response:
            assert response.status == 400, body
            assert msgspec.json.decode(await response.read())["code"] in (50035, 50006, 50109), body
    for bad in ("multipart/form-data", "multipart/form-data; boundary=" + "x" * 200):
        async with site.http.post(ada.api_url + path, data=b"x", headers=headers | {"Content-Type": bad}) as response:
            assert response.status == 400
    payloads: tuple[dict[str, object], ...] = (
        {"attachments": [{"id": 5}]},
        {"attachments": [{"id": 0, "description": "x" * 1025}]},
        {"attachments": [{"id": 0, "uploaded_filename": "x"}]},
        {"attachments": [{"id": 0, "duration_secs": -1.0}]},
        {"attachments": [{}]},
        {"attachments": "no"},
    )
    for payload in payloads:
        status, refusal = await send(ada, path, {"files[0]": ("a", b"a")}, payload)
        assert (status, refusal["code"], list(refusal["errors"])) == (400, 50035, ["attachments"]), payload
    assert list(site.server.context.files.drafts_folder.iterdir()) == []


async def test_files_need_their_permission(site: RunningServer) -> None:
    ada, bob, path = await furnished(site)
    eve = await site.register("eve")
    channel = path.split("/")[2]
    guild = (await ask(ada, "GET", f"/channels/{channel}"))["guild_id"]
    _, own = await send(bob, path, {"file": ("a", b"a")})
    await ada.do("PUT", f"/channels/{channel}/permissions/{guild}", {"type": 0, "deny": str(1 << 15)})
    for account, code in ((bob, 50013), (eve, 50001)):
        status, refusal = await send(account, path, {"file": ("a", b"a")}, {"content": "x"})
        assert (status, refusal["code"]) == (403, code)
        status, body = await account.raw(
            "POST", f"/channels/{channel}/attachments", {"files": [{"filename": "a", "file_size": 1}]}
        )
        assert (status, msgspec.json.decode(body)["code"]) == (403, code)
    status, refusal = await send(bob, f"{path}/{own['id']}", {"file": ("b", b"b")}, method="PATCH")
    assert (status, refusal["code"]) == (403, 50013)
    assert (await ask(bob, "PATCH", f"{path}/{own['id']}", {"content": "still"}))["attachments"]
    assert (await send(ada, path, {"file": ("a", b"a")}))[0] == 200
    status, _ = await send(ada, f"{path}/{own['id']}", {"file": ("a", b"a")}, method="PATCH")
    assert status == 403
    status, _ = await send(site.account("nonsense"), path, {"file": ("a", b"a")})
    assert status == 401


async def begin(account: Account, path: str, content: bytes, name: str = "a b.txt") -> tuple[str, str]:
    answer = await ask(
        account,
        "POST",
        path.replace("/messages", "/attachments"),
        {"files": [{"filename": name, "file_size": len(content), "id": "7"}]},
    )
    (target,) = answer["attachments"]
    assert target["id"] == "7"
    return target["upload_url"], target["upload_filename"]


async def test_a_file_is_sent_before_its_message_in_one_piece(site: RunningServer) -> None:
    ada, bob, path = await furnished(site)
    url, name = await begin(ada, path, b"content")
    said = {"attachments": [{"id": "0", "filename": "a b.txt", "uploaded_filename": name}]}
    status, body = await ada.raw("POST", path, said)
    assert (status, b"0 of 7 bytes" in body) == (400, True)
    assert (await put(site, url, b"content")).status == 200
    assert (await bob.raw("POST", path, said))[0] == 400  # it is ada's
    sent = await ask(ada, "POST", path, said)
    assert [each["filename"] for each in sent["attachments"]] == ["a_b.txt"]
    assert (await get(site, sent["attachments"][0]["url"]))[1] == b"content"
    assert (await put(site, url, b"content")).status == 404  # it became part of the message
    assert len(site.server.context.uploads) == 0


async def test_a_file_is_sent_in_pieces_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with running_server(tmp_path) as site:
        ada, _, path = await furnished(site)
        url, name = await begin(ada, path, b"0123456789")
        response = await put(site, url, b"", "bytes */10")
        assert (response.status, "Range" in response.headers) == (308, False)
        response = await put(site, url, b"0123", "bytes 0-3/10")
        assert (response.status, response.headers["Range"]) == (308, "bytes=0-3")
        response = await put(site, url, b"789", "bytes 7-9/10")  # a gap: nothing changes
        assert (response.status, response.headers["Range"]) == (308, "bytes=0-3")
        assert (await put(site, url, b"x", "bytes 4-4/11")).status == 400
        assert (await put(site, url, b"x", "bytes x")).status == 400
        token = ada.authorization
    async with running_server(tmp_path) as site:
        ada = site.account(token)
        url = site.base_url + urlsplit(url).path
        response = await put(site, url, b"", "bytes */*")
        assert (response.status, response.headers["Range"]) == (308, "bytes=0-3")
        assert (await put(site, url, b"23456", "bytes 2-6/*")).headers["Range"] == "bytes=0-6"
        assert (await put(site, url, b"789xx", "bytes 7-11/*")).status == 400
        assert (await put(site, url, b"789", "bytes 7-9/10")).status == 200
        assert (await put(site, url, b"", "bytes */10")).status == 200
        sent = await ask(ada, "POST", path, {"attachments": [{"id": 0, "uploaded_filename": name}]})
        assert (await get(site, sent["attachments"][0]["url"]))[1] == b"0123456789"


async def test_uploads_are_bounded_and_end(site: RunningServer) -> None:
    ada, bob, path = await furnished(site)
    uploads = path.replace("/messages", "/attachments")
    limit = site.server.context.max_upload_bytes
    for files, code in (
        ([], 50035),
        ([{"filename": "a", "file_size": 1}] * 11, 50035),
        ([{"filename": "a", "file_size": -1}], 50035),
        ([{"filename": "", "file_size": 1}], 50035),
        ([{"filename": "a", "file_size": limit + 1}], 50045),
    ):
        status, body = await ada.raw("POST", uploads, {"files": files})
        assert (status, msgspec.json.decode(body)["code"]) == (400, code), files
    url, name = await begin(ada, path, b"content")
    await put(site, url, b"cont", "bytes 0-3/7")
    assert (await bob.raw("DELETE", f"/attachments/{name}"))[0] == 404
    await ada.do("DELETE", f"/attachments/{name}")
    assert (await put(site, url, b"content")).status == 404
    for _ in range(5):
        await ada.do("POST", uploads, {"files": [{"filename": "a", "file_size": 1}] * 10})
    assert (await ada.raw("POST", uploads, {"files": [{"filename": "a", "file_size": 1}]}))[0] == 429
    await bob.do("POST", uploads, {"files": [{"filename": "a", "file_size": 1}]})


async def test_a_message_that_failed_finds_its_upload_again(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    _, name = await begin(ada, path, b"")
    said = {"id": 0, "uploaded_filename": name}
    status, _ = await ada.raw("POST", path, {"attachments": [said, {"id": 99}]})
    assert status == 400
    sent = await ask(ada, "POST", path, {"attachments": [said | {"description": "empty"}]})
    assert (sent["attachments"][0]["size"], sent["attachments"][0]["description"]) == (0, "empty")


async def test_an_upload_that_is_cut_off_leaves_nothing_or_goes_on(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    drafts = site.server.context.files.drafts_folder
    head = (
        f"POST /api/v10{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {ada.authorization}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 4000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="files[0]"; filename="a"\r\n\r\n'
    )
    async with RawClient.connect("127.0.0.1", site.port) as client:
        await client.send(head.encode() + b"x" * 2_000_000)
        await until(lambda: any(drafts.iterdir()))
    await until(lambda: not any(drafts.iterdir()))
    url, _ = await begin(ada, path, b"x" * 4_000_000)
    head = f"PUT {urlsplit(url).path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n"
    async with RawClient.connect("127.0.0.1", site.port) as client:
        await client.send(head.encode() + b"x" * 2_000_000)
        await until(lambda: any(drafts.iterdir()))
    upload = site.server.context.uploads.get(url.rpartition("/")[2])
    assert upload is not None
    await until(lambda: upload.received_bytes == 2_000_000 and not upload.lock.locked())
    response = await put(site, url, b"x" * 2_000_000, "bytes 2000000-3999999/4000000")
    assert response.status == 200


async def until(is_done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_done():  # noqa: ASYNC110  # the server's own threads are waited for
            await asyncio.sleep(0.005)


async def test_a_bot_that_may_not_read_content_sees_no_files(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    told: list[Event] = []
    site.server.context.bus.subscribe(told.append)
    await send(ada, path, {"file": ("secret.txt", b"a")})
    (event,) = [event for event in told if event.name == "MESSAGE_CREATE"]
    assert b"secret.txt" in event.body
    assert event.content_free_body is not None
    assert msgspec.json.decode(event.content_free_body)["attachments"] == []


async def test_urls_given_out_on_the_unix_socket_are_of_the_tcp_listener(site: RunningServer) -> None:
    ada, _, path = await furnished(site)
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(site.socket_path))) as http:
        local = Account(http, "http://localhost/api/v10", ada.authorization)
        url, name = await begin(local, path, b"content")
        assert url.startswith(f"{site.base_url}/uploads/")
        assert (await put(site, url, b"content")).status == 200
        sent = await ask(local, "POST", path, {"attachments": [{"id": 0, "uploaded_filename": name}]})
    assert sent["attachments"][0]["url"].startswith(f"{site.base_url}/attachments/")
