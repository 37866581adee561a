"""What the tests of commands on a real server share with those of clients."""

from tests.client.conftest import site

__all__ = ["site"]
