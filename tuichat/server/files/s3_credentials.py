"""The key of an S3-compatible storage: from a private file, or from the environment, never from a command line."""

from collections.abc import Mapping
from pathlib import Path

from tuichat.config.private_files import check_private
from tuichat.config.secret import remember_secret
from tuichat.server.files.errors import FileStoreError
from tuichat.server.files.signature_v4 import Credentials

VARIABLES = (("TUICHAT_S3_KEY_ID", "TUICHAT_S3_SECRET"), ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))


def read_credentials(path: Path | None, environment: Mapping[str, str]) -> Credentials:
    """Return the key id and the secret: the two lines of `path`, or of the environment where there is no path.

    Raises FileStoreError, with what to do, and PrivateFileError when others may read the file.
    """
    if path is None:
        for key_id_name, secret_name in VARIABLES:
            if environment.get(key_id_name) and environment.get(secret_name):
                return _credentials(environment[key_id_name], environment[secret_name])
        raise FileStoreError(
            "server.s3_bucket needs a key: name a file in server.s3_credentials whose first line is the key id and whose "
            f"second is the secret, or set {VARIABLES[0][0]} and {VARIABLES[0][1]} in the environment."
        )
    try:
        check_private(path)
        lines = path.read_text().split()
    except (OSError, UnicodeError) as error:
        raise FileStoreError(f"{path} (server.s3_credentials) cannot be read: {error}.") from None
    if len(lines) != 2:
        raise FileStoreError(f"{path} (server.s3_credentials) has two lines, the key id and the secret.")
    return _credentials(*lines)


def _credentials(key_id: str, secret: str) -> Credentials:
    remember_secret(secret)
    return Credentials(key_id.strip(), secret.strip())
