"""A token shows itself only where it is asked to."""

import copy
import pickle

import pytest

from tuichat.config.secret import MAX_KNOWN_SECRETS, Token, known_secrets, remember_secret

TEXT = "MTIz.abcdef.very-secret-part"


def test_token_hides_itself_in_every_form_of_text() -> None:
    token = Token(TEXT)
    shown = [repr(token), str(token), f"{token}", f"{token!r:>40}", "%s" % token, repr([token]), repr({1: token})]  # noqa: UP031
    assert not any("secret" in text for text in shown)
    assert token.reveal() == TEXT


def test_token_is_not_pickled() -> None:
    for leak in (lambda: pickle.dumps(Token(TEXT)), lambda: copy.deepcopy(Token(TEXT))):
        with pytest.raises(TypeError):
            leak()


def test_tokens_compare_by_content() -> None:
    assert Token(TEXT) == Token(TEXT)
    assert Token(TEXT) != Token("other-token")
    assert Token(TEXT) != TEXT
    assert len({Token(TEXT), Token(TEXT)}) == 1


def test_memory_for_secrets_is_bounded_and_keeps_the_newest() -> None:
    for number in range(MAX_KNOWN_SECRETS + 10):
        remember_secret(f"password-{number}")
    assert len(known_secrets()) == MAX_KNOWN_SECRETS
    assert f"password-{MAX_KNOWN_SECRETS + 9}" in known_secrets()


def test_words_too_short_to_be_secrets_do_not_blot_out_the_log() -> None:
    remember_secret("a")
    assert "a" not in known_secrets()
