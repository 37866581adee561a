"""The routes of moderation over a real socket: the audit log."""

from typing import Any

from tests.server.running import Account, RunningServer

Json = dict[str, Any]


async def reasoned(account: Account, method: str, path: str, body: object = None, *, reason: str) -> None:
    """Ask with a reason for the audit log, as libraries send it."""
    headers = {"Authorization": account.authorization, "X-Audit-Log-Reason": reason}
    async with account.http.request(method, account.api_url + path, json=body, headers=headers) as response:
        assert response.status < 300, await response.text()


async def test_the_audit_log_says_who_did_what_to_whom_and_why(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    guild, _ = await site.befriend(ada, bob)
    path = f"/guilds/{guild.id}/audit-logs"
    async with ada.connect() as gateway, bob.connect() as other:
        await reasoned(ada, "DELETE", f"/guilds/{guild.id}/members/{bob.user_id}", reason="sp%C3%A4m")
        told = await gateway.wait_for("GUILD_AUDIT_LOG_ENTRY_CREATE")
        await other.wait_for("GUILD_DELETE")
        assert not [payload for payload in other.seen if payload.t == "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    log = await ada.call("GET", f"{path}?action_type=20&user_id={ada.user_id}&limit=10", Json)
    assert set(log) == {
        "audit_log_entries", "users", "threads", "webhooks", "integrations", "guild_scheduled_events",
        "auto_moderation_rules", "application_commands",
    }  # fmt: skip
    (entry,) = log["audit_log_entries"]
    assert told == entry | {"guild_id": guild.id}
    assert (entry["user_id"], entry["target_id"], entry["reason"]) == (ada.user_id, bob.user_id, "späm")
    assert {user["id"] for user in log["users"]} == {ada.user_id, bob.user_id}
    assert (await bob.raw("GET", path))[0] == 403
    assert (await ada.raw("GET", f"{path}?limit=101"))[0] == 400
    assert (await ada.raw("GET", f"{path}?before=x"))[0] == 400
