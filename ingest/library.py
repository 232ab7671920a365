"""Library: the read side of an index for a long-running app; each question is answered from one whole generation."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import IndexUnavailableError
from ingest.generation import Generation
from ingest.manifest import current_generation, generation_folder

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Lease:
    """An open generation and how many questions use it now."""

    generation: Generation
    readers: int = 0
    retired: bool = False


class Library:
    """Opens the serving generation, and the next one when the pointer has moved. Safe to share between threads.

    Args:
        index: the index folder.

    Example:
        >>> library = Library(Path("index"))                # doctest: +SKIP
        >>> with library.generation() as generation:        # doctest: +SKIP
        ...     generation.manifest.chunks

    """

    def __init__(self, index: Path) -> None:
        self.index = index
        self._lock = threading.Lock()
        self._serving: _Lease | None = None

    @contextmanager
    def generation(self) -> Iterator[Generation]:
        """The serving generation, held open until the block ends even if an editor swaps it meanwhile.

        A new generation that cannot be opened does not stop the app: the one already open goes on serving, and the log
        says so.

        Raises:
            IndexUnavailableError: there is no generation that can be read.

        """
        with self._lock:
            lease = self._current()
            lease.readers += 1
        try:
            yield lease.generation
        finally:
            with self._lock:
                lease.readers -= 1
                self._release(lease)

    def _current(self) -> _Lease:
        serving = self._serving
        try:
            name = current_generation(self.index)
            if name is None:
                raise IndexUnavailableError(
                    f"There is no index at {self.index} yet. Run `python -m ingest` to make it."
                )
            if serving is None or serving.generation.id != name:
                opened = _Lease(self._open(name))
                self._serving = opened
                if serving is not None:
                    serving.retired = True
                    self._release(serving)
                return opened
        except IndexUnavailableError as error:
            if serving is None:
                raise
            logger.warning("The generation %s goes on serving: %s", serving.generation.id, error)
        if serving is None:  # unreachable; for the type checker
            raise IndexUnavailableError("No generation is open.")
        return serving

    def _open(self, name: str) -> Generation:
        """Open a generation, or the one that serves now where it was replaced and removed meanwhile."""
        try:
            return Generation.open(generation_folder(self.index, name))
        except IndexUnavailableError:
            now = current_generation(self.index)
            if now is None or now == name:
                raise
            return Generation.open(generation_folder(self.index, now))

    @staticmethod
    def _release(lease: _Lease) -> None:
        if lease.retired and not lease.readers:
            lease.generation.close()

    def close(self) -> None:
        """Close what is open, as soon as no question uses it."""
        with self._lock:
            if self._serving is not None:
                self._serving.retired = True
                self._release(self._serving)
                self._serving = None
