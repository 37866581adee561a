"""Certificates in words: fingerprints that a person can compare, and what is told of one that is not trusted."""

import hashlib

from tuichat.client.errors import CertificateError
from tuichat.translation import _


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
        _(
            "{host} shows another certificate than the pinned one. Pinned: {pinned}. Shown: {shown}. "
            "Either the server has a new certificate (ask its owner, then sign in again and pin the new "
            "one) or somebody is in between. Nothing was sent."
        ).format(host=host, pinned=format_fingerprint(pinned), shown=format_fingerprint(shown) if shown else _("none")),
        problem=_("The certificate is not the pinned one."),
        fingerprint=shown,
    )


def untrusted(host: str, problem: str, fingerprint: str = "") -> CertificateError:
    """Return the error for a certificate that this machine does not accept."""
    advice = (
        _(" Its SHA-256 fingerprint is {fingerprint}: if the server's owner tells you the same, pin it.").format(
            fingerprint=format_fingerprint(fingerprint)
        )
        if fingerprint
        else ""
    )
    return CertificateError(
        _("{host} cannot be trusted. {problem} Nothing was sent.{advice}").format(
            host=host, problem=problem, advice=advice
        ),
        problem=problem,
        fingerprint=fingerprint,
    )
