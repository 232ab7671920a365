"""Splitting: chunks fit the encoder, never cross a heading, and every sentence stands at its offsets."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.article import Article, list_article_files, read_article
from ingest.chunk import split_article
from ingest.encoder import MAX_TOKENS, Encoder
from ingest.sentences import sentence_spans
from tests.conftest import PROJECT

TOKENS = Encoder()


def article(text: str, path: str = "a.md", title: str = "Title") -> Article:
    return Article(id="a", path=path, text=text, sha256="", body_start=0, title=title)


def split(text: str, path: str = "a.md", limit: int = MAX_TOKENS):
    return split_article(article(text, path), TOKENS.count_tokens, limit)


def test_chunks_carry_their_heading_path() -> None:
    chunks = split("Before.\n\n# One\n\nA.\n\n## Two\n\nB.\n\n# Three\n\nC.\n")
    assert [chunk.headings for chunk in chunks] == [(), ("One",), ("One", "Two"), ("Three",)]
    assert [chunk.section for chunk in chunks] == ["Title", "One", "Two", "Three"]


def test_offsets_quote_the_source_with_its_markdown() -> None:
    text = "## H\n\nSome **bold** word and a [link](http://x.y). Next one.\n\n> Quoted line\n> runs on.\n"
    (chunk,) = split(text)
    assert [sentence.text for sentence in chunk.sentences] == [
        "Some bold word and a link.",
        "Next one.",
        "Quoted line runs on.",
    ]
    assert text[chunk.sentences[0].start : chunk.sentences[0].end] == "Some **bold** word and a [link](http://x.y)."
    assert text[chunk.sentences[2].start : chunk.sentences[2].end] == "Quoted line\n> runs on."


def test_lists_keep_their_lead_in() -> None:
    (chunk,) = split("See someone if:\n\n- the pain lasts\n- it wakes you\n\nThen rest.\n")
    kinds = [(sentence.text, sentence.kind, sentence.group) for sentence in chunk.sentences]
    assert kinds == [
        ("See someone if:", "lead_in", 1),
        ("the pain lasts", "item", 1),
        ("it wakes you", "item", 1),
        ("Then rest.", "prose", None),
    ]


def test_a_table_row_is_an_item() -> None:
    text = "| time | what |\n|---|---|\n| 20 min | ice. It numbs. |\n| | |\n"
    (chunk,) = split(text)
    kinds = [(sentence.text, sentence.kind) for sentence in chunk.sentences]
    assert kinds == [("time; what", "lead_in"), ("20 min; ice. It numbs.", "item")]
    assert text[chunk.sentences[1].start : chunk.sentences[1].end] == "| 20 min | ice. It numbs. |"


def test_marks_of_no_meaning_to_a_reader_are_not_shown() -> None:
    text = (
        "**Hip pain is common. It *often* gets better.** Then rest.[^1]\n\n"
        "A [link][r] and ![a picture](x.png) here.\n\n[r]: http://x.y\n\n[^1]: A note.\n\n"
        "<script>alert(1)</script>\n\n<ul><li>First item</li><li>Second item.</li></ul>\n"
    )
    shown = [sentence.text for chunk in split(text) for sentence in chunk.sentences]
    assert shown == [
        "Hip pain is common.",
        "It often gets better.",
        "Then rest.",
        "A link and a picture here.",
        "A note.",
        "First item",
        "Second item.",
    ]


def test_long_titles_and_headings_leave_room_for_the_body() -> None:
    for chunk in split("# " + "Heading words " * 300 + "\n\nThe body.\n"):
        assert sum(TOKENS.count_tokens([chunk.embedding_text])) <= MAX_TOKENS


def test_long_sections_are_cut_between_paragraphs() -> None:
    paragraphs = [f"Sentence {n} has a few more words in it." for n in range(60)]
    chunks = split("## H\n\n" + "\n\n".join(paragraphs))
    assert len(chunks) > 1
    assert [sentence.text for chunk in chunks for sentence in chunk.sentences] == paragraphs


def test_a_sentence_too_long_for_the_encoder_is_searched_in_pieces_and_never_quoted() -> None:
    chunks = split("## H\n\n" + "word " * 900)
    assert {sentence.kind for chunk in chunks for sentence in chunk.sentences} == {"fragment"}


def test_plain_text_files_have_headings_and_paragraphs() -> None:
    text = "How to rest\n\nRest for a day.\nThen walk on for\nan hour.\n"
    (chunk,) = split(text, "a.txt")
    assert chunk.headings == ("How to rest",)
    assert [sentence.text for sentence in chunk.sentences] == ["Rest for a day.", "Then walk on for an hour."]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Jones says 4.5 km is fine. Is it? Yes!", ["Dr. Jones says 4.5 km is fine.", "Is it?", "Yes!"]),
        ("Hold for 2 secs. at most. Rest.", ["Hold for 2 secs. at most.", "Rest."]),
        ("Run approx. 5 km. Stop.", ["Run approx. 5 km.", "Stop."]),
        ("No full stop", ["No full stop"]),
        ("", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_sentence_spans_cover_every_character_that_is_not_space(text: str) -> None:
    spans = sentence_spans(text)
    covered = {place for start, end in spans for place in range(start, end)}
    assert all(char.isspace() or place in covered for place, char in enumerate(text))
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


_MARKDOWN = st.lists(
    st.sampled_from(
        [
            "## Heading\n",
            "A sentence. Another one.\n",
            "- item\n",
            "1. step\n",
            "> quote\n",
            "\n",
            "text *with* marks\n",
        ]
    )
    | st.text(max_size=60),
    max_size=25,
).map("".join)


@given(_MARKDOWN, st.sampled_from(["a.md", "a.txt"]))
@settings(max_examples=200, deadline=None)
def test_any_article_splits_within_the_limit_and_at_its_places(text: str, path: str) -> None:
    text = text.replace("\r", "\n")
    for chunk in split(text, path, limit=200):
        assert sum(TOKENS.count_tokens([chunk.embedding_text])) <= 200
        for sentence in chunk.sentences:
            quote = text[sentence.start : sentence.end]
            assert quote.strip() == quote != ""
            assert any(char.isalnum() for char in sentence.text)


def test_every_chunk_of_the_corpus_fits_and_quotes_its_source() -> None:
    files, errors = list_article_files(PROJECT / "corpus")
    assert not errors
    for file in files:
        source = read_article(file, 10**6)
        text = Path(file.file).read_text(encoding="utf-8")
        chunks = split_article(source, TOKENS.count_tokens, MAX_TOKENS)
        assert max(TOKENS.count_tokens([chunk.embedding_text for chunk in chunks])) <= MAX_TOKENS
        for chunk in chunks:
            for sentence in chunk.sentences:
                assert text[sentence.start : sentence.end] == sentence.text, "corpus sentences carry no Markdown"
