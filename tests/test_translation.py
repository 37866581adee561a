"""Tests of `tuichat.translation`."""

from collections.abc import Iterator

import pytest

from tuichat.translation import N_, Catalogue, _, ngettext, use_catalogue


class Shouting(Catalogue):
    def gettext(self, sentence: str) -> str:
        return sentence.upper()

    def ngettext(self, one: str, many: str, count: int) -> str:
        return (one if count == 1 else many).upper()


@pytest.fixture
def shouting() -> Iterator[None]:
    use_catalogue(Shouting())
    yield
    use_catalogue(Catalogue())


def test_without_a_catalogue_a_sentence_stays_as_it_is() -> None:
    assert _("Copied.") == "Copied."
    assert ngettext("{count} member", "{count} members", 2) == "{count} members"


@pytest.mark.usefixtures("shouting")
def test_a_catalogue_is_used_from_the_moment_it_is_chosen() -> None:
    constant = N_("Copied.")
    assert constant == "Copied."
    assert _(constant) == "COPIED."
    assert ngettext("one", "many", 1) == "ONE"


@pytest.mark.usefixtures("shouting")
def test_an_empty_sentence_is_not_looked_up() -> None:
    assert _("") == ""  # gettext would answer with the catalogue's head
