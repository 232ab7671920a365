"""The plan: what differs is told from content alone, before anything is written."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

import ingest.plan
from ingest.errors import IngestError
from ingest.furniture import CLEANER_VERSION
from ingest.manifest import ArticleEntry, Manifest
from ingest.plan import Plan, make_plan


def served(**texts: str) -> Manifest:
    """The manifest of a generation whose articles have these texts, each in a file `id.md`."""
    articles = {
        name: ArticleEntry(path=f"{name}.md", sha256=hashlib.sha256(text.encode()).hexdigest(), title=name, chunks=1)
        for name, text in texts.items()
    }
    return Manifest(
        generation="g",
        created=datetime.now(UTC),
        cleaner_version=CLEANER_VERSION,
        chunks=len(texts),
        sentences=0,
        articles=articles,
    )


def planned(folder: Path, serving: Manifest | None, **texts: str) -> Plan:
    """The plan for a corpus folder with these texts."""
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text)
    return make_plan(folder, serving, 10_000)


def test_what_is_new_changed_gone_and_the_same(tmp_path: Path) -> None:
    plan = planned(tmp_path, served(a="A.", b="B.", c="C."), a="A.", b="Other.", d="D.")
    assert (plan.added, plan.changed, plan.removed, plan.unchanged) == (("d",), ("b",), ("c",), ("a",))
    assert (plan.renamed, plan.rebuild, plan.empty) == ((), None, False)


def test_the_same_articles_are_an_empty_plan(tmp_path: Path) -> None:
    assert planned(tmp_path, served(a="A.", b="B."), a="A.", b="B.").empty


def test_the_same_bytes_under_another_name_are_renamed(tmp_path: Path) -> None:
    plan = planned(tmp_path, served(a="A.", old="Same."), a="A.", new="Same.")
    assert plan.renamed == (("old", "new"),)
    assert (plan.added, plan.removed, plan.lost) == (("new",), ("old",), ())


def test_a_name_that_differs_in_case_alone_is_renamed(tmp_path: Path) -> None:
    plan = planned(tmp_path, served(Ice="Same.", stairs="Same."), ice="Same.")
    assert plan.renamed == (("Ice", "ice"),)
    assert plan.lost == ("stairs",)


def test_each_of_several_equal_files_is_renamed_once(tmp_path: Path) -> None:
    plan = planned(tmp_path, served(a="Same.", b="Same."), c="Same.", d="Same.", e="Same.")
    assert plan.renamed == (("a", "c"), ("b", "d"))
    assert plan.added == ("c", "d", "e")


def test_a_copy_is_no_renaming(tmp_path: Path) -> None:
    plan = planned(tmp_path, served(a="Same."), a="Same.", b="Same.")
    assert (plan.renamed, plan.added, plan.unchanged) == ((), ("b",), ("a",))


def test_another_ending_is_a_change(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A.")
    plan = make_plan(tmp_path, served(a="A."), 10_000)
    assert (plan.changed, plan.renamed) == (("a",), ())


def test_a_rejected_file_is_neither_renamed_nor_removed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff")
    plan = planned(tmp_path, served(a="A."), b="B.")
    assert ([error.article for error in plan.failed], plan.kept, plan.removed) == (["a"], ("a",), ())


def test_a_plan_holds_only_so_much_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.plan, "_HELD", 10)
    plan = planned(tmp_path, None, a="Eight ch", b="Eight ch", c="Eight ch")
    assert plan.added == ("a", "b", "c")
    assert list(plan.held) == ["a"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"chunker_version": 99}, "the splitter changed from version 99"),
        ({"cleaner_version": 99}, "the cleaning of scraped pages changed from version 99"),
        ({"encoder": "other@1"}, "the encoder changed from other@1"),
        ({"format_version": 1}, "the index's layout changed from version 1"),
    ],
)
def test_another_version_is_told_in_an_editors_words(tmp_path: Path, change: dict[str, object], said: str) -> None:
    plan = planned(tmp_path, served(a="A.").model_copy(update=change), a="A.")
    assert said in str(plan.rebuild)
    assert not plan.empty


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="no article"):
        make_plan(tmp_path, None, 10_000)
