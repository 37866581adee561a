"""Live rooms of an account: what is shown of each, and all that one does in one."""

from collections.abc import Callable, Collection, Coroutine, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import UNSET

from tuichat.client import room_composer, room_limits, room_routes, stage_part
from tuichat.client.change import (
    Change,
    ChannelsChanged,
    ConnectionChanged,
    FollowsChanged,
    GuildChanged,
    GuildsChanged,
    MembersChanged,
    RelationChanged,
    RoomReacted,
    RoomsChanged,
    VoiceStatesChanged,
)
from tuichat.client.errors import RefusedError
from tuichat.client.rest import Rest
from tuichat.client.room_audience import PAGE, RoomAudience
from tuichat.client.room_state import bounded_room
from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.client.stage_actions import StageActions
from tuichat.client.state import Connection, State
from tuichat.protocol.live_room import (
    EditLiveRoomRequest,
    Hands,
    LiveRoom,
    LiveRoomKeeping,
    Openness,
    StartLiveRoomRequest,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.translation import _

SHOWN = (
    RoomsChanged,
    VoiceStatesChanged,
    MembersChanged,
    GuildChanged,
    GuildsChanged,
    ChannelsChanged,
    ConnectionChanged,
    RelationChanged,
    FollowsChanged,
)  # what a view is made of

Start = Callable[[Callable[[], Coroutine[Any, Any, object]]], None]


class LiveRooms(StageActions):
    """One account's. What changed comes as a dispatch. Every call that waits raises ClientError alone.

    A server without our extension has Discord's stages: with a topic, hands, and who speaks. What those lack is refused.
    """

    def __init__(
        self,
        account_key: str,
        state: State,
        rest: Rest,
        emit: Callable[[Sequence[Change]], None],
        start: Start,
        now_ms: Callable[[], int],
    ) -> None:
        """`start` sends something whose failure the user need not hear of; `now_ms` is the client's clock."""
        self._account_key = account_key
        super().__init__(state, rest)
        self._emit = emit
        self._start = start
        self._now_ms = now_ms
        self._views: dict[int, RoomView] = {}
        self._listeners: dict[int, dict[int, RoomPerson]] = {}  # of each room, who only listens
        self._asked: set[tuple[int, int]] = set()  # session and stage whose details were asked for
        self._started: set[int] = set()  # stages that were started and are not sat in yet
        self._audience = RoomAudience(state, rest, emit, now_ms)
        self.followed_ids: Callable[[], Collection[int]] = frozenset  # whom the account follows

    # What is shown

    def view(self, channel_id: int) -> RoomView:
        """Return everything of a stage channel now. Cheap; details that are not known are asked for on the way.

        Emojis fly for a moment: who shows them asks again after it.
        """
        known = self._views.get(channel_id)
        if known is None:
            listeners = self._listeners.setdefault(channel_id, {})
            known = room_composer.compose(
                self._state, self._account_key, channel_id, self.followed_ids(), listeners=listeners
            )
            self._views[channel_id] = known
        self._learn_soon(channel_id)
        flying = room_composer.flying(self._state, channel_id, self._now_ms()) if known.is_live else ()
        return msgspec.structs.replace(known, reactions=flying) if flying else known

    def take_changes(self, changes: Sequence[Change]) -> None:
        """Forget the views that are not true any more."""
        if any(isinstance(each, SHOWN) and not isinstance(each, RoomReacted) for each in changes):
            self._views.clear()
        if any(isinstance(each, SHOWN) and not isinstance(each, RoomReacted | VoiceStatesChanged) for each in changes):
            self._listeners.clear()
        for channel_id in [each for each in self._started if self._state.own_voice_state(each) is not None]:
            self._started.discard(channel_id)
            self._start(partial(self._take_stage, channel_id))

    async def learn(self, channel_id: int) -> LiveRoom:
        """Ask for all of a room. Without our extension there is no more than is known."""
        known = self._require_live(channel_id)
        if self.has_extension and not known.is_whole:
            self._take(await self._rest.get(room_routes.get_room(channel_id), LiveRoom))
        return known.room

    async def load_audience(self, channel_id: int, limit: int = PAGE) -> None:
        """Load the next page of who listens, or what is true by now of those who were loaded. For who shows them."""
        if self.has_extension:
            await self._audience.load(channel_id, limit)

    async def keeping(self, channel_id: int) -> LiveRoomKeeping:
        """Return who was invited, blocked, and muted by a host: for hosts."""
        self._require_host(channel_id)
        self._require_extension(_("Discord's stages keep no list of who was invited, blocked or muted."))
        return await self._rest.get(room_routes.get_keeping(channel_id), LiveRoomKeeping)

    # The room as a whole

    async def start(
        self,
        channel_id: int,
        topic: str,
        *,
        description: str = "",
        language: str = "",
        tags: Sequence[str] = (),
        openness: Openness = Openness.GUILD,
        role_id: int | None = None,
        invited_ids: Sequence[int] = (),
        hands: Hands = Hands.ALL,
        link: str | None = None,
        tells_everyone: bool = False,
        event_id: int | None = None,
    ) -> None:
        """Have a room in a stage channel. `role_id` for Openness.ROLE; `event_id` begins an event with it.

        Who starts one takes the stage as soon as it sits there.
        """
        topic = room_limits.check_topic(topic)
        body = StartLiveRoomRequest(
            channel_id=Snowflake(channel_id),
            topic=topic,
            description=room_limits.check_description(description) or UNSET,
            language=room_limits.check_language(language) or UNSET,
            tags=room_limits.check_tags(tags) or UNSET,
            openness=openness if openness is not Openness.GUILD else UNSET,
            role_id=UNSET if role_id is None else Snowflake(role_id),
            invited_ids=[Snowflake(each) for each in room_limits.check_invited(invited_ids)] or UNSET,
            hands=hands if hands is not Hands.ALL else UNSET,
            link=room_limits.check_link(link) or UNSET,
            send_start_notification=tells_everyone or UNSET,
            guild_scheduled_event_id=UNSET if event_id is None else Snowflake(event_id),
        )
        if openness is Openness.ROLE and role_id is None:
            raise RefusedError(_("Say which role the room is open to."))
        if self._state.room(channel_id) is not None:
            raise RefusedError(_("A room is live in this channel already: join it, or end it first."))
        if self.has_extension:
            self._take(await self._rest.get(room_routes.start_room(body), LiveRoom))
            await self._sit(channel_id)
            return
        plain = StartLiveRoomRequest(
            channel_id=body.channel_id,
            topic=topic,
            send_start_notification=body.send_start_notification,
            guild_scheduled_event_id=body.guild_scheduled_event_id,
        )
        if body != plain:
            self._require_extension(_("Discord's stages have a topic, and nothing more that can be said of them."))
        event = body.guild_scheduled_event_id
        await self._rest.perform(
            room_routes.open_stage(
                channel_id, topic, tells_everyone=tells_everyone, event_id=event if isinstance(event, int) else None
            )
        )
        await self._sit(channel_id)

    async def edit(self, channel_id: int, edit: EditLiveRoomRequest) -> None:
        """Change what is set in `edit`: what the room is about, who may join it or raise a hand, the pinned link."""
        self._require_host(channel_id)
        checked = _checked(edit)
        if self.has_extension:
            self._take(await self._rest.get(room_routes.edit_room(channel_id, checked), LiveRoom))
        elif isinstance(checked.topic, str) and checked == EditLiveRoomRequest(topic=checked.topic):
            await self._rest.perform(room_routes.edit_stage(channel_id, checked.topic))
        else:
            self._require_extension(_("Discord's stages have a topic, and nothing more that can be said of them."))

    async def end(self, channel_id: int) -> None:
        """End the room for everybody. Who is in its channel stays there."""
        self._require_host(channel_id)
        await self._rest.perform(room_routes.close_stage(channel_id))

    async def join_public(self, channel_id: int) -> None:
        """Become somebody who may join a public room, also of a guild that one is not in: as a temporary member."""
        self._require_extension(_("This server has no public rooms: an invite lets you in."))
        room = await self._rest.get(room_routes.join_room(channel_id), LiveRoom)
        self._state.room_invitations.pop(channel_id, None)
        self._take(room)

    # Others: for hosts, and what Discord's stages lack

    async def mute(self, channel_id: int, user_id: int) -> None:
        """Have somebody not be heard until it unmutes itself."""
        self._require_host(channel_id)
        self._require_extension(_("Discord's stages have no mute that its owner can lift: move the speaker down."))
        await self._rest.perform(room_routes.put_muted(channel_id, user_id))

    async def block(self, channel_id: int, user_id: int) -> None:
        """Put somebody out, who may not come back while this room is live."""
        self._require_host(channel_id)
        self._require_extension(_("Discord's stages block nobody: put the person out, or ban it from the server."))
        await self._rest.perform(room_routes.put_blocked(channel_id, user_id))

    async def unblock(self, channel_id: int, user_id: int) -> None:
        self._require_host(channel_id)
        self._require_extension(_("Discord's stages block nobody."))
        await self._rest.perform(room_routes.delete_blocked(channel_id, user_id))

    async def make_host(self, channel_id: int, user_id: int) -> None:
        self._require_host(channel_id)
        self._require_extension(_("Discord's stages are hosted by whom roles make moderators of the stage."))
        await self._rest.perform(room_routes.put_host(channel_id, user_id))

    async def unmake_host(self, channel_id: int, user_id: int) -> None:
        """Have somebody be no host any more; oneself: step down."""
        self._require_host(channel_id)
        self._require_extension(_("Discord's stages are hosted by whom roles make moderators of the stage."))
        if room_composer.Hosts(self._state, channel_id, self._state.room(channel_id)).moderates(user_id):
            raise RefusedError(_("Roles make this person a host of every room here: nobody can unmake it."))
        await self._rest.perform(room_routes.delete_host(channel_id, user_id))

    async def ping(self, channel_id: int, user_id: int) -> None:
        """Ask somebody to come into the room."""
        self._require_live(channel_id)
        self._require_extension(_("Discord's stages call nobody: write to the person, or send an invite."))
        await self._rest.perform(room_routes.put_invited(channel_id, user_id))

    async def uninvite(self, channel_id: int, user_id: int) -> None:
        """Have somebody not be invited any more."""
        self._require_host(channel_id)
        self._require_extension(_("Discord's stages keep no list of who was invited, blocked or muted."))
        await self._rest.perform(room_routes.delete_invited(channel_id, user_id))

    # Within

    def _learn_soon(self, channel_id: int) -> None:
        known, state = self._state.room(channel_id), self._state
        if known is None or known.is_whole or not self.has_extension or state.connection is not Connection.READY:
            return
        key = (state.session, int(known.room.id))
        if key not in self._asked:
            self._asked = {each for each in self._asked if each[0] == state.session} | {key}
            self._start(partial(self.learn, channel_id))

    async def _sit(self, channel_id: int) -> None:
        if self._state.own_voice_state(channel_id) is None:
            self._started.add(channel_id)
        elif not self.has_extension:  # a server of ours sees who started it
            await self._take_stage(channel_id)

    async def _take_stage(self, channel_id: int) -> None:
        own = self._state.own_voice_state(channel_id)
        if own is not None and stage_part.only_listens(own):
            await self.accept(channel_id)

    def _take(self, room: LiveRoom) -> None:
        """Take what an answer says of a room, unless a dispatch told of another one since."""
        guild = self._state.guilds.get(room.guild_id)
        known = guild.rooms.get(room.channel_id) if guild is not None else None
        if known is not None and known.room.id == room.id:
            known.room, known.is_whole = bounded_room(room), True
            self._emit([RoomsChanged(int(room.guild_id), int(room.channel_id))])


def _checked(edit: EditLiveRoomRequest) -> EditLiveRoomRequest:
    changes: dict[str, object] = {}
    if isinstance(edit.topic, str):
        changes["topic"] = room_limits.check_topic(edit.topic)
    if isinstance(edit.description, str):
        changes["description"] = room_limits.check_description(edit.description)
    if isinstance(edit.language, str):
        changes["language"] = room_limits.check_language(edit.language)
    if isinstance(edit.tags, list):
        changes["tags"] = room_limits.check_tags(edit.tags)
    if isinstance(edit.link, str):
        changes["link"] = room_limits.check_link(edit.link)
    if edit.openness == Openness.ROLE and not isinstance(edit.role_id, int):
        raise RefusedError(_("Say which role the room is open to."))
    return msgspec.structs.replace(edit, **changes)
