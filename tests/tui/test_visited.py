"""Tests of `tuichat.tui.visited`."""

from tuichat.tui.rows import Chosen
from tuichat.tui.visited import MAX_STEPS, Visited

A, B, C = (Chosen("s/1", 1, number) for number in (1, 2, 3))


def walked(*places: Chosen) -> Visited:
    visited = Visited()
    for place in places:
        visited.visit(place)
    return visited


def anywhere(place: Chosen) -> bool:
    return True


def test_back_and_forward_go_the_same_way() -> None:
    visited = walked(A, B, C)
    assert [visited.step(-1, anywhere), visited.step(-1, anywhere), visited.step(-1, anywhere)] == [B, A, None]
    assert [visited.step(1, anywhere), visited.step(1, anywhere), visited.step(1, anywhere)] == [B, C, None]


def test_a_new_way_from_the_middle_drops_the_old_one() -> None:
    visited = walked(A, B)
    visited.step(-1, anywhere)
    visited.visit(C)
    assert visited.step(1, anywhere) is None
    assert visited.step(-1, anywhere) == A


def test_what_is_gone_is_passed_over() -> None:
    assert walked(A, B, C).step(-1, lambda place: place != B) == A


def test_being_somewhere_twice_in_a_row_is_one_step() -> None:
    assert walked(A, B, B).step(-1, anywhere) == A


def test_the_way_is_bounded() -> None:
    visited = walked(*(Chosen("s/1", 1, number) for number in range(MAX_STEPS + 50)))
    steps = 0
    while visited.step(-1, anywhere):
        steps += 1
    assert steps == MAX_STEPS - 1
