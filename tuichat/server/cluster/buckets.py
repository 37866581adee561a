"""The cluster's two buckets in NATS's key-value store: opened anew with each connection."""

import contextlib
import json
from collections.abc import Iterator

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js.api import KeyValueConfig, StorageType
from nats.js.kv import KeyValue

from tuichat.errors import TuichatError
from tuichat.server.bus.nats_link import NatsLink

REQUEST_LIMIT_S = 2.0


class ClusterError(TuichatError):
    """The broker's key-value store cannot be used, or not now."""


class Outdated(ClusterError):
    """A key is not as it was when it was read."""


class Buckets:
    """`nodes`: keys that end by themselves after `ttl_s`. `guilds`: keys that stay."""

    def __init__(self, link: NatsLink, server_id: str, ttl_s: float, replicas: int = 1) -> None:
        """`replicas`: on how many brokers of a cluster a key is kept; 3 lets one of them die."""
        self._link = link
        self._ttl_s = ttl_s
        self._replicas = replicas
        self._names = {"nodes": f"tuichat-{server_id}-nodes", "guilds": f"tuichat-{server_id}-guilds"}
        self._of: Client | None = None
        self._opened: dict[str, KeyValue] = {}

    async def open(self, kind: str) -> KeyValue:
        """Raises ClusterError."""
        client = self._link.client
        if client is None:
            raise ClusterError("The NATS broker is away.")
        if client is not self._of:
            self._of, self._opened = client, {}
        bucket = self._opened.get(kind)
        if bucket is None:
            config = KeyValueConfig(
                bucket=self._names[kind],
                ttl=self._ttl_s if kind == "nodes" else None,
                history=1,
                storage=StorageType.FILE,  # a broker that starts again still knows who lives
                replicas=self._replicas,
            )
            with problems():
                bucket = await client.jetstream(timeout=REQUEST_LIMIT_S).create_key_value(config)
            self._opened[kind] = bucket
        return bucket

    async def get(self, kind: str, key: str) -> tuple[bytes, int] | None:
        """Read a key's value and revision. Raises ClusterError."""
        bucket = await self.open(kind)
        with problems():
            try:
                entry = await bucket.get(key)
            except nats.js.errors.KeyNotFoundError:
                return None
        return entry.value or b"", entry.revision or 0

    async def put(self, kind: str, key: str, value: bytes, revision: int | None) -> int:
        """Write a key as it was read at `revision`, or that was not there, and return its new revision.

        Raises Outdated where another wrote it meanwhile, or it ended, and ClusterError: then it may have been written or not.
        """
        bucket = await self.open(kind)
        with problems():
            return await (bucket.create(key, value) if revision is None else bucket.update(key, value, last=revision))

    async def delete(self, kind: str, key: str) -> None:
        """Raises ClusterError."""
        bucket = await self.open(kind)
        with problems():
            await bucket.delete(key)


@contextlib.contextmanager
def problems() -> Iterator[None]:
    """Turn what the library raises into ClusterError."""
    try:
        yield
    except nats.js.errors.KeyWrongLastSequenceError:
        raise Outdated("Another node was faster.") from None
    except nats.js.errors.BadRequestError as error:
        raise ClusterError(
            f"The NATS broker's key-value store refuses: {error.description}. Do all nodes run with the same settings?"
        ) from None
    except (nats.js.errors.NoStreamResponseError, nats.js.errors.ServiceUnavailableError):
        raise ClusterError(
            "The NATS broker has no JetStream: start it with -js, or `jetstream {}` in its settings."
        ) from None
    except (TimeoutError, nats.errors.Error, OSError, json.JSONDecodeError) as error:
        raise ClusterError(f"The NATS broker's key-value store does not answer ({type(error).__name__}).") from None
