"""The check of rewordings: what is faithful mostly passes, what is not never does, and an article's sentence supports itself."""

from __future__ import annotations

import re
from functools import cache

import pytest
import yaml

from benchmarks.support import PAIRS, Pair, pairs
from bot.support import MOST_CHARACTERS, supports
from ingest.sentences import sentence_spans
from tests.conftest import PROJECT


def judged(half: str) -> tuple[list[Pair], list[Pair], int]:
    """The faithful pairs that pass, the unfaithful ones that pass, and how many are faithful."""
    passing = [pair for pair in pairs(half) if supports(pair.text, pair.cited) is None]
    faithful = [pair for pair in pairs(half) if not pair.kind]
    return [pair for pair in passing if not pair.kind], [pair for pair in passing if pair.kind], len(faithful)


@pytest.mark.parametrize("half", ["open", "blind"])
def test_no_unfaithful_pair_passes_and_most_faithful_ones_do(half: str) -> None:
    kept, wrong, faithful = judged(half)
    assert not wrong
    assert len(kept) >= 0.7 * faithful


@pytest.mark.parametrize("half", ["open", "blind"])
def test_the_pairs_evidence_stands_in_the_articles(half: str) -> None:
    for group in yaml.safe_load((PAIRS / f"{half}.yaml").read_text(encoding="utf-8"))["groups"]:
        for entry in group["evidence"]:
            article = (PROJECT / "corpus" / f"{entry['article']}.md").read_text(encoding="utf-8")
            assert entry["text"] in article


@cache
def sentences() -> tuple[str, ...]:
    """Every sentence of the articles."""
    found = []
    for file in sorted((PROJECT / "corpus").glob("*.md")):
        for line in file.read_text(encoding="utf-8").split("\n---\n", 1)[1].splitlines():
            text = line.removeprefix("- ").strip()
            if text and not text.startswith("#"):
                found += [text[start:end] for start, end in sentence_spans(text)]
    return tuple(found)


def test_every_sentence_of_the_articles_supports_itself() -> None:
    assert len(sentences()) > 500
    assert [text for text in sentences() if "?" not in text and supports(text, [text])] == []


# One at a time, outside brackets. A second "no" or "may" of the same sentence is another case.
@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (r"\bnot ", ""),
        (r"\bmay\b", "will"),
        (r"\bmay\b", "does"),
        (r"\bcan\b", "must"),
        (r"\busually\b", "always"),
        (r"\boften ", ""),
        (r"\bif\b", "because"),
        (r"\bbefore\b", "after"),
        (r"\bmore\b", "less"),
        (r"\bmild ", ""),
        (r"\bup to ", ""),
        (r"\bwithin\b", "after"),
        (r"\d+(?= (?:hours|weeks|minutes|times))", "9"),
        (r"\bweeks\b", "months"),
        (r"\bnow\b", "later"),
        (r"\bemergency\b", "minor"),
        (r"\bStop\b", "Keep"),
    ],
)
def test_a_sentence_changed_in_one_word_that_matters_is_not_supported(said: str, instead: str) -> None:
    changed = [
        (text, text[: match.start()] + instead + text[match.end() :])
        for text in sentences()
        for match in re.finditer(said, text)
        if text[: match.start()].count("(") == text[: match.start()].count(")") and match.group() != instead
    ]
    assert changed
    assert [other for text, other in changed if supports(other, [text]) is None] == []


def test_two_sentences_may_be_joined_and_both_must_be_used() -> None:
    ice = "Apply an ice pack to the hip several times a day."
    heat = "Heat can help hip pain once the first inflammation has settled."
    joined = f"{ice[:-1]}, and {heat[0].lower()}{heat[1:]}"
    assert supports(joined, [ice, heat]) is None
    assert supports(ice, [ice, heat]) is not None
    assert supports(joined, [ice]) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "?",
        "[1]",
        "Which to, as.",
        "It.",
        "🏃",
        "\u202e",
        "a" * 5_000,
        "Hip pain. " * (MOST_CHARACTERS // 5),
        "Is heat good for hip pain?",
    ],
)
def test_what_is_not_a_sentence_is_not_supported(text: str) -> None:
    assert supports(text, ["Heat can help hip pain once the first inflammation has settled."]) is not None


def test_what_cites_nothing_is_not_supported() -> None:
    assert supports("Heat can help.", []) is not None
