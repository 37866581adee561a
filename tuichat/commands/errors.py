"""What a command says about a line that it cannot carry out."""

from tuichat.errors import TuichatError


class CommandError(TuichatError):
    """The line is wrong, and stays where it was typed. `span` is the wrong part of it: first and past-the-last character."""

    def __init__(self, sentence: str, span: tuple[int, int] | None = None) -> None:
        super().__init__(sentence)
        self.span = span


class UnknownPersonError(CommandError):
    """Nobody who is known has this name; a server may know more people."""

    def __init__(self, sentence: str, name: str) -> None:
        super().__init__(sentence)
        self.name = name
