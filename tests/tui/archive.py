"""Stands in for a server's REST routes: answers pages of messages that are kept in memory, as a server would."""

from collections.abc import Callable, Sequence
from typing import Any

from tuichat.client.routes import Request
from tuichat.protocol.message import Message


class ArchiveRest:
    """Messages by channel, oldest first; other routes are answered by `answers`, by method and path."""

    def __init__(self) -> None:
        self.messages: dict[int, list[Message]] = {}
        self.answers: dict[str, Callable[[Request], Any]] = {}
        self.asked: list[Request] = []

    def keep(self, channel_id: int, messages: Sequence[Message]) -> None:
        self.messages[channel_id] = sorted(messages, key=lambda each: each.id)

    async def get(self, wanted: Request, kind: object) -> Any:
        self.asked.append(wanted)
        answer = self.answers.get(f"{wanted.method} {wanted.path}")
        if answer is not None:
            return answer(wanted)
        parts = wanted.path.split("/")
        if parts[1] == "channels" and parts[3:] == ["messages"] and wanted.method == "GET":
            return self._page(self.messages.get(int(parts[2]), []), wanted.query)
        raise AssertionError(f"nobody answers {wanted.method} {wanted.path}")

    async def perform(self, wanted: Request) -> bytes:
        self.asked.append(wanted)
        answer = self.answers.get(f"{wanted.method} {wanted.path}")
        return b"" if answer is None else bytes(answer(wanted))

    @staticmethod
    def _page(messages: list[Message], query: Any) -> list[Message]:
        limit = int(query.get("limit", 50))
        if "around" in query:
            around = int(query["around"])
            older = [each for each in messages if each.id <= around][-(limit - limit // 2) :]
            page = older + [each for each in messages if each.id > around][: limit // 2]
        elif "after" in query:
            page = [each for each in messages if each.id > int(query["after"])][:limit]
        else:
            before = int(query.get("before", 2**63))
            page = [each for each in messages if each.id < before][-limit:]
        return page[::-1]
