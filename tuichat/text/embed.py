"""What bots show beside a message's text: read leniently, since other servers' embeds hold more than ours."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from tuichat.text.media import Media

MAX_EMBEDS = 10  # of a message, as on the wire
MAX_FIELDS = 25


class Named(msgspec.Struct, frozen=True):
    name: str | None = None
    url: str | None = None


class Footer(msgspec.Struct, frozen=True):
    text: str | None = None


class Field(msgspec.Struct, frozen=True):
    """A name and a value; `inline` ones stand beside each other."""

    name: str = ""
    value: str = ""
    inline: bool = False


class Embed(msgspec.Struct, frozen=True):
    """The parts of an embed that a terminal can show; texts are as strangers wrote them."""

    type: str | None = None
    title: str | None = None
    description: str | None = None
    url: str | None = None
    timestamp: str | None = None
    color: int | None = None
    provider: Named | None = None
    author: Named | None = None
    footer: Footer | None = None
    fields: list[Field] | None = None
    image: Media | None = None
    thumbnail: Media | None = None

    @property
    def written_at(self) -> datetime | None:
        """The moment in the footer, in the reader's time; None where there is none that can be read."""
        try:
            moment = datetime.fromisoformat(self.timestamp or "")
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone()
        except (ValueError, OverflowError, OSError):
            return None

    def field_rows(self, columns: int) -> Iterator[list[Field]]:
        """Yield the fields that stand beside each other: inline ones that follow each other, so many a row."""
        row: list[Field] = []
        for field in (self.fields or [])[:MAX_FIELDS]:
            if row and not (field.inline and row[-1].inline and len(row) < columns):
                yield row
                row = []
            row.append(field)
        if row:
            yield row


def read(raws: Sequence[msgspec.Raw]) -> list[Embed]:
    """Return a message's embeds; one that is none is left out."""
    embeds: list[Embed] = []
    for raw in raws[:MAX_EMBEDS]:
        try:
            embeds.append(msgspec.json.decode(raw, type=Embed))
        except (msgspec.DecodeError, RecursionError):
            continue
    return embeds
