"""A server that says what a test tells it to, over real sockets, plain or with TLS."""

import asyncio
import contextlib
import hashlib
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import WSMsgType, web

HELLO = '{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}'


@dataclass
class Answer:
    """An answer; status 0 breaks the connection instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0  # in the middle of the body


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    body: bytes
    authorization: str | None


class FakeServer:
    """Answers requests from `answers` by "METHOD path", each list to its last; opens gateways that send `payloads`."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.seen: list[Seen] = []
        self.payloads: list[str | bytes] = [HELLO]
        self.received: list[str] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.url = ""
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def answer(self, request: str, *answers: Answer) -> None:
        self.answers[request] = list(answers)

    async def push(self, payload: str) -> None:
        """Send a payload on the newest gateway connection."""
        await self.sockets[-1].send_str(payload)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._gateway(request)
        path = request.path.removeprefix("/api/v10")
        self.seen.append(Seen(request.method, path, await request.read(), request.headers.get("Authorization")))
        if request.method == "POST":
            await self.may_answer.wait()
        waiting = self.answers.get(f"{request.method} {path}", [Answer(404, b'{"message":"404: Not Found","code":0}')])
        answer = waiting[0] if len(waiting) == 1 else waiting.pop(0)
        if answer.status == 0:
            assert request.transport is not None
            request.transport.close()
        if answer.pause_s:
            return await self._answer_in_two(request, answer)
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _answer_in_two(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(answer.body)
        await response.prepare(request)
        half = len(answer.body) // 2
        await response.write(answer.body[:half])
        await asyncio.sleep(answer.pause_s)
        await response.write(answer.body[half:])
        return response

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        for payload in self.payloads:
            await (socket.send_bytes(payload) if isinstance(payload, bytes) else socket.send_str(payload))
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.received.append(message.data)
        return socket


@contextlib.asynccontextmanager
async def fake_server(certificate: "tuple[Path, Path] | None" = None) -> AsyncIterator[FakeServer]:
    server = FakeServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"https://localhost:{port}" if certificate else f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        for socket in server.sockets:
            await socket.close()
        await runner.cleanup()


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Make a self-signed certificate for `name` by the openssl program; return its file and its key's."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName=DNS:{name}"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def fingerprint(certificate: Path) -> str:
    """Return what the owner of a certificate would tell: its SHA-256."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
