"""Whatever strangers put into messages, it is taken or refused: nothing else happens."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuichat.protocol import codec
from tuichat.protocol.component import ButtonStyle
from tuichat.protocol.poll import CreatePollRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.server import unicode_emoji
from tuichat.server.actions import components, drafting, embeds, github_messages, poll_drafts, slack_messages
from tuichat.server.actions.drafting import Sender
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.github_payload import GitHubPayload
from tuichat.server.actions.slack_messages import SlackMessage

KEYS = [
    *(
        "type",
        "id",
        "components",
        "component",
        "style",
        "label",
        "custom_id",
        "url",
        "emoji",
        "name",
        "options",
        "value",
    ),
    *("accessory", "content", "media", "items", "file", "min_values", "max_values", "default_values", "description"),
    *("title", "fields", "author", "footer", "text", "image", "timestamp", "color", "inline", "icon_url", "ts"),
    *(
        "question",
        "answers",
        "poll_media",
        "duration",
        "attachments",
        "sticker_ids",
        "flags",
        "nonce",
        "embeds",
        "poll",
    ),
    *("action", "sender", "login", "repository", "full_name", "ref", "commits", "message", "issue", "number", "body"),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from([1, 2, 3, 9, 10, 17, 18, "https://a.example/x", "attachment://x", "x" * 5000, "\0", "9" * 30])
    | st.sampled_from([int(style) for style in ButtonStyle]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=14,
)
CHECKS: dict[str, Callable[[bytes], object]] = {
    "components": lambda raw: components.check([msgspec.Raw(raw)], may_use_v2=True),
    "modal": lambda raw: components.check_modal([msgspec.Raw(raw)]),
    "embeds": lambda raw: embeds.check([msgspec.Raw(raw)]),
    "poll": lambda raw: poll_drafts.check(codec.decode(raw, CreatePollRequest)),
    "message": lambda raw: drafting.draft(codec.decode(raw, CreateMessageRequest), Sender.BOT),
    "slack": lambda raw: slack_messages.request_of(codec.decode(raw, SlackMessage)),
    "github": lambda raw: [
        github_messages.request_of(event, codec.decode(raw, GitHubPayload)) for event in ("push", "issues", "watch")
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(value=VALUES)
def test_it_is_taken_or_refused(name: str, value: object) -> None:
    try:
        CHECKS[name](msgspec.json.encode(value))
    except ActionError as refusal:
        refusal.encode()
    except msgspec.ValidationError:
        assert name in ("poll", "message", "slack", "github")  # the body's own types, which the route refuses


@settings(deadline=None, max_examples=100)
@given(text=st.text(max_size=20))
def test_an_emoji_written_in_full_is_one(text: str) -> None:
    found = unicode_emoji.qualified(text)
    assert found is None or unicode_emoji.qualified(found) == found
