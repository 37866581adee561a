"""Who reacted or voted: heading by heading, page by page, with what a moderator may take away."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

PAGE = 100  # the most that a server gives at once


@dataclass(frozen=True)
class Section:
    """Those below one heading. `load` gives the page after a user's id; `remove` takes one of them away, or all (None)."""

    heading: str
    load: Callable[[int], Awaitable[list[User]]]
    remove: Callable[[User | None], Awaitable[None]] | None = None


class WhoRow(ListRow, frozen=True):
    """A head, somebody below it, or the way to more of them."""

    section: int
    place: int  # below the head; -1 is the head itself
    text: str
    is_more: bool = False

    @property
    def key(self) -> Hashable | None:
        return (self.section, self.place)


class WhoRows(LineList[WhoRow]):
    BACKGROUND = "raised"

    def draw(self, row: WhoRow, look: Look) -> list[Line]:
        palette = look.palette
        is_head = row.place < 0
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        if not is_head:
            builder.space(2)
        style = "bright" if is_head else "link" if row.is_more else "text"
        return [builder.add(fit(row.text, max(1, look.width - builder.cells)), palette.style(style)).build(look.width)]

    def choose(self, row: WhoRow, action: str | None) -> None:
        screen = self.screen
        if isinstance(screen, WhoDialog):
            screen.chosen(row)


class WhoDialog(Dialog[int | None]):
    """Answers with the user whose profile is to be shown."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.WHO)

    def __init__(
        self,
        title: str,
        sections: Sequence[Section],
        name_of: Callable[[User], str],
        clear: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`clear` takes all away that the sections tell of; without it, nobody may."""
        super().__init__()
        self._heading = title
        self._sections = list(sections)
        self._name_of = name_of
        self._clear = clear
        self._people: list[list[User]] = [[] for _section in sections]
        self._has_more = [False] * len(sections)
        self._fault = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            yield WhoRows(classes="dialog-rows")
            yield Static("", id="who-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self._show()
        self.query_one(WhoRows).focus()
        for index in range(len(self._sections)):
            self.run_worker(self._load(index))

    async def _load(self, index: int) -> None:
        known = self._people[index]
        try:
            page = await self._sections[index].load(int(known[-1].id) if known else 0)
        except ClientError as error:
            self._fault = safe_line(str(error))
        else:
            ids = {user.id for user in known}
            known += [user for user in page if user.id not in ids]
            self._has_more[index] = len(page) >= PAGE
        if self.is_attached:
            self._show()

    def _show(self) -> None:
        rows: list[WhoRow] = []
        for index, section in enumerate(self._sections):
            rows.append(WhoRow(index, -1, section.heading))
            people = self._people[index]
            rows += [WhoRow(index, place, self._name_of(user)) for place, user in enumerate(people)]
            if self._has_more[index]:
                rows.append(WhoRow(index, len(people), _("more …"), is_more=True))
        self.query_one(WhoRows).show_rows(rows)
        self.query_one("#who-note", Static).update(self._fault or self._words())

    def _words(self) -> str:
        words = [_("enter shows a profile")]
        if any(section.remove is not None for section in self._sections):
            words.append(_("{key} takes one away").format(key=keys.BY_ID["who.remove"].keys[0]))
        if self._clear is not None:
            words.append(_("{key} takes all away").format(key=keys.BY_ID["who.clear"].keys[0]))
        return " · ".join([*words, _("esc closes")])

    def chosen(self, row: WhoRow) -> None:
        if row.is_more:
            self.run_worker(self._load(row.section))
        elif row.place >= 0:
            self.dismiss(int(self._people[row.section][row.place].id))

    def action_remove(self) -> None:
        row = self.query_one(WhoRows).cursor_row
        if row is None or row.is_more or (remove := self._sections[row.section].remove) is None:
            return
        user = self._people[row.section][row.place] if row.place >= 0 else None
        if user is not None:
            self.run_to_end(self._remove(row.section, remove(user), user))
            return

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.run_to_end(self._remove(row.section, remove(None), None))

        question = _("Take all of these away?")
        self.app.push_screen(ConfirmDialog(question, row.text, _("take away"), _("keep them")), decided)

    async def _remove(self, section: int, action: Awaitable[None], user: User | None) -> None:
        try:
            await action
        except ClientError as error:
            self._fail(error)
        else:
            self._people[section] = [each for each in self._people[section] if user is not None and each.id != user.id]
            self._has_more[section] = self._has_more[section] and user is not None
        if self.is_open:
            self._show()

    def _fail(self, error: ClientError) -> None:
        """Say what went wrong, also where the dialog was left meanwhile."""
        self._fault = safe_line(str(error))
        if not self.is_open:
            self.app.notify(self._fault, severity="error", markup=False, timeout=8)

    def action_clear(self) -> None:
        if self._clear is None:
            return
        clear = self._clear

        async def cleared() -> None:
            try:
                await clear()
            except ClientError as error:
                self._fail(error)
                if self.is_open:
                    self._show()
            else:
                self.end(None)

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.run_to_end(cleared())

        question = _("Take every reaction of this message away?")
        self.app.push_screen(ConfirmDialog(question, self._heading, _("take away"), _("keep them")), decided)

    def action_close(self) -> None:
        self.dismiss(None)
