"""Why something cannot be done with a role or a member, in plain words."""

from tuichat.client.role_rank import Obstacle
from tuichat.protocol.permissions import Permissions
from tuichat.text import permission_words
from tuichat.translation import N_, _

_WORDS = {
    Obstacle.ROLE_NOT_BELOW: N_("not below your highest role"),
    Obstacle.EVERYONE: N_("everybody has it, and it has no name or colour of its own"),
    Obstacle.MANAGED: N_("it belongs to a bot, and goes with it"),
    Obstacle.NOT_OWN: N_("you do not have this permission yourself"),
    Obstacle.OWNER: N_("the server is theirs"),
    Obstacle.ONESELF: N_("that is you"),
    Obstacle.MEMBER_NOT_BELOW: N_("their highest role is not below yours"),
}


def told(obstacle: Obstacle | None, needs: Permissions = Permissions.MANAGE_ROLES) -> str:
    """Return what is in the way; empty for nothing. `needs` is the permission that may be missing."""
    if obstacle is None:
        return ""
    if obstacle is Obstacle.MISSING_PERMISSION:
        return permission_words.needs(needs)
    return _(_WORDS[obstacle])


def not_possible(reason: str) -> str:
    """Return what stands below something that cannot be done; empty without a reason."""
    return _("not possible: {reason}").format(reason=reason) if reason else ""
