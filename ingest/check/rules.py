"""Rules: what the check looks for, each with its severity and its reason; and how the data files of the check are read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import yaml

from ingest.check.finding import Finding, Severity
from ingest.errors import IngestError

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the check.

    Attributes:
        id: its name in findings, on the command line and under `check-ignore`.
        severity: that of its findings.
        looks_for: what it looks for.
        why: why that matters.

    """

    id: str
    severity: Severity
    looks_for: str
    why: str


@lru_cache(maxsize=1)
def load_rules() -> dict[str, Rule]:
    """Every rule by its id, in the order of `rules.yaml`.

    Raises:
        IngestError: the file is wrong; the text names the entry.

    """
    rules = {}
    for name, entry in read_data("rules.yaml").items():
        if set(entry) != {"severity", "looks_for", "why"} or entry["severity"] not in get_args(Severity):
            raise wrong_entry("rules.yaml", name, "It needs `severity` (error, warning or review), `looks_for`, `why`")
        rules[name] = Rule(
            name, entry["severity"], " ".join(entry["looks_for"].split()), " ".join(entry["why"].split())
        )
    return rules


def known_rule(name: str) -> Rule:
    """The rule of that name.

    Raises:
        IngestError: there is none; the text names the nearest, or all.

    """
    rules = load_rules()
    if name not in rules:
        near = get_close_matches(name, rules, n=1)
        remedy = f"Did you mean {near[0]}?" if near else f"The rules are {', '.join(rules)}."
        raise IngestError(f"There is no rule {name!r}. {remedy}")
    return rules[name]


def finding(rule: str, article: str, line: int | None, text: str, quote: str = "") -> Finding:
    """A finding of a rule, with the severity that the rule has."""
    return Finding(article, line, text, rule, load_rules()[rule].severity, quote)


def read_data(name: str) -> dict[str, Any]:
    """One data file of the check: its entries by their ids.

    Raises:
        IngestError: it is no mapping of mappings.

    """
    data = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    if not isinstance(data, dict) or not all(isinstance(entry, dict) for entry in data.values()):
        raise IngestError(f"{_FOLDER / name} is not a list of entries with fields. Mend it.")
    return data


def patterns(name: str, entry: str, sources: Iterable[object]) -> tuple[re.Pattern[str], ...]:
    """Regular expressions of an entry, compiled; they are matched with small letters (see `ingest.check.page.plain`).

    Raises:
        IngestError: one does not compile; the text names it.

    """
    found = []
    for source in sources:
        if not isinstance(source, str):
            raise wrong_entry(name, entry, f"{source!r} is not read as text. Put the pattern in quotes")
        try:
            found.append(re.compile(source))
        except re.error as error:
            raise wrong_entry(name, entry, f"{source!r} is no regular expression ({error})") from None
    return tuple(found)


def wrong_entry(name: str, entry: str, what: str) -> IngestError:
    """The error for an entry of a data file that cannot be used."""
    return IngestError(f"{_FOLDER / name}, entry {entry}: {what}. Mend it.")
