"""Says in sentences what happens in a call: how it is, who comes and goes, what rings."""

import time
from collections.abc import Callable

from tuichat.client.voice_desk import Stage, VoiceDesk, VoicePerson, VoiceView
from tuichat.text.call_words import condition, place_news, sound_trouble, verdict, way_news, way_words
from tuichat.text.ringing_words import RingWatch
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _

MAX_NAMES = 20  # of people that are told at once (taste)
STEPS = {
    "delay": N_("The delay is measured: a short click is played."),
    "recording": N_("Three seconds are recorded: say something."),
    "playing": N_("This is how you sound."),
}


class VoiceHerald:
    """Says each thing once."""

    def __init__(
        self,
        desk: VoiceDesk,
        say: Callable[[str], None],
        is_told_apart: Callable[[VoiceView], bool] = lambda view: False,
    ) -> None:
        """`is_told_apart` says of a call whether another herald tells of its people."""
        self._desk = desk
        self._is_told_apart = is_told_apart
        self._say = say
        self._told = desk.view
        self._ring_watch = RingWatch()
        self._end = desk.subscribe(self._changed)

    def close(self) -> None:
        self._end()

    def _changed(self) -> None:
        before, self._told = self._told, self._desk.view
        now = self._told
        self._tell_stage(before, now)
        is_same = before.is_in_call and now.is_in_call and now.channel_id == before.channel_id
        if is_same and not self._is_told_apart(now):
            self._tell_people(before, now)
        for sentence in self._ring_watch.look(now, time.monotonic()):
            self._say(sentence)
        rang = {(each.account_key, each.channel_id) for each in before.incoming}
        for incoming in now.incoming:
            if (incoming.account_key, incoming.channel_id) not in rang:
                words = _("{who} calls. /call accept answers, /call decline declines.")
                self._say(words.format(who=safe_line(incoming.title)))
        self._tell_sound(before, now)
        self._tell_test(before, now)

    def _tell_stage(self, before: VoiceView, now: VoiceView) -> None:
        if now.stage is before.stage and now.sentence == before.sentence and now.channel_id == before.channel_id:
            return
        title, sentence = safe_line(now.title), safe_line(now.sentence)
        match now.stage:
            case Stage.CONNECTED if before.stage is not Stage.CONNECTED or now.channel_id != before.channel_id:
                others = [_described(each) for each in now.people if not each.is_me][:MAX_NAMES]
                words = _("You are in {channel} with {names}.") if others else _("You are in {channel}, alone so far.")
                told = words.format(channel=title, names=", ".join(others)) + " " + _("Encrypted to the server.")
                if now.is_over_websocket and not now.place.is_laptop:
                    told += " " + _("UDP is blocked here, so voice goes through the WebSocket.")
                self._say(told)
            case Stage.REJOINING:
                self._say(sentence or _("The call is joined again …"))
            case Stage.FAILED:
                self._say(sentence or _("The call failed."))
            case Stage.OUT if before.is_in_call:
                self._say(sentence or _("You are in no call any more."))

    def _tell_people(self, before: VoiceView, now: VoiceView) -> None:
        known = {each.user_id: each for each in before.people}
        there = {each.user_id for each in now.people}
        if now.stage is not Stage.CONNECTED or before.stage is not Stage.CONNECTED:
            return
        for person in now.people:
            earlier = known.get(person.user_id)
            name = _("You") if person.is_me else safe_name(person.name, _("somebody"))
            if earlier is None:
                if not person.is_me:
                    self._say(_("{name} joined the call.").format(name=name))
            elif _state(earlier) != _state(person):
                words = condition(person) or _("not muted any more")
                self._say(f"{name}: {words}.")
        for person in before.people:
            if person.user_id not in there and not person.is_me:
                self._say(_("{name} left the call.").format(name=safe_name(person.name, _("somebody"))))

    def _tell_sound(self, before: VoiceView, now: VoiceView) -> None:
        if now.is_muted_talking and not before.is_muted_talking:
            self._say(_("You speak, but you are muted."))
        for sentence in (*place_news(before.place, now.place), way_news(before, now), *sound_trouble(before, now)):
            if sentence:
                self._say(sentence)

    def _tell_test(self, before: VoiceView, now: VoiceView) -> None:
        earlier, test = before.test, now.test
        if test is None:
            return
        if test.verdict and test == earlier:
            if now.way is not None and now.way != before.way and not now.is_in_call:  # it came after the verdict
                self._say(way_words(now.way))
        elif test.verdict:
            self._say(verdict(now))
        elif test.step in STEPS and (earlier is None or earlier.step != test.step):
            self._say(_(STEPS[test.step]))


def _state(person: VoicePerson) -> tuple[bool, ...]:
    """Return what is told when it changes; priority comes and goes with each word."""
    return (
        person.is_muted,
        person.is_deafened,
        person.is_server_muted,
        person.is_server_deafened,
        person.is_suppressed,
    )


def _described(person: VoicePerson) -> str:
    words = condition(person)
    name = safe_name(person.name, _("somebody"))
    return f"{name} ({words})" if words else name
