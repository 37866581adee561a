"""The audit log of a server on the screen."""

import pytest

from tests.tui.guild_scenes import audit_entry, choose, guild_audit_log, open_page
from tests.tui.samples import ALAN, GENERAL, GRACE, MARGARET
from tests.tui.screens import running
from tests.tui.settings.test_guild_menu import client
from tuichat.client.errors import UnreachableError
from tuichat.client.routes import Request
from tuichat.protocol.audit_log import AuditAction, AuditLog
from tuichat.tui.widgets.choice_rows import ChoiceRows

pytestmark = pytest.mark.slow  # whole screens by their keys


ROUTE = "GET /guilds/{}/audit-logs"


async def test_each_entry_says_who_did_what_to_whom_and_what_changed() -> None:
    async with running(client()) as shown:
        await guild_audit_log(shown)
        for words in (
            "grace changed the channel #general",
            "19 Nov 2026 09:58 · topic: measure first → general first",
            "margaret kicked alan",
            "“spam in general”",
            "margaret changed permissions of maintainers in #general",
            "denied: + Send messages",
            "permissions: − Kick members · colour: none → #c6a0f6",
            "margaret made the invite kT9mPq2x",
            "good for: without end",
            "roles given: general",
            "margaret did something of kind 999",
        ):
            assert words in shown.text, words


async def test_entry_opens_with_all_of_it() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await guild_audit_log(shown)
        await shown.press("down", "down", "enter")
        assert "topic before" in shown.text
        assert "measure first" in shown.text
        assert "topic after" in shown.text


async def test_filters_ask_for_one_kind_and_one_person() -> None:
    asked: list[dict[str, object]] = []

    def answer(wanted: Request) -> AuditLog:
        asked.append(dict(wanted.query))
        kicks = [audit_entry(1, MARGARET, AuditAction.MEMBER_KICK, ALAN)]
        return AuditLog(audit_log_entries=kicks if "before" not in wanted.query else [], users=[])

    async with running(client()) as shown:
        shown.client.rest.answers[ROUTE] = answer
        await open_page(shown, "audit_log")
        await choose(shown, "action", "20")
        assert asked[-2]["action_type"] == "20"
        assert "kicked …" in shown.text
        await choose(shown, "user")
        await shown.type("marg\n")
        assert asked[-2]["user_id"] == str(MARGARET)
        assert asked[-2]["action_type"] == "20"
        await choose(shown, "action", "all")
        assert "action_type" not in asked[-2]


async def test_older_pages_come_as_one_scrolls() -> None:
    entries = [audit_entry(number, GRACE, AuditAction.CHANNEL_UPDATE, GENERAL) for number in range(120)]
    asked: list[int] = []

    def answer(wanted: Request) -> AuditLog:
        before = int(str(wanted.query.get("before", 2**63)))
        asked.append(before)
        return AuditLog(audit_log_entries=[each for each in entries if each.id < before][:50], users=[])

    async with running(client()) as shown:
        shown.client.rest.answers[ROUTE] = answer
        await open_page(shown, "audit_log")
        assert len(asked) == 1
        await shown.press("end")
        assert len(asked) == 2
        await shown.press("end")
        await shown.press("end")
        assert len(shown.app.screen.query_one(ChoiceRows).rows) == 122
        count = len(asked)
        await shown.press("home", "end")
        assert len(asked) == count


async def test_page_that_fails_is_told_and_asked_for_again_as_one_moves() -> None:
    entries = [audit_entry(number, GRACE, AuditAction.CHANNEL_UPDATE, GENERAL) for number in range(60)]

    def answer(wanted: Request) -> AuditLog:
        before = int(str(wanted.query.get("before", 2**63)))
        return AuditLog(audit_log_entries=[each for each in entries if each.id < before][:50], users=[])

    async with running(client()) as shown:
        shown.client.rest.answers[ROUTE] = answer
        await open_page(shown, "audit_log")
        shown.client.rest.fault = UnreachableError("chat.example.org does not answer.", was_sent=False)
        await shown.press("end")
        assert "chat.example.org does not answer." in shown.text
        shown.client.rest.fault = None
        await shown.press("up")
        assert len(shown.app.screen.query_one(ChoiceRows).rows) == 62
        assert "does not answer" not in shown.text
