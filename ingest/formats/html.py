"""Web pages: the article of a page that was saved or scraped, as Markdown, without what the site has around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from bs4 import BeautifulSoup
from bs4.element import Tag

from ingest.formats.converted import Converted, FormatError, snippet
from ingest.formats.decode import UndecodableError, decode
from ingest.formats.markdown import to_markdown

# Never text of an article, wherever they stand.
_SILENT = (
    "script, style, noscript, template, svg, iframe, object, embed, canvas, audio, video"
    ", select, datalist, input, textarea, map, head"
)
_AROUND = frozenset({"nav", "footer", "dialog", "menu"})
_ROLES = frozenset(
    {
        "navigation",
        "banner",
        "contentinfo",
        "search",
        "complementary",
        "dialog",
        "alertdialog",
        "menu",
        "menubar",
        "toolbar",
        "tablist",
    }
)
_PARTS = yaml.safe_load((Path(__file__).parents[1] / "data" / "page.yaml").read_text(encoding="utf-8"))
_NAMES = frozenset(_PARTS["names"].split())
_PAIRS = tuple(frozenset(pair.split()) for pair in _PARTS["pairs"])
# A wrapper that is called `content-with-sidebar` or `has-footer` is none.
_CONTENT = frozenset({"content", "main", "body", "has", "with", "no", "without"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# A part that holds more of the page's text than this is no part around the article, whatever it is called.
_SHARE = 0.35
_LINKED = 0.75  # of a part's text in links, and it leads elsewhere
# Of the sentences that are left: what stands in the one part that the page calls its article, or its main part.
_MOST = 0.8
_MUCH = 0.6
_DEPTH = 500  # real pages stay under 60
_SENTENCE = re.compile(r"[.!?][\"”’')\]]*(?:\s|$)")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FRONT = re.compile(r"^(?:/|https?://[^/]+/?)$")
_NAME = re.compile(r"[^\W\d_][\w.’' -]{2,60}")
_SITE = re.compile(r"(?!https?:)[^<>]{2,80}")
# What is folded until a reader opens it is hidden in a saved page, and is the article's.
_FOLDED = frozenset(
    {"accordion", "answer", "collapse", "collapsed", "collapsible", "expand", "expandable", "faq", "faqs"}
)
_FOLDED |= {"panel", "tab", "tabpanel", "tabs", "toggle"}


def convert(data: bytes, max_bytes: int) -> Converted:
    """The article of a web page as Markdown.

    A page names its author, its site and its dates for search engines and for sharing, in tags that the site's own program writes
    for that article; they are taken where they have the form of a name or a date.

    Args:
        data: the whole file.
        max_bytes: what an article's file may have, in bytes; the Markdown is not longer.

    Raises:
        FormatError: it is binary.

    """
    del max_bytes  # Markdown is shorter than the page it was made of
    try:
        html = decode(data, page=True)
    except UndecodableError as error:
        what = "the file is binary, not a web page" if b"\x00" in data else str(error)
        raise FormatError(what, "Save the page again as HTML with the encoding UTF-8") from None
    if "\x00" in html:
        raise FormatError("the file is binary, not a web page", "Save the page again as HTML")
    if not re.search(r"<[a-z][^<>]*>", html, re.IGNORECASE):
        raise FormatError("the file is text without any tag of a web page", "Rename it so that it ends in .txt")
    soup = BeautifulSoup(html, "lxml")
    if _depth(soup) > _DEPTH:
        raise FormatError(f"the page is nested more than {_DEPTH} deep", "Simplify it, or save its text as .md")
    facts = _facts(soup)
    dropped = [snippet(part.get_text(" ")) for part in _pruned(soup)]
    root = _article(soup)
    if root is not soup:
        dropped += [snippet(part) for part in _beside(soup, root)]
    heading = next(
        (tag for tag in [*root.find_all("h1"), *soup.find_all("h1")] if not tag.find("a", href=_FRONT)), None
    )
    title = heading.get_text(" ", strip=True) if heading else ""
    return Converted(
        to_markdown(root),
        " ".join(title.split()) or _document_title(facts),
        facts.get("author", ""),
        facts.get("og:site_name", ""),
        _day(facts.get("article:modified_time") or facts.get("article:published_time") or ""),
        tuple(text for text in dropped if re.search(r"[^\W_]", text)),
    )


def _depth(soup: BeautifulSoup) -> int:
    """How many tags stand in each other at most."""
    depths = {id(soup): 0}
    for tag in soup.find_all(True):  # parents come before their children
        depths[id(tag)] = depths[id(tag.parent)] + 1
    return max(depths.values())


def _facts(soup: BeautifulSoup) -> dict[str, str]:
    """What the page's head tells, by name; only names and dates that look like it."""
    facts = {"title": " ".join(soup.title.get_text().split()) if soup.title else ""}
    for tag in soup.find_all("meta"):
        name, content = (
            str(tag.get("property") or tag.get("name") or "").lower(),
            " ".join(str(tag.get("content", "")).split()),
        )
        if content and name not in facts:
            facts[name] = content
    for name, form in (("author", _NAME), ("og:site_name", _SITE)):
        if not form.fullmatch(facts.get(name, "")) or facts[name].casefold() in {"admin", "administrator", "editor"}:
            facts.pop(name, None)
    return facts


def _document_title(facts: dict[str, str]) -> str:
    """The page's title without the name of its site."""
    title = facts.get("og:title") or facts.get("title", "")
    pieces = re.split(r"\s+[|–—·»-]\s+|\s+::\s+", title)
    if len(pieces) > 1 and (pieces[-1].casefold() == facts.get("og:site_name", pieces[-1]).casefold()):
        return title[: title.rindex(pieces[-1])].rstrip(" |–—·»:-")
    return title


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


@dataclass(slots=True)
class _Amount:
    """How much text a tag has, in characters; how much of that in links; how many links."""

    text: int = 0
    linked: int = 0
    links: int = 0


def _pruned(soup: BeautifulSoup) -> list[Tag]:
    """Take the parts around the article out of a page; they are returned in order."""
    for tag in soup.select(_SILENT):
        tag.decompose()
    amounts = _amounts(soup)
    whole = amounts[id(soup)].text
    taken: list[Tag] = []
    inside: set[int] = set()
    for tag in soup.find_all(True):  # parents come before their children
        if id(tag.parent) in inside:
            inside.add(id(tag))
        elif _is_around(tag, amounts[id(tag)], whole):
            inside.add(id(tag))
            taken.append(tag)
    for tag in taken:
        tag.extract()
    return taken


def _is_around(tag: Tag, amount: _Amount, whole: int) -> bool:
    if tag.name == "button":
        return not tag.find_parent([*_HEADINGS, "summary", "dt"])
    named = _calls_itself_around(tag) and amount.text <= _SHARE * whole and not _has_title(tag)
    return named or _leads_elsewhere(tag, amount)


def _has_title(tag: Tag) -> bool:
    """Whether a first heading stands in a tag that is not the site's name, which leads to its front page."""
    return any(not heading.find("a", href=_FRONT) for heading in tag.find_all("h1"))


def _amounts(soup: BeautifulSoup) -> dict[int, _Amount]:
    """The amounts of each tag, by its identity."""
    tags = [soup, *soup.find_all(True)]
    amounts = {id(tag): _Amount() for tag in tags}
    for text in soup.find_all(string=True):
        amounts[id(text.parent)].text += len(text.strip())
    for tag in reversed(tags):  # children come before their parents
        amount = amounts[id(tag)]
        if tag.name == "a":
            amount.linked, amount.links = amount.text, 1
        if tag.parent is not None:
            above = amounts[id(tag.parent)]
            above.text += amount.text
            above.linked += amount.linked
            above.links += amount.links
    return amounts


def _calls_itself_around(tag: Tag) -> bool:
    """Whether a tag says of itself that it is a part around the article."""
    role = str(tag.get("role", "")).lower()
    if tag.name in {"html", "body", "main", "p", "li", "td", "a", "span", *_HEADINGS} and not role and not _unseen(tag):
        return tag.name in {"p", "span", "li", "a"} and _named(tag)
    if tag.name in _AROUND or role in _ROLES or _unseen(tag):
        return True
    if tag.name == "header":
        return not tag.find(_HEADINGS) or not tag.find_parent(["article", "main"])
    if tag.name == "aside":
        return not tag.find_parent(["article", "main"]) or _named(tag)
    return _named(tag)


def _unseen(tag: Tag) -> bool:
    style = str(tag.get("style", "")).replace(" ", "").lower()
    if tag.get("role") == "tabpanel" or any(_FOLDED & _words(name) for name in _own_names(tag)):
        return False
    return (
        tag.has_attr("hidden")
        or str(tag.get("aria-hidden", "")) == "true"
        or "display:none" in style
        or "visibility:hidden" in style
    )


def _own_names(tag: Tag) -> list[str]:
    return [str(name) for name in [*tag.get_attribute_list("class"), tag.get("id")] if name]


def _words(name: str) -> set[str]:
    """The words of a class or an id: `postMeta_x1`, `post-meta` and `post_meta` have the same."""
    return {word.lower() for word in _WORDS.findall(name)}


def _named(tag: Tag) -> bool:
    for name in _own_names(tag):
        words = _words(name)
        if words & _NAMES and not words & _CONTENT:
            return True
        if any(pair <= words for pair in _PAIRS) or name.lower().replace("-", "").replace("_", "") in _NAMES:
            return True
    return False


def _leads_elsewhere(tag: Tag, amount: _Amount) -> bool:
    """Whether a list or a wrapper is links and no sentences: a menu, other articles, tags, sharing."""
    if tag.name not in {"ul", "ol", "div", "section", "p"} or amount.linked < _LINKED * amount.text:
        return False
    if amount.links < (2 if tag.name in {"ul", "ol"} else 3):
        return False
    texts = (
        line.get_text(" ", strip=True)
        for line in [tag, *tag.find_all(["p", "li", "td"])]
        if line.name in {"p", "li", "td"}
    )
    return not any(_SENTENCE.search(text) and len(text) > 80 for text in texts)


def _article(soup: BeautifulSoup) -> BeautifulSoup | Tag:
    """The tag that holds the article: the one the page calls so, if nearly all that is left of the text stands in it."""
    body = soup.body or soup
    whole = max(_sentences(body), 1)
    wanted = ((soup.find_all("article"), _MOST), (soup.select("main, [role=main], [itemprop=articleBody]"), _MUCH))
    for candidates, share in wanted:
        best = max(candidates, key=_sentences, default=None)
        if best is not None and _sentences(best) >= share * whole:
            return best
    return body


def _sentences(tag: Tag) -> int:
    """How much text of a tag is sentences, in characters."""
    return sum(
        len(text)
        for line in tag.find_all(["p", "li", "td", "dd"])
        if _SENTENCE.search(text := line.get_text(" ", strip=True))
    )


def _beside(soup: BeautifulSoup, root: BeautifulSoup | Tag) -> Iterator[str]:
    """The texts of a page that stand outside of its article."""
    inside = {id(tag) for tag in [root, *root.find_all(True)]}
    above = {id(tag) for tag in root.parents}
    for tag in (soup.body or soup).find_all(True):
        if id(tag) not in inside and id(tag) not in above and (tag.parent is None or id(tag.parent) in above):
            yield tag.get_text(" ")
