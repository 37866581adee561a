"""What listeners report about a speaker, and the one report that the speaker gets of it."""

from tuichat.protocol import rtcp
from tuichat.protocol.rtp import RtpError
from tuichat.server.voice.hearing import Hearing
from tuichat.server.voice.participant import Participant
from tuichat.server.voice.rooms import Rooms

FRESH_MS = 5000  # a report counts so long: a burst is to be met while it lasts


def note(rooms: Rooms, listener: Participant, packet: bytes, now_ms: int) -> bool:
    """Take an RTCP packet in the clear; False for one that is not whole.

    Only what it says of people in the listener's own room, who asked to be told, is kept; it goes with the speaker.
    """
    try:
        reports = rtcp.parse(packet)
    except RtpError:
        return False
    metrics = {each.ssrc: each for each in reports.metrics}
    blocks = {each.ssrc: each for each in reports.receiver_reports}
    bitrates = {each.ssrc: each.bits_s for each in reports.bitrates}
    for ssrc in metrics.keys() | blocks.keys():
        speaker = rooms.by_ssrc.get(ssrc)
        if speaker is None or speaker is listener or not speaker.reports_losses:
            continue
        if speaker.place.channel_id == listener.place.channel_id:
            speaker.hearings[listener.ssrc] = Hearing(blocks.get(ssrc), metrics.get(ssrc), bitrates.get(ssrc), now_ms)
    return True


def report_to(participant: Participant, now_ms: int) -> bytes:
    """Return what somebody is sent this second: the worst that its listeners reported, or a bare sign of life.

    With it goes the least bitrate that one of them asked for.
    """
    hearings = participant.hearings
    for ssrc in [ssrc for ssrc, hearing in hearings.items() if now_ms - hearing.told_ms > FRESH_MS]:
        del hearings[ssrc]
    if not hearings:
        return rtcp.sender_report(participant.ssrc)
    blocks = [hearing.report for hearing in hearings.values() if hearing.report is not None]
    metrics = [hearing.metrics for hearing in hearings.values() if hearing.metrics is not None]
    bitrates = [hearing.bits_s for hearing in hearings.values() if hearing.bits_s is not None]
    worst_block = max(blocks, key=lambda each: each.fraction_lost, default=None)
    worst_metrics = max(metrics, key=lambda each: each.loss_percent, default=None)
    return rtcp.build(
        participant.ssrc,
        () if worst_block is None else (worst_block,),
        () if worst_metrics is None else (worst_metrics,),
        (rtcp.BitrateRequest(participant.ssrc, min(bitrates)),) if bitrates else (),
    )
