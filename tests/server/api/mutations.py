"""Bad requests, made from good ones: another body, another path, another query, other headers."""

from typing import Any
from urllib.parse import quote

import msgspec
from hypothesis import strategies as st

from docs.route_table import Route
from tests.server.api.route_rows.row import Row

NASTY_TEXTS = (
    "",
    " ",
    "\0",
    "a" * 33,
    "a" * 2001,
    "\u202e\u200b\ufeff",
    "\U0001f44d",
    "-1",
    "0",
    "18446744073709551616",
    "{guild_id}",
    "{channel_id}",
    "{message_id}",
    "{my_id}",
    "{role_id}",
    "1970-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59.999999+14:00",
    "0000-00-00",
    "https://example.org/" + "x" * 3000,
    "data:image/png;base64,AAAA",
    "data:image/png;base64,",
    "attachment://x",
    "<@&1> <@1> <#1> @everyone",
    "%s%n{}$",
    "../../etc/passwd",
)
QUERY_NAMES = (
    *("limit", "before", "after", "around", "query", "content", "with_counts", "wait", "thread_id", "type", "days"),
    *("user_id", "action_type", "target_id", "offset", "sort_by", "author_id", "size", "client_id", "include_roles"),
)
_INTEGERS = st.sampled_from([0, 1, -1, 2, 15, 255, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30])
_TEXTS = st.sampled_from(NASTY_TEXTS) | st.text(max_size=40).map(lambda text: text.replace("{", "("))
_SCALARS = st.one_of(st.none(), st.booleans(), _INTEGERS, st.sampled_from([0.5, -1e308, 1e-9]), _TEXTS)
VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3), max_leaves=6
)
_FLAT = _SCALARS | st.lists(_SCALARS, max_size=3) | st.builds(lambda value: [{"id": value, "type": value}], _SCALARS)


class Attempt(msgspec.Struct, frozen=True):
    """One request as it is sent; path and body may name `{things}`."""

    path: str
    body: Any
    raw: bytes | None  # sent in the place of `body`
    content_type: str
    headers: dict[str, str]
    files: tuple[tuple[str, str, bytes], ...] = ()  # name, filename and content; with some, it is sent as a form

    def form(self, payload: bytes) -> bytes:
        """Return the parts of a form whose boundary is `x`, with the body as `payload_json`."""
        parts = [b'Content-Disposition: form-data; name="payload_json"\r\n\r\n' + payload]
        for name, filename, content in self.files:
            head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n\r\n'
            parts.append(head.encode(errors="replace") + content)
        return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"


def fields_of(route: Route) -> list[str]:
    """Return the keys that a route's body is read for."""
    found: list[str] = []
    for kind in route.body:
        info = msgspec.inspect.type_info(kind)
        while isinstance(info, msgspec.inspect.ListType):
            info = info.item_type
        if isinstance(info, msgspec.inspect.StructType):
            found += [field.encode_name for field in info.fields]
    return found


@st.composite
def attempts(draw: st.DrawFn, row: Row, route: Route) -> Attempt:
    """Draw a request that is like the row's, with something wrong."""
    path, body, raw, content_type = row.path, row.body, None, "application/json"
    headers: dict[str, str] = {}
    kinds = ["query", "path", "raw", "headers"] + (["field"] * 8 + ["form"] * 2 if route.body else [])
    files: tuple[tuple[str, str, bytes], ...] = ()
    kind = draw(st.sampled_from(kinds))
    if kind in ("field", "form"):
        body = _with_wrong_fields(draw, row.body, fields_of(route))
    elif kind == "path":
        path = draw(_paths(row.template))
    elif kind == "query":
        pairs = draw(st.lists(st.tuples(st.sampled_from(QUERY_NAMES), _TEXTS), min_size=1, max_size=3))
        separator = "&" if "?" in path else "?"
        path += separator + "&".join(f"{name}={quote(value, safe='{}')}" for name, value in pairs)
    elif kind == "raw":
        raw = draw(
            st.binary(max_size=60) | st.sampled_from([b"{", b"[]", b'"', b"null", b"[" * 5000, b'{"a":1}{', b"\xff"])
        )
        content_type = draw(
            st.sampled_from(
                [
                    "application/json",
                    "text/plain",
                    "",
                    "multipart/form-data",
                    "multipart/form-data; boundary=x",
                    "a/b;c=d",
                ]
            )
        )
        if "boundary" in content_type:
            raw = b"--x\r\nContent-Disposition: form-data; name=" + raw + b"\r\n\r\n" + raw + b"\r\n--x--\r\n"
    else:
        headers = {"X-Audit-Log-Reason": quote(draw(_TEXTS))[:4000]}
        headers |= draw(
            st.sampled_from([{}, {"Range": "bytes=9-1"}, {"Content-Range": "bytes x"}, {"If-None-Match": "*"}])
        )
    if kind == "form":
        content_type = "multipart/form-data; boundary=x"
        names = st.sampled_from(["files[0]", "files[1]", "files[-1]", "files[99999999999]", "files[]", "file", "", '"'])
        files = tuple(draw(st.lists(st.tuples(names, _TEXTS, st.binary(max_size=30)), min_size=1, max_size=3)))
    return Attempt(path, body, raw, content_type, headers, files)


def _with_wrong_fields(draw: st.DrawFn, body: Any, names: list[str]) -> Any:
    keys = [*names, *(body if isinstance(body, dict) else ()), "unknown"]
    wrong = {name: draw(_FLAT | VALUES) for name in draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2))}
    if isinstance(body, list):
        return [{**each, **wrong} if isinstance(each, dict) else wrong for each in body] or [wrong]
    return draw(st.just({**(body if isinstance(body, dict) else {}), **wrong}) | VALUES)


@st.composite
def _paths(draw: st.DrawFn, template: str) -> str:
    segments = []
    for segment in template.split("/"):
        if segment.startswith("{"):
            text = draw(st.sampled_from(["{channel_id}", "{guild_id}", "{my_id}", "{message_id}"]) | _TEXTS)
            segment = quote(text, safe="{}").replace("/", "%2F") or "%20"
        segments.append(segment)
    return "/".join(segments)
