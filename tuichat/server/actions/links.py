"""URLs that the server gives out for what it stores, signed so that nobody makes one for himself."""

import hmac
import re
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import SettingRow
from tuichat.server.store.store import Store

KEY_SETTING = "link_key"
LIFE_S = 86_400
_PATH = re.compile(r"/attachments/(?P<channel>[0-9]{1,19})/(?P<attachment>[0-9]{1,19})/(?P<name>[^/]{1,1024})")


_OWN = "own:"  # in what is stored, before the path of a file of another message, whose URL is signed when it is shown
_OWN_VALUE = re.compile(rb'(?<=url":")own:([0-9]{1,19})/([0-9]{1,19})/([^"\\]{1,4096})"')
_GIVEN_VALUE = re.compile(rb'(?<=url":")(?:proxy:)?(https?://[^"\\]{1,2000}/attachments/[^"\\]{1,4096})"')
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

    def lasting(self, raw: bytes, filenames: Mapping[int, str], now_s: int) -> bytes:
        """Return checked JSON as it is stored: where it has URLs of this server's files, which end after a day, with what
        `with_urls` makes URLs of whenever it is shown.

        Those are the message's own files, `filenames` by attachment, and others whose URL is good: who has it may show
        the file. Bots send both when they show an embed again.
        """
        if b"/attachments/" not in raw:
            return raw

        def kept(found: re.Match[bytes]) -> bytes:
            url = found[1].decode("utf-8", "replace")
            path = parse_attachment_url(url)
            if path is None:
                return found[0]
            if path.attachment_id in filenames:
                return b"attachment://" + filenames[path.attachment_id].encode() + b'"'
            if not url.startswith(f"{self.base_url}/") or not self._is_good_query(path, url, now_s):
                return found[0]
            return f'{_OWN}{int(path.channel_id)}/{int(path.attachment_id)}/{quote(path.filename)}"'.encode()

        return _GIVEN_VALUE.sub(kept, raw)

    def with_urls(self, raw: bytes, now_s: int) -> bytes:
        """Put signed URLs where stored JSON says `proxied` or names a file as `lasting` does. In a text, quotes would be
        escaped."""
        if b'"proxy:' in raw:
            raw = _PROXIED_VALUE.sub(lambda found: self._external_value(found[1]), raw)
        if b'"own:' in raw:
            raw = _OWN_VALUE.sub(lambda found: self._own_value(found, now_s), raw)
        return raw

    def _external_value(self, stored: bytes) -> bytes:
        url = msgspec.json.decode(b'"' + stored + b'"', type=str)
        return b'"' + self.external(url).encode() + b'"'

    def _own_value(self, found: re.Match[bytes], now_s: int) -> bytes:
        filename = unquote(found[3].decode("utf-8", "replace"))
        return self.attachment(int(found[1]), int(found[2]), filename, now_s).encode() + b'"'

    def _is_good_query(self, path: AttachmentPath, url: str, now_s: int) -> bool:
        query = parse_qs(urlsplit(url).query)
        end, made, signature = (query.get(name, [""])[0] for name in ("ex", "is", "hm"))
        return self.is_good(path, end, made, signature, now_s)

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
