"""A session's requests for members (op 8), answered one after the other and never faster than its client reads."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable

from tuichat.protocol import codec
from tuichat.protocol.gateway import MAX_CLIENT_FRAMES, RequestGuildMembers
from tuichat.protocol.intents import Intents
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.context import Context
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.members import query_members
from tuichat.server.gateway.prepared import PreparedDispatch, Scene
from tuichat.server.gateway.session import Session

MAX_WAITING = MAX_CLIENT_FRAMES  # a library asks once for each of its guilds, in as many frames as it may send
FULL_LIST_INTERVAL_MS = 5_000  # taste: between two lists of all members of one guild
READ_CHECK_S = 0.05

logger = logging.getLogger(__name__)


class MemberRequests:
    """What one session has asked for and waits for. `add` takes a request; where it says so, `run` must be started."""

    __slots__ = ("_context", "_is_running", "_listed_ms", "_now_ms", "_session", "_still_here", "_waiting")

    def __init__(
        self, context: Context, session: Session, now_ms: Callable[[], int], still_here: Callable[[], bool]
    ) -> None:
        """`still_here` says whether the session has not ended."""
        self._context = context
        self._session = session
        self._now_ms = now_ms
        self._still_here = still_here
        self._waiting: deque[RequestGuildMembers] = deque()
        self._is_running = False
        self._listed_ms: OrderedDict[int, int] = OrderedDict()  # when each guild's members were last listed

    def add(self, request: RequestGuildMembers) -> bool:
        """Queue a request, and say whether `run` is to be started. One too many is dropped."""
        if len(self._waiting) >= MAX_WAITING:
            logger.info("dropped a request for members: %d of this session wait, the limit", MAX_WAITING)
            return False
        self._waiting.append(request)
        if self._is_running:
            return False
        self._is_running = True
        return True

    async def run(self) -> None:
        """Answer until nothing waits."""
        try:
            while self._waiting and self._still_here():
                request = self._waiting.popleft()
                guild_ids = list(dict.fromkeys(request.guild_ids))
                if len(guild_ids) > 1 and self._session.is_bot:  # Discord's documentation: one guild a request
                    logger.info("dropped a bot's request for the members of %d guilds at once", len(guild_ids))
                    continue
                for guild_id in guild_ids:
                    await self._answer(request, guild_id)
        finally:
            self._is_running = False

    async def _answer(self, request: RequestGuildMembers, guild_id: Snowflake) -> None:
        if _is_full_list(request) and guild_id in self._session.guild_ids:
            await self._wait_for_turn(guild_id)
        session = self._session
        if not self._still_here():
            return
        try:
            chunks = await query_members(
                self._context,
                session.actor,
                guild_id,
                query=request.query if isinstance(request.query, str) else None,
                limit=request.limit or 0,
                user_ids=request.wanted_user_ids or None,
                with_presences=request.presences is True and bool(session.intents & Intents.GUILD_PRESENCES),
                nonce=request.echoed_nonce,
                may_list_all=not session.is_bot or bool(session.intents & Intents.GUILD_MEMBERS),
            )
        except ActionError as error:
            logger.debug("a request for members was refused: %s", error.message)
            return
        for chunk in chunks:
            scene = Scene(int(guild_id))
            dispatch = PreparedDispatch("GUILD_MEMBERS_CHUNK", codec.encode(chunk), scene=scene)
            session.deliver(dispatch, self._now_ms())
            await asyncio.sleep(0)
            # The connection itself bounds how long its client may leave everything unread.
            while session.link is not None and session.link.is_slow:  # noqa: ASYNC110  # a link tells nobody of it
                await asyncio.sleep(READ_CHECK_S)
            if not self._still_here():
                return

    async def _wait_for_turn(self, guild_id: int) -> None:
        """Wait until a guild's members may be listed again."""
        now_ms = self._now_ms()
        while self._listed_ms and now_ms - next(iter(self._listed_ms.values())) >= FULL_LIST_INTERVAL_MS:
            self._listed_ms.popitem(last=False)
        listed_ms = self._listed_ms.pop(guild_id, None)
        if listed_ms is not None:
            await asyncio.sleep((listed_ms + FULL_LIST_INTERVAL_MS - now_ms) / 1000)
        self._listed_ms[guild_id] = self._now_ms()


def _is_full_list(request: RequestGuildMembers) -> bool:
    return not request.wanted_user_ids and not request.query and (request.limit or 0) <= 0
