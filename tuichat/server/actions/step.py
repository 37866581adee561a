"""Steps: the parts that a write is put together from, each with what memory does once it is committed."""

import msgspec

from tuichat.server.actions.context import Context
from tuichat.server.bus import Event
from tuichat.server.store.operations import Operation
from tuichat.server.store.store import Apply, nothing


class Step(msgspec.Struct, frozen=True):
    """One part of a write: rows, events, and what memory does before and after they are told."""

    operations: list[Operation]
    events: list[Event]
    before_publish: Apply = nothing
    after_publish: Apply = nothing


async def write(ctx: Context, *steps: Step, more: tuple[Operation, ...] = ()) -> None:
    """Write several steps as one; `more` comes first."""

    def before_publish() -> None:
        for step in steps:
            step.before_publish()

    def after_publish() -> None:
        for step in steps:
            step.after_publish()

    await ctx.store.write(
        [*more, *(operation for step in steps for operation in step.operations)],
        [told for step in steps for told in step.events],
        before_publish=before_publish,
        after_publish=after_publish,
    )
