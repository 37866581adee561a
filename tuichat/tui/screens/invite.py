"""How to bring somebody in: an invite code, or, where the server is only on this computer, how to open it to others."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from tuichat.client.errors import ClientError
from tuichat.config.paths import data_dir
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from tuichat.client.client import Client

_LOCAL = N_(
    "This server is on this computer only. Somebody else at a terminal here runs\n\n    {program} "
    "--profile bob\n\nFor a team, give the accounts made here a password each, and serve the same "
    "folder; all that was written stays:\n\n    {program} admin password reset NAME\n    {serve}\n\n"
    "Others then press F5, give this computer's address, and make an account with an invite: the "
    "button below, or `{program} admin invite create`, makes one."
)


def program() -> str:
    """Return what starts this program in a shell: its name, or its path where the shell would not find it."""
    return "tuichat" if shutil.which("tuichat") else shlex.quote(os.path.abspath(sys.argv[0]))


def serve_command(folder: Path, separator: str = " ") -> str:
    """Return what opens a data folder to a team; `separator` stands where the line may break."""
    options = ["--tls auto", f"--data {shlex.quote(str(folder))}"]
    return separator.join([f"{program()} serve --host 0.0.0.0", *options])


class InviteDialog(Dialog[None]):
    """Makes an invite when asked; copies its code through the terminal (OSC 52)."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", channel_id: int, *, is_personal: bool) -> None:
        super().__init__()
        self._client = client
        self._channel_id = channel_id
        self._is_personal = is_personal
        self._code = ""

    def compose(self) -> ComposeResult:
        state = self._client.state
        guild = state.guild_of(self._channel_id)
        channel = state.channels.get(self._channel_id)
        guild_name = safe_name(guild.guild.name) if guild else _("this conversation")
        with Vertical(classes="dialog -large"):
            yield Static(
                _("Invite someone to {guild_name}").format(guild_name=guild_name), classes="dialog-title", markup=False
            )
            if self._is_personal:
                serve = serve_command(data_dir(), " \\\n        ")
                yield Static(_(_LOCAL).format(program=program(), serve=serve), classes="dialog-text", markup=False)
            else:
                where = f"#{channel_name(channel)}" if channel is not None else _("it")
                words = _(
                    "An invite is a code that leads to {where}. It is good for a day, any number of times."
                ).format(where=where)
                yield Static(words, classes="dialog-text", markup=False)
            code = Static("", id="code", classes="dialog-note", markup=False)
            code.display = False
            yield code
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("close"), id="close")
                if self._is_personal:
                    yield Button(_("copy the command"), id="copy")
                yield Button(_("make an invite"), id="make")

    def on_mount(self) -> None:
        self.query_one("#close" if self._is_personal else "#make", Button).focus()

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "close":
            self.dismiss(None)
        elif event.button.id == "copy":
            self.app.copy_to_clipboard(serve_command(data_dir()))
            self.app.notify(_("Copied."), timeout=2)
        elif self._code:
            self._copy()
        else:
            self.run_worker(self._make(), exclusive=True)

    async def _make(self) -> None:
        note = self.query_one("#code", Static)
        note.display = True
        note.update(_("making an invite …"))
        try:
            invite = await self._client.places.create_invite(self._channel_id)
        except ClientError as error:
            note.update(safe_line(str(error)))
            note.set_classes("dialog-fault")
            return
        self._code = safe_line(invite.code)
        self.query_one("#make", Button).label = _("copy again")
        self._copy()

    def _copy(self) -> None:
        self.app.copy_to_clipboard(self._code)
        note = self.query_one("#code", Static)
        note.set_classes("dialog-note")
        url = getattr(self._client.account.address, "url", "")
        where = _("They sign in to {url} with F5 and type").format(url=safe_line(url)) if url else _("They type")
        note.update(
            _("{code}\nCopied, if your terminal takes it (OSC 52). {where}  /join {code}").format(
                code=self._code, where=where
            )
        )

    def action_close(self) -> None:
        self.dismiss(None)
