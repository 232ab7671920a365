"""Formats: files that are not Markdown or plain text, converted to Markdown; one module a format, each loaded when used."""

from __future__ import annotations

from ingest.formats.converted import Converted, FormatError
from ingest.formats.kinds import SUFFIXES, Kind, check_content

__all__ = ["SUFFIXES", "Converted", "FormatError", "Kind", "check_content"]
