"""Rooms that are live because a test says so: what was asked of them is kept."""

from collections.abc import Callable

from tuichat.client.errors import ClientError
from tuichat.client.room_view import RoomView
from tuichat.protocol.live_room import EditLiveRoomRequest, LiveRoom, LiveRoomKeeping
from tuichat.protocol.message import ReactionEmoji

WITH_SOMEBODY = (
    "invite_up", "decline_hand", "move_down", "mute", "remove", "block", "unblock", "make_host", "unmake_host", "ping",
    "uninvite",
)  # fmt: skip
ALONE = ("raise_hand", "lower_hand", "accept", "decline_invitation", "end", "load_audience", "join_public")


class FakeLiveRooms:
    """Notes each call as its name and what it was given; `fault` is raised instead."""

    has_extension = True

    def __init__(self, account_key: str, asked: list[tuple[object, ...]]) -> None:
        self._account_key = account_key
        self._asked = asked
        self._views: dict[int, RoomView] = {}
        self.fault: ClientError | None = None
        self.kept = LiveRoomKeeping(invited=[], blocked=[], muted_ids=[])
        self.room: LiveRoom | None = None
        self.poison: Callable[[RoomView], RoomView] = lambda view: view

    def put(self, view: RoomView) -> None:
        self._views[view.channel_id] = self.poison(view)

    def view(self, channel_id: int) -> RoomView:
        nothing = RoomView(account_key=self._account_key, guild_id=0, channel_id=channel_id, title="")
        return self._views.get(channel_id, nothing)

    def _note(self, *what: object) -> None:
        if self.fault is not None:
            raise self.fault
        self._asked.append(what)

    async def start(self, channel_id: int, topic: str, **said: object) -> None:
        self._note("start", channel_id, topic, said)

    async def edit(self, channel_id: int, edit: EditLiveRoomRequest) -> None:
        self._note("edit", channel_id, edit)

    async def react(self, channel_id: int, emoji: ReactionEmoji) -> None:
        self._note("react", channel_id, emoji.name)

    async def keeping(self, channel_id: int) -> LiveRoomKeeping:
        self._note("keeping", channel_id)
        return self.kept

    async def learn(self, channel_id: int) -> LiveRoom | None:
        self._note("learn", channel_id)
        return self.room

    def __getattr__(self, name: str) -> Callable[..., object]:
        if name not in WITH_SOMEBODY and name not in ALONE:
            raise AttributeError(name)

        async def noted(*given: int) -> None:
            self._note(name, *given)

        return noted
