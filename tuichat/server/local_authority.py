"""A certificate authority of the server's own: made once in the data folder, it signs what the server shows.

It needs nobody else and no public name, but whoever connects has to be told to trust it. Its key never leaves the folder.
"""

import contextlib
import datetime
import ipaddress
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tuichat.config.private_files import make_private_dir, write_private
from tuichat.errors import TuichatError
from tuichat.local.data_folder import data_option

FOLDER = "tls"  # in the folder of the data
AUTHORITY_FILE = "authority.pem"
AUTHORITY_KEY_FILE = "authority.key"
SERVER_FILE = "server.pem"

AUTHORITY_LIFE = datetime.timedelta(days=3650)  # taste: to trust it is work, so it is asked for once in ten years
# Apple takes 825 days at most. Less would guard nothing, since the authority's key lies beside; and tuichat, told to trust
# just this certificate, asks again at every new one.
SERVER_LIFE = datetime.timedelta(days=820)
RENEWAL = datetime.timedelta(days=30)  # before the end, as certbot has it
CLOCK_SLACK = datetime.timedelta(days=1)  # clients whose clock is behind
MAX_NAMES = 100

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class AuthorityError(TuichatError):
    """The authority's files cannot be used; the text names the file and what to do."""


class LocalAuthority:
    """The authority of one data folder. `open` makes it when it is not there or about to end."""

    def __init__(self, folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._folder = folder
        self._certificate = certificate
        self._key = key

    @classmethod
    def open(cls, data: Path, now: datetime.datetime) -> Self:
        """Raises AuthorityError, and PrivateFileError where the folder cannot be written."""
        folder = make_private_dir(data / FOLDER)
        certificate_path, key_path = folder / AUTHORITY_FILE, folder / AUTHORITY_KEY_FILE
        if certificate_path.is_file() and key_path.is_file():
            certificate, key = _read_pair(certificate_path, key_path)
            if certificate.not_valid_after_utc - now > RENEWAL:
                return cls(folder, certificate, key)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _sign_authority(key, now)
        write_private(key_path, _key_pem(key))
        write_private(certificate_path, certificate.public_bytes(serialization.Encoding.PEM))
        return cls(folder, certificate, key)

    @classmethod
    def find(cls, data: Path) -> Self:
        """Return the one that is there. Raises AuthorityError where none is, or none that can be read."""
        folder = data / FOLDER
        if not (folder / AUTHORITY_FILE).is_file():
            raise AuthorityError(
                f"There is no authority in {folder}: `tuichat serve --tls auto{data_option(data)}` makes one."
            )
        return cls(folder, *_read_pair(folder / AUTHORITY_FILE, folder / AUTHORITY_KEY_FILE))

    @property
    def certificate_path(self) -> Path:
        """What clients are given to trust: the certificate alone."""
        return self._folder / AUTHORITY_FILE

    @property
    def fingerprint(self) -> str:
        """The certificate's SHA-256, to compare after it was copied to elsewhere."""
        return _fingerprint(self._certificate)

    def server_file(self, names: Iterable[str], now: datetime.datetime) -> Path:
        """Return a PEM file with a key and a certificate for these host names and addresses, and those of loopback.

        The one that is there is kept while it names these and has more than RENEWAL to go. Raises AuthorityError.
        """
        wanted = _alternative_names((*LOCAL_NAMES, *names))
        path = self._folder / SERVER_FILE
        if not self._is_good(path, wanted, now):
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = self._sign_server(key, wanted, now)
            write_private(path, _key_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def how_to_trust(self) -> str:
        """Return one sentence: what makes a client trust this server."""
        path = self.certificate_path
        if sys.platform == "darwin":
            system = f"sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain {path}"
        else:
            system = (
                f"sudo cp {path} /usr/local/share/ca-certificates/tuichat-server.crt && sudo update-ca-certificates"
            )
        return (
            f"Clients trust this server once they trust the authority in {path} (SHA-256 {self.fingerprint}), of which they "
            f"may have a copy: tuichat and programs in Python with SSL_CERT_FILE={path}, programs in Node with "
            f"NODE_EXTRA_CA_CERTS={path}, a whole system with `{system}`{self._how_to_pin()}."
        )

    def _how_to_pin(self) -> str:
        path = self._folder / SERVER_FILE
        try:
            certificate, _ = _read_pair(path, path)
        except AuthorityError:  # none was asked for yet
            return ""
        return (
            "; tuichat alone also where one accepts, as it first connects, the server's own certificate (SHA-256 "
            f"{_fingerprint(certificate)})"
        )

    def _is_good(self, path: Path, wanted: list[x509.GeneralName], now: datetime.datetime) -> bool:
        try:
            certificate, _ = _read_pair(path, path)
            certificate.verify_directly_issued_by(self._certificate)
            named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (AuthorityError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            return False  # it is ours alone, so another one does no harm
        life = certificate.not_valid_after_utc - now
        return set(named) >= set(wanted) and certificate.not_valid_before_utc <= now and life > RENEWAL

    def _sign_server(
        self, key: ec.EllipticCurvePrivateKey, names: list[x509.GeneralName], now: datetime.datetime
    ) -> x509.Certificate:
        end = min(now + SERVER_LIFE, self._certificate.not_valid_after_utc)
        builder = _builder("tuichat server", self._certificate.subject, key, now, end)
        return (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _sign_authority(key: ec.EllipticCurvePrivateKey, now: datetime.datetime) -> x509.Certificate:
    # A name of its own: two servers' authorities may stand in one system's store.
    name = (
        f"tuichat server's own authority {x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]}"
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        _builder(name, subject, key, now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime.datetime, end: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SLACK)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Return each name once, addresses as addresses; what is neither a name nor an address is left out."""
    found: dict[x509.GeneralName, None] = {}
    for name in names:
        bare = name.strip("[]").partition("%")[0]
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            with contextlib.suppress(UnicodeError):  # a label that is too long
                if ascii_name := bare.lower().encode("idna").decode("ascii"):
                    found[x509.DNSName(ascii_name)] = None
        else:
            if not address.is_unspecified:
                found[x509.IPAddress(address)] = None
    return list(found)[:MAX_NAMES]


def _read_pair(certificate_path: Path, key_path: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Raises AuthorityError where the files hold no certificate and its key."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise AuthorityError(
            f"Cannot read the server's own authority, {certificate_path} and {key_path}: {error}. Move both away, and a new "
            "one is made, which clients have to be told to trust."
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise AuthorityError(
            f"The key in {key_path} is not that of {certificate_path}. Move both away, and a new authority is made, which "
            "clients have to be told to trust."
        )
    return certificate, key


def _fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate as OpenSSL, browsers and tuichat show it, AB:CD:..."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
