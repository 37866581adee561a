"""Invites as people pass them on: a code or a link, with the event that it is for."""

from typing import NamedTuple
from urllib.parse import parse_qs

from tuichat.config.accounts import Address, UrlAddress

EVENT = "event"  # the parameter, as in links of Discord's clients
MAX_ID_DIGITS = 19


class InviteLink(NamedTuple):
    code: str
    event_id: int | None = None


def read_link(text: str) -> InviteLink:
    """Return what an invite that was pasted or typed says: a code, or a link that ends with one."""
    address, _mark, query = text.strip().partition("#")[0].partition("?")
    code = address.rstrip("/").rsplit("/", 1)[-1]
    try:
        event = parse_qs(query, max_num_fields=16).get(EVENT, [""])[-1]
    except ValueError:
        event = ""
    is_id = event.isascii() and event.isdigit() and len(event) <= MAX_ID_DIGITS
    return InviteLink(code, int(event) if is_id else None)


def write_link(address: Address, code: str, event_id: int | None = None) -> str:
    """Return a link, or a code where the server has no address that others reach."""
    base = f"{address.url}/invite/" if isinstance(address, UrlAddress) else ""
    return f"{base}{code}" + ("" if event_id is None else f"?{EVENT}={int(event_id)}")
