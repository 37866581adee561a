"""A lease as its holder sees it: it ends early, and counts from the asking."""

from tuichat.server.cluster.lease_clock import LeaseClock, awake_s


def test_a_lease_ends_before_the_broker_forgets_it() -> None:
    clock = LeaseClock(ttl_s=4.0, margin_s=1.0)
    assert not clock.holds(0.0)
    clock.renewed(asked_s=10.0)
    assert clock.holds(12.9)
    assert not clock.holds(13.0)


def test_a_late_answer_to_an_early_renewal_shortens_nothing() -> None:
    clock = LeaseClock(ttl_s=4.0, margin_s=1.0)
    clock.renewed(asked_s=11.0)
    clock.renewed(asked_s=10.0)
    assert clock.holds(13.5)


def test_an_ended_lease_is_over() -> None:
    clock = LeaseClock(ttl_s=4.0, margin_s=1.0)
    clock.renewed(asked_s=10.0)
    clock.end()
    assert not clock.holds(10.0)


def test_the_clock_of_leases_goes_on() -> None:
    first = awake_s()
    assert awake_s() >= first
