"""Ingestion under fire, in small: killed at each kind of moment, the power cut, the disk full, while readers go on.

The large run is `make faults` (benchmarks/faults.py); this is a slice of it that a test run can afford.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from ingest.cache import EmbeddingCache
from ingest.errors import IndexUnavailableError
from ingest.generation import damage, open_current
from ingest.hold import Hold, take_away
from ingest.library import Library
from ingest.manifest import current_generation, generation_folder
from ingest.pipeline import CACHE, LOCK, Ingestion, list_generations
from tests.conftest import WordEncoder
from tests.ingest.faults import (
    EMBED_AT_ONCE,
    PowerCut,
    Run,
    assert_right_vectors,
    command,
    digest,
    edition_of,
    leftovers,
    log_lines,
    run,
    write_edition,
)

unix = pytest.mark.skipif(sys.platform == "win32", reason="signals, file locks and limits of Unix")
KILLS = 20


def served(index: Path) -> int:
    """The edition that serves, whole, with the vectors of its own texts."""
    generation = open_current(index)
    try:
        assert_right_vectors(generation, WordEncoder())
        return edition_of(generation)
    finally:
        generation.close()


def ingest(corpus: Path, index: Path, number: int, **options: int) -> None:
    """Make an edition serve, in this process."""
    write_edition(corpus, number)
    assert Ingestion(corpus, index, encoder=WordEncoder(), **options).run().exit_code == 0


@unix
def test_a_run_killed_at_any_moment_leaves_a_whole_index_and_the_next_mends(tmp_path: Path) -> None:
    corpus, index, log = tmp_path / "corpus", tmp_path / "index", tmp_path / "log"
    options = ("--corpus", corpus, "--index", index)
    for number in (0, 1):
        ingest(corpus, index, number)
    write_edition(corpus, 2)
    assert Run(log, *options).wait()[0] == 0
    steps = len(log_lines(log))
    choose, library, phases, previous = random.Random(1), Library(index), set(), 2
    for kill in range(KILLS):
        number = kill + 3
        write_edition(corpus, number)
        log.unlink()
        cut = PowerCut(index, tmp_path / "before")
        step = 1 + kill * (steps - 2) // (KILLS - 1)  # the last but one line is of the pruning
        assert Run(log, *options, step=step).wait()[0] == -signal.SIGKILL
        phases |= {line.detail for line in log_lines(log) if line.kind == "phase"}
        name = current_generation(index)
        assert damage(generation_folder(index, str(name))) is None
        with library.generation() as generation:
            assert generation.id == name
            assert edition_of(generation) in {previous, number}
        cut.apply(tmp_path / "cut", log, choose)
        assert served(tmp_path / "cut") in {previous, number}
        for folder in (tmp_path / "cut", index):
            embedded = {line.detail.split()[0] for line in log_lines(log) if line.kind == "embed"}
            encoder = WordEncoder()
            assert Ingestion(corpus, folder, encoder=encoder).run().exit_code == 0
            assert served(folder) == number
            assert leftovers(folder) == []
            if folder == index:
                again = {digest(text) for text in encoder.embedded} & embedded
                assert len(again) <= EMBED_AT_ONCE
        shutil.rmtree(tmp_path / "cut")
        previous = number
    library.close()
    assert {"Comparing", "Splitting", "Embedding", "Building", "Verifying", "Syncing", "Swapping", "Pruning"} <= phases


@unix
def test_whatever_room_is_left_on_the_disk_it_is_said_and_the_old_index_serves(tmp_path: Path) -> None:
    import resource

    corpus, index, log = tmp_path / "corpus", tmp_path / "index", Path(os.devnull)
    ingest(corpus, index, 1)
    write_edition(corpus, 2)
    codes = []
    for kilobytes in (1, 40, 90, 150, 4000):

        def limit(most: int = kilobytes * 1024) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        done = run(*command(log, "--corpus", corpus, "--index", index), preexec_fn=limit)
        codes.append(done.returncode)
        if done.returncode:
            assert done.returncode == 2
            assert "could not be written" in done.stderr
            assert "goes on serving" in done.stderr
            assert "Traceback" not in done.stderr
            assert served(index) == 1
    assert codes[0] == 2
    assert codes[-1] == 0
    assert served(index) == 2


@unix
def test_a_question_that_began_before_a_pruning_is_answered_after_it(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    ingest(corpus, index, 1)
    library = Library(index)
    with library.generation() as generation:  # opened, and not asked yet: Chroma has its files still to open
        for number in (2, 3, 4):
            ingest(corpus, index, number, keep=1)
        assert edition_of(generation) == 1
        assert_right_vectors(generation, WordEncoder())
        assert len(list_generations(index)) == 2
    with library.generation() as generation:
        assert edition_of(generation) == 4
    assert Ingestion(corpus, index, keep=1, encoder=WordEncoder()).run().unchanged
    assert [folder.name for folder in list_generations(index)] == [current_generation(index)]
    library.close()


def test_an_app_that_opens_while_an_editor_swaps_and_prunes_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    ingest(corpus, index, 1)
    seen = []

    def overtaken(folder: Path) -> str | None:
        name = current_generation(folder)
        if not seen:
            ingest(corpus, index, 2, keep=1)
        seen.append(name)
        return name

    monkeypatch.setattr("ingest.library.current_generation", overtaken)
    library = Library(index)
    with library.generation() as generation:
        assert edition_of(generation) == 2
    assert not generation_folder(index, str(seen[0])).exists()
    library.close()


@unix
def test_a_generation_that_is_held_is_not_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "generation"
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    first, second = Hold(folder), Hold(folder)
    first.release()
    assert not take_away(folder)
    second.release()
    assert take_away(folder)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        Hold(folder)


def test_opening_and_asking_changes_no_file_of_the_vector_index(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    ingest(corpus, index, 1)
    corpus_of_one = tmp_path / "one"
    corpus_of_one.mkdir()
    (corpus_of_one / "ice.md").write_text("# Ice\n\nUse ice.\n")
    Ingestion(corpus_of_one, tmp_path / "index of one", encoder=WordEncoder()).run()
    for place in (index, tmp_path / "index of one"):
        generation = open_current(place)
        folder = generation_folder(place, generation.id)
        files = [file for file in folder.rglob("*") if file.is_file() and file.name != "chroma.sqlite3"]
        before = {file: file.stat().st_mtime_ns for file in files}
        vector = WordEncoder().embed(["ice"])[0]
        assert len(generation.dense(vector, 3)[0]) > 0
        generation.close()
        assert {file: file.stat().st_mtime_ns for file in files} == before


@unix
def test_a_database_that_a_reader_is_writing_to_is_not_taken_for_damaged(tmp_path: Path) -> None:
    ingest(tmp_path / "corpus", tmp_path / "index", 1)
    folder = generation_folder(tmp_path / "index", str(current_generation(tmp_path / "index")))
    file = folder / "chroma" / "chroma.sqlite3"
    # A reader's Chroma that dies in the middle of a write: its pages are half in the file, its journal says what was there.
    dying = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 1")
db.execute("BEGIN IMMEDIATE")
db.execute("CREATE TABLE more (text TEXT)")
for number in range(2000):
    db.execute("INSERT INTO more VALUES (?)", ("x" * 500,))
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", dying, str(file)], check=False).returncode == 9
    assert file.with_name("chroma.sqlite3-journal").is_file()
    assert damage(folder) is None
    assert served(tmp_path / "index") == 1


@pytest.mark.parametrize("seed", range(12))
def test_a_cache_damaged_in_any_way_never_gives_a_wrong_vector(tmp_path: Path, seed: int) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    ingest(corpus, index, 1)
    file, choose = index / CACHE, random.Random(seed)
    data = bytearray(file.read_bytes())
    for _ in range(choose.choice([1, 3, 20])):
        first = choose.randrange(0, len(data), 512)
        data[first : first + 512] = choose.choice([bytes(512), choose.randbytes(512)])[: len(data) - first]
    file.write_bytes(data[: choose.randrange(len(data))] if seed % 4 == 0 else data)
    shutil.rmtree(generation_folder(index, str(current_generation(index))))  # all vectors must come from the cache
    assert Ingestion(corpus, index, encoder=WordEncoder()).run(force=True).exit_code == 0
    assert served(index) == 1


def test_a_vector_with_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    ingest(corpus, index, 1)
    with closing(sqlite3.connect(index / CACHE)) as db, db:
        rows = db.execute("SELECT id, vector FROM vectors").fetchall()
        zeroed = [(vector[:800] + bytes(400) + vector[1200:], row) for row, vector in rows]
        db.executemany("UPDATE vectors SET vector = ? WHERE id = ?", zeroed)
    with EmbeddingCache(index / CACHE) as cache:
        assert cache.count() == len(rows)
    ingest(corpus, index, 1, keep=1)
    write_edition(corpus, 1)
    encoder = WordEncoder()
    shutil.rmtree(generation_folder(index, str(current_generation(index))))
    assert Ingestion(corpus, index, encoder=encoder).run().exit_code == 0
    assert len(encoder.embedded) >= len(rows) - 1
    assert served(index) == 1


def test_two_editors_and_a_rollback_are_kept_apart(tmp_path: Path) -> None:
    corpus, index, log = tmp_path / "corpus", tmp_path / "index", tmp_path / "log"
    ingest(corpus, index, 1)
    write_edition(corpus, 2)
    with FileLock(index / LOCK):
        for arguments in (("--corpus", corpus, "--index", index), ("rollback", "--index", index)):
            done = run(*command(log, *arguments))
            assert (done.returncode, "Another ingestion is running" in done.stderr) == (2, True)
    assert served(index) == 1


def test_what_a_killed_run_left_is_pruned_by_a_run_with_nothing_to_do(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    for number in (1, 2, 3):
        ingest(corpus, index, number)
    assert len(list_generations(index)) == 3
    ingest(corpus, index, 3, keep=1)
    assert [folder.name for folder in list_generations(index)] == [current_generation(index)]


def test_a_generation_that_could_not_be_opened_once_can_be_later(tmp_path: Path) -> None:
    index = tmp_path / "index"
    ingest(tmp_path / "corpus", index, 1)
    file = generation_folder(index, str(current_generation(index))) / "chroma" / "chroma.sqlite3"
    whole = file.read_bytes()
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(IndexUnavailableError):
        open_current(index)
    file.write_bytes(whole)
    assert served(index) == 1
