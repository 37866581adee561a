"""What every route does with its request and its answer: who asks, the query, errors, JSON out."""

import math
from collections.abc import Callable
from urllib.parse import unquote

import msgspec
from falcon.asgi import Request, Response

from tuichat.protocol import codec
from tuichat.protocol.rest.server import SessionStartLimit, TuichatInfo
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.accounts import Actor
from tuichat.server.actions import errors, fields
from tuichat.server.actions.activity import DAY_MS
from tuichat.server.actions.context import Context
from tuichat.server.request_guard import TrustedProxies

__all__ = ["Request", "Response"]

MAX_AUTHORIZATION_CHARACTERS = 512
MAX_REASON_CHARACTERS = 512  # Discord's documentation, "Audit Logs"


class Api:
    """What routes need of the server: its context, and facts that only the running program knows."""

    def __init__(
        self,
        context: Context,
        *,
        info: TuichatInfo,
        session_start_limit: Callable[[int], SessionStartLimit],
        public_url: str | None = None,
        proxies: TrustedProxies,
    ) -> None:
        self.context = context
        self.info = info
        self.session_start_limit = session_start_limit
        self._public_url = public_url
        self._proxies = proxies

    def base_url(self, req: Request) -> str:
        """What URLs in an answer are built from: the public URL, else where the request came to."""
        return self._public_url or f"{req.scope['scheme']}://{req.get_header('Host')}"

    def gateway_url(self, req: Request) -> str:
        """Where this client finds the gateway."""
        return "ws" + self.base_url(req).removeprefix("http")

    async def who_asks(self, req: Request) -> Actor | None:
        """Return who stands behind the token of a request, None without a good one. It is looked up once a request."""
        if "actor" not in req.context:
            authorization = req.get_header("Authorization")
            actor = None
            if authorization and len(authorization) <= MAX_AUTHORIZATION_CHARACTERS:
                actor = await self.context.accounts.authenticate_header(authorization)
            if actor is not None:
                self.context.last_days.note(actor.user_id, self.context.now_ms() // DAY_MS)
            req.context["actor"] = actor
        found: Actor | None = req.context["actor"]
        return found

    def peer_address(self, req: Request) -> str:
        """The address to count tries by; empty for the user of this machine, on the Unix socket."""
        client = req.scope.get("client")
        return self._proxies.client_address(req.scope["headers"], client[0]) if client else ""

    def local_host(self, req: Request) -> str | None:
        """The address of ours that a client came in on; None behind a proxy and on the Unix socket."""
        server = req.scope.get("server")
        if server is None or server[1] is None or self._proxies.is_proxy(req.scope.get("client")):
            return None
        return str(server[0])


class Resource:
    """A route's methods; falcon calls `on_get` and its like."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.context = api.context

    async def actor(self, req: Request) -> Actor:
        """Return who asks. Raises ActionError 401 without a good token."""
        actor = await self.api.who_asks(req)
        if actor is None:
            raise errors.unauthorized()
        reason = req.get_header("X-Audit-Log-Reason")
        return msgspec.structs.replace(actor, reason=parse_reason(reason)) if reason else actor


def parse_reason(header: str) -> str | None:
    """Read X-Audit-Log-Reason: percent-encoded UTF-8, at most 512 characters. Raises ActionError 50035."""
    text = unquote(header, errors="replace")
    return fields.require_length("reason", text, 0, MAX_REASON_CHARACTERS) or None


def local_uid(req: Request) -> int | None:
    """The user id at the other end of a Unix socket, checked at its connect; None for everybody else."""
    uid: int | None = req.scope.get("state", {}).get("peer_uid")
    return uid


def answer(resp: Response, body: object, status: int = 200) -> None:
    """Answer with a struct, or a list of structs, as JSON."""
    resp.status = status
    resp.data = codec.encode(body)


def answer_nothing(resp: Response) -> None:
    resp.status = 204


def answer_error(resp: Response, error: errors.ActionError) -> None:
    """Answer with Discord's error JSON."""
    resp.status = error.status
    resp.data = error.encode()
    if error.retry_after_s is not None:
        resp.set_header("Retry-After", str(math.ceil(error.retry_after_s)))
        resp.set_header("Via", "1.1 tuichat")  # without it discord.py takes a 429 for a ban


def query_int(req: Request, name: str, default: int, *, minimum: int, maximum: int) -> int:
    """Read a number from the query. Raises ActionError 50035 naming the limits."""
    text = _last(req, name)
    if text is None or text == "":
        return default
    digits = text[1:] if text.startswith("-") else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 19):
        raise errors.invalid_field(
            name, "NUMBER_TYPE_COERCE", f"Value {msgspec.json.encode(text[:40]).decode()} is not int."
        )
    value = int(text)
    if value < minimum:
        raise errors.invalid_field(name, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {minimum}.")
    if value > maximum:
        raise errors.invalid_field(name, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {maximum}.")
    return value


def query_id(req: Request, name: str) -> Snowflake | None:
    text = _last(req, name)
    return None if not text else parse_id(name, text)


def query_ids(req: Request, name: str, limit: int) -> list[Snowflake]:
    """Read ids that are repeated in the query, or stand in it with commas between. Raises ActionError 50035."""
    values = req.get_param_as_list(name) or []
    parts = [part for value in values for part in value.split(",") if part]
    if len(parts) > limit:
        raise errors.too_long(name, limit)
    return [parse_id(name, part) for part in parts]


def query_list(req: Request, name: str, limit: int, *, max_characters: int = 100) -> list[str]:
    """Read texts that are repeated in the query, or stand in it with commas between. Raises ActionError 50035."""
    values = req.get_param_as_list(name) or []
    parts = [part.strip() for value in values for part in value.split(",") if part.strip()]
    if len(parts) > limit:
        raise errors.too_long(name, limit)
    for part in parts:
        if len(part) > max_characters:
            raise errors.too_long(name, max_characters)
    return parts


def query_bool(req: Request, name: str, *, default: bool = False) -> bool:
    """Read a boolean in any spelling that libraries use: 1/0, true/false, True/False."""
    text = _last(req, name)
    if text is None:
        return default
    if text.lower() in ("", "0", "false"):
        return False
    if text.lower() in ("1", "true"):
        return True
    raise errors.invalid_field(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def query_text(req: Request, name: str, *, max_characters: int = 100) -> str:
    text = _last(req, name) or ""
    if len(text) > max_characters:
        raise errors.invalid_field(name, "BASE_TYPE_MAX_LENGTH", f"Must be {max_characters} or fewer in length.")
    return text


def parse_id(name: str, text: str) -> Snowflake:
    """Read an id of the path or the query. Raises ActionError 50035."""
    try:
        return Snowflake.parse(text)
    except ValueError:
        shown = msgspec.json.encode(text[:40]).decode()
        raise errors.invalid_field(name, "NUMBER_TYPE_COERCE", f"Value {shown} is not snowflake.") from None


def parse_kind(name: str, text: str) -> int:
    """Read a small number of the path. Raises ActionError 50035."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        shown = msgspec.json.encode(text[:40]).decode()
        raise errors.invalid_field(name, "NUMBER_TYPE_COERCE", f"Value {shown} is not int.")
    return int(text)


def _last(req: Request, name: str) -> str | None:
    value = req.params.get(name)
    if isinstance(value, list):
        return str(value[-1]) if value else None
    return None if value is None else str(value)
