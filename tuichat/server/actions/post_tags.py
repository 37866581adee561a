"""Tags of posts: which ones a post may carry, and who sets them."""

from collections.abc import Collection, Sequence

from tuichat.protocol.channel import ChannelFlags
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors
from tuichat.server.store.channel_rows import ChannelRow, ForumFields

MAX_APPLIED = 5
_TAG_REQUIRED = 40067  # Discord's documentation, "JSON Error Codes"
_UNKNOWN_TAG = 10087


def checked(
    forum: ChannelRow, wanted: Sequence[Snowflake], before: Collection[Snowflake], granted: Permissions
) -> tuple[Snowflake, ...]:
    """Return the tags that a post is to carry in place of those of `before`.

    Raises ActionError 50035 for more than 5, 10087 for one that the forum does not have, 50013 where a moderated one comes
    or goes without MANAGE_THREADS, 40067 for none where the forum requires one.
    """
    tags = {tag.id: tag for tag in (forum.forum or ForumFields()).tags}
    found = tuple(dict.fromkeys(wanted))
    if len(found) > MAX_APPLIED:
        raise errors.too_long("applied_tags", MAX_APPLIED)
    if not tags.keys() >= set(found):
        raise errors.ActionError(404, _UNKNOWN_TAG, "Unknown Tag")
    if not found and forum.flags & ChannelFlags.REQUIRE_TAG:
        raise errors.ActionError(400, _TAG_REQUIRED, "A tag is required to create a forum post in this channel")
    changed = [tags[tag_id] for tag_id in set(found) ^ set(before) if tag_id in tags]
    if any(tag.is_moderated for tag in changed) and not granted & Permissions.MANAGE_THREADS:
        raise errors.missing_permissions()
    return found
