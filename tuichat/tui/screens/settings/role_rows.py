"""Rows of roles: name and colour, and below them what each is told apart by."""

from collections.abc import Hashable, Mapping

from textual.message import Message as ScreenMessage

from tuichat.client.role_rank import place_obstacle, ranked_roles
from tuichat.client.state import GuildState, State
from tuichat.protocol.guild import Role
from tuichat.protocol.permissions import Permissions
from tuichat.text import obstacle_words
from tuichat.text.safe_text import safe_name
from tuichat.translation import _, ngettext
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

UP, DOWN, DELETE = "up", "down", "delete"
_ZONES = ((" ▲ ", UP), (" ▼ ", DOWN), (" ✕ ", DELETE))


class RoleRow(ListRow, frozen=True):
    """A role in safe words; what has an `obstacle` cannot be moved."""

    role_id: int
    name: str
    colour: int
    facts: str
    obstacle: str = ""

    @property
    def key(self) -> Hashable | None:
        return self.role_id

    @property
    def height(self) -> int:
        return 2


class RoleRows(LineList[RoleRow]):
    BACKGROUND = "raised"

    class Taken(ScreenMessage):
        """A role was chosen; `action` is UP, DOWN or DELETE where such a sign was clicked."""

        def __init__(self, role_id: int, action: str | None) -> None:
            super().__init__()
            self.role_id = role_id
            self.action = action

    def draw(self, row: RoleRow, look: Look) -> list[Line]:
        palette = look.palette
        background = palette.background("chosen" if look.has_cursor else "raised")
        colour = palette.role_colour(row.colour) if row.colour else palette.style("text")
        head = LineBuilder(background).add("› " if look.has_cursor else "  ", palette.style("accent"))
        zones = () if row.obstacle else _ZONES
        room = max(4, look.width - head.cells - 3 - 3 * len(zones))
        head.add("■ " if row.colour else "□ ", colour).add(fit(row.name, room), colour)
        head.space_to(look.width - 3 * len(zones))
        for sign, action in zones:
            head.add(sign, palette.style("bad" if action == DELETE else "accent"), action)
        below = LineBuilder(background).space(4)
        words = " · ".join(word for word in (row.facts, row.obstacle) if word)
        below.add(fit(words, max(1, look.width - 5)), palette.style("muted"))
        return [head.build(look.width), below.build(look.width)]

    def choose(self, row: RoleRow, action: str | None) -> None:
        self.post_message(self.Taken(row.role_id, action))


def role_rows(state: State, guild: GuildState, counts: Mapping[int, int]) -> list[RoleRow]:
    """Return the rows of a guild's roles, the highest first; `counts` tells how many have each, as far as that is known."""
    return [
        RoleRow(
            int(role.id),
            safe_name(role.name),
            role.color,
            _facts(guild, role, counts.get(int(role.id))),
            obstacle_words.told(place_obstacle(state, guild, role)),
        )
        for role in ranked_roles(guild)
    ]


def _facts(guild: GuildState, role: Role, count: int | None) -> str:
    is_everyone = role.id == guild.guild.id
    people = "" if count is None else ngettext("{count} member", "{count} members", count).format(count=count)
    words = (
        f"#{role.color:06x}" if role.color else "",
        _("may do everything") if role.permissions & Permissions.ADMINISTRATOR else "",
        "" if is_everyone else people,
        _("listed apart") if role.hoist else "",
        _("may be mentioned") if role.mentionable else "",
        _("a bot's") if role.managed else "",
    )
    return " · ".join(word for word in words if word)
