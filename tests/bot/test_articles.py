"""The articles' pages: a sentence is marked exactly, others' text does nothing, each state is clear."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.chain import Bot
from bot.search import HybridRetriever
from bot.stems import stems_of
from bot.web.articles.anchors import inline_tokens, span_in, text_of
from bot.web.articles.finding import pieces
from bot.web.articles.links import HERE, address, edition_of, href, place_in
from bot.web.articles.reading import Reading, find, read
from bot.web.articles.routes import routes
from bot.web.shell import Headers, Shell
from bot.web.words import Catalogue
from guardrails import Guardrails
from ingest.article import Article, ArticleFile, list_article_files, read_article
from ingest.blocks import article_blocks, link_references
from ingest.chunk import Sentence, split_article
from ingest.library import Library
from tests.conftest import PROJECT, WordEncoder

SAY = Catalogue.load().words().say


def article_at(folder: Path, text: str, name: str = "one.md") -> Article:
    """An article as it is read from its file."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return read_article(ArticleFile(name.rpartition(".")[0], name, file), 1 << 20)


def sentences_of(article: Article) -> list[Sentence]:
    """All its sentences, none cut into fragments."""
    chunks = split_article(article, lambda texts: [len(text.split()) for text in texts], 100_000)
    return [sentence for chunk in chunks for sentence in chunk.sentences]


def squeezed(text: str) -> str:
    """A text without white space, and without what sets a row's cells apart where they are read as one sentence."""
    return re.sub(r"[\s;]+", "", text)


def marked(reading: Reading) -> str:
    """What is marked on a page."""
    soup = BeautifulSoup(str(reading.body), "html.parser")
    return squeezed("".join(mark.get_text() for mark in soup.select("mark")))


def at(article: Article, start: int, end: int) -> Reading:
    """The page that an address for this place opens."""
    return read(article, SAY, place_in(f"{start}-{end}.{edition_of(article.text[start:end])}"), (start, end))


# --- a sentence is marked exactly

CORPUS = [read_article(file, 1 << 20) for file in list_article_files(PROJECT / "corpus")[0]]


@pytest.mark.parametrize("article", CORPUS, ids=lambda article: article.id)
def test_every_sentence_of_the_corpus_is_marked_as_the_chat_shows_it(article: Article) -> None:
    references = link_references(article)
    blocks = article_blocks(article)
    sentences = sentences_of(article)
    assert len(sentences) > 20
    for sentence in sentences:
        shown = ""
        for block in blocks:
            span = span_in(block, sentence.start, sentence.end)
            if span:
                tokens = inline_tokens(block.content, references, span)
                types = [token.type for token in tokens]
                shown += text_of(tokens[types.index("mark_open") : len(types) - types[::-1].index("mark_close")])
        assert squeezed(shown) == squeezed(sentence.text)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_page_of_an_article_marks_any_of_its_sentences_once(data: st.DataObject) -> None:
    article = data.draw(st.sampled_from(CORPUS[:2]))
    sentence = data.draw(st.sampled_from(sentences_of(article)))
    reading = at(article, sentence.start, sentence.end)
    assert reading.pointed == "marked"
    assert marked(reading) == squeezed(sentence.text)
    assert reading.body.count(f'id="{HERE}"') == 1


# No picture: its exclamation mark ends a sentence for the chunker.
WORD = st.sampled_from(
    ["hip", "pain", "stairs", "näh", "שלום", "2–3", "don't", "R&D", "a_b", "5 * 3", "x < y", "&amp;", "é"]
)
PLAIN = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
PIECE = st.one_of(
    PLAIN,
    PLAIN.map(lambda text: f"**{text}**"),
    PLAIN.map(lambda text: f"*{text}*"),
    PLAIN.map(lambda text: f'[{text}](https://example.org/a_(b)?x=hip%20pain "hip pain")'),
    PLAIN.map(lambda text: f"[{text} **{text}**][ref]"),
    PLAIN.map(lambda text: f"<b>{text}</b>"),
    st.sampled_from(["`code hip`", "note[^1]", "{{ site.name }}"]),
)
SENTENCE = st.lists(PIECE, min_size=1, max_size=4).map(lambda pieces: f"The {' '.join(pieces)} hurts.")
TWO = st.tuples(SENTENCE, SENTENCE).map(lambda two: f"**{two[0]} {two[1]}**")
PARAGRAPH = st.lists(st.one_of(SENTENCE, TWO), min_size=1, max_size=3).map("\n".join)
BLOCK = st.one_of(
    PARAGRAPH,
    PARAGRAPH.map(lambda text: "> " + text.replace("\n", "\n> ")),
    SENTENCE.map(lambda text: f"## {text[:-1]}"),
    st.lists(PARAGRAPH, min_size=1, max_size=3).map(
        lambda items: "\n".join("- " + item.replace("\n", "\n  ") for item in items)
    ),
    st.tuples(PARAGRAPH, PARAGRAPH).map(
        lambda two: "3. " + two[0].replace("\n", "\n   ") + "\n   - " + two[1].replace("\n", "\n     ")
    ),
    st.tuples(SENTENCE, SENTENCE).map(lambda two: f"| One | Two |\n|---|--:|\n| {two[0]} | {two[1]} |"),
    # Between tags a bare "<" may begin one: where the sentence ends then is anybody's guess.
    SENTENCE.map(lambda text: f"<div onclick='x()'>{text.replace('x < y', 'x')}<script>x()</script></div>"),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=st.lists(BLOCK, min_size=1, max_size=3))
def test_a_sentence_of_a_messy_article_is_marked_as_the_chat_shows_it(tmp_path: Path, blocks: list[str]) -> None:
    text = "---\ntitle: Mess\n---\n" + "\n\n".join([*blocks, "[ref]: https://example.org/ref"]) + "\n"
    article = article_at(tmp_path, text)
    whole = squeezed(BeautifulSoup(str(read(article, SAY).body), "html.parser").get_text())
    for sentence in sentences_of(article):
        reading = at(article, sentence.start, sentence.end)
        assert marked(reading) == squeezed(sentence.text)
        # A mark changes nothing else.
        assert squeezed(BeautifulSoup(str(reading.body), "html.parser").get_text()) == whole


def test_a_mark_takes_an_element_whole_or_lies_inside_it(tmp_path: Path) -> None:
    article = article_at(tmp_path, "# A\n\nIt **hurts. It *also* burns** [here](https://x.example/). Done.\n")
    start = article.text.index("It *also*")
    body = at(article, start, article.text.index(" Done")).body
    assert (
        '<strong>hurts. <mark id="here">It <em>also</em> burns</mark></strong>'
        '<mark> <a href="https://x.example/" rel="noreferrer noopener" class="hw-out">here</a>.</mark> Done.'
    ) in body


def test_plain_text_is_read_by_its_lines_and_marked(tmp_path: Path) -> None:
    text = "Sore hips\n\nHips get sore when load grows too fast. Rest helps them.\n\nTry these:\n\n- Walk a little.\n- Swim.\n"
    article = article_at(tmp_path, text, "one.txt")
    for sentence in sentences_of(article):
        assert marked(at(article, sentence.start, sentence.end)) == squeezed(sentence.text)
    assert "<ul>" in read(article, SAY).body
    assert "<li>Swim.</li>" in read(article, SAY).body


def test_an_address_of_the_chat_marks_the_quote_and_survives_an_edit_elsewhere(
    client: TestClient, corpus: Path
) -> None:
    text = (corpus / "bridge.md").read_text()
    quote = "Lift your hips and hold for 3 seconds."
    start = text.index(quote)
    soup = page(client, href("bridge", start, start + len(quote), quote))
    assert [mark.get_text() for mark in soup.select("mark")] == [quote]
    assert soup.select_one(f"a[href='#{HERE}']")
    moved = page(client, href("bridge", start - 9, start + len(quote) - 9, quote))
    assert [mark.get_text() for mark in moved.select("mark")] == [quote]


def test_where_the_words_are_gone_the_page_says_so_at_their_section(client: TestClient, corpus: Path) -> None:
    start = (corpus / "bridge.md").read_text().index("Bridges strengthen")
    soup = page(client, href("bridge", start, start + 20, "Bridges used to do more."))
    note = soup.select_one(f"#{HERE}")
    assert note is not None
    assert "updated" in note.get_text()
    assert note.find_next("h2").get_text() == "Why bridges help"  # type: ignore[union-attr]
    assert not soup.select("mark")


@pytest.mark.parametrize(
    "parameter", ["", "x", "9-3.0123456789", "1-2", "0-999999999.0123456789", "-1-5.0123456789", "٣-٤.0123456789"]
)
def test_an_address_that_makes_no_sense_opens_the_article(client: TestClient, parameter: str) -> None:
    assert client.get("/articles/bridge", params={"at": parameter}).status_code == 200


def test_find_looks_for_moved_words_in_sentences_only(library: Library) -> None:
    with library.generation() as generation:
        article = generation.article("ice")
        assert article is not None
        moved = place_in(f"0-3.{edition_of('Use ice for 15 to 20 minutes at a time.')}")
        gone = place_in(f"0-3.{edition_of('gone')}")
        assert moved is not None
        assert gone is not None
        assert find(generation, article, moved) == (7, 46)
        assert find(generation, article, gone) is None


# --- others' text does nothing

HOSTILE = """---
title: '<script>alert("title")</script><img src=x onerror=alert(1)>'
summary: '"><svg onload=alert(2)>'
publisher: "\u202eevil\u202c"
source_url: "javascript:alert(3)"
---

## <script>alert(4)</script> [x](javascript:alert(5)) heading

Raw <img src=https://evil.example/x.png onerror=alert(6)> and ![a *picture*](https://evil.example/y.png) and \
[data](data:text/html,<script>alert(7)</script>), [file](file:///etc/passwd), [vb](vbscript:x), [mail](mailto:a@b.c), \
[rel](//evil.example/z), [js](JaVaScRiPt:alert(8)), [ent](java&#115;cript:alert(9)), <javascript:alert(10)>, [ok](https://ok.example/?a=1&b=2).

![only a picture](data:image/png;base64,AAAA)

<iframe src="https://evil.example"></iframe><style>body{display:none}</style>

<div style="position:fixed" onmouseover="alert(11)">Seen text of a division.</div>

[up](#main) and [in](#script-alert-4-script-x-javascript-alert-5-heading) and [](https://empty.example)

```html <script>
<script>alert(12)</script>
```

| <b onclick=x>A</b> | B |
|:--|--:|
| `<i>` | [t](javascript:alert(13)) |
"""


def test_hostile_text_becomes_text(tmp_path: Path) -> None:
    article = article_at(tmp_path, HOSTILE)
    reading = read(article, SAY)
    soup = BeautifulSoup(str(reading.body), "html.parser")
    allowed = set("h2 p strong em a code pre div table thead tbody tr th td ul ol li br".split())
    assert {tag.name for tag in soup.find_all(True)} <= allowed
    names = {name for tag in soup.find_all(True) for name in tag.attrs}
    assert names <= {"id", "href", "rel", "class", "role", "tabindex", "aria-label", "scope"}
    # No link leads to markup, script or file; what looks like one is text.
    assert {link["href"] for link in soup.select("a")} == {"https://ok.example/?a=1&b=2"}
    assert all(link.get_text().strip() for link in soup.select("a"))
    assert "a picture" in soup.get_text()
    assert SAY("articles.picture", words="only a picture") in soup.get_text()
    assert "Seen text of a division." in soup.get_text()
    assert "alert(12)" in soup.select_one("pre").get_text()  # type: ignore[union-attr]
    assert reading.source_url == ""


def test_the_source_can_be_linked_to_and_links_into_the_page_lead_to_headings(tmp_path: Path) -> None:
    text = "---\ntitle: T\nsource_url: https://a.example/a?b=c\n---\n\n## One more\n\nSee [there](#one-more), not [here](#two).\n"
    reading = read(article_at(tmp_path, text), SAY)
    assert reading.source_url == "https://a.example/a?b=c"
    assert 'See <a href="#s-one-more">there</a>, not here.' in reading.body


def test_headings_go_down_one_step_at_a_time_and_have_ids_of_their_own(tmp_path: Path) -> None:
    article = article_at(
        tmp_path, "# T\n\n### Same\n\nText one.\n\n###### Deep\n\nText two.\n\n## Same\n\nText three.\n"
    )
    reading = read(article, SAY)
    assert [(heading.level, heading.text, heading.id) for heading in reading.headings] == [
        (2, "Same", "s-same"),
        (3, "Deep", "s-deep"),
        (2, "Same", "s-same-2"),
    ]
    assert "<h1" not in reading.body  # the title stands above already


ODD = ["50% off? #1", "it's <b>", "naïve/עברית", 'quo"te', "back\\slash", "plus+and&amp", "dots..md"]


@pytest.mark.parametrize("name", ODD)
def test_an_article_of_any_name_can_be_opened(tmp_path: Path, encoder: WordEncoder, name: str) -> None:
    from ingest.pipeline import Ingestion

    article_at(tmp_path / "odd", f"---\ntitle: 'Odd'\n---\n\nWhat stands in {len(name)} letters.\n", f"{name}.md")
    Ingestion(tmp_path / "odd", tmp_path / "index", encoder=encoder).run()
    with client_for(tmp_path / "index", encoder) as client:
        link = page(client, "/articles").select_one(".hw-entries a")
        assert link is not None
        assert link["href"] == address(name)
        assert "letters" in page(client, str(link["href"])).select_one(".hw-body").get_text()  # type: ignore[union-attr]


# --- the pages


def client_for(index: Path, encoder: WordEncoder, ready: Event | None = None) -> TestClient:
    """The articles' pages on an index, as the app serves them; the encoder is loaded unless an event says when."""
    guardrails = Guardrails.load(region="uk")
    if ready is None:
        ready = Event()
        ready.set()
    app = FastAPI()
    shell = Shell(Catalogue.load(), guardrails.emergency_phone())
    app.include_router(routes(Bot(Library(index), guardrails, encoder), shell, ready))
    app.add_middleware(Headers, elsewhere=())
    return TestClient(app)


@pytest.fixture
def client(ingest: Callable[..., object], index: Path, encoder: WordEncoder) -> Iterator[TestClient]:
    """The pages on the small corpus."""
    ingest()
    with client_for(index, encoder) as pages:
        yield pages


@pytest.fixture
def library(ingest: Callable[..., object], index: Path) -> Iterator[Library]:
    """The small corpus's index."""
    ingest()
    opened = Library(index)
    yield opened
    opened.close()


def page(client: TestClient, path: str, status: int = 200) -> BeautifulSoup:
    """A page as it is served, which obeys the policy: nothing inline, nothing from elsewhere."""
    response = client.get(path)
    assert response.status_code == status
    soup = BeautifulSoup(response.text, "html.parser")
    assert not soup.select("[style], style")
    assert not [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert all(script.get("src", "/").startswith("/") for script in soup.select("script"))
    assert all(script.get("src") or script["type"] == "application/json" for script in soup.select("script"))
    return soup


def test_the_list_names_every_article_with_its_publisher_day_and_first_line(client: TestClient) -> None:
    soup = page(client, "/articles")
    assert [link.get_text() for link in soup.select(".hw-entries a")] == ["Bridges", "Ice", "Shoes"]
    first = soup.select_one(".hw-entries li")
    assert first is not None
    assert "Test Clinic" in first.get_text()
    assert "2 January 2026" in first.get_text()
    assert "To start a bridge, lie on your back." in first.get_text()
    # Articles in a folder stand below its name.
    assert [heading.get_text() for heading in soup.select(".hw-group h2")] == [SAY("articles.rest"), "Shoes"]


def test_a_long_list_has_pages_and_each_article_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.articles.listing.PAGE", 2)
    titles, path = [], "/articles"
    while path:
        soup = page(client, path)
        titles += [link.get_text() for link in soup.select(".hw-entries a")]
        later = soup.select_one("a[rel=next]")
        path = str(later["href"]) if later else ""
    assert titles == ["Bridges", "Ice", "Shoes"]
    for wrong in ("0", "99", "x", "٣", "-1"):
        assert page(client, f"/articles?page={wrong}").select(".hw-entries a")


def test_a_search_marks_the_words_and_leads_to_the_sentence(client: TestClient) -> None:
    soup = page(client, "/articles?q=replacing+shoe")
    first = soup.select_one(".hw-finds li")
    assert first is not None
    assert {mark.get_text() for mark in first.select("mark")} >= {"Replace", "shoes"}
    opened = page(client, str(first.select_one("a")["href"]))  # type: ignore[index]
    assert [mark.get_text() for mark in opened.select("mark")] == ["Replace running shoes every 300–500 miles."]


def test_what_was_searched_is_shown_as_text_and_no_copy_is_left(client: TestClient) -> None:
    response = client.get("/articles", params={"q": '"><script>alert(1)</script> shoes'})
    assert "<script>alert" not in response.text
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


@pytest.mark.parametrize("query", ["zebra crossing", "?!", "\u202e", "ъ", "a" * 5000, "the of and"])
def test_a_search_without_a_find_says_so_and_shows_ways_on(client: TestClient, query: str) -> None:
    response = client.get("/articles", params={"q": query})
    assert SAY("articles.none") in response.text
    assert SAY("articles.ask") in response.text


def test_a_search_before_the_encoder_is_loaded_says_so_and_looks_again(
    ingest: Callable[..., object], index: Path, encoder: WordEncoder
) -> None:
    ingest()
    ready = Event()
    with client_for(index, encoder, ready) as client:
        early = client.get("/articles?q=replacing+shoe")
        assert early.headers["Refresh"].isdigit()
        assert "Getting ready to search" in early.text
        assert 'value="replacing shoe"' in early.text
        assert not BeautifulSoup(early.text, "html.parser").select(".hw-finds")
        assert client.get("/articles").headers.get("Refresh") is None
        ready.set()
        now = client.get("/articles?q=replacing+shoe")
        assert now.headers.get("Refresh") is None
        assert BeautifulSoup(now.text, "html.parser").select(".hw-finds")


def test_an_empty_search_asks_for_words_and_shows_the_list(client: TestClient) -> None:
    soup = page(client, "/articles?q=+")
    hint = soup.select_one("#hw-empty")
    assert hint is not None
    assert hint.get_text() == SAY("articles.empty")
    assert len(soup.select(".hw-entries a")) == 3


def test_an_unknown_article_is_a_page_with_the_list(client: TestClient) -> None:
    soup = page(client, "/articles/%3Cscript%3Ealert(1)%3C/script%3E", 404)
    assert soup.select_one("h1").get_text() == SAY("articles.missing_title")  # type: ignore[union-attr]
    assert len(soup.select(".hw-entries a")) == 3
    assert client.get("/articles/", follow_redirects=False).headers["location"] == "/articles"


def test_without_an_index_every_page_says_so(index: Path, encoder: WordEncoder) -> None:
    with client_for(index, encoder) as client:
        for path in ("/articles", "/articles?q=hip", "/articles/bridge"):
            assert SAY("articles.unavailable_title") in page(client, path, 503).get_text()


def test_a_search_that_breaks_says_so_in_plain_words(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: WordEncoder, texts: object) -> None:
        raise RuntimeError("weights/at/a/secret/place")

    monkeypatch.setattr(WordEncoder, "embed", broken)
    soup = page(client, "/articles?q=shoes")
    assert SAY("articles.broken_title") in soup.get_text()
    assert "secret" not in soup.get_text()


@pytest.mark.parametrize("before", ["", "We talked about shoes and bridges. " * 20])
def test_a_reported_emergency_in_the_search_box_comes_first_and_alone(client: TestClient, before: str) -> None:
    soup = page(client, f"/articles?q={before}I fell and cannot put weight on my leg")
    alert = soup.select_one("main .hw-alert")
    assert alert is not None
    assert alert.find_previous("h1") is None
    assert alert.select_one("a[href='tel:999']")
    assert not soup.select(".hw-finds")


def test_under_an_urgent_sign_no_place_is_shown_that_says_to_run_on(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    soup = page(client, "/articles?q=my+groin+hurts+with+every+step+and+at+night.+which+bridges+strengthen")
    assert soup.select_one(".hw-alert")
    assert "Bridges strengthen" not in soup.get_text()
    assert "Bridges strengthen" in page(client, "/articles?q=which+bridges+strengthen").get_text().replace("\n", " ")


def test_a_browser_asks_again_and_is_told_when_nothing_changed(
    client: TestClient, ingest: Callable[..., object], corpus: Path
) -> None:
    for path in ("/articles", "/articles/bridge"):
        first = client.get(path)
        assert first.headers["cache-control"] == "no-cache"
        again = client.get(path, headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
        assert again.status_code == 304
        assert again.text == ""
    tag = client.get("/articles/bridge").headers["etag"]
    (corpus / "ice.md").write_text("# Ice\n\nUse ice for 10 minutes.\n")
    ingest()
    assert client.get("/articles/bridge", headers={"If-None-Match": tag}).status_code == 200


def test_the_front_matter_is_never_shown(client: TestClient) -> None:
    assert "publisher:" not in page(client, "/articles/bridge").get_text()


@settings(max_examples=30)
@given(st.text(max_size=80), st.sets(st.sampled_from(["hip", "pain", "run", "2"])))
def test_marking_words_keeps_the_text(text: str, wanted: set[str]) -> None:
    found = list(pieces(text, wanted))
    assert "".join(piece for piece, _ in found) == text
    assert all(stems_of(piece) & wanted for piece, is_marked in found if is_marked)


def test_the_search_is_the_bots_own(client: TestClient, library: Library, encoder: WordEncoder) -> None:
    with library.generation() as generation:
        best = HybridRetriever(generation=generation, encoder=encoder, limit=1).search("stays flat foam")
    first = page(client, "/articles?q=stays+flat+foam").select_one(".hw-finds h3")
    assert first is not None
    assert first.get_text() == best.passages[0].chunk.section
