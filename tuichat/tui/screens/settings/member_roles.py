"""The roles of a member of a server, to give and to take."""

from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING

from tuichat.client.role_rank import giving_obstacle, ranked_roles, roles_of
from tuichat.protocol.user import User
from tuichat.text import obstacle_words
from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow

if TYPE_CHECKING:
    from tuichat.client.client import Client


class MemberRolesPage(RowsPage):
    """Each role is given or taken at once."""

    def __init__(self, client: "Client", guild_id: int, user: User) -> None:
        super().__init__(client, guild_id)
        self._user = user

    def is_gone(self) -> bool:
        return self.guild is None or self._user.id not in self.guild.members

    def heading(self) -> str:
        return _("The roles of {name}").format(name=safe_name(self._user.username))

    def note(self) -> str:
        return _("enter gives it or takes it · / filters · esc goes back")

    def rows(self) -> list[ChoiceRow]:
        guild = self.guild
        if guild is None:
            return []
        held = {role.id for role in roles_of(guild, self._user.id)}
        rows = [
            ChoiceRow(
                str(int(role.id)),
                f"{'[x]' if role.id in held else '[ ]'} {safe_name(role.name)}",
                detail=obstacle_words.not_possible(
                    obstacle_words.told(giving_obstacle(self.client.state, guild, role))
                ),
            )
            for role in ranked_roles(guild)
            if role.id != guild.guild.id
        ]
        return rows or [ChoiceRow("", _("This server has no roles yet."))]

    def chosen(self, name: str) -> None:
        guild = self.guild
        role = guild.roles.get(int(name)) if guild is not None else None
        if guild is None or role is None:
            return
        obstacle = giving_obstacle(self.client.state, guild, role)
        if obstacle is not None:
            words = _("This cannot be done: {reason}.").format(reason=obstacle_words.told(obstacle))
            self.app.notify(words, severity="warning", markup=False, timeout=4)
            return
        has_it = any(each.id == role.id for each in roles_of(guild, self._user.id))
        roles = self.client.roles
        change = partial(roles.take if has_it else roles.give, self.guild_id, self._user.id, role.id)
        work: Awaitable[None] = change()
        self.attempt(work)
