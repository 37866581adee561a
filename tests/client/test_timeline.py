"""A timeline agrees with its channel, however dispatches, pages and lost sessions interleave."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.client.builders import GENERAL, ME, OTHER, created, message, updated
from tests.client.told_channel import Event, ToldChannel
from tuichat.client import timeline
from tuichat.client.change import HistoryLoaded, MessageAdded, MessageChanged, MessageRemoved, TimelineReset
from tuichat.client.state import Delivery, Timeline
from tuichat.protocol import codec
from tuichat.protocol.dispatch.message import MessageCreate, MessageDelete, MessageUpdate
from tuichat.protocol.message import Message
from tuichat.protocol.snowflake import Snowflake

PAGE = 5


class Load:
    """A page under way: asked for, then read by the server at some moment, then answered."""

    def __init__(self, generation: int, before: int | None, goal: int | None) -> None:
        self.generation = generation
        self.before = before
        self.goal = goal
        self.read: list[Message] = []
        self.reaches_start: bool | None = None


class ChannelAndClient(ToldChannel):
    """A channel as the server holds it, its dispatches on their way to one client, and the client's timeline."""

    def __init__(self) -> None:
        super().__init__()
        self.timeline = Timeline(GENERAL)
        self.load: Load | None = None
        self.next_nonce = 1
        self.posted: dict[str, Message] = {}  # own messages that the server has, by nonce
        self.answers: list[
            tuple[str, Message, int]
        ] = []  # acknowledgements on their way, with the session of their post
        self.edit_answers: list[Message] = []
        self.session = 0

    @initialize(count=st.integers(0, 12))
    def begin(self, count: int) -> None:
        for _ in range(count):
            self.create(OTHER)
        self.under_way.clear()

    # The wire

    def arrive(self, event: Event) -> None:
        match event:
            case MessageCreate():
                timeline.receive(self.timeline, event, is_own=event.author.id == ME)
            case MessageUpdate():
                timeline.update(self.timeline, event)
            case MessageDelete():
                timeline.remove(self.timeline, event.id)

    @rule()
    def session_is_lost(self) -> None:
        """A fresh READY: whatever was under way never comes."""
        self.under_way.clear()
        self.session += 1
        timeline.mark_stale(self.timeline)

    # The client's own messages

    @rule()
    def user_writes(self) -> None:
        nonce = str(self.next_nonce)
        self.next_nonce += 1
        timeline.add_pending(self.timeline, nonce, message(1, author=ME, nonce=nonce))

    @precondition(lambda self: self.timeline.unsent)
    @rule(data=st.data())
    def post_reaches_server(self, data: st.DataObject) -> None:
        """The first try or a repeated one: the server knows the nonce again."""
        nonce = data.draw(st.sampled_from([entry.nonce for entry in self.timeline.unsent]))
        if nonce not in self.posted:
            self.posted[nonce] = self.create(ME, nonce)
        self.answers.append((nonce, self.truth.get(self.posted[nonce].id, self.posted[nonce]), self.session))

    @precondition(lambda self: self.answers)
    @rule(is_lost=st.booleans())
    def answer_arrives_or_not(self, is_lost: bool) -> None:
        """However late: what was edited or deleted meanwhile stays so."""
        nonce, answer, session = self.answers.pop(0)
        if not is_lost and timeline.settle(self.timeline, nonce, answer) and session != self.session:
            timeline.mark_stale(self.timeline)  # as Deliverer does

    @precondition(lambda self: self.truth)
    @rule(data=st.data())
    def user_edits(self, data: st.DataObject) -> None:
        self.somebody_edits(data)
        self.edit_answers.append(self.truth[self.under_way[-1].id])

    @precondition(lambda self: self.edit_answers)
    @rule()
    def answer_to_edit_arrives(self) -> None:
        timeline.apply_edit(self.timeline, self.edit_answers.pop(0))

    # Pages

    @precondition(lambda self: self.load is None and self.timeline.is_stale)
    @rule()
    def newest_page_is_asked_for(self) -> None:
        confirmed = self.timeline.confirmed
        self.load = Load(timeline.begin_load(self.timeline), None, confirmed[0].message.id if confirmed else None)

    @precondition(
        lambda self: (
            self.load is None and not self.timeline.is_stale and self.timeline.confirmed and self.timeline.has_older
        )
    )
    @rule()
    def older_page_is_asked_for(self) -> None:
        self.load = Load(timeline.begin_load(self.timeline), self.timeline.confirmed[0].message.id, None)

    @precondition(lambda self: self.load is not None and self.load.reaches_start is None)
    @rule()
    def server_reads_page(self) -> None:
        """One page; a reconciling client asks for further ones, each read at a moment of its own."""
        load = self.load
        assert load is not None
        before = min((each.id for each in load.read), default=load.before)
        matching = sorted(
            (each for each in self.truth.values() if before is None or each.id < before), key=lambda m: -m.id
        )
        load.read += matching[:PAGE]
        if len(matching) < PAGE:
            load.reaches_start = True
        elif load.goal is None or load.read[-1].id <= load.goal:
            load.reaches_start = False

    @precondition(lambda self: self.load is not None and self.load.reaches_start is not None)
    @rule()
    def page_arrives(self) -> None:
        load, self.load = self.load, None
        assert load is not None
        assert load.reaches_start is not None
        if load.generation == self.timeline.generation:
            if load.before is None:
                timeline.show_newest(self.timeline, load.read, reaches_start=load.reaches_start, own_id=ME)
            else:
                timeline.show_older(self.timeline, load.read, before=load.before, reaches_start=load.reaches_start)
        timeline.end_load(self.timeline)

    # What holds

    @invariant()
    def messages_stand_in_order_and_once(self) -> None:
        ids = [entry.message.id for entry in self.timeline.confirmed]
        assert ids == sorted(set(ids))
        keys = [entry.key for entry in self.timeline]
        assert len(keys) == len(set(keys))
        assert all(entry.delivery is Delivery.CONFIRMED for entry in self.timeline.confirmed)

    def teardown(self) -> None:
        """Let everything arrive: the timeline is then the end of the channel, word for word and without a gap."""
        while self.load is not None:
            if self.load.reaches_start is None:
                self.server_reads_page()
            else:
                self.page_arrives()
        while self.under_way:
            self.arrive(self.under_way.pop(0))
        if self.timeline.is_stale:
            self.newest_page_is_asked_for()
            while self.load is not None:
                if self.load.reaches_start is None:
                    self.server_reads_page()
                else:
                    self.page_arrives()
        truth = [self.truth[message_id] for message_id in sorted(self.truth)]
        shown = [entry.message for entry in self.timeline.confirmed]
        assert [(m.id, m.content) for m in shown] == [(m.id, m.content) for m in truth[len(truth) - len(shown) :]]
        assert self.timeline.has_older or len(shown) == len(truth)
        unsent = {entry.nonce for entry in self.timeline.unsent}
        acknowledged = {nonce for nonce, posted in self.posted.items() if posted.id in {m.id for m in shown}}
        assert not unsent & acknowledged, "a message stands there twice: as sent and as unsent"


TestChannelAndClient = ChannelAndClient.TestCase
TestChannelAndClient.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


def fresh(*messages: Message, has_older: bool = False) -> Timeline:
    known = Timeline(GENERAL)
    timeline.begin_load(known)
    timeline.show_newest(known, messages, reaches_start=not has_older, own_id=ME)
    timeline.end_load(known)
    return known


def contents(known: Timeline) -> list[str]:
    return [entry.message.content for entry in known]


def test_own_message_keeps_its_key_when_it_settles() -> None:
    known = fresh()
    entry = timeline.add_pending(known, "7", message(1, "hi", author=ME, nonce="7"))
    changes = timeline.receive(known, created(message(50, "hi", author=ME, nonce="7")), is_own=True)
    assert changes == [MessageChanged(GENERAL, entry.key)]
    assert [(each.key, each.delivery) for each in known] == [(entry.key, Delivery.CONFIRMED)]
    assert known.index_of_key(entry.key) == 0


def test_answer_and_dispatch_of_one_message_show_it_once() -> None:
    known = fresh()
    timeline.add_pending(known, "7", message(1, author=ME, nonce="7"))
    told = message(50, author=ME, nonce="7")
    timeline.settle(known, "7", told)
    assert timeline.receive(known, created(told), is_own=True) == []
    assert timeline.settle(known, "7", told) == []
    assert len(known) == 1


def test_answer_that_comes_after_the_deletion_brings_nothing_back() -> None:
    known = fresh()
    timeline.add_pending(known, "7", message(1, author=ME, nonce="7"))
    told = message(50, author=ME, nonce="7")
    timeline.receive(known, created(told), is_own=True)
    timeline.remove(known, 50)
    assert timeline.settle(known, "7", told) == []
    assert len(known) == 0


def test_strangers_nonce_settles_nothing() -> None:
    known = fresh()
    timeline.add_pending(known, "7", message(1, author=ME, nonce="7"))
    timeline.receive(known, created(message(50, author=OTHER, nonce="7")), is_own=False)
    assert [entry.delivery for entry in known] == [Delivery.CONFIRMED, Delivery.PENDING]


def test_message_deleted_while_its_page_was_under_way_stays_away() -> None:
    known = Timeline(GENERAL)
    timeline.begin_load(known)
    timeline.remove(known, 5)
    timeline.show_newest(known, [message(4), message(5)], reaches_start=True, own_id=ME)
    timeline.end_load(known)
    assert [entry.message.id for entry in known] == [4]


def test_edit_that_came_before_an_older_page_wins_over_it() -> None:
    known = fresh(message(10), has_older=True)
    timeline.begin_load(known)
    timeline.update(known, updated(message(5, "new", edited="2026-01-01T00:00:00+00:00")))
    changes = timeline.show_older(known, [message(5, "old"), message(4)], before=10, reaches_start=False)
    timeline.end_load(known)
    assert changes == [HistoryLoaded(GENERAL, 2)]
    assert contents(known) == ["message 4", "new", "message 10"]


def test_late_older_edit_changes_nothing() -> None:
    known = fresh(message(10, "second", edited="2026-01-01T00:00:02+00:00"))
    assert timeline.update(known, updated(message(10, "first", edited="2026-01-01T00:00:01+00:00"))) == []
    assert contents(known) == ["second"]


def test_stale_timeline_keeps_its_messages_until_it_is_reconciled() -> None:
    known = fresh(message(10), message(11))
    timeline.mark_stale(known)
    timeline.receive(known, created(message(20)), is_own=False)
    assert [entry.message.id for entry in known] == [10, 11]
    timeline.begin_load(known)
    changes = timeline.show_newest(known, [message(11, "edited"), message(20)], reaches_start=True, own_id=ME)
    assert changes == [TimelineReset(GENERAL)]
    assert contents(known) == ["edited", "message 20"]


def test_refused_message_is_sent_again_under_its_key() -> None:
    known = fresh()
    key = timeline.add_pending(known, "7", message(1, author=ME, nonce="7")).key
    timeline.fail(known, key, "Not here.")
    assert known.unsent[0].error == "Not here."
    assert timeline.retry(known, key) == [MessageChanged(GENERAL, key)]
    assert (known.unsent[0].delivery, known.unsent[0].error) == (Delivery.PENDING, "")
    assert timeline.discard(known, key) == [MessageRemoved(GENERAL, key)]
    assert len(known) == 0


def test_page_of_another_channel_or_of_newer_messages_is_not_taken() -> None:
    known = fresh(message(10), has_older=True)
    timeline.begin_load(known)
    timeline.show_older(known, [message(4, channel=999), message(30), message(3)], before=10, reaches_start=False)
    assert [entry.message.id for entry in known] == [3, 10]


def test_text_of_a_hostile_server_is_cut() -> None:
    known = fresh()
    timeline.receive(known, created(message(5, "x" * 1_000_000)), is_own=False)
    assert len(known[0].message.content) == timeline.MAX_CONTENT_CHARACTERS + 1


def test_endless_stream_leaves_a_bounded_timeline() -> None:
    known = fresh()
    for message_id in range(1, timeline.MAX_ENTRIES + 2):
        changes = timeline.receive(known, message(message_id), is_own=False)
    assert changes == [TimelineReset(GENERAL)]
    assert len(known) == timeline.TRIMMED_ENTRIES
    assert known.has_older
    assert timeline.receive(known, message(message_id + 1), is_own=False) == [
        MessageAdded(GENERAL, str(message_id + 1))
    ]


def test_messages_of_one_author_share_what_they_say_alike() -> None:
    known = Timeline(GENERAL, is_stale=False)
    pages = [codec.decode(codec.encode([message(number, "x")]), list[Message]) for number in (100, 200)]
    assert pages[0][0].author is not pages[1][0].author
    for page in reversed(pages):
        timeline.begin_load(known)
        timeline.show_older(known, page, before=1000, reaches_start=False)
        timeline.end_load(known)
    first, second = (entry.message for entry in known.confirmed)
    assert first.author is second.author
    assert first.channel_id is second.channel_id
    assert type(first.channel_id) is Snowflake
