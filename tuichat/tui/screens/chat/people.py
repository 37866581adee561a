"""People: their profiles, what is done with them from there, and reports of what they wrote."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual import on

from tuichat.client.errors import ClientError, RefusedError
from tuichat.commands.context import FoundMessage
from tuichat.commands.subjects.report import reader_of, send_report
from tuichat.protocol.application_command import CommandType
from tuichat.protocol.user import User
from tuichat.text import mention_text
from tuichat.text.safe_text import safe_name
from tuichat.translation import N_, _
from tuichat.tui import gestures, message_gestures
from tuichat.tui.screens.call.deeds import VOICE_DEEDS
from tuichat.tui.screens.chat.message_menu import MessageMenu

if TYPE_CHECKING:
    from tuichat.tui.screens.profile import ProfileDialog

TIME_OUTS = {5: "5 min", 60: "1 h", 1440: "24 h", 10080: "7 d", 0: N_("none: let them write again")}  # in minutes
MAX_REASON_CHARACTERS = 500


class People(MessageMenu):
    @on(message_gestures.ProfileAsked)
    @on(gestures.MemberChosen)
    def _profile_asked(self, event: message_gestures.ProfileAsked | gestures.MemberChosen) -> None:
        self.show_profile_of(event.user_id)

    @on(message_gestures.AuthorAsked)
    def _author_asked(self, event: message_gestures.AuthorAsked) -> None:
        entry = self.entry_of(event.key)
        if entry is not None:
            self._show_profile(entry.message.author)

    def show_profile_of(self, user_id: int | None) -> None:
        state = self.state
        user = state.users.get(user_id) if state is not None and user_id is not None else None
        if user is not None:
            self._show_profile(user)
        elif user_id is not None:
            self.app.notify(_("Nothing is known of that person here."), timeout=2)

    def _show_profile(self, user: User) -> None:
        from tuichat.tui.screens.profile import ProfileDialog

        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            return

        def chosen(deed: str | None) -> None:
            if deed is not None and not self.use_command(deed, user.id):
                self._do(deed, user)

        dialog = ProfileDialog(client, channel_id, user, self._now(), self.gallery)
        self.app.push_screen(dialog, chosen)
        self.run_worker(self._add_people_commands(dialog))

    async def _add_people_commands(self, dialog: "ProfileDialog") -> None:
        dialog.add_deeds(await self.listed_commands(CommandType.USER))

    def _do(self, deed: str, user: User) -> None:
        client, state, channel_id = self.client, self.state, self.chosen.channel_id
        guild = state.guild_of(channel_id) if state is not None and channel_id is not None else None
        if client is None or state is None or channel_id is None:
            return
        people, name, user_id = client.people, safe_name(user.username), int(user.id)
        match deed:
            case "message":
                self.attempt(self.go_to_person(client.key, user_id))
            case "mention":
                self.composer.insert_word(mention_text.word_for(state, channel_id, user_id) + " ")
                self._hide_overlays()
                self.composer.focus()
            case "copy_id":
                self.app.copy_to_clipboard(str(user_id))
                self.app.notify(_("Copied."), timeout=2)
            case "note":
                self.run_worker(self._ask_for_note(user))
            case "follow":
                self.attempt(client.follows.follow_user(user))
            case "unfollow":
                self.attempt(client.follows.unfollow_user(user_id))
            case "befriend":
                self.attempt(people.befriend(user_id))
            case "block":
                words = _("What they write is folded, and counts as no mention. They are not told.")
                self._confirm(_("Block {name}?"), name, words, _("block"), lambda: people.block(user_id))
            case "end_relation":
                self.attempt(people.end_relation(user_id))
            case _ if deed in VOICE_DEEDS:
                self.do_in_voice(deed, user_id)
            case _ if guild is not None:
                from tuichat.tui.screens.settings.moderation import Moderation

                Moderation(self.app, client, int(guild.guild.id), self.attempt, self._now).do(deed, user)

    def _confirm(
        self, question: str, name: str, detail: str, label: str, action: Callable[[], Awaitable[None]]
    ) -> None:
        from tuichat.tui.screens.confirm import ConfirmDialog

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.attempt(action())

        self.app.push_screen(ConfirmDialog(question.format(name=name), detail, label, _("leave it")), decided)

    def _ask(self, title: str, name: str, text: str, action: Callable[[str], Awaitable[None]]) -> None:
        from tuichat.tui.screens.line_form import LineForm

        def entered(line: str | None) -> None:
            if line is not None:
                self.attempt(action(line))

        self.app.push_screen(LineForm(title.format(name=name), text=text), entered)

    async def _ask_for_note(self, user: User) -> None:
        client = self.client
        if client is None:
            return
        try:
            known = await client.people.note(user.id)
        except ClientError as error:
            self.show_error(error)
            return
        title = _("Your note about {name}, which you alone see")
        self._ask(title, safe_name(user.username), known, lambda text: client.people.write_note(user.id, text))

    # Reports.

    @on(message_gestures.ReportAsked)
    def _report_asked(self, event: message_gestures.ReportAsked) -> None:
        """Tell the owner of the server, in a private message from the user: servers have no other place for reports."""
        from tuichat.tui.screens.line_form import LineForm

        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        found = FoundMessage(client, channel_id, entry.message)
        try:
            name = reader_of(found)
        except RefusedError as error:
            self.app.notify(str(error), severity="warning", markup=False, timeout=5)
            return

        async def report(reason: str) -> None:
            await send_report(found, reason)
            self.app.notify(_("Reported to {name}.").format(name=name), markup=False, timeout=3)

        def entered(reason: str | None) -> None:
            if reason is not None:
                self.attempt(report(reason))

        detail = _("{name}, the owner of this server, gets a private message from you with a link to it.")
        title = _("Report this message: why?")
        form = LineForm(title, detail.format(name=name), max_characters=MAX_REASON_CHARACTERS)
        self.app.push_screen(form, entered)

    @on(message_gestures.CommandChosen)
    def _command_chosen(self, event: message_gestures.CommandChosen) -> None:
        self.composer.set_text(f"/{event.name} ")
        self.composer.focus()
