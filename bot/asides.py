"""Asides: sentences of an article that sell, point elsewhere or speak of the article itself; they answer nothing about hips."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from bot.errors import BotError

_FILE = Path(__file__).parent / "data" / "asides.yaml"


@lru_cache(maxsize=1)
def _patterns() -> re.Pattern[str]:
    patterns = yaml.safe_load(_FILE.read_text(encoding="utf-8")).get("patterns")
    try:
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
    except (TypeError, re.error) as error:
        raise BotError(
            f"{_FILE}: `patterns` must be a list of regular expressions ({error}). Mend the file."
        ) from error


@lru_cache(maxsize=50_000)
def is_aside(sentence: str) -> bool:
    """Whether a sentence sells, gives contacts, points elsewhere or speaks of the article itself.

    Such a sentence is found and shown where a question is about the source, never as advice. Judged by its words alone, so
    that it works for any article.

    Raises:
        BotError: the file of patterns cannot be used.

    """
    return bool(_patterns().search(sentence))
