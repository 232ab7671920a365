"""Accepted: findings that an editor has looked at and lets stand, listed as `check-ignore` in the front matter.

```yaml
check-ignore:
  - reading-age                       # all findings of a rule in this article
  - keep-running: "flatter routes"    # those about a sentence, heading or link with these words
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import yaml

from ingest.check.finding import Finding
from ingest.check.front import FrontMatter
from ingest.check.page import plain
from ingest.check.rules import finding, load_rules

KEY = "check-ignore"
# An article that cannot be read cannot accept anything, and the list must not hide its own faults.
_NEVER = {"rejected", "ignore"}


@dataclass(frozen=True, slots=True)
class Accepted:
    """One entry of the list.

    Attributes:
        rule: the rule it silences.
        words: only findings about these words; "" for all.
        line: 1-based line.

    """

    rule: str
    words: str
    line: int

    def silences(self, item: Finding) -> bool:
        """Whether it lets a finding stand."""
        return item.rule == self.rule and plain(self.words) in plain(item.quote or item.text)


def read_accepted(article: str, front: FrontMatter) -> tuple[list[Accepted], list[Finding]]:
    """The entries of the list, and what is wrong with it."""
    node = front.nodes.get(KEY)
    if node is None:
        return [], []
    if not isinstance(node, yaml.SequenceNode):
        text = f"`{KEY}` is not a list. Write one rule a line, each with a dash: `- reading-age`, or `- figures: some words`."
        return [], [finding("ignore", article, front.lines[KEY], text)]
    entries, faults = [], []
    for item in node.value:
        line = int(item.start_mark.line) + 1
        pair = _pair(item)
        if pair is None:
            text = f"An entry of `{KEY}` is neither a rule nor `rule: words`. Write `- reading-age`, or `- figures: some words`."
            faults.append(finding("ignore", article, line, text))
        elif pair[0] not in load_rules() or pair[0] in _NEVER:
            faults.append(finding("ignore", article, line, _unknown(pair[0])))
        else:
            entries.append(Accepted(*pair, line))
    return entries, faults


def _pair(node: yaml.Node) -> tuple[str, str] | None:
    if isinstance(node, yaml.ScalarNode):
        return node.value.strip(), ""
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
        key, value = node.value[0]
        if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode):
            return key.value.strip(), value.value.strip()
    return None


def _unknown(name: str) -> str:
    if name in _NEVER:
        return f"`{KEY}` cannot silence {name}. Mend what it finds, and remove the entry."
    near = get_close_matches(name, load_rules(), n=1)
    remedy = f"Did you mean {near[0]}?" if near else f"The rules are {', '.join(load_rules())}."
    return f"`{KEY}` names {name!r}, which is no rule. {remedy}"


def without_accepted(article: str, entries: Sequence[Accepted], found: Sequence[Finding]) -> Iterator[Finding]:
    """The findings that no entry silences, and one for each entry that silences nothing."""
    used: set[Accepted] = set()
    for item in found:
        silencing = [entry for entry in entries if entry.silences(item)]
        used.update(silencing)
        if not silencing:
            yield item
    for entry in entries:
        if entry not in used:
            what = f"{entry.rule}: {entry.words}" if entry.words else entry.rule
            text = f"`{KEY}` has the entry {what!r}, which silences nothing. Remove it, or correct its words."
            yield finding("ignore", article, entry.line, text)
