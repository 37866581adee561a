"""The reactions to a message as chips."""

from msgspec import UNSET

from tuichat.client.message_marks import emoji_path
from tuichat.protocol.message import Message, Reaction
from tuichat.text.safe_text import safe_name
from tuichat.tui.messages.chips import Numbers, chip, flow
from tuichat.tui.messages.drawing import Drawing, Pieces

MAX_REACTIONS = 20  # shown: as many kinds as Discord allows on one message


def reaction_lines(drawing: Drawing, message: Message, width: int, numbers: Numbers) -> list[Pieces]:
    if message.reactions is UNSET or not message.reactions:
        return []
    palette = drawing.palette
    chips = [
        chip(
            palette,
            f"{reaction_sign(reaction)} {reaction.count}{' ✓' if reaction.me or reaction.me_burst else ''}",
            f"toggle:{emoji_path(reaction.emoji)}",
            numbers.take(),
            "mention" if reaction.me or reaction.me_burst else "chip",
        )
        for reaction in message.reactions[:MAX_REACTIONS]
    ]
    return flow([*chips, chip(palette, "+", "react")], width)


def reaction_sign(reaction: Reaction) -> str:
    """Return a reaction's emoji as it is shown; a server's own by its name."""
    name = safe_name(reaction.emoji.name or "", "?")[:32]
    return f":{name}:" if reaction.emoji.id is not None else name
