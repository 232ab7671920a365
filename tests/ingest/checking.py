"""What the tests of the check share: a small corpus in memory, and the findings of a draft beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from ingest.check import Finding, check_text

TODAY = date(2026, 11, 29)
FRONT = """---
title: "Hip pain"
summary: "One sentence."
publisher: "Hill Clinic"
author: "The team"
source_title: "Hips"
updated: 2026-11-21
topics: [hip pain]
---
"""
START = FRONT.count("\n") + 1  # the line the body starts in


def findings(
    body: str,
    others: Mapping[str, str] | None = None,
    *,
    name: str = "draft.md",
    front: str = FRONT,
    rule: str = "",
    **options: int,
) -> list[Finding]:
    """The findings of a draft with this body, beside articles with these bodies (or files, for other endings)."""
    with tempfile.TemporaryDirectory() as folder:
        for path, text in (others or {}).items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(FRONT + text if path.endswith(".md") else text, encoding="utf-8")
        found = check_text(name, (front + body).encode(), Path(folder), today=TODAY, **options)
    return [finding for finding in found if not rule or finding.rule == rule]


def rules(body: str, others: Mapping[str, str] | None = None, **options: str) -> set[str]:
    """The rules that find something in a draft."""
    return {finding.rule for finding in findings(body, others, **options)}
