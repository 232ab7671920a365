"""`python -m ingest --watch` as a process, and saves as editors make them; waits for what it prints, until a deadline."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from ingest.article import list_article_files
from ingest.generation import open_current
from ingest.pipeline import LOCK, Ingestion
from ingest.scratch import is_scratch
from ingest.watch import QUIET
from tests.conftest import ARTICLES, PROJECT, WordEncoder
from tests.ingest.faults import command, environment

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
            # Tests that were themselves started in the background of a script have Ctrl+C ignored, and hand that down.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - before any thread is started
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


@dataclass
class Desk:
    """A corpus that is watched; the tests of this module share it, and each mends what it broke."""

    corpus: Path
    index: Path
    log: Path
    watching: Watching


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A watch on the small corpus, its first run done."""
    work = tmp_path_factory.mktemp("watched")
    corpus, index, log = work / "corpus", work / "index", work / "log"
    for name, text in ARTICLES.items():
        file = corpus / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    watching = Watching(log, "--corpus", corpus, "--index", index)
    try:
        watching.until("added bridge, ice, shoes/replace")
        watching.until("Watching")
        yield Desk(corpus, index, log, watching)
    finally:
        watching.process.kill()
        watching.process.wait()


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


@pytest.mark.parametrize("save", [save_like_vim, save_in_place, save_by_renaming, save_by_deleting])
def test_every_way_of_saving_is_followed(desk: Desk, save: Callable[[Path, str], None]) -> None:
    text = f"# Ice\n\nUse ice, says {save.__name__}.\n"
    save(desk.corpus / "ice.md", text)
    desk.watching.until("changed ice")
    assert indexed(desk.index, "ice") == text
    assert "rejected" not in "".join(desk.watching.heard)


def test_files_and_folders_that_come_go_and_move(desk: Desk) -> None:
    (desk.corpus / "new.md").write_text("# New\n\nA new text.\n")
    desk.watching.until("added new")
    (desk.corpus / "new.md").rename(desk.corpus / "newer.md")
    (desk.corpus / "shoes").rename(desk.corpus / "kit")
    desk.watching.until("renamed", "new -> newer", "shoes/replace -> kit/replace")
    (desk.corpus / "newer.md").unlink()
    (desk.corpus / "kit").rename(desk.corpus / "shoes")
    desk.watching.until("renamed kit/replace -> shoes/replace, removed newer")
    assert not indexed(desk.index, "newer")


def test_a_half_written_file_is_rejected_and_read_at_its_next_save(desk: Desk) -> None:
    before = indexed(desk.index, "bridge")
    save_in_place(desk.corpus / "bridge.md", "---\ntitle: Bridges\n")
    assert "not closed" in desk.watching.until("rejected bridge (its last good version stays)")
    assert indexed(desk.index, "bridge") == before
    whole = "---\ntitle: Bridges\n---\n\nBridges are good for the glutes.\n"
    save_in_place(desk.corpus / "bridge.md", whole)
    desk.watching.until("changed bridge")
    assert indexed(desk.index, "bridge") == whole


def test_the_corpus_folder_may_go_and_come_back(desk: Desk) -> None:
    away = desk.corpus.with_name("elsewhere")
    desk.corpus.rename(away)
    desk.watching.until("is gone")
    assert indexed(desk.index, "ice")
    save_in_place(away / "ice.md", "# Ice\n\nIce is back.\n")
    away.rename(desk.corpus)
    desk.watching.until("changed ice")
    save_in_place(desk.corpus / "ice.md", "# Ice\n\nIce is watched again.\n")
    desk.watching.until("changed ice")
    assert "watched again" in indexed(desk.index, "ice")


def test_what_cannot_be_done_is_said_and_the_watch_goes_on(desk: Desk) -> None:
    for name in ("ice", "bridge"):
        (desk.corpus / f"{name}.md").rename(desk.corpus.with_name(name))
    desk.watching.until("--force")
    assert indexed(desk.index, "bridge")
    desk.corpus.with_name("ice").rename(desk.corpus / "ice.md")
    desk.watching.until("removed bridge")
    desk.corpus.with_name("bridge").rename(desk.corpus / "bridge.md")
    desk.watching.until("added bridge")


def test_another_editors_run_is_waited_for(desk: Desk) -> None:
    with FileLock(desk.index / LOCK):
        save_in_place(desk.corpus / "ice.md", "# Ice\n\nSaved while another ran.\n")
        desk.watching.until("Another ingestion is running")
    desk.watching.until("changed ice")
    assert "while another ran" in indexed(desk.index, "ice")


def test_a_save_during_a_run_leads_to_another(desk: Desk) -> None:
    runs = desk.log.read_text().count("phase\tBuilding")
    save_in_place(desk.corpus / "ice.md", "# Ice\n\nFirst.\n")
    end = time.monotonic() + DEADLINE
    while desk.log.read_text().count("phase\tBuilding") == runs:  # it has read the corpus already
        assert time.monotonic() < end
        time.sleep(0.005)
    save_in_place(desk.corpus / "ice.md", "# Ice\n\nSecond.\n")
    desk.watching.until("changed ice")
    desk.watching.until("changed ice")
    assert "Second" in indexed(desk.index, "ice")


def test_what_editors_leave_triggers_nothing(desk: Desk) -> None:
    desk.watching.heard.clear()
    for name in SCRATCH:
        (desk.corpus / name).write_text("# Not an article\n\nNot at all.\n")
        (desk.corpus / name).unlink()
    (desk.corpus / "picture.png").write_bytes(b"picture")
    end = time.monotonic() + 2 * QUIET / 1000  # a run would have begun by then, and be told before the next
    while time.monotonic() < end:
        time.sleep(0.05)
    save_in_place(desk.corpus / "ice.md", "# Ice\n\nAn article at last.\n")
    assert "changed ice" in desk.watching.until("chunks serve")


def test_it_ends_with_one_line_when_told_to(desk: Desk) -> None:
    assert desk.watching.end(signal.SIGTERM) == (0, ["Stopped watching. The index goes on serving."])


def test_json_is_one_object_a_run_and_ctrl_c_ends_it(corpus: Path, index: Path, tmp_path: Path) -> None:
    watching = Watching(tmp_path / "log", "--corpus", corpus, "--index", index, "--json")
    try:
        assert json.loads(watching.until('"generation"'))["added"] == ["bridge", "ice", "shoes/replace"]
        watching.until("Watching")
        save_in_place(corpus / "ice.md", "# Ice\n\nOther.\n")
        assert json.loads(watching.until('"generation"'))["changed"] == ["ice"]
        assert watching.end(signal.SIGINT) == (0, ["Stopped watching. The index goes on serving."])
    finally:
        watching.process.kill()
        watching.process.wait()


def test_a_wrong_corpus_folder_ends_it_at_once(index: Path, tmp_path: Path) -> None:
    watch = Watching(tmp_path / "log", "--corpus", tmp_path / "nowhere", "--index", index)
    watch.until("no corpus folder")
    assert watch.process.wait(DEADLINE) == 2


def test_what_editors_leave_beside_an_article_is_no_article(corpus: Path, index: Path) -> None:
    for name in SCRATCH:
        (corpus / name).write_text("# Not an article\n\nNot at all.\n")
    files, errors = list_article_files(corpus)
    assert ([file.id for file in files], errors) == (["bridge", "ice", "shoes/replace"], [])
    assert Ingestion(corpus, index, encoder=WordEncoder()).run().exit_code == 0


@pytest.mark.parametrize("name", ["ice.md", "2024", "c#.md", "hip~pain.md", "part.md", "tmp.txt"])
def test_an_article_is_no_scratch(name: str) -> None:
    assert not is_scratch(name)
