"""A server's webhooks: the addresses at which programs write here. The addresses are copied, and never shown."""

from functools import partial
from typing import TYPE_CHECKING

from tuichat.client.state import GuildState
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.webhook import Webhook, WebhookType
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui.screens.line_form import LineForm
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow

if TYPE_CHECKING:
    from tuichat.client.client import Client

MAX_NAME_CHARACTERS = 80
_PLACES = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, ChannelType.VOICE, ChannelType.STAGE, ChannelType.FORUM)


class WebhooksPage(RowsPage):
    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__(client, int(guild.guild.id))
        self._webhooks: list[Webhook] = []

    def heading(self) -> str:
        return _("Webhooks")

    def told(self) -> str:
        return "" if self._webhooks else _("There are none: no program writes here by itself.")

    async def load(self) -> None:
        found = await self.client.guild_settings.webhooks.of_guild(self.guild_id)
        self._webhooks = sorted(found, key=lambda each: (each.name or "").casefold())

    def rows(self) -> list[ChoiceRow]:
        rows = [ChoiceRow("new", _("Make a webhook"))]
        return rows + [self._row(webhook) for webhook in self._webhooks]

    def _row(self, webhook: Webhook) -> ChoiceRow:
        parts = [_("by {name}").format(name=safe_name(webhook.user.display_name))] if webhook.user else []
        if webhook.type == WebhookType.CHANNEL_FOLLOWER:
            parts.append(_("follows another channel"))
        elif not isinstance(webhook.token, str):
            parts.append(_("belongs to an app"))
        return ChoiceRow(
            f"={int(webhook.id)}", _name(webhook), self._place(int(webhook.channel_id)), detail=" · ".join(parts)
        )

    def _place(self, channel_id: int) -> str:
        channel = self.client.state.channels.get(channel_id)
        return f"#{channel_name(channel)}" if channel is not None else _("a channel that you do not see")

    def chosen(self, name: str) -> None:
        if name == "new":
            self.pick(_("Where it writes"), self._places(), self._name_new)
            return
        webhook = next((each for each in self._webhooks if f"={int(each.id)}" == name), None)
        if webhook is None:
            return
        rows = [ChoiceRow("copy", _("Copy its address"))] if isinstance(webhook.token, str) else []
        rows += [
            ChoiceRow("rename", _("Rename it")),
            ChoiceRow("move", _("Have it write elsewhere"), self._place(int(webhook.channel_id))),
            ChoiceRow("delete", _("Delete it"), is_dangerous=True),
        ]
        self.pick(_name(webhook), rows, partial(self._do, webhook))

    def _places(self) -> list[ChoiceRow]:
        """Return the channels in which the user manages webhooks."""
        state, guild = self.client.state, self.guild
        known = [state.channels[each] for each in (guild.channel_ids if guild else []) if each in state.channels]
        may = [each for each in known if state.permissions(int(each.id)) & Permissions.MANAGE_WEBHOOKS]
        return [ChoiceRow(str(int(each.id)), f"#{channel_name(each)}") for each in may if each.type in _PLACES]

    def _name_new(self, channel_key: str) -> None:
        webhooks = self.client.guild_settings.webhooks

        def named(line: str | None) -> None:
            if line:
                self.attempt(webhooks.create(int(channel_key), line), done=self._made)
            elif line is not None:
                self.app.notify(_("A webhook needs a name."), severity="warning", timeout=3)

        detail = _("What it writes stands under this name.")
        self.app.push_screen(LineForm(_("Make a webhook"), detail, "", MAX_NAME_CHARACTERS), named)

    def _made(self, webhook: Webhook) -> None:
        self._copy(webhook)
        self.reload()

    def _copy(self, webhook: Webhook) -> None:
        told = _(
            "Its address is copied, if your terminal takes it (OSC 52). Who has it can write here: keep it secret."
        )
        self.attempt(self.client.guild_settings.webhooks.url(webhook), told, done=self.app.copy_to_clipboard)

    def _do(self, webhook: Webhook, what: str) -> None:
        webhooks, webhook_id = self.client.guild_settings.webhooks, int(webhook.id)
        match what:
            case "copy":
                self._copy(webhook)
            case "rename":
                heading = _("Rename {name}").format(name=_name(webhook))
                self.rename(heading, "", _name(webhook), MAX_NAME_CHARACTERS, partial(webhooks.rename, webhook_id))
            case "move":

                def moved(key: str) -> None:
                    self.attempt(webhooks.move(webhook_id, int(key)))

                self.pick(_("Where it writes"), self._places(), moved, chosen=str(int(webhook.channel_id)))
            case "delete":
                self.ask(
                    _("Delete {name}?").format(name=_name(webhook)),
                    _("Programs that have its address cannot write here any more. What it wrote stays."),
                    _("delete"),
                    partial(webhooks.delete, webhook_id),
                    _("{name} is deleted.").format(name=_name(webhook)),
                )


def _name(webhook: Webhook) -> str:
    return safe_line(webhook.name or "") or _("no name")
