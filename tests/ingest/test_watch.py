"""`python -m ingest --watch` as a process, and saves as editors make them; waits for what it prints, until a deadline."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from ingest.article import list_article_files
from ingest.generation import open_current
from ingest.pipeline import LOCK, Ingestion
from ingest.scratch import is_scratch
from tests.conftest import PROJECT, WordEncoder
from tests.ingest.faults import command, environment

DEADLINE = 60.0  # seconds in which a line must come


class Watching:
    """The command at work.

    Args:
        arguments: those of `python -m ingest --watch`.

    """

    def __init__(self, log: Path, *arguments: object) -> None:
        self.process = subprocess.Popen(
            command(log, *arguments, "--watch"),
            cwd=PROJECT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: queue.Queue[str | None] = queue.Queue()
        self.heard: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def until(self, *words: str) -> str:
        """The next line with all these words; what comes before it is passed over."""
        end = time.monotonic() + DEADLINE
        while True:
            line = self.lines.get(timeout=max(end - time.monotonic(), 0.01))
            assert line is not None, f"it ended, having said {self.heard}"
            self.heard.append(line)
            if all(word in line for word in words):
                return line

    def end(self, how: signal.Signals) -> tuple[int, list[str]]:
        """Send a signal; the exit code and what was still said."""
        self.process.send_signal(how)
        code = self.process.wait(DEADLINE)
        rest = []
        while (line := self.lines.get(timeout=DEADLINE)) is not None:
            rest.append(line)
        return code, rest


@pytest.fixture
def watching(corpus: Path, index: Path, tmp_path: Path) -> Iterator[Watching]:
    """A watch on the small corpus, its first run done."""
    watch = Watching(tmp_path / "log", "--corpus", corpus, "--index", index)
    try:
        watch.until("added bridge, ice, shoes/replace")
        watch.until("Watching")
        yield watch
    finally:
        watch.process.kill()
        watch.process.wait()


def save_like_vim(file: Path, text: str) -> None:
    """Try the folder, keep a backup, write anew, remove both."""
    probe, swap, backup = file.with_name("4913"), file.with_name(f".{file.name}.swp"), file.with_name(f"{file.name}~")
    swap.write_bytes(b"swap")
    probe.touch()
    probe.unlink()
    if file.exists():
        file.rename(backup)
    file.write_text(text)
    backup.unlink(missing_ok=True)
    swap.unlink()


def save_in_place(file: Path, text: str) -> None:
    """Cut the file to nothing, then write it."""
    with file.open("w") as handle:
        handle.write(text)


def save_by_renaming(file: Path, text: str) -> None:
    """Write beside, then rename over."""
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text)
    beside.replace(file)


def save_by_deleting(file: Path, text: str) -> None:
    """Delete, then create."""
    file.unlink()
    file.write_text(text)


def indexed(index: Path, name: str) -> str:
    """An article's text as it serves, or ""."""
    generation = open_current(index)
    try:
        article = generation.article(name)
        return article.text if article else ""
    finally:
        generation.close()


def test_every_way_of_saving_is_followed(watching: Watching, corpus: Path, index: Path) -> None:
    for number, save in enumerate((save_like_vim, save_in_place, save_by_renaming, save_by_deleting)):
        text = f"# Ice\n\nUse ice for {number + 1} minutes.\n"
        save(corpus / "ice.md", text)
        watching.until("changed ice")
        assert indexed(index, "ice") == text
    assert not [line for line in watching.heard if "rejected" in line]


def test_files_and_folders_that_come_go_and_move(watching: Watching, corpus: Path, index: Path) -> None:
    (corpus / "new.md").write_text("# New\n\nA new text.\n")
    watching.until("added new")
    (corpus / "new.md").rename(corpus / "newer.md")
    watching.until("renamed new -> newer")
    (corpus / "shoes").rename(corpus / "kit")
    watching.until("renamed shoes/replace -> kit/replace")
    (corpus / "newer.md").unlink()
    watching.until("removed newer")
    assert indexed(index, "kit/replace")
    assert not indexed(index, "newer")


def test_a_half_written_file_is_rejected_and_read_at_its_next_save(
    watching: Watching, corpus: Path, index: Path
) -> None:
    before = indexed(index, "bridge")
    save_in_place(corpus / "bridge.md", "---\ntitle: Bridges\n")
    assert "not closed" in watching.until("rejected bridge (its last good version stays)")
    assert indexed(index, "bridge") == before
    whole = "---\ntitle: Bridges\n---\n\nBridges are good for the glutes.\n"
    save_in_place(corpus / "bridge.md", whole)
    watching.until("changed bridge")
    assert indexed(index, "bridge") == whole


def test_the_corpus_folder_may_go_and_come_back(watching: Watching, corpus: Path, index: Path) -> None:
    corpus.rename(corpus.with_name("elsewhere"))
    watching.until("is gone")
    assert indexed(index, "ice")
    shutil.copytree(corpus.with_name("elsewhere"), corpus)
    (corpus / "ice.md").write_text("# Ice\n\nIce is back.\n")
    watching.until("changed ice")
    save_in_place(corpus / "ice.md", "# Ice\n\nIce is watched again.\n")
    watching.until("changed ice")
    assert "watched again" in indexed(index, "ice")


def test_what_cannot_be_done_is_said_and_the_watch_goes_on(watching: Watching, corpus: Path, index: Path) -> None:
    shutil.rmtree(corpus / "shoes")
    (corpus / "bridge.md").unlink()
    watching.until("--force")
    assert indexed(index, "bridge")
    (corpus / "bridge.md").write_text("# Bridges\n\nBridges again.\n")
    watching.until("changed bridge, removed shoes/replace")


def test_another_editors_run_is_waited_for(watching: Watching, corpus: Path, index: Path) -> None:
    with FileLock(index / LOCK):
        save_in_place(corpus / "ice.md", "# Ice\n\nSaved while another ran.\n")
        watching.until("Another ingestion is running")
    watching.until("changed ice")
    assert "while another ran" in indexed(index, "ice")


def test_a_save_during_a_run_leads_to_another(watching: Watching, corpus: Path, index: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    runs = log.read_text().count("phase\tBuilding")
    save_in_place(corpus / "ice.md", "# Ice\n\nFirst.\n")
    end = time.monotonic() + DEADLINE
    while log.read_text().count("phase\tBuilding") == runs:  # it has read the corpus already
        assert time.monotonic() < end
        time.sleep(0.005)
    save_in_place(corpus / "ice.md", "# Ice\n\nSecond.\n")
    watching.until("changed ice")
    watching.until("changed ice")
    assert "Second" in indexed(index, "ice")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_one_line(watching: Watching, how: signal.Signals) -> None:
    assert watching.end(how) == (0, ["Stopped watching. The index goes on serving."])


def test_json_is_one_object_a_run(corpus: Path, index: Path, tmp_path: Path) -> None:
    watch = Watching(tmp_path / "log", "--corpus", corpus, "--index", index, "--json")
    try:
        assert json.loads(watch.until('"generation"'))["added"] == ["bridge", "ice", "shoes/replace"]
        watch.until("Watching")
        save_in_place(corpus / "ice.md", "# Ice\n\nOther.\n")
        assert json.loads(watch.until('"generation"'))["changed"] == ["ice"]
    finally:
        watch.process.kill()
        watch.process.wait()


def test_a_wrong_corpus_folder_ends_it_at_once(index: Path, tmp_path: Path) -> None:
    watch = Watching(tmp_path / "log", "--corpus", tmp_path / "nowhere", "--index", index)
    watch.until("no corpus folder")
    assert watch.process.wait(DEADLINE) == 2


SCRATCH = (
    ".ice.md.swp",
    "ice.md~",
    ".#ice.md",
    "#ice.md#",
    "4913",
    ".~lock.ice.odt#",
    "~$ice.docx",
    "ice.md.tmp",
    "ice.bak",
)


def test_what_editors_leave_beside_an_article_is_no_article(corpus: Path, index: Path) -> None:
    for name in SCRATCH:
        (corpus / name).write_text("# Not an article\n\nNot at all.\n")
    files, errors = list_article_files(corpus)
    assert ([file.id for file in files], errors) == (["bridge", "ice", "shoes/replace"], [])
    assert Ingestion(corpus, index, encoder=WordEncoder()).run().exit_code == 0


def test_what_editors_leave_triggers_nothing(watching: Watching, corpus: Path) -> None:
    for name in SCRATCH:
        (corpus / name).write_text("# Not an article\n\nNot at all.\n")
        (corpus / name).unlink()
    (corpus / "picture.png").write_bytes(b"picture")
    save_in_place(corpus / "ice.md", "# Ice\n\nAn article at last.\n")
    watching.until("changed ice")
    assert not [line for line in watching.heard if "nothing changed" in line]


@pytest.mark.parametrize("name", ["ice.md", "2024", "c#.md", "hip~pain.md", "part.md", "tmp.txt"])
def test_an_article_is_no_scratch(name: str) -> None:
    assert not is_scratch(name)
