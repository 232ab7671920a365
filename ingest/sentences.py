"""Sentences of a paragraph, as spans of its text."""

from __future__ import annotations

import re

import sentencex

_LANGUAGE = "en"
# Before a figure these are abbreviations, not the end of a sentence ("Approx. 5 km").
_BEFORE_FIGURE = re.compile(r"\b(?:approx|max|min|no|nos|fig|ca|circa)\.\s*$", re.IGNORECASE)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where each sentence of a paragraph starts and ends.

    Boundaries are those of `sentencex` (rules with an abbreviation list), less the ones it sets behind an abbreviation it
    does not know: where the next piece starts with a small letter, or a figure follows a word such as "approx.".

    Args:
        text: one paragraph or list item, any length.

    Returns:
        Spans `(start, end)` in order, without surrounding space; they cover every character that is not space.

    """
    pieces: list[tuple[int, int]] = []
    for boundary in sentencex.get_sentence_boundaries(_LANGUAGE, text):
        start, end = boundary["start_index"], boundary["end_index"]
        if pieces and _continues(text[slice(*pieces[-1])], text[start:end]):
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    spans = []
    for start, end in pieces:
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            lead = len(piece) - len(piece.lstrip())
            spans.append((start + lead, start + lead + len(stripped)))
    return spans


def _continues(before: str, after: str) -> bool:
    first = after.lstrip()[:1]
    return before.rstrip().endswith(".") and (
        first.islower() or (first.isdigit() and bool(_BEFORE_FIGURE.search(before)))
    )
