"""The command of webhooks: the addresses at which other programs write into a server's channels."""

from typing import Annotated

from tuichat.commands.action import chosen_action, missing
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.channel_place import channel_place
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.names import find_channel, named
from tuichat.commands.subjects.asking import is_sure, kept
from tuichat.commands.subjects.telling import told
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.webhook import Webhook
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_name
from tuichat.translation import N_, _

WEBHOOK_ACTIONS = {
    "list": N_("list: those of the server, and where they write"),
    "create": N_("create NAME: make one that writes into the open channel, and tell its address"),
    "url": N_("url NAME: tell its address; who has it may write there"),
    "say": N_("say NAME TEXT: write a message as it"),
    "rename": N_("rename NAME NEW: call it otherwise"),
    "move": N_("move NAME #channel: have it write into another channel"),
    "delete": N_("delete NAME: delete it; its address is of no use any more"),
}


@command
async def webhook(
    context: CommandContext,
    action: Annotated[str, "list, create, url, say, rename, move or delete"],
    name: Annotated[str | None, "what it is called, or its id; in quotes where it has blanks"] = None,
    value: Annotated[Text | None, "what to say, its new name, or a #channel"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Webhooks: list, make, rename, move and delete them, and tell their addresses."""
    chosen = chosen_action("webhook", action, WEBHOOK_ACTIONS)
    if chosen != "list" and (name is None or (value is None and chosen in ("say", "rename", "move"))):
        raise missing("webhook", chosen, WEBHOOK_ACTIONS)
    if chosen == "create":
        return await _create(context, name or "" if value is None else f"{name} {value}")
    place = server or guild_place(context)
    place.require(Permissions.MANAGE_WEBHOOKS)
    webhooks = place.client.guild_settings.webhooks
    known = await webhooks.of_guild(place.id)
    if chosen == "list":
        lines = [f"{safe_name(each.name or '')} ({int(each.id)}): {_channel(place, each)}" for each in known]
        nothing = _("{server} has no webhooks. /webhook create NAME makes one.").format(server=place.name)
        return told(context, _("Webhooks of {server}").format(server=place.name), lines, nothing)
    found = _find(place, known, name or "")
    shown = safe_name(found.name or "")
    match chosen:
        case "url":
            return Outcome(text=await webhooks.url(found))
        case "say":
            await webhooks.write(found, value or "")
            return Outcome()
        case "rename":
            await webhooks.rename(int(found.id), value or "")
            shown = safe_name(value or "")
        case "move":
            await webhooks.move(int(found.id), int(find_channel(value or "", place.context).id))
        case _:
            question = _("Delete the webhook {name}?").format(name=shown)
            if not await is_sure(context, question, _("Its address is of no use any more."), _("delete")):
                return kept()
            await webhooks.delete(int(found.id))
            return Outcome(text=_("The webhook {name} is deleted.").format(name=shown))
    return Outcome(text=_("The webhook {name} is saved.").format(name=shown))


registry.tell_actions("webhook", WEBHOOK_ACTIONS)


async def _create(context: CommandContext, name: str) -> Outcome:
    place = channel_place(context, None)
    place.require(Permissions.MANAGE_WEBHOOKS)
    webhooks = place.client.guild_settings.webhooks
    return Outcome(text=await webhooks.url(await webhooks.create(place.id, name)))


def _channel(place: GuildPlace, webhook: Webhook) -> str:
    channel = place.client.state.channels.get(webhook.channel_id) if isinstance(webhook.channel_id, int) else None
    return _("a channel that is gone") if channel is None else f"#{channel_name(channel)}"


def _find(place: GuildPlace, known: list[Webhook], text: str) -> Webhook:
    found = named(text, known, lambda each: [each.name, str(int(each.id))])
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{safe_name(each.name or '')} ({int(each.id)})" for each in known[:20]) or "-"
    words = _("No one webhook of {server} is called {name}. There are: {names}.")
    raise CommandError(words.format(server=place.name, name=printable(text), names=names))
