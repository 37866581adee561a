"""How each route answers each role: a module a subject, each with its ROWS."""

import importlib
import pkgutil
from collections.abc import Iterator

from tests.server.api.route_rows.row import Row


def all_rows() -> Iterator[Row]:
    """Yield the rows of every module here that has some."""
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        yield from getattr(module, "ROWS", ())
