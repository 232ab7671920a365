"""Form: front matter, dates, headings, lengths and leftovers."""

from __future__ import annotations

import pytest

from tests.ingest.checking import FRONT, START, findings, rules

BODY = "\n## One\n\nText.\n"


def test_a_sound_article_has_no_findings() -> None:
    assert findings(BODY) == []


def test_missing_front_matter_is_one_finding() -> None:
    (finding,) = findings("# One\n\nText.\n", front="")
    assert finding.rule == "front-matter"
    for key in ("title", "summary", "publisher", "author", "source_title", "updated", "topics"):
        assert key in finding.text


def test_a_web_page_is_told_that_it_cannot_have_front_matter() -> None:
    page = "<html><body><h1>Hips</h1><p>They carry you when you run.</p></body></html>"
    (finding,) = findings(page, front="", name="draft.html")
    assert finding.rule == "front-matter"
    assert finding.text.startswith("A web page has no front matter")


@pytest.mark.parametrize("value", ["", '""', "[]", "  "])
def test_missing_and_empty_keys_are_named(value: str) -> None:
    front = FRONT.replace("topics: [hip pain]", f"topics: {value}").replace('author: "The team"\n', "")
    (finding,) = findings(BODY, front=front)
    assert (finding.rule, finding.severity) == ("front-matter", "error")
    assert finding.text.startswith("`author`, `topics` are missing")


def test_one_missing_key_is_told_in_the_singular() -> None:
    (finding,) = findings(BODY, front=FRONT.replace('author: "The team"\n', ""))
    assert finding.text == "`author` is missing in the front matter. Add it."


def test_a_date_that_cannot_be_read_rejects_the_article_with_its_line() -> None:
    (finding,) = findings(BODY, front=FRONT.replace("2026-11-21", "last week"))
    assert (finding.rule, finding.severity, finding.line) == ("rejected", "error", 7)


@pytest.mark.parametrize(
    ("updated", "rule"),
    [
        ("2026-11-29", None),
        ("2026-11-30", None),  # where the editor is, it may be tomorrow
        ("2026-12-02", "future-date"),
        ("2062-01-01", "future-date"),
        ("2025-11-29", None),
        ("2025-11-28", "review-due"),
    ],
)
def test_dates_to_come_and_reviews_that_are_due(updated: str, rule: str | None) -> None:
    found = findings(BODY, front=FRONT.replace("2026-11-21", updated))
    assert [finding.rule for finding in found] == ([rule] if rule else [])
    assert all(finding.line == 7 and finding.severity != "error" for finding in found)


def test_how_long_a_review_lasts_can_be_set() -> None:
    assert findings(BODY, review_days=5, rule="review-due")
    assert not findings(BODY, review_days=8, rule="review-due")


@pytest.mark.parametrize(
    ("body", "rule", "line"),
    [
        ("\n## One\n\nText.\n\n## One\n\nMore.\n", "heading-twice", 5),
        ("\n## One\n\nText.\n\n#### Deep\n\nMore.\n", "heading-level", 5),
        ("\n# Title\n\nText.\n\n# Second\n\nMore.\n", "heading-level", 5),
        ("\n## One\n\n## Two\n\nText.\n", "heading-empty", 1),
        ("\n## One\n\nText.\n\n### Below\n", "heading-empty", 5),
        ("\n## One\n\nText.\n\n##\n\nMore.\n", "heading-empty", 5),
    ],
)
def test_faults_of_headings(body: str, rule: str, line: int) -> None:
    (finding,) = findings(body)
    assert (finding.rule, finding.line) == (rule, START + line)


@pytest.mark.parametrize(
    "body",
    [
        "\n# Title\n\n## One\n\nText.\n\n### Below\n\nText.\n\n## Two\n\nText.\n",
        "\n## One\n\n### Below\n\nText.\n",
        "\n## One\n\n```\n##\n# not a heading\n```\n",
        "\nSetext\n------\n\nText.\n\n=======\n",
    ],
)
def test_sound_headings_are_left_alone(body: str) -> None:
    assert findings(body) == []


def test_a_sentence_too_long_to_quote() -> None:
    (finding,) = findings(f"\n## One\n\n{'step ' * 60}end.\n", rule="long-sentence")
    assert "61 words" in finding.text
    assert findings(f"\n## One\n\n{'step ' * 40}end.\n", rule="long-sentence") == []


def test_a_sentence_the_search_cannot_read_whole_is_told_apart() -> None:
    (finding,) = findings(f"\n## One\n\n{'step ' * 300}end.\n", rule="long-sentence")
    assert "never quoted" in finding.text


def test_paragraphs_and_sections_too_long() -> None:
    paragraph = "A step is short. " * 50
    assert [f.line for f in findings(f"\n## One\n\n{paragraph}\n", rule="long-passage")] == [START + 3]
    short = "A step is short. " * 30
    assert findings(f"\n## One\n\n{short}\n\n{short}\n", rule="long-passage") == []
    (finding,) = findings("\n## One\n" + f"\n{short}\n" * 5, rule="long-passage")
    assert "600 words below one heading" in finding.text


@pytest.mark.parametrize(
    "mark",
    [
        "{{ name }}",
        "{% include x %}",
        "TODO",
        "Lorem ipsum dolor",
        "{.class}",
        "*[GP]: doctor",
        "[[wiki]]",
        "[citation needed]",
    ],
)
def test_leftovers(mark: str) -> None:
    (finding,) = findings(
        f"\n## One\n\nText.\n\nThen {mark} here.\n" if mark[0] != "*" else f"\n{mark}\n", rule="leftover"
    )
    assert finding.line == START + (5 if mark[0] != "*" else 1)


def test_leftovers_of_a_kind_are_one_finding_and_code_is_left_alone() -> None:
    (finding,) = findings("\nText {.a}\n\nText {.b}\n\nText {.c}\n\n```\n{.d}\n```\n", rule="leftover")
    assert f"also in lines {START + 3}, {START + 5}" in finding.text


def test_text_files_are_checked_too() -> None:
    body = "Hip pain\n\nRest first\n\nA day of rest lets a strain settle. You don't need to see a doctor.\n"
    assert rules(body, name="draft.txt", front="") == {"front-matter", "no-need"}
