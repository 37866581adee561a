"""Webhooks over a socket: every route, and that the token alone is enough."""

from typing import Any

from tests.server.running import RunningServer


async def test_webhooks_are_made_shown_changed_and_removed(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    path = f"/channels/{channel_id}/webhooks"
    assert (await bob.raw("POST", path, {"name": "hook"}))[0] == 403
    hook = await alice.call("POST", path, dict[str, Any], {"name": "hook"})
    assert (hook["type"], hook["name"], hook["avatar"], hook["user"]["id"]) == (1, "hook", None, alice.user_id)
    for listing in (path, f"/guilds/{guild.id}/webhooks"):
        assert [found["id"] for found in await alice.call("GET", listing, list[dict[str, Any]])] == [hook["id"]]
        assert (await bob.raw("GET", listing))[0] == 403
    one = f"/webhooks/{hook['id']}"
    assert (await alice.call("PATCH", one, dict[str, Any], {"name": "new"}))["name"] == "new"
    assert (await alice.call("GET", one, dict[str, Any]))["token"] == hook["token"]
    assert (await site.account("").raw("GET", one))[0] == 401
    await alice.do("DELETE", one)
    assert (await alice.raw("GET", one))[0] == 404


async def test_a_token_alone_opens_a_webhook(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    hook = await alice.call("POST", f"/channels/{channel_id}/webhooks", dict[str, Any], {"name": "hook"})
    anybody = site.account("")
    path = f"/webhooks/{hook['id']}/{hook['token']}"
    shown = await anybody.call("GET", path, dict[str, Any])
    assert ("user" in shown, shown["name"]) == (False, "hook")
    assert (await anybody.call("PATCH", path, dict[str, Any], {"name": "renamed"}))["name"] == "renamed"
    async with alice.connect() as gateway:
        assert await anybody.raw("POST", path, {"content": "quiet"}) == (204, b"")
        told = await gateway.wait_for("MESSAGE_CREATE")
    assert (told["content"], told["author"]["username"]) == ("quiet", "renamed")
    sent = await anybody.call("POST", f"{path}?wait=true", dict[str, Any], {"content": "loud"})
    message = f"{path}/messages/{sent['id']}"
    assert (await anybody.call("GET", message, dict[str, Any]))["content"] == "loud"
    assert (await anybody.call("PATCH", message, dict[str, Any], {"content": "LOUD"}))["content"] == "LOUD"
    await anybody.do("DELETE", message)
    assert (await anybody.raw("GET", message))[0] == 404
    assert (await anybody.raw("GET", f"{path}/messages/%40original"))[0] == 404
    assert (await anybody.raw("POST", path + "x", {"content": "x"}))[0] == 401
    await anybody.do("DELETE", path)
    assert (await anybody.raw("POST", path, {"content": "x"}))[0] == 404


async def test_slack_and_github_post_in_their_own_words(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    hook = await alice.call("POST", f"/channels/{channel_id}/webhooks", dict[str, Any], {"name": "hook"})
    url = f"{alice.api_url}/webhooks/{hook['id']}/{hook['token']}"
    slack = {"text": "<https://a.example|built>", "username": "CI"}
    async with site.http.post(f"{url}/slack", json=slack) as response:
        assert (response.status, await response.read()) == (200, b"ok")
    async with site.http.post(f"{url}/slack", data={"payload": '{"text":"by form"}'}) as response:
        assert response.status == 200
    star = {"action": "started", "sender": {"login": "octocat"}, "repository": {"full_name": "octo/hello"}}
    for event, status in (("watch", 204), ("ping", 204)):
        async with site.http.post(f"{url}/github", json=star, headers={"X-GitHub-Event": event}) as response:
            assert response.status == status
    async with site.http.post(f"{url}/slack", data=b"{", headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
    async with site.http.post(f"{url}x/github", json=star) as response:
        assert response.status == 401
    shown = await alice.call("GET", f"/channels/{channel_id}/messages", list[dict[str, Any]])
    assert [(message["author"]["username"], message["content"]) for message in shown] == [
        ("GitHub", ""),
        ("hook", "by form"),
        ("CI", "[built](https://a.example)"),
    ]
    assert shown[0]["embeds"][0]["title"] == "[octo/hello] New star added"
