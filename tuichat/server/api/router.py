"""Finds the resource of a path: in one tree of templates, which stands for every prefix of the API."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from falcon.routing import CompiledRouter, map_http_methods, set_default_responders

PREFIXES = ("/api/v10", "/api/v9", "/api")  # all lead to the same routes; a template is told with the first

_NOTHING = object()  # what stands in the tree, which all applications share, for their resources


class Router(CompiledRouter):
    """A router that is made with all its routes.

    Falcon's own makes a tree for each application with each route below each prefix in it, and all their methods: that was
    most of the time in which a server starts.
    """

    def __init__(self, resources: Mapping[str, object], root_resources: Mapping[str, object]) -> None:
        """`resources` stand below the prefixes, `root_resources` where their templates say."""
        super().__init__()
        self._resources = {PREFIXES[0] + path: resource for path, resource in resources.items()} | dict(root_resources)
        self._tree = _tree(tuple(self._resources))
        self._methods: dict[str, Any] = {}

    def find(self, uri: str, req: object = None) -> tuple[object, Any, dict[str, Any], str | None] | None:
        """Return the resource, its methods, what stands in the path, and the template; None where no route leads."""
        found = self._tree.find(_below_first_prefix(uri))
        if found is None:
            return None
        params, template = found[2], found[3] or ""
        resource = self._resources[template]
        methods = self._methods.get(template)
        if methods is None:
            methods = self._methods[template] = map_http_methods(resource)
            set_default_responders(methods, asgi=True)
        return resource, methods, params, template


@cache
def _tree(templates: tuple[str, ...]) -> CompiledRouter:
    tree = CompiledRouter()
    for template in templates:
        tree.add_route(template, _NOTHING)
    return tree


def _below_first_prefix(uri: str) -> str:
    path = "/" + uri.lstrip("/")
    for prefix in PREFIXES:
        if path.startswith(f"{prefix}/"):
            return PREFIXES[0] + path[len(prefix) :]
    return path
