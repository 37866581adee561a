"""A voice or stage channel: the way in and out, who is there and speaks, and what the microphone hears."""

from collections.abc import Hashable
from typing import ClassVar

import msgspec
from rich.cells import cell_len
from textual.binding import BindingType

from tuichat.client.voice_desk import Stage, VoicePerson, VoiceView
from tuichat.text.call_words import condition, percent, place_words
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import call_gestures, keys
from tuichat.tui.spoken_pane import TALK, SpokenPane
from tuichat.tui.spoken_rows import INDENT, Button, ButtonsRow, MeterRow, WordsRow, button_rows, in_parts
from tuichat.tui.voice_drawing import STAGE_SIGNS, STAGE_WORDS, marks, stairs
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import ListRow, Look

MAX_NAME_CELLS = 24
MARKS_CELLS = 3


class VoiceContent(msgspec.Struct, frozen=True):
    """`view` is that of the call, wherever it is; the rest is of the channel shown."""

    sentence: str = ""  # what this channel is for, or why it cannot be joined
    is_here: bool = False  # it is the call's
    may_join: bool = True
    people: tuple[VoicePerson, ...] = ()
    view: VoiceView = VoiceView()
    has_soundboard: bool = False


class PersonRow(ListRow, frozen=True):
    """`name_cells` is the column that the names of all take."""

    person: VoicePerson
    is_in_call: bool
    name_cells: int

    @property
    def key(self) -> Hashable | None:
        return self.person.user_id

    @property
    def words(self) -> str:
        return self.person.name


AnyRow = WordsRow | ButtonsRow | MeterRow | PersonRow


class VoicePane(SpokenPane[AnyRow]):
    """Posts what was pressed, and who was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.VOICE)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = VoiceContent()

    def show(self, content: VoiceContent) -> None:
        if content != self._content:
            self._content = content
            self.lay_out()

    # What is shown.

    def rows_for(self, width: int) -> list[AnyRow]:
        content = self._content
        view = content.view
        rows: list[AnyRow] = [WordsRow("")]
        if content.is_here or view.stage is Stage.FAILED:
            sign, style = STAGE_SIGNS[view.stage]
            words = _(STAGE_WORDS[view.stage])
            rows += self.wrapped(f"{sign} {words} {safe_line(view.sentence)}".rstrip(), style, width)
        if content.sentence and not content.is_here:
            rows += self.wrapped(content.sentence, "text", width)
        rows += [WordsRow(""), *self._buttons(content, width)]
        if content.is_here:
            rows += self._own(view, width)
        rows += [WordsRow("")]
        if content.people:
            rows.append(WordsRow(_("IN THIS CHANNEL — {count}").format(count=len(content.people)), "dim"))
            longest = max(cell_len(safe_name(person.name)) for person in content.people)
            rows += [PersonRow(person, content.is_here, min(longest, MAX_NAME_CELLS)) for person in content.people]
        else:
            rows.append(WordsRow(_("Nobody is here yet."), "muted"))
        return rows + self._sound(view, width)

    def _buttons(self, content: VoiceContent, width: int) -> list[AnyRow]:
        view = content.view
        if content.is_here:
            mute = _("UNMUTE") if view.is_muted else _("MUTE")
            deafen = _("UNDEAFEN") if view.is_deafened else _("DEAFEN")
            found: list[Button] = [
                (f" {_('LEAVE')} ", "chip-bad", "leave"),
                (f" {mute} ", "chip-accent" if view.is_muted else "chip", "mute"),
                (f" {deafen} ", "chip-accent" if view.is_deafened else "chip", "deafen"),
            ]
            if view.gate == "push_to_talk":
                found.append((f" {_('TALK')} ", "chip-accent" if view.is_talking else "chip", "talk"))
            openers: list[Button] = []
            if content.has_soundboard:
                openers.append((f" {_('sounds')} ", "chip", "soundboard"))
            openers.append((f" {_('figures')} ", "chip", "stats"))
        else:
            found = [(f" {_('JOIN')} ", "chip-accent", "join")] if content.may_join else []
            openers = []
        openers.append((f" {_('settings')} ", "chip", "settings"))
        if view.engine.can_retry:
            openers.append((f" {_('start the audio engine again')} ", "chip", "retry"))
        return list(button_rows([found, openers], width))

    def _own(self, view: VoiceView, width: int) -> list[AnyRow]:
        rows: list[AnyRow] = [WordsRow(""), MeterRow(view)]
        if view.is_muted_talking:
            rows.append(WordsRow(_("You speak, but you are muted."), "warn-bold", INDENT))
        elif view.is_server_muted:
            rows += self.wrapped(_("A moderator has muted you: nobody hears you."), "warn", width, INDENT)
        elif view.is_suppressed:
            rows += self.wrapped(_("You may listen here, not speak."), "muted", width, INDENT)
        if view.is_server_deafened:
            rows += self.wrapped(_("A moderator has deafened you: you hear nobody."), "warn", width, INDENT)
        if view.stage is Stage.CONNECTED and view.has_statistics:
            rtt = "–" if view.rtt_ms is None else f"{view.rtt_ms:.0f}"
            told = _("round trip {rtt} ms · jitter {jitter} ms · {lost} lost · {concealed} concealed").format(
                rtt=rtt, jitter=f"{view.jitter_ms:.0f}", lost=percent(view.loss), concealed=percent(view.concealed)
            )
            rows += [WordsRow(line, "muted", INDENT) for line in in_parts(told, width)]
        if view.stage is Stage.CONNECTED:
            rows += self.wrapped(_("encrypted to the server"), "good", width, INDENT)
            if view.is_over_websocket:
                words = _(
                    "UDP is blocked here, so voice goes through the WebSocket: a lost packet holds up the next ones."
                )
                rows += self.wrapped(words, "warn", width, INDENT)
        return rows

    def _sound(self, view: VoiceView, width: int) -> list[AnyRow]:
        """Say how the audio engine is, and what is missing."""
        engine = view.engine
        rows: list[AnyRow] = []
        if view.place.is_laptop:
            style = "good" if engine.is_good else "warn"
            rows += self.wrapped(place_words(view), style, width, INDENT)
        elif engine.sentence:
            style = "bad" if engine.is_failed else "muted" if engine.is_good else "warn"
            rows += self.wrapped(safe_line(engine.sentence), style, width, INDENT)
        for advice in dict.fromkeys((*engine.advice, *view.problems)):
            if advice in engine.sentence:
                continue
            rows += self.wrapped(safe_line(advice), "warn", width, INDENT)
        for word, name in ((_("microphone"), view.input_name), (_("speaker"), view.output_name)):
            if name:
                rows += self.wrapped(f"{word}: {safe_line(name)}", "dim", width, INDENT)
        return [WordsRow(""), WordsRow(_("AUDIO"), "dim"), *rows] if rows else []

    # Drawing.

    def draw(self, row: AnyRow, look: Look) -> list[Line]:
        match row:
            case WordsRow():
                return [self.draw_words(row, look)]
            case ButtonsRow():
                return [self.draw_buttons(row, look)]
            case MeterRow():
                return [self.draw_meter(row.view, look)]
            case PersonRow():
                return [self._person(row, look)]

    def _person(self, row: PersonRow, look: Look) -> Line:
        palette, person = look.palette, row.person
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "main"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        speaks = person.is_speaking
        builder.add("● " if speaks else "○ ", palette.style("good" if speaks else "dim"))
        told = condition(person)
        if person.is_me:
            told = ", ".join(part for part in (_("you"), told) if part)
        if person.volume_percent != 100:
            told = ", ".join(
                part for part in (_("volume {percent} %").format(percent=person.volume_percent), told) if part
            )
        room = max(4, min(row.name_cells, look.width - builder.cells - MARKS_CELLS - 8))
        builder.add(fit(safe_name(person.name), room), palette.style("good-bold" if speaks else "text"))
        builder.space_to(2 * INDENT + room + 1).add(
            f"{stairs(person.level_db, is_speaking=speaks):4}", palette.style("good")
        )
        builder.space()
        told_at = builder.cells + MARKS_CELLS
        for sign, style in marks(person):
            builder.add(sign, palette.style(style))
        if told:
            builder.space_to(max(told_at, builder.cells + 1))
            builder.add(fit(told, max(1, look.width - builder.cells)), palette.style("muted"))
        return builder.build(look.width)

    # What the user does.

    def choose(self, row: AnyRow, action: str | None) -> None:
        match row:
            case PersonRow():
                self.post_message(call_gestures.VoicePersonChosen(row.person.user_id))
            case ButtonsRow() if action is None:
                self._act(row.buttons[0][2])
            case _ if action not in (None, TALK):  # TALK is held
                self._act(action or "")

    def _act(self, action: str) -> None:
        made = {
            "join": call_gestures.JoinCallAsked,
            "leave": call_gestures.LeaveCallAsked,
            "mute": call_gestures.MuteToggled,
            "deafen": call_gestures.DeafenToggled,
            "settings": call_gestures.VoiceSettingsAsked,
            "stats": call_gestures.CallStatsAsked,
            "soundboard": call_gestures.SoundboardAsked,
            "retry": call_gestures.EngineRetryAsked,
        }
        if action in made:
            self.post_message(made[action]())

    def action_join_or_leave(self) -> None:
        self._act("leave" if self._content.is_here else "join")

    def action_mute(self) -> None:
        self._act("mute")

    def action_deafen(self) -> None:
        self._act("deafen")

    def action_settings(self) -> None:
        self._act("settings")

    def action_stats(self) -> None:
        self._act("stats")

    def action_soundboard(self) -> None:
        self._act("soundboard")

    def action_retry(self) -> None:
        if self._content.view.engine.can_retry:
            self._act("retry")
