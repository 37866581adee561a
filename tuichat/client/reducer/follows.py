"""What dispatches of following do to the state."""

import msgspec

from tuichat.client import directory
from tuichat.client.change import Change, FollowedWentLive, FollowsChanged
from tuichat.client.state import State
from tuichat.protocol.follow import MAX_FOLLOWED, MAX_TOPICS, FollowedLive, Follows, FollowsUpdate


def put_follows(state: State, told: Follows) -> None:
    """Know what one follows, in no more of it than our server keeps."""
    state.follows = Follows(
        users=told.users[:MAX_FOLLOWED], guilds=told.guilds[:MAX_FOLLOWED], topics=told.topics[:MAX_TOPICS]
    )
    for user in state.follows.users:
        directory.know(state, user)


def change_follows(state: State, event: FollowsUpdate) -> list[Change]:
    put_follows(state, event)
    return [FollowsChanged()]


def tell_live(state: State, event: FollowedLive) -> list[Change]:
    """Somebody who is followed went live; who is blocked or ignored by now is not told of."""
    if isinstance(event.user, msgspec.Struct) and event.user.id in state.unheard_ids:
        return []
    return [FollowedWentLive(event.room, event.reason, event.user)]
