"""A picture or a file that an embed or a component shows by its address, read leniently."""

import msgspec


class Media(msgspec.Struct, frozen=True):
    """`proxy_url` is where the server has it; sizes are in pixels."""

    url: str = ""
    proxy_url: str | None = None
    width: int | None = None
    height: int | None = None
