"""Files: attached to what is written, and saved, opened or paused where they are shown."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable, Set
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from textual import on

from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.transfer import transfer_key
from tuichat.client.uploads import MAX_FILES, OutgoingFile, choose
from tuichat.config.paths import cache_dir
from tuichat.config.private_files import make_private_dir, write_private
from tuichat.errors import TuichatError
from tuichat.text import mention_text
from tuichat.text.safe_text import safe_line
from tuichat.text.size_words import size_words
from tuichat.translation import _, ngettext
from tuichat.tui import gestures, message_gestures, pasted
from tuichat.tui.images.gallery import PORTRAIT, Gallery
from tuichat.tui.images.mode import ImageMode, image_mode
from tuichat.tui.images.source import of_attachment
from tuichat.tui.messages.attachments import SPOILER
from tuichat.tui.open_channel import Draft, Purpose
from tuichat.tui.panes.attached_strip import AttachedFile, AttachedStrip
from tuichat.tui.screens.chat.message_actions import MessageActions

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.client.state import Entry
    from tuichat.config.schema import Settings
    from tuichat.tui.screens.picture_viewer import ShownPicture

# What a desktop shows without running it; anything else is saved, and its owner decides.
OPENED_LIFE_S = 24 * 3600.0
PASTED_LIFE_S = 31 * 24 * 3600.0  # longer than an unsent message is kept
OPENED_TYPES = ("image/", "video/", "audio/", "text/plain", "application/pdf")


class Files(MessageActions):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._attached: dict[tuple[str, int], list[OutgoingFile]] = {}
        self.downloads_folder: Path | None = None  # the user's own by default

    def show_pictures(self) -> None:
        """Show pictures as the settings and the terminal have it."""
        if self.gallery is not None:
            self.gallery.close()
        colours = None if self.app.no_color else self.app.console.color_system
        self.gallery = Gallery(
            image_mode(self.settings.ui.images, os.environ, colours, getattr(self.app, "terminal_answers", None)),
            fetch=self.fetch_picture,
            start=lambda work: self.run_worker(work, group="pictures", exit_on_error=True),
            changed=self._pictures_changed,
            write=self._write_past_screen,
            through_tmux=bool(os.environ.get("TMUX")),
        )
        self.messages.use_gallery(self.gallery)

    async def fetch_picture(self, url: str) -> Path:
        client = self.client
        if client is None:
            raise RefusedError(_("Open a channel first."))
        return await client.downloads.fetch(url)

    def _pictures_changed(self, keys: Set[str]) -> None:
        if not self.is_attached:
            return
        self.messages.pictures_changed(keys)
        if PORTRAIT in keys:
            from tuichat.tui.screens.events.page import EventPage
            from tuichat.tui.screens.profile import ProfileDialog

            if isinstance(shown := self.app.screen, (EventPage, ProfileDialog)):
                shown.show_portrait()

    def _write_past_screen(self, text: str) -> None:
        write = getattr(self.app, "write_past_screen", None)
        if write is not None:
            write(text)

    # What goes with the next message.

    @property
    def _place(self) -> tuple[str, int] | None:
        channel_id = self.chosen.channel_id
        return None if channel_id is None else (self.chosen.account_key, channel_id)

    @property
    def attached(self) -> list[OutgoingFile]:
        """What goes with the next message of this channel."""
        return [] if self._place is None else self._attached.get(self._place, [])

    def show_purpose(self) -> None:
        super().show_purpose()
        self._show_attached()

    def _show_attached(self) -> None:
        files = self.attached
        self.composer.has_files = bool(files)
        self.composer.paste_taker = self._take_paste
        self.query_one("#attached", AttachedStrip).show([AttachedFile(file.name, file.size_bytes) for file in files])

    def action_attach(self) -> None:
        from tuichat.tui.screens.attach import AttachDialog

        if self._place is None or self.client is None:
            self.app.notify(_("Open a channel first."), severity="warning", timeout=3)
            return
        self.app.push_screen(AttachDialog(), lambda file: self._add_files([file] if file else []))

    def action_detach(self) -> None:
        """Take the last file off again."""
        if self.attached:
            self.attached.pop()
            self._show_attached()

    @on(gestures.AttachedRemoved)
    def _attached_removed(self, event: gestures.AttachedRemoved) -> None:
        if event.number < len(self.attached):
            del self.attached[event.number]
            self._show_attached()

    def _add_files(self, files: list[OutgoingFile]) -> None:
        if self._place is None or self.client is None or not files:
            return
        present = self._attached.setdefault(self._place, [])
        try:
            self.client.check_file_sizes(files)
        except ClientError as error:
            self.show_error(error)
            return
        room = MAX_FILES - len(present)
        present += files[:room]
        if len(files) > room:
            words = _("A message has at most {count} files: the others were not attached.")
            self.app.notify(words.format(count=MAX_FILES), severity="warning", timeout=5)
        self._show_attached()
        self.composer.focus()

    def _take_paste(self, text: str) -> bool:
        """Ask what to do with a pasted path or a long text; False for words like any others."""
        if self._place is None or self.client is None:
            return False
        paths = pasted.pasted_paths(text)
        if not paths and not pasted.is_long(text):
            return False
        from tuichat.tui.screens.confirm import ConfirmDialog

        if paths:
            question = ngettext("Attach this file?", "Attach these {count} files?", len(paths)).format(count=len(paths))
            detail = ", ".join(f"{safe_line(path.name)} ({size_words(path.stat().st_size)})" for path in paths)
        else:
            question = _("Attach this as a text file?")
            detail = _("{lines} lines, {size}. Otherwise it is inserted as it is.").format(
                lines=text.count("\n") + 1, size=size_words(len(text.encode("utf-8", "replace")))
            )

        def decided(is_attached: bool | None) -> None:
            try:
                if not is_attached:
                    self.composer.insert_pasted(text)
                elif paths:
                    self._add_files([choose(path) for path in paths])
                else:
                    self._add_files([_text_file(text, self._now())])
            except TuichatError as error:
                self.show_error(ClientError(str(error)))

        self.app.push_screen(ConfirmDialog(question, detail, _("attach"), _("insert")), decided)
        return True

    @on(gestures.LineSubmitted)
    def _line_with_files_submitted(self, event: gestures.LineSubmitted) -> None:
        draft = self.open_channel_memory.draft
        client, place = self.client, self._place
        is_command = event.text.startswith("/") and not event.text.startswith("//")
        if client is None or place is None or not self.attached or is_command or draft.purpose is Purpose.EDIT:
            return
        if self._holds_back(event.text):
            event.prevent_default()
            return
        event.prevent_default()  # the words go with the files, not by themselves
        reply_to = draft.message_id if draft.purpose is Purpose.REPLY else None
        content = mention_text.encode(event.text.strip("\n"), client.state, place[1])
        try:
            client.send_message(place[1], content, reply_to=reply_to, files=tuple(self.attached))
        except ClientError as error:
            self._give_back(event.text)
            self.show_error(error)
            return
        self.leave_out_of_macro()
        self._keep_draft(*place, Draft())
        del self._attached[place]
        draft.end()
        self.show_purpose()
        self.messages.scroll_to_end()

    # What others sent.

    @on(message_gestures.FileAsked)
    def _file_asked(self, event: message_gestures.FileAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        files = entry.message.attachments
        if not files:
            self.app.notify(_("This message has no file."), severity="warning", timeout=3)
            return
        numbers = range(len(files)) if event.number is None else [event.number]
        if event.what == "view":
            self._view(entry, event.number)
        elif event.what == "pause":
            for number in numbers:
                client.transfers.toggle_pause(transfer_key(channel_id, entry.key, number))
        elif event.what == "cancel":
            keys = [transfer_key(channel_id, entry.key, number) for number in numbers]
            if not sum(map(client.downloads.cancel, keys)):
                self.app.notify(_("Nothing of it is being saved."), severity="warning", timeout=3)
        elif not files[0].url:
            self.app.notify(_("It is not sent yet."), severity="warning", timeout=3)
        elif event.what == "url":
            self.app.copy_to_clipboard("\n".join(safe_line(files[number].url) for number in numbers))
            self.app.notify(_("Copied."), timeout=2)
        elif event.what == "save":
            for number in numbers:
                self.attempt(self._save(client, entry, channel_id, number))
        elif event.what == "open":
            self.attempt(self._open(client, entry, channel_id, numbers[0]))

    def _view(self, entry: "Entry", number: int | None) -> None:
        """Show a picture on the whole screen, with the others of what is shown before and after it."""
        from tuichat.tui.screens.picture_viewer import PictureViewer, ShownPicture

        shown = self.messages.shown
        if shown is None or self.gallery is None:
            return
        revealed = self.messages.revealed
        pictures = [
            ShownPicture(shown[index].key, place, file)
            for index in range(len(shown))
            for place, file in enumerate(shown[index].message.attachments)
            if of_attachment(file) is not None
            and (shown[index].key in revealed or not file.filename.startswith(SPOILER))
        ]
        wanted = [
            place
            for place, picture in enumerate(pictures)
            if picture.entry_key == entry.key and number in (None, picture.number)
        ]
        if not wanted:
            self.app.notify(_("This message has no picture to show."), severity="warning", timeout=3)
        elif self.gallery.mode is ImageMode.OFF:
            self.app.notify(_("This terminal shows no pictures: save or open it."), severity="warning", timeout=4)
        else:
            self.app.push_screen(
                PictureViewer(
                    pictures,
                    wanted[0],
                    self.gallery.mode,
                    fetch=self.fetch_picture,
                    ask=self._ask_of_picture,
                    write=self._write_past_screen,
                    through_tmux=bool(os.environ.get("TMUX")),
                )
            )

    def _ask_of_picture(self, picture: "ShownPicture", what: str) -> None:
        self.post_message(message_gestures.FileAsked(picture.entry_key, what, picture.number))

    async def _save(self, client: "Client", entry: "Entry", channel_id: int, number: int) -> None:
        file = entry.message.attachments[number]
        folder = self.downloads_folder or platformdirs.user_downloads_path()
        key = transfer_key(channel_id, entry.key, number)
        path = await client.downloads.save(key, file.url, file.filename, file.size, folder)
        self.app.notify(_("Saved as {path}").format(path=safe_line(str(path))), markup=False, timeout=5)

    async def _open(self, client: "Client", entry: "Entry", channel_id: int, number: int) -> None:
        """Show a file with what the desktop has for it; where there is no desktop, or the file could run, it is saved."""
        file = entry.message.attachments[number]
        kind = file.content_type if isinstance(file.content_type, str) else ""
        opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
        has_desktop = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if opener is None or not has_desktop or not kind.startswith(OPENED_TYPES):
            await self._save(client, entry, channel_id, number)
            return
        await asyncio.to_thread(_remove_old, cache_dir() / "opened", OPENED_LIFE_S)
        folder = make_private_dir(cache_dir() / "opened" / f"{int(file.id)}")
        known = next(iter(folder.iterdir()), None)
        key = transfer_key(channel_id, entry.key, number)
        path = known or await client.downloads.save(key, file.url, file.filename, file.size, folder)
        await asyncio.create_subprocess_exec(
            opener,
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )


def _remove_old(folder: Path, life_s: float) -> None:
    """Remove what was put into a folder of the cache longer ago than that."""
    limit_s = time.time() - life_s
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.stat().st_mtime < limit_s:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _text_file(text: str, moment: datetime) -> OutgoingFile:
    """Write a pasted text to a private file, to be sent."""
    folder = make_private_dir(cache_dir() / "pasted")
    _remove_old(folder, PASTED_LIFE_S)
    path = folder / f"pasted-{moment:%Y%m%d-%H%M%S-%f}.txt"
    write_private(path, text.encode("utf-8", "replace"))
    return choose(path)
