"""What the fault tests share: a corpus of numbered editions, a judge of what serves, a power cut, and runs that can be killed."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ingest.encoder import Encoder
from ingest.generation import Generation
from ingest.manifest import GENERATIONS, POINTER
from tests.conftest import PROJECT

EMBED_AT_ONCE = 16  # texts between two writes to the cache in a watched run: what a kill may lose
EDITION = re.compile(r"edition (\d+)")
LEFT_BY_DESIGN = {
    POINTER,
    GENERATIONS,
    ".lock",
    "cache.sqlite",
    "cache.sqlite-wal",
    "cache.sqlite-shm",
    "cache.damaged",
}

# Every sentence names the edition, so that a quote tells which one it is from.
_ARTICLES = {
    "bridge": """# Glute bridge

## How to do a glute bridge

To do a glute bridge, lie on your back with bent knees, as edition {k} shows. Lift your hips and hold for 3 seconds, edition {k}
adds. Do 3 sets of 12 glute bridges on every second day (edition {k}).

## Why glute bridges help

Glute bridges strengthen the muscles of the buttock, says edition {k}. Strong glutes keep the pelvis level (edition {k}).
""",
    "ice": """# Ice

## How long to ice a sore hip

Ice a sore hip for 15 to 20 minutes at a time, says edition {k}. Put a towel between ice and skin (edition {k}). Use ice in the
first days after a strain, as edition {k} explains.
""",
    "rest": """# Rest days

## Why rest days matter

Rest days matter because muscles and tendons repair themselves on them, says edition {k}. Take 2 rest days a week (edition {k}).

## How to come back after a break

After a break, come back with half of your usual distance, says edition {k}. Add a tenth each week after it (edition {k}).
""",
    "bursitis": """# Hip bursitis

## What hip bursitis is

Hip bursitis is an inflamed cushion on the outside of the hip, says edition {k}. It hurts when you lie on that side (edition {k}).

## How long hip bursitis takes to heal

Hip bursitis takes about 6 weeks to heal, says edition {k}. Sleeping with a pillow between the knees helps (edition {k}).
""",
    "strides": """# Stride

## How stride length affects the hips

A shorter stride lowers the load on the hips, says edition {k}. Raise your step rate by 5 in 100 (edition {k}).
""",
}
_SHOES = """# Shoes

## When to replace running shoes

Replace running shoes every 500 to 800 km, says edition {k}. A worn sole on one side is a sign of an old shoe (edition {k}).
"""
_EXTRA = "# News\n\n## News of the club\n\nThe club meets on Tuesdays at the track, says edition {k}.\n"

# Each is answered by every edition.
QUESTIONS = (
    "How do I do a glute bridge?",
    "How long should I ice a sore hip?",
    "Why do rest days matter?",
    "What is hip bursitis?",
    "How long does hip bursitis take to heal?",
    "When should I replace my running shoes?",
)


def digest(text: str) -> str:
    """A short name of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def edition(number: int) -> dict[str, str]:
    """The articles of an edition by their ids. One moves, one comes and goes; all others differ in every sentence."""
    articles = {name: text.format(k=number) for name, text in _ARTICLES.items()}
    articles["shoes" if number % 4 < 2 else "kit/shoes"] = _SHOES.format(k=number)
    if number % 3 == 0:
        articles[f"news/{number}"] = _EXTRA.format(k=number)
    return articles


def write_edition(corpus: Path, number: int) -> None:
    """Make the corpus folder hold an edition and nothing else."""
    articles = edition(number)
    corpus.mkdir(parents=True, exist_ok=True)
    for file in corpus.rglob("*.md"):
        if file.relative_to(corpus).with_suffix("").as_posix() not in articles:
            file.unlink()
    for name, text in articles.items():
        file = corpus / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def edition_of(generation: Generation) -> int:
    """Which edition a generation holds, all of it and nothing else.

    Raises:
        AssertionError: it is a mixture, or something is missing.

    """
    texts = {name: article.text for name in generation.store.article_ids() if (article := generation.article(name))}
    numbers = {int(number) for text in texts.values() for number in EDITION.findall(text)}
    assert len(numbers) == 1, f"{generation.id} mixes the editions {sorted(numbers)}"
    (number,) = numbers
    assert texts == edition(number), f"{generation.id} is not the whole of edition {number}"
    assert set(texts) == set(generation.manifest.articles), f"{generation.id} differs from its manifest"
    assert generation.dense_count() == generation.store.count() == generation.manifest.chunks
    return number


def assert_right_vectors(generation: Generation, encoder: Encoder) -> None:
    """Every vector of a generation is that of its own text (to half precision, in which those of sentences are kept)."""
    chunks = generation.chunks(range(generation.manifest.chunks))
    for row, chunk in enumerate(chunks):
        parts = np.vstack(
            [
                generation.part_vectors(row, len(chunk.sentences))[0],
                *generation.part_vectors(row, len(chunk.sentences))[1],
            ]
        )
        right = encoder.embed(chunk.part_texts[: len(parts)])
        assert np.abs(parts - right).max() < 2e-3, f"a wrong vector in {chunk.article}"
        _, (nearest, *_) = generation.dense(encoder.embed([chunk.embedding_text])[0], 1)
        assert nearest > 0.999, f"a wrong vector of {chunk.article} in Chroma"


def leftovers(index: Path) -> list[str]:
    """What lies in an index folder that a finished run does not leave there."""
    found = [path.name for path in index.iterdir() if path.name not in LEFT_BY_DESIGN]
    return found + [path.name for path in (index / GENERATIONS).iterdir() if not (path / "manifest.json").is_file()]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a run's log; see `tests.ingest.killed_run`."""

    at: float
    kind: str
    detail: str


def log_lines(log: Path) -> list[Line]:
    """The whole lines of a log so far."""
    try:
        text = log.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    parts = [line.split("\t", 2) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return [Line(float(at), kind, detail.rstrip("\n")) for at, kind, detail in parts]


def command(log: Path, *arguments: object, step: int = 0, words: bool = True) -> list[str]:
    """The command line of a watched run; arguments as those of `python -m ingest`."""
    kind = ["--words"] if words else []
    return [sys.executable, "-m", "tests.ingest.killed_run", str(log), str(step), *kind, *map(str, arguments)]


_SERVER = multiprocessing.get_context("forkserver") if sys.platform != "win32" else None
_LOADED = ["tests.ingest.killed_run", "tests.conftest", "ingest.cli", "ingest.pipeline", "chromadb", "bm25s"]


class Run:
    """A watched run with the tests' encoder, in a process group of its own, forked from one that has the libraries loaded.

    Args:
        log: where it tells; see `tests.ingest.killed_run`.
        arguments: those of `python -m ingest`.
        step: the line of the log at which it dies; 0: never.
        settings: environment variables.

    """

    def __init__(self, log: Path, *arguments: object, step: int = 0, **settings: str) -> None:
        assert _SERVER is not None
        _SERVER.set_forkserver_preload(_LOADED)
        self._output = log.with_suffix(".output")
        told = (str(log), str(step), "--words", *map(str, arguments))
        self.process = _SERVER.Process(target=_run, args=(str(self._output), settings, told))
        self.process.start()

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.process.exitcode is not None

    def kill(self) -> None:
        """Kill its process group, as by kill -9."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)

    def wait(self) -> tuple[int, str]:
        """Its exit code, negative where a signal ended it, and all that it printed."""
        self.process.join(300)
        assert self.process.exitcode is not None
        return self.process.exitcode, self._output.read_text(encoding="utf-8") if self._output.exists() else ""


def _run(output: str, settings: dict[str, str], told: tuple[str, ...]) -> None:
    os.setsid()
    os.environ.update(settings)
    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    from tests.ingest.killed_run import main

    main(*told)


def environment() -> dict[str, str]:
    """The environment of a watched run: this code, and one thread a process."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"}


def run(*command_line: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in a process group of its own."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return] # noqa: PLW1510
        command_line,
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        start_new_session=True,
        **options,
    )


Mark = tuple[int, int]  # inode, time of the last change in nanoseconds


def _mark(path: Path) -> Mark:
    stat = path.lstat()
    return stat.st_ino, stat.st_mtime_ns


@dataclass(slots=True)
class PowerCut:
    """What a power cut can leave of an index folder: of all that was not made durable, any part.

    Taken before a run, applied to what the run left. What lay there before is durable. A file that the run wrote is durable
    where it was synced after its last change; a name that came, went or changed where its folder was synced after that.
    SQLite's own files are left to SQLite, but for the cache, which may be damaged in any way: nothing may depend on it.

    Args:
        index: the index folder.
        keep: a folder of the same file system for links to what lies in the index now.

    """

    index: Path
    keep: Path
    before: dict[str, Mark] = field(init=False)
    _names: dict[int, dict[str, int]] = field(
        default_factory=dict, init=False
    )  # of each folder when it was synced last
    _places: dict[int, Path] = field(default_factory=dict, init=False)  # where each folder is now

    def __post_init__(self) -> None:
        self.before = {path.relative_to(self.index).as_posix(): _mark(path) for path in _tree(self.index)}
        shutil.rmtree(self.keep, ignore_errors=True)
        shutil.copytree(self.index, self.keep, copy_function=os.link)

    def apply(self, target: Path, log: Path, choose: random.Random) -> None:
        """Write to `target` what one of the many possible cuts would have left."""
        lines = log_lines(log)
        ends = [line.detail.split() for line in lines if line.kind == "synced"]
        synced = {(int(inode), int(changed)) for inode, changed in ends}
        listed = [line.detail.split(" ", 1) for line in lines if line.kind == "names"]
        self._names = {int(inode): json.loads(names) for inode, names in listed}
        self._places = {path.lstat().st_ino: path for path in _tree(self.index) if path.is_dir()}
        self._folder("", target, synced, choose)

    def _folder(self, name: str, target: Path, synced: set[Mark], choose: random.Random) -> None:
        now, before = self.index / name, self.keep / name
        target.mkdir()
        if (
            not now.is_dir()
        ):  # taken away, and the folder above had not been synced: what was not removed yet is all there
            moved = self._places.get(self.before[name][0])
            stays = {path.name for path in moved.iterdir()} if moved else set()
            for entry in sorted(path.name for path in before.iterdir()):
                if entry in stays or choose.random() < 0.7:
                    self._entry(f"{name}/{entry}", target / entry, before / entry, synced, choose)
            return
        here = {path.name: path.lstat().st_ino for path in now.iterdir()}
        there = {path.name: path.lstat().st_ino for path in before.iterdir()} if before.is_dir() else {}
        durable = self._names.get(now.stat().st_ino, there)
        for entry in sorted(here.keys() | durable.keys()):
            source = now / entry if entry in here else None
            by_sqlite = entry.startswith("cache.sqlite") or entry.endswith("-journal")
            if here.get(entry) != durable.get(entry) and not by_sqlite and choose.random() < 0.5:
                source = before / entry if entry in durable and entry in there else None
            if source is not None:
                self._entry(f"{name}/{entry}" if name else entry, target / entry, source, synced, choose)

    def _entry(self, path: str, target: Path, source: Path, synced: set[Mark], choose: random.Random) -> None:
        if source.is_dir():
            self._folder(path, target, synced, choose)
            return
        data: bytes | None = source.read_bytes()
        if path.startswith("cache.sqlite") or not self._is_durable(path, source, synced):
            data = damaged(source.read_bytes(), choose)
        if data is not None:
            target.write_bytes(data)

    def _is_durable(self, path: str, source: Path, synced: set[Mark]) -> bool:
        mark = _mark(source)
        if mark in synced or self.before.get(path) == mark:
            return True
        # A reader's Chroma writes even where it only reads, and syncs what it writes.
        inodes = {inode for inode, _ in synced} | {inode for inode, _ in [self.before.get(path, (0, 0))]}
        return source.name.endswith("-journal") or (source.name == "chroma.sqlite3" and mark[0] in inodes)


def damaged(data: bytes, choose: random.Random) -> bytes | None:
    """What can be left of a file that was not synced: all, nothing, its beginning, or zeros in place of some blocks."""
    how = choose.choice(["whole", "whole", "gone", "empty", "cut", "zeros", "blocks"])
    at = choose.randrange(len(data)) if data else 0
    if how == "gone":
        return None
    if how == "empty":
        return b""
    if how == "cut":
        return data[:at]
    if how == "zeros":
        return data[:at] + bytes(len(data) - at)
    if how == "blocks":
        lost = bytearray(data)
        for first in range(0, len(data), 512):
            if choose.random() < 0.1:
                lost[first : first + 512] = bytes(len(lost[first : first + 512]))
        return bytes(lost)
    return data


def _tree(folder: Path) -> Iterator[Path]:
    yield folder
    if folder.is_dir():
        yield from folder.rglob("*")
