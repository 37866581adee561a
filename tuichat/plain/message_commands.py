"""Commands about one message, named by its number: answer, correct, delete, react, vote, save its files."""

from pathlib import Path
from typing import Annotated

from tuichat.client import poll_votes
from tuichat.client.client import Client
from tuichat.client.state import Delivery, Entry
from tuichat.client.transfer import transfer_key
from tuichat.client.uploads import choose
from tuichat.commands.command import Registry, Text
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.names import find_emoji
from tuichat.plain.message_words import MessageWords
from tuichat.plain.named_message import named_message
from tuichat.plain.session import YES, Session
from tuichat.protocol.message import WRITTEN_TYPES
from tuichat.protocol.poll import Poll
from tuichat.text import mention_text
from tuichat.text.safe_text import safe_name
from tuichat.translation import _, ngettext

MAX_DIGITS = 6  # of an answer's number: far more than any poll has, and soon read


class MessageCommands:
    """One session's. Its methods are the commands of the same names, their docstrings the help."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        for command in (
            self.reply,
            self.edit,
            self.delete,
            self.react,
            self.vote,
            self.show,
            self.attach,
            self.save,
            self.retry,
            self.discard,
        ):
            registry.command(command)

    async def reply(
        self, context: CommandContext, n: Annotated[str, "the message's number"], text: Annotated[Text, "your answer"]
    ) -> Outcome:
        """Answer a message."""
        named = named_message(self._session, n)
        content = mention_text.encode(text, named.client.state, named.channel_id)
        key = named.client.send_message(named.channel_id, content, reply_to=named.message.id)
        return Outcome(entry_key=key)

    async def edit(
        self, context: CommandContext, n: Annotated[str, "the message's number"], text: Annotated[Text, "the new text"]
    ) -> Outcome:
        """Give a message of yours another text."""
        named = named_message(self._session, n)
        if not named.names.is_me(named.message.author.id) or named.message.type not in WRITTEN_TYPES:
            raise CommandError(_("{number} is not yours to edit.").format(number=named.record.number))
        content = mention_text.encode(text, named.client.state, named.channel_id)
        await named.client.edit_message(named.channel_id, named.message.id, content)
        return Outcome()

    async def delete(self, context: CommandContext, n: Annotated[str, "the message's number"]) -> Outcome:
        """Delete a message; at a terminal you are asked first."""
        named = named_message(self._session, n)
        if not named.names.may_delete(named.message):
            raise CommandError(_("{number} is not yours to delete.").format(number=named.record.number))
        if self._session.source.is_terminal:
            words = MessageWords(named.names, self._session.now()).quoted(named.entry)
            question = _("Delete {number}, {words}? Type yes to delete it: ").format(
                number=named.record.number, words=words
            )
            answer = await self._session.source.read(question)
            if answer is None or answer.strip().lower() not in (*YES, _("yes")):
                return Outcome(text=_("It was not deleted."))
        await named.client.delete_message(named.channel_id, named.message.id)
        return Outcome()

    async def react(
        self,
        context: CommandContext,
        n: Annotated[str, "the message's number"],
        emoji: Annotated[Text, "an emoji or its name, as in tada"],
    ) -> Outcome:
        """React to a message, or take that reaction back."""
        named = named_message(self._session, n)
        wanted = find_emoji(emoji, named.client.state, named.channel_id)
        await named.client.marks.toggle_reaction(named.channel_id, named.message.id, wanted)
        return Outcome()

    async def vote(
        self,
        context: CommandContext,
        n: Annotated[str, "the number of the message with the poll"],
        answers: Annotated[Text | None, "the answers' numbers, as in 1 3; without, your vote is taken back"] = None,
    ) -> Outcome:
        """Vote in a poll."""
        named = named_message(self._session, n)
        poll = named.message.poll
        if not isinstance(poll, Poll):
            raise CommandError(_("{number} is no poll.").format(number=named.record.number))
        wanted = (answers or "").replace(",", " ").split()
        ids = [each.answer_id for each in poll.answers]
        numbers = [int(each) if each.isascii() and each.isdigit() and len(each) <= MAX_DIGITS else 0 for each in wanted]
        if not all(1 <= each <= len(ids) for each in numbers):
            raise CommandError(_("ANSWERS are numbers from 1 to {most}.").format(most=len(ids)))
        if len(wanted) > 1 and not poll.allow_multiselect:
            raise CommandError(_("This poll takes one answer."))
        chosen = frozenset(ids[each - 1] for each in numbers)
        if chosen != poll_votes.own_votes(named.message):
            await named.client.polls.vote(named.channel_id, named.message.id, chosen)
        return Outcome()

    async def show(self, context: CommandContext, n: Annotated[str, "the message's number"]) -> Outcome:
        """Tell all of a message, line by line, with what is hidden and where links and files are."""
        named = named_message(self._session, n)
        for line in MessageWords(named.names, self._session.now()).whole(named.entry):
            self._session.printer.message(line)
        return Outcome()

    async def attach(
        self,
        context: CommandContext,
        file: Annotated[str, "the file's path; in quotes where it has blanks"],
        text: Annotated[Text | None, "words to go with it"] = None,
    ) -> Outcome:
        """Send a file to the open channel."""
        client, channel_id = context.require_client(), context.require_channel()
        outgoing = choose(Path(file).expanduser())
        content = mention_text.encode(text or "", client.state, channel_id)
        key = client.send_message(channel_id, content, files=[outgoing])
        return Outcome(text=_("{name} is on its way.").format(name=safe_name(outgoing.name)), entry_key=key)

    async def save(
        self,
        context: CommandContext,
        n: Annotated[str, "the message's number"],
        folder: Annotated[Text | None, "where to; the present folder without"] = None,
    ) -> Outcome:
        """Save the files of a message."""
        named = named_message(self._session, n)
        if not named.message.attachments:
            raise CommandError(_("{number} has no files.").format(number=named.record.number))
        target = Path(folder or ".").expanduser().absolute()
        for number, item in enumerate(named.message.attachments):
            key = transfer_key(named.channel_id, named.entry.key, number)
            path = await named.client.downloads.save(key, item.url, item.filename, item.size, target)
            self._session.say(_("Saved: {path}").format(path=path))
        return Outcome()

    async def retry(self, context: CommandContext) -> Outcome:
        """Send again what could not be sent here."""
        client, channel_id = context.require_client(), context.require_channel()
        failed = _failed(client, channel_id)
        for entry in failed:
            client.retry_message(channel_id, entry.key)
        return Outcome(text="" if failed else _("Everything here was sent."))

    async def discard(self, context: CommandContext) -> Outcome:
        """Forget what could not be sent here."""
        client, channel_id = context.require_client(), context.require_channel()
        failed = _failed(client, channel_id)
        for entry in failed:
            client.discard_message(channel_id, entry.key)
        words = ngettext("{count} message is forgotten.", "{count} messages are forgotten.", len(failed))
        return Outcome(text=words.format(count=len(failed)))


def _failed(client: Client, channel_id: int) -> list[Entry]:
    return [entry for entry in client.state.timeline(channel_id).unsent if entry.delivery is Delivery.FAILED]
