"""Certificates in words: what is wrong with one, and fingerprints that a person can compare."""

import hashlib
import ssl

from tuichat.client.errors import CertificateError

# Codes of X509_verify_cert_error_string(3), OpenSSL 3.
_PROBLEMS = {
    9: "The certificate is not valid yet: check this machine's clock.",
    10: "The certificate has expired.",
    18: "The certificate is self-signed: nobody but the server itself vouches for it.",
    19: "The certificate is signed by an authority that this machine does not know.",
    20: "The certificate is signed by an authority that this machine does not know.",
    21: "The certificate is signed by an authority that this machine does not know.",
    23: "The certificate was revoked.",
    26: "The certificate was not made for a server.",
    62: "The certificate was made for another name.",
    64: "The certificate was made for another address.",
    66: "The certificate's key is too short to be safe.",
    68: "The certificate's signature is of a kind that is no longer safe.",
}


def problem_in_words(error: ssl.SSLCertVerificationError) -> str:
    """Say in a sentence why a certificate was not accepted."""
    words = _PROBLEMS.get(error.verify_code)
    return words if words is not None else f"The certificate could not be verified ({error.verify_message})."


def fingerprint_of(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, 64 lower-case hex digits."""
    return hashlib.sha256(certificate).hexdigest()


def format_fingerprint(fingerprint: str) -> str:
    """Return a fingerprint as OpenSSL and browsers show it, AB:CD:..."""
    digits = fingerprint.upper()
    return ":".join(digits[index : index + 2] for index in range(0, len(digits), 2))


def check_pinned(certificate: bytes | None, pinned: str, host: str) -> None:
    """Raise CertificateError unless `certificate` (DER) is the pinned one."""
    shown = fingerprint_of(certificate) if certificate else ""
    if shown == pinned:
        return
    raise CertificateError(
        f"{host} shows another certificate than the pinned one. Pinned: {format_fingerprint(pinned)}. "
        f"Shown: {format_fingerprint(shown) if shown else 'none'}. Either the server has a new certificate (ask its owner, "
        "then sign in again and pin the new one) or somebody is in between. Nothing was sent.",
        problem="The certificate is not the pinned one.",
        fingerprint=shown,
    )


def untrusted(host: str, problem: str, fingerprint: str = "") -> CertificateError:
    """Return the error for a certificate that this machine does not accept."""
    advice = (
        f" Its SHA-256 fingerprint is {format_fingerprint(fingerprint)}: if the server's owner tells you the same, pin it."
        if fingerprint
        else ""
    )
    return CertificateError(
        f"{host} cannot be trusted. {problem} Nothing was sent.{advice}",
        problem=problem,
        fingerprint=fingerprint,
    )
