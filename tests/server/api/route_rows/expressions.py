"""Rows: emojis, stickers and sounds."""

import secrets

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing
from tests.server.files.sounds_made import mp3, sound_uri

PICTURE = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)  # one pixel
EMOJI = "/guilds/{guild_id}/emojis/{emoji_id}"
OWN_EMOJI = "/applications/{application_id}/emojis/{emoji_id}"
NO_STICKERS = "this server has no stickers"
NEW = {"name": "smile", "image": PICTURE}
SOUNDS = "/guilds/{guild_id}/soundboard-sounds"
NEW_SOUND = {"name": "boing", "sound": sound_uri(mp3(10))}


@thing
async def emoji_id(things: Things) -> str:
    path = f"/guilds/{things.town.guild}/emojis"
    name = f"e{secrets.token_hex(4)}"
    return str((await things.owner.call("POST", path, Object, {"name": name, "image": PICTURE}))["id"])


@thing
async def application_emoji(things: Things) -> str:
    path = f"/applications/{await things('application_id')}/emojis"
    name = f"e{secrets.token_hex(4)}"
    return str((await things.me.call("POST", path, Object, {"name": name, "image": PICTURE}))["id"])


@thing
async def sound_id(things: Things) -> str:
    path = f"/guilds/{things.town.guild}/soundboard-sounds"
    return str((await things.owner.call("POST", path, Object, NEW_SOUND))["sound_id"])


@thing
async def sticker_id(things: Things) -> str:
    """There are none."""
    return "1"


ROWS = [
    # method, path                          owner admin moderator member muted stranger bot
    row("GET", "/guilds/{guild_id}/emojis", "200 200 200 200 200 50001 200"),
    row("POST", "/guilds/{guild_id}/emojis", "201 201 201 50013 50013 50001 50013", NEW),
    row("GET", EMOJI, "200 200 200 200 200 50001 200"),
    row("PATCH", EMOJI, "200 200 200 50013 50013 50001 50013", {"name": "laugh"}),
    row("DELETE", EMOJI, "204 204 204 50013 50013 50001 50013"),
    row("GET", "/applications/{application_id}/emojis", "200 200 200 200 200 200 200"),
    row("POST", "/applications/{application_id}/emojis", "201 201 201 201 201 201 201", NEW),
    row("GET", OWN_EMOJI, "200", emoji_id="application_emoji"),
    row("PATCH", OWN_EMOJI, "200", {"name": "laugh"}, emoji_id="application_emoji"),
    row("DELETE", OWN_EMOJI, "204", emoji_id="application_emoji"),
    row("GET", "/soundboard-default-sounds", "200"),
    row("GET", SOUNDS, "200 200 200 200 200 50001 200"),
    row("POST", SOUNDS, "201 201 201 50013 50013 50001 50013", NEW_SOUND),
    row("GET", f"{SOUNDS}/{{sound_id}}", "200 200 200 200 200 50001 200"),
    row("PATCH", f"{SOUNDS}/{{sound_id}}", "200 200 200 50013 50013 50001 50013", {"name": "boong"}),
    row("DELETE", f"{SOUNDS}/{{sound_id}}", "204 204 204 50013 50013 50001 50013"),
    row("GET", "/sticker-packs", "200"),
    row("GET", "/guilds/{guild_id}/stickers", "200 200 200 200 200 50001 200"),
    row("POST", "/guilds/{guild_id}/stickers", "30039 30039 30039 50013 50013 50001 50013", never=NO_STICKERS),
    row(
        "GET",
        "/guilds/{guild_id}/stickers/{sticker_id}",
        "10060 10060 10060 10060 10060 50001 10060",
        never=NO_STICKERS,
    ),
    row(
        "PATCH",
        "/guilds/{guild_id}/stickers/{sticker_id}",
        "10060 10060 10060 10060 10060 50001 10060",
        never=NO_STICKERS,
    ),
    row(
        "DELETE",
        "/guilds/{guild_id}/stickers/{sticker_id}",
        "10060 10060 10060 10060 10060 50001 10060",
        never=NO_STICKERS,
    ),
    row("GET", "/stickers/{sticker_id}", "10060", never=NO_STICKERS),
]
