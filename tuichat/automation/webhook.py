"""`tuichat webhook`: addresses at which other programs write into channels, made, found, used and removed by name."""

import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from enum import StrEnum

from tuichat.automation import text_source
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.headless import Headless
from tuichat.automation.place import find_place
from tuichat.automation.program import run_to_end, say
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import Recipient, describe
from tuichat.config.accounts import UrlAddress
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.webhook import Webhook, WebhookType
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext

MAX_CANDIDATES = 10  # taste: what one reads in a terminal
DEFAULT_NAME = "webhook"  # for a channel without a name


class WebhookAction(StrEnum):
    CREATE = "create"
    LIST = "list"
    URL = "url"
    SEND = "send"
    DELETE = "delete"


class Sender(StrEnum):
    """Whose bodies an address takes, as the end of its path says; Discord's where it says nothing."""

    DISCORD = ""
    GITHUB = "/github"
    SLACK = "/slack"


@dataclass(frozen=True, slots=True)
class WebhookOrder:
    """What the command line says: `target` is a channel's address for CREATE, else a webhook's name or id, empty for LIST."""

    action: WebhookAction
    target: str = ""
    name: str = ""
    words: str = ""
    sender: Sender = Sender.DISCORD


@dataclass(frozen=True, slots=True)
class Known:
    """A webhook, and an account that may manage it."""

    client: Client
    webhook: Webhook

    def place(self, accounts: Headless) -> str:
        """Return the address of the channel into which it writes."""
        channel = self.client.state.channels.get(self.webhook.channel_id)
        if channel is None:
            return str(int(self.webhook.channel_id))
        return describe(Recipient(channel=channel, client=self.client), accounts.clients)


def run(profile: Profile, settings: Settings, order: WebhookOrder) -> int:
    return run_to_end(_run(profile, settings, order))


async def _run(profile: Profile, settings: Settings, order: WebhookOrder) -> int:
    async with Headless(profile, settings) as accounts:
        if order.action is WebhookAction.CREATE:
            await _create(order, accounts)
            return ExitCode.DONE
        found, silent = await _all(accounts)
        if order.action is WebhookAction.LIST:
            return _list(found, silent, accounts)
        known = _named(order.target, found, accounts)
        match order.action:
            case WebhookAction.URL:
                await _print_url(known, order.sender, settings)
            case WebhookAction.DELETE:
                await known.client.guild_settings.webhooks.delete(int(known.webhook.id))
                say(_("The webhook {name} is gone: its address is refused from now on.").format(name=_label(known)))
            case WebhookAction.SEND:
                await _send(known, order.words)
    return ExitCode.DONE


async def _create(order: WebhookOrder, accounts: Headless) -> None:
    place = await find_place(order.target, accounts)
    channel = place.client.state.channels[place.channel_id]
    if place.client.state.guild_of(place.channel_id) is None:
        raise CommandError(_("Webhooks write into channels of servers, not into private messages."))
    name = order.name or (channel.name if isinstance(channel.name, str) else "") or DEFAULT_NAME
    made = await place.client.guild_settings.webhooks.create(place.channel_id, name)
    await _print_url(Known(place.client, made), order.sender, accounts.settings)


async def _print_url(known: Known, sender: Sender, settings: Settings) -> None:
    """Print the address alone, and tell a person of what it depends on."""
    url = await known.client.guild_settings.webhooks.url(known.webhook)
    if sys.stdout.isatty():
        say(_("Whoever has this address can write there: keep it as you keep a password."))
    if not isinstance(known.client.account.address, UrlAddress) and settings.server.linger != "forever":
        words = _(
            "It reaches your own server while that runs, on this machine alone, and its port changes when that starts anew: "
            'server.linger = "forever" keeps it running.'
        )
        say(words)
    sys.stdout.write(f"{url}{sender}\n")
    sys.stdout.flush()


async def _send(known: Known, words: str) -> None:
    if not words and sys.stdin.isatty():
        say(_("Write what is to be sent; Ctrl+D at the beginning of a line ends it."))
    texts: AsyncIterator[str] = text_source.words(words) if words else text_source.whole(sys.stdin.fileno())
    count = 0
    async for text in texts:
        await known.client.guild_settings.webhooks.write(known.webhook, text)
        count += 1
    if not count:
        raise CommandError(_("There is nothing to send: standard input is empty."))


def _list(found: list[Known], silent: list[str], accounts: Headless) -> int:
    """Print id, name and channel of each, split by tabs."""
    for known in found:
        name = safe_line(known.webhook.name or "")
        sys.stdout.write(f"{int(known.webhook.id)}\t{name}\t{safe_line(known.place(accounts))}\n")
    sys.stdout.flush()
    if not found and not silent:
        say(_("There is no webhook yet. `tuichat webhook create '#channel'` makes one."))
    return ExitCode.DONE


async def _all(accounts: Headless) -> tuple[list[Known], list[str]]:
    """Return the webhooks for writing that the profile's accounts may manage, and the names of the guilds that did not tell.

    Raises CommandError where they may manage none.
    """
    found: dict[int, Known] = {}
    silent: list[str] = []
    asked = 0
    for client in accounts.clients.values():
        for guild_id, guild in client.state.guilds.items():
            if not client.state.guild_permissions(guild_id) & Permissions.MANAGE_WEBHOOKS:
                continue
            asked += 1
            try:
                webhooks = await client.guild_settings.webhooks.of_guild(guild_id)
            except ClientError as error:
                silent.append(guild.guild.name)
                say(f"{printable(guild.guild.name)}: {error}")
                continue
            for webhook in webhooks:
                if webhook.type != WebhookType.CHANNEL_FOLLOWER:
                    found.setdefault(int(webhook.id), Known(client, webhook))
    if not asked:
        raise CommandError(
            _("None of your servers lets you manage its webhooks: ask somebody who runs one for the role that does.")
        )
    return list(found.values()), silent


def _named(name: str, found: list[Known], accounts: Headless) -> Known:
    """Return the one webhook of a whole name or id. Raises CommandError with the candidates."""
    matching = [each for each in found if name == str(int(each.webhook.id))] or [
        each for each in found if each.webhook.name == name
    ]
    matching = matching or [each for each in found if (each.webhook.name or "").casefold() == name.casefold()]
    if len(matching) == 1:
        return matching[0]
    if matching:
        told = _listed(f"{int(each.webhook.id)} ({each.place(accounts)})" for each in matching)
        words = _("{name} is the name of several webhooks: {candidates}. Write the id of one.")
        raise CommandError(words.format(name=printable(name), candidates=told))
    if not found:
        raise CommandError(_("There is no webhook yet. `tuichat webhook create '#channel'` makes one."))
    told = _listed(_label(each) for each in found)
    words = _("There is no webhook {name}. There are: {names}.")
    raise CommandError(words.format(name=printable(name), names=told))


def _listed(candidates: Iterable[str]) -> str:
    shown = list(dict.fromkeys(candidates))
    text = ", ".join(shown[:MAX_CANDIDATES])
    if (rest := len(shown) - MAX_CANDIDATES) > 0:
        text += " " + ngettext("and {count} more", "and {count} more", rest).format(count=rest)
    return text


def _label(known: Known) -> str:
    return printable(known.webhook.name or str(int(known.webhook.id)))
