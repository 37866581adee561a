"""A window into the past agrees with its channel, and joins the present when they touch, however things interleave."""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.client.builders import GENERAL, ME, created, message
from tests.client.told_channel import Event, ToldChannel
from tuichat.client import timeline
from tuichat.client.change import MessageChanged, MessageRemoved
from tuichat.client.state import Timeline
from tuichat.protocol.dispatch.message import MessageCreate, MessageDelete, MessageUpdate
from tuichat.protocol.message import Message

PAGE = 4


class Channel(ToldChannel):
    """A channel, its dispatches on their way, the present that a client knows, and a window into the past."""

    def __init__(self) -> None:
        super().__init__()
        self.present = Timeline(GENERAL)
        self.window: Timeline | None = None
        self.arriving: Timeline | None = None
        self.load: tuple[str, Timeline, int, int] | None = None  # direction, where to, bound, generation
        self.read: tuple[list[Message], bool] | None = None  # the page, and whether the channel ends in its direction

    @initialize(count=st.integers(10, 40))
    def begin(self, count: int) -> None:
        for _ in range(count):
            self.create()
        self.under_way.clear()
        newest = sorted(self.truth.values(), key=lambda each: each.id)[-PAGE:]
        timeline.begin_load(self.present)
        timeline.show_newest(self.present, newest, reaches_start=False, own_id=ME)
        timeline.end_load(self.present)

    def arrive(self, event: Event) -> None:
        for known in (self.present, self.window, self.arriving):
            if known is None:
                continue
            match event:
                case MessageCreate():
                    timeline.receive(known, event, is_own=False)
                case MessageUpdate():
                    timeline.update(known, event)
                case MessageDelete():
                    timeline.remove(known, event.id)

    # Loads

    def ask(self, direction: str, known: Timeline, bound: int) -> None:
        self.load = (direction, known, bound, timeline.begin_load(known))

    @precondition(lambda self: self.load is None and self.truth)
    @rule(data=st.data())
    def jump(self, data: st.DataObject) -> None:
        wanted = data.draw(st.integers(100, self.next_id))
        if timeline.covers(self.present, wanted):
            self.window = None
        elif self.window is None or not timeline.covers(self.window, wanted):
            self.arriving = Timeline(GENERAL, has_newer=True)
            self.ask("around", self.arriving, wanted)

    @precondition(lambda self: self.load is None and self.window is not None and self.window.confirmed)
    @rule(direction=st.sampled_from(["before", "after"]))
    def scroll(self, direction: str) -> None:
        assert self.window is not None
        end = self.window.confirmed[0 if direction == "before" else -1]
        self.ask(direction, self.window, end.message.id)

    @precondition(lambda self: self.load is not None and self.read is None)
    @rule()
    def server_reads(self) -> None:
        assert self.load is not None
        direction, _, bound, _ = self.load
        told = sorted(self.truth.values(), key=lambda each: each.id)
        before = [each for each in told if each.id < bound + (direction == "around")][-PAGE:]
        after = [each for each in told if each.id > bound][:PAGE]
        page = {"before": before, "after": after, "around": before[-PAGE // 2 :] + after[: PAGE // 2]}[direction]
        self.read = (page, len(page) < PAGE)

    @precondition(lambda self: self.read is not None)
    @rule()
    def page_arrives(self) -> None:
        assert self.load is not None
        assert self.read is not None
        (direction, known, bound, generation), self.load = self.load, None
        (page, is_end), self.read = self.read, None
        assert known.generation == generation
        if direction == "around":
            timeline.show_window(known, page)
            self.window = known if known.confirmed else self.window
        elif direction == "before":
            timeline.show_older(known, page, before=bound, reaches_start=is_end)
        else:
            timeline.show_newer(known, page, reaches_end=is_end)
        timeline.end_load(known)
        self.arriving = None
        if self.window is not None and timeline.join(self.present, self.window):
            self.window = None

    # What holds

    @invariant()
    def messages_stand_in_order_and_once(self) -> None:
        for known in (self.present, self.window):
            ids = [entry.message.id for entry in known.confirmed] if known is not None else []
            assert ids == sorted(set(ids))

    @invariant()
    def nothing_is_left_out_within(self) -> None:
        """Whatever is shown as continuous is: once all dispatches are here, word for word."""
        if self.under_way:
            return
        for known in (self.present, self.window):
            if known is None or not known.confirmed:
                continue
            first, last = known.confirmed[0].message.id, known.confirmed[-1].message.id
            shown = [(entry.message.id, entry.message.content) for entry in known.confirmed]
            assert shown == [
                (each.id, each.content) for _, each in sorted(self.truth.items()) if first <= each.id <= last
            ]
            if known is self.present:
                assert last == max(self.truth)

    def teardown(self) -> None:
        self.dispatches_arrive(len(self.under_way)) if self.under_way else None
        self.nothing_is_left_out_within()


TestChannel = Channel.TestCase
TestChannel.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def window(*ids: int) -> Timeline:
    known = Timeline(GENERAL, has_newer=True)
    timeline.begin_load(known)
    timeline.show_window(known, [message(each) for each in ids])
    timeline.end_load(known)
    return known


def test_what_is_written_now_does_not_join_a_window() -> None:
    known = window(3, 4)
    assert timeline.receive(known, created(message(50)), is_own=False) == []
    assert [entry.message.id for entry in known] == [3, 4]


def test_window_that_ends_before_the_present_stays_apart() -> None:
    present = Timeline(GENERAL, is_stale=False)
    timeline.receive(present, created(message(50)), is_own=False)
    assert not timeline.join(present, window(3, 4))
    assert timeline.join(present, window(49, 50, 51))
    assert [entry.message.id for entry in present] == [49, 50]


def test_message_written_while_the_last_page_is_under_way_follows_it() -> None:
    known = window(3, 4)
    timeline.begin_load(known)
    timeline.receive(known, created(message(6)), is_own=False)
    timeline.show_newer(known, [message(5)], reaches_end=True)
    timeline.end_load(known)
    assert [entry.message.id for entry in known] == [3, 4, 5, 6]
    assert not known.has_newer


def test_reply_to_a_deleted_message_says_so() -> None:
    known = window(3, 4)
    original = known.confirmed[0].message
    known.confirmed[1].message = msgspec.structs.replace(known.confirmed[1].message, referenced_message=original)
    assert timeline.remove(known, 3) == [MessageRemoved(GENERAL, "3"), MessageChanged(GENERAL, "4")]
    assert known.confirmed[0].message.referenced_message is None


def test_window_that_is_read_again_shows_what_changed() -> None:
    known = window(3, 4)
    timeline.mark_stale(known)
    timeline.begin_load(known)
    timeline.show_window(known, [message(4, "other")])
    timeline.end_load(known)
    assert [(entry.key, entry.revision, entry.message.content) for entry in known] == [("4", 1, "other")]
