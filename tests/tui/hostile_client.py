"""An account whose server and people mean harm: every word that comes from them carries one of the hostile texts."""

from collections.abc import Iterator
from typing import Any

import msgspec

from tests.tui.samples import FakeClient
from tuichat.client.room_view import RoomView
from tuichat.client.state import State
from tuichat.protocol.interaction import ModalCreate
from tuichat.protocol.message import Message

# Fields in which people, bots and servers write what they like; what a test looks for stays in front of it.
WORDS = frozenset(
    {
        *("name", "username", "global_name", "nick", "display_name", "content", "title", "topic", "description"),
        *(
            "guild_name",
            "channel_name",
            "bio",
            "pronouns",
            "note",
            "text",
            "label",
            "placeholder",
            "reason",
            "filename",
            "footer",
            "emoji_name",
        ),
    }
)


class HostileClient(FakeClient):
    def __init__(self, state: State, words: Iterator[str]) -> None:
        super().__init__(state)
        self._words = words
        self.rest.answers = _HostileAnswers(words)
        self.archive.answers = _HostileAnswers(words)
        listed, take = self.inbox.mentions, self.interactions.take

        async def mentions(before: int | None = None) -> list[Message]:
            return [poisoned(each, words) for each in await listed(before)]

        def take_form(form: ModalCreate) -> None:
            take(poisoned(form, words))

        self.inbox.mentions = mentions  # type: ignore[method-assign]
        self.interactions.take = take_form  # type: ignore[method-assign, assignment]

        self.live_rooms.poison = self._poisoned_room

    def _poisoned_room(self, view: RoomView) -> RoomView:
        """Return a room of which everything that people write was written by somebody who means harm."""
        tags = tuple(f"{tag}{next(self._words)}" for tag in view.tags)
        reactions = tuple(
            msgspec.structs.replace(each, emoji=f"{each.emoji}{next(self._words)}") for each in view.reactions
        )
        harmful: RoomView = poisoned(view, self._words)
        return msgspec.structs.replace(
            harmful,
            tags=tags,
            reactions=tuple(msgspec.structs.replace(each, name=next(self._words)) for each in reactions),
            language=f"{view.language}{next(self._words)}",
            link=f"https://example.org/{next(self._words)}" if view.link else None,
        )

    def receive(self, item: Message) -> None:
        super().receive(poisoned(item, self._words))


class _HostileAnswers(dict[str, Any]):
    def __init__(self, words: Iterator[str]) -> None:
        super().__init__()
        self._words = words

    def get(self, key: str, default: Any = None) -> Any:
        found = super().get(key, default)
        return (
            (lambda wanted: poisoned(found(wanted), self._words)) if callable(found) else poisoned(found, self._words)
        )


def poisoned(value: Any, words: Iterator[str]) -> Any:
    """Return a value as it would come from somebody who means harm."""
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **_poisoned_fields(fields, words))
    if isinstance(value, list | tuple):
        return type(value)(poisoned(each, words) for each in value)
    if isinstance(value, dict):
        return value | _poisoned_fields(value, words)
    if isinstance(value, msgspec.Raw | bytes):
        encoded = msgspec.json.encode(poisoned(msgspec.json.decode(value), words))
        return msgspec.Raw(encoded) if isinstance(value, msgspec.Raw) else encoded
    return value


def _poisoned_fields(fields: dict[str, Any], words: Iterator[str]) -> dict[str, Any]:
    return {
        name: f"{value}{next(words)}" if name in WORDS and isinstance(value, str) else poisoned(value, words)
        for name, value in fields.items()
    }
