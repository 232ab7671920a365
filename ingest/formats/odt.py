"""OpenDocument texts (.odt): what a reader sees of their XML as HTML, and that as Markdown."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup

from ingest.formats.converted import Converted, FormatError
from ingest.formats.kinds import UNLOCK, open_archive
from ingest.formats.markdown import to_markdown
from ingest.formats.xml import core_title, parse

if TYPE_CHECKING:
    from lxml.etree import _Element

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TAGS = {
    f"{_TEXT}p": "p",
    f"{_TEXT}list": "ul",
    f"{_TEXT}list-item": "li",
    f"{_TEXT}list-header": "li",
    f"{_TEXT}section": "div",
    f"{_TABLE}table": "table",
    f"{_TABLE}table-row": "tr",
    f"{_TABLE}table-header-rows": "thead",
    f"{_TABLE}table-cell": "td",
    f"{_TABLE}covered-table-cell": "",
}
_BETWEEN = {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": "<br>"}
# What is in the file and not in the text a reader sees, or is made from it.
_UNSEEN = frozenset(
    f"{_TEXT}{name}"
    for name in (
        "tracked-changes",
        "note",
        "table-of-content",
        "alphabetical-index",
        "sequence-decls",
        "variable-decls",
        "bookmark",
    )
) | {f"{_OFFICE}annotation", f"{_OFFICE}forms", f"{_OFFICE}scripts"}


def convert(data: bytes, max_bytes: int) -> Converted:
    """An OpenDocument text as Markdown; its notes, comments, deleted text and tables of contents left out.

    Author and date are left to the front matter of a Markdown file, as for a Word document (`ingest.formats.docx`).

    Args:
        data: the whole file.
        max_bytes: what an article's file may have, in bytes.

    Raises:
        FormatError: it is locked, damaged, or unpacks to too much.

    """
    from lxml import etree

    with open_archive(data, max_bytes) as archive:
        try:
            if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                raise FormatError("the file is protected by a password", UNLOCK)
            root = parse(archive.read("content.xml"))
            body = root.find(f".//{_OFFICE}text")
        except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile, OSError) as error:
            raise FormatError("the OpenDocument text is damaged", "Open it in its program and save it again") from error
        title = core_title(archive, "meta.xml")
    if body is None:
        raise FormatError("the file is an OpenDocument without a text", "Save the article as a text document")
    html = "".join(_html(body, _title_styles(root)))
    return Converted(to_markdown(BeautifulSoup(html, "lxml")), title)


def _title_styles(root: _Element) -> frozenset[str]:
    """The names of the paragraph styles that are, or are derived from, the one for titles."""
    derived = {
        str(style.get(f"{_STYLE}name"))
        for style in root.iter(f"{_STYLE}style")
        if style.get(f"{_STYLE}parent-style-name") == "Title"
    }
    return frozenset({"Title", *derived})


def _html(body: _Element, titles: frozenset[str]) -> Iterator[str]:
    from lxml import etree

    walk = etree.iterwalk(body, events=("start", "end"))
    for event, element in walk:
        if element is body:
            continue
        tag = _tag(element, titles)
        if element.tag in _UNSEEN:
            if event == "start":
                walk.skip_subtree()
        elif event == "start":
            yield _BETWEEN.get(str(element.tag), "")
            yield _opening(element, tag)
            yield escape(element.text or "")
        elif tag:
            yield f"</{tag}>"
        if event == "end":
            yield escape(element.tail or "")


def _tag(element: _Element, titles: frozenset[str]) -> str:
    if element.tag == f"{_TEXT}h":
        level = str(element.get(f"{_TEXT}outline-level", "1"))
        return f"h{min(max(int(level), 1), 6)}" if level.isdigit() else "h1"
    if element.tag == f"{_TEXT}p" and element.get(f"{_TEXT}style-name") in titles:
        return "h1"
    return _TAGS.get(str(element.tag), "")


def _opening(element: _Element, tag: str) -> str:
    if tag != "td":
        return f"<{tag}>" if tag else ""
    spans = "".join(
        f' {html}="{escape(value)}"'
        for name, html in (("rows", "rowspan"), ("columns", "colspan"))
        if (value := element.get(f"{_TABLE}number-{name}-spanned"))
    )
    return f"<td{spans}>"
