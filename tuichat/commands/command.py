"""Commands as typed functions: the registry, and what it reads out of their signatures."""

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from tuichat.commands.arguments import Parameter, read_words
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError, UnknownPersonError
from tuichat.commands.kinds import Text, kind_of, said
from tuichat.commands.naming.meeting import meet
from tuichat.commands.parser import Call, Word
from tuichat.translation import _

__all__ = ("Command", "Registry", "Text", "command", "registry")

Function = Callable[..., Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    function: Function
    english_summary: str
    parameters: tuple[Parameter, ...]
    english_actions: Mapping[str, str] = field(
        default_factory=dict
    )  # what its first argument may be, and how each is used

    @property
    def summary(self) -> str:
        return _(self.english_summary)

    @property
    def usage(self) -> str:
        return " ".join((f"/{self.name}", *(parameter.usage for parameter in self.parameters)))

    def help(self) -> str:
        """Return the whole help of this command, several lines."""
        lines = [self.usage, self.summary]
        if self.parameters:
            width = max(len(parameter.name) for parameter in self.parameters)
            lines += ["", *(f"  {each.name.upper():{width}}  {_told(each)}" for each in self.parameters)]
        if len(self.parameters) > 1:
            named = " ".join(f"{each.name}={each.name.upper()}" for each in self.parameters)
            lines += ["", _("By name: {usage}").format(usage=f"/{self.name} {named}")]
        if self.english_actions:
            lines += ["", *(f"  /{self.name} {_(words)}" for words in self.english_actions.values())]
        return "\n".join(lines)

    async def run(self, call: Call, context: CommandContext) -> Outcome:
        """Read the arguments and carry the command out. Raises CommandError for a line that is wrong, ClientError."""
        return await self.function(replace(context, fill=None), **await self._arguments(call, context))

    async def _arguments(self, call: Call, context: CommandContext) -> dict[str, object]:
        words = read_words(call.line, call.name_end, self.parameters, self.usage)
        if context.fill is not None:
            words = {key: replace(word, text=context.fill(word.text)) for key, word in words.items()}
        return {
            parameter.keyword: await _converted(parameter, words[parameter.keyword], context)
            for parameter in self.parameters
            if parameter.keyword in words
        }


def _told(parameter: Parameter) -> str:
    """Return what to write for an argument: in words, of which kind, and what counts where it is left out."""
    told = parameter.help
    if parameter.type not in (str, Text) and parameter.kind.name not in told:
        told += f" ({parameter.kind.name})"
    if parameter.default not in (None, ""):
        told += " · " + _("{default} if left out").format(default=said(parameter.default))
    return told


async def _converted(parameter: Parameter, word: Word, context: CommandContext) -> object:
    try:
        try:
            return await _as_kind(parameter, word, context)
        except UnknownPersonError as error:
            if not await meet(error.name, context.known_clients().values()):
                raise
            return await _as_kind(parameter, word, context)
    except CommandError as error:
        raise CommandError(f"{parameter.name.upper()}: {error}", (word.start, word.end)) from error


async def _as_kind(parameter: Parameter, word: Word, context: CommandContext) -> object:
    found = parameter.kind.convert(word.text, context)
    return await found if inspect.isawaitable(found) else found


class Registry:
    """Commands by name; those of `below` count as well, but where a command here has the same name."""

    def __init__(self, below: "Registry | None" = None) -> None:
        self._commands: dict[str, Command] = {}
        self._below = below

    def command(self, function: Function) -> Function:
        """Register a function as the command of its name, with its docstring as help.

        Its first parameter is the context; each other is annotated `Annotated[kind, "what to write there"]` with a kind
        of `kinds.py`, and is given by position or by its name; one behind the `*` of the signature by its name alone.
        """
        name = function.__name__.rstrip("_")
        if name in self._commands:
            raise ValueError(f"there are two commands named /{name}")
        hints = typing.get_type_hints(function, include_extras=True)
        parameters = [
            _parameter(parameter, hints[parameter.name])
            for parameter in list(inspect.signature(function).parameters.values())[1:]
        ]
        summary = inspect.cleandoc(function.__doc__ or "")
        self._commands[name] = Command(name, function, summary, tuple(parameters))
        return function

    def tell_actions(self, name: str, actions: Mapping[str, str]) -> None:
        """Have a command's first argument be one of these, each with how it is used in English: "leave: leave the call"."""
        self._commands[name] = replace(self._commands[name], english_actions=actions)

    def get(self, name: str) -> Command | None:
        found = self._commands.get(name)
        return self._below.get(name) if found is None and self._below is not None else found

    def all(self) -> list[Command]:
        known = {each.name: each for each in self._below.all()} if self._below is not None else {}
        known |= self._commands
        return [known[name] for name in sorted(known)]


def _parameter(parameter: inspect.Parameter, hint: object) -> Parameter:
    type_, kind, words = kind_of(hint)
    is_required = parameter.default is inspect.Parameter.empty
    default = None if is_required else parameter.default
    return Parameter(
        parameter.name.rstrip("_"),
        type_,
        kind,
        words,
        is_required,
        parameter.name,
        default,
        is_option=parameter.kind is inspect.Parameter.KEYWORD_ONLY,
    )


registry = Registry()
command = registry.command
