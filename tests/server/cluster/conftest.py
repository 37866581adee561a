"""Nodes with leases, around a broker."""

from tests.server.bus.conftest import broker, relay, town

__all__ = ["broker", "relay", "town"]
