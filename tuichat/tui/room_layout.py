"""Lays a room out in rows of a width: what it is about, what one can do, the stage, hands, who is invited, the audience."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from rich.cells import cell_len
from rich.style import Style

from tuichat.client.room_view import RoomPerson
from tuichat.client.voice_desk import Stage, VoicePerson
from tuichat.protocol.live_room import Hands
from tuichat.text import markup
from tuichat.text.call_words import place_words
from tuichat.text.room_words import HANDS, openness
from tuichat.text.safe_text import safe_block, safe_line, safe_name
from tuichat.translation import _, ngettext, setting_in_use
from tuichat.tui.room_floats import float_cells, floats
from tuichat.tui.room_rows import (
    GAP,
    MAX_NAME_CELLS,
    AnyRow,
    AudienceRow,
    FoldRow,
    LinkRow,
    MoreRow,
    Part,
    PersonRow,
    RoomContent,
    Section,
    StageRow,
    elapsed,
    flow,
    name_column,
    since,
    tag,
)
from tuichat.tui.spoken_rows import INDENT, Button, MeterRow, WordsRow, button_rows
from tuichat.tui.voice_drawing import STAGE_SIGNS, STAGE_WORDS
from tuichat.tui.wrap import Piece, wrap

MIN_STAGE_LINES = 5  # of the stage, so that reactions have a way to rise (taste)
DESCRIPTION_LINES, SHORT_DESCRIPTION_LINES = 5, 2  # that are shown of a long description
ROOMY = 40  # cells from which the buttons of hands have words
KEYS_FROM = 40  # cells from which buttons tell their keys


class RoomLayout:
    def __init__(self, content: RoomContent, width: int, *, is_short: bool, is_whole: bool = False) -> None:
        """`is_short` leaves the air out, `is_whole` shows all of a long description."""
        self.content = content
        self.width = width
        self.is_short = is_short
        self.is_whole = is_whole
        self._view = content.view
        self._heard = {person.user_id: person for person in content.voice.people} if content.is_here else {}

    def rows(self) -> list[AnyRow]:
        if not self._view.is_live:
            return self._not_live()
        rows = [] if self.is_short else self._air()
        rows += self._about()
        rows += self._air()
        rows += self._own()
        rows += button_rows(self._buttons(), self.width)
        rows += [*self._trouble(), *self._air(), *self._stage(), *self._hands(), *self._invited(), *self._audience()]
        return rows

    def _air(self) -> list[AnyRow]:
        return [WordsRow("")]

    def _more_air(self) -> list[AnyRow]:
        return [] if self.is_short else self._air()

    def _lines(self, text: str) -> list[str]:
        lines: list[str] = []
        for paragraph in text.split("\n"):
            for pieces in wrap([Piece(paragraph, Style())], self.width - INDENT - 1):
                lines.append("".join(piece.text for piece in pieces))
        return lines

    def _wrapped(self, text: str, style: str) -> list[AnyRow]:
        return [WordsRow(line, style, INDENT) for line in self._lines(text)]

    def _description(self, text: str) -> list[AnyRow]:
        """Return its beginning where it is long, with a line that shows the rest."""
        lines = self._lines(text)
        limit = SHORT_DESCRIPTION_LINES if self.is_short else DESCRIPTION_LINES
        rows: list[AnyRow] = [WordsRow(line, "text", INDENT) for line in lines]
        if len(lines) <= limit:
            return rows
        return [*rows, FoldRow(_("less"))] if self.is_whole else [*rows[: limit - 1], FoldRow(lines[limit - 1], "text")]

    # No room.

    def _not_live(self) -> list[AnyRow]:
        content = self.content
        count = max(len(content.people), self._view.listeners)  # a server tells of listeners by their number alone
        rows: list[AnyRow] = self._air()
        rows += self._wrapped(_("Nothing is live on this stage."), "bright")
        rows += self._air()
        words = _(
            "In a room some speak, the others listen; who wants to speak raises a hand, and hosts invite them up."
        )
        rows += self._wrapped(words, "text")
        if not self._view.may_start:
            rows += self._wrapped(_("Moderators of the stage can start a room here."), "muted")
        rows += [*self._air(), *self._sentence()]
        found: list[Button] = []
        if self._view.may_start:
            found.append(self._button("start", _("START A ROOM"), "chip-accent"))
        if content.is_here:
            found.append(self._button("join_or_leave", _("LEAVE"), "chip-bad"))
        elif content.may_join and count:
            found.append(self._button("join_or_leave", _("JOIN"), "chip"))
        rows += button_rows([found] if found else [], self.width)
        rows += self._trouble()
        if count:
            rows += self._air()
            rows.append(WordsRow(_("IN THIS CHANNEL — {count}").format(count=count), "dim"))
            people = [_as_person(each) for each in content.people]
            column = name_column(people)
            heard = {each.user_id: each for each in content.people}
            rows += [PersonRow(Section.CHANNEL, each, column, heard[each.user_id]) for each in people]
            if unseen := count - len(people):
                words = ngettext("{count} listens.", "{count} listen.", unseen).format(count=unseen)
                rows.append(WordsRow(words, "muted", INDENT))
        return rows

    # What it is about.

    def _about(self) -> list[AnyRow]:
        view = self._view
        listening = ngettext("{count} listening", "{count} listening", view.listeners).format(count=view.listeners)
        safety: list[Part] = [(_("encrypted to the server"), "good")] if self.content.is_connected else []
        parts: list[Part] = [
            (f" {_('LIVE')} ", "badge"),
            (elapsed(self.content.now_ms - view.started_ms), "bright"),
            (listening, "text"),
        ]
        if fitting([*parts, *safety], self.width):
            parts, safety = [*parts, *safety], []
        if self.content.is_here and not self.content.is_connected:
            sign, style = STAGE_SIGNS[self.content.voice.stage]
            parts.append((f"{sign} {_(STAGE_WORDS[self.content.voice.stage])}", style))
        rows: list[AnyRow] = [*flow(parts, self.width), *self._more_air()]
        rows += self._wrapped(safe_line(view.topic) or _("(no topic)"), "bright")
        if description := safe_block(view.description).strip():
            rows += self._description(description)
            rows += self._more_air()
        told: list[Part] = [(openness(view), "muted")]
        if view.is_event:
            told.append((_("an event"), "muted"))
        if language := safe_line(view.language):
            told.append((language, "muted"))
        told += [(f"#{safe_name(each)}", "accent") for each in view.tags]
        rows += flow([*told, *safety], self.width)
        if view.link:
            rows += self._link(view.link)
        return rows

    def _link(self, link: str) -> list[AnyRow]:
        spans = markup.masked_link(link, safe_line(link))
        address = next((span.target for span in spans if span.target), None)
        words = "".join(span.text for span in spans)
        return [LinkRow(words, address)] if address else self._wrapped(words, "muted")

    # What one can do.

    def _button(self, deed: str, label: str, style: str = "chip") -> Button:
        key = self.content.told_keys.get(deed, "") if self.width >= KEYS_FROM else ""
        return (f" {key} {label} " if key else f" {label} ", style, deed)

    def _buttons(self) -> list[list[Button]]:
        view, voice = self._view, self.content.voice
        own: list[Button] = []
        if not self.content.is_here:
            if self.content.may_join:
                own.append(self._button("join_or_leave", _("JOIN"), "chip-accent"))
        else:
            if view.is_invited:
                own.append(self._button("accept", _("SPEAK"), "chip-accent"))
                own.append(self._button("decline_invitation", _("NOT NOW")))
            if view.is_speaker:
                label = _("UNMUTE") if voice.is_muted else _("MUTE")
                own.append(self._button("mute_self", label, "chip-accent" if voice.is_muted else "chip"))
                if voice.gate == "push_to_talk":
                    own.append((f" {_('TALK')} ", "chip-accent" if voice.is_talking else "chip", "talk"))
            elif view.has_asked:
                own.append(self._button("hand", _("LOWER HAND"), "chip-accent"))
            elif view.is_host and not view.is_invited:
                own.append(self._button("accept", _("SPEAK")))
            elif view.may_ask and not view.is_invited:
                own.append(self._button("hand", _("RAISE HAND")))
            own += [self._button("react", _("REACT")), self._button("join_or_leave", _("LEAVE"), "chip-bad")]
        hosts: list[Button] = []
        if view.is_host and self.content.has_extension:
            hosts.append(self._button("ping", _("ASK IN")))
        if view.is_host:
            hosts.append(self._button("edit", _("EDIT")))
            hosts.append(self._button("end", _("END"), "chip-bad"))
        if voice.engine.can_retry:
            hosts.append((f" {_('start the audio engine again')} ", "chip", "retry"))
        return [own, hosts]

    def _sentence(self) -> list[AnyRow]:
        content = self.content
        return [] if content.is_here or not content.sentence else self._wrapped(content.sentence, "muted")

    def _own(self) -> list[AnyRow]:
        view, voice = self._view, self.content.voice
        if not self.content.is_here:
            return self._sentence()
        if voice.stage is not Stage.CONNECTED:
            return self._wrapped(safe_line(voice.sentence), "warn") if voice.sentence else []
        if view.is_invited:
            return self._wrapped(_("A host invites you to speak."), "warn-bold")
        if view.is_speaker:
            rows: list[AnyRow] = [MeterRow(voice)]
            if voice.is_muted_talking:
                rows += self._wrapped(_("You speak, but you are muted."), "warn-bold")
            elif voice.is_server_muted:
                rows += self._wrapped(_("A moderator has muted you: nobody hears you."), "warn")
            return rows
        if view.has_asked:
            place = next((number for number, each in enumerate(view.asking, 1) if each.is_me), 0)
            words = _("Your hand is up: {place} of {count}.") if place else _("Your hand is up.")
            return self._wrapped(words.format(place=place, count=len(view.asking)), "good")
        return self._wrapped(_("You listen; nobody hears you."), "muted")

    def _trouble(self) -> list[AnyRow]:
        """Say what is missing to hear and be heard."""
        engine = self.content.voice.engine
        sentence = place_words(self.content.voice) or engine.sentence
        told = [] if engine.is_good or not sentence else [sentence]
        told += [each for each in (*engine.advice, *self.content.voice.problems) if each not in engine.sentence]
        style = "bad" if engine.is_failed else "warn"
        return [row for each in dict.fromkeys(told) for row in self._wrapped(safe_line(each), style)]

    # Who is there.

    def _stage(self) -> list[AnyRow]:
        speakers = self._view.speakers
        chip = f" {_('host')} "
        column = name_column(speakers, chip)
        heading = StageRow(_("STAGE — {count}").format(count=len(speakers)))
        block: list[StageRow | PersonRow] = [heading]
        block += [
            PersonRow(Section.STAGE, each, column, self._heard.get(each.user_id), told=(tag(each),))
            for each in speakers
        ]
        if not speakers:
            block.append(StageRow(_("Nobody speaks yet."), "muted", INDENT))
        least = MIN_STAGE_LINES - self.is_short
        block += [StageRow()] * max(1, least - len(block))
        passing = floats(self._view.reactions, self.content.clock_ms, len(block), float_cells(self.width))
        return [
            msgspec.structs.replace(row, floats=each) if each else row for row, each in zip(block, passing, strict=True)
        ]

    def _hands(self) -> list[AnyRow]:
        view = self._view
        if not view.asking:
            if view.hands is Hands.ALL:
                return []
            return [*flow([(_("HANDS"), "dim"), (_(HANDS[view.hands]), "muted")], self.width, 0), *self._air()]
        words = _("HANDS — {count}").format(count=len(view.asking))
        parts: list[Part] = [(words, "dim")]
        if view.hands is not Hands.ALL:
            parts.append((_(HANDS[view.hands]), "muted"))
        rows: list[AnyRow] = list(flow(parts, self.width, 0))
        column = name_column(view.asking)
        buttons: tuple[Button, ...] = ()
        if view.is_host:
            up, down = (_("invite"), _("decline")) if self.width >= ROOMY else ("↑", "✕")
            buttons = ((f" {up} ", "chip-accent", "invite_up"), (f" {down} ", "chip", "decline_hand"))
        for number, each in enumerate(view.asking, 1):
            told = (since(each.asked_ms, self.content.now_ms), tag(each))
            rows.append(PersonRow(Section.HANDS, each, column, number=number, told=told, buttons=buttons))
        return rows + self._air()

    def _invited(self) -> list[AnyRow]:
        people = self._view.invited
        if not people:
            return []
        rows: list[AnyRow] = [WordsRow(_("INVITED TO SPEAK — {count}").format(count=len(people)), "dim")]
        column = name_column(people)
        rows += [PersonRow(Section.INVITED, each, column, told=(tag(each), _("has not answered"))) for each in people]
        return rows + self._air()

    def _audience(self) -> list[AnyRow]:
        view = self._view
        rows: list[AnyRow] = [AudienceRow(_("AUDIENCE — {count}").format(count=view.listeners), "dim")]
        above = {each.user_id for each in (*view.asking, *view.invited, *view.speakers)}
        rows += _listeners(view.audience, frozenset(above), self.width, setting_in_use())
        if (count := view.listeners - len(view.audience)) > 0:
            rows.append(MoreRow(count))
        elif not view.listeners:
            rows.append(WordsRow(_("Nobody listens yet."), "muted", INDENT))
        elif len(rows) == 1:
            rows.append(WordsRow(_("Who listens is named above."), "muted", INDENT))
        return rows


@lru_cache(maxsize=2)
def _listeners(
    audience: tuple[RoomPerson, ...], above: frozenset[int], width: int, language: str
) -> tuple[PersonRow, ...]:
    """Return the rows of who listens and stands nowhere above; kept, for a room is drawn ten times a second."""
    people = [each for each in audience if each.user_id not in above]
    column = min(max(name_column(people), MAX_NAME_CELLS), width // 2)
    return tuple(PersonRow(Section.AUDIENCE, each, column, told=(tag(each),)) for each in people)


def _as_person(person: VoicePerson) -> RoomPerson:
    return RoomPerson(user_id=person.user_id, name=person.name, is_me=person.is_me)


def fitting(parts: Sequence[Part], width: int) -> bool:
    return sum(cell_len(text) + GAP for text, _style in parts) <= width
