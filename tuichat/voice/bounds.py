"""How large a figure and how long a text may be that another process tells: what is beyond is no message.

They are wider than anything honest: what they keep out is what no screen can draw, as a figure that is none.
"""

from typing import Annotated

from msgspec import Meta

Figure = Annotated[float, Meta(ge=-1e9, le=1e9)]
"""Decibels, milliseconds (eleven days) or a share. NaN is within no bounds."""

Ssrc = Annotated[int, Meta(ge=0, le=0xFFFF_FFFF)]
"""RFC 3550, 5.1."""

UnixTime = Annotated[float, Meta(ge=0, le=1e11)]
"""Unix time in seconds, up to the year 5138."""

Text = Annotated[str, Meta(max_length=4000)]
"""What is shown as a line or a sentence; whoever shows it makes it safe."""
