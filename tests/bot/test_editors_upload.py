"""Uploads: looked at before they are written, written whole, never outside the corpus folder, never over another by chance."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web.editors import upload
from bot.web.editors.upload import Desk, UploadError
from settings import Settings
from tests.conftest import WordEncoder

GOOD = b"""---
title: Heat
publisher: Test Clinic
---

## When to use heat

Use heat for 20 minutes on a stiff hip.

<!-- a remark of the editor -->
"""


@pytest.fixture
def desk(corpus: Path, tmp_path: Path, encoder: WordEncoder) -> Desk:
    return Desk(Settings(corpus=corpus, index=tmp_path / "index", max_article_kb=10), encoder.count_tokens)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_preview_shows_passages_findings_and_what_is_left_out_and_writes_nothing(desk: Desk, corpus: Path) -> None:
    before = files(corpus)
    preview = desk.preview("heat.md", GOOD)
    assert preview.problem == ""
    assert preview.article is not None
    assert preview.article.title == "Heat"
    assert [passage.section for passage in preview.passages] == ["When to use heat"]
    assert ["remark of the editor" in one.text for one in preview.left_out] == [True]
    assert any("summary" in finding.text for finding in desk.findings("heat.md", GOOD))
    assert files(corpus) == before


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no text"),
        (b"---\ntitle: [\n---\n\nText.\n", "front matter"),
        (b"# Only a heading\n", "no text"),
        (b"\x00\x01\x02binary", "binary"),
        (b"x " * 6000, "KiB"),
    ],
)
def test_a_file_that_would_be_rejected_says_why_and_is_not_written(
    desk: Desk, corpus: Path, data: bytes, says: str
) -> None:
    before = files(corpus)
    assert says in desk.preview("heat.md", data).problem
    with pytest.raises(UploadError, match=says):
        desk.write("heat.md", data, replace=True)
    assert files(corpus) == before


def test_an_upload_is_added_and_replaces_only_where_that_is_said(desk: Desk, corpus: Path) -> None:
    assert "was added" in desk.write("heat/when.md", GOOD, replace=False)
    assert (corpus / "heat" / "when.md").read_bytes() == GOOD
    newer = GOOD.replace(b"20", b"10")
    assert desk.preview("heat/when.md", newer).replaces
    with pytest.raises(UploadError, match="There is an article"):
        desk.write("heat/when.md", newer, replace=False)
    assert (corpus / "heat" / "when.md").read_bytes() == GOOD
    done = desk.write("heat/when.md", newer, replace=True)
    assert (corpus / "heat" / "when.md").read_bytes() == newer
    (kept,) = desk.kept.iterdir()
    assert kept.read_bytes() == GOOD
    assert str(kept) in done
    assert not [name for name in files(corpus) if name.rsplit("/", 1)[-1].startswith(".")]


@pytest.mark.parametrize(
    "name",
    [
        "../heat.md",
        "a/../../heat.md",
        "/etc/heat.md",
        "~/heat.md",
        "..\\heat.md",
        "C:\\heat.md",
        ".hidden.md",
        "a/.b/heat.md",
        "heat.md\x00.png",
        "heat\u202edm.md",
        "heat.exe",
        "heat",
        ".md",
        "",
        "con.md",
        "heat?.md",
        "x" * 300 + ".md",
        "heat.md/",
    ],
)
def test_no_name_leads_out_of_the_corpus_or_is_misunderstood(desk: Desk, corpus: Path, name: str) -> None:
    before = files(corpus.parent)
    if name == "heat.md/":  # a path of one part
        assert desk.preview(name, GOOD).name == "heat.md"
        return
    with pytest.raises(UploadError):
        desk.write(name, GOOD, replace=True)
    assert files(corpus.parent) == before


@settings(deadline=None)
@given(
    name=st.text(max_size=40).map(lambda text: f"{text}.md") | st.from_regex(r"[./\\~a-c]{1,20}\.md", fullmatch=True)
)
def test_whatever_the_name_the_file_lies_in_the_corpus_or_nowhere(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    work = tmp_path_factory.mktemp("names")
    (work / "corpus").mkdir()
    desk = Desk(Settings(corpus=work / "corpus", index=work / "index"), WordEncoder().count_tokens)
    try:
        desk.write(name, GOOD, replace=False)
    except UploadError:
        assert files(work) == {}
    else:
        assert len(files(work / "corpus")) == 1
        assert len(files(work)) == 1


def test_names_in_any_script_are_kept(desk: Desk, corpus: Path) -> None:
    for name in ("جنب.md", "бедро/боль.md", "股関節.md", "hüfte schmerz.md"):
        desk.write(name, GOOD, replace=False)
        assert (corpus / name).is_file()


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_links_are_not_followed_out_of_the_corpus(desk: Desk, corpus: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret", encoding="utf-8")
    (corpus / "away").symlink_to(outside)
    (corpus / "linked.md").symlink_to(outside / "secret.md")
    for name in ("away/heat.md", "away/secret.md", "linked.md"):
        with pytest.raises(UploadError, match="link"):
            desk.write(name, GOOD, replace=True)
    assert files(outside) == {"secret.md": b"secret"}


def test_two_articles_of_one_name_are_not_made(desk: Desk) -> None:
    for name in ("ice.txt", "ICE.md", "Shoes/replace.markdown"):
        with pytest.raises(UploadError, match="article of that name already"):
            desk.write(name, GOOD, replace=False)


def test_a_folder_that_cannot_be_written_is_told(desk: Desk, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(corpus)

    def full(self: Path, target: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UploadError, match="No space left on device"):
        desk.write("heat.md", GOOD, replace=False)
    monkeypatch.undo()
    assert files(corpus) == before


def test_only_the_newest_replaced_versions_are_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST_KEPT", 3)
    for minutes in range(10, 16):
        desk.write("heat.md", GOOD.replace(b"20", b"%d" % minutes), replace=True)
    kept = sorted(desk.kept.iterdir())
    assert [
        b"for %d minutes" % minutes in path.read_bytes() for path, minutes in zip(kept, (12, 13, 14), strict=True)
    ] == [True] * 3
