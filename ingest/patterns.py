"""Patterns: regular expressions that are kept as data, each file with the words they share."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from ingest.errors import IngestError

_FOLDER = Path(__file__).parent / "data"


@lru_cache(maxsize=8)
def load_patterns(name: str) -> dict[str, re.Pattern[str]]:
    """One expression for each list of a file in `ingest/data`; it matches what any of the list's patterns matches.

    Args:
        name: of the file. Under `words`, it gives names for parts of patterns, each of which may use those before it as `<name>`.

    Raises:
        IngestError: a pattern cannot be used; the text names file and pattern.

    """
    file = _FOLDER / name
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))
    words: dict[str, str] = {}

    def filled(pattern: str) -> str:
        for word, text in words.items():
            pattern = pattern.replace(f"<{word}>", text)
        try:
            re.compile(pattern)
        except re.error as error:
            raise IngestError(f"{file}: the pattern {pattern!r} cannot be used ({error}). Mend it.") from error
        return pattern

    for word, text in groups.pop("words", {}).items():
        words[word] = filled(text)
    return {
        group: re.compile("|".join(f"(?:{filled(pattern)})" for pattern in patterns), re.IGNORECASE)
        for group, patterns in groups.items()
    }
