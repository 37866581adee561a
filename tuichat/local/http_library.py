"""Imports aiohttp without the certificates of all authorities, which it reads twice as it is imported: a sixth of a start.

Clients never use aiohttp's own contexts of TLS: each connection that is encrypted brings one.
"""

import importlib
import ssl
import threading
from types import ModuleType


def import_without_certificates(name: str) -> ModuleType:
    """Import a module that makes contexts of TLS; those made by this thread meanwhile trust nobody."""
    importer, read = threading.get_ident(), ssl.SSLContext.set_default_verify_paths

    def read_elsewhere(context: ssl.SSLContext) -> None:
        if threading.get_ident() != importer:
            read(context)

    ssl.SSLContext.set_default_verify_paths = read_elsewhere  # type: ignore[assignment, method-assign]
    try:
        return importlib.import_module(name)
    finally:
        ssl.SSLContext.set_default_verify_paths = read  # type: ignore[method-assign]
