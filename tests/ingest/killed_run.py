"""`python -m ingest` under watch: `python -m tests.ingest.killed_run LOG STEP [--words] ARGUMENTS …`.

Writes to LOG, a line each, which phase begins and what touches the index folder: time (seconds, monotonic), kind, detail. Dies
as by kill -9 at line STEP (0: never). ARGUMENTS are those of `python -m ingest`; `--words` takes the tests' encoder for the real
one and writes down each text that it embeds. Whoever watches may also kill it from outside: a line is in LOG before what it
tells begins.

Kinds: `phase` NAME; `embed` DIGEST EDITION; `advance` COUNT; `fsync` HANDLE (it begins); `synced` INODE MTIME (it has ended);
`names` INODE JSON (what a folder held then: names with their inodes); `file` EVENT PATH.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING, Any

from ingest.manifest import POINTER

if TYPE_CHECKING:
    from ingest.encoder import Vectors

# How Python calls what changes a folder; https://docs.python.org/3/library/audit_events.html
_EVENTS = frozenset({"os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree", "sqlite3.connect"})


class Log:
    """The log, and the death at one of its lines.

    Args:
        path: the file, appended to.
        step: the line at which the process dies, 0 for never.

    """

    def __init__(self, path: Path, step: int) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._left = step

    def tell(self, kind: str, detail: str) -> None:
        """Write one line, and die where it is the one to die at."""
        os.write(self._handle, f"{time.monotonic():.6f}\t{kind}\t{detail}\n".encode())
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


class Watch:
    """Follows a run by what Python tells of it, so that it does not depend on how the pipeline is written.

    Args:
        log: where to tell.
        index: the index folder.

    """

    def __init__(self, log: Log, index: Path) -> None:
        self.log = log
        self._index = str(index.resolve())
        self._phase = "Starting"
        self._fsync = os.fsync
        os.fsync = self._watched_fsync  # type: ignore[assignment]
        sys.addaudithook(self._heard)

    def begin(self, phase: str) -> None:
        """A phase begins."""
        self._phase = phase
        self.log.tell("phase", phase)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _EVENTS:
            return
        if event in {"os.remove", "os.rmdir"} and arguments[-1] != -1:  # of a folder that is being removed
            self.log.tell("file", f"{event} {arguments[0]}")
            return
        paths = [os.path.realpath(os.fsdecode(path)) for path in arguments[:2] if isinstance(path, (str, bytes, Path))]
        if not any(path.startswith(self._index) for path in paths):
            return
        if event == "os.rename" and self._phase in {"Verifying", "Syncing"}:
            self.begin("Swapping")
        self.log.tell("file", f"{event} {paths[-1]}")
        if event == "os.rename" and paths[-1].endswith(POINTER):
            self._phase = "pointed"

    def _watched_fsync(self, handle: int) -> None:
        if self._phase == "Verifying":
            self.begin("Syncing")
        self.log.tell("fsync", str(handle))
        self._fsync(handle)
        stat = os.fstat(handle)
        self.log.tell("synced", f"{stat.st_ino} {stat.st_mtime_ns}")
        if S_ISDIR(stat.st_mode):
            with os.scandir(handle) as entries:
                names = {entry.name: entry.inode() for entry in entries}
            self.log.tell("names", f"{stat.st_ino} {json.dumps(names)}")
        if self._phase == "pointed":
            self.begin("Pruning")


class Told:
    """An observer that tells the watch which step begins, and the pipeline's own observer as well."""

    def __init__(self, watch: Watch, observer: Any) -> None:
        self.watch = watch
        self.observer = observer

    def step(self, name: str, total: int) -> None:
        self.watch.begin(name)
        self.observer.step(name, total)

    def advance(self, count: int) -> None:
        self.watch.log.tell("advance", str(count))
        self.observer.advance(count)


def follow(watch: Watch, *, words: bool) -> None:
    """Put the watch between the command and the pipeline."""
    import ingest.pipeline
    from ingest.encoder import Encoder

    encoder = Encoder(fast=True)
    if words:
        from tests.conftest import WordEncoder
        from tests.ingest.faults import EDITION, EMBED_AT_ONCE, digest

        class Counted(WordEncoder):
            def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
                for text in texts:
                    watch.log.tell("embed", f"{digest(text)} {' '.join(EDITION.findall(text)[:1])}")
                return super().embed(texts, progress)

        encoder = Counted()
        ingest.pipeline._EMBED_AT_ONCE = EMBED_AT_ONCE

    class Watched(ingest.pipeline.Ingestion):
        def run(self, **options: Any) -> Any:
            self.observer = Told(watch, self.observer)
            self.encoder = encoder
            try:
                return super().run(**options)
            finally:
                watch.begin("Reporting")

    ingest.pipeline.Ingestion = Watched  # type: ignore[misc]


def main(log: str, step: str, *arguments: str) -> None:
    """Run it; arguments as on the command line."""
    words = "--words" in arguments
    rest = [argument for argument in arguments if argument != "--words"]
    watch = Watch(Log(Path(log), int(step)), Path(rest[rest.index("--index") + 1]))
    watch.begin("Starting")
    follow(watch, words=words)
    sys.argv[1:] = rest
    from ingest.cli import main as command

    command()


if __name__ == "__main__":
    main(*sys.argv[1:])
