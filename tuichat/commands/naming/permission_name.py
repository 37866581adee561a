"""Finds the permission that a typed name means: as Discord spells it, or as the screen says it."""

import difflib

from tuichat.commands.errors import CommandError
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.text.permission_words import WORDS, name_of
from tuichat.translation import _

MAX_CHARACTERS = 60
_BY_FLAG: dict[str, Permissions] = {
    name: getattr(Permissions, name) for name in vars(Permissions) if name.isupper() and not name.startswith("_")
}


def find_permission(text: str) -> Permissions:
    """Return the permission of SEND_MESSAGES, send-messages or "Send messages". Raises CommandError with near ones."""
    wanted = _folded(text[:MAX_CHARACTERS])
    known = {_folded(name): permission for name, permission in _BY_FLAG.items()}
    known |= {_folded(words.name): words.permission for words in WORDS.values()}
    known |= {_folded(name_of(words.permission)): words.permission for words in WORDS.values()}
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, list(known), n=3, cutoff=0.5)
    names = ", ".join(dict.fromkeys(name_of(known[each]) for each in near))
    words = _("No permission is called {name}.").format(name=printable(text[:MAX_CHARACTERS]))
    raise CommandError(words + (" " + _("There are: {names}.").format(names=names) if names else ""))


def _folded(name: str) -> str:
    return name.strip().casefold().replace("_", " ").replace("-", " ")
