"""URLs that the server gives out for what it stores, signed so that nobody makes one for himself."""

import hmac
import re
import secrets
from urllib.parse import quote, unquote, urlsplit

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import SettingRow
from tuichat.server.store.store import Store

KEY_SETTING = "link_key"
LIFE_S = 86_400
_PATH = re.compile(r"/attachments/(?P<channel>[0-9]{1,19})/(?P<attachment>[0-9]{1,19})/(?P<name>[^/]{1,1024})")


_PROXIED = "proxy:"  # in what is stored, before the URL of a stranger: the signed one is made when it is shown
_PROXIED_VALUE = re.compile(rb'(?<=url":)"proxy:((?:[^"\\]|\\.){1,12288})"')


def proxied(url: str) -> str:
    """Return what is stored as the `proxy_url` of a picture; one of the message's own files is its own proxy."""
    return _PROXIED + url if url.startswith(("http://", "https://")) else url


class AttachmentPath(msgspec.Struct, frozen=True):
    """What the path of an attachment's URL names."""

    channel_id: Snowflake
    attachment_id: Snowflake
    filename: str


class Links:
    """Makes and checks URLs. `base_url` is what they begin with; it is known once the server listens."""

    def __init__(self, key: bytes, base_url: str = "http://127.0.0.1") -> None:
        self._key = key
        self.base_url = base_url

    def attachment(self, channel_id: int, attachment_id: int, filename: str, now_s: int) -> str:
        """Return the URL of a file, good for a day: `ex`, `is` and `hm` are its end, its making and its signature, in hex."""
        end, made = f"{now_s + LIFE_S:x}", f"{now_s:x}"
        signature = self._sign(f"attachments/{int(channel_id)}/{int(attachment_id)}/{filename}", end, made)
        path = f"attachments/{int(channel_id)}/{int(attachment_id)}/{quote(filename)}"
        return f"{self.base_url}/{path}?ex={end}&is={made}&hm={signature}"

    def is_good(self, path: AttachmentPath, end: str, made: str, signature: str, now_s: int) -> bool:
        """Say whether the server gave this URL out, and its time is not over."""
        named = f"attachments/{int(path.channel_id)}/{int(path.attachment_id)}/{path.filename}"
        if not hmac.compare_digest(self._sign(named, end, made).encode(), signature.encode("utf-8", "replace")):
            return False
        return int(end, 16) > now_s  # signed, so it is a number of ours

    def external(self, url: str) -> str:
        """Return the URL by which clients load a stranger's picture: through this server, so that no stranger sees them."""
        return f"{self.base_url}/external/{self._external_signature(url)}/{quote(url, safe='')}"

    def is_good_external(self, url: str, signature: str) -> bool:
        return hmac.compare_digest(self._external_signature(url).encode(), signature.encode("utf-8", "replace"))

    def with_proxies(self, raw: bytes) -> bytes:
        """Put signed URLs where stored JSON says `proxied`. In a text, quotes would be escaped."""
        if b'"proxy:' not in raw:
            return raw
        return _PROXIED_VALUE.sub(lambda found: self._external_value(found[1]), raw)

    def _external_value(self, stored: bytes) -> bytes:
        url = msgspec.json.decode(b'"' + stored + b'"', type=str)
        return b'"' + self.external(url).encode() + b'"'

    def _external_signature(self, url: str) -> str:
        return self._sign("external", url)[:40]

    def _sign(self, *parts: str) -> str:
        text = "\n".join(parts)
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256").hex()


def parse_attachment_url(url: str) -> AttachmentPath | None:
    """Read a URL of an attachment, whatever host it names; None for any other."""
    try:
        found = _PATH.fullmatch(urlsplit(url).path)
    except ValueError:
        return None
    if found is None:
        return None
    try:
        return AttachmentPath(
            Snowflake.parse(found["channel"]), Snowflake.parse(found["attachment"]), unquote(found["name"])
        )
    except ValueError:
        return None


async def open_links(store: Store) -> Links:
    """Return the links of this data, with the key that it got when it first gave one out."""
    key = await store.read_setting(KEY_SETTING)
    if key is None:
        key = secrets.token_hex(32)
        await store.write([Put(SettingRow(key=KEY_SETTING, value=key))])
    return Links(bytes.fromhex(key))
