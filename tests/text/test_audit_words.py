"""The audit log in words, whatever a server writes into it."""

import pytest
from msgspec import UNSET, Raw

from tests.tui.samples import GENERAL, GRACE, GUILD, sample_state
from tuichat.client.audit_log import Deed, read_deed
from tuichat.protocol import codec
from tuichat.protocol.audit_log import AuditAction, AuditEntry
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.audit_words import DEEDS, AuditWords


def words() -> AuditWords:
    return AuditWords(sample_state(), GUILD, {}, {}, lambda bits: f"bits {bits}" if bits else "")


def deed(action: int, target: str | None = None, changes: object = None, options: object = None) -> Deed:
    entry = AuditEntry(
        id=Snowflake(1),
        user_id=Snowflake(GRACE),
        target_id=target,
        action_type=action,
        changes=UNSET if changes is None else Raw(codec.encode(changes)),
        options=UNSET if options is None else Raw(codec.encode(options)),
    )
    return read_deed(entry)


@pytest.mark.parametrize("action", AuditAction)
def test_every_deed_has_words_also_where_all_else_is_missing(action: AuditAction) -> None:
    assert action in DEEDS
    told = words().what(deed(action))
    assert told
    assert "{" not in told


@pytest.mark.parametrize(
    ("action", "options", "told"),
    [
        (AuditAction.MESSAGE_DELETE, {"count": "1"}, "deleted 1 message of grace in a channel"),
        (AuditAction.MESSAGE_DELETE, {"count": "3"}, "deleted 3 messages of grace in a channel"),
        (AuditAction.MESSAGE_BULK_DELETE, {"count": "1"}, "deleted 1 message in a channel that is gone"),
        (AuditAction.MEMBER_PRUNE, {"members_removed": "1"}, "removed 1 member who was long away"),
        (AuditAction.MEMBER_PRUNE, {"members_removed": "12"}, "removed 12 members who were long away"),
        (AuditAction.MEMBER_MOVE, {"count": "1"}, "moved 1 member to a channel"),
        (AuditAction.MEMBER_DISCONNECT, {"count": "1"}, "took 1 member out of voice"),
        (AuditAction.MEMBER_DISCONNECT, {"count": "many"}, "took many members out of voice"),
    ],
)
def test_one_is_told_otherwise_than_many(action: int, options: dict[str, str], told: str) -> None:
    assert words().what(deed(action, str(GRACE), options=options)) == told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key": "name", "old_value": "a", "new_value": "b"}, "name: a → b"),
        ({"key": "name", "new_value": "b"}, "name: b"),
        ({"key": "topic", "old_value": "a"}, "topic: was a"),
        ({"key": "rate_limit_per_user", "old_value": 0, "new_value": 30}, "slow mode: off → 30 seconds"),
        ({"key": "nsfw", "old_value": False, "new_value": True}, "for adults: no → yes"),
        ({"key": "type", "new_value": 15}, "kind: forum"),
        ({"key": "type", "new_value": 99}, "kind: 99"),
        ({"key": "parent_id", "new_value": str(GENERAL)}, "category: #general"),
        ({"key": "permissions", "old_value": "3", "new_value": "5"}, "permissions: + bits 4; − bits 2"),
        ({"key": "owner_id", "new_value": str(GRACE)}, "owner: grace"),
        ({"key": "$add", "new_value": [{"id": "1", "name": "crew"}]}, "roles given: crew"),
        ({"key": "$add", "new_value": [7, None]}, "roles given: 7, None"),
        ({"key": "max_age", "new_value": "x"}, "good for: without end"),
        ({"key": "color", "new_value": "x"}, "colour: #000000"),
        ({"key": "communication_disabled_until", "new_value": "soon"}, "timed out until: soon"),
        ({"key": "status", "old_value": "a", "new_value": "b"}, "what it is about: a → b"),
        ({"key": "status", "old_value": 1, "new_value": 2}, "state: planned → now"),
        ({"key": "status", "old_value": 1, "new_value": 9}, "state: planned → 9"),
        ({"key": "odd\x1b[31m", "new_value": {"a": ["\x1b"]}}, None),
    ],
)
def test_change_is_told(change: dict[str, object], told: str | None) -> None:
    (shown,) = words().changes(deed(AuditAction.CHANNEL_UPDATE, str(GENERAL), [change]))
    assert "\x1b" not in str(shown)
    if told is not None:
        assert str(shown) == told


def test_overwrite_is_told_with_whose_it_is() -> None:
    of_member = deed(AuditAction.OVERWRITE_CREATE, str(GENERAL), [], {"type": "1", "id": str(GRACE)})
    of_role = deed(AuditAction.OVERWRITE_DELETE, str(GENERAL), [], {"type": "0", "id": "5", "role_name": "crew"})
    assert words().what(of_member) == "gave grace permissions in #general"
    assert words().what(of_role) == "took the permissions of crew in #general away"


def test_channel_that_is_gone_goes_by_the_name_it_had() -> None:
    gone = deed(AuditAction.CHANNEL_DELETE, "4242", [{"key": "name", "old_value": "plans"}])
    assert words().what(gone) == "deleted the channel #plans"


def test_an_event_is_told_by_its_name_and_its_place_not_by_numbers() -> None:
    changes = [
        {"key": "name", "new_value": "Bees"},
        {"key": "location", "new_value": "The hive"},
        {"key": "entity_type", "new_value": 3},
        {"key": "privacy_level", "new_value": 2},
    ]
    done = deed(AuditAction.SCHEDULED_EVENT_CREATE, "7", changes)
    assert words().what(done) == "planned the event Bees"
    assert list(map(str, words().changes(done))) == ["name: Bees", "where: The hive"]
