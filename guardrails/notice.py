"""The fixed messages a runner gets. They are data (``data/messages.yaml``, ``data/regions.yaml``), never generated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guardrails import schema
from guardrails.levels import Assessment, Level, Notice, Phone
from guardrails.rules import Rule

_WORDS = re.compile(r"\w+")
PLACEHOLDERS = ("emergency_number", "emergency_place", "advice_line", "crisis_line", "poison_line")
_LABELS = {
    "emergency_number": "Emergency number",
    "emergency_place": "Emergency department",
    "advice_line": "Health advice line",
    "crisis_line": "Crisis line",
    "poison_line": "Poisons line",
}
REGIONS = frozenset(("uk", "us", "au", "nz", "ie", "eu", "generic"))
_TEXTS = ("title", "headline", "why", "who", "section")
_LISTS = ("do", "dont")
_FIELDS = frozenset((*_TEXTS, *_LISTS, "sooner"))
_CODE_KEYS = _FIELDS | {"level", "variants"}
_FAILED = frozenset(("headline", "action", "why", "who", "do", "dont", "sooner"))
_PERSONS = frozenset(("self", "kin"))
"""Whom a text is about: the one who writes, or somebody they ask for. As ``Flag.who``."""
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Messages:
    """All messages with the telephone numbers of one region filled in.

    Attributes:
        levels: headline and action of each level, said to the runner. failed: the message for a check that could not
            be made.
        codes: the fields of each code and, under ``code/variant``, of each variant, said to the runner.
        kin_levels, kin_codes: the same, said about somebody the runner asks for.
        lines: for each placeholder the line to call and what it is, where the region has one.
        note: the numbers of all regions in one line, for when the region is not known.
        emergency_number: what to call in an emergency, as a text.

    """

    levels: dict[Level, dict[str, str]]
    failed: dict[str, Any]
    codes: dict[str, dict[str, Any]]
    lines: dict[str, Phone]
    note: str
    emergency_number: str
    kin_levels: dict[Level, dict[str, str]]
    kin_codes: dict[str, dict[str, Any]]

    @classmethod
    def load(cls, directory: Path, region: str, codes: dict[str, Level], rules: Iterable[Rule]) -> Messages:
        """Read and check the messages, and fill in the region's lines.

        Raises:
            RuleError: with file and line, when a code or a variant a rule names has no message, a placeholder is
                unknown, a region is missing or incomplete, or ``region`` is none of them.

        """
        regions_file, file = directory / "regions.yaml", directory / "messages.yaml"
        regions = schema.read(regions_file)
        fillers, lines = _region(regions_file, regions, region)
        data = schema.read(file)
        for key in ("levels", "failed", "codes"):
            if not isinstance(data.get(key), dict):
                raise schema.fail(file, [], f"has no {key!r}", f"Add '{key}:'")
        _check_placeholders(file, [], data)
        filled = _fill(data, fillers)
        levels = {}
        for level in (Level.EMERGENCY, Level.URGENT, Level.SOON):
            need = frozenset(("headline", "action"))
            entry = schema.keys(file, ["levels", level.label], filled["levels"].get(level.label), need, need)
            for key in need:
                check_text(file, ["levels", level.label, key], entry[key])
            levels[level] = entry
        schema.keys(file, ["failed"], filled["failed"], _FAILED, _FAILED - {"sooner"})
        entries = _codes(file, filled["codes"], codes, rules)
        return cls(
            levels={level: said(entry, "self") for level, entry in levels.items()},
            failed=filled["failed"],
            codes={code: said(entry, "self") for code, entry in entries.items()},
            lines=lines,
            note=str(regions.get("emergency_numbers") or ""),
            emergency_number=fillers["emergency_number"],
            kin_levels={level: said(entry, "kin") for level, entry in levels.items()},
            kin_codes={code: said(entry, "kin") for code, entry in entries.items()},
        )

    def notice(self, assessment: Assessment) -> Notice | None:
        """Return the message for an assessment; ``None`` when nothing is to be said.

        The strongest flag leads, danger to self before all others; the others are named by their titles. The whole
        message is said to the one whom the leading flag is about, or about them where the runner asks for them.
        """
        if assessment.failed:
            return self._failed(assessment.level)
        if not assessment.flags:
            return None
        flags = sorted(assessment.flags, key=lambda flag: (-flag.level, flag.variant != "self_harm"))
        lead = flags[0]
        codes = self.kin_codes if lead.who == "kin" else self.codes
        fields = [codes.get(f"{flag.code}/{flag.variant}") or codes[flag.code] for flag in flags]
        first = fields[0]
        same = [part for flag, part in zip(flags, fields, strict=True) if flag.level == lead.level]
        return Notice(
            level=lead.level,
            codes=tuple(flag.code for flag in flags),
            headline=first["headline"],
            noticed=_longest(quote for flag in flags for quote in flag.evidence),
            why=first["why"],
            who=first["who"],
            do=tuple(first["do"]),
            dont=_unique(line for part in same for line in part["dont"])[:6],
            sooner=first["sooner"],
            phones=self._phones(lead.level, first, lead.who),
            sections=_unique(part["section"] for part in fields),
            title=first["title"],
            also=_unique(part["title"] for part in fields[1:] if part["title"] != first["title"]),
            action=self._level(lead.level, lead.who)["action"],
            about=lead.who,
            ask=assessment.ask if lead.level < Level.EMERGENCY else "",
        )

    def _level(self, level: Level, who: str) -> dict[str, str]:
        return (self.kin_levels if who == "kin" else self.levels)[level]

    def _failed(self, level: Level) -> Notice:
        failed = self.failed
        return Notice(
            level, (), failed["headline"], (), failed["why"], failed["who"], tuple(failed["do"]), tuple(failed["dont"]),
            failed["sooner"], self._phones(Level.EMERGENCY, failed), (), "", (), failed["action"],
        )  # fmt: skip

    def _phones(self, level: Level, fields: dict[str, Any], who: str = "self") -> tuple[Phone, ...]:
        """Return the lines the message names, the emergency number always among them above SOON."""
        text = " ".join(
            [*(str(fields.get(key) or "") for key in ("headline", "who", "sooner")), *fields["do"], *fields["dont"]]
        )
        text += " " + self._level(level, who)["action"]
        wanted = [name for name in PLACEHOLDERS if name in self.lines and self.lines[name].number in text]
        if level >= Level.URGENT and "emergency_number" in self.lines and "emergency_number" not in wanted:
            wanted.append("emergency_number")
        return tuple(self.lines[name] for name in wanted if self.lines[name].tel)


def _longest(quotes: Iterable[str]) -> tuple[str, ...]:
    """The quotes that are no part of another, in order: several rules often quote more or less of the same words."""
    kept = _unique(quotes)
    folded = {quote: f" {' '.join(_WORDS.findall(quote.casefold()))} " for quote in kept}
    return tuple(
        quote
        for at, quote in enumerate(kept)
        if not any(
            folded[quote] in folded[other] and (folded[quote] != folded[other] or before < at)
            for before, other in enumerate(kept)
            if before != at
        )
    )


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _region(file: Path, data: dict[str, Any], region: str) -> tuple[dict[str, str], dict[str, Phone]]:
    regions, fallback = data.get("regions"), data.get("fallback")
    need = frozenset(PLACEHOLDERS)
    schema.keys(file, ["fallback"], fallback, need, need)
    schema.keys(file, ["regions"], regions, REGIONS, REGIONS)
    assert isinstance(regions, dict)  # noqa: S101 - what schema.keys has just checked, for the type checker
    assert isinstance(fallback, dict)  # noqa: S101
    for name, entry in regions.items():
        schema.keys(file, ["regions", name], entry, need | {"label"}, frozenset(("label",)))
        for key in sorted(need - set(entry)):
            raise schema.fail(file, ["regions", name], f"region {name!r} has no {key!r}", "Add it, null if unknown")
        for key in PLACEHOLDERS:
            if entry[key] is not None:
                known = frozenset(("name", "tel", "also"))
                schema.keys(file, ["regions", name, key], entry[key], known, frozenset(("name",)))
    if region not in regions:
        raise schema.RuleError(file, 0, f"unknown region {region!r}", f"Use one of {', '.join(sorted(regions))}")
    fillers: dict[str, str] = {}
    lines: dict[str, Phone] = {}
    for key in PLACEHOLDERS:
        entry = regions[region][key]
        fillers[key] = str(entry["name"] if entry else fallback[key])
        if entry:
            lines[key] = Phone(_LABELS[key], str(entry["name"]), str(entry.get("tel") or ""))
    return fillers, lines


def _check_placeholders(file: Path, path: list[str | int], value: Any) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _check_placeholders(file, [*path, key], part)
    elif isinstance(value, list):
        for at, part in enumerate(value):
            _check_placeholders(file, [*path, at], part)
    elif isinstance(value, str):
        for name in _PLACE.findall(value):
            if name not in PLACEHOLDERS:
                remedy = f"Use one of {', '.join(PLACEHOLDERS)}"
                raise schema.fail(file, path, f"unknown placeholder {{{name}}}", remedy)


def _fill(value: Any, fillers: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(part, fillers) for key, part in value.items()}
    if isinstance(value, list):
        return [_fill(part, fillers) for part in value]
    if isinstance(value, str) and "{" in value:
        text = _PLACE.sub(lambda match: fillers[match.group(1)], value)
        return text[:1].upper() + text[1:]
    return value


def _codes(file: Path, data: Any, codes: dict[str, Level], rules: Iterable[Rule]) -> dict[str, dict[str, Any]]:
    schema.keys(file, ["codes"], data, frozenset(codes), frozenset(codes))
    out: dict[str, dict[str, Any]] = {}
    for code, entry in data.items():
        schema.keys(file, ["codes", code], entry, _CODE_KEYS, frozenset((*_TEXTS, *_LISTS, "level")))
        if entry["level"] != codes[code].label:
            what = f"{code} has level {entry['level']!r}, the policy says {codes[code].label!r}"
            raise schema.fail(file, ["codes", code, "level"], what, "Write the policy's level")
        out[code] = _entry(file, ["codes", code], {key: entry.get(key) for key in _FIELDS})
        for name, variant in (entry.get("variants") or {}).items():
            path = ["codes", code, "variants", name]
            schema.keys(file, path, variant, _FIELDS, frozenset((*_TEXTS, *_LISTS)))
            out[f"{code}/{name}"] = _entry(file, path, {key: variant.get(key) for key in _FIELDS})
    for rule in rules:
        if rule.variant and f"{rule.code}/{rule.variant}" not in out:
            path_: Sequence[str | int] = ["rules", rule.position, "variant"]
            raise schema.fail(
                rule.file, path_, f"{rule.code} has no message variant {rule.variant!r}", "Name one it has"
            )
    return out


def _entry(file: Path, path: list[str], entry: dict[str, Any]) -> dict[str, Any]:
    for key in _LISTS:
        if not isinstance(entry[key], list):
            raise schema.fail(file, [*path, key], f"{key} must be a list of sentences", "Write '- ' before each")
        for at, line in enumerate(entry[key]):
            check_text(file, [*path, key, at], line, both=False)
    for key in _TEXTS:
        check_text(file, [*path, key], entry[key])
    if entry["sooner"] is not None:
        check_text(file, [*path, "sooner"], entry["sooner"])
    return entry


def check_text(file: Path, path: Sequence[str | int], value: Any, *, both: bool = True) -> None:
    """Check that a text is one sentence for both persons, or one for each; with ``both`` unset, one may be left out."""
    if isinstance(value, dict):
        schema.keys(file, path, value, _PERSONS, _PERSONS if both else frozenset(list(value)[:1]))
    for text in value.values() if isinstance(value, dict) and value else (value,):
        if not isinstance(text, str):
            what = f"{path[-1] if isinstance(path[-1], str) else path[-2]} must be text"
            raise schema.fail(file, path, what, "Put it in quotes, or write 'self:' and 'kin:' with a text each")


def said(value: Any, who: str) -> Any:
    """Return texts as they are said to the runner (``who`` is "self") or about somebody they ask for ("kin").

    A text stands alone where it reads the same, else under the keys "self" and "kin"; a line of a list that has only one
    of them is left out for the other.
    """
    if isinstance(value, list):
        return [said(line, who) for line in value if not isinstance(line, dict) or who in line]
    if isinstance(value, dict):
        return value[who] if value and value.keys() <= _PERSONS else {key: said(one, who) for key, one in value.items()}
    return value
