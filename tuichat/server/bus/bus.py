"""What every bus does: the contract that one test suite holds each implementation to."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from tuichat.errors import TuichatError
from tuichat.server.bus.events import Event

DEFAULT_CALL_S = 5.0  # taste: longer than a restart of the broker takes, shorter than a person's patience
MAX_CALL_BYTES = 768 * 1024  # of a call and of its answer; NATS takes a megabyte


class BusError(TuichatError):
    """The bus could not do what was asked."""


class BusUnreachable(BusError):
    """No broker answers, or it does not let this node in."""


class NobodyAnswers(BusError):
    """A call found nobody who serves it: that node is gone, or the broker is away. It was not carried out."""


class CallTimeout(BusError):
    """A call was not answered in time. It may have been carried out, or may be yet."""


class CallTooLarge(BusError):
    """A call or its answer is over MAX_CALL_BYTES. The call was not carried out, or its answer is too large to tell."""


class CallFailed(BusError):
    """Who serves a call failed on it; the log over there says how."""


class Loss(msgspec.Struct, frozen=True):
    """What was missed here, and cannot be had any more: what a node's sessions know may be out of date.

    With `guild_id`, that guild's events: they were forgotten before they could be read. Nothing more of the guild comes until
    it is followed again, from what the store holds then; sessions in it have to identify anew. With `node_id`, private events
    that this node published last: it died, or has forgotten them.
    """

    guild_id: int | None = None
    node_id: str | None = None


Subscriber = Callable[[Event], None]
LossSubscriber = Callable[[Loss], None]
Handler = Callable[[bytes], Awaitable[bytes]]
Listener = Callable[[str, bytes], None]
Leave = Callable[[], None]


class Bus(Protocol):
    """Tells each node of a server what the others published. All methods belong to the loop.

    Order: the subscribers of the node that publishes an event are called at once, in the order of publishing. Those of other
    nodes get a guild's kept events in the order of `seq`, each once and without gaps, or are told of a Loss; and the private
    events of one node in its order, each once, or a Loss. Lossy events may be lost.
    """

    @property
    def node_id(self) -> str:
        """The random name of this node, from its start to its end."""
        ...

    def subscribe(self, subscriber: Subscriber) -> Leave:
        """Call `subscriber` for each event until the returned function is called."""
        ...

    def subscribe_losses(self, subscriber: LossSubscriber) -> Leave:
        """Call `subscriber` for each loss until the returned function is called."""
        ...

    def publish(self, event: Event) -> None:
        """Hand an event to every subscriber; one that raises does not stop the others.

        A guild's kept events are published by the node that owns it, after their commit, by rising `seq`.
        """
        ...

    def follow(self, guild_id: int, after_seq: int) -> None:
        """Get what happens in a guild, on whichever node, beginning behind the kept event `after_seq`."""
        ...

    def unfollow(self, guild_id: int) -> None: ...

    def follow_user(self, user_id: int) -> None:
        """Get what is for this user alone."""
        ...

    def unfollow_user(self, user_id: int) -> None: ...

    async def settle(self, timeout_s: float = 2.0) -> bool:
        """Wait until what was followed so far is known to the broker; False where it is away: all follows when it is back.

        What is read from the store after this lacks nothing that is not told by an event.
        """
        ...

    async def own(self, guild_id: int, last_seq: int) -> None:
        """Become the one who publishes a guild's kept events, of which `last_seq` is the newest.

        Returns when this node's subscribers have all up to that one.
        """
        ...

    def disown(self, guild_id: int) -> None:
        """Publish no more of a guild. A follower goes on following."""
        ...

    def serve(self, service: str, handler: Handler) -> Leave:
        """Answer calls of `service`, a word of letters and underscores, on this node."""
        ...

    async def call(self, node_id: str, service: str, body: bytes, timeout_s: float = DEFAULT_CALL_S) -> bytes:
        """Ask a node, which may be this one. Raises NobodyAnswers, CallTimeout, CallTooLarge or CallFailed."""
        ...

    def tell(self, topic: str, body: bytes) -> None:
        """Tell the other nodes something which may be lost. `topic` is a word of letters and underscores."""
        ...

    def listen(self, topic: str, listener: Listener) -> Leave:
        """Call `listener` with what other nodes tell: the node's id, and the bytes, each node's in its order."""
        ...

    async def close(self) -> None: ...
