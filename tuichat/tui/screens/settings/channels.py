"""A server's channels in their order: another one, and the way to what can be changed about each."""

from typing import TYPE_CHECKING

from msgspec import UNSET
from textual.app import ComposeResult

from tuichat.client.channel_settings import MEMBER, ROLE
from tuichat.client.errors import RefusedError
from tuichat.client.state import GuildState
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, OverwriteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.channel_names import KIND_WORDS, channel_name
from tuichat.text.permission_words import needs
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui.channel_kinds import signed_name
from tuichat.tui.screens.choice_dialog import ChoiceDialog
from tuichat.tui.screens.field_form import FieldForm, FieldSpec
from tuichat.tui.screens.settings.channel import ChannelPage
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

NO_CATEGORY = "0"


class ChannelsPage(RowsPage):
    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__(client, int(guild.guild.id))

    def heading(self) -> str:
        return _("Channels")

    def rows(self) -> list[ChoiceRow]:
        guild, state = self.guild, self.client.state
        may = bool(state.guild_permissions(self.guild_id) & Permissions.MANAGE_CHANNELS)
        rows = [ChoiceRow("new", _("Make a channel"), "" if may else needs(Permissions.MANAGE_CHANNELS))]
        for channel_id in guild.channel_ids if guild is not None else []:
            channel = state.channels.get(channel_id)
            if channel is not None:
                indent = "  " if isinstance(channel.parent_id, int) else ""
                topic = safe_line(channel.topic) if isinstance(channel.topic, str) else ""
                rows.append(ChoiceRow(str(int(channel_id)), indent + signed_name(channel), topic))
        return rows

    def chosen(self, name: str) -> None:
        if name != "new":
            self.open(ChannelPage(self.client, self.guild_id, int(name)))
        elif self.client.state.guild_permissions(self.guild_id) & Permissions.MANAGE_CHANNELS:
            self.open(NewChannelForm(self.client, self.guild_id))
        else:
            self.app.notify(needs(Permissions.MANAGE_CHANNELS), markup=False, severity="warning", timeout=4)


class NewChannelForm(FieldForm):
    def __init__(self, client: "Client", guild_id: int) -> None:
        super().__init__()
        self._client = client
        self._guild_id = guild_id
        self._kind = ChannelType.TEXT
        self._parent_id: int | None = None
        self._is_private = False

    def heading(self) -> str:
        return _("Make a channel")

    def note(self) -> str:
        return _("tab goes to the lines below; enter changes one.")

    def fields(self) -> list[FieldSpec]:
        return [FieldSpec("name", _("Name"), "", _("such as plans"))]

    def label(self) -> str:
        return _("make it")

    def more(self) -> ComposeResult:
        rows = ChoiceRows(self._choose, id="choices")
        rows.styles.height = 3
        yield rows

    def on_mount(self) -> None:
        super().on_mount()
        self._show()

    def _categories(self) -> dict[str, str]:
        state = self._client.state
        guild = state.guilds.get(self._guild_id)
        found = [state.channels[each] for each in (guild.channel_ids if guild else []) if each in state.channels]
        named = {str(int(each.id)): channel_name(each) for each in found if each.type == ChannelType.CATEGORY}
        return {NO_CATEGORY: _("none")} | named

    def _show(self) -> None:
        parent = self._categories().get(str(self._parent_id or NO_CATEGORY), _("none"))
        who = _("you, and whom you let in") if self._is_private else _("everybody")
        rows = [ChoiceRow("kind", _("Kind"), _(KIND_WORDS[self._kind]))]
        if self._kind != ChannelType.CATEGORY:
            rows.append(ChoiceRow("category", _("Category"), parent))
        rows.append(ChoiceRow("private", _("Who sees it"), who))
        self.query_one(ChoiceRows).show_rows(rows)

    def _choose(self, name: str) -> None:
        if name == "private":
            self._is_private = not self._is_private
            self._show()
            return
        is_kind = name == "kind"
        named = {str(int(kind)): _(words) for kind, words in KIND_WORDS.items()} if is_kind else self._categories()

        def picked(key: str | None) -> None:
            if key is not None and is_kind:
                self._kind = ChannelType(int(key))
            elif key is not None:
                self._parent_id = int(key) or None
            self._show()

        heading = _("Kind") if is_kind else _("Category")
        chosen = str(int(self._kind)) if is_kind else str(self._parent_id or NO_CATEGORY)
        self.app.push_screen(
            ChoiceDialog(heading, [ChoiceRow(key, words) for key, words in named.items()], chosen=chosen), picked
        )

    async def submit(self) -> str | None:
        name = self.value("name").strip()
        if not name:
            raise RefusedError(_("A channel needs a name."))
        is_below = self._parent_id is not None and self._kind != ChannelType.CATEGORY
        wanted = CreateChannelRequest(
            name=name,
            type=int(self._kind),
            parent_id=Snowflake(self._parent_id or 0) if is_below else UNSET,
            permission_overwrites=self._hidden() if self._is_private else UNSET,
        )
        made = await self._client.guild_settings.channels.create(self._guild_id, wanted)
        return _("{name} is made.").format(name=channel_name(made))

    def _hidden(self) -> list[OverwriteRequest]:
        """Return what hides a channel from all but who makes it."""
        view, me = Permissions.VIEW_CHANNEL, self._client.state.me
        hidden = [OverwriteRequest(id=Snowflake(self._guild_id), type=ROLE, deny=view)]
        return hidden if me is None else [*hidden, OverwriteRequest(id=me.id, type=MEMBER, allow=view)]
