"""Rows: pictures, which need no token; `name` is `HASH.png`."""

from typing import Any

from tests.server.api.route_rows.row import row
from tests.server.api.town import MAKERS, Things, thing

FORGED: Any = {"signature": "default_avatar", "url:path": "default_avatar"}
NO_PICTURE = "tests/server/api/test_cdn.py shows stored ones"


@thing
async def emoji_picture(things: Things) -> str:
    return f"{await MAKERS['emoji_id'](things)}.png"


@thing
async def default_avatar(things: Things) -> str:
    return "0.png"


ROWS = [
    row("GET", "/embed/avatars/{name}", "200", name="default_avatar"),
    row("GET", "/emojis/{name}", "200", name="emoji_picture"),
    row("GET", "/soundboard-sounds/{name}", "200", name="sound_id"),
    row(
        "GET",
        "/external/{signature}/{url:path}",
        "404",
        never="tests/server/api/test_external.py fetches some",
        **FORGED,
    ),
    row("GET", "/stickers/{name}", "404", name="default_avatar", never="this server has no stickers"),
    *(
        row("GET", f"/{kind}/{{owner_id}}/{{name}}", "404", name="default_avatar", never=NO_PICTURE)
        for kind in (
            "app-icons",
            "avatars",
            "banners",
            "channel-icons",
            "discovery-splashes",
            "guild-events",
            "icons",
            "role-icons",
            "splashes",
        )
    ),
    *(
        row(
            "GET",
            f"/guilds/{{guild_id}}/users/{{user_id}}/{kind}/{{name}}",
            "404",
            name="default_avatar",
            never=NO_PICTURE,
        )
        for kind in ("avatars", "banners")
    ),
]
