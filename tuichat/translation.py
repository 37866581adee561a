"""Says the program's sentences in the user's language, from gettext catalogues; English where there is none.

Call `_` where a sentence is shown, not where a constant is defined: the language is chosen after the imports. Sentences
with values in them are templates: `_("{count} members").format(count=3)`. A constant that is shown later is marked with
`N_`, so that the catalogues hold it, and goes through `_` when it is shown.
"""


class Catalogue:
    """English, which the sentences in the code are written in. `config/catalogue.py` holds the other languages."""

    setting = ""  # of the language, by which this one was found

    def gettext(self, sentence: str) -> str:
        return sentence

    def ngettext(self, one: str, many: str, count: int) -> str:
        return one if count == 1 else many


_catalogue = Catalogue()


def use_catalogue(catalogue: Catalogue) -> None:
    """Say everything in this language from now on."""
    global _catalogue
    _catalogue = catalogue


def setting_in_use() -> str:
    """Return the setting of the language that is spoken, for a process that is to speak the same."""
    return _catalogue.setting


def _(sentence: str) -> str:
    """Return a sentence in the user's language."""
    return _catalogue.gettext(sentence) if sentence else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Return the form of a sentence that fits a count; the caller formats it."""
    return _catalogue.ngettext(one, many, count)


def N_(sentence: str) -> str:  # noqa: N802  gettext's own name
    """Mark a constant for the catalogues; `_` translates it when it is shown."""
    return sentence
