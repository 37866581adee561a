"""Which channels were looked at lately."""

from tuichat.client.opened_channels import MAX_KEPT, MAX_RECONCILED, OpenedChannels
from tuichat.client.state import State


def test_what_is_looked_at_now_is_reconciled_first() -> None:
    opened = OpenedChannels(State())
    for channel_id in (*range(1, MAX_RECONCILED + 3), 5):
        opened.note(channel_id)
    assert opened.latest() == [5, *(each for each in range(MAX_RECONCILED + 2, 2, -1) if each != 5)]


def test_channels_not_looked_at_for_long_are_forgotten_unless_they_are_waited_for() -> None:
    state = State()
    opened = OpenedChannels(state)
    state.timeline(2).is_loading = True
    for channel_id in range(1, MAX_KEPT + 3):
        state.timeline(channel_id)
        opened.note(channel_id)
    assert list(state.timelines) == [2, *range(3, MAX_KEPT + 3)]
