"""Search: the runner's words, typos and synonyms find the passage; a section comes once; any LangChain chain can use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.search import HybridRetriever, results, search
from bot.synonyms import correct_typos, load_synonyms
from ingest.generation import Generation, open_current
from ingest.pipeline import Report
from tests.conftest import WordEncoder


@pytest.fixture
def generation(ingest: Callable[..., Report], index: Path, corpus: Path) -> Iterator[Generation]:
    (corpus / "long.md").write_text(
        "## Camber\n\n" + "\n\n".join(f"Cambered roads load the hip, {n}." for n in range(60))
    )
    ingest()
    generation = open_current(index)
    yield generation
    generation.close()


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("replace running shoes", "When to replace shoes"),
        ("replace trainers", "When to replace shoes"),
        ("brigde: lift hips, sets and repetitions", "How to do a bridge"),
        ("ICE minutes", "Ice"),
    ],
)
def test_the_right_passage_comes_first(generation: Generation, encoder: WordEncoder, text: str, section: str) -> None:
    assert search(generation, encoder, text, 3).passages[0].chunk.section == section


def test_a_section_comes_once_however_long_it_is(generation: Generation, encoder: WordEncoder) -> None:
    found = search(generation, encoder, "cambered roads hip", 10)
    assert len(generation.store.article_chunks("long")) > 1
    sections = [(result["article"], result["section"]) for result in results(found.passages)]
    assert len(sections) == len(set(sections))
    scores = [passage.score for passage in found.passages]
    assert scores == sorted(scores, reverse=True)


def test_it_is_a_langchain_retriever(generation: Generation, encoder: WordEncoder) -> None:
    documents = HybridRetriever(generation=generation, encoder=encoder, limit=2).invoke("bridge sets repetitions")
    assert len(documents) == 2
    best = documents[0]
    article = generation.article(best.metadata["article"])
    assert article is not None
    place = slice(best.metadata["start"], best.metadata["end"])
    assert article.text[place].split() == best.page_content.split()


def test_nothing_in_common_finds_something_or_nothing_but_never_fails(
    generation: Generation, encoder: WordEncoder
) -> None:
    for text in ("", "?!", "zzzz qqqq", "\U0001f600"):
        assert len(search(generation, encoder, text, 5).passages) <= 5


def test_only_one_slip_is_guessed_and_only_in_longer_words() -> None:
    vocabulary = frozenset({"bridg", "glute", "hip"})
    assert correct_typos("brigde glutes hup", vocabulary) == {"brigd": "bridg"}


def test_synonyms_count_less_than_the_runners_own_words() -> None:
    weights = load_synonyms().weights("sore bum")
    assert weights["buttock"] == weights["pain"] == 0.5
    assert "bum" not in weights
