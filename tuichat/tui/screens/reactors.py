"""Who reacted to a message: emoji by emoji, page by page."""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.client.message_marks import WHO_PAGE
from tuichat.protocol.message import Reaction
from tuichat.protocol.user import User
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.channel_names import ChannelNames
from tuichat.tui.safe_text import safe_line, safe_name
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

if TYPE_CHECKING:
    from tuichat.client.client import Client


class ReactorRow(ListRow, frozen=True):
    """A head with an emoji, somebody below it, or the way to more of them."""

    number: int
    text: str
    is_head: bool = False
    more_of: int | None = None  # the reaction of which this row loads another page

    @property
    def key(self) -> Hashable | None:
        return None if self.is_head else self.number


class ReactorRows(LineList[ReactorRow]):
    BACKGROUND = "raised"

    def draw(self, row: ReactorRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("cursor" if look.has_cursor else "raised"))
        if not row.is_head:
            builder.space(2)
        style = "bright" if row.is_head else "link" if row.more_of is not None else "text"
        return [builder.add(fit(row.text, max(1, look.width - builder.cells)), palette.style(style)).build(look.width)]

    def choose(self, row: ReactorRow, action: str | None) -> None:
        screen = self.screen
        if isinstance(screen, ReactorsDialog) and row.more_of is not None:
            screen.load_more(row.more_of)


class ReactorsDialog(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", channel_id: int, message_id: int, reactions: Sequence[Reaction]) -> None:
        super().__init__()
        self._client = client
        self._channel_id = channel_id
        self._message_id = message_id
        self._reactions = list(reactions)
        self._people: list[list[User]] = [[] for _ in reactions]
        self._fault = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            yield Static(_("Who reacted"), classes="dialog-title", markup=False)
            yield ReactorRows(classes="dialog-rows")
            yield Static("", id="reactors-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(ReactorRows).focus()
        self._show()
        for index in range(len(self._reactions)):
            self.load_more(index)

    def load_more(self, index: int) -> None:
        self.run_worker(self._load(index))

    async def _load(self, index: int) -> None:
        known = self._people[index]
        after = int(known[-1].id) if known else 0
        try:
            emoji = self._reactions[index].emoji
            known += await self._client.marks.reactors(self._channel_id, self._message_id, emoji, after)
        except ClientError as error:
            self._fault = safe_line(str(error))
        self._show()

    def _show(self) -> None:
        names = ChannelNames(self._client.state, self._channel_id)
        rows: list[ReactorRow] = []
        for index, reaction in enumerate(self._reactions):
            sign = safe_name(reaction.emoji.name or "", "?")
            rows.append(ReactorRow(len(rows), f"{sign}  {reaction.count}", is_head=True))
            rows += [
                ReactorRow(len(rows) + place, names.name_of(user)) for place, user in enumerate(self._people[index])
            ]
            if self._people[index] and len(self._people[index]) % WHO_PAGE == 0:
                rows.append(ReactorRow(len(rows), _("more …"), more_of=index))
        self.query_one(ReactorRows).show_rows(rows)
        self.query_one("#reactors-note", Static).update(self._fault or _("esc closes"))

    def action_close(self) -> None:
        self.dismiss(None)
