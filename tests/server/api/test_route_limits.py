"""The table of limits: it names real routes, and what shares a bucket is what should."""

import pytest

from docs.route_table import routes
from tuichat.server.api.route_limits import LIMITS, READ, WRITE, limit_of


def test_a_route_without_a_row_has_a_bucket_of_its_own() -> None:
    read, write = limit_of("GET", "/guilds/{guild_id}"), limit_of("PATCH", "/guilds/{guild_id}")
    assert read.limit is not None
    assert write.limit is not None
    assert (read.limit.limit, read.limit.window_ms) == READ
    assert (write.limit.limit, write.limit.window_ms) == WRITE
    assert read.bucket_hash != write.bucket_hash


def test_routes_of_one_bucket_are_told_one_hash() -> None:
    assert limit_of("POST", "/auth/login").bucket_hash == limit_of("POST", "/auth/register").bucket_hash


@pytest.mark.parametrize(
    ("template", "major"),
    [
        ("/channels/{channel_id}/messages/{message_id}", ("channel_id",)),
        ("/guilds/{guild_id}/members/{user_id}", ("guild_id",)),
        ("/webhooks/{webhook_id}", ("webhook_id",)),
        ("/webhooks/{webhook_id}/{webhook_token}", ("webhook_id", "webhook_token")),
        ("/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", ("webhook_id", "webhook_token")),
        ("/users/@me/guilds/{guild_id}", ()),
        ("/users/{user_id}", ()),
        ("/guilds", ()),
    ],
)
def test_channel_guild_and_webhook_have_buckets_of_their_own(template: str, major: tuple[str, ...]) -> None:
    assert limit_of("PATCH", template).major == major


def test_what_comes_with_a_token_in_its_path_is_not_in_the_global_limit() -> None:
    assert limit_of("POST", "/webhooks/{webhook_id}/{webhook_token}").is_open
    assert limit_of("POST", "/interactions/{interaction_id}/{interaction_token}/callback").is_open
    assert not limit_of("PATCH", "/webhooks/{webhook_id}").is_open
    assert not limit_of("POST", "/channels/{channel_id}/webhooks").is_open


def test_interaction_callbacks_are_told_of_no_bucket() -> None:
    assert limit_of("POST", "/interactions/{interaction_id}/{interaction_token}/callback").limit is None


def test_every_limit_lets_a_few_through_within_a_minute() -> None:
    for limit in LIMITS.values():
        assert limit.limit >= 2
        assert 1000 <= limit.window_ms <= 60_000


def test_every_limit_is_of_a_route() -> None:
    assert set(LIMITS) <= {(route.method, route.path) for route in routes()}


def test_what_a_user_starts_is_limited() -> None:
    assert limit_of("POST", "/interactions").limit is not None


def test_sounds_and_flying_emojis_are_counted_together_and_tightly() -> None:
    sound = limit_of("POST", "/channels/{channel_id}/send-soundboard-sound")
    emoji = limit_of("POST", "/channels/{channel_id}/voice-channel-effects")
    assert sound.limit is not None
    assert (sound.limit.limit, sound.limit.window_ms, emoji.limit) == (5, 5_000, sound.limit)
