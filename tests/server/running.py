"""The real server in the test's own loop: a free port, a Unix socket, and accounts that speak REST and gateway."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import argon2
import msgspec

from tests.system.rest_account import PASSWORD, GuildObject, RestAccount, TokenObject
from tuichat.local import unix_socket
from tuichat.protocol.gateway_connection import ConnectionQuery
from tuichat.protocol.gateway_server import ServerConnection
from tuichat.server.listeners import bind_tcp
from tuichat.server.options import Registration, ServeOptions
from tuichat.server.server import Server

CHEAP_HASHER = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # tests sign in hundreds of times
WAIT_LIMIT_S = 10.0


class Payload(msgspec.Struct, frozen=True):
    """One payload of the gateway; `d` as plain objects, as a library would see it."""

    op: int
    d: Any = None
    s: int | None = None
    t: str | None = None


class GatewayClient:
    """A gateway connection that does nothing by itself."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.seen: list[Payload] = []

    async def send(self, op: int, body: object) -> None:
        await self.socket.send_str(msgspec.json.encode({"op": op, "d": body}).decode())

    async def receive(self) -> Payload:
        """Return the next payload. Raises ConnectionError with the close code when there is none."""
        message = await asyncio.wait_for(self.socket.receive(), WAIT_LIMIT_S)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError(self.socket.close_code)
        payload = msgspec.json.decode(message.data, type=Payload)
        self.seen.append(payload)
        return payload

    async def wait_for(self, name: str, check: Callable[[Any], bool] = lambda _: True) -> Any:
        """Return the body of the next dispatch of this name that passes the check."""
        while True:
            payload = await self.receive()
            if payload.t == name and check(payload.d):
                return payload.d

    async def close_code(self) -> int | None:
        """Read on until the server closes, and return its code."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self.receive()
        return self.socket.close_code

    @property
    def sequence(self) -> int:
        """The number of the last dispatch that came."""
        return max((payload.s for payload in self.seen if payload.s is not None), default=0)


class Account(RestAccount):
    """A signed-in account of a running server; `name` is what it registered with."""

    user_id = ""
    gateway_url = ""

    @property
    def token(self) -> str:
        return self.authorization.removeprefix("Bot ")

    @contextlib.asynccontextmanager
    async def connect(self, **identify: object) -> AsyncIterator[GatewayClient]:
        """Identify and read READY (`client.seen[-1]`). Leaving closes with 4000, which keeps the session."""
        async with self.dial() as client:
            await client.receive()
            await client.send(2, {"token": self.token, "properties": {}, **identify})
            await client.wait_for("READY")
            yield client

    @contextlib.asynccontextmanager
    async def dial(self, query: str = "?v=10&encoding=json") -> AsyncIterator[GatewayClient]:
        """Open the gateway and say nothing."""
        async with self.http.ws_connect(f"{self.gateway_url}/{query}", max_msg_size=0) as socket:
            try:
                yield GatewayClient(socket)
            finally:
                await socket.close(code=4000)


class RunningServer:
    """A server that runs in this loop. `server.context` is its truth."""

    def __init__(self, server: Server, http: aiohttp.ClientSession, port: int, socket_path: Path) -> None:
        self.server = server
        self.http = http
        self.port = port
        self.socket_path = socket_path

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def account(self, authorization: str = "") -> Account:
        """An account that has this header; without one, a stranger."""
        account = Account(self.http, self.api_url, authorization)
        account.gateway_url = self.gateway_url
        return account

    async def register(self, name: str) -> Account:
        """Make an account (the server's registration must be open)."""
        answer = await self.account().call(
            "POST", "/auth/register", TokenObject, {"username": name, "password": PASSWORD}
        )
        account = self.account(answer.token)
        account.user_id = (await account.me()).id
        return account

    async def befriend(self, owner: Account, *others: Account, name: str = "Team") -> tuple[GuildObject, str]:
        """Make a guild of `owner` that the others join; return it and the id of its first text channel."""
        guild = await owner.create_guild(name)
        channel = await owner.text_channel(guild.id)
        if others:
            code = await owner.invite(channel.id)
            for other in others:
                await other.join(code)
        return guild, channel.id


@contextlib.asynccontextmanager
async def running_server(
    data: Path | None = None,
    *,
    registration: Registration = Registration.OPEN,
    make_machine: Callable[[ConnectionQuery], ServerConnection] = ServerConnection,
    rate_limits: bool = False,
    **options: Any,
) -> AsyncIterator[RunningServer]:
    """Run the server until left. `data` keeps what it stores from one run to the next; else a folder is made for it.

    `options` are those of ServeOptions; a test is held to no limits unless it asks for `rate_limits`. Sockets live in a
    short path, which is removed.
    """
    folder = Path(tempfile.mkdtemp(prefix="tc-"))
    options.setdefault("link_previews", False)  # tests do not talk to the world
    serve_options = ServeOptions(
        data=data or folder / "data", registration=registration, rate_limits=rate_limits, **options
    )
    serve_options.data.mkdir(mode=0o700, exist_ok=True, parents=True)
    socket_path = folder / "server.sock"
    try:
        with bind_tcp("127.0.0.1", 0) as tcp, unix_socket.listen(socket_path) as local:
            async with Server.open(serve_options, make_machine=make_machine) as server, aiohttp.ClientSession() as http:
                server.context.accounts._hasher = CHEAP_HASHER
                await server.listen(local)
                await server.listen(tcp)
                yield RunningServer(server, http, tcp.getsockname()[1], socket_path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
