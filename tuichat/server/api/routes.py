"""The HTTP API as an ASGI application: all routes, and one place where errors become answers."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import falcon
import falcon.asgi
from falcon.asgi import Request, Response

from tuichat.protocol.rest.error import ErrorCode
from tuichat.server.accounts import HashingBusy
from tuichat.server.actions.errors import ActionError, overloaded
from tuichat.server.api import (
    application_commands,
    applications,
    attachments,
    audit_log,
    auth,
    bans,
    calls,
    cdn,
    channels,
    crossposts,
    directs,
    emojis,
    event_details,
    external,
    follows,
    gateway_info,
    guilds,
    integrations,
    interactions,
    invites,
    live_rooms,
    local,
    members,
    messages,
    nothing_yet,
    pins,
    polls,
    reactions,
    read_states,
    recovery,
    relationships,
    roles,
    scheduled_events,
    search,
    settings,
    soundboard,
    stages,
    stickers,
    storefront,
    templates,
    threads,
    users,
    voice,
    webhooks,
)
from tuichat.server.api.exchange import Api, Resource, answer_error, parse_id
from tuichat.server.api.limiting import LimitRequests
from tuichat.server.api.route_limits import RouteLimit, limit_of
from tuichat.server.api.router import PREFIXES, Router
from tuichat.server.files.errors import FileStoreError
from tuichat.server.rate_limits import RateLimits
from tuichat.server.store.errors import StoreBusy, StoreUnwritable

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ROOT_ROUTES: dict[str, type[Resource]] = {
    **cdn.ROUTES,
    **attachments.CDN_ROUTES,
    **external.CDN_ROUTES,
    **soundboard.CDN_ROUTES,
}  # of what no token is needed for

logger = logging.getLogger(__name__)


class _ParseIds:
    """Turns every `..._id` of a path into a number before its route sees it."""

    async def process_resource(self, req: Request, resp: Response, resource: object, params: dict[str, object]) -> None:
        for name, value in params.items():
            if name.endswith("_id") and isinstance(value, str):
                params[name] = parse_id(name, value)


def make_application(api: Api, limits: RateLimits | None = None) -> falcon.asgi.App[Request, Response]:
    """Return the application for uvicorn to call; without `limits`, everybody may call as often as they like."""
    resources = make_resources(api)
    router = Router(resources, {path: kind(api) for path, kind in ROOT_ROUTES.items()})
    app: falcon.asgi.App[Request, Response] = falcon.asgi.App(router=router)
    if limits is not None:
        app.add_middleware(LimitRequests(api, limits, _route_limits(resources)))
    app.add_middleware(_ParseIds())
    # Whatever is not answered by a route is answered below, in Discord's JSON.
    app.add_error_handler(Exception, _handle_fault)
    app.add_error_handler(falcon.HTTPError, _handle_http_error)
    app.add_error_handler(ActionError, _handle_refusal)
    app.add_error_handler(StoreBusy, _handle_overload)
    app.add_error_handler(HashingBusy, _handle_overload)
    app.add_error_handler(FileStoreError, _handle_disk_fault)
    app.add_error_handler(StoreUnwritable, _handle_disk_fault)
    return app


def make_resources(api: Api) -> dict[str, Resource]:
    """Make the resource of each path, which is written without its prefix."""
    resources: dict[str, Resource] = nothing_yet.routes(api)
    for module in (
        application_commands,
        applications,
        attachments,
        audit_log,
        auth,
        bans,
        calls,
        channels,
        crossposts,
        emojis,
        directs,
        follows,
        gateway_info,
        guilds,
        integrations,
        interactions,
        invites,
        live_rooms,
        local,
        members,
        messages,
        pins,
        read_states,
        polls,
        relationships,
        reactions,
        recovery,
        roles,
        event_details,
        scheduled_events,
        search,
        settings,
        soundboard,
        stages,
        stickers,
        storefront,
        templates,
        threads,
        users,
        voice,
        webhooks,
    ):
        resources.update({path: kind(api) for path, kind in module.ROUTES.items()})
    return resources


def _route_limits(resources: Mapping[str, Resource]) -> dict[tuple[str, str | None], RouteLimit]:
    """What holds for each route, by method and whole template."""
    return {
        (method, PREFIXES[0] + path): limit_of(method, path)
        for path, resource in resources.items()
        for method in METHODS
        if hasattr(resource, f"on_{method.lower()}")
    }


async def _handle_refusal(req: Request, resp: Response, error: ActionError, params: dict[str, Any]) -> None:
    answer_error(resp, error)
    if error.status in (413, 415):
        resp.set_header("Connection", "close")  # the rest of the body was not read


async def _handle_overload(req: Request, resp: Response, error: Exception, params: dict[str, Any]) -> None:
    answer_error(resp, overloaded())
    resp.set_header("Retry-After", "1")


async def _handle_disk_fault(req: Request, resp: Response, error: Exception, params: dict[str, Any]) -> None:
    """The disk is full, or the bucket does not answer: the operator reads why, the client tries again."""
    logger.error("%s %s: %s", req.method, req.uri_template, error)
    answer_error(resp, ActionError(503, ErrorCode.GENERAL, "The server cannot store anything now; try again later"))


async def _handle_http_error(req: Request, resp: Response, error: falcon.HTTPError, params: dict[str, Any]) -> None:
    status = error.status_code
    answer_error(resp, ActionError(status, ErrorCode.GENERAL, f"{status}: {HTTPStatus(status).phrase}"))
    if error.headers:
        resp.set_headers(error.headers)


async def _handle_fault(req: Request, resp: Response, error: Exception, params: dict[str, Any]) -> None:
    """A fault of ours: the log has all of it, the client a number to ask about."""
    request_id = secrets.token_hex(8)
    logger.error("request %s failed: %s %s", request_id, req.method, req.uri_template, exc_info=error)
    answer_error(resp, ActionError(500, ErrorCode.GENERAL, "500: Internal Server Error"))
    resp.set_header("X-Request-Id", request_id)
