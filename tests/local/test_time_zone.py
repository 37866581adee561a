"""The machine's zone is known by its name, where it has one."""

from pathlib import Path

from tuichat.local.time_zone import zone_name


def test_the_variable_comes_first(tmp_path: Path) -> None:
    assert zone_name("Europe/Paris", tmp_path / "none") == "Europe/Paris"
    assert zone_name(":/usr/share/zoneinfo/Asia/Tokyo", tmp_path / "none") == "Asia/Tokyo"


def test_the_file_of_the_local_time_is_a_link_to_a_zone(tmp_path: Path) -> None:
    zone = tmp_path / "zoneinfo" / "Europe" / "Paris"
    zone.parent.mkdir(parents=True)
    zone.touch()
    link = tmp_path / "localtime"
    link.symlink_to(zone)
    assert zone_name("", link) == "Europe/Paris"


def test_an_offset_alone_is_no_zone(tmp_path: Path) -> None:
    assert zone_name("XYZ-2", tmp_path / "none") is None
    assert zone_name("", tmp_path / "none") is None
    plain = tmp_path / "localtime"
    plain.touch()
    assert zone_name("", plain) is None
