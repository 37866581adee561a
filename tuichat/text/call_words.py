"""Voice in words: how somebody takes part, and how well a call goes, line by line."""

from tuichat.client.voice_desk import Stage, VoicePerson, VoicePlace, VoiceView
from tuichat.client.voice_way import VoiceWay, Way
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _, ngettext
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.place_protocol import PlaceState

WAYS = {
    MediaPath.UDP: N_("direct"),
    MediaPath.RELAYED: N_("through ssh"),
    MediaPath.WEBSOCKET: N_("through ssh and the WebSocket"),
}
"""Which way a call's packets take from a laptop, once it is agreed."""
PATHS_FROM_LAPTOP = {
    MediaPath.UDP: N_("directly from your laptop, through UDP"),
    MediaPath.RELAYED: N_("from your laptop through ssh, then through UDP from here"),
    MediaPath.WEBSOCKET: N_("from your laptop through ssh, then through the WebSocket"),
}
"""The same as parts of sentences."""
AWAY = N_("laptop away")
SHORTLY_AWAY = {PlaceState.ASKING: N_("your laptop asks you"), PlaceState.CONNECTING: N_("laptop: connecting …")}


def percent(value: float) -> str:
    """Return a share as it is told: tenths below ten."""
    return f"{value * 100:.1f} %" if value < 0.1 else f"{value * 100:.0f} %"


def rate(bytes_s: int) -> str:
    """Return a rate of bytes in kbit/s, as networks are told of."""
    return _("{rate} kbit/s").format(rate=f"{bytes_s * 8 / 1000:.0f}")


def timeliness(view: VoiceView) -> str:
    """Return how late this end's audio was at worst in the last minute, and how often the speaker ran dry in the call."""
    late_ms = max((moment.late_ms for moment in view.moments), default=0.0)
    gaps = ngettext("{count} gap", "{count} gaps", view.underruns).format(count=view.underruns)
    return _("at worst {late} ms late, {gaps}").format(late=f"{late_ms:.1f}", gaps=gaps)


def condition(person: VoicePerson) -> str:
    """Return how somebody takes part, empty where there is nothing to say."""
    words = []
    if person.is_server_muted:
        words.append(_("muted by a moderator"))
    elif person.is_suppressed:
        words.append(_("listens only"))
    elif person.is_muted:
        words.append(_("muted"))
    if person.is_server_deafened:
        words.append(_("deafened by a moderator"))
    elif person.is_deafened:
        words.append(_("deafened"))
    if person.is_priority:
        words.append(_("priority speaker"))
    return ", ".join(words)


def sound_trouble(before: VoiceView, now: VoiceView) -> list[str]:
    """Return what is newly wrong with the sound of a call or a test, with what to do, as safe text."""
    if not _is_sounding(now):
        return []
    known = {*before.problems, *before.engine.advice} if _is_sounding(before) else set()
    return [safe_line(each) for each in dict.fromkeys((*now.engine.advice, *now.problems)) if each not in known]


def place_news(before: VoicePlace, now: VoicePlace) -> list[str]:
    """Return what is new about where the sound is, as safe text. A stall is none until one is muted for it."""
    told = []
    if now.state is PlaceState.STALLED:
        if now.leaves_in_s is not None and before.leaves_in_s is None:
            told.append(safe_line(now.sentence))
    elif now.is_laptop and now.state is PlaceState.READY:
        if before.key != now.key or not _was_there(before):
            told.append(_("Audio from your laptop {name}.").format(name=safe_name(now.name)))
        elif now.sentence and now.sentence != before.sentence:  # of another laptop, that asks or refuses
            told.append(safe_line(now.sentence))
    elif now.sentence not in before.sentence:  # a question after a loss says a part of that again
        told.append(safe_line(now.sentence))
    if before.is_laptop and not now.is_laptop:
        told.append(_("The sound is on this machine now."))
    newer = now.newer
    if newer is not None and newer != before.newer and newer.name != now.name:  # the same ears otherwise
        words = _("You have logged in from {name} too: /call device {name} has the sound there.")
        told.append(words.format(name=safe_name(newer.name)))
    return told


def _was_there(place: VoicePlace) -> bool:
    """Whether one was not told that the sound is away."""
    return place.state is PlaceState.READY or (place.state is PlaceState.STALLED and place.leaves_in_s is None)


def place_words(view: VoiceView, *, is_short: bool = False) -> str:
    """Return where the sound is and which way a call's packets take from there, empty where it is on this machine; safe text."""
    place = view.place
    if not place.is_laptop:
        return ""
    if place.is_away:
        return _away_words(place, is_short=is_short)
    way = _(WAYS[view.path]) if view.path in WAYS else ""
    if is_short:
        return " · ".join(filter(None, (_("laptop"), way)))
    trip = "" if place.rtt_ms is None else _("{trip} ms").format(trip=f"{place.rtt_ms:.0f}")
    told = _("audio from your laptop {name}").format(name=safe_name(place.name))
    return " · ".join(filter(None, (told, way, trip)))


def away_word(place: VoicePlace) -> str:
    """Return in a word or two that nothing comes from a laptop now."""
    return _(SHORTLY_AWAY.get(place.state, AWAY))


def _away_words(place: VoicePlace, *, is_short: bool) -> str:
    """Return why nothing comes from a laptop now, and what becomes of the call."""
    if is_short and place.leaves_in_s is not None:
        return _("laptop away · muted · leaving in {seconds} s").format(seconds=place.leaves_in_s)
    if is_short:
        return away_word(place)
    told = safe_line(place.sentence)
    if not told and place.state is PlaceState.CONNECTING:
        told = _("Your laptop {name} is being reached …").format(name=safe_name(place.name))
    told = told or _("The laptop does not answer.")
    if place.leaves_in_s is not None:
        told = _("You are muted, and leave in {seconds} s.").format(seconds=place.leaves_in_s) + " " + told
    return told


def _is_sounding(view: VoiceView) -> bool:
    return view.is_in_call or view.test is not None


def way_words(found: VoiceWay) -> str:
    """Return which way voice would take, as a sentence, with what to do where it is not the best one."""
    port = port_words(found)
    match found.way:
        case Way.UDP:
            trip = milliseconds(found.round_trip_ms or 0.0)
            return _("Voice would go by UDP to {port}, {trip} ms there and back.").format(port=port, trip=trip)
        case Way.WEBSOCKET:
            return _(
                "UDP is blocked: voice goes through the voice WebSocket. For less delay, have the firewalls pass UDP to {port}."
            ).format(port=port)
        case Way.PROXY:
            return _("A proxy leads there: voice goes through it in the voice WebSocket, never by UDP around it.")


def port_words(found: VoiceWay) -> str:
    """Return the media port with its host, as safe text."""
    return safe_line(f"[{found.host}]:{found.port}" if ":" in found.host else f"{found.host}:{found.port}")


def milliseconds(value: float) -> str:
    """Return a time as it is told: tenths below two."""
    return f"{value:.1f}" if value < 2 else f"{value:.0f}"


def verdict(view: VoiceView) -> str:
    """Return how a test of the devices ended, with the delay, and in a call how voice travels; empty while there is none."""
    test = view.test
    if test is None or not test.verdict:
        return ""
    told = [safe_line(test.verdict)]
    if test.delay_ms is not None:
        told.append(_("Delay: {delay} ms.").format(delay=test.delay_ms))
    if view.is_in_call:
        if view.path is not MediaPath.NONE:
            path = _path(view)
            told.append(
                _("Voice goes {path}.").format(path=path)
                if view.rtt_ms is None
                else _("Voice goes {path}, {trip} ms there and back.").format(path=path, trip=milliseconds(view.rtt_ms))
            )
    elif view.place.is_laptop:
        told.append(_("Which way voice takes from your laptop is told in a call, and by `tuichat doctor audio`."))
    else:
        told.append(_("How voice reaches the server is told in a call.") if view.way is None else way_words(view.way))
    if len(told) > 1 and told[0][-1] not in ".!?":  # it ends with a command, which is copied
        told[0] += " ·"
    return " ".join(told)


def path_words(view: VoiceView) -> str:
    """Return how voice goes to the server."""
    return place_words(view) if view.place.is_laptop else _path(view)


def way_news(before: VoiceView, now: VoiceView) -> str:
    """Return by which way voice goes from the laptop, where that is agreed anew; else nothing."""
    if not _has_laptop_way(now) or (_has_laptop_way(before) and before.path is now.path):
        return ""
    return _("Voice goes {path}.").format(path=_path(now))


def _has_laptop_way(view: VoiceView) -> bool:
    return view.place.is_laptop and not view.place.is_away and view.stage is Stage.CONNECTED and view.path in WAYS


def _path(view: VoiceView) -> str:
    """Return how voice goes to the server, as a part of a sentence."""
    if view.path is MediaPath.NONE:
        return _("not agreed yet")
    if view.place.is_laptop:
        return _(PATHS_FROM_LAPTOP[view.path])
    return _("through the WebSocket, since UDP is blocked") if view.is_over_websocket else _("through UDP")


def figures(view: VoiceView) -> list[str]:
    """Return lines that tell how well a call goes, in all and by person."""
    lines = [safe_line(view.title)]
    if view.has_statistics:
        rtt = "–" if view.rtt_ms is None else f"{view.rtt_ms:.0f}"
        lines.append(
            _("round trip {rtt} ms, jitter {jitter} ms, {lost} lost, {concealed} concealed").format(
                rtt=rtt, jitter=f"{view.jitter_ms:.0f}", lost=percent(view.loss), concealed=percent(view.concealed)
            )
        )
        lines.append(
            _("sent {sent}, received {received}, {lost} of yours lost").format(
                sent=rate(view.sent_bytes_s), received=rate(view.received_bytes_s), lost=percent(view.sent_loss)
            )
        )
        lines.append(_("audio on time: {how}").format(how=timeliness(view)))
    lines.append(_("encrypted to the server"))
    lines.append(path_words(view))
    for person in view.people:
        if person.is_me or not person.moments:
            continue
        last = person.moments[-1]
        lines.append(
            _("{name}: {lost} lost, {concealed} concealed, jitter {jitter} ms, held back {delay} ms").format(
                name=safe_name(person.name),
                lost=percent(last.loss),
                concealed=percent(last.concealed),
                jitter=f"{last.jitter_ms:.0f}",
                delay=f"{last.delay_ms:.0f}",
            )
        )
    return lines
