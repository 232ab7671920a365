"""Language: whether a message is in another language than English, which is all that the articles and the safety rules know."""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.errors import BotError
from ingest.lexical import STOP_WORDS, terms, words

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_FILE = Path(__file__).parent / "data" / "languages.yaml"
# A message is handed to the identifier only where fewer of its words than this are known English ones.
KNOWN = 0.5
# An odd message is of another language where the identifier gives English less than this. In the development sets foreign
# messages have 0.02 at most, English ones of few known words 0.03 at least, but for one made of two names.
UNLIKELY = 0.025
_FEWEST_WORDS = 2
# The languages told apart: those that runners are likely to write. With all 97 a slip of the pen finds a language of its own.
_LANGUAGES = (
    "en es fr de it pt nl pl ro sv da no fi cs hu tr id el ru uk ar fa he hi bn ur zh ja ko vi th ca hr".split()  # noqa: SIM905
)
_lock = threading.Lock()


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid import langid

    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LANGUAGES)
    return identifier


def other_language(message: str, vocabulary: AbstractSet[str]) -> str:
    """The language of a message, where it is not English.

    Args:
        message: the runner's words.
        vocabulary: stems of the articles; with the common words of English they tell an English message at once.

    Returns:
        A two-letter code (ISO 639-1), or "" where the message is English, or too short or too odd to tell.

    """
    said = words(message)
    if _foreign_script(message):
        return _identify(message) or "und"
    if len(said) < _FEWEST_WORDS:
        return ""
    known = sum(word in STOP_WORDS or any(stem in vocabulary for stem in terms(word)) for word in said)
    return "" if known / len(said) >= KNOWN else _identify(message)


def _identify(message: str) -> str:
    with _lock:  # the library says nothing about threads
        ranked = _identifier().rank(message)
    language, english = ranked[0][0], dict(ranked)["en"]
    return str(language) if language != "en" and english < UNLIKELY else ""


def _foreign_script(message: str) -> bool:
    """Whether most letters are of another script than Latin."""
    letters = [char for char in message if char.isalpha()]
    latin = sum(unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return bool(letters) and latin < len(letters) / 2


@lru_cache(maxsize=1)
def _sentences() -> tuple[str, dict[str, str]]:
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    try:
        return str(data["english"]), {str(code): str(text) for code, text in data["own"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise BotError(f"{_FILE}: `english` or `own` is missing ({error}). Restore the file.") from error


def english_only(language: str, number: str) -> str:
    """What a runner who writes another language is told: in that language where we have it, and in English, a line each.

    Args:
        language: its code.
        number: the emergency number of the region.

    """
    english, own = _sentences()
    return f"{own.get(language, '')}\n{english.format(number=number)}".strip()
