"""How well questions are grouped by meaning: `python -m benchmarks.gaps`.

`sets/gaps.jsonl` holds questions that the articles do not cover, each with the name of its `group`; many groups are
neighbours ("saddle height", "cycling instead of running"). For a row of thresholds this prints, over all pairs of
questions, precision and recall of being grouped together, in two halves of the groups: the threshold was chosen on the
first.
"""

from __future__ import annotations

from itertools import combinations

from benchmarks.sets import Record, read, share
from bot.journal.gaps import SAME, by_meaning
from ingest.encoder import Encoder

THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


def score(records: list[Record], encoder: Encoder, same: float) -> tuple[int, int, int]:
    """How many pairs are rightly together, together at all, and ought to be together."""
    belongs = {record["text"]: record["group"] for record in records}
    groups = by_meaning(list(belongs), encoder, same)
    place = {text: number for number, group in enumerate(groups) for text in group}
    pairs = list(combinations(belongs, 2))
    together = [pair for pair in pairs if place[pair[0]] == place[pair[1]]]
    right = sum(belongs[one] == belongs[other] for one, other in together)
    return right, len(together), sum(belongs[one] == belongs[other] for one, other in pairs)


def main() -> None:
    """Print the table."""
    records = read("gaps")
    names = list(dict.fromkeys(record["group"] for record in records))
    encoder = Encoder()
    for half, chosen in (("first", set(names[::2])), ("second", set(names[1::2]))):
        for same in THRESHOLDS:
            right, together, all_pairs = score([item for item in records if item["group"] in chosen], encoder, same)
            mark = " <- used" if same == SAME else ""
            print(f"{half} half, {same}: precision {share(right, together)}, recall {share(right, all_pairs)}{mark}")
    for group in by_meaning([record["text"] for record in records], encoder):
        print(f"  {' | '.join(group)}")


if __name__ == "__main__":
    main()
