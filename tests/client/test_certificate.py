"""Pinned certificates, and fingerprints as people compare them."""

import hashlib

import pytest

from tuichat.client.certificate import check_pinned, fingerprint_of, format_fingerprint
from tuichat.client.errors import CertificateError
from tuichat.translation import Catalogue, use_catalogue

CERTIFICATE = b"any bytes"
PIN = hashlib.sha256(CERTIFICATE).hexdigest()


def test_pinned_certificate_passes() -> None:
    check_pinned(CERTIFICATE, PIN, "host")
    assert fingerprint_of(CERTIFICATE) == PIN


def test_other_certificate_is_refused_and_both_are_shown() -> None:
    with pytest.raises(CertificateError) as caught:
        check_pinned(b"another", PIN, "host")
    assert format_fingerprint(PIN) in str(caught.value)
    assert format_fingerprint(fingerprint_of(b"another")) in str(caught.value)
    assert caught.value.fingerprint == fingerprint_of(b"another")


class Shouting(Catalogue):
    def gettext(self, sentence: str) -> str:
        return sentence.upper() if sentence == "none" else sentence


def test_that_no_certificate_is_shown_is_told_in_the_users_language() -> None:
    use_catalogue(Shouting())
    try:
        with pytest.raises(CertificateError, match="Shown: NONE"):
            check_pinned(None, PIN, "host")
    finally:
        use_catalogue(Catalogue())
