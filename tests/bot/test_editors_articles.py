"""The list of articles with their states, and one article as it was indexed; hostile text stays text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.web.editors import render
from bot.web.editors.articles import Shelf, matching
from bot.web.editors.publish import Publisher
from guardrails import Guardrails
from ingest.library import Library
from ingest.pipeline import Report
from settings import Settings

HOSTILE = "<img src=x onerror=alert(1)> ${alert(1)} {{value}} \"' [x](javascript:alert(1))"


@pytest.fixture
def shelf(ingest: Callable[..., Report], corpus: Path, index: Path) -> Iterator[Shelf]:
    ingest()
    library = Library(index)
    yield Shelf(library, Settings(corpus=corpus, index=index))
    library.close()


@pytest.fixture
def look(corpus: Path, index: Path) -> Callable[[], Report]:
    def look() -> Report:
        report = Publisher(Settings(corpus=corpus, index=index)).outlook().report
        assert report is not None
        return report

    return look


def test_every_state_is_told_and_what_needs_an_editor_comes_first(
    shelf: Shelf, corpus: Path, look: Callable[[], Report]
) -> None:
    assert {row.state for row in shelf.rows(look())} == {"indexed"}
    (corpus / "new.md").write_text("# New\n\nNew text.\n", encoding="utf-8")
    (corpus / "bad.md").write_text("\n", encoding="utf-8")
    (corpus / "ice.md").write_text("---\ntitle: [\n---\n\nText.\n", encoding="utf-8")
    (corpus / "bridge.md").write_text("# Bridges\n\nOther text.\n", encoding="utf-8")
    (corpus / "shoes" / "replace.md").unlink()
    rows = {row.id: row for row in shelf.rows(look())}
    assert {name: row.state for name, row in rows.items()} == {
        "bad": "rejected",
        "ice": "kept",
        "shoes/replace": "removed",
        "new": "new",
        "bridge": "changed",
    }
    assert list(rows) == ["bad", "ice", "shoes/replace", "new", "bridge"]
    assert "line" in rows["ice"].why
    assert (rows["ice"].passages, rows["bad"].passages) == (1, 0)
    assert rows["shoes/replace"].saved is None
    assert rows["bridge"].saved is not None


def test_the_list_is_searched_by_words_and_by_state(shelf: Shelf, corpus: Path, look: Callable[[], Report]) -> None:
    (corpus / "new.md").write_text("# New\n\nNew text.\n", encoding="utf-8")
    rows = shelf.rows(look())
    assert [row.id for row in matching(rows, "SHOES", "")] == ["shoes/replace"]
    assert [row.id for row in matching(rows, "", "new")] == ["new"]
    assert matching(rows, "shoes", "new") == []
    assert len(matching(rows, "  ", "")) == len(rows)


def test_an_article_is_shown_as_it_was_indexed(shelf: Shelf, corpus: Path) -> None:
    indexed = shelf.indexed("shoes/replace")
    assert indexed is not None
    text = (corpus / "shoes" / "replace.md").read_text(encoding="utf-8")
    shown = render.passages(indexed.passages, Guardrails.load())
    for passage in indexed.passages:
        for sentence in passage.sentences:
            assert sentence.text in text
            assert f"{sentence.start}–{sentence.end}" in shown
    assert "leads into a list" in shown
    assert "list item" in shown
    assert shelf.indexed("nothing of that name") is None
    assert "not indexed" in render.article_head(None, "nothing of that name")


def test_what_no_passage_has_is_told_with_its_line(shelf: Shelf, corpus: Path, ingest: Callable[..., Report]) -> None:
    text = "# Heat\n\n<!-- a remark -->\n\nUse heat for 20 minutes.\n\n![A hot water bottle](bottle.png)\n"
    (corpus / "heat.md").write_text(text, encoding="utf-8")
    ingest()
    indexed = shelf.indexed("heat")
    assert indexed is not None
    lines = {one.line: one.text for one in indexed.left_out}
    assert "remark" in lines[3]
    assert not {1, 5} & lines.keys(), "the heading and the sentence are indexed"


def test_hostile_titles_names_and_texts_stay_text(
    shelf: Shelf, corpus: Path, look: Callable[[], Report], ingest: Callable[..., Report]
) -> None:
    body = f"## {HOSTILE}\n\nIce helps {HOSTILE} a hip.\n"
    name = "<b>$bold"
    (corpus / f"{name}.md").write_text(
        f"---\ntitle: '{HOSTILE.replace(chr(39), chr(39) * 2)}'\n---\n\n{body}", encoding="utf-8"
    )
    (corpus / "<i>bad\n.md").write_text("", encoding="utf-8")
    ingest()
    rows = shelf.rows(look())
    indexed = shelf.indexed(name)
    assert indexed is not None
    html = [
        render.article_rows(rows, {}),
        render.article_head(indexed, name),
        render.check_findings(shelf.findings(name) or []),
        render.passages(indexed.passages, Guardrails.load()),
    ]
    for shown in html:
        for markup in ("<img", "<b>", "<i>", "${", "](", "{{value}} \"'"):
            assert markup not in shown
    assert 'data-open="&lt;b&gt;$bold"' in html[0]
