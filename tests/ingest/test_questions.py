"""The questions an editor lists for a section: they find it, are never part of its text, and no mistake in them costs more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ingest.article import list_article_files, read_article
from ingest.check import Finding, check_questions
from ingest.chunk import Chunk, split_article
from ingest.cli import app
from ingest.encoder import MAX_TOKENS
from ingest.errors import ArticleError
from ingest.generation import open_current
from ingest.lexical import terms
from ingest.pipeline import Report
from ingest.questions import QUESTION_LENGTH, listed_questions
from tests.conftest import WordEncoder

BODY = """
Opening words.

## Bridges

Lift the hips and hold.

### How often

Twice a week.

## Clams

Open the knee.

### How often

Every other day.

## Moves

### Squats

Sit down slowly.
"""


def article(folder: Path, questions: str, body: str = BODY, name: str = "moves.md"):
    (folder / name).write_text(f"---\ntitle: Moves at home\n{questions}\n---\n{body}", encoding="utf-8")
    source = next(file for file in list_article_files(folder)[0] if file.path == name)
    return read_article(source, 100_000)


def listed(folder: Path, questions: str, **options: str) -> dict[str, tuple[str, ...]]:
    """The questions of each chunk, by its heading path."""
    return {
        " > ".join(chunk.headings): chunk.questions for chunk in chunks(folder, questions, **options) if chunk.questions
    }


def chunks(folder: Path, questions: str, **options: str) -> list[Chunk]:
    return split_article(article(folder, questions, **options), lambda texts: [len(t) // 4 for t in texts], MAX_TOKENS)


def findings(folder: Path, questions: str, **options: str) -> list[Finding]:
    return check_questions(article(folder, questions, **options))


def test_a_question_goes_with_its_section_and_no_other(tmp_path: Path) -> None:
    questions = (
        'questions:\n  Bridges:\n    - "How do I lift my hips?"\n    - Is a bridge hard?\n  "Clams": ["Which knee?"]\n'
    )
    assert listed(tmp_path, questions) == {
        "Bridges": ("How do I lift my hips?", "Is a bridge hard?"),
        "Clams": ("Which knee?",),
    }
    assert findings(tmp_path, questions) == []


def test_a_heading_below_another_is_named_with_it(tmp_path: Path) -> None:
    questions = 'questions:\n  "Clams > How often":\n    - "How many clams a week?"\n'
    assert listed(tmp_path, questions) == {"Clams > How often": ("How many clams a week?",)}
    assert findings(tmp_path, questions) == []


def test_the_title_names_the_text_before_the_first_heading(tmp_path: Path) -> None:
    questions = 'questions:\n  "Moves at home":\n    - "What is this about?"\n'
    assert listed(tmp_path, questions) == {"": ("What is this about?",)}
    assert findings(tmp_path, questions) == []


def test_a_plain_text_article_has_them_too(tmp_path: Path) -> None:
    body = "\nRest first\n\nA day of rest lets a strain settle.\n"
    options = {"body": body, "name": "rest.txt"}
    questions = 'questions:\n  "Rest first":\n    - "Should I rest?"\n'
    assert listed(tmp_path, questions, **options) == {"Rest first": ("Should I rest?",)}
    assert findings(tmp_path, questions, **options) == []


def test_a_heading_with_marks_is_named_as_a_reader_sees_it(tmp_path: Path) -> None:
    questions = "questions:\n  Rest first:\n    - Should I rest?\n"
    assert listed(tmp_path, questions, body="## Rest   **first**\n\nA day.\n") == {"Rest first": ("Should I rest?",)}


def test_every_chunk_of_a_long_section_has_them(tmp_path: Path) -> None:
    body = "## Bridges\n\n" + "\n\n".join(f"Sentence {n} tells of one more way to lift the hips." for n in range(60))
    parts = chunks(tmp_path, "questions:\n  Bridges:\n    - How do I lift?\n", body=body)
    assert len(parts) > 1
    assert {part.questions for part in parts} == {("How do I lift?",)}


def test_a_question_is_no_part_of_the_text(tmp_path: Path) -> None:
    first = chunks(tmp_path, "questions:\n  Bridges:\n    - How do I levitate?\n")
    for chunk in first:
        assert "levitate" not in chunk.embedding_text
        assert "levitate" not in " ".join(sentence.text for sentence in chunk.sentences)
    assert any("How do I levitate?" in chunk.part_texts for chunk in first)


def test_a_listed_question_finds_its_section_by_words_and_by_meaning(
    ingest: Callable[..., Report], corpus: Path, index: Path, encoder: WordEncoder
) -> None:
    question = "Is levitation advisable?"
    article(corpus, f"questions:\n  Clams:\n    - {question}\n")
    ingest()
    generation = open_current(index)
    try:
        (row,), (similarity,) = generation.dense(encoder.embed([question])[0], 1)
        scores = generation.lexical(dict.fromkeys(terms("levitation"), 1.0))
        assert (generation.chunks([row])[0].section, similarity > 0.99) == ("Clams", True)
        assert [generation.chunks([place])[0].section for place in range(len(scores)) if scores[place] > 0] == ["Clams"]
        kept = generation.article("moves")
        assert kept is not None
        assert kept.questions == (("Clams", (question,)),)
    finally:
        generation.close()


def test_a_new_question_embeds_no_text_of_the_article_again(
    ingest: Callable[..., Report], corpus: Path, encoder: WordEncoder
) -> None:
    article(corpus, "questions:\n  Clams:\n    - Which knee?\n")
    ingest()
    encoder.embedded.clear()
    article(corpus, "questions:\n  Clams:\n    - Which knee?\n    - Which side?\n")
    ingest()
    assert encoder.embedded == ["Which side?"]


# Each mistake with the line of its entry, words of the finding and the remedy, and what is searched nevertheless. "Which knee?"
# stands behind the mistake each time and must not be lost with it.
GOOD = "  Clams:\n    - Which knee?\n"
MISTAKES = {
    "no such heading": (
        "  Bridge:\n    - How do I lift?\n",
        5,
        "No section has the heading 'Bridge'",
        "Did you mean 'Bridges'?",
        {},
    ),
    "nothing like it": ("  Xyzzy:\n    - How do I lift?\n", 5, "'Xyzzy'", "as it stands in the article", {}),
    "wrong parent": ("  Squats > How often:\n    - When?\n", 5, "No section", "Did you mean", {}),
    "only headings below": (
        "  Moves:\n    - Which move?\n",
        5,
        "'Moves' has no text of its own",
        "a heading below",
        {},
    ),
    "ambiguous": (
        "  How often:\n    - How many?\n",
        5,
        "2 sections have the heading 'How often'",
        "Write 'Bridges > How often' or 'Clams > How often'",
        {"Bridges > How often": ("How many?",), "Clams > How often": ("How many?",)},
    ),
    "a number": ("  Bridges:\n    - 12\n    - Why?\n", 5, "not text", "quotes", {"Bridges": ("Why?",)}),
    "a colon": ("  Bridges:\n    - Why?\n    - Lifting: how?\n", 6, "not text", "quotes", {"Bridges": ("Why?",)}),
    "yes or no": ("  Bridges:\n    - no\n", 5, "not text", "quotes", {}),
    "a list in a list": ("  Bridges:\n    - [Why?]\n", 5, "not text", "quotes", {}),
    "no list": ("  Bridges:\n    Why: now\n", 5, "'Bridges' is no list", "dash", {}),
    "empty": ('  Bridges:\n    - Why?\n    - ""\n', 6, "is empty", "remove its line", {"Bridges": ("Why?",)}),
    "white space": ('  Bridges:\n    - "  \\t "\n', 5, "is empty", "Write it", {}),
    "only a dash": ("  Bridges:\n    -\n", 5, "is empty", "Write it", {}),
    "null": ("  Bridges:\n    - ~\n", 5, "is empty", "Write it", {}),
    "none": ("  Bridges:\n", 4, "no question is listed for the heading 'Bridges'", "Add one", {}),
    "an empty list": ("  Bridges: []\n", 4, "no question is listed", "Add one", {}),
    "twice": (
        "  Bridges:\n    - How do I lift?\n    - how do  I lift?\n",
        6,
        "listed for its section in line 5 already",
        "Remove one",
        {"Bridges": ("How do I lift?",)},
    ),
    "twice by two names": (
        "  Bridges > How often:\n    - How many?\n  Moves at home:\n    - How many?\n  How often:\n    - How many?\n",
        9,
        "in line 5 already",
        "Remove one",
        {"Bridges > How often": ("How many?",), "": ("How many?",), "Clams > How often": ("How many?",)},
    ),
    "no question mark": (
        "  Bridges:\n    - How do I lift\n",
        5,
        "'How do I lift' does not end with a question mark",
        "Add it",
        {"Bridges": ("How do I lift",)},
    ),
    "too long": (
        f"  Bridges:\n    - {'Why ' * 60}?\n    - Why?\n",
        5,
        f"more than the {QUESTION_LENGTH} that are read",
        "Shorten it",
        {"Bridges": ("Why?",)},
    ),
}


@pytest.mark.parametrize(("entries", "line", "what", "remedy", "searched"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_named_with_line_and_remedy_and_costs_nothing_else(
    tmp_path: Path, entries: str, line: int, what: str, remedy: str, searched: dict[str, tuple[str, ...]]
) -> None:
    questions = f"questions:\n{entries}{GOOD}"
    found = [finding for finding in findings(tmp_path, questions) if what.lower() in finding.text.lower()]
    assert [finding.line for finding in found] == [line]
    assert remedy in found[0].text
    assert listed(tmp_path, questions) == searched | {"Clams": ("Which knee?",)}


def test_a_heading_listed_twice_keeps_both_lists(tmp_path: Path) -> None:
    questions = "questions:\n  Clams:\n    - Which knee?\n  Bridges:\n    - Why?\n  Clams:\n    - Which side?\n"
    assert listed(tmp_path, questions) == {"Clams": ("Which knee?", "Which side?"), "Bridges": ("Why?",)}


def test_a_section_has_the_questions_of_each_of_its_names(tmp_path: Path) -> None:
    questions = "questions:\n  Clams > How often: [How many?]\n  Bridges > How often: [When?]\n  How often: [Daily?]\n"
    assert listed(tmp_path, questions) == {
        "Clams > How often": ("How many?", "Daily?"),
        "Bridges > How often": ("When?", "Daily?"),
    }


def test_a_question_alone_needs_no_list(tmp_path: Path) -> None:
    assert listed(tmp_path, "questions:\n  Clams: Which knee?\n") == {"Clams": ("Which knee?",)}
    assert findings(tmp_path, "questions:\n  Clams: Which knee?\n") == []


def test_sections_that_no_name_tells_apart_need_headings_of_their_own(tmp_path: Path) -> None:
    body = "## Rest\n\nOne.\n\n## Rest\n\nTwo.\n"
    (finding,) = findings(tmp_path, "questions:\n  Rest:\n    - Why?\n", body=body)
    assert "a heading of its own" in finding.text


@pytest.mark.parametrize("words", ["signs of a strain", "What to do about a limp", "best move for the glutes"])
def test_words_to_search_for_need_no_question_mark(tmp_path: Path, words: str) -> None:
    assert findings(tmp_path, f"questions:\n  Clams:\n    - {words}\n") == []


@pytest.mark.parametrize("heading", ["2026", "Yes", "Why: a note", "Is it 'safe'?"])
def test_headings_that_yaml_takes_for_something_else(tmp_path: Path, heading: str) -> None:
    quoted = heading if ":" not in heading else f'"{heading}"'
    questions = f"questions:\n  {quoted}:\n    - Why?\n"
    assert listed(tmp_path, questions, body=f"## {heading}\n\nText.\n") == {heading: ("Why?",)}


@pytest.mark.parametrize("value", ["[Why?, When?]", "Why?", "12", "true"])
def test_questions_without_headings_reject_the_article_with_their_line(tmp_path: Path, value: str) -> None:
    with pytest.raises(ArticleError) as caught:
        article(tmp_path, f"questions: {value}")
    assert caught.value.line == 3
    assert "`questions`" in caught.value.what
    assert "heading" in caught.value.remedy


@pytest.mark.parametrize("questions", ["", "questions:", "questions: {}"])
def test_no_questions_are_no_mistake(tmp_path: Path, questions: str) -> None:
    assert listed(tmp_path, questions) == {}
    assert findings(tmp_path, questions) == []


@pytest.mark.parametrize("start", ["---\n", "\ufeff---\n", "---\n\n\n", "-----\n"])
def test_lines_count_from_the_top_of_the_file(tmp_path: Path, start: str) -> None:
    text = f"{start}title: T\nquestions:\n  Rest:\n    - 12\n---\n## Rest\n\nText.\n"
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    (source,), _ = list_article_files(tmp_path)
    (finding,) = check_questions(read_article(source, 10_000))
    assert text.splitlines()[finding.line - 1] == "    - 12"


def test_a_fault_of_the_front_matter_behind_empty_lines_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("---\n\n\ntitle: T\nsummary: a: b: c\n---\nText.", encoding="utf-8")
    (source,), _ = list_article_files(tmp_path)
    with pytest.raises(ArticleError) as caught:
        read_article(source, 10_000)
    assert caught.value.line == 5


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(_TEXT, st.lists(_TEXT, min_size=1, max_size=4), max_size=5))
def test_every_text_listed_is_kept_or_named(entries: dict[str, list[str]]) -> None:
    source = yaml.safe_dump({"questions": entries}, allow_unicode=True, sort_keys=False)
    found = listed_questions(source)
    assert len(found) == sum(len(questions) for questions in entries.values())
    kept = [entry.question for entry in found if not entry.fault]
    assert kept == [" ".join(q.split()) for questions in entries.values() for q in questions if q.split()]
    assert all(entry.remedy and not entry.question for entry in found if entry.fault)


def test_the_command_names_them_and_ingestion_warns_and_goes_on(
    ingest: Callable[..., Report], corpus: Path, index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    article(corpus, "questions:\n  Bridge:\n    - How do I lift?\n  Clams:\n    - 12\n    - Which knee?\n")
    checked = CliRunner().invoke(app, ["check", "--corpus", str(corpus)])
    assert checked.exit_code == 1
    expected = [
        "moves:5 error question: No section has the heading 'Bridge'",
        "moves:7 error question: A listed question is not text. Put it in quotes.",
    ]
    assert all(words in checked.stdout for words in expected)
    report = ingest()
    assert (report.exit_code, "moves" in report.added) == (0, True)
    assert all(words in caplog.text for words in expected)
    caplog.clear()
    ingest()
    assert not caplog.text  # said once, not at every run
