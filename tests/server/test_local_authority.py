"""The server's own authority: made once, private, trusted by OpenSSL's strictest, and renewed in time."""

import datetime
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tuichat.client.certificate import fingerprint_of, format_fingerprint
from tuichat.server.local_authority import RENEWAL, SERVER_LIFE, AuthorityError, LocalAuthority

NOW = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def certificate_in(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def names_in(path: Path) -> set[str]:
    named = certificate_in(path).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in named}


def shake_hands(authority: Path, server_file: Path, name: str) -> None:
    """Complete a handshake in memory. Raises ssl.SSLError where the client does not trust the server."""
    trusting = ssl.create_default_context(cafile=str(authority))
    trusting.verify_flags |= ssl.VerifyFlags.VERIFY_X509_STRICT  # the default from Python 3.13 on
    showing = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    showing.load_cert_chain(server_file)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = showing.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert client.getpeercert()


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "chat.example.org", "192.0.2.7"])
def test_a_client_that_trusts_the_authority_trusts_every_name_served(tmp_path: Path, name: str) -> None:
    now = datetime.datetime.now(datetime.UTC)  # OpenSSL asks the clock
    authority = LocalAuthority.open(tmp_path, now)
    served = authority.server_file(["chat.example.org", "192.0.2.7"], now)
    shake_hands(authority.certificate_path, served, name)


def test_no_other_name_is_trusted(tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    authority = LocalAuthority.open(tmp_path, now)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(authority.certificate_path, authority.server_file([], now), "chat.example.org")


def test_what_it_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    LocalAuthority.open(tmp_path, NOW).server_file([], NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()}
    assert modes == {"authority.pem": 0o600, "authority.key": 0o600, "server.pem": 0o600}
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


def test_the_file_to_trust_holds_no_key(tmp_path: Path) -> None:
    assert b"PRIVATE" not in LocalAuthority.open(tmp_path, NOW).certificate_path.read_bytes()


def test_it_is_made_once(tmp_path: Path) -> None:
    first = LocalAuthority.open(tmp_path, NOW)
    again = LocalAuthority.open(tmp_path, NOW + 365 * DAY)
    assert again.fingerprint == first.fingerprint
    assert LocalAuthority.find(tmp_path).fingerprint == first.fingerprint


def test_a_certificate_is_kept_until_thirty_days_before_its_end(tmp_path: Path) -> None:
    authority = LocalAuthority.open(tmp_path, NOW)
    first = certificate_in(authority.server_file(["a.example"], NOW)).serial_number
    late = NOW + SERVER_LIFE - RENEWAL
    assert certificate_in(authority.server_file(["a.example"], late - DAY)).serial_number == first
    assert certificate_in(authority.server_file(["a.example"], late)).serial_number != first


def test_another_name_makes_another_certificate(tmp_path: Path) -> None:
    authority = LocalAuthority.open(tmp_path, NOW)
    assert names_in(authority.server_file(["A.example", "[2001:db8::1]"], NOW)) == {
        *("localhost", "127.0.0.1", "::1", "a.example", "2001:db8::1")
    }
    assert "b.example" in names_in(authority.server_file(["b.example"], NOW))


def test_a_name_less_leaves_the_certificate_that_clients_know(tmp_path: Path) -> None:
    authority = LocalAuthority.open(tmp_path, NOW)
    first = certificate_in(authority.server_file(["a.example", "192.0.2.7"], NOW)).serial_number
    assert certificate_in(authority.server_file(["a.example"], NOW)).serial_number == first


def test_what_is_no_name_is_left_out(tmp_path: Path) -> None:
    names = names_in(LocalAuthority.open(tmp_path, NOW).server_file(["", "x" * 300, "bücher.example"], NOW))
    assert names == {"localhost", "127.0.0.1", "::1", "xn--bcher-kva.example"}


def test_a_certificate_of_somebody_else_and_a_spoilt_one_are_replaced(tmp_path: Path) -> None:
    authority, other = LocalAuthority.open(tmp_path / "a", NOW), LocalAuthority.open(tmp_path / "b", NOW)
    path = authority.server_file([], NOW)
    path.write_bytes(other.server_file([], NOW).read_bytes())
    certificate_in(authority.server_file([], NOW)).verify_directly_issued_by(certificate_in(authority.certificate_path))
    path.write_bytes(b"nothing")
    certificate_in(authority.server_file([], NOW)).verify_directly_issued_by(certificate_in(authority.certificate_path))


def test_an_authority_that_ends_is_followed_by_a_new_one(tmp_path: Path) -> None:
    first = LocalAuthority.open(tmp_path, NOW)
    late = certificate_in(first.certificate_path).not_valid_after_utc
    assert LocalAuthority.open(tmp_path, late - RENEWAL - DAY).fingerprint == first.fingerprint
    served = first.server_file([], late - RENEWAL - DAY)
    assert certificate_in(served).not_valid_after_utc <= late
    assert LocalAuthority.open(tmp_path, late - RENEWAL).fingerprint != first.fingerprint


@pytest.mark.parametrize("name", ["authority.pem", "authority.key"])
def test_a_spoilt_authority_is_never_replaced_by_itself(tmp_path: Path, name: str) -> None:
    LocalAuthority.open(tmp_path, NOW)
    (tmp_path / "tls" / name).write_bytes(b"nothing")
    with pytest.raises(AuthorityError, match="Move both away"):
        LocalAuthority.open(tmp_path, NOW)


def test_the_key_of_another_authority_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        LocalAuthority.open(tmp_path / name, NOW)
    (tmp_path / "a" / "tls" / "authority.key").write_bytes((tmp_path / "b" / "tls" / "authority.key").read_bytes())
    with pytest.raises(AuthorityError, match="is not that of"):
        LocalAuthority.open(tmp_path / "a", NOW)


def test_one_sentence_says_how_to_trust_it(tmp_path: Path) -> None:
    authority = LocalAuthority.open(tmp_path, NOW)
    assert "first connects" not in authority.how_to_trust()
    served = certificate_in(authority.server_file([], NOW))
    sentence = authority.how_to_trust()
    assert format_fingerprint(fingerprint_of(served.public_bytes(Encoding.DER))) in sentence  # as tuichat shows it
    assert f"SSL_CERT_FILE={authority.certificate_path}" in sentence
    assert f"NODE_EXTRA_CA_CERTS={authority.certificate_path}" in sentence
    assert authority.fingerprint in sentence
    assert sentence.count(". ") == 0


def test_data_without_an_authority_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(AuthorityError, match=r"serve --tls auto --data "):
        LocalAuthority.find(tmp_path)
