"""The fuzzer's checks hold for its samples, for samples with a few bytes changed, and for any bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target

by_target = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)


@st.composite
def changed(draw: st.DrawFn, samples: list[bytes]) -> bytes:
    """Return a sample, cut or with bytes overwritten: nearly right is where parsers err."""
    data = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(0, 3))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))]) + draw(st.binary(max_size=8))


@by_target
def test_good_bytes_are_handled(target: Target) -> None:
    for sample in target.samples:
        target.check(sample)


@pytest.mark.slow
@by_target
@given(data=st.data())
def test_any_bytes_are_handled(target: Target, data: st.DataObject) -> None:
    target.check(data.draw(st.binary(max_size=200) | changed(list(target.samples))))
