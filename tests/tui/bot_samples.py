"""What bots send, in as few words as a test needs."""

import json

import msgspec

from tests.tui.samples import BOT, GENERAL
from tuichat.protocol.interaction import ModalApplication, ModalCreate
from tuichat.protocol.snowflake import Snowflake


def raw(content: object) -> msgspec.Raw:
    """Whatever a server may send, surrogates without a partner too."""
    return msgspec.Raw(json.dumps(content).encode())


def modal(*contents: dict[str, object]) -> ModalCreate:
    """A form of buildbot's, with what stands in it."""
    return ModalCreate(
        id=Snowflake(77),
        channel_id=Snowflake(GENERAL),
        custom_id="form",
        title="Report an incident",
        application=ModalApplication(id=Snowflake(BOT), name="buildbot"),
        components=[raw(content) for content in contents],
        nonce="1",
    )
