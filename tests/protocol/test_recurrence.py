"""When something that repeats happens next, against a calendar that is looked through day by day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.recurrence import DAILY_SETS, Frequency, NWeekday, RecurrenceRule, faults, next_ms, tidied

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000


def ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def rule(frequency: Frequency, start: str = "2026-11-25T18:00:00+00:00", **fields: Any) -> RecurrenceRule:
    return RecurrenceRule(start=start, frequency=frequency, **fields)


def after(given_rule: RecurrenceRule, text: str) -> str:
    found = next_ms(given_rule, ms(datetime.fromisoformat(f"{text}+00:00")))
    assert found is not None
    return f"{EPOCH + timedelta(milliseconds=found):%Y-%m-%d %a %H:%M}"


def test_the_examples_of_the_documentation() -> None:
    weekdays = rule(Frequency.DAILY, by_weekday=[0, 1, 2, 3, 4])
    assert after(weekdays, "2026-11-27T18:00") == "2026-11-30 Mon 18:00"
    wednesdays = rule(Frequency.WEEKLY, by_weekday=[2])
    assert after(wednesdays, "2026-11-25T18:00") == "2026-12-02 Wed 18:00"
    assert after(wednesdays, "2026-11-25T17:59") == "2026-11-25 Wed 18:00"
    every_other = rule(Frequency.WEEKLY, interval=2, by_weekday=[2])
    assert after(every_other, "2026-11-25T18:00") == "2026-12-09 Wed 18:00"
    fourth = rule(Frequency.MONTHLY, by_n_weekday=[NWeekday(n=4, day=2)])
    assert after(fourth, "2026-11-25T18:00") == "2026-12-23 Wed 18:00"
    july = rule(Frequency.YEARLY, by_month=[7], by_month_day=[24])
    assert after(july, "2026-11-25T18:00") == "2027-07-24 Sat 18:00"
    for good in (weekdays, wednesdays, every_other, fourth, july):
        assert faults(good) == {}


def test_days_that_not_every_month_or_year_has_are_left_out() -> None:
    last = rule(Frequency.MONTHLY, start="2026-01-31T09:30:00+00:00")
    assert after(last, "2026-01-31T09:30") == "2026-03-31 Tue 09:30"
    fifth = rule(Frequency.MONTHLY, by_n_weekday=[NWeekday(n=5, day=6)])
    assert after(fifth, "2026-11-29T18:00") == "2027-01-31 Sun 18:00"
    leap = rule(Frequency.YEARLY, by_month=[2], by_month_day=[29])
    assert after(leap, "2096-03-01T00:00") == "2104-02-29 Fri 18:00"


def test_nothing_happens_before_the_start_nor_after_the_calendar() -> None:
    assert after(rule(Frequency.DAILY), "2020-01-01T00:00") == "2026-11-25 Wed 18:00"
    assert next_ms(rule(Frequency.YEARLY), ms(datetime(9999, 12, 1, tzinfo=UTC))) is None
    assert next_ms(rule(Frequency.DAILY), ms(datetime(9999, 12, 31, 20, tzinfo=UTC))) is None


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (rule(Frequency.DAILY, start="soon"), "start"),
        (RecurrenceRule(start="2026-11-25T18:00:00+00:00", frequency=4), "frequency"),
        (RecurrenceRule(start="2026-11-25T18:00:00+00:00", frequency=-1), "frequency"),
        (rule(Frequency.DAILY, interval=2), "interval"),
        (rule(Frequency.WEEKLY, interval=3), "interval"),
        (rule(Frequency.WEEKLY, interval=0), "interval"),
        (rule(Frequency.DAILY, end="2027-11-25T18:00:00+00:00"), "end"),
        (rule(Frequency.DAILY, count=3), "count"),
        (rule(Frequency.YEARLY, by_year_day=[100]), "by_year_day"),
        (rule(Frequency.DAILY, by_weekday=[0, 2]), "by_weekday"),
        (rule(Frequency.DAILY, by_weekday=[5, 5, 6]), "by_weekday"),
        (rule(Frequency.WEEKLY, by_weekday=[0, 1]), "by_weekday"),
        (rule(Frequency.WEEKLY, by_weekday=[7]), "by_weekday"),
        (rule(Frequency.MONTHLY, by_weekday=[1]), "by_weekday"),
        (rule(Frequency.WEEKLY, by_n_weekday=[NWeekday(n=1, day=1)]), "by_n_weekday"),
        (rule(Frequency.MONTHLY, by_n_weekday=[NWeekday(n=6, day=1)]), "by_n_weekday"),
        (rule(Frequency.MONTHLY, by_n_weekday=[NWeekday(n=1, day=1), NWeekday(n=2, day=1)]), "by_n_weekday"),
        (rule(Frequency.YEARLY, by_month=[7]), "by_month"),
        (rule(Frequency.YEARLY, by_month_day=[7]), "by_month"),
        (rule(Frequency.YEARLY, by_month=[2], by_month_day=[30]), "by_month"),
        (rule(Frequency.MONTHLY, by_month=[2], by_month_day=[3]), "by_month"),
    ],
)
def test_what_discord_does_not_take_is_told_by_its_field(bad: RecurrenceRule, field: str) -> None:
    assert list(faults(bad)) == [field]


def test_an_empty_list_says_nothing() -> None:
    assert tidied(rule(Frequency.DAILY, by_weekday=[], by_month=[])) == rule(Frequency.DAILY)


def happens_on(given_rule: RecurrenceRule, start: datetime, day: datetime) -> bool:
    """Whether a day is one of the rule's, by its words alone."""
    weeks = ((day - timedelta(days=day.weekday())) - (start - timedelta(days=start.weekday()))).days // 7
    week_of_month = (day.day - 1) // 7 + 1
    match given_rule.frequency:
        case Frequency.DAILY:
            return given_rule.by_weekday is None or day.weekday() in given_rule.by_weekday
        case Frequency.WEEKLY:
            return weeks % given_rule.interval == 0 and day.weekday() in (given_rule.by_weekday or [start.weekday()])
        case Frequency.MONTHLY if given_rule.by_n_weekday:
            wanted = given_rule.by_n_weekday[0]
            return (week_of_month, day.weekday()) == (wanted.n, wanted.day)
        case Frequency.MONTHLY:
            return day.day == start.day
    months, days = given_rule.by_month or [start.month], given_rule.by_month_day or [start.day]
    return (day.month, day.day) == (months[0], days[0])


def _rules() -> st.SearchStrategy[dict[str, Any]]:
    weekday = st.integers(0, 6)
    nth = st.builds(lambda n, day: [NWeekday(n=n, day=day)], st.integers(1, 5), weekday)
    daily = {"frequency": st.just(Frequency.DAILY), "by_weekday": st.none() | st.sampled_from(DAILY_SETS).map(sorted)}
    weekly = {
        "frequency": st.just(Frequency.WEEKLY),
        "by_weekday": st.none() | weekday.map(lambda day: [day]),
        "interval": st.integers(1, 2),
    }
    monthly = {"frequency": st.just(Frequency.MONTHLY), "by_n_weekday": st.none() | nth}
    dates = st.dates(min_value=datetime(2000, 1, 1).date(), max_value=datetime(2000, 12, 31).date())
    yearly = dates.map(lambda day: {"frequency": Frequency.YEARLY, "by_month": [day.month], "by_month_day": [day.day]})
    return st.one_of(*(st.fixed_dictionaries(fields) for fields in (daily, weekly, monthly)), yearly)


@given(
    fields=_rules(),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    later=st.timedeltas(timedelta(days=-400), timedelta(days=4000)),
)
def test_the_next_time_is_the_first_day_that_the_rule_names(
    fields: dict[str, Any], start: datetime, later: timedelta
) -> None:
    given_rule = RecurrenceRule(start=start.isoformat(), **fields)
    assert faults(given_rule) == {}
    after_ms = ms(start + later)
    day, start_ms = start, ms(start)
    if later > timedelta(days=1):  # the days before cannot be the answer
        day += timedelta(days=later.days - 1)
    while not (happens_on(given_rule, start, day) and ms(day) > after_ms and ms(day) >= start_ms):
        day += timedelta(days=1)
    assert next_ms(given_rule, after_ms) == ms(day)


@given(fields=_rules())
def test_a_rule_survives_the_wire(fields: dict[str, Any]) -> None:
    given_rule = RecurrenceRule(start="2026-11-25T18:00:00+00:00", **fields)
    assert msgspec.json.decode(msgspec.json.encode(given_rule), type=RecurrenceRule) == given_rule


PARIS = ZoneInfo("Europe/Paris")  # clocks go forward at 01:00 UTC on 28 March 2027, and back on 31 October


@pytest.mark.parametrize(
    ("start", "hours"),
    [("2027-03-26T20:00:00+01:00", [20, 20, 20, 20]), ("2027-10-29T20:00:00+02:00", [20, 20, 20, 20])],
)
def test_in_a_zone_the_clock_keeps_the_time_of_day(start: str, hours: list[int]) -> None:
    daily = RecurrenceRule(start=start, frequency=Frequency.DAILY)
    moments, after = [], ms(datetime.fromisoformat(start)) - 1
    for _each in hours:
        found = next_ms(daily, after, PARIS)
        assert found is not None
        moments.append(datetime.fromtimestamp(found / 1000, PARIS))
        after = found
    assert [moment.hour for moment in moments] == hours
    assert {moment.utcoffset() for moment in moments} == {timedelta(hours=1), timedelta(hours=2)}


def test_days_of_a_rule_are_those_of_the_zone() -> None:
    tuesdays = RecurrenceRule(start="2026-12-01T23:30:00+00:00", frequency=Frequency.WEEKLY, by_weekday=[2])
    tokyo = ZoneInfo("Asia/Tokyo")  # Wednesday there
    found = next_ms(tuesdays, ms(datetime(2026, 12, 2, tzinfo=UTC)), tokyo)
    assert found == ms(datetime(2026, 12, 8, 23, 30, tzinfo=UTC))


def test_a_time_that_the_clock_leaves_out_is_by_the_offset_before_it_changes() -> None:
    daily = RecurrenceRule(start="2027-03-27T02:30:00+01:00", frequency=Frequency.DAILY)
    assert next_ms(daily, ms(datetime(2027, 3, 27, 2, tzinfo=UTC)), PARIS) == ms(
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    )


def test_a_time_that_the_clock_shows_twice_happens_once() -> None:
    daily = RecurrenceRule(start="2027-10-30T02:30:00+02:00", frequency=Frequency.DAILY)
    first = next_ms(daily, ms(datetime(2027, 10, 30, 12, tzinfo=UTC)), PARIS)
    assert first == ms(datetime(2027, 10, 31, 0, 30, tzinfo=UTC))
    assert next_ms(daily, first, PARIS) == ms(datetime(2027, 11, 1, 1, 30, tzinfo=UTC))


@given(
    fields=_rules(),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(
        [ZoneInfo("America/New_York"), PARIS, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Tokyo")]
    ),
)
def test_in_any_zone_times_go_on_and_keep_to_the_clock(fields: dict[str, Any], start: datetime, zone: ZoneInfo) -> None:
    given_rule = RecurrenceRule(start=start.isoformat(), **fields)
    begun = datetime.fromtimestamp(ms(start) / 1000, zone)
    after = ms(start)
    for _each in range(3):
        found = next_ms(given_rule, after, zone)
        assert found is not None
        assert found > after
        moment = datetime.fromtimestamp(found / 1000, zone)
        nominal = datetime.combine(moment.date(), begun.time().replace(fold=0), zone)
        assert abs(found - ms(nominal)) <= 3_600_000  # equal, but where the clock leaves that time out
        after = found
