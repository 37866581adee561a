"""A bot's form as questions, one a field."""

from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.interactions import GivenComponent
from tuichat.plain.questions import Questions, QuestionsLeft
from tuichat.protocol.interaction import ModalCreate
from tuichat.text import components
from tuichat.text.component_words import component_words
from tuichat.text.components import Component, Kind
from tuichat.text.safe_text import safe_block, safe_line, safe_name
from tuichat.translation import _

CHOSEN = (*components.SELECTS, Kind.RADIO_GROUP, Kind.CHECKBOX_GROUP)
MAX_INPUT_CHARACTERS = 4000  # of a field, as on the wire


class Form:
    """Asks for the fields of one form and sends them."""

    def __init__(self, client: Client, modal: ModalCreate, questions: Questions) -> None:
        self._client = client
        self._modal = modal
        self._questions = questions

    async def fill_in(self) -> None:
        """Ask, send, and ask again where it was refused; what fails is told."""
        title, bot = safe_line(self._modal.title[:100]), safe_name(self._modal.application.name)
        self._questions.say(_("A form of {bot}: {title}. /leave in any field leaves it.").format(bot=bot, title=title))
        read = components.read(self._modal.components)
        while True:
            try:
                given = [await self._given(component) for component in read]
            except QuestionsLeft:
                self._questions.say(_("The form was left, and nothing was sent."))
                return
            try:
                await self._client.interactions.submit(self._modal, given)
                self._questions.say(_("The form is sent."))
                return
            except ClientError as error:
                self._questions.say(str(error))
                if not self._questions.can_be_asked_again:
                    return

    async def _given(self, component: Component) -> GivenComponent:
        match component.type:
            case Kind.ROW:
                inner = [await self._field(each, each.label or "", "") for each in component.components or ()]
                return GivenComponent(type=component.type, components=[each for each in inner if each is not None])
            case Kind.LABEL if component.component is not None:
                field = await self._field(component.component, component.label or "", component.description or "")
                if field is not None:
                    return GivenComponent(type=component.type, component=field)
            case Kind.TEXT_DISPLAY:
                for line in safe_block((component.content or "")[:MAX_INPUT_CHARACTERS]).split("\n"):
                    self._questions.say(line)
        return GivenComponent(type=component.type)

    async def _field(self, component: Component, label: str, description: str) -> GivenComponent | None:
        if not component.custom_id:
            return None
        kind, custom_id = component.type, component.custom_id
        words = safe_line(label[:100]) or component_words(component)
        if description:
            words += f" ({safe_line(description[:200])})"
        if kind == Kind.TEXT_INPUT:
            return GivenComponent(type=kind, custom_id=custom_id, value=await self._text(component, words))
        if kind == Kind.CHECKBOX:
            answer = await self._questions.ask(_("{field}, yes or no: ").format(field=words))
            return GivenComponent(type=kind, custom_id=custom_id, value=answer.lower() in ("y", "yes", _("yes")))
        if kind not in CHOSEN:
            self._questions.say(_("{field}: files cannot be sent with a form from here.").format(field=words))
            return GivenComponent(type=kind, custom_id=custom_id, values=[])
        values = await self._questions.choose(component, self._client.state, self._modal.channel_id, words)
        if kind == Kind.RADIO_GROUP:
            return (
                GivenComponent(type=kind, custom_id=custom_id, value=values[0])
                if values
                else GivenComponent(type=kind, custom_id=custom_id)
            )
        return GivenComponent(type=kind, custom_id=custom_id, values=values)

    async def _text(self, component: Component, words: str) -> str:
        low, high = component.min_length or 0, component.max_length or MAX_INPUT_CHARACTERS
        is_required = component.required is not False
        before = safe_line(component.value or "")
        question = (
            _("{field} (an empty line takes {text}): ").format(field=words, text=before) if before else f"{words}: "
        )
        while True:
            answer = await self._questions.ask(question) or component.value or ""
            if is_required and not answer:
                self._questions.say(_("{field}: this must be filled in.").format(field=words))
            elif answer and not low <= len(answer) <= high:
                sentence = _("{field}: {low} to {high} characters, these are {count}.")
                self._questions.say(sentence.format(field=words, low=low, high=high, count=len(answer)))
            else:
                return answer
