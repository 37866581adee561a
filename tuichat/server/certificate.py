"""The certificate that a running server shows, taken anew when its files change."""

import argparse
import asyncio
import datetime
import ipaddress
import logging
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tuichat.config.private_files import PrivateFileError
from tuichat.errors import TuichatError
from tuichat.server.listeners import load_tls, reachable_host
from tuichat.server.options import ServeOptions

CHECK_S = 3600.0  # taste: a renewed certificate is shown within the hour

logger = logging.getLogger(__name__)

Files = tuple[Path, Path | None]  # a certificate, and its key where that is in another file


class ServerCertificate:
    """TLS for listeners: `context` stays the same object, and shows new handshakes what `refresh` found last."""

    def __init__(self, find: Callable[[], Files]) -> None:
        """`find` names the files, and may make them. Raises ListenError or what `find` raises."""
        self._find = find
        cert, key = find()
        self.context: ssl.SSLContext = load_tls(cert, key)
        self._seen = _stamp((cert, key))
        self.how_to_trust: str | None = None  # a sentence, where the authority is the server's own

    @classmethod
    def of_options(cls, options: ServeOptions) -> Self | None:
        """Return what the options ask for; None for a server without TLS. Raises ListenError or AuthorityError."""
        if options.tls_cert is not None:
            files = (options.tls_cert, options.tls_key)
            return cls(lambda: files)
        if not options.tls_auto:
            return None
        from tuichat.server.local_authority import LocalAuthority  # 40 ms, for those who want it

        def find() -> Files:
            now = datetime.datetime.now(datetime.UTC)
            return LocalAuthority.open(options.data, now).server_file(served_names(options), now), None

        certificate = cls(find)
        certificate.how_to_trust = LocalAuthority.open(options.data, datetime.datetime.now(datetime.UTC)).how_to_trust()
        return certificate

    def refresh(self) -> bool:
        """Load the files again where they changed; say whether they did. Raises what making one raises."""
        files = self._find()
        stamp = _stamp(files)
        if stamp == self._seen:
            return False
        load_tls(*files)  # into a context of its own first: half a pair must not reach the one in use
        self.context.load_cert_chain(*files)
        self._seen = stamp
        return True

    async def keep_fresh(self) -> None:
        """Look every hour until cancelled; what is wrong with the files is logged, and the old certificate stays."""
        while True:
            await asyncio.sleep(CHECK_S)
            try:
                if await asyncio.to_thread(self.refresh):
                    logger.info("new handshakes get a new certificate")
            except (TuichatError, PrivateFileError, OSError) as error:
                logger.warning("the certificate cannot be renewed: %s", error)


def tell_trust(args: argparse.Namespace) -> int:
    """`tuichat admin trust`: the authority's file on standard output, the sentence on standard error; return the exit code.

    Raises AuthorityError where the data has no authority yet.
    """
    from tuichat.server.local_authority import LocalAuthority

    authority = LocalAuthority.find(args.data)
    sys.stderr.write(f"{authority.how_to_trust()}\n")
    sys.stdout.write(f"{authority.certificate_path}\n")
    return 0


def served_names(options: ServeOptions) -> Iterator[str]:
    """Yield the names and addresses under which a server with these options answers, beside those of loopback."""
    for url in filter(None, (options.public_url,)):
        yield urlsplit(url).hostname or ""
    for host in (options.host, options.voice_host or options.host):
        yield host
        if _is_any(host):
            yield reachable_host(host)
            yield from _own_addresses()


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


def _own_addresses() -> Iterator[str]:
    """Yield what this machine's own name resolves to."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for *_, address in found:
        yield str(address[0])


def _stamp(files: Files) -> tuple[tuple[int, int, int], ...]:
    stats = [path.stat() for path in files if path is not None]
    return tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in stats)
