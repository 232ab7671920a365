"""Length: what is too long to be quoted, or to be read in one piece; and what should not be quoted at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from ingest.check.finding import Finding, quoted
from ingest.check.page import Page
from ingest.check.rules import finding
from ingest.chunk import encoder_header
from ingest.encoder import MAX_TOKENS

# Three quotes of this length fill a phone's screen. Of the corpus' own sentences none is longer, of the source texts' 2 %.
SENTENCE_WORDS = 45
# The encoder reads 254 word pieces, headings included: some 180 words of plain English.
PARAGRAPH_WORDS = 150
SECTION_WORDS = 450
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_LEFTOVERS = (
    (re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>"), "a mark of a template"),
    (re.compile(r"\*\[[^\]\n]+\]:"), "an abbreviation in a Markdown dialect that is not read here"),
    (
        re.compile(r"\{:?(?:[.#][\w-]+|[\w-]+=)[^}\n]*\}|^:{3,}\s*\w*|\[\[[^\]\n]+\]\]|^\[/?[a-z_]+[^\]\n]*\]$"),
        "a mark of another Markdown dialect",
    ),
    (
        re.compile(r"\b(?:TODO|FIXME|TBC|TBD|XXX)\b|(?i:\blorem ipsum\b|\[(?:insert|add|citation|check|source)\b[^\]\n]*\])"),
        "a note to yourself",
    ),
    (re.compile(r"^(?:<{7}|>{7})(?: .*)?$"), "a mark of an unfinished merge"),
)  # fmt: skip


def check_length(page: Page, count_tokens: Callable[[Sequence[str]], list[int]]) -> Iterator[Finding]:
    """Sentences, paragraphs and sections that are too long, in order of the text.

    Args:
        page: the article.
        count_tokens: word pieces of each text, as `ingest.encoder.Encoder` counts them; asked for long sentences alone.

    """
    article = page.article
    for said in page.sentences:
        words = len(said.text.split())
        if words <= SENTENCE_WORDS or (said.text.count(";") > 2 and said.kind == "item"):
            continue
        text = f"A sentence has {words} words; it is quoted whole. Cut it in two: {quoted(said.text)}"
        # A word piece has at least two letters on average, so a shorter sentence fits and need not be counted.
        if len(said.text) > MAX_TOKENS * 2:
            header, tokens = count_tokens([encoder_header(article.title, (said.section,)), said.text])
            if header + tokens > MAX_TOKENS:
                text = (
                    f"A sentence has {words} words, more than the search reads at a time: it is never quoted. Cut it in "
                    f"several: {quoted(said.text)}"
                )
        yield finding("long-sentence", article.id, said.line, text, said.text)
    prose = [said for said in page.sentences if said.kind == "prose"]
    for _, group in groupby(prose, key=lambda said: said.block):
        paragraph = list(group)
        words = sum(len(said.text.split()) for said in paragraph)
        if words > PARAGRAPH_WORDS:
            text = (
                f"A paragraph has {words} words; a citation would open on a page full of text. Make paragraphs of at most "
                f"{PARAGRAPH_WORDS}: {quoted(paragraph[0].text, 60)}"
            )
            yield finding("long-passage", article.id, paragraph[0].line, text, paragraph[0].text)
    for section in page.sections:
        words = len(section.body.split())
        if words > SECTION_WORDS:
            text = (
                f"The section {quoted(section.section)} has {words} words below one heading. Give its parts headings of their "
                "own, so that a citation names the right one."
            )
            yield finding("long-passage", article.id, page.line(section.start), text, section.section)


def check_leftovers(page: Page) -> Iterator[Finding]:
    """Marks and notes in the text that readers should not see, one finding for each kind, at its first line."""
    fenced = False
    above = page.article.text.count("\n", 0, page.article.body_start)
    found: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(page.article.text[page.article.body_start :].split("\n"), above + 1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if fenced:
            continue
        bare = _LINK.sub(r"\1", line.strip())  # what stands in a link's address is for `link` to tell
        for pattern, what in _LEFTOVERS:
            match = pattern.search(bare)
            if match:
                found.setdefault(what, []).append((number, match.group()))
                break
    for what, places in found.items():
        (line_number, mark), more = places[0], places[1:]
        also = f" (also in line{'s' if more[1:] else ''} {', '.join(str(place) for place, _ in more)})" if more else ""
        text = f"The text has {what}, which readers would see: {quoted(mark, 60)}{also}. Remove it, or write what it stands for."
        yield finding("leftover", page.article.id, line_number, text, mark)
