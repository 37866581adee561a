"""aiohttp is imported without certificates, and everybody else still has them."""

import subprocess
import sys

PROGRAM = """
import ssl
before = ssl.create_default_context().cert_store_stats()
from tuichat.local.http_library import import_without_certificates
connector = import_without_certificates("aiohttp.connector")
print(connector._SSL_CONTEXT_VERIFIED.cert_store_stats()["x509"], connector._SSL_CONTEXT_VERIFIED.verify_mode.name)
print(ssl.create_default_context().cert_store_stats() == before)
"""


def test_the_library_reads_none_and_contexts_made_later_trust_as_ever() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "CERT_REQUIRED", "True"]
