"""Prepared: what was made of the rule files, kept beside Python's byte code so that the next start need not parse them.

Parsing and checking 6,000 phrases takes a third of a second; reading what came of them, a few hundredths. As with byte
code, what is kept is never trusted over its source: it is named by a digest of every rule file, of this package's code
and of the Python version, so that any edit makes another name. Broken rules raise before anything is kept. Whatever is
wrong with the kept file, the rules are read from their sources.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_Parts = TypeVar("_Parts")

PACKAGE = Path(__file__).parent
_NAME = "rules-"


def prepared(directory: Path, region: str, build: Callable[[], _Parts]) -> _Parts:
    """What ``build`` makes of the package's own rule files, from the last time where nothing has changed since.

    Args:
        directory: the rule files. Those of another folder than the package's own are always built.
        region: whose telephone numbers are in it.
        build: reads the rule files; what it raises is passed on.

    """
    if directory.resolve() != (PACKAGE / "data").resolve():
        return build()
    file = _file(region)
    try:
        # Its name is a digest of the sources, and it lies where Python keeps the code it runs: as trusted as that.
        parts: _Parts = pickle.loads(file.read_bytes())  # noqa: S301
    except Exception:  # noqa: BLE001 - missing, cut short, of another pickle: all mean that it must be built
        parts = build()
        _keep(file, parts)
    return parts


def _file(region: str) -> Path:
    digest = hashlib.sha256(f"{sys.version}\0{PACKAGE}".encode())
    for source in sorted((*PACKAGE.glob("*.py"), *PACKAGE.rglob("*.yaml"))):
        data = source.read_bytes()
        digest.update(f"{source.relative_to(PACKAGE).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    code = Path(importlib.util.cache_from_source(__file__)).parent
    return code / f"{_NAME}{region}-{digest.hexdigest()[:32]}.pickle"


def _keep(file: Path, parts: object) -> None:
    """Keep it for the next start; where that cannot be, nothing is lost but time."""
    temporary = file.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(pickle.dumps(parts, pickle.HIGHEST_PROTOCOL))
        temporary.replace(file)
        region = file.name.removeprefix(_NAME).partition("-")[0]
        for old in file.parent.glob(f"{_NAME}{region}-*"):
            if old != file:
                old.unlink()
