"""How good the guardrails and the answers are on the development sets, open and blind halves apart.

The matcher was taught on the open messages, its thresholds were set on the calibration messages: what counts is the blind half.

python -m benchmarks.evaluate [--misses] [--index DIR]

`--misses` prints what went wrong in the open halves; the blind halves are only ever scored.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.chain import Bot
from bot.matcher import open_matcher
from bot.reply import Reply
from guardrails import Guardrails, Level
from settings import load_settings

SETS = Path(__file__).parent / "sets"
TODAY = date(2026, 11, 25)  # the day the sets were written: "since Easter" is counted from it
Record = dict[str, Any]


def read(name: str) -> list[Record]:
    """The records of a set."""
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def share(part: int, whole: int) -> str:
    """A share as text."""
    return f"{part}/{whole} = {part / whole:.1%}" if whole else "-"


@dataclass
class LevelScore:
    """Guardrail levels against the labels.

    Attributes:
        counts: (expected, given) level pairs.
        codes: for each code how often it was expected, and how often raised where expected.
        alarms: for each kind of harmless conversation how many there were, and how many raised a flag.
        misses: readable lines.

    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    codes: dict[str, list[int]] = field(default_factory=dict)
    alarms: dict[str, list[int]] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def add(self, record: Record, guardrails: Guardrails) -> None:
        """Assess one record."""
        assessment = guardrails.assess(record["messages"], today=TODAY)
        expected, given = record["level"], assessment.level.label
        self.counts[expected, given] += 1
        raised = {flag.code for flag in assessment.flags}
        for code in record["codes"]:
            score = self.codes.setdefault(code, [0, 0])
            score[0] += 1
            score[1] += code in raised
        if expected == "none":
            score = self.alarms.setdefault((record["tags"] or ["other"])[0], [0, 0])
            score[0] += 1
            score[1] += given != "none"
        if given != expected:
            why = ", ".join(f"{flag.code} {flag.rule} {flag.evidence}" for flag in assessment.flags)
            self.misses.append(f"{record['id']} expected {expected}, got {given}: {record['messages']} {why}")

    def lines(self, *, detail: bool) -> list[str]:
        """The scores, a line each."""
        lines = ["  level       right level          at least that        some step-in"]
        for level in ("emergency", "urgent", "soon"):
            row = {given: count for (expected, given), count in self.counts.items() if expected == level}
            whole = sum(row.values())
            least = sum(count for given, count in row.items() if Level.parse(given) >= Level.parse(level))
            lines.append(
                f"  {level:10}  {share(row.get(level, 0), whole):20} {share(least, whole):20} "
                f"{share(whole - row.get('none', 0), whole)}"
            )
        quiet = {given: count for (expected, given), count in self.counts.items() if expected == "none"}
        whole = sum(quiet.values())
        false = ", ".join(f"{level} {share(quiet.get(level, 0), whole)}" for level in ("emergency", "urgent", "soon"))
        lines.append(f"  false alarms {share(whole - quiet.get('none', 0), whole)} ({false})")
        if detail:
            order = sorted(self.codes, key=lambda code: ("EUS".index(code[0]), int(code[1:])))
            lines.append(
                "  codes: " + ", ".join(f"{code} {self.codes[code][1]}/{self.codes[code][0]}" for code in order)
            )
            kinds = sorted(self.alarms, key=lambda kind: -self.alarms[kind][0])[:16]
            lines.append(
                "  false alarms: "
                + ", ".join(f"{kind} {self.alarms[kind][1]}/{self.alarms[kind][0]}" for kind in kinds)
            )
        return lines


def evaluate_guardrails(*, misses: bool) -> None:
    """Print the guardrails' scores: rules alone, and with the matcher."""
    matcher = open_matcher()
    plain, whole = Guardrails.load(), Guardrails.load(matcher=matcher)
    raising = Guardrails.load(matcher=matcher)
    if raising.reader:
        raising.reader.thresholds = replace(raising.reader.thresholds, doubt=0.0, doubt_urgent=0.0, doubt_emergency=0.0)
    for half in ("open", "calibration", "blind"):
        records = read(f"messages_{half}")
        for name, guardrails in (("rules alone", plain), ("matcher that only raises", raising), ("as it is", whole)):
            score = LevelScore()
            for record in records:
                score.add(record, guardrails)
            print(f"guardrails, {half} half ({len(records)} conversations), {name}")
            print("\n".join(score.lines(detail=guardrails is whole)))
            if misses and half == "open" and guardrails is whole:
                print("\n".join(score.misses))


@dataclass
class AnswerScore:
    """Answers against the facts they should show.

    Attributes:
        facts: shown and expected.
        whole: questions with all facts shown, and all questions.
        declined: declined though covered.
        answered: answered though not covered, and all not covered.
        lengths: sentences an answer.
        kinds: facts shown and expected by kind.
        misses: readable lines.

    """

    facts: list[int] = field(default_factory=lambda: [0, 0])
    whole: list[int] = field(default_factory=lambda: [0, 0])
    declined: int = 0
    answered: list[int] = field(default_factory=lambda: [0, 0])
    flagged: int = 0
    lengths: list[int] = field(default_factory=list)
    kinds: dict[str, list[int]] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)

    def add(self, record: Record, reply: Reply) -> None:
        """Score one reply."""
        self.flagged += reply.assessment.level > Level.NONE
        if not record["answered"]:
            self.answered[0] += reply.answered
            self.answered[1] += 1
            if reply.answered:
                self.misses.append(
                    f"{record['id']} answered though not covered: {record['turns']} -> {reply.text[:160]!r}"
                )
            return
        shown = " ".join(sentence.text for sentence in reply.sentences)
        hits = [any(re.search(pattern, shown, re.IGNORECASE) for pattern in fact) for fact in record["facts"]]
        kind = self.kinds.setdefault(record["kind"], [0, 0])
        for score in (self.facts, kind):
            score[0] += sum(hits)
            score[1] += len(hits)
        self.whole[0] += all(hits) and reply.answered
        self.whole[1] += 1
        self.declined += not reply.answered
        self.lengths.append(len(reply.sentences))
        if not all(hits) or not reply.answered:
            state = "" if reply.answered else "DECLINED "
            self.misses.append(f"{record['id']} {state}{record['turns']} lacks {hits.count(False)}: {shown[:200]!r}")

    def lines(self) -> list[str]:
        """The scores, a line each."""
        lines = []
        if self.facts[1]:
            lines += [
                f"  facts shown {share(*self.facts)}; all facts shown {share(*self.whole)}",
                f"  declined though covered {share(self.declined, self.whole[1])}",
                f"  sentences an answer: {sum(self.lengths) / len(self.lengths):.1f} on average, {max(self.lengths)} at most",
                "  by kind: " + ", ".join(f"{kind} {a}/{b}" for kind, (a, b) in sorted(self.kinds.items())),
            ]
        if self.answered[1]:
            lines.append(f"  answered though not covered {share(*self.answered)}")
        lines.append(f"  a red flag was seen in {self.flagged} (these are general questions: 0 is right)")
        return lines


def citation_faults(reply: Reply, texts: dict[str, str]) -> int:
    """How many sentences of a reply are not word for word at the place they cite."""
    citations = {citation.n: citation for citation in reply.citations}
    faults = 0
    for sentence in reply.sentences:
        cited = [citations[n] for n in sentence.citations]
        faults += not cited or any(
            texts[c.article][c.start : c.end] != c.quote or c.quote != sentence.text for c in cited
        )
    return faults


def evaluate_answers(bot: Bot, corpus: Path, *, misses: bool) -> None:
    """Print the answers' scores."""
    texts = {
        path.relative_to(corpus).with_suffix("").as_posix(): path.read_text("utf-8") for path in corpus.rglob("*.md")
    }
    faults = sentences = 0
    for name in ("questions", "conversations", "out_of_scope"):
        for half in ("open", "blind"):
            score = AnswerScore()
            for record in read(f"{name}_{half}"):
                reply = bot.reply(record["turns"])
                faults += citation_faults(reply, texts)
                sentences += len(reply.sentences)
                score.add(record, reply)
            print(f"answers, {name}, {half} half")
            print("\n".join(score.lines()))
            if misses and half == "open":
                print("\n".join(score.misses))
    print(f"sentences not word for word where they are cited: {faults} of {sentences}")


def main() -> None:
    """Run the evaluation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="print what went wrong in the open halves")
    parser.add_argument("--only", choices=["guardrails", "answers"], help="measure one of the two")
    parser.add_argument("--index", type=Path, help="folder of the index")
    arguments = parser.parse_args()
    settings = load_settings()
    if arguments.index:
        settings = settings.model_copy(update={"index": arguments.index.resolve()})
    if arguments.only != "answers":
        evaluate_guardrails(misses=arguments.misses)
    if arguments.only != "guardrails":
        bot = Bot.open(settings)
        bot.today = TODAY
        evaluate_answers(bot, settings.corpus, misses=arguments.misses)


if __name__ == "__main__":
    main()
