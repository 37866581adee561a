"""Finds the catalogue of the language that the user wants: the setting's, else the environment's, else none.

A language is a folder LANGUAGE/LC_MESSAGES with a tuichat.mo or tuichat.po, ours in the program's own `locale`, the user's
beside config.toml. The user's is laid over ours, so it may hold a few sentences or all of them.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tuichat.translation import Catalogue, use_catalogue

if TYPE_CHECKING:
    from tuichat.config.catalogue import Entry

logger = logging.getLogger(__name__)

OUR_FOLDER = Path(__file__).resolve().parent.parent / "locale"
MAX_LANGUAGES = 100  # offered in a menu
_MAX_LOGGED = 20  # faults of one catalogue
_FILES = ("tuichat.po", "tuichat.mo")  # a translator's own words go before what was compiled from them earlier
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
    """Speak this language from now on, with the user's catalogues from `folder`; English where none can be read."""
    for language in wanted(setting, environ):
        catalogue = _catalogue(language, folder)
        if catalogue is not None:
            break
    else:
        catalogue = Catalogue()
    catalogue.setting = setting
    use_catalogue(catalogue)


def languages(folder: Path) -> list[tuple[str, str]]:
    """Return the code of each language that there is, and its own name for itself, English first. Takes a few milliseconds."""
    from tuichat.config.catalogue import NAME_FIELD, head_fields

    codes: set[str] = set()
    for place in (OUR_FOLDER, folder):
        for name in _FILES:
            codes.update(path.parent.parent.name for path in _found(place, name))
    found = []
    for code in sorted(codes)[:MAX_LANGUAGES]:
        names = [head_fields(entries).get(NAME_FIELD, "") for _path, entries in _files_of(code, folder)]
        found.append((code, next((name for name in reversed(names) if name), code)))
    return [("en", "English"), *found]


def _found(folder: Path, name: str) -> list[Path]:
    try:
        return [path for path in folder.glob(f"*/LC_MESSAGES/{name}") if _LANGUAGE.fullmatch(path.parent.parent.name)]
    except OSError:
        return []


def _catalogue(language: str, folder: Path) -> Catalogue | None:
    """Return a language such as fr_FR.UTF-8, or the one that it is a kind of; None when there is neither."""
    from tuichat.config.catalogue import catalogue_of

    country = re.split(r"[.@]", language)[0]
    found: Catalogue | None = None
    for code in dict.fromkeys((country.partition("_")[0], country, language)):
        for path, entries in _files_of(code, folder):
            try:
                found, faults = catalogue_of(entries, found)
            except ValueError as error:
                logger.warning("the catalogue %s is left out: %s", path, error)
                continue
            for fault in faults[:_MAX_LOGGED]:
                logger.warning("%s: %s; it stays English", path, fault)
            if len(faults) > _MAX_LOGGED:
                logger.warning("%s: %d more like these", path, len(faults) - _MAX_LOGGED)
    return found


def _files_of(code: str, folder: Path) -> "Iterator[tuple[Path, list[Entry]]]":
    """Yield what a language's files hold, ours before the user's, which goes over it; what cannot be read is logged."""
    from tuichat.config.catalogue import MAX_BYTES, read_mo, read_po

    # Ours is compiled in every copy of the program, and its .po lies there for translators.
    for place, names in ((OUR_FOLDER, _FILES[1:]), (folder, _FILES)):
        for name in names:
            path = place / code / "LC_MESSAGES" / name
            try:
                if path.stat().st_size > MAX_BYTES:
                    raise ValueError(f"it is larger than {MAX_BYTES} bytes")
                data = path.read_bytes()
                yield path, read_mo(data) if name.endswith(".mo") else read_po(data.decode("utf-8-sig"))
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                logger.warning("the catalogue %s is left out: %s", path, error)
            break
