"""Promotion: sentences that sell or give a contact. They stay in the article and are found, and are never used as advice."""

from __future__ import annotations

from ingest.patterns import load_patterns

_FILE = "promotion.yaml"


def promotes(sentence: str) -> bool:
    """Whether a sentence sells something or gives a contact, a price, an address or opening hours. Helplines are advice."""
    patterns = load_patterns(_FILE)
    return bool(patterns["sentences"].search(sentence)) and not patterns["helplines"].search(sentence)


def heads_promotion(heading: str) -> bool:
    """Whether what stands below a heading sells or gives contacts, such as "Book an assessment" or "Opening hours"."""
    return bool(load_patterns(_FILE)["headings"].fullmatch(heading.strip().rstrip(".:!?")))
