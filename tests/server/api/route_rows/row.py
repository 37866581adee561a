"""One row of the table that says how each route answers each role."""

from typing import Any

import msgspec

from tests.server.api.town import ROLES


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One call, and how each role is answered: the status where it is 2xx, else the code of the error, else its status."""

    method: str
    template: str
    expected: dict[str, str]
    note: str
    path: str
    body: Any
    is_local: bool
    is_alone: bool
    never: str
    headers: dict[str, str]
    error_type: str  # of the content of an error

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}" + (f" ({self.note})" if self.note else "")


def row(
    method: str,
    template: str,
    answers: str,
    body: Any = None,
    *,
    query: str = "",
    note: str = "",
    local: bool = False,
    alone: bool = False,
    never: str = "",
    headers: dict[str, str] | None = None,
    error_type: str = "application/json",
    **path: str,
) -> Row:
    """Write one row. `answers` has a column for each role, in the order of town.ROLES; one column alone stands for all.

    The path and the body name `{things}` of tests/server/api/town.py; `message_id="own_message"` has the path's
    `{message_id}` filled with another thing. `local`: the call comes over the Unix socket. `alone`: an account that was
    just made calls it in the place of each role. `never`: why the route works for nobody.
    """
    columns = answers.split()
    if len(columns) == 1:
        columns *= len(ROLES)
    assert len(columns) == len(ROLES), f"{method} {template}: {len(columns)} answers for {len(ROLES)} roles"
    filled = template
    for parameter, name in path.items():
        assert f"{{{parameter}}}" in template, f"{method} {template} has no {{{parameter}}}"
        filled = filled.replace(f"{{{parameter}}}", f"{{{name}}}")
    return Row(
        method=method,
        template=template,
        expected=dict(zip(ROLES, columns, strict=True)),
        note=note or ", ".join(path.values()),
        path=filled + query,
        body=body,
        is_local=local,
        is_alone=alone,
        never=never,
        headers=headers or {},
        error_type=error_type,
    )
