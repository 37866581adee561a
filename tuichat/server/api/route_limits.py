"""How often each route may be called: the table, and what shares a bucket.

Discord does not publish its numbers and asks clients to go by the headers; these are of the same size or kinder. A window
starts with its first request. `docs/routes.md` shows what comes of it.
"""

import hashlib

import msgspec

from tuichat.server.rate_limits import RateLimit

READ = (50, 5_000)  # requests, and in how many ms: for each GET route that is not below
WRITE = (20, 5_000)  # for each other route that is not below

# Routes of one bucket name are counted together.
_PASSWORDS = RateLimit("passwords", 60, 60_000)  # by address; an office stands behind one
_REACTIONS = RateLimit("reactions", 10, 2_500)
_PINS = RateLimit("pins", 10, 5_000)
_THREADS = RateLimit("thread create", 10, 10_000)
_SEARCH = RateLimit("search", 20, 10_000)
_EFFECTS = RateLimit("voice effects", 5, 5_000)  # each is heard by all in the channel, for up to 5.2 s
_PROBES = RateLimit("voice probe", 5, 10_000)  # each lets the media port answer some datagrams
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
LIMITS: dict[tuple[str, str], RateLimit] = {
    ("POST", "/channels/{channel_id}/messages"): RateLimit("message create", 10, 5_000),
    ("PATCH", _MESSAGE): RateLimit("message edit", 10, 5_000),
    ("DELETE", _MESSAGE): RateLimit("message delete", 10, 2_000),
    ("POST", "/channels/{channel_id}/messages/bulk-delete"): RateLimit("message bulk delete", 2, 2_000),
    ("POST", f"{_MESSAGE}/ack"): RateLimit("message ack", 50, 5_000),
    ("PUT", f"{_MESSAGE}/reactions/{{emoji}}/@me"): _REACTIONS,
    ("DELETE", f"{_MESSAGE}/reactions/{{emoji}}/@me"): _REACTIONS,
    ("DELETE", f"{_MESSAGE}/reactions/{{emoji}}/{{user_id}}"): _REACTIONS,
    ("PUT", "/channels/{channel_id}/messages/pins/{message_id}"): _PINS,
    ("DELETE", "/channels/{channel_id}/messages/pins/{message_id}"): _PINS,
    ("PUT", "/channels/{channel_id}/pins/{message_id}"): _PINS,
    ("DELETE", "/channels/{channel_id}/pins/{message_id}"): _PINS,
    ("POST", f"{_MESSAGE}/threads"): _THREADS,
    ("POST", "/channels/{channel_id}/threads"): _THREADS,
    ("GET", "/channels/{channel_id}/messages/search"): _SEARCH,
    ("GET", "/guilds/{guild_id}/messages/search"): _SEARCH,
    ("POST", "/channels/{channel_id}/send-soundboard-sound"): _EFFECTS,
    ("POST", "/channels/{channel_id}/voice-channel-effects"): _EFFECTS,
    ("POST", "/channels/{channel_id}/typing"): RateLimit("typing", 10, 5_000),
    ("PATCH", "/channels/{channel_id}"): RateLimit("channel edit", 10, 10_000),
    ("POST", "/guilds"): RateLimit("guild create", 10, 60_000),
    ("POST", "/invites/{code}"): RateLimit("invite accept", 10, 10_000),
    ("PATCH", "/users/@me"): RateLimit("profile edit", 10, 60_000),
    ("POST", "/webhooks/{webhook_id}/{token}"): RateLimit("webhook", 10, 4_000),
    ("POST", "/interactions"): RateLimit("interaction", 40, 5_000),
    ("POST", "/auth/login"): _PASSWORDS,
    ("POST", "/auth/register"): _PASSWORDS,
    ("POST", "/tuichat/recovery"): _PASSWORDS,
    ("POST", "/tuichat/voice/probe"): _PROBES,
    ("PUT", "/tuichat/live-rooms/{channel_id}/invited/{user_id}"): RateLimit("live room invite", 10, 10_000),
    ("POST", "/tuichat/live-rooms/{channel_id}/join"): RateLimit("live room join", 10, 10_000),
}
_MAJOR = ("channels", "guilds", "webhooks")  # what a path begins with whose first id has a bucket of its own


class RouteLimit(msgspec.Struct, frozen=True):
    """What holds for one route: its limit, and whose requests are counted together.

    `major` names the parameters of the path whose values have a bucket of their own. `limit` None: it has none.
    `is_open`: it is called with a token in its path, which is counted instead of who calls, and not in the global limit.
    """

    limit: RateLimit | None
    bucket_hash: str
    major: tuple[str, ...]
    is_open: bool


def limit_of(method: str, template: str) -> RouteLimit:
    """Return what holds for a route; its template is written without the prefix."""
    segments = template.strip("/").split("/")
    parameters = [segment[1:-1] if segment.startswith("{") else "" for segment in segments]
    if segments[0] == "interactions" and len(segments) > 1:
        # Answers to what the server asked: libraries take a limit there for a mistake.
        return RouteLimit(None, "", (), is_open=True)
    limit = LIMITS.get((method, template))
    if limit is None:
        limit = RateLimit(f"{method} {template}", *(READ if method == "GET" else WRITE))
    major: tuple[str, ...] = ()
    if segments[0] in _MAJOR and len(segments) > 1 and parameters[1]:
        major = (parameters[1],)
    is_open = segments[0] == "webhooks" and len(segments) > 2 and bool(parameters[2])
    if is_open:
        major = (*major, parameters[2])
    bucket_hash = hashlib.sha256(limit.bucket.encode()).hexdigest()[:32]
    return RouteLimit(limit, bucket_hash, major, is_open=is_open)
