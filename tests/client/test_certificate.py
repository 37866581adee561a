"""Fingerprints as people paste and compare them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.client.certificate import check_pinned, fingerprint_of, format_fingerprint, parse_fingerprint
from tuichat.client.errors import CertificateError, ClientError

CERTIFICATE = b"any bytes"
PIN = hashlib.sha256(CERTIFICATE).hexdigest()


@pytest.mark.parametrize(
    "typed",
    [PIN, PIN.upper(), format_fingerprint(PIN), f"sha256 Fingerprint={format_fingerprint(PIN)}", f"  SHA256:{PIN} \n"],
)
def test_fingerprint_is_read_in_every_usual_form(typed: str) -> None:
    assert parse_fingerprint(typed) == PIN


@given(st.text(max_size=60))
def test_any_shorter_text_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ClientError, match="SHA-256"):
        parse_fingerprint(text)


def test_pinned_certificate_passes() -> None:
    check_pinned(CERTIFICATE, PIN, "host")
    assert fingerprint_of(CERTIFICATE) == PIN


def test_other_certificate_is_refused_and_both_are_shown() -> None:
    with pytest.raises(CertificateError) as caught:
        check_pinned(b"another", PIN, "host")
    assert format_fingerprint(PIN) in str(caught.value)
    assert format_fingerprint(fingerprint_of(b"another")) in str(caught.value)
    assert caught.value.fingerprint == fingerprint_of(b"another")
