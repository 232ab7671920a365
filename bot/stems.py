"""Stems of the articles' sentences, remembered."""

from __future__ import annotations

from functools import lru_cache

from ingest.lexical import terms


@lru_cache(maxsize=50_000)
def stems_of(text: str) -> frozenset[str]:
    """The stems of a sentence or heading; remembered, because the articles' sentences come up again and again."""
    return frozenset(terms(text))
