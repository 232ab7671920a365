"""How well the bot lists what it was told: `python -m benchmarks.told [--misses]`.

The conversations are in `benchmarks/sets/told_open.yaml` and `told_blind.yaml`. An item that was listed is right if it is in the
right group and overlaps the words that should be there. Of the blind half only the totals are for looking at, so
`--misses` names those of the open half alone.
"""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.factors import BETTER, WORSE
from bot.told import NOT_SO, OTHER, SINCE, WHERE, Said, Told, tell
from guardrails import Guardrails

SETS = Path(__file__).parent / "sets"
GROUPS = (WHERE, SINCE, WORSE, BETTER, OTHER, NOT_SO)
TODAY = date(2026, 11, 29)


def conversations(half: str) -> list[dict[str, Any]]:
    """The conversations of a half, `open` or `blind`."""
    entries: list[dict[str, Any]] = yaml.safe_load((SETS / f"told_{half}.yaml").read_text(encoding="utf-8"))
    return entries


def compare(entry: dict[str, Any], told: Told) -> tuple[Counter[str], list[str]]:
    """Count what was found, missed and wrongly listed in each group (`worse found`, …); name what is not right."""
    counts: Counter[str] = Counter()
    notes = []
    for group in GROUPS:
        wanted = [_place(entry["turns"], words) for words in entry.get(group, ())]
        listed = told.said[group]
        for turn, start, end in wanted:
            found = any(_overlaps(one, turn, start, end) for one in listed)
            counts[f"{group} {'found' if found else 'missed'}"] += 1
            if not found:
                notes.append(f"{group} misses “{entry['turns'][turn][start:end]}”")
        for one in listed:
            right = any(_overlaps(one, *place) for place in wanted)
            counts[f"{group} {'right' if right else 'wrong'}"] += 1
            if not right:
                notes.append(f"{group} lists “{one.words}”")
    right = told.about == entry.get("who", "self")
    counts[f"who {'right' if right else 'wrong'}"] += 1
    return counts, notes if right else [*notes, f"who is {told.about}"]


def _place(turns: list[str], words: str) -> tuple[int, int, int]:
    for number, turn in enumerate(turns):
        if words in turn:
            return number, turn.index(words), turn.index(words) + len(words)
    raise ValueError(f"“{words}” stands in none of {turns}: mend the set")


def _overlaps(one: Said, turn: int, start: int, end: int) -> bool:
    return one.turn == turn and one.start < end and start < one.end


def main() -> None:
    """Print recall and precision for each group, both halves."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.told", description=__doc__)
    parser.add_argument("--misses", action="store_true", help="name what is not right in the open half")
    misses = parser.parse_args().misses
    guardrails = Guardrails.load()
    for half in ("open", "blind"):
        total: Counter[str] = Counter()
        entries = conversations(half)
        for entry in entries:
            counts, notes = compare(entry, tell(guardrails, entry["turns"], TODAY))
            total += counts
            if misses and half == "open" and notes:
                print(" // ".join(entry["turns"]), *notes, sep="\n    ")
        print(f"{half}: {len(entries)} conversations, whom it is about right in {total['who right']}")
        for group in (*GROUPS, "all"):
            names = GROUPS if group == "all" else (group,)
            found, missed, right, wrong = (
                sum(total[f"{name} {what}"] for name in names) for what in ("found", "missed", "right", "wrong")
            )
            print(
                f"  {group:7} recall {found / max(1, found + missed):4.0%} of {found + missed:3}, "
                f"precision {right / max(1, right + wrong):4.0%} of {right + wrong:3}"
            )


if __name__ == "__main__":
    main()
