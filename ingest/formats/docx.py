"""Word documents (.docx), by `mammoth`: their styles as headings and lists, their comments and deleted text left out."""

from __future__ import annotations

import io

from bs4 import BeautifulSoup

from ingest.formats.converted import Converted, FormatError
from ingest.formats.kinds import open_archive
from ingest.formats.markdown import to_markdown
from ingest.formats.xml import core_title

# Names of styles as Word writes them in any language; mammoth knows those of the headings itself.
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh\np[style-name='Quote'] => blockquote > p:fresh"


def convert(data: bytes, max_bytes: int) -> Converted:
    """A Word document as Markdown.

    Its properties name whoever's account made it and when it was last saved, which is neither the author nor the review; so
    author and date are left to the front matter of a Markdown file.

    Args:
        data: the whole file.
        max_bytes: what an article's file may have, in bytes.

    Raises:
        FormatError: it is locked, damaged, or unpacks to too much.

    """
    import mammoth

    with open_archive(data, max_bytes) as archive:
        title = core_title(archive, "docProps/core.xml")
    try:
        result = mammoth.convert_to_html(
            io.BytesIO(data), style_map=_STYLES, convert_image=mammoth.images.img_element(lambda _: {}), id_prefix="n"
        )
    except (RecursionError, MemoryError):
        raise
    except Exception as error:
        raise FormatError("the Word document is damaged", "Open it in its program and save it again") from error
    return Converted(to_markdown(BeautifulSoup(result.value, "lxml")), title)
