"""A channel as a server holds it, for machines of rules: people edit and delete there, and its dispatches are on their way."""

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.client.builders import OTHER, created, deleted, message, updated
from tuichat.protocol.dispatch.message import MessageCreate, MessageDelete, MessageUpdate
from tuichat.protocol.message import Message

Event = MessageCreate | MessageUpdate | MessageDelete


class ToldChannel(RuleBasedStateMachine):
    """A subclass says what a client makes of a dispatch."""

    def __init__(self) -> None:
        super().__init__()
        self.truth: dict[int, Message] = {}
        self.under_way: list[Event] = []
        self.next_id = 100
        self.edits = 0

    def arrive(self, event: Event) -> None:
        raise NotImplementedError

    def create(self, author: int = OTHER, nonce: str | None = None) -> Message:
        made = message(self.next_id, author=author, nonce=nonce)
        self.next_id += 1
        self.truth[made.id] = made
        self.under_way.append(created(made))
        return made

    @rule()
    def stranger_writes(self) -> None:
        self.create()

    @precondition(lambda self: self.truth)
    @rule(data=st.data())
    def somebody_edits(self, data: st.DataObject) -> None:
        self.edits += 1
        message_id = data.draw(st.sampled_from(sorted(self.truth)))
        time = f"2026-01-01T00:00:00.{self.edits:06}+00:00"
        edited = msgspec.structs.replace(self.truth[message_id], content=f"edit {self.edits}", edited_timestamp=time)
        self.truth[message_id] = edited
        self.under_way.append(updated(edited))

    @precondition(lambda self: self.truth)
    @rule(data=st.data())
    def somebody_deletes(self, data: st.DataObject) -> None:
        message_id = data.draw(st.sampled_from(sorted(self.truth)))
        del self.truth[message_id]
        self.under_way.append(deleted(message_id))

    @precondition(lambda self: self.under_way)
    @rule(count=st.integers(1, 6))
    def dispatches_arrive(self, count: int) -> None:
        for _ in range(min(count, len(self.under_way))):
            self.arrive(self.under_way.pop(0))
