"""Reactions and votes: put on messages, taken back, and who else did."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual import on

from tuichat.client import poll_votes
from tuichat.client.message_marks import emoji_of
from tuichat.client.state import Entry
from tuichat.protocol.message import Message, Reaction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.poll import CreatePollRequest, Poll, PollAnswer
from tuichat.protocol.user import User
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.poll_words import answer_text, is_ended, question_text
from tuichat.translation import _
from tuichat.tui import message_gestures
from tuichat.tui.messages.reactions import reaction_sign
from tuichat.tui.screens.chat.message_actions import MessageActions

if TYPE_CHECKING:
    from tuichat.tui.screens.who import Section

RECENT_EMOJIS = 9


class Marking(MessageActions):
    @on(message_gestures.ReactAsked)
    def _react_asked(self, event: message_gestures.ReactAsked) -> None:
        from tuichat.tui.screens.emoji_picker import EmojiPicker

        def chosen(value: str | None) -> None:
            if value is not None:
                self._toggle_reaction(event.key, value)

        self.app.push_screen(EmojiPicker(self._recent_emojis(), self._own_emojis()), chosen)

    def _recent_emojis(self) -> list[str]:
        return self.frecency.top("emoji:", RECENT_EMOJIS, self.now_unix_ms())

    def _own_emojis(self) -> list[tuple[str, int]]:
        state, channel_id = self.state, self.chosen.channel_id
        guild = state.guild_of(channel_id) if state is not None and channel_id is not None else None
        emojis = guild.guild.emojis if guild is not None else []
        return [
            (emoji.name, int(emoji.id)) for emoji in emojis if emoji.name and emoji.id is not None and emoji.available
        ]

    @on(message_gestures.ReactionToggled)
    def _reaction_toggled(self, event: message_gestures.ReactionToggled) -> None:
        self._toggle_reaction(event.key, event.emoji)

    def _toggle_reaction(self, key: str, value: str) -> None:
        entry, client, channel_id = self.entry_of(key), self.client, self.chosen.channel_id
        if entry is not None and client is not None and channel_id is not None:
            self._count_use(f"emoji:{value}")
            self.attempt(client.marks.toggle_reaction(channel_id, entry.message.id, emoji_of(value)))

    # Who did.

    @on(message_gestures.WhoReactedAsked)
    def _who_reacted_asked(self, event: message_gestures.WhoReactedAsked) -> None:
        from tuichat.tui.screens.who import Section

        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        message = entry.message
        reactions = message.reactions
        if isinstance(message.poll, Poll) and not (isinstance(reactions, list) and reactions):
            self._show_voters(entry, message.poll)
            return
        if not isinstance(reactions, list) or not reactions:
            self.app.notify(_("Nobody has reacted to it yet."), timeout=2)
            return
        may_moderate = self._may(Permissions.MANAGE_MESSAGES)

        def section(reaction: Reaction) -> Section:
            marks, emoji = client.marks, reaction.emoji

            async def load(after: int) -> list[User]:
                return await marks.reactors(channel_id, message.id, emoji, after)

            async def remove(user: User | None) -> None:
                await marks.remove_reactions(channel_id, message.id, emoji, None if user is None else user.id)

            heading = f"{reaction_sign(reaction)}  {reaction.count}"
            return Section(heading, load, remove if may_moderate else None)

        async def clear() -> None:
            await client.marks.remove_reactions(channel_id, message.id)

        self._show_who(_("Who reacted"), [section(each) for each in reactions], clear if may_moderate else None)

    def _show_voters(self, entry: Entry, poll: Poll) -> None:
        from tuichat.tui.screens.who import Section

        client, channel_id, message_id = self.client, self.chosen.channel_id, entry.message.id
        if client is None or channel_id is None:
            return

        def section(answer: PollAnswer) -> Section:
            async def load(after: int) -> list[User]:
                return await client.polls.voters(channel_id, message_id, answer.answer_id, after)

            return Section(answer_text(answer), load)

        self._show_who(question_text(poll), [section(answer) for answer in poll.answers])

    def _show_who(
        self, title: str, sections: "list[Section]", clear: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        from tuichat.tui.screens.who import WhoDialog

        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return
        names = ChannelNames(state, channel_id)
        self.app.push_screen(WhoDialog(title, sections, names.name_of, clear), self.show_profile_of)

    def show_profile_of(self, user_id: int | None) -> None:
        """Show somebody's profile; the subject of people does it."""

    def _may(self, permission: Permissions) -> bool:
        """Say whether one may do something in the guild's channel that is shown."""
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None or state.guild_of(channel_id) is None:
            return False
        return bool(state.permissions(channel_id) & permission)

    # Polls.

    @on(message_gestures.AnswerChosen)
    def _answer_chosen(self, event: message_gestures.AnswerChosen) -> None:
        """Vote for an answer, or no more; where one answer is all, it takes the place of the one before."""
        entry = self.entry_of(event.key)
        poll = entry.message.poll if entry is not None else None
        if entry is None or not isinstance(poll, Poll):
            return
        own = poll_votes.own_votes(entry.message)
        chosen = frozenset({event.answer_id})
        self._vote(entry.message, own ^ chosen if poll.allow_multiselect or chosen == own else chosen)

    def _vote(self, message: Message, answer_ids: frozenset[int]) -> None:
        client, channel_id, poll = self.client, self.chosen.channel_id, message.poll
        if client is None or channel_id is None or not isinstance(poll, Poll):
            return
        if is_ended(poll, self._now()):
            self.app.notify(_("This poll has ended: it takes no more votes."), severity="warning", timeout=3)
        else:
            self.attempt(client.polls.vote(channel_id, message.id, answer_ids))

    @on(message_gestures.PollAsked)
    def _poll_asked(self, event: message_gestures.PollAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None or not isinstance(entry.message.poll, Poll):
            return
        message_id = entry.message.id
        match event.what:
            case "who":
                self._show_voters(entry, entry.message.poll)
            case "unvote":
                self._vote(entry.message, frozenset())
            case "end":
                from tuichat.tui.screens.confirm import ConfirmDialog

                def decided(is_sure: bool | None) -> None:
                    if is_sure:
                        self.attempt(client.polls.end(channel_id, message_id))

                detail = question_text(entry.message.poll)
                question = _("End this poll now? Nobody can vote after that.")
                self.app.push_screen(ConfirmDialog(question, detail, _("end it"), _("let it go on")), decided)

    def action_create_poll(self) -> None:
        from tuichat.tui.screens.new_poll import NewPoll

        client, state, channel_id = self.client, self.state, self.chosen.channel_id
        channel = state.channels.get(channel_id) if state is not None and channel_id is not None else None
        if client is None or state is None or channel_id is None or channel is None:
            self.app.notify(_("Open a channel first: the poll stands there."), severity="warning", timeout=3)
            return
        needed = Permissions.SEND_MESSAGES | Permissions.SEND_POLLS
        if state.guild_of(channel_id) is not None and state.permissions(channel_id) & needed != needed:
            self.app.notify(_("You may not ask in polls here."), severity="warning", timeout=3)
            return
        nonce = str(self.now_unix_ms())  # one for the form: sent twice, the poll is asked once

        async def create(poll: CreatePollRequest) -> None:
            await client.polls.create(channel_id, poll, nonce)

        self.app.push_screen(NewPoll(channel_name(channel), create))
