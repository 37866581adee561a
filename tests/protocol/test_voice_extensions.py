"""What our own voice ends agree on, and media within the WebSocket."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import voice_extensions
from tuichat.protocol.voice_extensions import FEATURES, LOSS_REPORTS, REDUNDANCY


@given(st.lists(st.sampled_from([*FEATURES, "fixed_keyframe_interval", ""])))
def test_both_ends_use_what_both_know(offered: list[str]) -> None:
    assert set(voice_extensions.agreed(offered)) == set(offered) & set(FEATURES)


def test_the_answer_has_one_order_whatever_was_asked() -> None:
    assert voice_extensions.agreed([LOSS_REPORTS, REDUNDANCY, LOSS_REPORTS]) == (REDUNDANCY, LOSS_REPORTS)


@given(st.binary(max_size=1500))
def test_a_datagram_in_the_websocket_comes_back(datagram: bytes) -> None:
    assert voice_extensions.unpack_media(voice_extensions.pack_media(datagram)) == datagram


@given(st.binary(max_size=50))
def test_another_binary_message_is_no_media(message: bytes) -> None:
    assert (voice_extensions.unpack_media(message) is None) == (message[:1] != bytes([voice_extensions.MEDIA]))
