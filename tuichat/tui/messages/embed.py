"""What bots show beside a message's text: read leniently, since other servers' embeds hold more than ours."""

from collections.abc import Iterator, Sequence

import msgspec

MAX_EMBEDS = 10  # of a message, as on the wire
MAX_FIELDS = 25


class _Named(msgspec.Struct, frozen=True):
    name: str | None = None


class _Footer(msgspec.Struct, frozen=True):
    text: str | None = None


class _Field(msgspec.Struct, frozen=True):
    name: str = ""
    value: str = ""


class Embed(msgspec.Struct, frozen=True):
    """The parts of an embed that a terminal can show; texts are as strangers wrote them."""

    title: str | None = None
    description: str | None = None
    url: str | None = None
    color: int | None = None
    author: _Named | None = None
    footer: _Footer | None = None
    fields: list[_Field] | None = None

    def markdown(self) -> Iterator[str]:
        """Yield the embed's texts in order, as chat markdown."""
        if self.author is not None and self.author.name:
            yield self.author.name
        if self.title:
            yield f"**{self.title}**"
        if self.url:
            yield self.url
        if self.description:
            yield self.description
        for item in (self.fields or [])[:MAX_FIELDS]:
            yield f"__{item.name}__\n{item.value}"
        if self.footer is not None and self.footer.text:
            yield self.footer.text


def read(raws: Sequence[msgspec.Raw]) -> list[Embed]:
    """Return a message's embeds; one that is none is left out."""
    embeds: list[Embed] = []
    for raw in raws[:MAX_EMBEDS]:
        try:
            embeds.append(msgspec.json.decode(raw, type=Embed))
        except (msgspec.DecodeError, RecursionError):
            continue
    return embeds
