"""XML of a container (docx, odt), read without entities, without a document type and without the network."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def parse(data: bytes) -> _Element:
    """The root of an XML document.

    Raises:
        lxml.etree.XMLSyntaxError: it is not XML, or too deep.

    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(data, parser)


def core_title(archive: zipfile.ZipFile, part: str) -> str:
    """The title in a document's properties, or ""."""
    from lxml import etree

    try:
        title = parse(archive.read(part)).findtext(f".//{_TITLE}")
    except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile, OSError):
        return ""
    return " ".join((title or "").split())
