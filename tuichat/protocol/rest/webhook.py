"""Bodies of webhooks: what makes and changes them, and what they write."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake


class ExecuteWebhookRequest(CreateMessageRequest, frozen=True, kw_only=True):
    """A webhook's message: with a name and a picture for this one message, or as the first of a new forum post."""

    username: str | UnsetType | None = UNSET
    avatar_url: str | UnsetType | None = UNSET
    thread_name: str | UnsetType | None = UNSET
    applied_tags: list[Snowflake] | UnsetType | None = UNSET


class CreateWebhookRequest(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    avatar: str | UnsetType | None = UNSET


class EditWebhookRequest(msgspec.Struct, frozen=True, kw_only=True):
    name: str | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET
    channel_id: Snowflake | UnsetType | None = UNSET
