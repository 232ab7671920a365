"""How good the answers are: the facts they show, what is declined, what they cite, how long they are."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.sets import TODAY, Record, read, share
from bot.chain import Bot
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
        held_back: of the declined, how many by a red flag that was seen.
        misses: readable lines.

    """

    facts: list[int] = field(default_factory=lambda: [0, 0])
    whole: list[int] = field(default_factory=lambda: [0, 0])
    declined: int = 0
    held_back: int = 0
    answered: list[int] = field(default_factory=lambda: [0, 0])
    flagged: int = 0
    sentences: list[int] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)
    cited: list[int] = field(default_factory=lambda: [0, 0])
    sources: list[int] = field(default_factory=lambda: [0, 0])
    kinds: dict[str, list[int]] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def add(self, record: Record, reply: Reply) -> None:
        """Score one reply."""
        self.flagged += reply.assessment.level > Level.NONE
        kind = self.kinds.setdefault(record["kind"], [0, 0])
        if not record["answered"]:
            for score in (self.answered, kind):
                score[0] += reply.answered
                score[1] += 1
            if reply.answered:
                self.misses.append(
                    f"{record['id']} answered though not covered: {record['turns']} {reply.confidence} -> {reply.text[:160]!r}"
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
        self.held_back += not reply.answered and reply.assessment.level >= Level.URGENT
        if reply.answered:
            self.sentences.append(len(reply.answer))
            self.characters.append(sum(len(sentence.text) + 1 for sentence in reply.answer))
            self._add_sources(set(record.get("source") or ()), reply)
        if not all(hits) or not reply.answered:
            state = "" if reply.answered else f"DECLINED {reply.confidence} "
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
                f"  declined though covered {share(self.declined, self.whole[1])}, {self.held_back} of them for a red flag",
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


@dataclass
class ReadingScore:
    """Last turns read as they are meant: alone, or together with the turn before.

    Attributes:
        drawn: for each kind (`alone`, `leans`) how many were searched with words of earlier turns, and how many there were.
        shown: for each way of leaning, and for `alone`, how often the answer shows the sentence that the question as it is
            meant, asked alone, is answered with first (or declines as that does), and how many there were.
        misses: readable lines.

    """

    drawn: dict[str, list[int]] = field(default_factory=dict)
    shown: dict[str, list[int]] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def add(self, record: Record, reply: Reply, meant: Reply) -> None:
        """Score one reply by the reply to the question as it is meant."""
        drew = not record["turns"][-1].endswith(reply.searched_for)
        right = reply.answered == meant.answered and (
            not meant.answer or meant.answer[0].text in {sentence.text for sentence in reply.answer}
        )
        for score, key, hit in ((self.drawn, record["kind"], drew), (self.shown, record["way"], right)):
            counts = score.setdefault(key, [0, 0])
            counts[0] += hit
            counts[1] += 1
        if drew != (record["kind"] == "leans") or not right:
            self.misses.append(
                f"{record['id']} {record['kind']} {'' if right else 'OTHER ANSWER '}{record['turns']} searched for "
                f"{reply.searched_for!r} -> {reply.text[:120]!r}"
            )

    def lines(self) -> list[str]:
        """The scores, a line each."""
        leaning = [counts for way, counts in self.shown.items() if way != "alone"]
        ways = ", ".join(f"{way} {a}/{b}" for way, (a, b) in sorted(self.shown.items()) if way != "alone")
        drawn, whole = self.drawn["alone"]
        return [
            f"  complete questions read alone {share(whole - drawn, whole)}, answered as alone {share(*self.shown['alone'])}",
            (
                f"  follow-ups read with the turn before {share(*self.drawn['leans'])}, answered as meant "
                f"{share(sum(a for a, _ in leaning), sum(b for _, b in leaning))}"
            ),
            f"  by way of leaning: {ways}",
        ]


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
    """A quote without the marks of Markdown, with single spaces."""
    return " ".join(re.sub(r"\*\*|__|`", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", quote)).split())


def evaluate_answers(corpus: Path, *, misses: bool) -> None:
    """Print the scores of answers from a folder of articles, indexed anew."""
    with tempfile.TemporaryDirectory() as work:
        Ingestion(corpus, Path(work)).run()
        bot = Bot(Library(Path(work)), Guardrails.load(matcher=open_matcher()), today=TODAY)
        with bot.library.generation() as generation:
            ids = generation.store.article_ids()
            texts = {name: article.text for name in ids if (article := generation.article(name))}
        has_policy = any(WRITTEN_FROM.get(name) == POLICY for name in ids)
        print(f"\nanswers from {corpus.name}/, {len(ids)} articles")
        faults = sentences = 0
        for name in ("questions", "conversations", "out_of_scope"):
            for half in ("open", "blind"):
                score = AnswerScore()
                for record in read(f"{name}_{half}"):
                    if not has_policy and record.get("source") == [POLICY]:
                        continue
                    reply = bot.reply(record["turns"])
                    faults += citation_faults(reply, texts)
                    sentences += len(reply.sentences)
                    score.add(record, reply)
                print(f"{name}, {half} half")
                print("\n".join(score.lines()))
                if misses and half == "open":
                    print("\n".join(score.misses))
        for half in ("open", "blind"):
            reading = ReadingScore()
            for record in read(f"readings_{half}"):
                reading.add(record, bot.reply(record["turns"]), bot.reply([record["means"]]))
            print(f"readings of the last turn, {half} half")
            print("\n".join(reading.lines()))
            if misses and half == "open":
                print("\n".join(reading.misses))
        print(f"sentences not word for word where they are cited: {faults} of {sentences}")
