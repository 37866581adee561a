"""A broker with TLS: it is trusted by its authority, and by nothing else."""

import datetime
import ssl
from pathlib import Path

import pytest

from tests.server.bus.broker import needs_nats, running_broker
from tests.server.bus.town import FakeStore
from tuichat.server.bus.bus import BusUnreachable
from tuichat.server.bus.nats_address import NatsAddress
from tuichat.server.bus.nats_bus import NatsBus
from tuichat.server.local_authority import LocalAuthority

pytestmark = needs_nats


async def test_a_broker_with_tls_is_reached_where_its_authority_is_trusted(tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    authority = LocalAuthority.open(tmp_path, now)
    file = str(authority.server_file([], now))
    trusting = ssl.create_default_context(cafile=authority.certificate_path)
    read = FakeStore().read_events
    with running_broker("--tls", "--tlscert", file, "--tlskey", file) as broker:
        for scheme in ("tls", "nats"):
            address = NatsAddress.parse(f"{scheme}://127.0.0.1:{broker.port}")
            bus = await NatsBus.open(address, "ab12", read, tls=trusting)
            assert await bus.settle()
            await bus.close()
            with pytest.raises(BusUnreachable, match="not trusted"):
                await NatsBus.open(address, "ab12", read, timeout_s=1)
