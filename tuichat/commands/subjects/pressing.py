"""The command that presses a button of a bot's message, or chooses from its menu."""

from collections.abc import Sequence
from typing import Annotated

from tuichat.client.errors import RefusedError
from tuichat.client.state import Answer
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.named_message import HELP
from tuichat.text import components
from tuichat.text.choices import choices_of, chosen, limits
from tuichat.text.component_words import component_words
from tuichat.text.components import Component
from tuichat.text.safe_text import safe_line
from tuichat.translation import _


@command
async def press(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    what: Annotated[Text, "the number or the words of its button or menu; then what to choose, parted by commas"],
) -> Outcome:
    """Press a button of a bot's message, or choose from its menu."""
    client, item = message.client, message.message
    component, rest = find_component(components.pressed(components.read(item.components)), what)
    if component.disabled:
        raise RefusedError(_("{label} cannot be pressed now.").format(label=component_words(component)))
    values = None
    if component.is_select:
        choices = choices_of(component, client.state, message.channel_id)
        low, high = limits(component, len(choices))
        values = chosen(rest, choices)
        if values is None or not low <= len(values) <= high:
            labels = ", ".join(safe_line(each.label) for each in choices[:20])
            words = _("Choose {low} to {high} of: {list}.")
            raise CommandError(words.format(low=low, high=high, list=labels))
    assert component.custom_id is not None, "what is pressed has one"
    await client.interactions.press(item, component.custom_id, component.type, values)
    pending = client.state.pending_at(item.id)
    if pending is not None and pending.answer is Answer.NONE:
        raise RefusedError(_("The bot did not answer."))
    return Outcome()


def find_component(found: Sequence[Component], typed: str) -> tuple[Component, str]:
    """Return what a number or the words on it name, and what follows those. Raises CommandError."""
    typed = typed.strip()
    for component in found:
        label = component_words(component).casefold()
        if typed.casefold() == label or typed.casefold().startswith(f"{label} "):
            return component, typed[len(label) :].strip()
    number, _blank, rest = typed.partition(" ")
    if number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= len(found):
        return found[int(number[:4]) - 1], rest.strip()
    if not found:
        raise CommandError(_("There is nothing to press in this message."))
    labels = ", ".join(f"{place} {component_words(each)}" for place, each in enumerate(found, 1))
    raise CommandError(_("What can be pressed: {list}.").format(list=labels))
