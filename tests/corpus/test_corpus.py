"""The articles say what their sources say: a checklist of facts per article fails when an edit loses one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ingest.article import list_article_files, read_article
from ingest.blocks import article_blocks, plain_text
from ingest.check import check_corpus
from tests.conftest import PROJECT

FACTS = sorted((Path(__file__).parent / "facts").glob("*.yaml"))
# Figures that the sources are known for; each article's checklist must hold its own.
KNOWN = ["47", "54", "300", "500", r"2\.5", r"13\.5", "72", "15", "20", "24", "48"]


def paragraphs(article_id: str) -> dict[str, list[str]]:
    """The paragraphs and list items under each heading."""
    files, _ = list_article_files(PROJECT / "corpus")
    article = read_article(next(file for file in files if file.id == article_id), 10**6)
    sections: dict[str, list[str]] = {}
    heading = article.title
    for block in article_blocks(article):
        if block.kind == "heading":
            heading = plain_text(block.content)
        else:
            sections.setdefault(heading, []).append(plain_text(block.content))
    return sections


def test_every_article_has_a_checklist() -> None:
    files, errors = list_article_files(PROJECT / "corpus")
    assert not errors
    assert [file.id for file in files] == [path.stem for path in FACTS]


@pytest.mark.parametrize("path", FACTS, ids=lambda path: path.stem)
def test_no_fact_is_lost(path: Path) -> None:
    checklist = yaml.safe_load(path.read_text(encoding="utf-8"))
    sections = paragraphs(checklist["article"])
    assert len(checklist["facts"]) >= 30
    lost = []
    for fact in checklist["facts"]:
        patterns = [re.compile(pattern, re.IGNORECASE) for pattern in fact["must"]]
        assert patterns, fact
        found = sections.get(fact["section"], [])
        if not any(all(pattern.search(text) for pattern in patterns) for text in found):
            lost.append(f"{fact['fact']} (under {fact['section']!r})")
    assert not lost


def test_the_known_figures_are_on_a_checklist() -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in FACTS)
    assert [figure for figure in KNOWN if figure not in everything.replace("\\", "\\")] == []


def test_articles_pass_their_own_check() -> None:
    """Nothing to mend but the reading age: sentences that say who says what are long. Reviews are for a clinician."""
    found = check_corpus(PROJECT / "corpus", 10**6)
    assert [str(f) for f in found if f.severity != "review" and f.rule != "reading-age"] == []


def test_no_wording_is_taken_from_the_sources() -> None:
    """Nine or more words in a row shared with a source are a copied sentence."""
    seeds = PROJECT.parent / "shared" / "seeds"
    if not seeds.is_dir():
        pytest.skip("the sources lie beside the project on the developers' machines only")
    word = re.compile(r"[a-z0-9]+")
    known = set()
    for seed in seeds.glob("*.txt"):
        run = word.findall(seed.read_text(encoding="utf-8").lower())
        known |= {tuple(run[place : place + 9]) for place in range(len(run) - 8)}
    for article in (PROJECT / "corpus").rglob("*.md"):
        run = word.findall(article.read_text(encoding="utf-8").lower())
        shared = [
            " ".join(run[place : place + 9]) for place in range(len(run) - 8) if tuple(run[place : place + 9]) in known
        ]
        assert shared == [], article.name
