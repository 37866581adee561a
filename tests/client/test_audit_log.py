"""The audit log of a real server is read, filtered and told in words; entries that are malformed are read as far as they go."""

from pathlib import Path

import pytest
from msgspec import Raw

from tests.client.running import make_client, running
from tests.client.site import Site
from tuichat.client.audit_log import read_deed
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError
from tuichat.protocol.audit_log import AuditAction, AuditEntry
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, EditChannelRequest
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.audit_words import AuditWords


async def test_log_is_read_and_filtered(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        settings = owner.guild_settings
        made = await settings.channels.create(guild_id, CreateChannelRequest(name="plans", type=ChannelType.TEXT))
        await settings.channels.edit(made.id, EditChannelRequest(topic="what comes next"))
        await settings.channels.set_overwrite(made.id, guild_id, 0, 0, Permissions.SEND_MESSAGES)
        await settings.edit(guild_id, EditGuildRequest(name="Ours"))
        pages = settings.audit_log.of_guild(guild_id)
        await pages.load()
        words = AuditWords(owner.state, guild_id, pages.users, pages.webhooks, str)
        told = [f"{words.who(deed)} {words.what(deed)}" for deed in pages.deeds]
        assert told[:4] == [
            "other changed the server",
            "other gave @everyone permissions in #plans",
            "other changed the channel #plans",
            "other made the channel #plans",
        ]
        assert [str(each) for each in words.changes(pages.deeds[0])] == ["name: Team → Ours"]
        assert [str(each) for each in words.changes(pages.deeds[2])] == ["topic: what comes next"]
        edits = settings.audit_log.of_guild(
            guild_id, user_id=int(site.other.user_id), action=AuditAction.CHANNEL_UPDATE
        )
        await edits.load()
        assert [deed.entry.action_type for deed in edits.deeds] == [AuditAction.CHANNEL_UPDATE]
        await edits.load()
        assert not edits.has_older
        with pytest.raises(ClientError):
            await me.guild_settings.audit_log.of_guild(guild_id).load()


@pytest.mark.parametrize("changes", [b"{}", b'[{"old_value":1}]', b'"x"', b"[1]"])
def test_changes_that_cannot_be_read_are_left_out(changes: bytes) -> None:
    entry = AuditEntry(
        id=Snowflake(1), user_id=None, target_id=None, action_type=1, changes=Raw(changes), options=Raw(b"[]")
    )
    deed = read_deed(entry)
    assert deed.changes == ()
    assert deed.options == {}
