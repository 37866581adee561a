"""Commands that say what there is and go there: servers, channels, what is new, members, history."""

from typing import Annotated

from tuichat.client.errors import ClientError
from tuichat.commands.command import Registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Between, Offered
from tuichat.commands.subjects.builtin import help_of, offered_commands
from tuichat.commands.subjects.message_reading import HISTORY, MAX_HISTORY
from tuichat.plain.session import Session
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _

MAX_LISTED = 200  # taste: what anybody listens to
MEMBERS_LIMIT_S = 2.0  # how long the rows of a large server's list may take; those that are known are told then


class GoingCommands:
    """One session's. Its methods are the commands of the same names, their docstrings the help."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        self._registry = registry
        for command in (
            self.help,
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

    async def help(
        self,
        context: CommandContext,
        command: Annotated[str | None, Offered(offered_commands), "a command's name"] = None,
    ) -> Outcome:
        """List all commands, or tell all about one."""
        if command is not None:
            _title, text = help_of(command, self._registry, context.aliases())
            return self._tell([line for line in text.split("\n") if line], "")
        lines = [f"{each.usage}: {each.summary}" for each in self._registry.all()]
        lines += [f"/{name}: {line}" for name, line in sorted(context.aliases().items())]
        lines.append(_("A line without a slash is a message to the open channel; // at its beginning sends a slash."))
        lines.append(
            _("A message is named by the number before it, or the word last. s/old/new/ corrects your last message.")
        )
        return self._tell(lines, "")

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
        self, context: CommandContext, count: Annotated[int, Between(1, MAX_HISTORY), "how many messages"] = HISTORY
    ) -> Outcome:
        """Tell the messages before the first one that was told here."""
        room = self._session.room
        if room is None:
            raise CommandError(_("Open a channel first: /open and its name."))
        wanted = count
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
