"""The audit log of a server: who did what to whom and when, what was before and after; of one person, of one kind."""

from typing import TYPE_CHECKING

from tuichat.client.audit_log import AuditPages, Deed
from tuichat.client.state import GuildState
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.audit_words import DEEDS, AuditWords
from tuichat.text.choices import Choice
from tuichat.text.permission_words import names_of
from tuichat.text.safe_text import safe_line
from tuichat.text.time_words import moment_words
from tuichat.translation import _
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.screens.text_dialog import TextDialog, TextRow
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows
from tuichat.tui.widgets.paged_rows import PagedRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

ALL = "all"


class AuditLogPage(RowsPage):
    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__(client, int(guild.guild.id))
        self._user_id: int | None = None
        self._action: int | None = None
        self._pages = self._first_page()
        self._doers: dict[int, None] = {}  # in the order in which the log told of them

    def _first_page(self) -> AuditPages:
        log = self.client.guild_settings.audit_log
        return log.of_guild(self.guild_id, user_id=self._user_id, action=self._action)

    def heading(self) -> str:
        return _("Audit log")

    def make_rows(self) -> ChoiceRows:
        return PagedRows(self.chosen, self._end_near, id="choices")

    def told(self) -> str:
        return "" if self._pages.deeds else _("Nothing of that is in the log.")

    async def load(self) -> None:
        """Read the next page, and more where the rows do not fill their place yet."""
        pages = self._pages
        await pages.load()
        for deed in pages.deeds:
            if deed.entry.user_id is not None:
                self._doers.setdefault(int(deed.entry.user_id))
        self.call_after_refresh(self.query_one(PagedRows).look_for_end)

    def _end_near(self) -> None:
        if not self._is_loading and self._pages.has_older:
            self._is_loading = True
            self.reload()

    def _begin_again(self) -> None:
        self._pages = self._first_page()
        self._is_loading = True
        self.reload()

    @property
    def _words(self) -> AuditWords:
        return AuditWords(self.client.state, self.guild_id, self._pages.users, self._pages.webhooks, names_of)

    def rows(self) -> list[ChoiceRow]:
        words = self._words
        rows = [
            ChoiceRow("action", _("What was done"), _("everything") if self._action is None else _deed(self._action)),
            ChoiceRow("user", _("Who did it"), _("everybody") if self._user_id is None else words.user(self._user_id)),
        ]
        return rows + [self._row(deed, words) for deed in self._pages.deeds]

    def _row(self, deed: Deed, words: AuditWords) -> ChoiceRow:
        parts = [moment_words(deed.entry.id)]
        if isinstance(deed.entry.reason, str) and deed.entry.reason:
            parts.append(f"“{safe_line(deed.entry.reason)}”")
        parts += [str(change) for change in words.changes(deed)]
        what = f"{words.who(deed)} {words.what(deed)}"
        return ChoiceRow(f"={int(deed.entry.id)}", what, detail=" · ".join(parts))

    def chosen(self, name: str) -> None:
        if name == "action":
            rows = [ChoiceRow(ALL, _("everything")), *(ChoiceRow(str(int(each)), _deed(each)) for each in DEEDS)]
            self.pick(_("What was done"), rows, self._take_action, chosen=str(self._action or ALL))
        elif name == "user":
            self.pick_person(_("Who did it"), self._people, self._take_user)
        else:
            deed = next((each for each in self._pages.deeds if f"={int(each.entry.id)}" == name), None)
            if deed is not None:
                self.app.push_screen(TextDialog(self._words.who(deed), self._told(deed), is_large=True))

    def _people(self) -> list[Choice]:
        """Return whose deeds can be asked for: those the log told of, then all members that are known."""
        words, guild = self._words, self.guild
        members = sorted(
            (int(each) for each in (guild.members if guild is not None else {}) if each not in self._doers),
            key=lambda user_id: words.user(user_id).casefold(),
        )
        chosen = self._user_id
        people = [
            Choice(str(user_id), words.user(user_id), is_chosen=user_id == chosen)
            for user_id in (*self._doers, *members)
        ]
        return [Choice(ALL, _("everybody"), is_chosen=chosen is None), *people]

    def _take_action(self, key: str) -> None:
        self._action = None if key == ALL else int(key)
        self._begin_again()

    def _take_user(self, key: str) -> None:
        self._user_id = None if key == ALL else int(key)
        self._begin_again()

    def _told(self, deed: Deed) -> list[TextRow]:
        """Return all of a deed: what a row has no room for."""
        words = self._words
        pairs = [("", words.what(deed)), (_("when"), moment_words(Snowflake(deed.entry.id)))]
        if isinstance(deed.entry.reason, str) and deed.entry.reason:
            pairs.append((_("why"), safe_line(deed.entry.reason)))
        for change in words.changes(deed):
            if change.before:
                pairs.append((_("{what} before").format(what=change.label), change.before))
            pairs.append((_("{what} after").format(what=change.label), change.after or _("nothing")))
        return [TextRow(number, text, label) for number, (label, text) in enumerate(pairs)]


def _deed(action: int) -> str:
    """Return a kind of deed without whom it was done to."""
    return _(DEEDS[action]).format(target="…", whose="…", place="…", count="…")
