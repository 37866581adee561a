"""Zones are found by their names, and a name that somebody invents is none."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.time_zone import find_zone, matching_zones, zone_names


def test_a_zone_is_found_by_its_name() -> None:
    zone = find_zone("Europe/Paris")
    assert zone is not None
    assert zone.key == "Europe/Paris"


@given(st.text(max_size=80) | st.sampled_from(["../etc/passwd", "/etc/passwd", "Europe", "", "europe/paris", "\0"]))
def test_what_is_no_name_is_no_zone(name: str) -> None:
    assert (find_zone(name) is not None) == (name in zone_names() or name.startswith("Etc/GMT"))


def test_what_was_typed_finds_cities_first_by_their_beginning() -> None:
    assert matching_zones("europe/par", 5) == ["Europe/Paris"]
    assert matching_zones("paris", 5)[0] == "Europe/Paris"
    assert matching_zones("new york", 5)[0] == "America/New_York"
    assert len(matching_zones("", 10)) == 10
    assert matching_zones("nowhere at all", 5) == []
