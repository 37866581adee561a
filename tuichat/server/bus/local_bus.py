"""The bus of one process: subscribers are called at once and in order, on the loop."""

import asyncio
import logging
import secrets

from tuichat.server.bus.bus import (
    DEFAULT_CALL_S,
    MAX_CALL_BYTES,
    CallFailed,
    CallTimeout,
    CallTooLarge,
    Handler,
    Leave,
    Listener,
    Loss,
    LossSubscriber,
    NobodyAnswers,
    Subscriber,
)
from tuichat.server.bus.events import Event

logger = logging.getLogger(__name__)


class LocalBus:
    """Implements Bus: the only node there is."""

    def __init__(self) -> None:
        self.node_id = secrets.token_hex(8)
        self._subscribers: tuple[Subscriber, ...] = ()
        self._loss_subscribers: tuple[LossSubscriber, ...] = ()
        self._handlers: dict[str, Handler] = {}

    def subscribe(self, subscriber: Subscriber) -> Leave:
        self._subscribers += (subscriber,)

        def leave() -> None:
            self._subscribers = tuple(other for other in self._subscribers if other is not subscriber)

        return leave

    def subscribe_losses(self, subscriber: LossSubscriber) -> Leave:
        self._loss_subscribers += (subscriber,)

        def leave() -> None:
            self._loss_subscribers = tuple(other for other in self._loss_subscribers if other is not subscriber)

        return leave

    def publish(self, event: Event) -> None:
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception:
                logger.exception("A subscriber failed on %s", event.name)

    def tell_loss(self, loss: Loss) -> None:
        for subscriber in self._loss_subscribers:
            try:
                subscriber(loss)
            except Exception:
                logger.exception("A subscriber failed on a loss")

    def follow(self, guild_id: int, after_seq: int) -> None:
        """Nothing to do: all that happens, happens here."""

    def unfollow(self, guild_id: int) -> None:
        """As above."""

    def follow_user(self, user_id: int) -> None:
        """As above."""

    def unfollow_user(self, user_id: int) -> None:
        """As above."""

    async def settle(self, timeout_s: float = 2.0) -> bool:
        return True

    async def own(self, guild_id: int, last_seq: int) -> None:
        """Nothing to do: nobody else is there."""

    def disown(self, guild_id: int) -> None:
        """As above."""

    def serve(self, service: str, handler: Handler) -> Leave:
        assert service not in self._handlers, f"{service} is served already"
        self._handlers[service] = handler

        def leave() -> None:
            self._handlers.pop(service, None)

        return leave

    async def call(self, node_id: str, service: str, body: bytes, timeout_s: float = DEFAULT_CALL_S) -> bytes:
        if len(body) > MAX_CALL_BYTES:
            raise CallTooLarge(f"A call takes up to {MAX_CALL_BYTES} bytes, got {len(body)}.")
        if node_id != self.node_id or service not in self._handlers:
            raise NobodyAnswers(f"Nobody serves {service} on node {node_id}.")
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self.handle(service, body)
        except TimeoutError:
            raise CallTimeout(f"{service} was not answered within {timeout_s:g} s.") from None
        if answer is None:
            raise CallFailed(f"{service} failed on node {node_id}; its log says how.")
        if len(answer) > MAX_CALL_BYTES:
            raise CallTooLarge(f"An answer has up to {MAX_CALL_BYTES} bytes, got {len(answer)}.")
        return answer

    def serves(self, service: str) -> bool:
        return service in self._handlers

    async def handle(self, service: str, body: bytes) -> bytes | None:
        """Have a call answered here; None where that failed, or nobody serves it any more."""
        handler = self._handlers.get(service)
        try:
            return None if handler is None else await handler(body)
        except Exception:
            logger.exception("The service %s failed on a call", service)
            return None

    def tell(self, topic: str, body: bytes) -> None:
        """Nothing to do: nobody else is there."""

    def listen(self, topic: str, listener: Listener) -> Leave:
        return lambda: None

    async def close(self) -> None:
        """Nothing is open."""
