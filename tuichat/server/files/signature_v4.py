"""Signing requests to S3: AWS Signature Version 4, as its public specification has it.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_SERVICE = "s3"
_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"


class Credentials(msgspec.Struct, frozen=True):
    """Who asks. The secret never leaves this program."""

    key_id: str
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.key_id!r}, ...)"


def canonical_path(path: str) -> str:
    """Return a path as it is signed, and must be sent."""
    return quote(path, safe=f"/{_UNRESERVED}")


def canonical_query(query: Mapping[str, str]) -> str:
    """Return a query as it is signed, and must be sent."""
    pairs = sorted((quote(key, safe=_UNRESERVED), quote(value, safe=_UNRESERVED)) for key, value in query.items())
    return "&".join(f"{key}={value}" for key, value in pairs)


def sign(
    credentials: Credentials,
    region: str,
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    payload_sha256: str,
    stamp: str,
) -> dict[str, str]:
    """Return the headers of a request with its signature.

    `headers` must have Host; `path` and `query` are not encoded; `stamp` is the time as 20130524T000000Z.
    """
    signed = {
        **{name.lower(): value.strip() for name, value in headers.items()},
        "x-amz-content-sha256": payload_sha256,
        "x-amz-date": stamp,
    }
    names = ";".join(sorted(signed))
    canonical = "\n".join(
        [
            method,
            canonical_path(path),
            canonical_query(query),
            *(f"{name}:{signed[name]}" for name in sorted(signed)),
            "",
            names,
            payload_sha256,
        ]
    )
    scope = f"{stamp[:8]}/{region}/{_SERVICE}/aws4_request"
    to_sign = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{credentials.secret}".encode()
    for part in (stamp[:8], region, _SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    authorization = f"{_ALGORITHM} Credential={credentials.key_id}/{scope},SignedHeaders={names},Signature={signature}"
    return {**signed, "authorization": authorization}
