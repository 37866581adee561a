"""Which release came first."""

import pytest

from tuichat.local.version import is_older


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "0.10.0", True),
        ("0.10.0", "0.9.0", False),
        ("1.2", "1.2.0", False),
        ("1.2.0", "1.2", False),
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.1.1.dev3", True),
        ("", "0.1.0", True),
    ],
)
def test_numbers_decide(version: str, than: str, older: bool) -> None:
    assert is_older(version, than=than) is older
