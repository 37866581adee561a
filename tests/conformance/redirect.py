"""How discord.py is pointed at another server: three class attributes, no patched method."""

import discord.asset
import discord.gateway
import discord.http
import yarl


def redirect(api: str, gateway: str) -> None:
    """Send discord.py to the server whose REST base and gateway these are, for the rest of the process."""
    discord.http.Route.BASE = api  # every REST call, webhooks too
    # discord.Client never asks GET /gateway.
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    discord.asset.Asset.BASE = api.split("/api/")[0]  # avatars, icons, emojis
