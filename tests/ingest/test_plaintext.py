"""Plain text: what a reader takes for a heading, a list or a paragraph by the shape of its lines is read as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article
from ingest.chunk import Chunk, split_article
from ingest.encoder import MAX_TOKENS
from ingest.plaintext import text_blocks


def shape(text: str) -> list[tuple[str, str]]:
    """Kind and content of each block; the level of a heading as `h2` or `h3`."""
    return [(f"h{block.level}" if block.level else block.kind, block.content) for block in text_blocks(text, 0)]


def count_words(texts: list[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def split(text: str, path: str = "a.txt") -> list[Chunk]:
    article = Article(id="a", path=path, text=text, sha256="", body_start=0, title="Title")
    return split_article(article, count_words, MAX_TOKENS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Rest first\nA day of rest lets a strain settle.",
            [("h2", "Rest first"), ("prose", "A day of rest lets a strain settle.")],
        ),
        (
            "Can I run?\nYes, while the ache stays mild.",
            [("h2", "Can I run?"), ("prose", "Yes, while the ache stays mild.")],
        ),
        (
            "Rest first\n\n\nA day of rest lets a strain settle.",
            [("h2", "Rest first"), ("prose", "A day of rest lets a strain settle.")],
        ),
        # A sentence, a line in small letters, a long line and a last line are none.
        (
            "Rest first.\nA day of rest lets a strain settle.",
            [("prose", "Rest first."), ("prose", "A day of rest lets a strain settle.")],
        ),
        (
            "rest first\nA day of rest lets a strain settle.",
            [("prose", "rest first"), ("prose", "A day of rest lets a strain settle.")],
        ),
        (
            "A day of rest lets a strain settle.\n\nRest first",
            [("prose", "A day of rest lets a strain settle."), ("prose", "Rest first")],
        ),
        (
            "R" + "est " * 30 + "first\n" + "Rest lets a strain settle. " * 9,
            [("prose", "R" + "est " * 30 + "first"), ("prose", ("Rest lets a strain settle. " * 9).strip())],
        ),
        # A line that the next one goes on with.
        ("Rest for a day\nand then walk on for an hour.", [("prose", "Rest for a day\nand then walk on for an hour.")]),
    ],
)
def test_headings(text: str, expected: list[tuple[str, str]]) -> None:
    assert shape(text) == expected


def test_a_heading_right_before_a_heading_stands_above_it() -> None:
    text = "Moves for the hip\n\nBridges\n\nLie on your back and lift the hips.\n"
    assert shape(text)[:2] == [("h2", "Moves for the hip"), ("h3", "Bridges")]
    assert split(text)[0].headings == ("Moves for the hip", "Bridges")


def test_numbered_lines_with_text_below_are_headings_below_the_one_before() -> None:
    text = (
        "How to come back\n1. Walk\nWalk for half an hour a day.\n2. Jog\nJog for a minute, walk for two.\n"
        "Afterwards\nKeep one day of rest a week.\n"
    )
    assert [chunk.headings for chunk in split(text)] == [
        ("How to come back", "Walk"),
        ("How to come back", "Jog"),
        ("Afterwards",),
    ]


@pytest.mark.parametrize("mark", ["- ", "• ", "* ", "– ", "1. ", "2) ", "(3) "])
def test_marked_lines_are_items_without_their_mark(mark: str) -> None:
    text = f"You may notice:\n{mark}a dull ache\n{mark}stiffness\n"
    assert shape(text) == [("prose", "You may notice:"), ("item", "a dull ache"), ("item", "stiffness")]
    (lead_in, *items) = split(text)[0].sentences
    assert (lead_in.kind, [item.kind for item in items]) == ("lead_in", ["item", "item"])
    assert {lead_in.group} == {item.group for item in items}


@pytest.mark.parametrize("line", ["-5 degrees is cold for a hip", "12.5 km is far", "10 runs a month", "2024 was wet"])
def test_figures_and_dashes_within_a_line_are_no_marks(line: str) -> None:
    assert shape(line) == [("prose", line)]


def test_text_between_two_lists_keeps_them_apart() -> None:
    blocks = list(text_blocks("- one\n\n- two\n\nText between them.\n\n- three\n", 0))
    assert [(block.kind, block.group) for block in blocks] == [("item", 1), ("item", 1), ("prose", None), ("item", 2)]


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("items", [("Sharp pain", "A limp"), ("sharp pain", "a limp")])
def test_lines_behind_a_colon_are_a_list_without_bullets(gap: str, items: tuple[str, str]) -> None:
    text = f"See somebody if you have:{gap}{items[0]}\n{items[1]}\n\nUntil then, walk instead.\n"
    assert shape(text) == [
        ("prose", "See somebody if you have:"),
        ("item", items[0]),
        ("item", items[1]),
        ("prose", "Until then, walk instead."),
    ]


def test_two_colons_promise_two_lists() -> None:
    text = "See somebody if you have:\nSharp pain\nA limp\n\nUntil then, avoid:\nHills\nSprints\n"
    groups = [sentence.group for sentence in split(text)[0].sentences]
    assert (groups[:3], groups[3:]) == ([groups[0]] * 3, [groups[3]] * 3)
    assert None not in {groups[0], groups[3]}
    assert groups[0] != groups[3]


def test_labelled_lines_behind_a_colon_are_a_list() -> None:
    text = "Do these:\nBridges: lift the hips ten times.\nClams: open the knee ten times.\nThen stop for today.\n"
    assert [kind for kind, _ in shape(text)] == ["prose", "item", "item", "prose"]


@pytest.mark.parametrize(
    "text",
    [
        "Two things help:\nwarming up well and then slowly\nbuilding up your pace over\nseveral weeks.\n",
        "When the ache is mild,\nrun on slowly.\n",
        "Rest today;\nwalk tomorrow.\n",
    ],
)
def test_a_sentence_that_runs_over_several_lines_is_one(text: str) -> None:
    (chunk,) = split(text)
    assert [sentence.text for sentence in chunk.sentences] == [" ".join(text.split())]


def test_a_single_line_behind_a_colon_is_no_list() -> None:
    assert [kind for kind, _ in shape("Remember:\n\nPain is a signal worth hearing\n")] == ["prose", "prose"]


def test_line_and_page_breaks_of_other_programs_end_a_line() -> None:
    text = "Rest first.\u2028Walk second.\x0cRun third."
    assert [content for _, content in shape(text)] == ["Rest first.", "Walk second.", "Run third."]


_LINES = st.lists(
    st.sampled_from(
        [
            "Heading",
            "A sentence here.",
            "- item",
            "1. step",
            "Do these:",
            "small letters",
            "5 min read",
            "",
            "\u00a0indented",
            "\u2028",
        ]
    )
    | st.text(st.characters(exclude_characters="\r"), max_size=30),
    max_size=20,
)


@given(_LINES, st.integers(0, 30))
def test_every_line_of_every_block_is_quoted_from_its_place(lines: list[str], body_start: int) -> None:
    text = "\n".join(lines)
    body_start = min(body_start, len(text))
    last = body_start
    for block in text_blocks(text, body_start):
        for start, line in zip(block.starts, block.content.split("\n"), strict=True):
            assert start >= last
            assert text[start : start + len(line)] == line
            last = start + len(line)


MOVES = (
    "{lead}\n\n{h} Bridges\n\nLie on your back and lift the hips.\n\n{h} Clams\n\nLie on your side and open the knee.\n\n"
    "## Afterwards\n\nRest for a day.\n"
)


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_headings_that_a_colon_promises_are_its_list(gap: str) -> None:
    lines = ["Moves that help", "Do these every other day:", "Bridges", "Lie on your back and lift the hips.", "Clams"]
    lines += ["Lie on your side and open the knee.", "Afterwards", "Rest for a day, whatever you feel like."]
    text = gap.join(lines)
    chunks = split(text)
    assert [chunk.headings for chunk in chunks] == [
        ("Moves that help",),
        ("Moves that help", "Bridges"),
        ("Moves that help", "Clams"),
        ("Afterwards",),
    ]
    lead_in, *items = chunks[0].sentences
    assert (lead_in.text, lead_in.kind) == ("Do these every other day:", "lead_in")
    assert [text[item.start : item.end] for item in items] == ["Bridges", "Clams"]
    assert {item.kind for item in items} == {"item"}
    assert {item.group for item in items} == {lead_in.group}


def test_in_markdown_the_headings_below_are_the_list_quoted_without_their_marks() -> None:
    text = "## Moves\n\n" + MOVES.format(lead="First rest. Then do these:", h="###")
    first = split(text, "a.md")[0]
    assert [(sentence.text, sentence.kind) for sentence in first.sentences] == [
        ("First rest.", "prose"),
        ("Then do these:", "lead_in"),
        ("Bridges", "item"),
        ("Clams", "item"),
    ]
    assert [text[item.start : item.end] for item in first.sentences[2:]] == ["Bridges", "Clams"]


@pytest.mark.parametrize(
    ("lead", "h"),
    [
        ("Do these every other day.", "###"),  # promises nothing
        ("Do these:", "##"),  # the headings are no part of the section that promises
        ("Do these:\n\nFirst a word of care.", "###"),
        ("Do these:\n\n- a walk\n- a swim", "###"),  # the promise is kept by the list
    ],
)
def test_other_headings_are_no_list(lead: str, h: str) -> None:
    first = split("## Moves\n\n" + MOVES.format(lead=lead, h=h), "a.md")[0]
    assert not {"Bridges", "Clams"} & {sentence.text for sentence in first.sentences}


def test_two_promises_do_not_share_a_list() -> None:
    text = "## One\n\nDo these:\n\n### Bridges\n\nLift.\n\n## Two\n\nAvoid these:\n\n### Sprints\n\nToo fast.\n"
    one, _, two, _ = split(text, "a.md")
    assert [sentence.text for sentence in one.sentences] == ["Do these:", "Bridges"]
    assert [sentence.text for sentence in two.sentences] == ["Avoid these:", "Sprints"]
    assert one.sentences[0].group != two.sentences[0].group
