"""Kinds: which format a file has by its name, and whether its bytes agree."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Literal

from ingest.formats.converted import FormatError

Kind = Literal["markdown", "text", "html", "docx", "odt", "pdf"]
SUFFIXES: dict[str, Kind] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".odt": "odt",
    ".pdf": "pdf",
}
NAMES: dict[str, str] = {
    "markdown": "a Markdown file",
    "text": "a text file",
    "html": "a web page",
    "docx": "a Word document",
    "odt": "an OpenDocument text",
    "pdf": "a PDF",
}
# What a container of XML unpacks to may be so many times what its file may have: Word's XML is some ten times its text.
UNPACKED = 20
_ODT = b"application/vnd.oasis.opendocument.text"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS = {
    b"{\\rtf": "rich text (RTF)",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed archive",
    b"7z\xbc\xaf": "a compressed archive",
}
_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->|<\?xml[^>]*\?>)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL
)
_LOCKED = "the file is protected by a password"
UNLOCK = "Save it without the password"


def check_content(kind: Kind, data: bytes) -> None:
    """Make sure that a file's bytes are of the kind its name says, and unpack to a size that can be read.

    Args:
        kind: what the name says.
        data: the whole file.

    Raises:
        FormatError: it is something else, locked, or damaged.

    """
    found = _kind_of(data)
    if found in NAMES and found != kind:
        suffix = next(suffix for suffix, name in SUFFIXES.items() if name == found)
        raise FormatError(
            f"the file is {NAMES[found]}, not {NAMES[kind]} as its name says", f"Rename it so that it ends in {suffix}"
        )
    if found == "locked":
        raise FormatError(_LOCKED, UNLOCK)
    if found and found not in NAMES:
        raise FormatError(
            f"the file is {found}, which this version does not read", "Save it as .docx, .odt, .html or .md"
        )
    # Some programs write a line of their own before a PDF.
    if kind in {"docx", "odt", "pdf"} and found != kind and not (kind == "pdf" and b"%PDF-" in data[:1024]):
        raise FormatError(
            f"the file is not {NAMES[kind]}, or it is damaged", "Open it in its program and save it again"
        )


def _kind_of(data: bytes) -> str:
    """The kind of a file by its bytes; "locked"; the name of a format that is not read; or "" for text."""
    for start, kind in _STARTS.items():
        if data.startswith(start):
            return kind
    if data.startswith(b"PK\x03\x04"):
        return _archive(data)
    if data.startswith(_OLE):
        return "locked" if "EncryptedPackage".encode("utf-16-le") in data else "an old Office document (.doc)"
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    return "html" if _PAGE.match(data[:4096]) else ""


def _archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "word/document.xml" in names:
                return "docx"
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype").strip()
                if kind.startswith(_ODT):
                    return "odt"
            return "an archive or another kind of document"
    except Exception:  # noqa: BLE001 - zipfile raises all kinds of errors for a damaged archive
        return ""


def open_archive(data: bytes, max_bytes: int) -> zipfile.ZipFile:
    """Open a container of XML (docx, odt) whose parts may be read.

    What a part claims to unpack to is what `zipfile` reads of it at most, so the claims can be trusted here.

    Args:
        data: the whole file.
        max_bytes: what an article's file may have, in bytes; the XML may unpack to `UNPACKED` times that.

    Raises:
        FormatError: it is damaged, locked, or unpacks to more.

    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception:  # noqa: BLE001 - as above
        raise FormatError("the file is damaged", "Open it in its program and save it again") from None
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise FormatError(_LOCKED, UNLOCK)
    size = sum(part.file_size for part in parts if part.filename.lower().endswith((".xml", ".rels")))
    if size > UNPACKED * max_bytes or len(parts) > 10_000:
        raise FormatError(
            f"the file unpacks to {size / 1024:,.0f} KiB, more than the {UNPACKED * max_bytes // 1024:,} KiB allowed",
            "Split it, or raise HIPWISE_MAX_ARTICLE_KB",
        )
    return archive
