"""Who may do what in one channel: the roles and members for whom it says something else than the server."""

from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.channel_settings import MEMBER, ROLE, as_category
from tuichat.client.errors import ClientError
from tuichat.client.overwrite_draft import OverwriteDraft, Stance, overwrites_of, same_as
from tuichat.protocol.channel import VOICE_CHANNELS, Channel, ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.text.channel_names import channel_name
from tuichat.text.choices import Choice
from tuichat.text.permission_words import GROUPS, WORDS, Reach, meaning_of
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext
from tuichat.tui import keys
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow
from tuichat.tui.widgets.stance_rows import StanceRow, StanceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

Target = tuple[int, int]  # ROLE or MEMBER, and the id
SAVE, REMOVE = "save", "remove"


class OverwritesPage(RowsPage):
    def __init__(self, client: "Client", guild_id: int, channel_id: int) -> None:
        super().__init__(client, guild_id)
        self._channel_id = channel_id

    @property
    def _channel(self) -> Channel | None:
        return self.client.state.channels.get(self._channel_id)

    @property
    def _category(self) -> Channel | None:
        parent_id = self._channel.parent_id if self._channel is not None else None
        return self.client.state.channels.get(parent_id) if isinstance(parent_id, int) else None

    def is_gone(self) -> bool:
        return self._channel is None

    def heading(self) -> str:
        name = channel_name(self._channel) if self._channel is not None else ""
        return _("Permissions in {channel}").format(channel=name)

    def rows(self) -> list[ChoiceRow]:
        everyone = (ROLE, self.guild_id)
        known = [(each.type, int(each.id)) for each in overwrites_of(self._channel)]
        named = sorted((each for each in known if each != everyone), key=lambda each: (each[0], self._called(each)))
        rows = [ChoiceRow(_key(each), self._called(each), self._summary(each)) for each in (everyone, *named)]
        rows += [ChoiceRow("role", _("Add a role")), ChoiceRow("member", _("Add a member"))]
        category, channel = self._category, self._channel
        if category is not None and channel is not None:
            told = _("they are the same") if same_as(channel, category) else _("they differ")
            rows.append(ChoiceRow("follow", _("Take those of the category"), told))
        return rows

    def _called(self, target: Target) -> str:
        guild = self.guild
        kind, target_id = target
        if guild is not None and kind == ROLE and target_id in guild.roles:
            return safe_name(guild.roles[target_id].name)
        if guild is not None and kind == MEMBER and target_id in guild.members:
            return safe_name(guild.members[target_id].display_name)
        user = self.client.state.users.get(target_id)
        return safe_name(user.display_name) if user is not None else str(target_id)

    def _summary(self, target: Target) -> str:
        saved = OverwriteDraft(self.client.state, self._channel_id, target[1], target[0]).saved
        parts = [
            ngettext("{count} allowed", "{count} allowed", saved.allow.bit_count()).format(
                count=saved.allow.bit_count()
            )
        ] * bool(saved.allow) + [
            ngettext("{count} denied", "{count} denied", saved.deny.bit_count()).format(count=saved.deny.bit_count())
        ] * bool(saved.deny)
        return " · ".join(parts) or _("as the server has it")

    def chosen(self, name: str) -> None:
        guild = self.guild
        if guild is None:
            return
        if name == "role":
            self._add_role([(ROLE, int(each)) for each in guild.roles if each != self.guild_id])
        elif name == "member":
            self.pick_person(_("Add a member"), self._free_members, self._edit)
        elif name == "follow":
            self._ask_to_follow()
        else:
            self._edit(name)

    def _is_free(self, target: Target) -> bool:
        return target not in [(each.type, int(each.id)) for each in overwrites_of(self._channel)]

    def _add_role(self, targets: list[Target]) -> None:
        free = sorted((each for each in targets if self._is_free(each)), key=self._called)
        self.pick(_("Add a role"), [ChoiceRow(_key(each), self._called(each)) for each in free], self._edit)

    def _free_members(self) -> list[Choice]:
        guild = self.guild
        targets = [(MEMBER, int(each)) for each in (guild.members if guild is not None else {})]
        return [Choice(_key(each), self._called(each)) for each in targets if self._is_free(each)]

    def _edit(self, name: str) -> None:
        kind, target_id = (int(part) for part in name.split("-"))
        draft = OverwriteDraft(self.client.state, self._channel_id, target_id, kind)
        self.open(OverwriteDialog(self.client, draft, self._called((kind, target_id)), self.guild_id))

    def _ask_to_follow(self) -> None:
        category, channel = self._category, self._channel
        if category is None or channel is None or same_as(channel, category):
            return
        arrange = self.client.guild_settings.channels.arrange
        self.ask(
            _("Take the permissions of {category}?").format(category=channel_name(category)),
            _("What this channel says itself is gone then, and what the category says later holds here too."),
            _("take them"),
            partial(arrange, self.guild_id, as_category(channel, int(category.id))),
            _("The permissions are those of the category now."),
        )


class OverwriteDialog(Dialog[bool]):
    """One role's or member's: a row for each permission that the channel can say something of."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", draft: OverwriteDraft, name: str, guild_id: int) -> None:
        """`name` is safe text."""
        super().__init__()
        self._client = client
        self._draft = draft
        self._name_of = name
        self._guild_id = guild_id
        self._is_under_way = False  # all that was chosen is being saved

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            channel = self._client.state.channels.get(self._draft.channel_id)
            where = channel_name(channel) if channel is not None else ""
            heading = _("{who} in {channel}").format(who=self._name_of, channel=where)
            yield Static(heading, id="heading", classes="dialog-title", markup=False)
            yield StanceRows(self._choose, self._tell, id="choices")
            yield Static("", id="note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self._show()
        rows = self.query_one(StanceRows)
        rows.focus()
        first = next((row.id for row in rows.rows if row.stance is not None), SAVE)
        rows.move_cursor_to(first)
        self._tell()

    def _show(self) -> None:
        count = self._draft.change_count()
        changes = ngettext("{count} change", "{count} changes", count).format(count=count) if count else _("no changes")
        rows = [StanceRow(SAVE, _("Save"), value=changes)]
        if self._draft.exists:
            rows.append(StanceRow(REMOVE, _("Remove all of this"), is_dangerous=True))
        reach = _reach(self._client.state.channels.get(self._draft.channel_id))
        for group in GROUPS:
            shown = [words for words in group.permissions if words.reach & reach]
            if shown:
                rows.append(StanceRow("", _(group.name)))
            for words in shown:
                stance = self._draft.stance(words.permission)
                is_changed = stance is not self._draft.saved_stance(words.permission)
                rows.append(StanceRow(str(int(words.permission)), _(words.name), stance, is_changed))
        self.query_one(StanceRows).show_rows(rows)

    def _tell(self) -> None:
        """Say below the rows what the permission under the cursor means."""
        row = self.query_one(StanceRows).cursor_row
        words = WORDS.get(int(row.id)) if row is not None and row.id.isdigit() else None
        meaning = meaning_of(words.permission) if words is not None else ""
        if words is not None and not self._draft.may_change(words.permission):
            meaning += " " + _("You have it not, and so cannot give or refuse it.")
        count = self._draft.change_count()
        unsaved = ngettext(
            "{count} change: the first line saves it", "{count} changes: the first line saves them", count
        )
        note = unsaved.format(count=count) if count else _("enter goes through allow, deny and inherit")
        note += " · " + _("esc goes back")
        self.query_one("#note", Static).update(f"{meaning}\n{note}" if meaning else note)

    def _choose(self, name: str, stance: Stance | None) -> None:
        if name == SAVE:
            if not self._is_under_way:
                self._save()
        elif name == REMOVE:
            self._ask_to_remove()
        elif not self._draft.choose(Permissions(int(name)), stance):
            self.app.notify(_("You have this permission not, and so cannot give or refuse it."), timeout=4)
        else:
            self._is_under_way = False
            self._show()
            self._tell()

    def _save(self) -> None:
        if not self._draft.change_count():
            self.dismiss(False)
            return
        allow, deny = self._draft.result()
        draft, channels = self._draft, self._client.guild_settings.channels
        work = channels.set_overwrite(draft.channel_id, draft.target_id, draft.kind, allow, deny)
        self._begin(work)

    def _ask_to_remove(self) -> None:
        def decided(is_sure: bool | None) -> None:
            if is_sure:
                work = self._client.guild_settings.channels.remove_overwrite(
                    self._draft.channel_id, self._draft.target_id
                )
                self._begin(work)

        question = _("Remove what is said of {who} here?").format(who=self._name_of)
        self.app.push_screen(ConfirmDialog(question, _("What the server says holds then."), _("remove")), decided)

    def _begin(self, work: Awaitable[None]) -> None:
        self._is_under_way = True
        self.run_to_end(self._attempt(work))

    async def _attempt(self, work: Awaitable[None]) -> None:
        try:
            await work
        except ClientError as error:
            self._is_under_way = False
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            return
        self.app.notify(_("Saved."), timeout=2)
        self.end(True)

    def action_close(self) -> None:
        count = self._draft.change_count()
        if not count or self._is_under_way:
            self.dismiss(False)
            return

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.dismiss(False)

        question = ngettext("Throw {count} change away?", "Throw {count} changes away?", count).format(count=count)
        self.app.push_screen(ConfirmDialog(question, _("Nothing of it is saved yet."), _("throw away")), decided)


def _key(target: Target) -> str:
    return f"{target[0]}-{target[1]}"


def _reach(channel: Channel | None) -> Reach:
    """Return the kinds of channels that a channel stands for; a category for all that may be in it."""
    if channel is None or channel.type == ChannelType.CATEGORY:
        return Reach.EVERY
    if channel.type in VOICE_CHANNELS:
        return Reach.STAGE if channel.type == ChannelType.STAGE else Reach.VOICE
    return Reach.TEXT
