"""Every exit code has its line in the manual's table."""

from tuichat.automation.exit_code import MEANINGS, ExitCode


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(ExitCode)
