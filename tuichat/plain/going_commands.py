"""Commands that say what there is and go there: servers, channels, what is new, members, history."""

from typing import Annotated

from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.state import GuildState
from tuichat.commands.command import Registry, Text
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.message_reading import HISTORY, MAX_HISTORY, read_count
from tuichat.commands.names import find_user
from tuichat.commands.places import (
    Place,
    account_name,
    all_places,
    find_guild,
    find_place,
    news_of,
    place_name,
    short_name,
    unread_places,
)
from tuichat.commands.suggestion import unknown_command
from tuichat.plain.session import Session
from tuichat.protocol.channel import ChannelType
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext

MAX_LISTED = 200  # taste: what anybody listens to
MEMBERS_LIMIT_S = 2.0  # how long the rows of a large server's list may take; those that are known are told then


class GoingCommands:
    """One session's. Its methods are the commands of the same names, their docstrings the help."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        self._registry = registry
        for command in (
            self.help,
            self.open,
            self.next,
            self.where,
            self.servers,
            self.channels,
            self.private,
            self.members,
            self.history,
        ):
            registry.command(command)

    def _tell(self, lines: list[str], nothing: str) -> Outcome:
        for line in lines[:MAX_LISTED]:
            self._session.printer.message(safe_line(line))
        if len(lines) > MAX_LISTED:
            self._session.say(_("… and {count} more.").format(count=len(lines) - MAX_LISTED))
        return Outcome(text="" if lines else nothing)

    async def help(self, context: CommandContext, command: Annotated[str | None, "a command's name"] = None) -> Outcome:
        """List all commands, or tell all about one."""
        if command is not None:
            wanted = self._registry.get(command.removeprefix("/").lower())
            if wanted is None:
                raise unknown_command(command.removeprefix("/"), self._registry)
            return self._tell([line for line in wanted.help().split("\n") if line], "")
        lines = [f"{each.usage}: {each.summary}" for each in self._registry.all()]
        lines.append(_("A line without a slash is a message to the open channel; // at its beginning sends a slash."))
        lines.append(
            _("A message is named by the number before it, or the word last. s/old/new/ corrects your last message.")
        )
        return self._tell(lines, "")

    async def open(
        self, context: CommandContext, place: Annotated[Text, "a channel's name, as general or general, Team; or @ada"]
    ) -> Outcome:
        """Open a channel, a thread or a private conversation: its messages are told, and lines go there."""
        session = self._session
        clients = session.accounts.clients
        try:
            found = find_place(place, clients, session.here)
        except CommandError:
            if not place.startswith("@"):
                raise
            client = context.require_client()
            user = find_user(place, context)
            channel = await client.places.open_private_channel(user.id)
            found = Place(client.key, channel.id)
        session.open_channel(found.account_key, found.channel_id)
        return Outcome()

    async def next(self, context: CommandContext) -> Outcome:
        """Open the next channel with something new; those where you are mentioned come first."""
        found = [place for place in unread_places(self._session.accounts.clients) if place != self._session.here]
        if not found:
            return Outcome(text=_("Nothing is new anywhere."))
        self._session.open_channel(found[0].account_key, found[0].channel_id)
        return Outcome()

    async def where(self, context: CommandContext) -> Outcome:
        """Say which channel is open, and what it is about."""
        here = self._session.here
        if here is None:
            return Outcome(text=_("No channel is open. /open and a name opens one; /channels lists them."))
        clients = self._session.accounts.clients
        words = [place_name(clients, here)]
        channel = clients[here.account_key].state.channels.get(here.channel_id)
        if channel is not None and isinstance(channel.topic, str) and channel.topic:
            words.append(safe_line(channel.topic))
        return Outcome(text=". ".join(words))

    async def servers(self, context: CommandContext) -> Outcome:
        """List the servers that you are in."""
        lines = []
        clients = self._session.accounts.clients
        for client in clients.values():
            for guild in client.state.guilds.values():
                lines.append(self._server_line(client, guild, has_account=len(clients) > 1))
        return self._tell(
            lines, _("You are in no server yet. /join and an invite's code lets you in; /create makes one.")
        )

    def _server_line(self, client: Client, guild: GuildState, *, has_account: bool) -> str:
        state = client.state
        count = max(guild.member_count, len(guild.members))
        words = [
            safe_name(guild.guild.name),
            ngettext("{count} member", "{count} members", count).format(count=count),
        ]
        ids = [*guild.channel_ids, *guild.thread_ids]
        unread = sum(bool(news_of(state, channel_id)) for channel_id in ids if channel_id in state.channels)
        if unread:
            words.append(ngettext("{count} unread channel", "{count} unread channels", unread).format(count=unread))
        if mentions := sum(map(state.mention_count, ids)):
            words.append(ngettext("{count} mention", "{count} mentions", mentions).format(count=mentions))
        if not guild.is_available:
            words.append(_("cannot be reached now"))
        if has_account:
            words.append(_("as {account}").format(account=account_name(client)))
        return ", ".join(words)

    async def channels(
        self, context: CommandContext, server: Annotated[Text | None, "a server's name; the open one without"] = None
    ) -> Outcome:
        """List the channels of a server."""
        session = self._session
        clients = session.accounts.clients
        if server is not None:
            client, guild_id = find_guild(server, clients)
        else:
            guild = context.guild()
            if guild is None or session.client is None:
                raise CommandError(_("Which server? /channels and its name; /servers lists them."))
            client, guild_id = session.client, guild.guild.id
        lines: list[str] = []
        heading: int | None = None
        for place in all_places({client.key: client}):
            channel = client.state.channels[place.channel_id]
            if channel.guild_id != guild_id:
                continue
            parent = client.state.channels.get(channel.parent_id) if isinstance(channel.parent_id, int) else None
            if parent is not None and parent.type == ChannelType.CATEGORY and parent.id != heading:
                heading = parent.id
                lines.append(_("Category {name}:").format(name=safe_name(str(parent.name or ""))))
            lines.append(self._channel_line(client, place))
        lines += _rooms(client, guild_id)
        return self._tell(lines, _("This server has no channel that you may read."))

    def _channel_line(self, client: Client, place: Place) -> str:
        words = [short_name(client.state, place.channel_id)]
        if place == self._session.here:
            words.append(_("open"))
        if news := news_of(client.state, place.channel_id):
            words.append(news)
        return ", ".join(words)

    async def private(self, context: CommandContext) -> Outcome:
        """List the private conversations."""
        clients = self._session.accounts.clients
        lines = []
        for place in all_places(clients):
            state = clients[place.account_key].state
            if place.channel_id in state.private_channel_ids:
                news = news_of(state, place.channel_id)
                name = place_name(clients, place)
                lines.append(f"{name}: {news}" if news else name)
        return self._tell(lines, _("There is none yet. /open @NAME begins one."))

    async def members(self, context: CommandContext) -> Outcome:
        """List who is in the open channel's server or conversation; those who are there come first."""
        client, channel_id = context.require_client(), context.require_channel()
        state = client.state
        guild = state.guild_of(channel_id)
        if guild is not None and state.lists_lazily(guild.guild.id):
            known = len(guild.members)
            await client.members.open_list(channel_id, 0, MAX_LISTED // 2 - 1)
            await self._session.wait_until(lambda: len(guild.members) > known, MEMBERS_LIMIT_S)
        if guild is not None:
            people = [(safe_name(member.display_name), member.user) for member in guild.members.values()]
        else:
            recipients = state.channels[channel_id].recipients
            people = (
                [(safe_name(user.display_name), user) for user in recipients] if isinstance(recipients, list) else []
            )
        lines = []
        for name, user in sorted(people, key=lambda each: (_is_away(state.status(each[1].id)), each[0].casefold())):
            status = state.status(user.id)
            words = [name if name == user.username else f"{name} (@{safe_name(user.username)})", _status_word(status)]
            if user.bot:
                words.append(_("bot"))
            lines.append(", ".join(words))
        outcome = self._tell(lines, _("Nobody else is here."))
        if guild is not None and guild.member_count > len(people):
            words_of_more = _("The server has {count} members in all.")
            return Outcome(text=words_of_more.format(count=guild.member_count))
        return outcome

    async def history(
        self, context: CommandContext, count: Annotated[str | None, "how many messages, 10 without"] = None
    ) -> Outcome:
        """Tell the messages before the first one that was told here."""
        room = self._session.room
        if room is None:
            raise CommandError(_("Open a channel first: /open and its name."))
        wanted = HISTORY if count is None else read_count(count)
        while len(room.older(wanted)) < wanted and room.timeline.has_older:
            known = len(room.timeline.confirmed)
            try:
                await room.client.load_history(room.place.channel_id, limit=MAX_HISTORY)
            except ClientError as error:
                self._session.say(str(error))
                break
            if len(room.timeline.confirmed) == known:
                break
        entries = room.older(wanted)
        room.print_older(entries)
        if len(entries) == wanted:
            return Outcome(text=_("That was before. /history goes on."))
        return Outcome(text=_("This is where the channel begins.") if not room.timeline.has_older else "")


def _is_away(status: str) -> bool:
    return status in ("offline", "invisible")


def _status_word(status: str) -> str:
    return {"online": _("online"), "idle": _("idle"), "dnd": _("busy")}.get(status, _("offline"))


def _rooms(client: Client, guild_id: int) -> list[str]:
    """Return which rooms are live in a server, a sentence each: stages are no places with messages in plain mode."""
    words = _("#{channel}: the room “{topic}” is live. /room join #{channel} comes in.")
    views = (client.live_rooms.view(channel_id) for channel_id in client.state.guilds[guild_id].channel_ids)
    return [words.format(channel=safe_name(each.title), topic=safe_line(each.topic)) for each in views if each.is_live]
