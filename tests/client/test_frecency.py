"""Tests of `tuichat.client.frecency`."""

from tuichat.client.frecency import HALF_LIFE_MS, MAX_KEPT, Frecency
from tuichat.config.paths import Profile

NOW = 1_800_000_000_000
DAY_MS = 24 * 60 * 60 * 1000


def test_what_is_used_more_weighs_more() -> None:
    uses = Frecency()
    for _ in range(3):
        uses.use("a", NOW)
    uses.use("b", NOW)
    assert uses.weight("a", NOW) > uses.weight("b", NOW) > uses.weight("c", NOW) == 0


def test_a_use_halves_in_its_half_life() -> None:
    uses = Frecency()
    uses.use("a", NOW)
    assert uses.weight("a", NOW + HALF_LIFE_MS) == 0.5


def test_what_was_used_often_long_ago_falls_behind_what_is_used_now() -> None:
    uses = Frecency()
    for _ in range(5):
        uses.use("old", NOW)
    later = NOW + 30 * DAY_MS
    uses.use("new", later)
    assert uses.weight("new", later) > uses.weight("old", later)


def test_a_clock_set_back_ages_nothing() -> None:
    uses = Frecency()
    uses.use("a", NOW)
    assert uses.weight("a", NOW - DAY_MS) == 1


def test_two_clients_of_a_profile_add_their_uses() -> None:
    one, other = Frecency(Profile("ada")), Frecency(Profile("ada"))
    one.load()
    other.load()
    one.use("a", NOW)
    other.use("a", NOW)
    one.save()
    other.save()
    other.save()  # nothing is counted twice
    fresh = Frecency(Profile("ada"))
    fresh.load()
    assert fresh.weight("a", NOW) == 2


def test_the_least_used_are_forgotten_first() -> None:
    uses = Frecency(Profile("ada"))
    uses.use("much", NOW)
    for number in range(MAX_KEPT + 5):
        uses.use(f"n{number}", NOW)
        uses.use("much", NOW)
    uses.save()
    fresh = Frecency(Profile("ada"))
    fresh.load()
    assert fresh.weight("much", NOW) > 1
    assert sum(fresh.weight(f"n{number}", NOW) > 0 for number in range(MAX_KEPT + 5)) == MAX_KEPT - 1


def test_a_broken_file_costs_the_order_alone() -> None:
    path = Profile("ada").state_dir / "frecency.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"a": 3}')
    uses = Frecency(Profile("ada"))
    uses.load()
    uses.use("a", NOW)
    uses.save()
    assert uses.weight("a", NOW) == 1
