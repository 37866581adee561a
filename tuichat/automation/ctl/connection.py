"""One program at the ctl socket: its requests are carried out side by side, and what it does not read does not pile up."""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from tuichat.automation.ctl.limits import (
    MAX_CONNECTIONS,
    MAX_LINE_BYTES,
    MAX_PENDING,
    MAX_SUBSCRIPTIONS,
    MAX_UNREAD_BYTES,
)
from tuichat.automation.ctl.orders import Orders
from tuichat.automation.ctl.request import (
    Answer,
    Request,
    RequestError,
    RunRequest,
    SendRequest,
    StatusRequest,
    SubscribeRequest,
    TalkRequest,
    Told,
    failure,
    read_request,
    success,
)
from tuichat.automation.ctl.subscription import Subscription, Subscriptions
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.records import AnyRecord
from tuichat.errors import TuichatError
from tuichat.local.unix_socket import check_peer
from tuichat.translation import _

logger = logging.getLogger(__name__)

END_LIMIT_S = 5.0  # taste: how long one may take to read why it is ended


class Connection(asyncio.Protocol):
    """`on_end` is called with it once, when the other end is gone; `is_full` says that there are as many as may be."""

    def __init__(
        self,
        orders: Orders,
        subscriptions: Subscriptions,
        on_end: "Callable[[Connection], None]",
        *,
        is_full: bool = False,
    ) -> None:
        self._is_full = is_full
        self._orders = orders
        self._subscriptions = subscriptions
        self._on_end = on_end
        self._transport: asyncio.Transport | None = None
        self._begun = bytearray()  # of a line
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscribed: list[Subscription] = []
        self._is_ending = False
        self._abort: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(MAX_UNREAD_BYTES)
        try:
            check_peer(transport.get_extra_info("socket"))
        except (TuichatError, OSError) as error:
            logger.warning("the ctl socket refuses somebody: %s", error)
            self._is_ending = True
            transport.abort()
            return
        if self._is_full:
            self.end(_("At most {limit} programs talk to tuichat at a time.").format(limit=MAX_CONNECTIONS))

    def connection_lost(self, _error: Exception | None) -> None:
        self._is_ending = True
        if self._abort is not None:
            self._abort.cancel()
        for task in self._tasks:
            task.cancel()
        for subscription in self._subscribed:
            subscription.close()
        self._on_end(self)

    def data_received(self, data: bytes) -> None:
        """Carry out each line that is whole. Who has too much to be read is not listened to until it is."""
        if self._is_ending:
            return
        begin = len(self._begun)
        self._begun += data
        while not self._is_ending and (end := self._begun.find(b"\n", begin)) >= 0:
            line = bytes(self._begun[:end])
            del self._begun[: end + 1]
            begin = 0
            if len(line) > MAX_LINE_BYTES:
                self._end_too_long(len(line))
            elif line.strip():
                self._take(line)
        if len(self._begun) > MAX_LINE_BYTES and not self._is_ending:
            self._end_too_long(len(self._begun))

    def eof_received(self) -> bool:
        return False  # whoever hangs up wants no answer any more

    def end(self, sentence: str, code: ExitCode = ExitCode.FAILED) -> None:
        """Say why, under the id of each subscription, and hang up."""
        if self._is_ending or self._transport is None:
            return
        self._is_ending = True
        for task in self._tasks:
            task.cancel()
        for request_id in [each.request_id for each in self._subscribed] or [0]:
            self._transport.write(msgspec.json.encode(failure(request_id, sentence, code)) + b"\n")
        for subscription in self._subscribed:
            subscription.close()
        self._transport.close()  # when what was written is read
        self._abort = asyncio.get_running_loop().call_later(END_LIMIT_S, self._transport.abort)

    def _end_too_long(self, size: int) -> None:
        self._begun.clear()
        self.end(
            _("A request has at most {limit} bytes, this one has {size} or more.").format(
                limit=MAX_LINE_BYTES, size=size
            ),
            ExitCode.MISTAKE,
        )

    def _take(self, line: bytes) -> None:
        try:
            request = read_request(line)
        except RequestError as error:
            self._put(failure(error.request_id, str(error), ExitCode.MISTAKE))
            return
        if len(self._tasks) >= MAX_PENDING:
            sentence = _("At most {limit} requests of one connection are carried out at a time.").format(
                limit=MAX_PENDING
            )
            self._put(failure(request.id, sentence))
            return
        match request:
            case TalkRequest():
                self._put(self._orders.talk(request))
            case StatusRequest():
                self._put(self._orders.status(request.id))
            case SubscribeRequest():
                self._subscribe(request)
            case RunRequest() | SendRequest():
                task = asyncio.create_task(self._carry_out(request), name="ctl request")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, request: Request) -> None:
        try:
            if isinstance(request, RunRequest):
                answer = await self._orders.run(request)
            else:
                assert isinstance(request, SendRequest)
                answer = await self._orders.send(request)
        except Exception:
            logger.exception("a request of the ctl socket failed")
            answer = failure(request.id, _("Something in tuichat failed; `tuichat logs` has it."), ExitCode.BUG)
        self._put(answer)

    def _subscribe(self, request: SubscribeRequest) -> None:
        if len(self._subscribed) >= MAX_SUBSCRIPTIONS:
            sentence = _("One connection has at most {limit} subscriptions.").format(limit=MAX_SUBSCRIPTIONS)
            self._put(failure(request.id, sentence))
            return
        request_id = request.id

        def put(record: AnyRecord) -> None:
            self._put(Told(id=request_id, record=record))

        try:
            subscription = self._subscriptions.open(request_id, request.types, put)
        except TuichatError as error:
            self._put(failure(request_id, str(error), ExitCode.MISTAKE))
            return
        self._subscribed.append(subscription)
        self._put(success(request_id))
        subscription.begin()

    def _put(self, answer: Answer | Told) -> None:
        transport = self._transport
        if transport is None or self._is_ending or transport.is_closing():
            return
        transport.write(msgspec.json.encode(answer) + b"\n")
        if transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            logger.warning("a program at the ctl socket does not read what it asked for, and is ended")
            self.end(_("More than {limit} bytes were not read.").format(limit=MAX_UNREAD_BYTES))
