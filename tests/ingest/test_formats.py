"""Formats: what an editor brings is read with its headings, lists and tables, or rejected in one line; nothing stops the rest."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.article import Article, list_article_files
from ingest.blocks import article_blocks, left_out, plain_text
from ingest.chunk import split_article
from ingest.encoder import MAX_TOKENS
from ingest.errors import ArticleError
from ingest.formats import FormatError
from ingest.formats.decode import UndecodableError, decode
from ingest.formats.worker import Worker
from ingest.pipeline import Ingestion
from ingest.plan import read_with_text
from tests.conftest import WordEncoder
from tests.ingest.documents import archive, opendocument, paragraph, pdf, table, word

LIMIT = 100_000
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "messy"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    one = Worker()
    yield one
    one.close()


def read(folder: Path, name: str, data: bytes | str) -> Article:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    (source,), _ = list_article_files(folder)
    return read_with_text(source, LIMIT)


def shape(article: Article) -> list[tuple[str, str]]:
    """Kind and words of each block; a heading's level as `h2`."""
    return [
        (f"h{block.level}" if block.level else block.kind, plain_text(block.content))
        for block in article_blocks(article)
    ]


PAGE = """<!doctype html>
<html><head><title>Sore hips | Hill Clinic</title><meta property="og:site_name" content="Hill Clinic">
<meta name="author" content="Ann Example"><meta property="article:modified_time" content="2025-02-03T10:00:00+00:00"></head>
<body class="has-sidebar"><a class="skip-link" href="#c">Skip to content</a>
<div role="dialog"><p>We use cookies on this site. Do you consent?</p><button>Accept</button></div>
<header><h1><a href="/">Hill Clinic</a></h1>
<nav><ul><li><a href="/a">Home</a></li><li><a href="/b">Blog</a></li></ul></nav></header>
<div class="breadcrumbs"><a href="/">Home</a> » Sore hips</div>
<main><article><header><h1>Sore hips after hills</h1><p class="byline">By Ann Example, 3 comments</p></header>
<ul class="share-links"><li><a>Facebook</a></li><li><a>WhatsApp</a></li></ul>
<p>Hills ask <b>more</b> of the <a href="/hip">hip</a> than flat ground does. They load the outer side.</p>
<aside><p>Stop if the pain makes you limp.</p></aside>
<h2>What helps</h2><ol><li>Shorter steps.</li><li>Rest:<ul><li>a day off</li><li>a short walk</li></ul></li></ol>
<table><tr><th>Week</th><th>Run</th></tr><tr><td>1</td><td>10 minutes | flat</td></tr></table>
<details><summary>Can I stretch?</summary><p>Not in the first days.</p></details>
<h3>Book an appointment</h3><p>A session is £55. Call us on 01632 960 123.</p></article>
<section><h3>You may also like</h3>
<ul><li><a href="/x">Knees on stairs</a></li><li><a href="/y">Feet on trails</a></li></ul></section>
<div id="comments"><h2>2 thoughts on hills</h2><p>Thanks, this helped me a lot with my hills!</p></div></main>
<footer><p>© Hill Clinic, 12 Mill Lane</p></footer><script>alert("x")</script></body></html>"""


def test_a_web_page_is_read_without_what_is_around_its_article(tmp_path: Path) -> None:
    article = read(tmp_path, "a.html", PAGE)
    assert shape(article) == [
        ("h1", "Sore hips after hills"),
        ("prose", "Hills ask more of the hip than flat ground does. They load the outer side."),
        ("prose", "Stop if the pain makes you limp."),
        ("h2", "What helps"),
        ("item", "Shorter steps."),
        ("item", "Rest:"),
        ("item", "a day off"),
        ("item", "a short walk"),
        ("head", "| Week | Run |"),
        ("row", "| 1 | 10 minutes | flat |"),
        ("h3", "Can I stretch?"),
        ("prose", "Not in the first days."),
        ("h3", "Book an appointment"),
        ("prose", "A session is £55. Call us on 01632 960 123."),
    ]
    assert (article.title, article.author, article.publisher) == ("Sore hips after hills", "Ann Example", "Hill Clinic")
    assert article.updated == date(2025, 2, 3)
    dropped = " ".join(left_out(article))
    for words in ("Skip to content", "cookies", "Home", "Facebook", "Knees on stairs", "Thanks", "Mill Lane"):
        assert words in dropped


def test_what_sells_on_a_page_is_found_and_never_advice(tmp_path: Path) -> None:
    article = read(tmp_path, "a.html", PAGE)
    chunks = split_article(article, lambda texts: [len(text.split()) for text in texts], MAX_TOKENS)
    kinds = {sentence.text: sentence.kind for chunk in chunks for sentence in chunk.sentences}
    assert kinds["A session is £55."] == kinds["Call us on 01632 960 123."] == "promotion"
    assert kinds["Stop if the pain makes you limp."] == kinds["Not in the first days."] == "prose"


def test_a_page_without_any_names_is_told_by_its_links(tmp_path: Path) -> None:
    links = "".join(f'<li><a href="/{n}">Another page {n}</a></li>' for n in range(6))
    text = "<p>Rest lets a strain settle. Walk as soon as it is easy.</p>" * 3
    page = f"<html><body><div><ul>{links}</ul></div><div><h1>Rest</h1>{text}</div><div><ul>{links}</ul></div></body></html>"
    article = read(tmp_path, "a.html", page)
    assert [kind for kind, _ in shape(article)] == ["h1", "prose", "prose", "prose"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "<div class='sidebar'><p>{}</p></div>",
            "a part that holds most of the text is the article, whatever it is called",
        ),
        ("<form><p>{}</p></form>", "some sites have all of a page in a form"),
        ("<article><p>Short.</p></article><div><p>{}</p></div>", "the article is where the text is"),
        ("<p>{}<br><br>Second.</p>", "a break is no end of the text"),
        ("<ul><li><p>{}</p></ul>", "tags need not be closed"),
        ("<table><tr><td><h2>Head</h2><p>{}</p></td><td>x</td></tr></table>", "a table may lay out the page"),
        ("<h3><button>Why?</button></h3><div hidden>No</div><p>{}</p>", "a heading may be a button"),
        ("<dl><dt>Strain</dt><dd>{}</dd></dl>", "lists of definitions are lists"),
        (
            "<h3>Why?</h3><div class='faq-answer' style='display: none'>{}</div>",
            "what is folded is hidden, and is the article's",
        ),
        ("<header><h1><a href='/'>Site</a></h1></header><p>{}</p>", "the site's name is a heading on some pages"),
        (
            "<article><p>Card one. It is short.</p></article><article><p>{}</p></article>",
            "cards may be called articles",
        ),
        ("<pre>{}</pre>", "text may be set as it was typed"),
    ],
)
def test_no_sentence_of_the_article_is_lost(tmp_path: Path, body: str, words: str) -> None:
    sentence = "Rest for a day or two, and walk as soon as walking is easy again."
    article = read(tmp_path, "a.html", f"<html><body><h1>T</h1>{body.format(sentence)}</body></html>")
    assert any(sentence in text for _, text in shape(article)), words


@pytest.mark.parametrize(
    "text",
    [
        "# of steps a day",
        "5 * 3 * 2 squats",
        "a_b_c",
        "pain < 5 and > 2",
        "<b> is a tag",
        "> 5 km",
        "[not](a link)",
        "R&amp;amp;D &amp;lt;",
        "back\\slash",
        "`code`",
        "=====",
        "| bars |",
        "~~~",
        "|---|",
    ],
)
def test_text_that_looks_like_markdown_is_read_as_it_stands(tmp_path: Path, text: str) -> None:
    article = read(
        tmp_path, "a.html", f"<html><body><p>Before it.</p><p>{text.replace('<b>', '&lt;b&gt;')}</p></body></html>"
    )
    assert ("prose", text.replace("&amp;", "&")) in shape(article)


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), min_size=1, max_size=40), max_size=6
    )
)
@settings(max_examples=40, deadline=None)
def test_every_word_of_a_document_is_in_its_blocks(worker: Worker, texts: list[str]) -> None:
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;") for text in texts]
    converted = worker.convert("docx", word("".join(map(paragraph, escaped))), LIMIT)
    for text in texts:
        for piece in text.split():
            letters = "".join(char for char in piece if char.isalnum())
            assert letters in "".join(char for char in converted.text if char.isalnum())


def test_a_word_document_keeps_its_headings_and_tables(tmp_path: Path) -> None:
    body = (
        paragraph("Sore hips", 0)
        + paragraph("What helps", 1)
        + paragraph("Rest for a day.")
        + paragraph("Later", 2)
        + table(("Week", "Run"), ("1", "10 minutes"))
        + "<w:p><w:del><w:r><w:delText>Deleted.</w:delText></w:r></w:del></w:p>"
    )
    article = read(tmp_path, "a.docx", word(body, title="Template 7"))
    assert shape(article) == [
        ("h1", "Sore hips"),
        ("h1", "What helps"),
        ("prose", "Rest for a day."),
        ("h2", "Later"),
        ("row", "| Week | Run |"),
        ("row", "| 1 | 10 minutes |"),
    ]
    assert (article.title, article.author, article.updated) == ("Sore hips", "", None)


def test_a_documents_own_title_stands_in_where_it_has_no_heading(tmp_path: Path) -> None:
    assert read(tmp_path, "a.docx", word(paragraph("Rest for a day."), title="Sore hips")).title == "Sore hips"


def test_an_opendocument_text_keeps_its_headings_lists_and_tables(tmp_path: Path) -> None:
    body = (
        '<text:p text:style-name="Title">Sore hips</text:p><text:h text:outline-level="2">What<text:s/>helps</text:h>'
        "<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>"
        "<text:p>Rest &lt; 5 days<office:annotation><text:p>A comment.</text:p></office:annotation>, then walk.</text:p>"
        "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>two</text:p></text:list-item>"
        "</text:list></text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>Week</text:p>"
        "</table:table-cell><table:table-cell><text:p>Run</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert shape(read(tmp_path, "a.odt", opendocument(body))) == [
        ("h1", "Sore hips"),
        ("h2", "What helps"),
        ("prose", "Rest < 5 days, then walk."),
        ("item", "one"),
        ("item", "two"),
        ("row", "| Week | Run |"),
    ]


def test_a_pdf_is_read_by_the_size_and_place_of_its_lines(tmp_path: Path) -> None:
    first = [
        (9, 40, 20, "Hill Clinic handout"),
        (20, 40, 60, "Sore hips after hills"),
        (10, 40, 90, "Hills ask more of the hips than flat ground does, and what is asked too often of a"),
        (10, 40, 102, "tendon makes it sore."),
        (14, 40, 130, "What helps"),
        (10, 40, 150, "Do these in turn:"),
        (10, 40, 164, "- Shorter steps on the way down."),
        (10, 40, 176, "- A day of rest."),
        (10, 40, 200, "Week"),
        (10, 200, 200, "Run"),
        (10, 40, 212, "1"),
        (10, 200, 212, "10 minutes"),
        (10, 40, 240, "Walk first, since a tendon that has been sore for weeks takes as many weeks until it"),
        (9, 40, 580, "Page 1 of 2"),
    ]
    second = [
        (9, 40, 20, "Hill Clinic handout"),
        (10, 40, 60, "bears hills again."),
        (9, 40, 580, "Page 2 of 2"),
    ]
    article = read(tmp_path, "a.pdf", pdf(first, second, title="handout.docx"))
    assert shape(article) == [
        ("h1", "Sore hips after hills"),
        (
            "prose",
            "Hills ask more of the hips than flat ground does, and what is asked too often of a tendon makes it sore.",
        ),
        ("h2", "What helps"),
        ("prose", "Do these in turn:"),
        ("item", "Shorter steps on the way down."),
        ("item", "A day of rest."),
        ("head", "| Week | Run |"),
        ("row", "| 1 | 10 minutes |"),
        (
            "prose",
            "Walk first, since a tendon that has been sore for weeks takes as many weeks until it bears hills again.",
        ),
    ]
    assert article.title == "Sore hips after hills"
    assert "Page 1 of 2" in left_out(article)


DEEP = "<w:tbl><w:tr><w:tc>" * 3000 + paragraph("x") + "</w:tc></w:tr></w:tbl>" * 3000
ENTITIES = (
    '<!DOCTYPE d [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
TEXT = "Rest for a day and walk as soon as walking is easy."


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("a.odt", opendocument("", manifest="<m><encryption-data/></m>"), "password"),
        ("a.docx", OLE, "old Office document"),
        ("a.docx", rb"{\rtf1 text}", "RTF"),
        ("a.docx", archive({"a.txt": TEXT}), "archive"),
        ("a.docx", TEXT.encode(), "not a Word document"),
        ("a.odt", word(paragraph(TEXT)), "is a Word document, not an OpenDocument text.*Rename.*docx"),
        ("a.pdf", PAGE.encode(), "is a web page, not a PDF.*Rename.*html"),
        ("a.txt", PAGE.encode(), "is a web page, not a text file.*Rename.*html"),
        ("a.md", pdf([(10, 40, 40, TEXT)]), "is a PDF, not a Markdown file.*Rename.*pdf"),
        ("a.html", TEXT.encode(), "without any tag"),
        ("a.html", b"<html>" + bytes(range(256)), "binary"),
        ("a.md", b"\x89PNG\r\n\x1a\n", "picture"),
        ("a.docx", word(paragraph(TEXT))[:-100], "damaged"),
        ("a.odt", opendocument(f"<text:p>{TEXT}</text:p>")[: -50], "damaged"),
        ("a.odt", opendocument("<text:p>"), "damaged"),
        ("a.pdf", b"%PDF-1.7\n" + bytes(100), "damaged"),
        ("a.pdf", pdf([]), "no text, only pictures"),
        ("a.docx", word(""), "no text"),
        ("a.html", b"<html><body><div id='root'></div><script>draw()</script></body></html>", "no text"),
        ("a.docx", word(paragraph("word " * 600_000)), "unpacks to"),
        ("a.odt", opendocument(f"<text:p>{'word ' * 600_000}</text:p>"), "unpacks to"),
        ("a.docx", word(DEEP), "nested too deeply"),
        ("a.html", b"<div>" * 5000 + TEXT.encode(), "nested"),
        ("a.docx", word(paragraph("&j;"), ENTITIES), "damaged"),
        ("a.html", b"x" * (LIMIT + 1), "more than"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_rejected_with_one_line(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    with pytest.raises(ArticleError, match=words) as caught:
        read(tmp_path, name, data)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.docx", lambda d: word(paragraph("Rest. &a;"), d)),
        ("a.odt", lambda d: opendocument("<text:p>Rest. &a;</text:p>", d)),
    ],
)
def test_no_other_file_is_read_into_a_document(tmp_path: Path, name: str, make) -> None:
    assert "root:" not in read(tmp_path, name, make(OUTSIDE)).text


@pytest.mark.parametrize("nest", ["<blockquote>", "<ul><li>", "<div>", "<ul><li><blockquote>"])
def test_nested_pages_are_read_at_the_depth_a_reader_follows(tmp_path: Path, nest: str) -> None:
    article = read(tmp_path, "a.html", f"<html><body><p>Before.</p>{nest * 120}{TEXT}</body></html>")
    assert TEXT in [text for _, text in shape(article)]


def test_the_same_file_is_always_the_same_text(worker: Worker) -> None:
    another = Worker()
    try:
        assert worker.convert("html", PAGE.encode(), LIMIT) == another.convert("html", PAGE.encode(), LIMIT)
    finally:
        another.close()


def test_a_file_that_takes_too_long_or_too_much_is_given_up_and_the_next_is_read(tmp_path: Path) -> None:
    slow = Worker(seconds=0.05)
    with pytest.raises(FormatError, match="seconds"):
        slow.convert("html", ("<ol>" + "<li>item" * 20_000).encode(), LIMIT)
    slow.seconds = 30.0
    assert slow.convert("html", PAGE.encode(), LIMIT).title == "Sore hips after hills"
    slow.close()


def test_a_converter_that_is_ended_is_started_again(worker: Worker) -> None:
    worker.convert("html", PAGE.encode(), LIMIT)
    worker.close()
    assert worker.convert("html", PAGE.encode(), LIMIT).title == "Sore hips after hills"


def test_no_file_stops_the_others(corpus: Path, index: Path, encoder: WordEncoder) -> None:
    (corpus / "deep.html").write_bytes(b"<div>" * 20_000 + TEXT.encode())
    (corpus / "cut.docx").write_bytes(word(paragraph(TEXT))[:-100])
    (corpus / "page.html").write_text(PAGE)
    report = Ingestion(corpus, index, encoder=encoder).run()
    assert [error.article for error in report.failed] == ["cut", "deep"]
    assert "page" in report.added
    assert "ice" in report.added


def test_an_unchanged_file_is_not_converted_again(
    corpus: Path, index: Path, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "page.html").write_text(PAGE)
    Ingestion(corpus, index, encoder=encoder).run()
    monkeypatch.setattr("ingest.article._WORKER.convert", lambda *_: pytest.fail("it was converted"))
    assert Ingestion(corpus, index, encoder=encoder).run().unchanged == 4


def test_a_heading_that_turns_a_lists_meaning_leads_it_in(tmp_path: Path) -> None:
    text = "# Blisters\n\n## Don’t\n\n- burst a blister yourself\n- peel it\n\n## See a doctor if:\n\n- it is red\n"
    chunks = split_article(read(tmp_path, "a.md", text), lambda texts: [len(t.split()) for t in texts], MAX_TOKENS)
    found = [[(s.kind, s.text) for s in chunk.sentences] for chunk in chunks]
    assert found[0][0] == ("lead_in", "Don’t")
    assert found[1][0] == ("lead_in", "See a doctor if:")
    assert {s.group for s in chunks[0].sentences} == {chunks[0].sentences[0].group}


def test_what_a_template_leaves_is_not_read() -> None:
    assert plain_text("use a plaster\n{.list--check}") == "use a plaster"
    assert plain_text("[Find a pharmacy]({{ baseUrl }}find) {{ name }}") == "Find a pharmacy"
    assert plain_text("a set {1, 2} of {two}") == "a set {1, 2} of {two}"


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_said_to_be_none(data: bytes) -> None:
    try:
        text = decode(data)
    except UndecodableError:
        return
    assert "\r" not in text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200))
def test_utf8_is_always_read_as_it_is(text: str) -> None:
    assert decode(text.encode()) == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/messy is missing")
def test_the_public_files_are_read_or_rejected(tmp_path: Path) -> None:
    for file in DATA.iterdir():
        if file.is_file():
            (tmp_path / f"{file.stem}-{file.suffix[1:]}{file.suffix}").write_bytes(file.read_bytes())
    files, errors = list_article_files(tmp_path)
    assert [error.article for error in errors] == ["random-bin"]
    texts, faults = {}, {}
    for file in files:
        try:
            texts[file.path] = [text for _, text in shape(read_with_text(file, 1024 * 1024))]
        except ArticleError as error:
            faults[file.path] = str(error)
    expected = {
        "empty-txt.txt": "no text",
        "fake-text-all-whitespace-txt.txt": "no text",
        "pdf__loremipsum-flat-pdf.pdf": "only pictures",
        "pdf__password-pdf.pdf": "password",
    }
    assert faults.keys() == expected.keys()
    assert all(words in faults[path] for path, words in expected.items())
    assert texts["umlauts-non-utf8-md.md"] == ["können", "können", "äöüß"]
    assert texts["fake-text-utf-16-txt.txt"][-1] == "I love fuzzy blankets"
    assert texts["fake-html-with-footer-and-header-html.html"] == ["My First Heading", "My first paragraph."]
    assert any(
        "Die schöne Frau hat einen Kaffee" in text and "15,50 €" in text for text in texts["fake-html-cp1252-html.html"]
    )
    assert "| Leader | Sarah | Mark | Ryan |" in texts["fake-odt.odt"]
    assert "| d | e f; g&t h | i |" in texts["docx-tables-docx.docx"]
    assert texts["test-docx.docx"][0].startswith("AutoGen: Enabling Next-Gen LLM Applications")
    assert texts["test-pdf.pdf"][0] == "1 Introduction"
    assert any(
        "There are at least three reasons confirming its general feasibility" in text for text in texts["test-pdf.pdf"]
    )
    blog = texts["test_blog-html.html"]
    assert blog[0].startswith("Does Model and Inference Parameter Matter")
    assert "Experiment Setup" in blog
    assert not {"Blog", "Recent posts", "Edit this page", "Skip to main content"} & set(blog)


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/messy is missing")
def test_nothing_of_public_health_pages_is_taken_for_the_page_or_for_sales() -> None:
    files, _ = list_article_files(DATA / "nhs")
    for file in files:
        article = read_with_text(file, LIMIT)
        assert left_out(article) == []
        chunks = split_article(article, lambda texts: [len(text.split()) for text in texts], MAX_TOKENS)
        sold = [s.text for chunk in chunks for s in chunk.sentences if s.kind == "promotion"]
        assert [text for text in sold if "GP appointment" not in text] == []


def test_nothing_of_the_corpus_is_taken_for_the_page_or_for_sales() -> None:
    files, _ = list_article_files(Path(__file__).resolve().parents[2] / "corpus")
    for file in files:
        article = read_with_text(file, LIMIT)
        assert left_out(article) == []
        chunks = split_article(article, lambda texts: [len(text.split()) for text in texts], MAX_TOKENS)
        assert [s.text for chunk in chunks for s in chunk.sentences if s.kind == "promotion"] == []
        assert unicodedata.is_normalized("NFC", article.id)
