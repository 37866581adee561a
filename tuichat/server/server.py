"""One running server: the store, the actions, the gateway and the routes, joined behind the listeners."""

import asyncio
import contextlib
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Self

import tuichat
from tuichat.config.private_files import make_private_dir
from tuichat.local.data_folder import FILES_NAME
from tuichat.protocol import live_room
from tuichat.protocol.gateway_connection import ConnectionQuery
from tuichat.protocol.gateway_server import ServerConnection
from tuichat.protocol.rest.server import TuichatInfo
from tuichat.server.accounts import REGISTER_BURST, UNLIMITED_BURST, Accounts
from tuichat.server.actions import (
    polls,
    previews,
    scheduled_event_clock,
    stage_watch,
    stored_files,
    thread_activity,
    voice_telling,
    voice_upkeep,
)
from tuichat.server.actions.activity import write_days
from tuichat.server.actions.context import DIRECT_BURST, Context, open_context, unix_ms
from tuichat.server.api.exchange import Api
from tuichat.server.api.routes import make_application
from tuichat.server.bus import LocalBus
from tuichat.server.data_store import open_store
from tuichat.server.fetch.addresses import parse_networks
from tuichat.server.fetch.fetcher import Fetcher
from tuichat.server.files.file_store import DRAFTS, FileStore
from tuichat.server.files.s3_client import Bucket, S3Client
from tuichat.server.files.s3_credentials import read_credentials
from tuichat.server.files.s3_depot import S3Depot
from tuichat.server.gateway.gateway import Gateway
from tuichat.server.listeners import Listeners, reachable_address
from tuichat.server.options import S3Options, ServeOptions, is_loopback
from tuichat.server.rate_limits import RateLimits
from tuichat.server.request_guard import RequestGuard, TrustedProxies
from tuichat.server.voice.voice_server import VoiceServer

# Our extensions that this server has; GET /api/v10/tuichat lists them.
FEATURES = ["event_details", "follows", live_room.FEATURE, "recovery", "voice", "voice_probe"]
PREVIEW_WORKERS = 3  # messages whose links are looked at at once
RECONNECT_LIMIT_S = 2.0  # how long clients have to leave by themselves once they were asked to
REQUEST_LIMIT_S = 10.0  # how long a request in flight may take at the server's end

logger = logging.getLogger(__name__)


class Server:
    """A server on open data. `open` makes one, `listen` gives it sockets, and leaving it drains and closes all."""

    def __init__(
        self,
        context: Context,
        gateway: Gateway,
        voice: VoiceServer,
        listeners: Listeners,
        public_url: str | None = None,
    ) -> None:
        self.context = context
        self.gateway = gateway
        self.voice = voice
        self._listeners = listeners
        self._public_url = public_url
        self._has_base_url = False
        self._loop = asyncio.get_running_loop()
        self._opened_s = self._loop.time()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        options: ServeOptions,
        *,
        make_machine: Callable[[ConnectionQuery], ServerConnection] = ServerConnection,
    ) -> AsyncIterator[Self]:
        """Open the data folder of `options`, which the caller holds the lock of. Raises StoreError, MediaPortError."""
        bus = LocalBus()
        store = await open_store(options.data, bus.publish, database=options.database)
        try:
            voice = await VoiceServer.open(
                host=options.host,
                voice_host=options.voice_host,
                voice_port=options.voice_port,
                has_limits=options.rate_limits,
                helper_folder=options.voice_helper,
            )
            folder = options.data / FILES_NAME
            files = FileStore.open(folder, depot=None if options.s3 is None else _open_bucket(options.s3, folder))
            context = await open_context(
                store,
                bus,
                files=files,
                accounts=Accounts(
                    store, now_ms=unix_ms, register_burst=REGISTER_BURST if options.rate_limits else UNLIMITED_BURST
                ),
                registration=options.registration,
                max_upload_bytes=options.max_upload_bytes,
                direct_burst=DIRECT_BURST if options.rate_limits else UNLIMITED_BURST,
                fetcher=Fetcher(allowed=parse_networks(options.fetch_networks)),
                link_previews=options.link_previews,
                voice_rooms=voice.rooms,
            )
            gateway = Gateway(context, make_machine=make_machine, has_limits=options.rate_limits)
            proxies = TrustedProxies(options.trusted_proxy, are_required=options.needs_proxy)
            api = Api(
                context,
                info=TuichatInfo(
                    server_id=store.server_id,
                    version=tuichat.__version__,
                    features=FEATURES,
                    registration=options.registration.value,
                    max_upload_bytes=options.max_upload_bytes,
                ),
                session_start_limit=gateway.session_start_limit,
                public_url=options.public_url,
                proxies=proxies,
            )
            guard = RequestGuard(public_url=options.public_url, allowed_origins=options.allowed_origins)
            limits = RateLimits(options.requests_per_second) if options.rate_limits else None
            listeners = Listeners(
                make_application(api, limits),
                gateway,
                voice.gateway,
                guard=guard,
                proxies=proxies,
                public_url=options.public_url,
            )
            server = cls(context, gateway, voice, listeners, options.public_url)
            watch = asyncio.create_task(gateway.run(), name="gateway")
            workers = [
                asyncio.create_task(voice.gateway.run(), name="voice"),
                asyncio.create_task(stored_files.run(context), name="stored-files"),
                asyncio.create_task(thread_activity.run(context), name="thread-archive"),
                asyncio.create_task(polls.run(context), name="polls"),
                asyncio.create_task(scheduled_event_clock.run(context), name="scheduled-events"),
                asyncio.create_task(stage_watch.run(context), name="stages"),
                asyncio.create_task(voice_upkeep.run(context), name="voice"),
                asyncio.create_task(voice_telling.run(context), name="audiences"),
                *(asyncio.create_task(previews.run(context), name="previews") for _ in range(PREVIEW_WORKERS)),
            ]
            try:
                yield server
            finally:
                await server._drain()
                watch.cancel()
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(watch, *workers, return_exceptions=True)
                voice.close()
                await write_days(context)
                await context.background.close()
                context.interactions.close()
                context.accounts.close()
                context.pictures.close()
                context.fetcher.close()
                await files.close()
        finally:
            await store.close()

    @property
    def server_id(self) -> str:
        return self.context.store.server_id

    async def listen(
        self, listener: socket.socket, tls: ssl.SSLContext | None = None, *, is_plain_too: bool = False
    ) -> None:
        """Take connections from a bound TCP or Unix socket. URLs in dispatches begin with the first TCP one, unless the
        options name a public URL. `is_plain_too`: the port takes TLS and what comes without it."""
        if self._public_url is not None:
            self.context.links.base_url = self._public_url
        elif listener.family != socket.AF_UNIX and not self._has_base_url:
            self.voice.own_address = reachable_address(listener)
            # On loopback everybody can do without trusting an authority.
            is_http = tls is None or (is_plain_too and is_loopback(listener.getsockname()[0]))
            self.context.links.base_url = f"{'http' if is_http else 'https'}://{reachable_address(listener)}"
            self._has_base_url = True
        await self._listeners.start(listener, tls, is_plain_too=is_plain_too)

    def idle_s(self) -> float:
        """How long nobody has used this server: no gateway or voice connection, no request."""
        now_s = self._loop.time()
        if self.gateway.connections or self.voice.gateway.connections or self._listeners.requests_in_flight:
            self._opened_s = now_s
        return now_s - max(self._opened_s, self._listeners.last_request_s)

    async def _drain(self) -> None:
        """Take nothing new, send gateway clients away, and let requests finish."""
        await self._listeners.stop_accepting()
        self.voice.gateway.close()
        await asyncio.gather(self.gateway.drain(RECONNECT_LIMIT_S), self._listeners.drain(REQUEST_LIMIT_S))


def _open_bucket(options: S3Options, folder: Path) -> S3Depot:
    """Raises FileStoreError or PrivateFileError when there is no key to it."""
    credentials = read_credentials(options.credentials, os.environ)
    bucket = Bucket(endpoint=options.endpoint, name=options.bucket, region=options.region, credentials=credentials)
    return S3Depot(S3Client(bucket), make_private_dir(folder / DRAFTS))
