"""The search routes over a real socket: every parameter, and what is said of a wrong one."""

from typing import Any
from urllib.parse import quote

import msgspec

from tests.server.running import RunningServer


async def test_a_guild_and_a_channel_are_searched(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    first = await alice.send(channel_id, "The deploy of https://example.org/x failed")
    await bob.send(channel_id, f"deploy again, <@{alice.user_id}>?")
    for place in (f"/guilds/{guild.id}", f"/channels/{channel_id}"):
        answer = await alice.call("GET", f"{place}/messages/search?content=deploy", dict[str, Any])
        assert answer["total_results"] == 2
        assert answer["doing_deep_historical_index"] is False
        assert answer["analytics_id"]
        assert [[hit["content"] for hit in group] for group in answer["messages"]] == [
            [f"deploy again, <@{alice.user_id}>?"],
            ["The deploy of https://example.org/x failed"],
        ]
        (hit,) = answer["messages"][1]
        assert hit["hit"] is True
        assert (hit["id"], hit["author"]["username"]) == (first.id, "alice")
        assert "reactions" not in hit
    for query, total in [
        ("", 3),  # bob's joining was told too
        ("content=deploy&sort_order=asc&limit=1&offset=1", 2),
        ("content=deploy&sort_by=relevance&slop=100", 2),
        (f"author_id={alice.user_id}", 1),
        (f"author_id={alice.user_id}&author_id={bob.user_id}", 2),
        (f"mentions={alice.user_id}", 1),
        ("mentions_role_id=5", 0),
        ("mention_everyone=true", 0),
        ("mention_everyone=false", 2),
        ("pinned=true", 0),
        ("pinned=False", 2),
        ("has=link", 1),
        ("has=-link", 1),
        ("has=image&has=poll", 0),
        ("author_type=user", 2),
        ("author_type=-user", 0),
        ("author_type=bot&author_type=webhook", 0),
        ("link_hostname=example.org", 1),
        ("embed_type=video", 0),
        ("embed_provider=Tenor", 0),
        ("attachment_filename=a.txt", 0),
        ("attachment_extension=txt", 0),
        ("replied_to_user_id=5", 0),
        ("replied_to_message_id=5", 0),
        (f"min_id={first.id}", 1),
        (f"max_id={first.id}", 0),
        (f"channel_id={channel_id}", 2),
        ("channel_id=5", 0),
        ("include_nsfw=true", 2),
        ("content=%21%21", 0),
    ]:
        words = "" if not query or "content" in query else "&content=deploy"
        answer = await alice.call("GET", f"/guilds/{guild.id}/messages/search?{query}{words}", dict[str, Any])
        assert answer["total_results"] == total, query


WRONG = [
    ("limit=0", "limit", "NUMBER_TYPE_MIN"),
    ("limit=26", "limit", "NUMBER_TYPE_MAX"),
    ("offset=9976", "offset", "NUMBER_TYPE_MAX"),
    ("offset=-1", "offset", "NUMBER_TYPE_MIN"),
    ("slop=101", "slop", "NUMBER_TYPE_MAX"),
    ("slop=x", "slop", "NUMBER_TYPE_COERCE"),
    (f"content={'x' * 1025}", "content", "BASE_TYPE_MAX_LENGTH"),
    ("has=nothing", "has", "BASE_TYPE_CHOICES"),
    ("author_type=human", "author_type", "BASE_TYPE_CHOICES"),
    ("embed_type=-video", "embed_type", "BASE_TYPE_CHOICES"),
    ("sort_by=size", "sort_by", "BASE_TYPE_CHOICES"),
    ("sort_order=up", "sort_order", "BASE_TYPE_CHOICES"),
    ("pinned=maybe", "pinned", "BOOLEAN_TYPE_CONVERT"),
    ("min_id=abc", "min_id", "NUMBER_TYPE_COERCE"),
    ("author_id=abc", "author_id", "NUMBER_TYPE_COERCE"),
    ("&".join(f"mentions={number}" for number in range(101)), "mentions", "BASE_TYPE_MAX_LENGTH"),
    ("&".join(f"channel_id={number}" for number in range(501)), "channel_id", "BASE_TYPE_MAX_LENGTH"),
    (f"link_hostname={'x' * 257}", "link_hostname", "BASE_TYPE_MAX_LENGTH"),
]


async def test_a_wrong_parameter_is_named_with_its_limit(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    for place in (f"/guilds/{guild.id}", f"/channels/{channel_id}"):
        for query, field, code in WRONG:
            if field == "channel_id" and place.startswith("/channels"):
                continue  # not a parameter there
            status, body = await alice.raw("GET", f"{place}/messages/search?{query}")
            answer = msgspec.json.decode(body)
            assert (status, answer["code"]) == (400, 50035), query
            assert code in msgspec.json.encode(answer["errors"][field]).decode()


async def test_no_words_are_a_fault_of_ours(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    for content in ('"', '"a', "a OR", "NEAR(", "* ^ {x}:", "text:x", "\u6771\u4eac", "a\0b", "'; DROP TABLE messages"):
        assert (await alice.raw("GET", f"/guilds/{guild.id}/messages/search?content={quote(content)}"))[0] == 200
    assert (await alice.raw("GET", f"/guilds/{guild.id}/messages/search?content=%ff%fe%00"))[0] == 200


async def test_strangers_are_told_nothing(site: RunningServer) -> None:
    alice, eve = await site.register("alice"), await site.register("eve")
    guild, channel_id = await site.befriend(alice)
    await alice.send(channel_id, "secret")
    for place in (f"/guilds/{guild.id}", f"/channels/{channel_id}"):
        status, body = await eve.raw("GET", f"{place}/messages/search?content=secret")
        assert (status, msgspec.json.decode(body)["code"]) == (403, 50001)
        assert (await site.account().raw("GET", f"{place}/messages/search"))[0] == 401
