"""Permissions that were switched and not saved yet, whatever others change meanwhile."""

import msgspec

from tests.client.test_role_rank import GUILD, HIGH, LOW, MIDDLE, OWNER, TWIN, state_of
from tuichat.client.role_matrix import Cell, RoleMatrix
from tuichat.client.role_rank import Obstacle
from tuichat.client.state import State
from tuichat.protocol.permissions import NONE, Permissions

KICK, BAN, SPEAK = Permissions.KICK_MEMBERS, Permissions.BAN_MEMBERS, Permissions.SPEAK


def allow(state: State, role_id: int, permissions: Permissions) -> None:
    roles = state.guilds[GUILD].roles
    roles[role_id] = msgspec.structs.replace(roles[role_id], permissions=permissions)


def cells(matrix: RoleMatrix, permission: Permissions) -> list[Cell]:
    return [column.cell(permission) for column in matrix.columns()]


def test_columns_are_the_roles_by_rank_and_cells_say_what_is_in_the_way() -> None:
    matrix = RoleMatrix(state_of(), GUILD)
    assert [int(column.role.id) for column in matrix.columns()] == [HIGH, MIDDLE, TWIN, LOW, GUILD]
    above = Cell(is_on=False, obstacle=Obstacle.ROLE_NOT_BELOW)
    own = Cell(is_on=True, obstacle=Obstacle.ROLE_NOT_BELOW)
    assert cells(matrix, KICK) == [above, own, Cell(is_on=False), Cell(is_on=False), Cell(is_on=False)]
    assert cells(matrix, BAN)[3] == Cell(is_on=False, obstacle=Obstacle.NOT_OWN)


def test_what_was_switched_is_gathered_by_role_and_switched_back_is_nothing() -> None:
    matrix = RoleMatrix(state_of(OWNER), GUILD)
    assert matrix.toggle(LOW, KICK) is None
    assert matrix.toggle(LOW, BAN) is None
    assert matrix.toggle(HIGH, KICK) is None
    assert matrix.edits() == {LOW: KICK | BAN, HIGH: KICK}
    assert matrix.change_count() == 3
    assert cells(matrix, KICK)[0] == Cell(is_on=True, is_changed=True)
    matrix.toggle(LOW, KICK)
    matrix.toggle(LOW, BAN)
    assert matrix.edits() == {HIGH: KICK}


def test_what_is_in_the_way_changes_nothing() -> None:
    matrix = RoleMatrix(state_of(), GUILD)
    assert matrix.toggle(HIGH, KICK) is Obstacle.ROLE_NOT_BELOW
    assert matrix.toggle(LOW, BAN) is Obstacle.NOT_OWN
    assert matrix.edits() == {}


def test_what_everyone_may_and_what_an_administrator_may_is_implied() -> None:
    state = state_of(OWNER)
    allow(state, GUILD, SPEAK)
    matrix = RoleMatrix(state, GUILD)
    assert cells(matrix, SPEAK) == [*[Cell(is_on=False, is_implied=True)] * 4, Cell(is_on=True)]
    matrix.toggle(LOW, Permissions.ADMINISTRATOR)
    assert [cell.is_implied for cell in cells(matrix, BAN)] == [False, False, False, True, False]


def test_changes_of_others_are_kept_and_a_wish_that_came_true_is_none() -> None:
    state = state_of(OWNER)
    matrix = RoleMatrix(state, GUILD)
    matrix.toggle(LOW, KICK)
    allow(state, LOW, SPEAK)
    assert matrix.edits() == {LOW: SPEAK | KICK}
    allow(state, LOW, SPEAK | KICK)
    assert matrix.edits() == {}
    allow(state, LOW, NONE)
    assert matrix.change_count() == 0


def test_a_role_or_a_guild_that_is_gone_has_no_cells() -> None:
    state = state_of(OWNER)
    matrix = RoleMatrix(state, GUILD)
    matrix.toggle(LOW, KICK)
    del state.guilds[GUILD].roles[LOW]
    assert matrix.edits() == {}
    assert matrix.toggle(LOW, KICK) is None
    del state.guilds[GUILD]
    assert (matrix.columns(), matrix.edits()) == ([], {})
