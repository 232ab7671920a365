"""The development sets, and what every measurement on them needs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

SETS = Path(__file__).parent
TODAY = date(2026, 11, 25)  # the day the sets were written: "since Easter" is counted from it
Record = dict[str, Any]


def read(name: str) -> list[Record]:
    """The records of a set."""
    return [json.loads(line) for line in (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def share(part: int, whole: int) -> str:
    """A share as text."""
    return f"{part}/{whole} = {part / whole:.1%}" if whole else "-"
