"""How discord.py is pointed at another server: three class attributes, and no patched method where voice has TLS."""

from typing import Any

import discord.asset
import discord.gateway
import discord.http
import yarl


def use_plain_voice() -> None:
    """Let discord.py reach a voice gateway without TLS: it always builds wss://, and has no setting for it."""
    connect = discord.http.HTTPClient.ws_connect

    async def connect_plainly(self: discord.http.HTTPClient, url: str, *, compress: int = 0) -> Any:
        if url.startswith("wss://") and url.endswith("/?v=8"):
            url = "ws" + url.removeprefix("wss")
        return await connect(self, url, compress=compress)

    discord.http.HTTPClient.ws_connect = connect_plainly  # type: ignore[method-assign]  # see above


def redirect(api: str, gateway: str) -> None:
    """Send discord.py to the server whose REST base and gateway these are, for the rest of the process."""
    discord.http.Route.BASE = api  # every REST call, webhooks too
    # discord.Client never asks GET /gateway.
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    discord.asset.Asset.BASE = api.split("/api/")[0]  # avatars, icons, emojis
