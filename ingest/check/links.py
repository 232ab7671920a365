"""Links: whether what an article links to is there. Files and headings are looked up; web addresses are read, not fetched."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it.token import Token

from ingest.article import ARTICLE_SUFFIXES
from ingest.check.finding import Finding, quoted
from ingest.check.page import Page
from ingest.check.rules import finding

_HTML_LINK = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_HTML_ANCHOR = re.compile(r"<[a-z]+\b[^>]*?\b(?:id|name)\s*=\s*[\"']?([^\s\"'>]+)", re.IGNORECASE)
_UNDEFINED = re.compile(r"\[([^\[\]\n]+)\]\[([^\[\]\n]*)\]")
_NO_LINK = re.compile(r"\[([^\[\]\n]+)\]\(([^()\n]*)\)")
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\](:?)")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+|localhost|\d+(?:\.\d+){3}", re.IGNORECASE)
_BARE = re.compile(r"(?:www\.[\w-]+\.\w+|[\w-]+\.(?:com|org|net|co\.uk|nhs\.uk|gov|edu)(?=/|$))", re.IGNORECASE)
_SLUG = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class _Link:
    target: str
    line: int
    text: str


@dataclass
class Places:
    """What a link may lead to.

    Attributes:
        files: every file below the corpus folder, its path with `/`.
        pages: the articles that could be read, by their paths.

    """

    files: frozenset[str]
    pages: Mapping[str, Page]
    _slugs: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def folded(self) -> dict[str, str]:
        """The files by their paths in small letters."""
        return {path.casefold(): path for path in self.files}

    def slugs(self, path: str) -> frozenset[str]:
        """The anchors of an article."""
        if path not in self._slugs:
            self._slugs[path] = anchors(self.pages[path])
        return self._slugs[path]


def corpus_files(corpus: Path) -> frozenset[str]:
    """Every file below a folder, its path with `/`; hidden ones left out."""
    paths = (path.relative_to(corpus) for path in corpus.rglob("*") if path.is_file())
    return frozenset(path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts))


def anchors(page: Page) -> frozenset[str]:
    """What a link to a place in an article may name: its headings as GitHub writes them, and ids in its HTML."""
    found: set[str] = set()
    for heading in page.headings:
        slug = _SLUG.sub("", heading.text.lower().strip()).replace(" ", "-")
        number, name = 0, slug
        while name in found:
            number += 1
            name = f"{slug}-{number}"
        found.add(name)
    return frozenset(found | set(_HTML_ANCHOR.findall(page.article.text)))


def check_links(page: Page, places: Places) -> Iterator[Finding]:
    """Links and pictures of an article that lead nowhere, in order of the text."""
    body = page.article.text[page.article.body_start :]
    if not page.is_markdown or ("[" not in body and "<" not in body):
        return
    found, broken = _read(page, body)
    for link in found:
        fault = _fault(link.target, page, places)
        if fault:
            yield finding("link", page.article.id, link.line, fault, f"{link.text} {link.target}".strip())
    for line, text in broken:
        yield finding("link", page.article.id, line, text)


def _read(page: Page, body: str) -> tuple[list[_Link], list[tuple[int, str]]]:
    """The links of an article, and line and text of what was meant for one."""
    above = page.article.text.count("\n", 0, page.article.body_start)
    links: list[_Link] = []
    broken: list[tuple[int, str]] = []
    notes = {name for name, colon in _FOOTNOTE.findall(body) if colon}
    for token in page.tokens:
        if not token.map:
            continue
        line = above + token.map[0] + 1
        if token.type == "html_block":
            for match in _HTML_LINK.finditer(token.content):
                target = next(part for part in match.groups() if part is not None)
                links.append(_Link(target, line + token.content.count("\n", 0, match.start()), ""))
        for child in token.children or ():
            if child.type in {"softbreak", "hardbreak"}:
                line += 1
            elif child.type == "link_open":
                links.append(_Link(str(child.attrs["href"]), line, _words(token, child)))
            elif child.type == "image":
                links.append(_Link(str(child.attrs["src"]), line, child.content))
            elif child.type == "html_inline" and (inline := _HTML_LINK.match(child.content)):
                links.append(_Link(next(part for part in inline.groups() if part is not None), line, ""))
            elif child.type == "text":
                broken += [(line, text) for text in _meant(child.content, notes)]
    return links, broken


def _words(token: Token, opening: Token) -> str:
    children = token.children or []
    first = children.index(opening) + 1
    words = []
    for child in children[first:]:
        if child.type == "link_close":
            break
        words.append(child.content)
    return "".join(words)


def _meant(text: str, notes: set[str]) -> Iterator[str]:
    """What is wrong with text that was meant for a link."""
    for words, name in _UNDEFINED.findall(text):
        yield (
            f"The link {quoted(words)} names the reference [{name or words}], which is nowhere defined. Add a line "
            f"`[{name or words}]: ADDRESS`, or write [{words}](ADDRESS)."
        )
    for words, target in _NO_LINK.findall(text):
        if "{{" in target:
            why = "has a mark of a template for its address"
        elif " " in target.strip():
            why = "has a space in its address (write %20)"
        else:
            why = "has an address that cannot be used"
        yield f"The link {quoted(words)} {why}, so readers see its marks. Correct the address {target!r}."
    for name, colon in _FOOTNOTE.findall(text):
        if not colon and name not in notes:
            yield f"The footnote [^{name}] is nowhere defined. Add a line `[^{name}]: TEXT`, or remove the mark."


def _fault(target: str, page: Page, places: Places) -> str:
    """What is wrong with a link's target and what to do, or ""."""
    target = target.strip()
    if not target:
        return "A link has no address. Write where it leads, or take the link away."
    scheme = _SCHEME.match(target)
    if scheme:
        return _web_fault(target, scheme.group(1).lower())
    if target.startswith("//") or _BARE.match(target):
        return f"The link to {target} has no https:// in front, so it is taken for a file. Write https://{target.lstrip('/')}."
    return _file_fault(target, page, places)


def _file_fault(target: str, page: Page, places: Places) -> str:
    address, _, anchor = target.partition("#")
    address, anchor = unquote(address.partition("?")[0]), unquote(anchor)
    if not address:
        return _anchor_fault(anchor, page.article.path, places, "this article")
    if address.startswith("/"):
        return (
            f"The link to {target} begins with a slash, which leads out of the articles. Write the way from this article's "
            "folder."
        )
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page.article.path), address))
    if path == ".." or path.startswith("../"):
        return (
            f"The link to {target} leads out of the corpus folder. Copy what it shows there, or link to a web address."
        )
    return _anchor_fault(anchor, path, places, path) if path in places.files else _no_file(target, path, places)


def _no_file(target: str, path: str, places: Places) -> str:
    other = places.folded.get(path.casefold())
    if other:
        return f"The link to {target} differs in capitals from the file {other}. Write it as the file is named."
    whole = next((path + suffix for suffix in sorted(ARTICLE_SUFFIXES) if path + suffix in places.files), None)
    if whole:
        return f"The link to {target} leads nowhere. The file is {whole}: add its ending."
    if any(file.startswith(f"{path}/") for file in places.files):
        return f"The link to {target} leads to a folder. Link to one of the articles in it."
    near = get_close_matches(path, places.files, n=1, cutoff=0.75)
    remedy = f"Did you mean {near[0]}?" if near else "Correct it, or take the link away."
    return f"The link to {target} leads to a file that is not there. {remedy}"


def _anchor_fault(anchor: str, path: str, places: Places, where: str) -> str:
    if not anchor or path not in places.pages:
        return ""
    slugs = places.slugs(path)
    if anchor in slugs:
        return ""
    wanted = _SLUG.sub("", anchor.lower()).replace(" ", "-")
    near = [wanted] if wanted in slugs else get_close_matches(wanted, slugs, n=1)
    remedy = f"Did you mean #{near[0]}?" if near else "Write its heading in small letters, with a dash for each space."
    return f"The link to #{anchor} finds no heading of that name in {where}. {remedy}"


def _web_fault(target: str, scheme: str) -> str:
    if scheme == "mailto":
        return (
            ""
            if re.fullmatch(r"mailto:[^@\s]+@[^@\s]+\.[^@\s]+", target)
            else f"{target} is no e-mail address. Correct it."
        )
    if scheme == "tel":
        return (
            ""
            if re.fullmatch(r"tel:\+?[\d\-.() ]{3,}", unquote(target))
            else f"{target} is no telephone number. Correct it."
        )
    if scheme not in {"http", "https"}:
        return (
            f"The link to {target} begins with {scheme}:, which no browser follows here. Write https://, or correct it."
        )
    try:
        host = urlsplit(target).hostname or ""
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host):
        return f"The link to {target} names no web site. Write it as https://www.example.org/page."
    return ""
