"""Dialogs with fields to fill in, in which Enter leads from one to the next."""

from typing import Generic

from textual.widgets import Input

from tuichat.tui.screens.dialog import Answer, Dialog
from tuichat.tui.widgets.sign_input import SignInput


class Form(Dialog[Answer], Generic[Answer]):
    def entered(self, field: Input) -> None:
        """Go on from a field in which Enter was pressed."""
        raise NotImplementedError


class Field(SignInput):
    """A line of a form. Says at once that Enter was pressed: by a message it would come after the keys behind Enter."""

    async def action_submit(self) -> None:
        screen = self.screen
        if isinstance(screen, Form):
            screen.entered(self)
