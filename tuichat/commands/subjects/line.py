"""The command about lines that were entered: they are kept to be found again, and forgotten by it."""

from typing import Annotated

from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.config.private_files import PrivateFileError
from tuichat.protocol.json import printable
from tuichat.translation import _, ngettext


@command
async def forget(
    context: CommandContext, words: Annotated[Text | None, "what they hold; without it, all are forgotten"] = None
) -> Outcome:
    """Forget lines that you entered, which the search for them would find."""
    if context.lines is None:
        raise CommandError(_("Nothing that is entered is kept here."))
    wanted = (words or "").casefold()
    try:
        count = context.lines.forget(lambda text: wanted in text.casefold())
    except (PrivateFileError, OSError) as error:
        raise CommandError(_("The lines could not be forgotten: {error}").format(error=error)) from error
    if count == 0 and words:
        return Outcome(text=_("No line that is kept holds {words}.").format(words=printable(words)))
    return Outcome(
        text=ngettext("{count} line was forgotten.", "{count} lines were forgotten.", count).format(count=count)
    )
