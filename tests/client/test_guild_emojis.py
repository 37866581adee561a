"""Emojis are made, renamed and deleted against a real server, and every client hears of it."""

import base64
from pathlib import Path

import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.guild_emojis import emoji_name

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def known(client: Client, guild_id: int) -> list[str | None]:
    return [emoji.name for emoji in client.state.guilds[guild_id].guild.emojis]


async def test_emoji_is_made_renamed_and_deleted(site: Site, tmp_path: Path) -> None:
    assert base64.b64decode(PIXEL)
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        emojis, image = owner.guild_settings.emojis, f"data:image/png;base64,{PIXEL}"
        await emojis.create(guild_id, ":dot:", image)
        await until(lambda: known(me, guild_id) == ["dot"])
        (made,) = await emojis.of_guild(guild_id)
        assert made.id is not None
        assert made.user
        assert made.user.id == owner.state.me.id if owner.state.me else False
        with pytest.raises(ClientError):
            await me.guild_settings.emojis.rename(guild_id, made.id, "mine")
        await emojis.rename(guild_id, made.id, "pixel")
        await until(lambda: known(me, guild_id) == ["pixel"])
        await emojis.delete(guild_id, made.id)
        await until(lambda: known(me, guild_id) == [])


@pytest.mark.parametrize("wrong", ["", "a", "party parrot", "ö", "x" * 33])
def test_names_that_no_server_takes_are_refused_before_they_are_sent(wrong: str) -> None:
    with pytest.raises(RefusedError):
        emoji_name(wrong)
