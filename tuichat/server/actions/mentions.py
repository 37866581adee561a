"""Whom a message's text names, and whom it may ping."""

import re
from collections.abc import Collection
from typing import Literal

import msgspec

from tuichat.protocol.rest.message import AllowedMentions
from tuichat.protocol.snowflake import MAX_SNOWFLAKE, Snowflake
from tuichat.server.actions import errors

MAX_MENTIONS = 100  # of users, and of roles
PARSES = frozenset({"users", "roles", "everyone"})
_CODE = re.compile(r"```.*?```|``.+?``|`[^`]+`", re.DOTALL)
_MENTION = re.compile(r"<@(!|&)?([0-9]{1,19})>|@(everyone|here)\b")

Crowd = Literal["everyone", "here"] | None


class Mentions(msgspec.Struct, frozen=True):
    """The mentions in a text, in its order, each once. `crowd` is the widest of @everyone and @here."""

    user_ids: tuple[Snowflake, ...] = ()
    role_ids: tuple[Snowflake, ...] = ()
    crowd: Crowd = None


def parse(text: str) -> Mentions:
    """Find `<@id>`, `<@!id>`, `<@&id>`, @everyone and @here outside of code."""
    if "@" not in text:
        return Mentions()
    users: dict[Snowflake, None] = {}
    roles: dict[Snowflake, None] = {}
    crowd: Crowd = None
    for match in _MENTION.finditer(_CODE.sub(" ", text)):
        if match[3]:
            crowd = "everyone" if match[3] == "everyone" or crowd == "everyone" else "here"
        elif (found := int(match[2])) <= MAX_SNOWFLAKE:
            kind = roles if match[1] == "&" else users
            if len(kind) < MAX_MENTIONS:
                kind[Snowflake(found)] = None
    return Mentions(tuple(users), tuple(roles), crowd)


def check(allowed: AllowedMentions) -> None:
    """Refuse what Discord refuses: an unknown kind, too many ids, a kind that is both parsed and listed."""
    parsed = allowed.parse or []
    for index, kind in enumerate(parsed):
        if kind not in PARSES:
            raise errors.invalid_field(
                f"allowed_mentions.parse.{index}",
                "BASE_TYPE_CHOICES",
                "Value must be one of ('users', 'roles', 'everyone').",
            )
    for name, ids in (("users", allowed.users or []), ("roles", allowed.roles or [])):
        if len(ids) > MAX_MENTIONS:
            raise errors.invalid_field(
                f"allowed_mentions.{name}", "BASE_TYPE_BAD_LENGTH", f"Must be between 0 and {MAX_MENTIONS} in length."
            )
        if ids and name in parsed:
            raise errors.invalid_field(
                "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.',
            )  # fmt: skip


def restrict(mentions: Mentions, allowed: AllowedMentions | None) -> Mentions:
    """Keep what the sender allows to ping; None allows everything."""
    if allowed is None:
        return mentions
    parsed = allowed.parse or []
    return Mentions(
        mentions.user_ids if "users" in parsed else _among(mentions.user_ids, allowed.users or []),
        mentions.role_ids if "roles" in parsed else _among(mentions.role_ids, allowed.roles or []),
        mentions.crowd if "everyone" in parsed else None,
    )


def _among(ids: tuple[Snowflake, ...], listed: Collection[int]) -> tuple[Snowflake, ...]:
    return tuple(found for found in ids if found in listed)
