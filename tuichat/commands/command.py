"""Commands as typed functions: the registry, and what it reads out of their signatures."""

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tuichat.commands.address import Recipient
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.names import find_channel, find_recipient
from tuichat.commands.parser import Call, Word, next_word, remaining_text
from tuichat.protocol.channel import Channel
from tuichat.protocol.json import printable
from tuichat.translation import _

Function = Callable[..., Awaitable[Outcome]]


class Text(str):
    """Marks an argument that takes the rest of the line as it was typed. The command gets a plain str: the wire takes no other."""

    __slots__ = ()


CONVERTERS: Mapping[type, Callable[[str, CommandContext], object]] = MappingProxyType(
    {
        str: lambda text, context: text,
        Text: lambda text, context: text,
        Channel: find_channel,
        Recipient: find_recipient,
    }
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name in the signature, its kind, and what a person should write there."""

    name: str
    kind: type
    english_help: str
    is_required: bool

    @property
    def help(self) -> str:
        return _(self.english_help)

    @property
    def usage(self) -> str:
        shown = self.name + ("..." if self.kind is Text else "")
        return shown.upper() if self.is_required else f"[{shown.upper()}]"


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
            lines += ["", *(f"  {each.name.upper():{width}}  {each.help}" for each in self.parameters)]
        if self.english_actions:
            lines += ["", *(f"  /{self.name} {_(words)}" for words in self.english_actions.values())]
        return "\n".join(lines)

    async def run(self, call: Call, context: CommandContext) -> Outcome:
        """Read the arguments and carry the command out. Raises CommandError for a line that is wrong, ClientError."""
        return await self.function(context, **self._arguments(call, context))

    def _arguments(self, call: Call, context: CommandContext) -> dict[str, object]:
        arguments: dict[str, object] = {}
        position = call.name_end
        for parameter in self.parameters:
            read = remaining_text if parameter.kind is Text else next_word
            word = read(call.line, position)
            if word is None:
                if parameter.is_required:
                    raise CommandError(
                        _("{argument} is missing: {help}. Usage: {usage}").format(
                            argument=parameter.name.upper(), help=parameter.help, usage=self.usage
                        ),
                        (position, position),
                    )
                break
            position = word.end
            arguments[parameter.name] = self._convert(parameter, word, context)
        surplus = remaining_text(call.line, position)
        if surplus is not None:
            raise CommandError(
                _("{text!r} is one argument too many. Usage: {usage}").format(
                    text=printable(surplus.text), usage=self.usage
                ),
                (surplus.start, surplus.end),
            )
        return arguments

    def _convert(self, parameter: Parameter, word: Word, context: CommandContext) -> object:
        try:
            return CONVERTERS[parameter.kind](word.text, context)
        except CommandError as error:
            raise CommandError(f"{parameter.name.upper()}: {error}", (word.start, word.end)) from error


class Registry:
    """Commands by name; those of `below` count as well, but where a command here has the same name."""

    def __init__(self, below: "Registry | None" = None) -> None:
        self._commands: dict[str, Command] = {}
        self._below = below

    def command(self, function: Function) -> Function:
        """Register a function as the command of its name, with its docstring as help.

        Its first parameter is the context; each other is annotated `Annotated[kind, "what to write there"]`.
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
    kind, text = typing.get_args(hint)
    union = typing.get_args(kind)  # `X | None` of an optional argument
    if union:
        (kind,) = [each for each in union if each is not type(None)]
    if kind not in CONVERTERS:
        raise ValueError(f"no argument can be a {kind}")
    return Parameter(parameter.name, kind, text, parameter.default is inspect.Parameter.empty)


registry = Registry()
command = registry.command
