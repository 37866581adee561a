"""Questions to the user, answered by the next line: words, or choices of a bot's menu."""

from tuichat.client.state import State
from tuichat.plain.line_source import LineSource
from tuichat.plain.printer import Printer
from tuichat.text.choices import choices_of, chosen, limits
from tuichat.text.components import Component
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

LEAVE = "/leave"
MAX_SHOWN_CHOICES = 50  # of a menu of people or channels (taste)


class QuestionsLeft(Exception):
    """The user wants to answer no more, or the input has ended."""


class Questions:
    """Asks at a line source."""

    def __init__(self, source: LineSource, printer: Printer) -> None:
        self._source = source
        self._printer = printer

    @property
    def can_be_asked_again(self) -> bool:
        """Whether somebody is there to give another answer."""
        return self._source.is_terminal

    def say(self, sentence: str) -> None:
        self._printer.say(safe_line(sentence))

    async def ask(self, question: str) -> str:
        """Return the answer. Raises QuestionsLeft."""
        answer = await self._source.read(question)
        if answer is None or answer.strip() == LEAVE:
            raise QuestionsLeft
        return answer.strip()

    async def choose(self, component: Component, state: State, channel_id: int, words: str) -> list[str]:
        """Ask for choices until they fit."""
        choices = choices_of(component, state, channel_id)
        low, high = limits(component, len(choices))
        for number, choice in enumerate(choices[:MAX_SHOWN_CHOICES], 1):
            self.say(f"{number}: {choice.label}{f', {choice.detail}' if choice.detail else ''}")
        question = _("{field}: a number or a name, several with commas between: ").format(field=words)
        while True:
            found = chosen(await self.ask(question), choices)
            if found is not None and low <= len(found) <= high:
                return found
            self.say(_("Choose {low} to {high} of these.").format(low=low, high=high))
