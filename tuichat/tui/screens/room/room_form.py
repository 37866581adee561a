"""The forms of a room: one starts it on a stage, one changes it while it is live."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from msgspec import UNSET
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from tuichat.client.errors import RefusedError
from tuichat.client.own_account import changed
from tuichat.client.room_view import RoomView
from tuichat.protocol.live_room import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_INVITED,
    MAX_LANGUAGE_CHARACTERS,
    MAX_LINK_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    TOPIC_CHARACTERS,
    EditLiveRoomRequest,
    Hands,
    LiveRoom,
    Openness,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.choices import Choice, people, roles
from tuichat.text.room_words import HANDS, OPENNESS
from tuichat.text.safe_text import safe_block, safe_line
from tuichat.translation import N_, _, ngettext, setting_in_use
from tuichat.tui import keys
from tuichat.tui.screens.field_form import FieldForm
from tuichat.tui.screens.form import Field
from tuichat.tui.screens.pick import PickDialog
from tuichat.tui.widgets.sign_area import SignArea

if TYPE_CHECKING:
    from tuichat.client.client import Client

OPENNESS_DETAILS = {
    Openness.GUILD: N_("whoever may join this channel"),
    Openness.ROLE: N_("who has a role, and hosts"),
    Openness.INVITED: N_("whom you or a host asks in"),
    Openness.PUBLIC: N_("everyone with an account on this server, found in its hallway"),
}
TEXTS = ("topic", "description", "language", "tags", "link")
# Where Enter leads from each field.
NEXT = {"topic": "description", "language": "tags", "tags": "link", "link": "openness"}


class RoomForm(FieldForm):
    """Answers whether it was done. A subclass says what is known already, and does it."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.MODAL)

    def __init__(self, client: "Client", view: RoomView) -> None:
        super().__init__()
        self.client = client
        self.view = view
        self.openness = Openness.GUILD
        self.hands = Hands.ALL
        self.role_id: int | None = None
        self.invited_ids: list[int] = []
        self.tells_everyone = False

    def known_room(self) -> LiveRoom | None:
        """Return the room that is changed, None for a new one."""
        return None

    @property
    def invites(self) -> bool:
        """Whether people are asked in with it."""
        return False

    @property
    def may_tell(self) -> bool:
        return False

    @property
    def is_whole(self) -> bool:
        """Whether there is more to say than a topic."""
        return self.client.live_rooms.has_extension

    def compose(self) -> ComposeResult:
        known = self.known_room()
        with VerticalScroll(classes="dialog -large room-form", can_focus=False):
            yield Static(self.heading(), classes="dialog-title", markup=False)
            yield self._field("topic", _("Topic"), known.topic if known else "", TOPIC_CHARACTERS[1])
            if self.is_whole:
                text = safe_block(known.description) if known else ""
                area = SignArea(text, tab_behavior="focus", compact=True, id="description", classes="room-text")
                yield Horizontal(_label(_("Description")), area, classes="room-text-row")
                language = known.language if known else setting_in_use()
                yield self._field("language", _("Language"), language, MAX_LANGUAGE_CHARACTERS, "en, fr, pt-BR")
                tags = ", ".join(known.tags) if known else ""
                most = MAX_TAGS * (MAX_TAG_CHARACTERS + 2)
                hint = _("{count} at most, with commas between").format(count=MAX_TAGS)
                yield self._field("tags", _("Tags"), tags, most, hint)
                link = (known.link or "") if known else ""
                yield self._field("link", _("Pinned link"), link, MAX_LINK_CHARACTERS, "https://")
                yield self._choice("openness", _("Open to"))
                yield self._choice("whom", "")
                yield self._choice("hands", _("Hands"))
            if self.may_tell:
                yield self._choice("tell", "")
            fault = Static("", id="fault", classes="dialog-fault", markup=False)
            fault.display = False
            yield fault
            with Horizontal(id="buttons", classes="dialog-buttons"):
                yield Button(_("close"), id="close")
                yield Button(self.label(), id="submit")
            words = _("alt+enter does it · tab to the next field · esc closes")
            yield Static(words, classes="dialog-note", markup=False)

    def _field(self, name: str, label: str, value: str, most: int, placeholder: str = "") -> Widget:
        field = Field(safe_line(value), placeholder=placeholder, max_length=most, id=name)
        return Horizontal(_label(label), field, classes="field-row")

    def _choice(self, name: str, label: str) -> Widget:
        return Horizontal(
            _label(label), Button("", id=name, classes="modal-choice"), classes="field-row", id=f"{name}-row"
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._show_choices()

    def _show_choices(self) -> None:
        if self.is_whole:
            self._say("openness", f"{_(OPENNESS[self.openness])} ▾")
            self._say("hands", f"{_(HANDS[self.hands])} ▾")
            self._say("whom", f"{self._whom()} ▾")
            needs = self.openness is Openness.ROLE or (self.openness is Openness.INVITED and self.invites)
            self.query_one("#whom-row").display = needs
        if self.may_tell:
            mark = "x" if self.tells_everyone else " "
            self._say("tell", f"[{mark}] {_('tell everyone that it begins')}")

    def _say(self, name: str, words: str) -> None:
        self.query_one(f"#{name}", Button).label = Content(words)

    def _whom(self) -> str:
        if self.openness is Openness.ROLE:
            found = roles(self.client.state, self.view.channel_id)
            return next((each.label for each in found if each.value == str(self.role_id)), _("which role?"))
        count = len(self.invited_ids)
        if not count:
            return _("who is asked in?")
        return ngettext("{count} person is asked in", "{count} people are asked in", count).format(count=count)

    def entered(self, field: Input) -> None:
        following = NEXT.get(field.id or "", "")
        if following and self.query(f"#{following}"):
            self.set_focus(self.query_one(f"#{following}"))
        else:
            self.begin()

    def action_done(self) -> None:
        self.begin()

    # What is chosen of a list.

    @on(Button.Pressed, ".modal-choice")
    def _choice_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "openness":
                choices = [Choice(each.value, _(OPENNESS[each]), _(OPENNESS_DETAILS[each])) for each in OPENNESS]
                self._pick(_("Open to"), choices, self.openness.value, self._take_openness)
            case "hands":
                choices = [Choice(each.value, _(HANDS[each])) for each in HANDS]
                self._pick(_("Hands"), choices, self.hands.value, self._take_hands)
            case "whom":
                self._pick_whom()
            case "tell":
                self.tells_everyone = not self.tells_everyone
                self._show_choices()

    def _pick(self, title: str, choices: list[Choice], chosen: str, take: Callable[[str], None]) -> None:
        def picked(values: list[str] | None) -> None:
            if values:
                take(values[0])
                self._show_choices()

        self.app.push_screen(PickDialog(title, lambda: choices, chosen=[chosen]), picked)

    def _take_openness(self, value: str) -> None:
        self.openness = Openness(value)
        if (self.openness is Openness.ROLE and self.role_id is None) or (
            self.openness is Openness.INVITED and self.invites and not self.invited_ids
        ):
            self.call_after_refresh(self._pick_whom)

    def _take_hands(self, value: str) -> None:
        self.hands = Hands(value)

    def _take_role(self, value: str) -> None:
        self.role_id = int(value)

    def _pick_whom(self) -> None:
        state, channel_id = self.client.state, self.view.channel_id
        if self.openness is Openness.ROLE:
            self._pick(_("Which role"), list(roles(state, channel_id)), str(self.role_id or ""), self._take_role)
            return
        me = str(int(state.me.id)) if state.me is not None else ""

        def choices() -> list[Choice]:
            return [each for each in people(state, channel_id) if each.value != me]

        def ask(beginning: str) -> None:
            self.run_worker(self.client.members.search(self.view.guild_id, beginning))

        def picked(values: list[str] | None) -> None:
            if values is not None:
                self.invited_ids = [int(value) for value in values]
                self._show_choices()

        chosen = [str(each) for each in self.invited_ids]
        dialog = PickDialog(_("Who is asked in"), choices, (0, MAX_INVITED), ask=ask, chosen=chosen)
        self.app.push_screen(dialog, picked)

    # What was filled in.

    def text(self, name: str) -> str:
        if not self.query(f"#{name}"):
            return ""
        widget = self.query_one(f"#{name}")
        return (
            widget.text if isinstance(widget, TextArea) else widget.value if isinstance(widget, Input) else ""
        ).strip()

    def tags(self) -> list[str]:
        return [tag for each in self.text("tags").split(",") if (tag := each.strip())]

    def check(self) -> None:
        """Raise RefusedError for what the server would refuse, and go to where it stands."""
        least, most = TOPIC_CHARACTERS
        if not least <= len(self.text("topic")) <= most:
            self.query_one("#topic").focus()
            raise RefusedError(_("A room needs a topic: say what it is about."))
        if len(self.text("description")) > MAX_DESCRIPTION_CHARACTERS:
            self.query_one("#description").focus()
            words = _("A room's description has {most} characters at most; this one has {count}.")
            raise RefusedError(words.format(most=MAX_DESCRIPTION_CHARACTERS, count=len(self.text("description"))))
        if self.openness is Openness.ROLE and self.role_id is None:
            self.query_one("#whom").focus()
            raise RefusedError(_("Say which role the room is open to."))


class StartRoomForm(RoomForm):
    """Starts a room; answers whether it is live."""

    @property
    def invites(self) -> bool:
        return True

    @property
    def may_tell(self) -> bool:
        return self.view.may_mention

    def heading(self) -> str:
        return _("Start a room on {stage}").format(stage=safe_line(self.view.title))

    def label(self) -> str:
        return _("start it")

    async def submit(self) -> str | None:
        self.check()
        invited = self.invited_ids if self.openness is Openness.INVITED else []
        await self.client.live_rooms.start(
            self.view.channel_id,
            self.text("topic"),
            description=self.text("description"),
            language=self.text("language"),
            tags=self.tags(),
            openness=self.openness,
            role_id=self.role_id if self.openness is Openness.ROLE else None,
            invited_ids=invited,
            hands=self.hands,
            link=self.text("link") or None,
            tells_everyone=self.tells_everyone,
        )
        return ""  # the page of the stage says that it is live


class EditRoomForm(RoomForm):
    """Changes what was changed in it, and nothing else."""

    def __init__(self, client: "Client", view: RoomView, known: LiveRoom) -> None:
        super().__init__(client, view)
        self.known = known
        self.openness = known.openness
        self.hands = known.hands
        self.role_id = int(known.role_id) if known.role_id is not None else None
        self._first: dict[str, str] = {}  # what stood in each field, as it was shown

    def known_room(self) -> LiveRoom:
        return self.known

    def on_mount(self) -> None:
        super().on_mount()
        self._first = {name: self.text(name) for name in TEXTS}

    def heading(self) -> str:
        return _("The room on {stage}").format(stage=safe_line(self.view.title))

    def label(self) -> str:
        return _("save")

    async def submit(self) -> str | None:
        self.check()
        known, first = self.known, self._first
        edit = EditLiveRoomRequest(topic=changed(self.text("topic"), first["topic"]))
        if self.is_whole:
            is_other = self.openness is not known.openness
            names_role = self.openness is Openness.ROLE and (is_other or self.role_id != known.role_id)
            edit = EditLiveRoomRequest(
                topic=edit.topic,
                description=changed(self.text("description"), first["description"]),
                language=changed(self.text("language"), first["language"]),
                tags=UNSET if self.text("tags") == first["tags"] else self.tags(),
                openness=self.openness if is_other else UNSET,
                role_id=Snowflake(self.role_id) if names_role and self.role_id is not None else UNSET,
                hands=UNSET if self.hands is known.hands else self.hands,
                link=changed(self.text("link"), first["link"]),
            )
        if edit == EditLiveRoomRequest():
            return _("Nothing was changed.")
        await self.client.live_rooms.edit(self.view.channel_id, edit)
        return _("Changed.")


def _label(text: str) -> Static:
    return Static(text, classes="field-label form-label", markup=False)
