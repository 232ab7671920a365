"""How well the check of rewordings tells faithful from unfaithful ones: `python -m benchmarks.support [--misses]`.

The pairs are in `tests/bot/pairs/`. Those of the open half the check was worked out on; of the blind half only the totals
are for looking at, so `--misses` names those of the open half alone.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.reword import cited_by
from bot.support import supports

PAIRS = Path(__file__).resolve().parents[1] / "tests" / "bot" / "pairs"


@dataclass(frozen=True)
class Pair:
    """A rewording and what it cites.

    Attributes:
        text: the reworded sentence with its markers.
        cited: the articles' sentences that its markers name.
        kind: how it is unfaithful, or "" where it is faithful.

    """

    text: str
    cited: tuple[str, ...]
    kind: str


def pairs(half: str) -> list[Pair]:
    """The pairs of a half, `open` or `blind`."""
    found = []
    for group in yaml.safe_load((PAIRS / f"{half}.yaml").read_text(encoding="utf-8"))["groups"]:
        evidence = [entry["text"] for entry in group["evidence"]]
        texts = [(text, "") for text in group["faithful"]]
        texts += [(entry["text"], entry["kind"]) for entry in group["unfaithful"]]
        found += [Pair(text, tuple(evidence[n - 1] for n in cited_by(text)), kind) for text, kind in texts]
    return found


def main() -> None:
    """Print the share of faithful pairs that pass and of unfaithful ones that do not, both halves."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.support", description=__doc__)
    parser.add_argument("--misses", action="store_true", help="name the pairs of the open half that are judged wrongly")
    misses = parser.parse_args().misses
    for half in ("open", "blind"):
        judged = [(pair, supports(pair.text, pair.cited)) for pair in pairs(half)]
        faithful = [reason for pair, reason in judged if not pair.kind]
        unfaithful = [reason for pair, reason in judged if pair.kind]
        kept, rejected = faithful.count(None), len(unfaithful) - unfaithful.count(None)
        print(
            f"{half}: {kept} of {len(faithful)} faithful kept ({kept / len(faithful):.0%}), "
            f"{rejected} of {len(unfaithful)} unfaithful rejected ({rejected / len(unfaithful):.0%})"
        )
        for pair, reason in judged if misses and half == "open" else []:
            if (reason is None) == bool(pair.kind):
                print(f"  {pair.kind or 'faithful'}: {pair.text}\n    {reason or 'passes'}")


if __name__ == "__main__":
    main()
