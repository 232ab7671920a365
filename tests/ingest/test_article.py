"""Articles as editors really leave them: each is read whole, or rejected with a line that names place and remedy."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from ingest.article import list_article_files, read_article
from ingest.errors import ArticleError, IngestError

LIMIT = 10_000


def read(folder: Path, name: str, data: bytes | str):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    (source,), _ = list_article_files(folder)
    return read_article(source, LIMIT)


def test_front_matter_and_text_are_kept(tmp_path: Path) -> None:
    text = "---\ntitle: A title\nupdated: 2026-03-04\ntopics: [hip, groin]\n---\n\n## One\n\nText.\n"
    article = read(tmp_path, "folder/one.md", text)
    assert (article.id, article.path, article.title) == ("folder/one", "folder/one.md", "A title")
    assert (article.updated, article.topics) == (date(2026, 3, 4), ("hip", "groin"))
    assert article.text == text
    assert article.text[article.body_start :].lstrip().startswith("## One")


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a.md", "Intro line.\n\n# The heading #\n\nText.", "The heading"),
        ("a.md", "\n\n**First line**\nmore", "First line"),
        ("a.txt", "Plain first line\n\nText.", "Plain first line"),
    ],
)
def test_without_front_matter_the_title_comes_from_the_text(tmp_path: Path, name: str, text: str, title: str) -> None:
    assert read(tmp_path, name, text).title == title


def test_newlines_of_any_system_become_one_kind(tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", b"# T\r\n\r\nOne.\rTwo.\r\n").text == "# T\n\nOne.\nTwo.\n"


def test_a_byte_order_mark_does_not_hide_the_front_matter(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", "\ufeff---\ntitle: T\n---\nText.")
    assert article.title == "T"
    assert article.text[article.body_start :].strip() == "Text."


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", None, "no text"),
        (b" \n\t\n\xe2\x80\x8b\n", None, "no text"),
        (b"---\ntitle: T\n---\n\n", None, "no text"),
        (bytes(range(256)), None, "binary"),
        (b"# T\n\nText \x07 here", 3, "control characters"),
        ("# T\n\nkönnen".encode("cp1252"), 3, "UTF-8"),
        ("Text.".encode("utf-16"), 1, "UTF-8"),
        (b"x" * (LIMIT + 1), None, "more than"),
        (b"---\ntitle: T\n\nText.", 1, "not closed"),
        (b"---\ntitle: T\nsummary: a: b: c\n---\nText.", 3, "cannot be read"),
        (b"---\n- a\n- b\n---\nText.", 1, "key: value"),
        (b"---\nsummary: S\ntitle: [a, b]\n---\nText.", 3, "`title`"),
        (b"---\ntitle: T\nupdated: soon\n---\nText.", 3, "`updated`"),
        (b"---\nupdated: 2026-13-45\n---\nText.", 1, "cannot be read"),
        (b"---\nupdated: !!timestamp tomorrow\n---\nText.", 1, "cannot be read"),
        (b"---\nx: !!int ''\n---\nText.", 1, "cannot be read"),
        (b"---\ntitle: 0x" + b"f" * 6000 + b"\n---\nText.", 2, "`title`"),
        (b'---\ntitle: "bad \\e[31m"\n---\nText.', 2, "`title`"),
    ],
)
def test_a_bad_article_is_rejected_with_place_and_remedy(
    tmp_path: Path, data: bytes, line: int | None, words: str
) -> None:
    with pytest.raises(ArticleError) as caught:
        read(tmp_path, "a.md", data)
    assert caught.value.line == line
    assert words in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def test_hidden_files_and_pictures_are_passed_over_and_other_formats_named(tmp_path: Path) -> None:
    for name in ("a.md", ".hidden.md", ".git/x.md", "picture.PNG", "report.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Text.")
    files, errors = list_article_files(tmp_path)
    assert [file.id for file in files] == ["a"]
    assert [error.article for error in errors] == ["report"]
    assert "report.pdf" in str(errors[0])


def test_two_files_with_one_id_are_both_named(tmp_path: Path) -> None:
    for name in ("a.md", "a.txt"):
        (tmp_path / name).write_text("Text.")
    files, (error,) = list_article_files(tmp_path)
    assert not files
    assert "a.md and a.txt" in str(error)


def test_a_link_out_of_the_corpus_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("Secret.")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "link.md").symlink_to(tmp_path / "secret.md")
    files, (error,) = list_article_files(corpus)
    assert not files
    assert "outside" in str(error)


def test_files_that_are_no_files_are_named_and_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Text.")
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "gone.md").symlink_to("nowhere.md")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xffname.md")).write_text("Text.")
    files, errors = list_article_files(tmp_path)
    assert [file.id for file in files] == ["good"]
    assert sorted(error.article for error in errors) == ["bad?name", "gone", "loop", "pipe"]


def test_a_missing_corpus_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="--corpus"):
        list_article_files(tmp_path / "nowhere")
