"""A priority speaker is heard over the others, who then have their own volumes again."""

from tuichat.voice.priority import DUCKED, PriorityVolumes


def test_others_are_lowered_while_one_with_priority_speaks() -> None:
    volumes = PriorityVolumes()
    volumes.chosen = {2: 200}
    volumes.choose(frozenset({1}))
    assert volumes.follow([2, 3]) == {}
    assert volumes.follow([1, 2, 3]) == {2: round(200 * DUCKED), 3: round(100 * DUCKED)}
    assert volumes.follow([1]) == {}
    assert volumes.follow([2]) == {2: 200, 3: 100}


def test_nobody_is_lowered_without_priority() -> None:
    assert PriorityVolumes().follow([1, 2, 3]) == {}
