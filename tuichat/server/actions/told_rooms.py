"""Who was told already that somebody, or a club, went live: so that a room is told once for each reason."""


class ToldRooms:
    """Of the rooms that are live: of one room a channel, the one before is forgotten with the next."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[int, set[tuple[int, int, str]]]] = {}  # by channel: the stage, and what was told

    def note(self, channel_id: int, stage_id: int, follower_id: int, about_id: int, reason: str) -> bool:
        """Note that a follower is told of somebody, or of a club; say whether it was not yet."""
        known = self._told.get(channel_id)
        if known is None or known[0] != stage_id:
            known = self._told[int(channel_id)] = (int(stage_id), set())
        told = (int(follower_id), int(about_id), reason)
        is_new = told not in known[1]
        known[1].add(told)
        return is_new

    def forget(self, channel_id: int) -> None:
        self._told.pop(channel_id, None)
