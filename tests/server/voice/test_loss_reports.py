"""Reports of losses: what listeners say of a speaker comes to it as one report each second."""

from tests.server.voice.people import FRAME, OTHER_CHANNEL, Person, Town
from tuichat.protocol import rtcp
from tuichat.protocol.encryption import Opener
from tuichat.protocol.rtcp import BitrateRequest, ReceiverReport, Reports, VoipMetrics
from tuichat.protocol.voice_extensions import LOSS_REPORTS
from tuichat.server.voice.loss_reports import FRESH_MS

KNOWS = frozenset({LOSS_REPORTS})


def _reports(listener: Person, speaker: Person, *, lost: int, discarded: int = 0, bits_s: tuple[int, ...] = ()) -> None:
    """Let a listener report so much of 256 lost and discarded, and ask for a bitrate."""
    ssrc = speaker.participant.ssrc
    packet = rtcp.build(
        listener.participant.ssrc,
        [ReceiverReport(ssrc=ssrc, fraction_lost=lost)],
        [VoipMetrics(ssrc=ssrc, loss_rate=lost, discard_rate=discarded, burst_duration_ms=60)],
        [BitrateRequest(ssrc, each) for each in bits_s],
    )
    listener.sends(listener.sealer.seal(packet[:8], packet[8:]))


def _told(town: Town, person: Person) -> Reports:
    town.forwarder.keep_alive(person.participant, town.now_ms)
    (packet,) = town.take(person.address)
    body = Opener(person.mode, person.participant.key).open(packet)
    assert body is not None
    return rtcp.parse(packet[:8] + body)


def test_the_worst_of_the_last_seconds_comes_to_the_speaker() -> None:
    town = Town()
    speaker, first, second = town.join(1, features=KNOWS), town.join(2), town.join(3)
    _reports(first, speaker, lost=10)
    _reports(second, speaker, lost=5, discarded=30)
    told = _told(town, speaker)
    assert [(each.ssrc, each.fraction_lost) for each in told.receiver_reports] == [(speaker.participant.ssrc, 10)]
    assert [(each.loss_rate, each.discard_rate, each.burst_duration_ms) for each in told.metrics] == [(5, 30, 60)]


def test_a_listener_counts_with_its_last_report_and_not_for_long() -> None:
    town = Town()
    speaker, listener = town.join(1, features=KNOWS), town.join(2)
    _reports(listener, speaker, lost=100)
    town.now_ms += 1000
    _reports(listener, speaker, lost=3)
    assert _told(town, speaker).receiver_reports[0].fraction_lost == 3
    town.now_ms += FRESH_MS
    assert _told(town, speaker).receiver_reports[0].fraction_lost == 3
    town.now_ms += 1
    assert _told(town, speaker).receiver_reports == ()
    assert speaker.participant.hearings == {}


def test_the_narrowest_line_decides_how_much_a_speaker_is_asked_to_send() -> None:
    town = Town()
    speaker, first, second = town.join(1, features=KNOWS), town.join(2), town.join(3)
    _reports(first, speaker, lost=0)
    assert _told(town, speaker).bitrates == ()
    _reports(second, speaker, lost=0, bits_s=(40_000,))
    _reports(first, speaker, lost=0, bits_s=(60_000,))
    assert _told(town, speaker).bitrates == (BitrateRequest(speaker.participant.ssrc, 40_000),)
    town.now_ms += FRESH_MS
    _reports(second, speaker, lost=0)
    town.now_ms += 1
    assert _told(town, speaker).bitrates == ()


def test_nobody_reports_about_another_room_about_itself_or_to_one_who_did_not_ask() -> None:
    town = Town()
    speaker, listener = town.join(1, features=KNOWS), town.join(2)
    elsewhere = town.join(3, OTHER_CHANNEL)
    _reports(elsewhere, speaker, lost=200)
    _reports(speaker, speaker, lost=200)
    _reports(speaker, listener, lost=200)
    assert _told(town, speaker).receiver_reports == ()
    assert _told(town, listener).receiver_reports == ()


def test_a_broken_or_forged_report_says_nothing() -> None:
    town = Town()
    speaker, listener = town.join(1, features=KNOWS), town.join(2)
    header = b"\x81\xc9\x00\x07" + listener.participant.ssrc.to_bytes(4)
    listener.sends(listener.sealer.seal(header, b"\xff" * 5))
    listener.sends(speaker.sealer.seal(header, b"\0" * 24))
    assert town.forwarder.refused == 2
    assert _told(town, speaker).receiver_reports == ()
    speaker.says(FRAME)
    assert len(listener.heard()) == 1
