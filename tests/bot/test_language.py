"""Another language is recognised, English however it is spelt is not taken for one, and the runner is told kindly."""

from __future__ import annotations

import pytest

from bot.language import english_only, other_language

VOCABULARY = frozenset("hip pain run hurt stretch bursiti labral tear knee groin shoe".split())


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("¿Puedo correr si me duele la cadera?", "es"),
        ("quanto tempo demora a curar", "pt"),
        ("douleur hanche", "fr"),
        ("Wie lange dauert es, bis die Hüfte wieder gut ist?", "de"),
        ("boli mnie biodro po bieganiu", "pl"),
        ("हिप में दर्द क्यों होता है", "hi"),
        ("我的髋部疼怎么办", "zh"),
    ],
)
def test_another_language_is_recognised(message: str, language: str) -> None:
    assert other_language(message, VOCABULARY) == language


@pytest.mark.parametrize(
    "message",
    [
        "whats up wiv me hip",
        "me hips dead sore inni",
        "ITB?",
        "hip flexr strech",
        "gluteus medius tendinopathy",
        "ok",
        "",
        "??",
        "👍",
        "wich trainas r gud 4 runin",
        "is a schadenfreude run bad for the hip",
    ],
)
def test_english_in_any_spelling_stays_english(message: str) -> None:
    assert other_language(message, VOCABULARY) == ""


def test_the_remark_is_in_both_languages_and_names_the_number() -> None:
    assert english_only("es", "112").startswith(("Lo siento", "Mis", "Por", "Sólo", "Solo"))
    assert "112" in english_only("es", "112")
    assert english_only("ko", "112") == english_only("und", "112")
