"""A host with an account of each shell, and somebody at a laptop who can log in to all of them."""

from collections.abc import Iterator

import pytest

from tests.ssh.host import ROOT, SHELLS, Host, ssh_host
from tests.ssh.laptop import Laptop, laptop


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with ssh_host(*SHELLS) as running:
        yield running


@pytest.fixture
def visitor(host: Host) -> Iterator[Laptop]:
    with laptop(*host.accounts) as one:
        one.environment["PYTHONPATH"] = str(ROOT)
        yield one
