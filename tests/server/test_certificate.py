"""The certificate of a running server: named by files or made, and taken anew when it changes."""

import ssl
from pathlib import Path

import pytest

from tests.system.test_serve import make_certificate
from tuichat.server.certificate import ServerCertificate, served_names
from tuichat.server.listeners import ListenError
from tuichat.server.options import ServeOptions


def shown_by(context: ssl.SSLContext) -> bytes | None:
    """Return the certificate that a new handshake gets."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.getpeercert(binary_form=True)


def test_a_server_without_tls_has_none(tmp_path: Path) -> None:
    assert ServerCertificate.of_options(ServeOptions(data=tmp_path)) is None


def test_a_renewed_file_is_shown_to_new_handshakes(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    certificate = ServerCertificate.of_options(ServeOptions(data=tmp_path, tls_cert=cert, tls_key=key))
    assert certificate is not None
    assert certificate.how_to_trust is None
    before = shown_by(certificate.context)
    assert not certificate.refresh()
    make_certificate(tmp_path)
    assert certificate.refresh()
    assert shown_by(certificate.context) not in (None, before)


def test_a_spoilt_file_leaves_the_certificate_that_was(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    certificate = ServerCertificate.of_options(ServeOptions(data=tmp_path, tls_cert=cert, tls_key=key))
    assert certificate is not None
    before = shown_by(certificate.context)
    key.write_text("half a file")
    with pytest.raises(ListenError):
        certificate.refresh()
    assert shown_by(certificate.context) == before


def test_auto_makes_an_authority_and_says_how_to_trust_it(tmp_path: Path) -> None:
    certificate = ServerCertificate.of_options(ServeOptions(data=tmp_path, tls_auto=True))
    assert certificate is not None
    assert certificate.how_to_trust is not None
    assert str(tmp_path / "tls" / "authority.pem") in certificate.how_to_trust
    assert not certificate.refresh()
    (tmp_path / "tls" / "server.pem").unlink()
    assert certificate.refresh()


def test_every_name_that_the_server_answers_to_is_served(tmp_path: Path) -> None:
    options = ServeOptions(
        data=tmp_path, tls_auto=True, host="0.0.0.0", public_url="https://chat.example.org:8443", voice_host="192.0.2.9"
    )
    names = set(served_names(options))
    assert {"chat.example.org", "192.0.2.9"} <= names
    assert len(names - {"0.0.0.0"}) >= 3  # and the address that others reach
