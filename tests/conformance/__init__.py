"""Programs that run unmodified Discord libraries against a server and print what passed.

A private CA is named before aiohttp is imported anywhere below, since it builds its TLS context at import.
"""

import os

if "TUICHAT_CA" in os.environ:
    os.environ["SSL_CERT_FILE"] = os.environ["TUICHAT_CA"]
