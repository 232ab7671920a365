"""How good the guardrails and the answers are on the development sets, open and blind halves apart.

python -m benchmarks.evaluate [--only guardrails|answers] [--corpus DIR ...] [--misses]

The matcher was taught on the open and fresh messages, its thresholds were set on the calibration messages; those are also
followed by turns that hold, or take back, what they report, and changed in ways that should not matter. The answers' weights
were taught on questions of their own, confidence on the open halves: what counts is the blind half. Answers are measured on the
project's articles and, where they are at hand, on the five source texts as their sites served them; `--corpus` names others.
`--misses` prints what went wrong in the open halves; the blind halves are only ever scored.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from benchmarks.answers import SEEDS, evaluate_answers
from benchmarks.changes import evaluate_changes
from benchmarks.sets import SETS, TODAY, Record, read, share
from bot.matcher import open_matcher
from guardrails import Guardrails, Level
from settings import load_settings

FOLLOWED = 4  # reports that each next turn is put behind
AFTERWARDS = 800  # reports that a harmless conversation is put behind
CHANGED = 250  # reports that are changed in every way of benchmarks/changes.py
KIND = 10  # conversations of a kind from which on its score is printed


@dataclass
class LevelScore:
    """Guardrail levels against the labels.

    Attributes:
        counts: (expected, given) level pairs.
        codes: for each code how often it was expected, and how often raised where expected.
        alarms: for each kind (first tag) of harmless conversation how many there were, and how many raised a flag.
        lost: the same of conversations that report, and how many got a lower level.
        misses: readable lines.

    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    codes: dict[str, list[int]] = field(default_factory=dict)
    alarms: dict[str, list[int]] = field(default_factory=dict)
    lost: dict[str, list[int]] = field(default_factory=dict)
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
        kinds = self.alarms if expected == "none" else self.lost
        score = kinds.setdefault((record["tags"] or ["other"])[0], [0, 0])
        score[0] += 1
        score[1] += given != "none" if expected == "none" else assessment.level < Level.parse(expected)
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
            for name, kinds in (("false alarms", self.alarms), ("lost", self.lost)):
                large = sorted((kind for kind in kinds if kinds[kind][0] >= KIND), key=lambda kind: -kinds[kind][0])
                lines.append(f"  {name}: " + ", ".join(f"{kind} {kinds[kind][1]}/{kinds[kind][0]}" for kind in large))
        return lines


def evaluate_guardrails(*, misses: bool) -> None:
    """Print the guardrails' scores: rules alone, and with the matcher."""
    matcher = open_matcher()
    plain, whole = Guardrails.load(), Guardrails.load(matcher=matcher)
    raising = Guardrails.load(matcher=matcher)
    if raising.reader:
        raising.reader.thresholds = replace(
            raising.reader.thresholds, doubt=0.0, doubt_urgent=0.0, doubt_emergency=0.0, doubt_grave=0.0
        )
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
    evaluate_following(whole, misses=misses)
    for name, guardrails in (("rules alone", plain), ("as it is", whole)):
        print(f"guardrails, {CHANGED} reports changed in ways that should not lower them, {name}")
        evaluate_changes(guardrails, CHANGED)


def evaluate_following(guardrails: Guardrails, *, misses: bool) -> None:
    """Print what next turns do to reports of the calibration messages: some must hold them, the others take all back."""
    reports = [record["messages"] for record in read("messages_calibration") if record["level"] != "none"]
    for name, meant in (("holding", "lowered"), ("taking_back", "withdrawn")):
        lines = (SETS / f"{name}_calibration.txt").read_text(encoding="utf-8").splitlines()
        rng, count = Random(0), 0
        pairs = [(before, line) for line in lines for before in rng.sample(reports, FOLLOWED)]
        for before, line in pairs:
            then, level = (
                guardrails.assess([*before, line], today=TODAY).level,
                guardrails.assess(before, today=TODAY).level,
            )
            changed = then < level if name == "holding" else then == Level.NONE
            count += changed
            if misses and changed == (name == "holding"):
                print(f"{level.label} -> {then.label}: {before} | {line}")
        print(f"guardrails, a next turn {name.replace('_', ' ')}: {count} of {len(pairs)} reports {meant}")
    talks: dict[str, list[list[str]]] = {"harmless from beginning to end": [], "harmless only in the end": []}
    for turns in (record["messages"] for record in read("messages_calibration") if record["level"] == "none"):
        levels = [guardrails.assess(turns[:end], today=TODAY).level for end in range(1, len(turns) + 1)]
        if not levels[-1]:
            talks["harmless only in the end" if any(levels) else "harmless from beginning to end"].append(turns)
    for name, chats in talks.items():
        rng, count = Random(0), 0
        for before in rng.sample(reports, AFTERWARDS):
            after = rng.choice(chats)
            then = guardrails.assess([*before, *after], today=TODAY).level
            lowered = then < guardrails.assess(before, today=TODAY).level
            count += lowered
            if misses and lowered:
                print(f"lowered: {before} | {after}")
        print(f"guardrails, a conversation {name} after it: {count} of {AFTERWARDS} reports lowered")


def main() -> None:
    """Run the evaluation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="print what went wrong in the open halves")
    parser.add_argument("--only", choices=["guardrails", "answers"], help="measure one of the two")
    parser.add_argument(
        "--corpus", type=Path, action="append", help="folder of articles to answer from; may be repeated"
    )
    arguments = parser.parse_args()
    if arguments.only != "answers":
        evaluate_guardrails(misses=arguments.misses)
    if arguments.only != "guardrails":
        corpora = arguments.corpus or [load_settings().corpus, *([SEEDS] if SEEDS.is_dir() else [])]
        for corpus in corpora:
            evaluate_answers(corpus.resolve(), misses=arguments.misses)


if __name__ == "__main__":
    main()
