"""A small S3 in memory that checks every signature for itself, and fails when it is told to.

It knows one bucket: objects, ranges, uploads in parts, lists in pages. It is written from the public documentation alone
and shares no code with the client.
"""

import contextlib
import datetime
import hashlib
import hmac
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, quote, unquote

from aiohttp import web

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "eu-test-1"
BUCKET = "team-files"
PAGE = 2  # names in one list, so that a few make several pages
MIN_PART_BYTES = 5 * 1024 * 1024


class Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class FakeS3:
    """`failures` are taken one by one: a status to answer with, or "cut" to break the connection in the middle."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.requests: list[str] = []
        self.failures: list[int | str] = []
        self.largest_request = 0
        self.endpoint = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["FakeS3"]:
        app = web.Application(client_max_size=0)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]  # of asyncio's own server
        self.endpoint = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.raw_path.partition('?')[0].rpartition('/')[2][:12]}")
        failure = self.failures.pop(0) if self.failures else None
        if failure == "cut" and request.method != "GET":
            await request.content.readany()
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = await request.content.read()
        self.largest_request = max(self.largest_request, len(body))
        if isinstance(failure, int):
            return _error(failure, "SlowDown")
        try:
            self._check(request, body)
            return await self._answer(request, body, is_cut=failure == "cut", is_late=failure == "late")
        except Refused as refused:
            return _error(refused.status, refused.code)

    def _check(self, request: web.Request, body: bytes) -> None:
        """Make the signature anew from what came over the wire, and compare."""
        algorithm, _, rest = request.headers.get("Authorization", "").partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if algorithm != "AWS4-HMAC-SHA256" or not parts.keys() >= {"Credential", "SignedHeaders", "Signature"}:
            raise Refused(403, "AccessDenied")
        stamp = request.headers["x-amz-date"]
        age = datetime.datetime.now(datetime.UTC) - datetime.datetime.strptime(stamp + "+0000", "%Y%m%dT%H%M%SZ%z")
        if abs(age.total_seconds()) > 900:
            raise Refused(403, "RequestTimeTooSkewed")
        if parts["Credential"] != f"{KEY_ID}/{stamp[:8]}/{REGION}/s3/aws4_request":
            raise Refused(403, "InvalidAccessKeyId")
        names = parts["SignedHeaders"].split(";")
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names) or names != sorted(names):
            raise Refused(403, "AccessDenied")
        declared = request.headers["x-amz-content-sha256"]
        if declared != hashlib.sha256(body).hexdigest():
            raise Refused(400, "XAmzContentSHA256Mismatch")
        path, _, query = request.raw_path.partition("?")
        pairs = sorted(
            (quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(query, keep_blank_values=True)
        )
        canonical = (
            f"{request.method}\n{quote(unquote(path), safe='/-_.~')}\n" + "&".join(f"{k}={v}" for k, v in pairs) + "\n"
        )
        canonical += "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
        canonical += f"\n{';'.join(names)}\n{declared}"
        scope = "/".join(parts["Credential"].split("/")[1:])
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = b"AWS4" + SECRET.encode()
        for step in scope.split("/"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        if hmac.new(key, text.encode(), hashlib.sha256).hexdigest() != parts["Signature"]:
            raise Refused(403, "SignatureDoesNotMatch")

    async def _answer(self, request: web.Request, body: bytes, *, is_cut: bool, is_late: bool) -> web.StreamResponse:
        _, bucket, *rest = request.path.split("/", 2)
        if bucket != BUCKET:
            raise Refused(404, "NoSuchBucket")
        key = rest[0] if rest else ""
        match request.method:
            case "GET" if not key:
                return self._list(request)
            case "GET" | "HEAD":
                if key not in self.objects:
                    raise Refused(404, "NoSuchKey")
                return await self._send(request, self.objects[key], is_cut=is_cut)
            case "PUT" if "uploadId" in request.query:
                self._upload(request)[int(request.query["partNumber"])] = body
                return web.Response(headers={"ETag": f'"{hashlib.md5(body).hexdigest()}"'})
            case "PUT":
                self.objects[key] = body
                return web.Response()
            case "POST" if "uploads" in request.query:
                upload_id = f"up/load+{len(self.requests)}&="
                self.uploads[upload_id] = {}
                return _xml(f"<UploadId>{upload_id.replace('&', '&amp;')}</UploadId>")
            case "POST":
                parts = self._upload(request)
                told = [f"<PartNumber>{number}</PartNumber>" in body.decode() for number in parts]
                if not all(told) or any(len(part) < MIN_PART_BYTES for part in list(parts.values())[:-1]):
                    raise Refused(400, "InvalidPart")
                self.objects[key] = b"".join(parts[number] for number in sorted(parts))
                del self.uploads[request.query["uploadId"]]
                if is_late:  # it was done, and the answer is lost
                    raise Refused(500, "InternalError")
                return _xml("<ETag>x</ETag>")
            case "DELETE" if "uploadId" in request.query:
                self.uploads.pop(request.query["uploadId"], None)
                return web.Response(status=204)
            case "DELETE":
                self.objects.pop(key, None)
                return web.Response(status=204)
        raise Refused(405, "MethodNotAllowed")

    def _upload(self, request: web.Request) -> dict[int, bytes]:
        upload = self.uploads.get(request.query["uploadId"])
        if upload is None:
            raise Refused(404, "NoSuchUpload")
        return upload

    def _list(self, request: web.Request) -> web.Response:
        keys = sorted(key for key in self.objects if key.startswith(request.query["prefix"]))
        start = int(request.query.get("continuation-token", "token 0").partition(" ")[2])
        page, more = keys[start : start + PAGE], len(keys) > start + PAGE
        contents = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in page)
        further = f"<NextContinuationToken>token {start + PAGE}</NextContinuationToken>" if more else ""
        return _xml(f"{contents}<IsTruncated>{str(more).lower()}</IsTruncated>{further}")

    async def _send(self, request: web.Request, content: bytes, *, is_cut: bool) -> web.StreamResponse:
        status, headers = 200, {}
        if "Range" in request.headers:
            first, _, last = request.headers["Range"].removeprefix("bytes=").partition("-")
            headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
            status, content = 206, content[int(first) : int(last) + 1]
        response = web.StreamResponse(status=status, headers={**headers, "Content-Length": str(len(content))})
        await response.prepare(request)
        if request.method != "HEAD":
            await response.write(content[: len(content) // 2] if is_cut else content)
            if is_cut:
                assert request.transport is not None
                request.transport.close()
        return response


def _xml(content: str) -> web.Response:
    return web.Response(text=f"<?xml version='1.0'?><Result>{content}</Result>", content_type="application/xml")


def _error(status: int, code: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><Message>It did not work.</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")
