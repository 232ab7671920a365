"""Reading: a turn is searched by itself or together with the one it follows, whichever the articles and its words speak for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.adapter import adapt
from bot.query import leans

if TYPE_CHECKING:
    from bot.query import Query
    from bot.search import Search
    from ingest.generation import Generation

Find = Callable[[str, str], "Search"]


def read(query: Query, find: Find, generation: Generation) -> tuple[Query, Search, Search | None]:
    """Search a query; where it is open whether it stands alone, both ways.

    Args:
        query: what to search.
        find: searches a text; its second argument is the last turn alone, where the text holds earlier ones too.
        generation: the index it searches.

    Returns:
        The query as it is read, what was found for it, and for a follow-up what was found for the turn it leans on.

    """
    if not query.follow_up:
        return query, find(query.text, ""), None
    together, before = find(query.text, query.question), find(query.before, "")
    if query.open:
        alone = find(query.alone.text, "")
        if not leans(query.question, *compared(alone, before, together, generation)):
            return query.alone, alone, None
    return query, together, before


def compared(alone: Search, before: Search, together: Search, generation: Generation) -> tuple[float, float]:
    """How much nearer the articles come to a turn and the one before together: than to the turn alone, than to either."""
    own, earlier, both = (nearness(found, generation) for found in (alone, before, together))
    return both - own, both - max(own, earlier)


def nearness(found: Search, generation: Generation) -> float:
    """How near the articles come to answering what was searched.

    Returns:
        The highest cosine of a whole sentence that was found and the searched vector moved towards answers; 0 for none.

    """
    asked = adapt(found.vector)
    return max(
        (
            float(vector @ asked)
            for passage in found.passages
            if not passage.chunk.about_source
            for sentence, vector in zip(
                passage.chunk.sentences,
                generation.part_vectors(passage.row, len(passage.chunk.sentences))[1],
                strict=True,
            )
            if sentence.kind not in {"fragment", "promotion", "lead_in"}
        ),
        default=0.0,
    )
