"""How good the answers are: the facts they show, what is declined, what they cite, how long they are."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.sets import TODAY, Record, read, share
from bot.chain import CONFIDENT, Bot
from bot.gate import Gate
from bot.matcher import open_matcher
from bot.reply import Reply
from guardrails import Guardrails, Level
from ingest.library import Library
from ingest.pipeline import Ingestion

SEEDS = Path(__file__).resolve().parents[2] / "shared" / "seeds"
POLICY = "policy"  # the source of questions that only the warning-sign article answers
# Which article holds what of the five source texts.
WRITTEN_FROM = {
    "hip-pain-location-and-load": "000",
    "causes-warning-signs-and-exercises": "001",
    "hip-strength-injuries-and-training-load": "002",
    "adjusting-runs-during-a-flare-up": "003",
    "hip-pain-after-running": "004",
    "when-to-get-help": POLICY,
}


class Recorded(Gate):
    """The gate, keeping the likelihoods of the last reply."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []

    def likelihood(self, question: str, before: str, evidence: Sequence[str]) -> float:
        """As the gate's."""
        self.seen.append(super().likelihood(question, before, evidence))
        return self.seen[-1]


@dataclass
class AnswerScore:
    """Answers against what they should show.

    Attributes:
        facts: shown and expected.
        whole: questions with all facts shown, and all questions.
        declined: declined though covered.
        answered: answered though not covered, and all not covered.
        sentences: sentences of each answer.
        characters: length of each answer, markers left out.
        cited: sentences shown from an article that the question's writer named as its source, and all sentences shown.
        sources: articles named as source that are cited, and all articles named.
        kinds: facts shown and expected by kind of question; for what is not covered, answered and all.
        sure: for each question, whether it is covered and the gate's likelihood, where the gate was asked.
        misses: readable lines.

    """

    facts: list[int] = field(default_factory=lambda: [0, 0])
    whole: list[int] = field(default_factory=lambda: [0, 0])
    declined: int = 0
    answered: list[int] = field(default_factory=lambda: [0, 0])
    flagged: int = 0
    sentences: list[int] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)
    cited: list[int] = field(default_factory=lambda: [0, 0])
    sources: list[int] = field(default_factory=lambda: [0, 0])
    kinds: dict[str, list[int]] = field(default_factory=dict)
    sure: list[tuple[bool, float]] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    def add(self, record: Record, reply: Reply, sure: Sequence[float]) -> None:
        """Score one reply."""
        self.flagged += reply.assessment.level > Level.NONE
        self.sure += [(record["answered"], max(sure))] if sure else []
        kind = self.kinds.setdefault(record["kind"], [0, 0])
        if not record["answered"]:
            for score in (self.answered, kind):
                score[0] += reply.answered
                score[1] += 1
            if reply.answered:
                self.misses.append(
                    f"{record['id']} answered though not covered: {record['turns']} {sure} -> {reply.text[:160]!r}"
                )
            return
        shown = " ".join(sentence.text for sentence in reply.sentences)
        hits = [any(re.search(pattern, shown, re.IGNORECASE) for pattern in fact) for fact in record["facts"]]
        for score in (self.facts, kind):
            score[0] += sum(hits)
            score[1] += len(hits)
        self.whole[0] += all(hits) and reply.answered
        self.whole[1] += 1
        self.declined += not reply.answered
        if reply.answered:
            self.sentences.append(len(reply.answer))
            self.characters.append(sum(len(sentence.text) + 1 for sentence in reply.answer))
            self._add_sources(set(record.get("source") or ()), reply)
        if not all(hits) or not reply.answered:
            state = "" if reply.answered else f"DECLINED {sure} "
            self.misses.append(f"{record['id']} {state}{record['turns']} lacks {hits.count(False)}: {shown!r}")

    def _add_sources(self, named: set[str], reply: Reply) -> None:
        articles = {
            citation.n: WRITTEN_FROM.get(citation.article, citation.article[:3]) for citation in reply.citations
        }
        shown = [articles[sentence.citations[0]] for sentence in reply.answer]
        if named:
            self.cited[0] += sum(article in named for article in shown)
            self.cited[1] += len(shown)
            self.sources[0] += len(named & set(articles.values()))
            self.sources[1] += len(named)

    def lines(self) -> list[str]:
        """The scores, a line each."""
        lines = []
        by_kind = ", ".join(f"{kind} {a}/{b}" for kind, (a, b) in sorted(self.kinds.items()))
        if self.facts[1]:
            lines += [
                f"  facts shown {share(*self.facts)}; all facts shown {share(*self.whole)}",
                f"  declined though covered {share(self.declined, self.whole[1])}",
                (
                    f"  an answer has {median(self.sentences):.0f} sentences and {median(self.characters):.0f} characters "
                    f"(medians; at most {max(self.sentences)} and {max(self.characters)})"
                ),
                (
                    f"  citations: of a source its writer named {share(*self.cited)}; sources named that are cited "
                    f"{share(*self.sources)}"
                ),
                f"  facts by kind: {by_kind}",
            ]
        if self.answered[1]:
            lines += [f"  answered though not covered {share(*self.answered)}", f"  by kind: {by_kind}"]
        lines.append(f"  a red flag was seen in {self.flagged} (these are general questions: 0 is right)")
        return lines


def citation_faults(reply: Reply, texts: dict[str, str]) -> int:
    """How many sentences of a reply are not word for word at the place they cite."""
    citations = {citation.n: citation for citation in reply.citations}
    faults = 0
    for sentence in reply.sentences:
        cited = [citations[n] for n in sentence.citations]
        faults += not cited or any(
            texts[c.article][c.start : c.end] != c.quote or sentence.text not in _bare(c.quote) for c in cited
        )
    return faults


def _bare(quote: str) -> str:
    """A quote without the marks of Markdown."""
    return re.sub(r"\*\*|__|`", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", quote))


def evaluate_answers(corpus: Path, *, misses: bool) -> None:
    """Print the scores of answers from a folder of articles, indexed anew."""
    with tempfile.TemporaryDirectory() as work:
        Ingestion(corpus, Path(work)).run()
        gate = Recorded()
        bot = Bot(Library(Path(work)), Guardrails.load(matcher=open_matcher()), today=TODAY, gate=gate)
        with bot.library.generation() as generation:
            ids = generation.store.article_ids()
            texts = {name: article.text for name in ids if (article := generation.article(name))}
        has_policy = any(WRITTEN_FROM.get(name) == POLICY for name in ids)
        print(f"\nanswers from {corpus.name}/, {len(ids)} articles")
        sure: dict[str, list[tuple[bool, float]]] = {"open": [], "blind": []}
        faults = sentences = 0
        for name in ("questions", "conversations", "out_of_scope"):
            for half in ("open", "blind"):
                score = AnswerScore()
                for record in read(f"{name}_{half}"):
                    if not has_policy and record.get("source") == [POLICY]:
                        continue
                    gate.seen.clear()
                    reply = bot.reply(record["turns"])
                    faults += citation_faults(reply, texts)
                    sentences += len(reply.sentences)
                    score.add(record, reply, gate.seen)
                sure[half] += score.sure
                print(f"{name}, {half} half")
                print("\n".join(score.lines()))
                if misses and half == "open":
                    print("\n".join(score.misses))
        print(f"sentences not word for word where they are cited: {faults} of {sentences}")
        print("\n".join(thresholds(sure["open"])))


def thresholds(sure: Sequence[tuple[bool, float]]) -> list[str]:
    """What other thresholds of the gate would decline, of what reaches it; a line each."""
    covered = [likelihood for is_covered, likelihood in sure if is_covered]
    other = [likelihood for is_covered, likelihood in sure if not is_covered]
    lines = [f"the gate on the open halves (it declines below {CONFIDENT}):"]
    for threshold in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        wrongly = sum(likelihood < threshold for likelihood in covered)
        rightly = sum(likelihood < threshold for likelihood in other)
        lines.append(
            f"  below {threshold:.2f}: covered {share(wrongly, len(covered))}, not covered {share(rightly, len(other))}"
        )
    return lines
