"""How well the rules tell denied findings from affirmed ones, on clinical sentences nobody here wrote.

python -m benchmarks.negation [--data DIR]

The data (2,376 findings of the NegEx/ConText kit, each with its sentence and whether it is negated) is not part of the
repository; the command says so and succeeds where it is missing. The marked finding goes through the path every mention
takes: plain words, phrases found, ``status.settle``. A denied finding that counts as reported is a false alarm; an
affirmed one that counts as denied is a sign missed, and the worse error.

Only the totals are for looking at: single sentences of this set are not to be tuned on.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from guardrails import Guardrails, mentions, status
from guardrails.lexicon import Concept, Lexicon
from guardrails.mentions import DENIED, Mention
from guardrails.normalise import Token

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FILE = Path("negex_context") / "negex_context_2376.jsonl"
AFFIRMED_GOAL, DENIED_GOAL = 0.995, 0.85
MARKED = "marked_finding"


@dataclass(frozen=True)
class Score:
    """Findings whose sentence holds them, by how they were labelled and read."""

    affirmed: int
    affirmed_kept: int
    denied: int
    denied_found: int

    @property
    def kept(self) -> float:
        """Share of the affirmed findings that are not read as denied."""
        return self.affirmed_kept / self.affirmed

    @property
    def recognised(self) -> float:
        """Share of the denied findings that are read as denied."""
        return self.denied_found / self.denied


def _span(tokens: Sequence[Token], sentence: str, concept: str) -> tuple[int, int] | None:
    """Return the tokens of the finding: written in capitals where the data marks it, else where it first stands."""
    begin = sentence.find(concept.upper())
    if begin < 0:
        begin = sentence.lower().find(concept.lower())
    if begin < 0:
        return None
    end = begin + len(concept)
    inside = [at for at, token in enumerate(tokens) if token.start < end and token.end > begin]
    return (inside[0], inside[-1] + 1) if inside else None


def read(lexicon: Lexicon, sentence: str, concept: str) -> str | None:
    """Return the status the rules give the marked finding; ``None`` when the sentence does not hold it."""
    known = replace(lexicon, concepts={**lexicon.concepts, MARKED: Concept(MARKED)})
    tokens = known.normaliser(sentence).tokens
    span = _span(tokens, sentence, concept)
    if span is None:
        return None
    found = mentions.find(known, [token.text for token in tokens])
    layout = found.layout
    marked = Mention(MARKED, *span, layout.sentence[span[0]], layout.clause[span[0]])
    settled = status.settle(known, replace(found, mentions=tuple(sorted((*found.mentions, marked), key=_place))))
    return next(mention.status for mention in settled if mention.concept == MARKED)


def _place(mention: Mention) -> tuple[int, int, str]:
    return mention.start, -mention.end, mention.concept


def measure(lexicon: Lexicon, lines: Iterable[str]) -> Score:
    """Read every finding of the data and count."""
    affirmed = kept = denied = found = 0
    for line in lines:
        row = json.loads(line)
        status_read = read(lexicon, row["sentence"], row["concept"]) if row["concept_in_sentence"] else None
        if status_read is None:
            continue
        if row["negation"] == "Negated":
            denied += 1
            found += status_read == DENIED
        else:
            affirmed += 1
            kept += status_read != DENIED
    return Score(affirmed, kept, denied, found)


def main() -> None:
    """Print both shares beside their goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder that holds negex_context/ [default: %(default)s]"
    )
    file = parser.parse_args().data / FILE
    if not file.exists():
        print(f"{file} is missing: nothing measured. Give its folder with --data.")
        return
    score = measure(Guardrails.load().lexicon, file.read_text(encoding="utf-8").splitlines())
    print(f"affirmed kept      {score.affirmed_kept} of {score.affirmed}  {score.kept:.1%}  (goal {AFFIRMED_GOAL:.1%})")
    print(
        f"denied recognised  {score.denied_found} of {score.denied}  {score.recognised:.1%}  (goal {DENIED_GOAL:.1%})"
    )


if __name__ == "__main__":
    main()
