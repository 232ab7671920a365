"""Near-duplicates: the same paragraph in two articles is named with both places, reworded or not; like subjects are not."""

from __future__ import annotations

from tests.ingest.checking import START, findings

PARAGRAPH = (
    "The hip flexors are the muscles at the front of the hip, and they lift the thigh each time you take a step. "
    "When you sit for long they grow short, and the first miles of a run feel stiff."
)
REWORDED = (
    "The hip flexors are the muscles in front of the hip, and they lift the thigh with each step that you take. "
    "If you sit for long they get short, and the first miles of your run feel stiff."
)
OTHER = (
    "The glutes are the muscles of the buttock, and they hold the pelvis level each time a foot lands. "
    "When they are weak the pelvis drops, and the outer hip has to do their work."
)


def duplicates(body: str, **others: str):
    return findings(body, {f"{name}.md": text for name, text in others.items()}, rule="duplicate")


def test_a_copied_paragraph_names_both_places() -> None:
    (finding,) = duplicates(f"\n## Flexors\n\nFirst.\n\n{PARAGRAPH}\n", other=f"\n## Front\n\n{PARAGRAPH}\n")
    assert (finding.line, finding.severity) == (START + 5, "warning")
    assert f"in the same words in other, line {START + 3} (“Front”)" in finding.text


def test_a_reworded_paragraph_is_found() -> None:
    (finding,) = duplicates(f"\n## Flexors\n\n{REWORDED}\n", other=f"\n## Front\n\n{PARAGRAPH}\n")
    assert "in nearly the same words" in finding.text


def test_a_paragraph_inside_a_longer_one_is_found() -> None:
    longer = f"Many runners ask about this. {PARAGRAPH} More on that below, and in the part on strength."
    assert len(duplicates(f"\n## Flexors\n\n{PARAGRAPH}\n", other=f"\n## Front\n\n{longer}\n")) == 1


def test_another_paragraph_on_a_like_subject_is_none() -> None:
    assert duplicates(f"\n## Flexors\n\n{PARAGRAPH}\n", other=f"\n## Glutes\n\n{OTHER}\n") == []


def test_the_article_s_own_repetition_short_lines_and_the_source_are_none() -> None:
    body = f"\n## Flexors\n\n{PARAGRAPH}\n\n## Again\n\n{PARAGRAPH}\n\nHold for 30 seconds.\n\n## About the source\n\n{OTHER}\n"
    assert duplicates(body, other=f"\n## Front\n\nHold for 30 seconds.\n\n## About the source\n\n{OTHER}\n") == []


def test_a_notice_that_stands_in_many_articles_is_none() -> None:
    body = f"\n## Flexors\n\n{PARAGRAPH}\n"
    assert duplicates(body, **{f"other{number}": body for number in range(5)}) == []


def test_an_article_that_is_mostly_a_copy_gets_one_finding() -> None:
    paragraphs = [PARAGRAPH, OTHER, PARAGRAPH.replace("hip", "knee").replace("sit", "stand").replace("short", "tight")]
    body = "".join(f"\n## Part {number}\n\n{text}\n" for number, text in enumerate(paragraphs))
    (finding,) = duplicates(body, other=body)
    assert "3 of the 3 paragraphs of this article stand in other too" in finding.text
