"""Ranking and confidence: every figure has a weight, the files say what is wrong with them, the adapter keeps lengths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bot.adapter
import bot.asides
import bot.confidence
import bot.query
import bot.rank
import bot.weights
from bot.asides import is_aside
from bot.errors import BotError
from bot.query import resolve
from bot.search import search
from ingest.generation import open_current
from ingest.pipeline import Report
from tests.conftest import WordEncoder


@pytest.mark.parametrize(
    ("part", "figures"),
    [("rank", bot.rank.FIGURES), ("confidence", bot.confidence.FIGURES), ("query", bot.query.FIGURES)],
)
def test_a_figure_without_a_weight_is_named(
    part: str, figures: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert bot.weights.load_weights.__wrapped__(part, figures).shape == (len(figures),)
    broken = tmp_path / "weights.yaml"
    text = bot.weights.FILE.read_text(encoding="utf-8")
    broken.write_text(text.replace(f"  {figures[0]}:", "  oddity:"), encoding="utf-8")
    monkeypatch.setattr(bot.weights, "FILE", broken)
    with pytest.raises(BotError, match="oddity") as caught:
        bot.weights.load_weights.__wrapped__(part, figures)
    assert part in str(caught.value)


def test_the_sentence_that_has_the_figure_asked_for_ranks_first(
    ingest: Callable[..., Report], index: Path, encoder: WordEncoder
) -> None:
    ingest()
    generation = open_current(index)
    query = resolve(["how many repetitions of bridges"])
    found = search(generation, encoder, query.text, 10)
    best = max(bot.rank.candidates_of(query, found, generation), key=lambda candidate: candidate.score)
    assert best.sentence.text == "Bridges: do 3 sets of 12 repetitions."
    generation.close()


def test_words_that_no_article_has_lower_confidence(
    ingest: Callable[..., Report], index: Path, encoder: WordEncoder
) -> None:
    ingest()
    generation = open_current(index)

    def sure(question: str) -> float:
        query = resolve([question])
        found = search(generation, encoder, query.text, 10)
        candidates = bot.rank.candidates_of(query, found, generation)
        return bot.confidence.confidence(query, found, candidates, generation, lambda *_: 0.5)

    assert sure("how many bridges repetitions") > sure("how many zebras quadrangles")
    generation.close()


def test_the_gate_is_asked_only_where_it_can_change_what_is_decided(
    ingest: Callable[..., Report], index: Path, encoder: WordEncoder
) -> None:
    ingest()
    generation = open_current(index)
    for question in ("When to replace shoes", "how many zebras quadrangles", "how many bridges a week for glutes"):
        query = resolve([question])
        found = search(generation, encoder, query.text, 10)
        candidates = bot.rank.candidates_of(query, found, generation)
        for word in (0.0, 0.3, 0.7, 1.0):
            sure = bot.confidence.confidence(query, found, candidates, generation, lambda *_, w=word: w)  # type: ignore[misc]
            figures = bot.confidence.figures_of(query, found, candidates, generation, lambda *_, w=word: w)  # type: ignore[misc]
            whole = float(figures @ bot.weights.load_weights("confidence", bot.confidence.FIGURES))
            assert (sure >= bot.confidence.CONFIDENT) == (whole >= 0)
    generation.close()


def test_the_adapter_turns_vectors_and_keeps_their_length() -> None:
    vectors = np.random.default_rng(0).normal(size=(5, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    moved = bot.adapter.adapt(vectors)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    assert not np.allclose(moved, vectors, atol=1e-2)
    assert bot.adapter.adapt(vectors[0]) == pytest.approx(moved[0], abs=1e-5)


def test_an_adapter_of_another_shape_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bot.adapter, "FILE", tmp_path / "adapter.npy")
    with pytest.raises(BotError, match=r"adapter\.npy"):
        bot.adapter.load_adapter.__wrapped__()
    np.save(tmp_path / "adapter.npy", np.zeros((3, 4), dtype=np.float16))
    with pytest.raises(BotError, match="square"):
        bot.adapter.load_adapter.__wrapped__()


@pytest.mark.parametrize(
    "sentence",
    [
        "Book an appointment with our team today!",
        "Call us on 01234 567890.",
        "In this article we’ll explain what helps.",
        "Read our guide to hip strength.",
        "Our clinic in Leeds is here to help.",
        "Follow us for more tips.",
        "Dr. Jane O’Neill, Jr.",
    ],
)
def test_sales_and_signposts_are_asides(sentence: str) -> None:
    assert is_aside(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Call your doctor if the pain wakes you at night.",
        "See a physiotherapist if the pain lasts.",
        "Dr Hill found that rest days matter.",
        "Bridges: do 3 sets of 12 repetitions.",
        "Read your body's signals and slow down.",
        "The gluteus medius is here, at the side of the hip.",
    ],
)
def test_advice_is_no_aside(sentence: str) -> None:
    assert not is_aside(sentence)
