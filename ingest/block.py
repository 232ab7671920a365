"""Block: a heading, a paragraph, an item of a list or a row of a table, with its place in the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["heading", "prose", "item", "head", "row"]


@dataclass(frozen=True, slots=True)
class Block:
    r"""One block of an article.

    Attributes:
        kind: heading, prose (a paragraph), item (of a list), head or row (of a table).
        content: the block's Markdown without list markers, quote marks or indentation, lines joined by `\n`.
        starts: for each line of `content`, the offset in the article's text of its first character.
        level: 1 to 6 for a heading, else 0.
        group: number of the list or table an item or row belongs to (outermost list), else None.
        furniture: whether it is no part of the article but of the page around it.

    """

    kind: BlockKind
    content: str
    starts: tuple[int, ...]
    level: int = 0
    group: int | None = None
    furniture: bool = False

    def offset(self, position: int) -> int:
        """The article offset of a position in `content` (0 to its length, the end included)."""
        line = self.content.count("\n", 0, position)
        line_start = self.content.rfind("\n", 0, position) + 1
        return self.starts[line] + position - line_start
