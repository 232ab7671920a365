"""Check: what an editor should mend or look at in the articles before they go live. Reads only; no model, no network.

Each rule is one entry of `rules.yaml` (what it looks for, why, what to do) and one function in the module of its subject.
"""

from ingest.check.corpus import check_corpus, check_paths, check_text
from ingest.check.finding import Finding, Severity
from ingest.check.listed import check_questions
from ingest.check.rules import Rule, known_rule, load_rules

__all__ = [
    "Finding",
    "Rule",
    "Severity",
    "check_corpus",
    "check_paths",
    "check_questions",
    "check_text",
    "known_rule",
    "load_rules",
]
