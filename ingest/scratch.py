"""Scratch: files that editors and word processors write beside an article while it is open. Neither articles nor mistakes."""

from __future__ import annotations

import re

_SCRATCH = re.compile(
    r"""^(?:
        \..*                            # hidden: .article.md.swp (vim), .#article.md (emacs), .~lock.article.odt# (LibreOffice)
      | ~\$.*                           # Word's own lock
      | \#.*\#                          # emacs saves by itself
      | 4913|5036|5159                  # vim tries whether it may write here
      | .*~                             # a copy of what was there before
      | .*\.(?:bak|orig|tmp|temp|sw[a-p]|part|crdownload)
    )$""",
    re.VERBOSE | re.IGNORECASE,
)


def is_scratch(name: str) -> bool:
    """Whether a file or folder of this name is hidden or an editor's own, and never an article.

    Args:
        name: the last part of a path.

    """
    return bool(_SCRATCH.match(name))
