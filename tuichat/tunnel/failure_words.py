"""Failures of a connection in words: of the system, and of a certificate."""

import os
import ssl

from tuichat.protocol.json import printable
from tuichat.translation import N_, _

# Codes of X509_verify_cert_error_string(3), OpenSSL 3.
_PROBLEMS = {
    9: N_("The certificate is not valid yet: check this machine's clock."),
    10: N_("The certificate has expired."),
    18: N_("The certificate is self-signed: nobody but the server itself vouches for it."),
    19: N_("The certificate is signed by an authority that this machine does not know."),
    20: N_("The certificate is signed by an authority that this machine does not know."),
    21: N_("The certificate is signed by an authority that this machine does not know."),
    23: N_("The certificate was revoked."),
    26: N_("The certificate was not made for a server."),
    62: N_("The certificate was made for another name."),
    64: N_("The certificate was made for another address."),
    66: N_("The certificate's key is too short to be safe."),
    68: N_("The certificate's signature is of a kind that is no longer safe."),
}


def problem_in_words(error: ssl.SSLCertVerificationError) -> str:
    """Say in a sentence why a certificate was not accepted."""
    words = _PROBLEMS.get(error.verify_code)
    return (
        _(words)
        if words is not None
        else _("The certificate could not be verified ({reason}).").format(reason=error.verify_message)
    )


def reason_in_words(error: OSError) -> str:
    """Return what the system says of an error: asyncio puts the address into its text, as Python writes a tuple."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return printable(error.strerror or str(error) or type(error).__name__)  # a name that was not found, for one
