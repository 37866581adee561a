"""Rows: threads, who follows them, and their lists."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing

CHANNEL = "/channels/{channel_id}"
THREADS = "/channels/{channel_id}/threads"
FOLLOWERS = "/channels/{channel_id}/thread-members"


@thing
async def thread_id(things: Things) -> str:
    """A public thread of the owner's."""
    body = {"name": "aside", "type": 11}
    made = await things.owner.call("POST", f"/channels/{things.town.channel}/threads", Object, body)
    return str(made["id"])


@thing
async def secret_thread(things: Things) -> str:
    """A private thread of the owner's."""
    made = await things.owner.call("POST", f"/channels/{things.town.channel}/threads", Object, {"name": "secret"})
    return str(made["id"])


@thing
async def forum(things: Things) -> str:
    body = {"name": "forum", "type": 15}
    made = await things.owner.call("POST", f"/guilds/{things.town.guild}/channels", Object, body)
    return str(made["id"])


@thing
async def follower(things: Things) -> str:
    """Somebody who follows the thread."""
    user = await things("user_id")
    await things.owner.do("PUT", f"/channels/{await things('thread_id')}/thread-members/{user}")
    return user


@thing
async def followed_thread(things: Things) -> str:
    """A thread that whoever calls follows, where it can."""
    thread = await things("thread_id")
    if things.asker != "stranger":
        await things.me.raw("PUT", f"/channels/{thread}/thread-members/@me")
    return thread


ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row(
        "POST", "/channels/{channel_id}/messages/{message_id}/threads",
        "201 201 201 201 50013 50001 201", {"name": "begun"},
    ),
    row("POST", THREADS, "201 201 201 201 50013 50001 201", {"name": "public", "type": 11}, note="public"),
    row("POST", THREADS, "201 201 201 201 50013 50001 201", {"name": "private"}, note="private"),
    row("POST", THREADS, "50035 50035 50035 50035 50035 50001 50035", {"name": "news", "type": 10}, note="wrong kind"),
    row(
        "POST", THREADS, "201 201 201 201 50013 50001 201",
        {"name": "post", "message": {"content": "words"}}, channel_id="forum",
    ),
    row("GET", CHANNEL, "200 200 200 200 200 50001 200", channel_id="thread_id"),
    row("GET", CHANNEL, "200 200 200 50001 50001 50001 50001", channel_id="secret_thread"),
    row("PATCH", CHANNEL, "200 200 200 50013 50013 50001 50013", {"archived": True}, channel_id="thread_id"),
    row("PATCH", CHANNEL, "200 200 200 50001 50001 50001 50001", {"locked": True}, channel_id="secret_thread"),
    row("DELETE", CHANNEL, "200 200 200 50013 50013 50001 50013", channel_id="thread_id"),
    row("GET", f"{THREADS}/archived/public", "200 200 200 200 200 50001 200"),
    row("GET", f"{THREADS}/archived/private", "200 200 200 50013 50013 50001 50013"),
    row("GET", "/channels/{channel_id}/users/@me/threads/archived/private", "200 200 200 200 200 50001 200"),
    row("GET", f"{THREADS}/search", "200 200 200 200 200 50001 200", query="?name=aside"),
    row("GET", "/guilds/{guild_id}/threads/active", "200 200 200 200 200 50001 200"),
    row("GET", FOLLOWERS, "200 200 200 200 200 50001 200", channel_id="thread_id"),
    row("GET", FOLLOWERS, "200 200 200 50001 50001 50001 50001", channel_id="secret_thread"),
    row("PUT", f"{FOLLOWERS}/@me", "204 204 204 204 204 50001 204", channel_id="thread_id"),
    row("PUT", f"{FOLLOWERS}/@me", "204 204 204 50001 50001 50001 50001", channel_id="secret_thread"),
    row("GET", f"{FOLLOWERS}/@me", "200 200 200 200 200 50001 200", channel_id="followed_thread"),
    row("DELETE", f"{FOLLOWERS}/@me", "204 204 204 204 204 50001 204", channel_id="followed_thread"),
    row("PUT", FOLLOWERS + "/{user_id}", "204 204 204 204 50013 50001 204", channel_id="thread_id"),
    row("GET", FOLLOWERS + "/{user_id}", "200 200 200 200 200 50001 200", channel_id="thread_id", user_id="follower"),
    row(
        "DELETE", FOLLOWERS + "/{user_id}",
        "204 204 204 50013 50013 50001 50013", channel_id="thread_id", user_id="follower",
    ),
]  # fmt: skip
