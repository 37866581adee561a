"""Finds the catalogue of the language that the user wants: the setting's, else the environment's, else none."""

import gettext
import re
import struct
from collections.abc import Mapping
from pathlib import Path

from tuichat.translation import use_catalogue

_DOMAIN = "tuichat"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})?([.@][A-Za-z0-9.@-]{1,32})?")
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # gettext's own order
_OUR_OWN = ("en", "C", "POSIX")  # the sentences in the code


def wanted(setting: str, environ: Mapping[str, str]) -> list[str]:
    """Return the languages to look for, best first; none where English comes first or nothing is said."""
    said = setting or next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    found: list[str] = []
    for language in said.split(":"):
        if re.split(r"[_.@-]", language)[0] in _OUR_OWN:
            break
        if _LANGUAGE.fullmatch(language):  # it becomes a part of a path
            found.append(re.sub(r"^([A-Za-z]+)-", r"\1_", language))
    return found


def use_language(setting: str, environ: Mapping[str, str], folder: Path) -> None:
    """Speak this language from now on, from `folder`/LANGUAGE/LC_MESSAGES/tuichat.mo; English if it cannot be read."""
    languages = wanted(setting, environ)
    catalogue = gettext.NullTranslations()
    path = gettext.find(_DOMAIN, str(folder), languages) if languages else None
    if path is not None:
        try:
            with open(path, "rb") as file:
                catalogue = gettext.GNUTranslations(file)
        except (OSError, ValueError, struct.error):  # ValueError: bytes that are no text, a plural rule that is none
            pass
    use_catalogue(catalogue)
