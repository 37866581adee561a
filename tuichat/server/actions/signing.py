"""The keys of applications: each signs what this server sends to its interactions endpoint (Ed25519, RFC 8032)."""

import hashlib
import hmac
import secrets

from tuichat.server.store.operations import Put
from tuichat.server.store.rows import SettingRow
from tuichat.server.store.store import Store

SEED_SETTING = "application_key_seed"


class Signer:
    """Makes every application's key from one secret of this server, so that none has to be kept."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def verify_key(self, application_id: int) -> str:
        """The public key that an application checks signatures with, as hex."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self._secret(application_id))
        return key.public_key().public_bytes_raw().hex()

    def sign(self, application_id: int, data: bytes) -> str:
        """Sign for an application, as hex."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._secret(application_id)).sign(data).hex()

    def _secret(self, application_id: int) -> bytes:
        return hmac.digest(self._seed, str(int(application_id)).encode(), hashlib.sha256)


async def open_signer(store: Store) -> Signer:
    """Return the signer of this data, with the secret that it got at its first start."""
    seed = await store.read_setting(SEED_SETTING)
    if seed is None:
        seed = secrets.token_hex(32)
        await store.write([Put(SettingRow(key=SEED_SETTING, value=seed))])
    return Signer(bytes.fromhex(seed))
