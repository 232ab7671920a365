"""Articles as editors really leave them: each is read whole, or rejected with a line that names place and remedy."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from ingest.article import list_article_files, read_article
from ingest.blocks import article_blocks
from ingest.errors import ArticleError, IngestError
from ingest.plan import read_with_text

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


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "mac_roman", "cp850"]
)
@pytest.mark.parametrize("name", ["a.md", "a.txt"])
def test_text_in_any_usual_encoding_is_read(tmp_path: Path, encoding: str, name: str) -> None:
    text = "Le coureur s'étire après l'entraînement.\n\nÇa aide, dès l'été. Der Läufer dehnt die Hüfte, größer als nötig.\n"
    article = read(tmp_path, name, text.encode(encoding))
    assert article.text.removeprefix("\ufeff") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("It’s a “sore” hip – rest for a day… or 2 €.", "cp1252"),
        ("Боль в бедре у бегунов. Отдых помогает, но не всегда. Обратитесь к врачу, если боль не проходит.", "cp1251"),
        (
            "Ból biodra u biegaczy. Odpoczynek pomaga, ale nie zawsze. Zgłoś się do lekarza. Ćwiczenia są ważne.",
            "cp1250",
        ),
    ],
)
def test_marks_and_scripts_of_other_encodings_are_read(tmp_path: Path, text: str, encoding: str) -> None:
    assert read(tmp_path, "a.txt", text.encode(encoding)).text == text


def test_a_long_first_line_is_a_title_up_to_the_end_of_its_first_sentence(tmp_path: Path) -> None:
    text = "Hips ache after hills more often than after flat runs. " + "That is no cause for alarm in itself. " * 5
    assert read(tmp_path, "a.txt", text).title == "Hips ache after hills more often than after flat runs"


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
        ("# T\n\n股関節の痛み".encode("shift_jis"), 3, "UTF-8"),
        (b"\xff\xfeT\x00\x00", None, "binary"),
        ("\u3164\u115f\u200b".encode(), None, "no text"),
        (b"... --- ***", None, "no text"),
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


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("> " * 200 + "deep\n", 1),
        ("---\ntitle: T\n---\nOne.\n\n" + "\n".join("  " * n + "- item" for n in range(60)), 34),
    ],
)
def test_what_the_parser_would_leave_out_for_its_depth_is_rejected(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "a.md").write_text(text)
    (source,), _ = list_article_files(tmp_path)
    with pytest.raises(ArticleError, match="nested too deeply") as caught:
        read_with_text(source, LIMIT)
    assert caught.value.line == line


def test_lists_and_quotes_as_deep_as_anybody_writes_them_are_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "\n".join("  " * n + f"- item {n}" for n in range(20)) + "\n\n" + "> " * 20 + "deep\n\nafter\n"
    )
    (source,), _ = list_article_files(tmp_path)
    contents = [block.content for block in article_blocks(read_with_text(source, LIMIT))]
    assert contents == [*(f"item {n}" for n in range(20)), "deep", "after"]


def test_hidden_files_and_pictures_are_passed_over_and_other_formats_named(tmp_path: Path) -> None:
    for name in ("a.md", ".hidden.md", ".git/x.md", "picture.PNG", "report.xlsx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Text.")
    files, errors = list_article_files(tmp_path)
    assert [file.id for file in files] == ["a"]
    assert [error.article for error in errors] == ["report"]
    assert "report.xlsx" in str(errors[0])


@pytest.mark.parametrize("names", [("a.md", "a.txt"), ("a.html", "a.md"), ("a.HTM", "a.htm", "a.pdf")])
def test_two_files_with_one_id_are_both_named(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in (*names, "b.md"):
        (tmp_path / name).write_text("Text.")
    files, (error,) = list_article_files(tmp_path)
    assert [file.id for file in files] == ["b"]
    assert " and ".join(names) in str(error)


@pytest.mark.parametrize(("one", "other"), [("Case", "case"), ("caf\u00e9", "cafe\u0301"), ("x/Straße", "x/STRASSE")])
def test_ids_that_some_disks_take_for_one_are_both_rejected(tmp_path: Path, one: str, other: str) -> None:
    (tmp_path / "x").mkdir()
    for name in (one, other):
        (tmp_path / f"{name}.md").write_text("Text.")
    if len(list(tmp_path.rglob("*.md"))) < 2:
        pytest.skip("this disk takes them for one")
    files, errors = list_article_files(tmp_path)
    assert not files
    assert {error.article for error in errors} == {one, other}


@pytest.mark.parametrize("name", ["ünïcode-ß", "痛み", "وجع", "боль", "emoji-🏃", "two words, and (more)"])
def test_a_name_may_be_in_any_script(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, f"{name}.md", "# T\n\nText.").id == name


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
    (tmp_path / "two\nlines.md").write_text("Text.")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xffname.md")).write_text("Text.")
    files, errors = list_article_files(tmp_path)
    assert [file.id for file in files] == ["good"]
    assert sorted(error.article for error in errors) == ["bad?name", "gone", "loop", "pipe", "two?lines"]


def test_a_missing_corpus_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="--corpus"):
        list_article_files(tmp_path / "nowhere")
