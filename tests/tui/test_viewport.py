"""The view follows the end, or stays where the reader is, whatever comes above or below."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tuichat.tui.viewport import Viewport

INTRO = 2


@dataclass
class Messages:
    """Messages of given heights, keyed by name."""

    items: list[tuple[str, int]] = field(default_factory=list)

    @classmethod
    def numbered(cls, count: int, height: int = 2) -> "Messages":
        return cls([(f"m{number}", height) for number in range(count)])

    def __len__(self) -> int:
        return len(self.items)

    def key_at(self, index: int) -> str:
        return self.items[index][0]

    def index_of_key(self, key: str) -> int | None:
        return next((index for index, (other, _) in enumerate(self.items) if other == key), None)

    def index_near(self, key: str) -> int | None:
        return None

    def height_of(self, index: int) -> int:
        return INTRO if index < 0 else self.items[index][1]

    def prepend(self, count: int, height: int = 3) -> None:
        first = self.items[0][0]
        self.items[:0] = [(f"older than {first} {number}", height) for number in range(count)]

    def remove(self, key: str) -> None:
        self.items = [item for item in self.items if item[0] != key]


HEIGHT = 9


def lay_out(view: Viewport, messages: Messages, height: int = HEIGHT) -> list[tuple[str, int]]:
    view.lay_out(messages, height, messages.height_of)
    return shown(view, messages)


def shown(view: Viewport, messages: Messages) -> list[tuple[str, int]]:
    return [("intro" if place.index < 0 else messages.key_at(place.index), place.line) for place in view.places]


def scroll(view: Viewport, messages: Messages, lines: int, height: int = HEIGHT) -> list[tuple[str, int]]:
    view.scroll(lines, messages, height, messages.height_of)
    return shown(view, messages)


def test_a_new_view_shows_the_end() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lines = lay_out(view, messages)
    assert lines[-1] == ("m49", 1)
    assert len(lines) == HEIGHT
    assert lines[0] == ("m45", 1)


def test_a_short_timeline_shows_what_stands_before_it() -> None:
    view, messages = Viewport(), Messages.numbered(2)
    assert lay_out(view, messages) == [("intro", 0), ("intro", 1), ("m0", 0), ("m0", 1), ("m1", 0), ("m1", 1)]


def test_following_shows_what_is_appended() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    messages.items.append(("new", 4))
    assert lay_out(view, messages)[-1] == ("new", 3)
    assert view.follows


def test_scrolled_up_nothing_moves_when_messages_are_appended() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    before = scroll(view, messages, -7)
    assert not view.follows
    messages.items.append(("new", 4))
    assert lay_out(view, messages) == before


def test_nothing_moves_when_older_messages_are_prepended() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    before = scroll(view, messages, -20)
    messages.prepend(100)
    assert lay_out(view, messages) == before


def test_nothing_moves_when_older_messages_come_while_the_top_is_in_view() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    view.show_top(messages, HEIGHT, messages.height_of)
    before = shown(view, messages)
    assert before[0] == ("intro", 0)
    messages.prepend(10)
    after = lay_out(view, messages)
    assert after[INTRO:] == before[INTRO:]


def test_when_the_first_message_in_view_is_deleted_the_next_one_holds() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    before = scroll(view, messages, -21)
    assert before[0][0] == "m35"
    messages.remove("m35")
    assert lay_out(view, messages)[0] == ("m36", 0)


def test_scrolling_down_to_the_end_follows_again() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    scroll(view, messages, -5)
    scroll(view, messages, 5)
    assert view.follows
    scroll(view, messages, -5)
    scroll(view, messages, 50)
    assert view.follows
    assert shown(view, messages)[-1] == ("m49", 1)


def test_scrolling_up_stops_at_the_top() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    assert scroll(view, messages, -1000)[0] == ("intro", 0)
    assert scroll(view, messages, -1)[0] == ("intro", 0)
    assert scroll(view, messages, 1)[0] == ("intro", 1)
    assert scroll(view, messages, 2)[0] == ("m0", 1)


def test_a_resize_keeps_the_first_message_in_view() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    first = scroll(view, messages, -30)[0][0]
    messages.items = [(key, 5) for key, _ in messages.items]
    assert lay_out(view, messages)[0][0] == first
    messages.items = [(key, 1) for key, _ in messages.items]
    assert lay_out(view, messages)[0][0] == first


def test_showing_a_message_moves_as_little_as_needed() -> None:
    view, messages = Viewport(), Messages.numbered(50)
    lay_out(view, messages)
    view.show(40, messages, HEIGHT, messages.height_of)
    assert shown(view, messages)[0] == ("m40", 0)
    view.show(42, messages, HEIGHT, messages.height_of)
    assert shown(view, messages)[0] == ("m40", 0)
    view.show(45, messages, HEIGHT, messages.height_of)
    assert shown(view, messages)[-1] == ("m45", 1)


def test_only_what_is_in_view_is_asked_for() -> None:
    view, messages = Viewport(), Messages.numbered(100_000)
    asked: set[int] = set()

    def height_of(index: int) -> int:
        asked.add(index)
        return messages.height_of(index)

    view.lay_out(messages, HEIGHT, height_of)
    view.scroll(-3, messages, HEIGHT, height_of)
    assert len(asked) <= HEIGHT + 3


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["scroll", "append", "prepend", "remove", "resize"]), st.integers(-30, 30)), max_size=25
)


@given(ACTIONS, st.integers(1, 12))
def test_the_view_is_always_full_and_without_holes(actions: list[tuple[str, int]], height: int) -> None:
    view, messages = Viewport(), Messages.numbered(8, 3)
    lay_out(view, messages, height)
    for number, (action, amount) in enumerate(actions):
        match action:
            case "scroll":
                scroll(view, messages, amount, height)
            case "append":
                messages.items.append((f"n{number}", abs(amount) % 4 + 1))
            case "prepend" if len(messages):
                messages.prepend(abs(amount) % 5 + 1)
            case "remove" if len(messages):
                messages.items.pop(abs(amount) % len(messages))
            case "resize":
                messages.items = [(key, abs(amount) % 5 + 1) for key, _ in messages.items]
        lay_out(view, messages, height)
        everything = [(index, line) for index in range(-1, len(messages)) for line in range(messages.height_of(index))]
        lines = [(place.index, place.line) for place in view.places]
        assert len(lines) == min(height, len(everything))
        start = everything.index(lines[0])
        assert lines == everything[start : start + len(lines)]
        if view.follows:
            assert lines[-1] == everything[-1]
