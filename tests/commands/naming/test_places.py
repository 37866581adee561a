"""Names of places that are none to read in."""

from typing import cast

import pytest

from tests.commands.fake_client import FakeClient
from tuichat.client.client import Client
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.places import find_place


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("#lounge", "#lounge is a voice channel: /call join #lounge joins it."),
        ("LOUNGE", "LOUNGE is a voice channel: /call join LOUNGE joins it."),
        ("#nowhere", "There is no place called #nowhere."),
    ],
)
def test_a_voice_channel_is_joined_and_not_read(name: str, told: str) -> None:
    with pytest.raises(CommandError) as raised:
        find_place(name, {"server/1000": cast("Client", FakeClient())}, None)
    assert told in str(raised.value)
