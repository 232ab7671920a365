"""Claims: sentences that the policy forbids or that somebody should look at - doses, tests, diagnoses, promises, running on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ingest.check.finding import Finding, quoted
from ingest.check.page import Page, Said, plain
from ingest.check.rules import finding, load_rules, patterns, read_data, wrong_entry

if TYPE_CHECKING:
    from guardrails.output import Output

_FILE = "claims.yaml"
_FIELDS = {"rule", "tag", "days", "words", "about", "under", "phrases", "unless", "says"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A kind of sentence that is named to the editor.

    Attributes:
        rule: the check's rule.
        tag: the tag of the guardrails' output rules that finds one, or "".
        days: only sentences that name a waiting time of so many days or more; 0 for any.
        words: what any sentence of this kind has in it, so that the others need not be looked at closely.
        about: what heading, lead-in or sentence must speak of, each.
        under: what the heading must be, each.
        phrases: patterns that find one.
        unless: patterns that take it back.
        says: the finding, behind the quoted sentence.

    """

    rule: str
    tag: str
    days: int
    words: re.Pattern[str]
    about: tuple[re.Pattern[str], ...]
    under: tuple[re.Pattern[str], ...]
    phrases: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    says: str

    def fits(self, said: Said, tags: frozenset[str], days: int) -> bool:
        """Whether a sentence is of this kind.

        Args:
            said: the sentence.
            tags: those that the guardrails' output rules give it.
            days: the longest waiting time it names, in days.

        """
        text = said.plain
        return (
            (self.tag in tags or any(pattern.search(text) for pattern in self.phrases))
            and days >= self.days
            and not any(pattern.search(text) for pattern in self.unless)
            and all(pattern.search(said.around) for pattern in self.about)
            and all(pattern.search(plain(said.section)) for pattern in self.under)
        )


def check_claims(page: Page) -> Iterator[Finding]:
    """Sentences that the policy forbids or that somebody should look at, in order of the text.

    Questions, and the section on the article's source, claim nothing.
    """
    output = _output()
    for said in page.sentences:
        if not said.advice or said.text.endswith("?"):
            continue
        claims = [claim for claim in load_claims() if claim.words.search(said.plain)]
        if not claims:
            continue
        tags, days = output.tags(said.text) if any(claim.tag or claim.days for claim in claims) else (frozenset(), 0)
        for claim in claims:
            if claim.fits(said, tags, days):
                yield finding(claim.rule, page.article.id, said.line, f"{quoted(said.text)} {claim.says}", said.text)


@lru_cache(maxsize=1)
def _output() -> Output:
    from guardrails.output import Output

    return Output.load()


@lru_cache(maxsize=1)
def load_claims() -> tuple[Claim, ...]:
    """The kinds of sentences that are named.

    Raises:
        IngestError: an entry is wrong; the text names it.

    """
    from guardrails.output import TAGS

    claims = []
    for name, entry in read_data(_FILE).items():
        if not set(entry) <= _FIELDS or entry.get("rule") not in load_rules() or not {"says", "words"} <= set(entry):
            raise wrong_entry(
                _FILE,
                name,
                f"It needs `rule` (one of rules.yaml), `words` and `says`, and knows only {sorted(_FIELDS)}",
            )
        if entry.get("tag", "") not in {"", *TAGS}:
            raise wrong_entry(_FILE, name, f"`tag` is none of {sorted(TAGS)}")
        about, under, phrases, unless = (
            patterns(_FILE, name, entry.get(field) or ()) for field in ("about", "under", "phrases", "unless")
        )
        says = " ".join(entry["says"].split())
        (sign,) = patterns(_FILE, name, [entry["words"]])
        claims.append(
            Claim(entry["rule"], entry.get("tag", ""), entry.get("days", 0), sign, about, under, phrases, unless, says)
        )
    return tuple(claims)
