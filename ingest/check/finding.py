"""Finding: one thing to mend or to look at in an article."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

# error: the article should not go live so. warning: it should be mended. review: somebody should look at it and may leave it.
Severity = Literal["error", "warning", "review"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend or to look at.

    Attributes:
        article: the article's id.
        line: 1-based line, or None.
        text: what is wrong and what to do.
        rule: id of the rule that found it; `python -m ingest check --explain RULE` tells more.
        severity: error, warning or review, as the rule says.
        quote: the sentence, heading or link it is about, as a reader sees it; "" where it is about none. An editor who
            accepts the finding may name words of it under `check-ignore`.

    """

    article: str
    line: int | None
    text: str
    rule: str
    severity: Severity
    quote: str = ""

    def __str__(self) -> str:
        """One line: article and line, severity and rule, text."""
        return f"{self.article}{f':{self.line}' if self.line else ''} {self.severity} {self.rule}: {self.text}"

    def to_dict(self) -> dict[str, object]:
        """The finding for machines."""
        return asdict(self)


def quoted(text: str, length: int = 110) -> str:
    """A sentence in quotation marks for a message, cut at a space behind `length` characters."""
    if len(text) > length:
        text = text[:length].rsplit(" ", 1)[0].rstrip(",;:") + " …"
    return f"“{text}”"
