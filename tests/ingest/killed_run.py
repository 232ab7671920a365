"""An ingestion that dies, as by kill -9, at a given point: `python -m tests.ingest.killed_run CORPUS INDEX STEPS`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import ingest.pipeline
from ingest.pipeline import Ingestion
from tests.conftest import WordEncoder

DIED = 9


def main(corpus: Path, index: Path, steps: int) -> None:
    left = steps

    def die_later(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os._exit(DIED)

    class Deadly:
        def step(self, name: str, total: int) -> None:
            die_later()

        def advance(self, count: int) -> None:
            die_later()

    def watched(original: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object) -> object:
            die_later()
            result = original(*arguments)
            die_later()
            return result

        return wrapped

    for name in ("verify_generation", "sync_tree", "sync_folder", "point_to"):
        setattr(ingest.pipeline, name, watched(getattr(ingest.pipeline, name)))
    Ingestion(corpus, index, encoder=WordEncoder(), observer=Deadly()).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
