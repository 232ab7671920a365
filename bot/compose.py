"""Compose: passages to an answer of whole, verbatim, cited sentences, without a language model; or to a decline."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bot.query import is_content, is_subject
from bot.reply import Citation, CitedSentence, QuotedPassage
from bot.synonyms import load_synonyms
from ingest.lexical import terms, words

if TYPE_CHECKING:
    from bot.query import Query
    from bot.search import Passage, Search
    from ingest.chunk import Sentence
    from guardrails import Verdict
    from ingest.generation import Generation

# How a sentence's score is made up; tuned on the open half of the question set (`make eval`).
SEMANTIC, HEADING, COVERAGE, PASSAGE, INTENT = 0.45, 0.10, 0.25, 0.15, 0.10
# What the warning-sign article says answers questions about warning signs; for others it counts this much.
HELP_ARTICLE = "when-to-get-help"
HELP_FACTOR = 0.85
# A further sentence must score this share of the best one: within the same passage, and in another.
SAME_PASSAGE, OTHER_PASSAGE = 0.65, 0.78
MOST_SENTENCES = 8
MOST_LIST_ITEMS = 9  # a list is shown whole or not at all, up to this many items
MOST_PASSAGES = 4
# Tags of the safety layer for sentences that say to go on, or that all is well.
BOLD = frozenset({"keep_running", "reassure"})
# Two sentences whose vectors are closer than this say the same.
SAME_MEANING = 0.94

# Whether the articles answer at all: a logistic model of four figures, fitted on the open half of the question set by
# `python -m benchmarks.calibrate`; below 0.5 the bot declines.
DECLINE_WEIGHTS = {"semantic": 5.8, "coverage": 4.8, "length": 6.3, "follow_up": 0.7}
DECLINE_BIAS = -6.6
_NO_SUBJECT = 0.5  # coverage of a question whose words are all of talk, such as "what do hips do?"
_LONG = 30  # words; a longer question is no less near to the articles
_LEADING = 5  # sentences, by score, among which the best covered one counts

_FIGURE = re.compile(r"\d|\b(?:half|twice|double|once|daily|weekly)\b", re.IGNORECASE)
_WANTS_FIGURE = re.compile(
    r"\bhow (?:long|many|much|often|soon|far|big|common|high|heavy)\b|\bwhat (?:percentage|proportion|share|number|figure)"
    r"|\bpercent|\bhow (?:quickly|fast)\b|\b(?:sets|reps|repetitions|minutes|weeks|days|hours|miles)\b",
    re.IGNORECASE,
)
_WANTS_TIME = re.compile(r"\bhow (?:long|soon|quickly|fast)\b|\brecovery time|\bheal(?:ing)? time", re.IGNORECASE)
_TIME = re.compile(r"\b(?:hours?|days?|weeks?|months?|minutes?|seconds?)\b", re.IGNORECASE)
_WANTS_STEPS = re.compile(
    r"\bhow (?:do|should|can|to|would)\b.*\b(?:do|perform|set up|position)\b|\bhow to\b|\bhow do (?:i|you)\b",
    re.IGNORECASE,
)
_WANTS_CAUSE = re.compile(r"\bwhy\b|\bcauses?\b|\breasons?\b|\bwhat(?:'s| is) behind\b", re.IGNORECASE)
_CAUSE = re.compile(
    r"\b(?:because|cause[sd]?|due to|leads? to|linked|factors?|triggers?|comes? from|result|contribut\w+|means? that)\b",
    re.IGNORECASE,
)
_WANTS_MEANING = re.compile(
    r"^\W*(?:so )?(?:what(?:'s| is| are| does)|whats|define|meaning of|explain)\b", re.IGNORECASE
)
_MEANING = re.compile(
    r"\b(?:is|are) (?:a|an|the|when|where|any|another|one|small|fluid|where)\b|\bmeans?\b|\bterm\b|\bdescribes?\b",
    re.IGNORECASE,
)
_WANTS_PERMISSION = re.compile(
    r"\b(?:ok|okay|safe|alright|all right|fine|can i|could i|should i|may i|am i able|do i (?:have|need) to|is it bad|bad to)\b"
    r".*\b(?:run|running|runs|train|training|jog|race|racing|keep|carry on|continue|exercise|stop|rest|push)\b"
    r"|\brun(?:ning)? (?:through|with|on)\b.*\b(?:pain|sore|ache|hip)",
    re.I,
)
_PERMISSION = re.compile(
    r"\b(?:continu\w+|keep (?:on )?(?:running|training)|keep going|(?:push|run)(?:ning|ing)? through|stop running|rest from running"
    r"|running the same amount|tolerable|complete rest|still train|stay active|pause)\b",
    re.I,
)
_WANTS_HELP = re.compile(
    r"\b(?:worr(?:y|ied|ying)|serious|danger(?:ous)?|urgent|emergency|red flags?|warning|signs?|a ?& ?e|er|hospital|911|999"
    r"|doctors?|gps?|physio\w*|clinic\w*|specialist|professional|assess\w*|checked|seen?|get help|medical|x-?rays?|scans?)\b",
    re.IGNORECASE,
)
_WANTS_SOURCE = re.compile(
    r"\b(?:who (?:wrote|is|are|says|made|publish\w*)|authors?|written|publish\w*|sources?|contact|phone|telephone|number|e-?mail"
    r"|address|website|based|located|where (?:is|are) (?:the|your)|berghorn|hinge)\b",
    re.IGNORECASE,
)
_OPENS_WITH_REFERENCE = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|however|but|also|instead|for example)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted.

    Attributes:
        passage: 0-based place of its passage in the search.
        place: 0-based place in its passage.
        sentence: the sentence.
        score: how well it answers, about 0 to 1.2.
        vector: its vector, shape (384,).

    """

    passage: int
    place: int
    sentence: Sentence
    score: float
    vector: np.ndarray


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it is cited and checked.

    Attributes:
        confidence: 0 to 1, how sure it is that the articles answer the question.
        chosen: the sentences in reading order, with the place of their passage.

    """

    confidence: float
    chosen: tuple[tuple[Passage, Sentence], ...]


Review = Callable[[Sequence[str]], "Sequence[Verdict]"]


def compose(
    query: Query, found: Search, generation: Generation, rarity: Callable[[str], float], review: Review
) -> Draft:
    """Choose the sentences that answer a query.

    The best sentence comes first, then what stands around it and supports it, then what other passages add. Lists stay
    whole with their lead-in. A sentence that may not be shown is left out before anything is chosen.

    Args:
        query: the question and what was searched for it.
        found: the search.
        generation: where the sentences' vectors are.
        rarity: how rare a word is in English.
        review: the safety layer's verdict on each sentence.

    Returns:
        A draft; `confidence` below 0.5 means the articles do not cover the question.

    """
    candidates = candidates_of(query, found, generation)
    if not candidates:
        return Draft(0.0, ())
    confidence = _confidence(query, found, candidates, rarity, generation.publishers)
    verdicts = review([candidate.sentence.text for candidate in candidates])
    bold = {c.sentence for c, verdict in zip(candidates, verdicts, strict=True) if verdict.tags & BOLD}
    candidates = [candidate for candidate, verdict in zip(candidates, verdicts, strict=True) if verdict.allowed]
    if not candidates:
        return Draft(confidence, ())
    in_order = bool(_WANTS_STEPS.search(query.question))
    arranged = _arranged(_chosen(query, candidates), found.passages, in_order=in_order)
    if _WANTS_PERMISSION.search(query.question):
        arranged = _cautious_first(arranged, bold)
    return Draft(confidence, tuple(arranged))


def candidates_of(query: Query, found: Search, generation: Generation) -> list[Candidate]:
    """Every sentence of the passages found that may be quoted, with its score, in order of the passages."""
    weights = {term: weight * generation.rarity(term) for term, weight in found.terms.items() if is_content(term)}
    own = {term: weight for term, weight in weights.items() if found.terms[term] == 1.0}
    total = sum(own.values()) or 1.0
    wants_help = asks_for_help(found.text)
    wants_source = bool(_WANTS_SOURCE.search(found.text))
    candidates = []
    for number, passage in enumerate(found.passages):
        chunk = passage.chunk
        if chunk.about_source and not wants_source:
            continue
        heading, vectors = generation.part_vectors(passage.row)
        closeness = float(heading @ found.vector)
        header = stems_of(chunk.section)
        for place, sentence in enumerate(chunk.sentences):
            if sentence.kind == "fragment":
                continue
            stems = stems_of(sentence.text)
            covered = sum(
                weight * (1.0 if term in stems else 0.6) for term, weight in weights.items() if term in stems | header
            )
            score = (
                SEMANTIC * float(vectors[place] @ found.vector)
                + HEADING * closeness
                + COVERAGE * min(covered / total, 1.0)
                + PASSAGE * passage.score
                + INTENT * _intent(query.question, sentence)
            ) * (HELP_FACTOR if chunk.article == HELP_ARTICLE and not wants_help else 1.0)
            candidates.append(Candidate(number, place, sentence, score, vectors[place]))
    return candidates


@lru_cache(maxsize=50_000)
def stems_of(text: str) -> frozenset[str]:
    """The stems of a sentence or heading; remembered, because the articles' sentences come up again and again."""
    return frozenset(terms(text))


def asks_for_help(text: str) -> bool:
    """Whether a question is about when to worry, or whom to see."""
    return bool(_WANTS_HELP.search(text))


def _intent(question: str, sentence: Sentence) -> float:
    """How well a sentence's form fits what is asked, -1 to 1."""
    text = sentence.text
    fit = 0.0
    if _WANTS_TIME.search(question):
        fit += 1.0 if _FIGURE.search(text) and _TIME.search(text) else 0.0
    elif _WANTS_FIGURE.search(question):
        fit += 1.0 if _FIGURE.search(text) else 0.0
    if _WANTS_CAUSE.search(question) and _CAUSE.search(text):
        fit += 0.5
    if _WANTS_MEANING.search(question) and _MEANING.search(text):
        fit += 0.6
    if _WANTS_PERMISSION.search(question) and _PERMISSION.search(text):
        fit += 1.0
    if sentence.kind == "lead_in" or text.endswith("?"):
        fit -= 0.5
    if _OPENS_WITH_REFERENCE.match(text):
        fit -= 0.4
    return max(-1.0, min(1.0, fit))


def confidence_features(
    query: Query,
    found: Search,
    candidates: Sequence[Candidate],
    rarity: Callable[[str], float],
    names: frozenset[str] = frozenset(),
) -> dict[str, float]:
    """What the decline is decided on.

    Args:
        query: the question.
        found: the search.
        candidates: every sentence found; at least one.
        rarity: how rare a word is in English; see `ingest.encoder.Encoder.rarity`.
        names: stems of publishers' names, which are no subject.

    Returns:
        semantic: cosine of the question and the nearest sentence; coverage: share (by rarity) of the question's subject
        words that one of the leading sentences and its heading have, or a synonym of, 0 to 1; follow_up: 1 where the question leans on an
        earlier turn, so that its subject is likely a subject of the articles, else 0; length: words searched, by thirty, at most
        1: a wordy question with much around its subject is less near to any sentence.

    """
    subject: dict[str, float] = {}
    for word in words(found.text):
        for stem in terms(word):
            term = found.typos.get(stem, stem)
            if is_subject(term) and term not in names:
                subject[term] = max(subject.get(term, 0.0), rarity(word))
    synonyms = {term: load_synonyms().of(term) for term in subject}
    total = sum(subject.values())
    coverage = 0.0 if total else _NO_SUBJECT
    for candidate in sorted(candidates, key=lambda item: -item.score)[:_LEADING]:
        seen = stems_of(candidate.sentence.text) | stems_of(found.passages[candidate.passage].chunk.section)
        if total:
            covered = sum(weight for term, weight in subject.items() if term in seen or synonyms[term] & seen)
            coverage = max(coverage, covered / total)
    semantic = max(float(candidate.vector @ found.vector) for candidate in candidates)
    return {
        "semantic": semantic,
        "coverage": coverage,
        "length": min(len(words(found.text)), _LONG) / _LONG,
        "follow_up": float(query.follow_up),
    }


def _confidence(
    query: Query,
    found: Search,
    candidates: Sequence[Candidate],
    rarity: Callable[[str], float],
    names: frozenset[str],
) -> float:
    features = confidence_features(query, found, candidates, rarity, names)
    total = DECLINE_BIAS + sum(DECLINE_WEIGHTS[name] * value for name, value in features.items())
    return float(1 / (1 + np.exp(-total)))


def _chosen(query: Query, candidates: Sequence[Candidate]) -> list[Candidate]:
    ranked = sorted(candidates, key=lambda candidate: -candidate.score)
    best = next((c for c in ranked if c.sentence.kind != "lead_in"), ranked[0])
    chosen: list[Candidate] = []
    passages: list[int] = []
    for candidate in [best, *ranked]:
        if candidate in chosen:
            continue
        unit = _unit(candidate, candidates)
        # The paragraph of the best sentence is one idea; it is shown whole.
        if not (candidate.passage == best.passage and candidate.sentence.block == best.sentence.block):
            share = SAME_PASSAGE if candidate.passage == best.passage else OTHER_PASSAGE
            if candidate.score < share * best.score or any(_says_the_same(candidate, other) for other in chosen):
                continue
        if candidate.passage not in passages and len(passages) == MOST_PASSAGES:
            continue
        fresh = [item for item in unit if item not in chosen]
        limit = MOST_SENTENCES + (MOST_LIST_ITEMS - 2 if len(unit) > 1 else 0)
        if chosen and len(chosen) + len(fresh) > limit:
            continue
        chosen += fresh
        if candidate.passage not in passages:
            passages.append(candidate.passage)
        if len(chosen) >= MOST_SENTENCES:
            break
    if _WANTS_STEPS.search(query.question):
        chosen = _with_steps(best, chosen, candidates)
    # A lead-in whose list may not be shown, or does not fit, promises what does not follow.
    lists = {(c.passage, c.sentence.group) for c in chosen if c.sentence.kind == "item"}
    return [c for c in chosen if c.sentence.kind != "lead_in" or (c.passage, c.sentence.group) in lists]


def _unit(candidate: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The sentence, or the whole list it belongs to with the lead-in, where that is short enough to show."""
    group = candidate.sentence.group
    if group is None:
        return [candidate]
    whole = [c for c in candidates if c.passage == candidate.passage and c.sentence.group == group]
    if len({c.sentence.block for c in whole}) <= MOST_LIST_ITEMS:
        return whole
    lead_in = [c for c in whole if c.sentence.kind == "lead_in"]
    return [*lead_in, candidate] if candidate not in lead_in else lead_in


def _with_steps(best: Candidate, chosen: list[Candidate], candidates: Sequence[Candidate]) -> list[Candidate]:
    """For "how do I do it": the whole passage of the best sentence, so that no step is lost."""
    section = [c for c in candidates if c.passage == best.passage]
    if len(section) > MOST_SENTENCES + 2:
        return chosen
    others = [c for c in chosen if c.passage != best.passage]
    return [*section, *others[: max(0, MOST_SENTENCES - len(section))]]


def _says_the_same(one: Candidate, other: Candidate) -> bool:
    return float(one.vector @ other.vector) > SAME_MEANING * float(
        np.linalg.norm(one.vector) * np.linalg.norm(other.vector)
    )


def _arranged(
    chosen: Sequence[Candidate], passages: Sequence[Passage], *, in_order: bool
) -> list[tuple[Passage, Sentence]]:
    """Reading order: passages by their best sentence; in a passage, the paragraph of the best first, then as in the text.

    With `in_order`, as in the text throughout: steps must not change places.
    """
    best: dict[int, Candidate] = {}
    for candidate in chosen:
        if candidate.passage not in best or candidate.score > best[candidate.passage].score:
            best[candidate.passage] = candidate
    arranged: list[tuple[Passage, Sentence]] = []
    for number in sorted(best, key=lambda passage: -best[passage].score):
        lead = best[number].sentence

        def order(candidate: Candidate, lead: Sentence = lead) -> tuple[bool, int]:
            same = candidate.sentence.block == lead.block or (
                lead.group is not None and candidate.sentence.group == lead.group
            )
            return not (same or in_order), candidate.place

        part = sorted((c for c in chosen if c.passage == number), key=order)
        arranged += [(passages[number], candidate.sentence) for candidate in part]
    return arranged


def _cautious_first(arranged: list[tuple[Passage, Sentence]], bold: set[Sentence]) -> list[tuple[Passage, Sentence]]:
    """Where articles differ on running with pain: passages that hold back come before passages that say to go on."""
    daring = {passage.row for passage, sentence in arranged if sentence in bold}
    return sorted(arranged, key=lambda item: item[0].row in daring)


def cite(
    chosen: Sequence[tuple[Passage, Sentence]], generation: Generation, first: int = 1
) -> tuple[list[CitedSentence], list[Citation]]:
    """Give chosen sentences their citations: one a sentence, quoting it whole at its place.

    Args:
        chosen: sentences with their passages, in reading order.
        generation: holds the articles' texts.
        first: number of the first citation.

    """
    sentences: list[CitedSentence] = []
    citations: list[Citation] = []
    before: tuple[Passage, Sentence] | None = None
    paragraph = 0
    for passage, sentence in chosen:
        article = generation.article(passage.chunk.article)
        if article is None:
            continue
        n = first + len(citations)
        citations.append(
            Citation(
                n=n,
                article=article.id,
                title=article.title,
                section=passage.chunk.section,
                start=sentence.start,
                end=sentence.end,
                quote=article.text[sentence.start : sentence.end],
                publisher=article.publisher,
                updated=article.updated,
            )
        )
        same_list = before is not None and sentence.group is not None and sentence.group == before[1].group
        if before is not None and (
            passage.row != before[0].row or (sentence.block != before[1].block and not same_list)
        ):
            paragraph += 1
        sentences.append(CitedSentence(sentence.text, (n,), paragraph, bullet=sentence.kind == "item"))
        before = (passage, sentence)
    return sentences, citations


def quoted_passages(
    chosen: Sequence[tuple[Passage, Sentence]], citations: Sequence[Citation]
) -> tuple[QuotedPassage, ...]:
    """The passages that citations stand in, whole, each once, in order of their first number."""
    numbers = {(citation.article, citation.start): citation for citation in citations}
    passages: dict[int, QuotedPassage] = {}
    for passage, sentence in chosen:
        chunk = passage.chunk
        citation = numbers.get((chunk.article, sentence.start))
        if citation is None or passage.row in passages:
            continue
        quoted = [(other.text, numbers.get((chunk.article, other.start))) for other in chunk.sentences]
        passages[passage.row] = QuotedPassage(
            chunk.article,
            chunk.title,
            chunk.section,
            citation.publisher,
            citation.updated,
            tuple((text, found.n if found else None) for text, found in quoted),
        )
    return tuple(sorted(passages.values(), key=lambda passage: passage.numbers))
