"""The REST routes of one's own account, as requests."""

from tuichat.client.routes import Request, _request
from tuichat.protocol.guild_settings import EditGuildSettings


def edit_guild_settings(guild_id: int, edit: EditGuildSettings) -> Request:
    """Change notification settings of a guild; the id 0 stands for private channels."""
    return _request("PATCH", "/users/@me/guilds/{}/settings", guild_id or "@me", body=edit)
