"""What came of the URLs of pictures lately, so that a bridge's every message does not fetch them anew."""

from collections import OrderedDict

import msgspec

MAX_REMEMBERED = 2000


class Remembered(msgspec.Struct, frozen=True):
    """`image_hash` None: there is no picture to be had."""

    image_hash: str | None
    until_ms: int


class AvatarMemory:
    """By URL; the oldest go first."""

    def __init__(self) -> None:
        self._by_url: OrderedDict[str, Remembered] = OrderedDict()

    def get(self, url: str, now_ms: int) -> Remembered | None:
        found = self._by_url.get(url)
        return found if found is not None and found.until_ms > now_ms else None

    def put(self, url: str, remembered: Remembered) -> None:
        self._by_url.pop(url, None)
        self._by_url[url] = remembered
        if len(self._by_url) > MAX_REMEMBERED:
            self._by_url.popitem(last=False)
