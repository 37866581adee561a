"""What is known of how well one speaker is heard."""

import msgspec


class SpeakerStatistics(msgspec.Struct, frozen=True):
    """One speaker's reception: counts since the first packet, and measures of the last ten seconds.

    Losses are those of the network: a packet that a later one stood in for is counted as lost, and as recovered.
    """

    ssrc: int
    user_id: int | None
    is_speaking: bool
    """Whether sound of theirs is being played at this moment."""
    level_db: float
    """Loudness in dB below full scale over the last frame, -100 for silence, before their volume is applied."""
    delay_ms: float
    """How long a packet that the network did not hold up waits until it is played."""
    wanted_delay_ms: float
    """The delay that the last seconds' jitter and losses call for; `delay_ms` follows it."""
    jitter_ms: float
    """Interarrival jitter (RFC 3550, 6.4.1)."""
    highest_sequence: int
    """Extended highest sequence number received (RFC 3550, 6.4.1)."""
    packets_expected: int
    packets_lost: int
    """Expected less received, duplicates not counted (RFC 3550, A.3); late ones are no losses."""
    packets_late: int
    """Came when their sound was over: discarded (RFC 3611, 4.7.1)."""
    packets_repeated: int
    """Duplicates."""
    frames_recovered: int
    """Lost, but played from what a later packet said: forward error correction or a repetition."""
    frames_concealed: int
    """Played as a guess, or as silence where the guess had lasted too long."""
    loss_percent: float
    """Of the last ten seconds' packets."""
    late_percent: float
    concealed_percent: float
    """Of the last ten seconds' sound that was to be heard."""
    burst_density_percent: float
    """Loss and discard within bursts of the last ten seconds, as RFC 3611, 4.7.2 defines them (Gmin 16)."""
    burst_duration_ms: float
    """Mean length of these bursts."""
    gap_density_percent: float
    gap_duration_ms: float
    longest_loss: int
    """Most packets lost in a row within the last ten seconds."""
