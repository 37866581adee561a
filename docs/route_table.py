"""Reads from the code which routes the server has, what each needs and what it answers: the text of docs/routes.md."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any, cast, get_args

from tuichat.server.api.exchange import Api, Resource
from tuichat.server.api.route_limits import RouteLimit, limit_of
from tuichat.server.api.routes import METHODS, ROOT_ROUTES, make_resources

_PERMISSION = re.compile(r"\bPermissions\.([A-Z_]+)")
_IMPLIED = {"ADMINISTRATOR", "VIEW_CHANNEL"}  # the one gives all, the other is needed wherever there is a channel

_HEAD = """# Routes

Made from the code by `make example`. Each path stands below `/api/v10` (also `/api/v9` and `/api`), those of pictures and
files at the root. *Limit*: how many requests in how many seconds, for each account, and for each value of what stands
behind "a"; routes that name the same bucket share it. *Permissions* are those that the action looks at; some are needed for
a part of it only. How every role is answered stands in `tests/server/api/route_rows`.
"""


@dataclass(frozen=True)
class Route:
    """One method of one path, and what its code says of it."""

    method: str
    path: str
    needs: str
    body: tuple[object, ...]  # the types that it is read as
    statuses: tuple[int, ...]
    permissions: tuple[str, ...]
    sentence: str
    limit: RouteLimit | None


@cache
def routes() -> tuple[Route, ...]:
    """Return each route of the application, as it is there in the order of its paths."""
    return tuple(_routes())


def routes_by_name() -> dict[tuple[str, str], Route]:
    """Return them by method and path."""
    return {(route.method, route.path): route for route in routes()}


def _routes() -> Iterator[Route]:
    api = cast(Api, SimpleNamespace(context=None))  # resources are made, and never called
    for path, resource in sorted(make_resources(api).items()):
        for method in METHODS:
            if responder := getattr(resource, f"on_{method.lower()}", None):
                yield _read(method, path, type(resource), responder, limit_of(method, path))
    for path, kind in sorted(ROOT_ROUTES.items()):
        for method in METHODS:
            if responder := getattr(kind(api), f"on_{method.lower()}", None):
                yield _read(method, path, kind, responder, None)


def text() -> str:
    """Return the whole of docs/routes.md."""
    lines = [_HEAD]
    chapter = ""
    for route in routes():
        if (first := route.path.split("/")[1]) != chapter:
            chapter = first
            lines += [
                f"\n## /{chapter}\n",
                "| route | needs | body | answers | permissions | limit | |",
                "|---|---|---|---|---|---|---|",
            ]
        cells = (
            f"{route.method} {route.path}",
            route.needs,
            ", ".join(f"`{_type_name(kind)}`" for kind in route.body),
            ", ".join(map(str, route.statuses)),
            ", ".join(route.permissions),
            _limit(route.limit),
            route.sentence,
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _read(
    method: str, path: str, kind: type[Resource], responder: Callable[..., Any], limit: RouteLimit | None
) -> Route:
    tree = ast.parse(textwrap.dedent(inspect.getsource(responder)))
    action = _action(tree, responder)
    return Route(
        method=method,
        path=path,
        needs=_needs(tree, path),
        body=_body(tree, responder),
        statuses=_statuses(tree),
        permissions=() if action is None else _permissions(action),
        sentence=_sentence(responder, action, kind),
        limit=limit,
    )


def _calls(tree: ast.AST, *, in_lambdas: bool = True) -> Iterator[tuple[str, ast.Call]]:
    left_out = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda) and not in_lambdas]
    skipped = {node for hidden in left_out for node in ast.walk(hidden)}
    for node in (node for node in ast.walk(tree) if node not in skipped):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _needs(tree: ast.AST, path: str) -> str:
    names = {name for name, _ in _calls(tree)}
    if "require_local" in names:
        return "the Unix socket"
    if "self.actor" in names:
        may_be_left_out = any(
            "self.actor(" in ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.IfExp)
        )
        return "a token or nothing" if may_be_left_out else "a token"
    return "the token in the path" if "token}" in path else "nothing"


def _body(tree: ast.AST, responder: Callable[..., Any]) -> tuple[object, ...]:
    return tuple(
        eval(ast.unparse(call.args[1]), responder.__globals__)  # noqa: S307  # our own code
        for name, call in _calls(tree)
        if name.startswith("read_") and name.endswith(("body", "form")) and len(call.args) > 1
    )


def _type_name(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) and not get_args(kind) else re.sub(r"\b\w+\.", "", str(kind))


def _statuses(tree: ast.AST) -> tuple[int, ...]:
    found: set[int] = set()
    for name, call in _calls(tree):
        if name == "answer_nothing":
            found.add(204)
        elif name == "answer":
            status = call.args[2] if len(call.args) > 2 else None
            found |= {200} if status is None else {int(digits) for digits in re.findall(r"\d{3}", ast.unparse(status))}
    return tuple(sorted(found)) or (200,)


def _action(tree: ast.AST, responder: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return the function of `actions` that a responder calls last: those before it, and in lambdas, only check."""
    last = None
    for name, call in _calls(tree, in_lambdas=False):
        module = responder.__globals__.get(name.partition(".")[0])
        is_action = isinstance(module, ModuleType) and module.__name__.startswith("tuichat.server.actions")
        if is_action and call.args and ast.unparse(call.args[0]) == "self.context":
            last = getattr(module, name.partition(".")[2])
    return last


@cache
def _source_and_calls(function: Callable[..., Any]) -> tuple[str, list[str]]:
    """Return a function's text and the names of what it calls: many actions call the same few."""
    source = inspect.getsource(function)
    return source, [name for name, _ in _calls(ast.parse(textwrap.dedent(source)))]


def _permissions(action: Callable[..., Any]) -> tuple[str, ...]:
    """Return the permissions that an action names, itself or in functions of its module that it calls."""
    names: list[str] = []
    seen: set[object] = set()

    def look_at(function: Callable[..., Any]) -> None:
        if function in seen:
            return
        seen.add(function)
        source, called = _source_and_calls(function)
        names.extend(_PERMISSION.findall(source))
        for name in called:
            callee = function.__globals__.get(name)
            if inspect.isfunction(callee) and callee.__module__ == action.__module__:
                look_at(callee)

    look_at(action)
    return tuple(dict.fromkeys(name for name in names if name not in _IMPLIED))


def _sentence(responder: Callable[..., Any], action: Callable[..., Any] | None, kind: type[Resource]) -> str:
    documented = responder.__doc__ or (action.__doc__ if action is not None else None) or kind.__dict__.get("__doc__")
    if documented:
        return re.split(r"(?<=\.)\s", " ".join(documented.split()))[0].replace("|", "\\|")
    if action is not None:
        return action.__name__.replace("_", " ").capitalize() + "."
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).capitalize() + "."


def _limit(route: RouteLimit | None) -> str:
    if route is None or route.limit is None:
        return "none"
    major = " and ".join(name.removesuffix("_id").replace("_", " ") for name in route.major)
    per = f", a {major}" if major else ""
    bucket = "" if route.limit.bucket.startswith(METHODS) else f" ({route.limit.bucket})"
    return f"{route.limit.limit} in {route.limit.window_ms / 1000:g} s{per}{bucket}"
