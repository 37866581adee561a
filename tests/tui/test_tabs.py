"""Tests of `tuichat.tui.tabs`."""

from tuichat.tui.rows import Chosen
from tuichat.tui.tabs import MAX_TABS, Tabs

A, B, C = (Chosen("s/1", 1, number) for number in (1, 2, 3))


def test_going_somewhere_changes_the_tab_that_is_shown() -> None:
    tabs = Tabs([A])
    tabs.show(B)
    assert (tabs.items, tabs.shown) == ([B], B)


def test_a_channel_in_a_tab_is_shown_there() -> None:
    tabs = Tabs([A, B], 1)
    tabs.show(A)
    assert (tabs.items, tabs.index) == ([A, B], 0)


def test_a_new_tab_stands_right_of_the_one_shown() -> None:
    tabs = Tabs([A, B], 0)
    tabs.open(C)
    assert (tabs.items, tabs.shown) == ([A, C, B], C)


def test_closing_shows_the_neighbour() -> None:
    tabs = Tabs([A, B, C], 2)
    tabs.close(2)
    assert tabs.shown == B
    tabs.close(0)
    assert (tabs.items, tabs.shown) == ([B], B)
    tabs.close(0)
    assert tabs.items == [B]


def test_closing_another_keeps_what_is_shown() -> None:
    tabs = Tabs([A, B, C], 1)
    tabs.close(0)
    assert tabs.shown == B
    tabs.close(1)
    assert tabs.shown == B


def test_stepping_goes_round() -> None:
    tabs = Tabs([A, B, C], 2)
    tabs.step(1)
    assert tabs.shown == A
    tabs.step(-1)
    assert tabs.shown == C


def test_a_tab_is_moved_as_far_as_there_is_room() -> None:
    tabs = Tabs([A, B, C], 0)
    for _ in range(5):
        tabs.move(1)
    assert (tabs.items, tabs.shown) == ([B, C, A], A)


def test_what_is_gone_is_closed_but_for_the_one_shown() -> None:
    tabs = Tabs([A, B, C], 1)
    tabs.forget(lambda chosen: chosen == C)
    assert (tabs.items, tabs.shown) == ([B, C], B)


def test_tabs_are_bounded() -> None:
    tabs = Tabs([Chosen("s/1", 1, number) for number in range(MAX_TABS + 5)])
    tabs.open(Chosen("s/1", 1, 999))
    assert len(tabs.items) == MAX_TABS
    assert tabs.shown.channel_id == 999
