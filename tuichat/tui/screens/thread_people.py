"""Bringing others into a thread: who they are is chosen from a list."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tuichat.client.errors import ClientError
from tuichat.text.choices import Choice, people
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext
from tuichat.tui.screens.pick import PickDialog

if TYPE_CHECKING:
    from textual.screen import Screen

    from tuichat.client.client import Client

MAX_AT_ONCE = 10  # people that are brought in with one choice (taste)


def bring_in(
    screen: "Screen[Any]", client: "Client", thread: tuple[int, str], parent_id: int, done: Callable[[], None]
) -> None:
    """Ask whom to bring into a thread, of this id and safe name, and do it; `done` is called when they are in.

    Offered are the people of the channel above: the thread itself, where it is archived or private, may not be known.
    """
    thread_id, name = thread
    guild = client.state.guild_of(parent_id)
    me = client.state.me

    def choices() -> list[Choice]:
        return [choice for choice in people(client.state, parent_id) if me is None or choice.value != str(int(me.id))]

    def ask(beginning: str) -> None:
        if guild is not None and client.state.lists_lazily(guild.guild.id):
            screen.run_worker(attempt(client.members.search(guild.guild.id, beginning)))

    async def attempt(work: Awaitable[object]) -> bool:
        try:
            await work
        except ClientError as error:
            screen.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            return False
        return True

    async def add(user_ids: list[int]) -> None:
        if await attempt(client.threads.add(thread_id, user_ids)):
            count = len(user_ids)
            words = ngettext("{count} was brought into {name}.", "{count} were brought into {name}.", count)
            screen.app.notify(words.format(count=count, name=name), markup=False, timeout=4)
            done()

    def chosen(values: list[str] | None) -> None:
        if values:
            # The screen's own workers end with it, and this is to be done also when it is left before the answer.
            screen.app.run_worker(add([int(value) for value in values]))

    title = _("Bring people into {name}").format(name=name)
    screen.app.push_screen(PickDialog(title, choices, (1, MAX_AT_ONCE), ask=ask), chosen)
