"""Publishing from the editors' page: looked at first, run in the background, confirmed where much would go, taken back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from filelock import FileLock

from bot.web.editors import render
from bot.web.editors.publish import Publisher
from ingest.encoder import Vectors
from ingest.errors import IngestError
from ingest.pipeline import LOCK, Report
from settings import Settings
from tests.conftest import WordEncoder


@pytest.fixture
def publisher(ingest: Callable[..., Report], corpus: Path, index: Path, encoder: WordEncoder) -> Publisher:
    ingest()
    return Publisher(Settings(corpus=corpus, index=index), lambda: encoder)


def finish(publisher: Publisher) -> None:
    deadline = time.monotonic() + 60
    while publisher.progress().running:
        assert time.monotonic() < deadline, "the run does not end"
        time.sleep(0.02)


def test_a_look_says_what_would_be_done_and_writes_nothing(publisher: Publisher, corpus: Path, index: Path) -> None:
    assert "Nothing to publish" in render.outlook(publisher.outlook())
    (corpus / "new.md").write_text("# New\n\nA new article about hips.\n", encoding="utf-8")
    (corpus / "ice.md").write_text("# Ice\n\nUse ice for 10 minutes.\n", encoding="utf-8")
    (corpus / "bridge.md").unlink()
    (corpus / "bad.md").write_text("---\ntitle: [\n---\n\nText.\n", encoding="utf-8")
    before = sorted(path.name for path in index.rglob("*"))
    outlook = publisher.outlook()
    assert outlook.report is not None
    shown = render.outlook(outlook)
    for words in ("1 added", "1 changed", "1 removed", "1 rejected", "bad: line"):
        assert words in shown.replace("&#58;", ":")
    assert sorted(path.name for path in index.rglob("*")) == before


def test_a_run_reports_its_steps_and_what_it_did(publisher: Publisher, corpus: Path) -> None:
    (corpus / "new.md").write_text("# New\n\nA new article about hips.\n", encoding="utf-8")
    assert publisher.start() == ""
    finish(publisher)
    progress = publisher.progress()
    assert progress.report is not None
    assert progress.report.added == ("new",)
    names = [step.name for step in progress.steps]
    assert names[0] == "Comparing"
    assert {"Embedding", "Building", "Verifying"} <= set(names)
    assert all(step.done == step.total for step in progress.steps if step.name in {"Splitting", "Embedding"})
    assert "Published in" in render.progress(progress)


class Waiting(WordEncoder):
    """An encoder that begins when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begin = threading.Event()

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        assert self.begin.wait(60)
        return super().embed(texts, progress)


def test_one_run_at_a_time_and_everybody_sees_it(publisher: Publisher, corpus: Path) -> None:
    encoder = Waiting()
    publisher.encoder = lambda: encoder
    (corpus / "new.md").write_text("# New\n\nA new article about hips.\n", encoding="utf-8")
    assert publisher.start() == ""
    try:
        assert "under way" in publisher.start()
        assert "Publishing since" in render.progress(publisher.progress())
    finally:
        encoder.begin.set()
    finish(publisher)
    report = publisher.progress().report
    assert report is not None
    assert report.added == ("new",)


def test_removing_more_than_half_wants_the_number(publisher: Publisher, corpus: Path) -> None:
    (corpus / "ice.md").unlink()
    (corpus / "bridge.md").unlink()
    outlook = publisher.outlook()
    assert outlook.mass_removal
    shown = render.outlook(outlook)
    assert "2 articles, more than half" in shown
    for typed in ("", "1", "yes", "2.0"):
        assert "Type 2" in publisher.start(typed)
    assert publisher.progress().begun is None
    assert publisher.start(" 2 ") == ""
    finish(publisher)
    report = publisher.progress().report
    assert report is not None
    assert report.removed == ("bridge", "ice")


def test_a_renamed_article_is_told_as_that_and_needs_no_confirmation(publisher: Publisher, corpus: Path) -> None:
    for name in ("ice", "bridge"):
        (corpus / f"{name}.md").rename(corpus / f"{name}s.md")
    outlook = publisher.outlook()
    assert not outlook.mass_removal
    shown = render.outlook(outlook)
    assert "2 renamed" in shown
    assert "removed" not in shown
    publisher.start()
    finish(publisher)
    report = publisher.progress().report
    assert report is not None
    assert report.embedded == 0


def test_a_run_elsewhere_and_a_missing_corpus_are_told(publisher: Publisher, corpus: Path, index: Path) -> None:
    (corpus / "new.md").write_text("# New\n\nA new article about hips.\n", encoding="utf-8")
    with FileLock(index / LOCK):
        assert publisher.start() == ""
        finish(publisher)
    assert "Another ingestion is running" in publisher.progress().problem
    corpus.rename(corpus.with_name("elsewhere"))
    assert "no corpus folder" in publisher.start()
    assert "no corpus folder" in render.outlook(publisher.outlook())


class Broken(WordEncoder):
    """An encoder that fails."""

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        raise RuntimeError("no such luck")


def test_a_run_that_breaks_says_so_and_the_next_one_runs(
    publisher: Publisher, corpus: Path, encoder: WordEncoder
) -> None:
    (corpus / "new.md").write_text("# New\n\nA new article about hips.\n", encoding="utf-8")
    publisher.encoder = Broken
    publisher.start()
    finish(publisher)
    assert "goes on serving" in publisher.progress().problem
    assert "Traceback" not in render.progress(publisher.progress())
    publisher.encoder = lambda: encoder
    publisher.start()
    finish(publisher)
    assert publisher.progress().report is not None


def test_a_generation_before_says_what_it_changes_and_serves_again(publisher: Publisher, corpus: Path) -> None:
    with pytest.raises(IngestError, match="no generation before"):
        publisher.roll_back("")
    (corpus / "new.md").write_text("# New\n\nA new article about hips.\n", encoding="utf-8")
    (corpus / "ice.md").write_text("# Ice\n\nUse ice for 10 minutes.\n", encoding="utf-8")
    publisher.start()
    finish(publisher)
    now, before = publisher.generations()
    assert (now.serving, before.serving) == (True, False)
    assert (before.added, before.changed, before.removed) == ((), ("ice",), ("new",))
    assert (now.usable, before.usable) == (False, True)
    assert before.id in publisher.roll_back(before.id)
    assert [one.serving for one in publisher.generations()] == [False, True]
    assert publisher.outlook().report is not None
    assert "1 added" in render.outlook(publisher.outlook()), "the next publishing follows the files again"


def test_a_generation_that_cannot_be_read_is_said_to_be_so(publisher: Publisher, index: Path) -> None:
    (index / "generations" / "20200101T000000Z-1a").mkdir()
    assert "no way to it" in render.generations(publisher.generations())
