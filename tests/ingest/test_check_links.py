"""Links: what leads nowhere is named with its line and the way to mend it; what is right is left alone."""

from __future__ import annotations

import pytest

from tests.ingest.checking import START, findings

OTHERS = {
    "strains/hip flexor.md": "\n## When to stop\n\nRest.\n\n## Can I run? (FAQ)\n\nAsk.\n\n## When to stop\n\nAgain.\n",
    "rest.md": "\n## Rest\n\nRest first. <a id='top'></a>\n",
    "pictures/hip.png": "a picture",
    "notes.pdf": "not an article",
}


@pytest.mark.parametrize(
    "link",
    [
        "[rest](rest.md)",
        "[rest](rest.md#rest)",
        "[rest](./rest.md#top)",
        "[strain](strains/hip%20flexor.md)",
        "[strain](<strains/hip flexor.md>)",
        "[strain](strains/hip%20flexor.md#can-i-run-faq)",
        "[strain](strains/hip%20flexor.md#when-to-stop-1)",
        "[here](#below)",
        "![the hip](pictures/hip.png)",
        "[web](https://www.nhs.uk/conditions/hip-pain/?a=b#c)",
        "[web](http://localhost:8080/)",
        "<https://example.org>",
        "[write](mailto:team@example.org)",
        "[ring](tel:+442012345678)",
        "[rest][r]\n\n[r]: rest.md",
        "A note[^1].\n\n[^1]: What it says.",
        "`[code](nowhere.md)`",
        "Brackets [as they are] stay.",
        '<a href="rest.md">rest</a>',
    ],
)
def test_what_is_there_is_left_alone(link: str) -> None:
    assert findings(f"\n{link}\n\n## Below\n\nText.\n", OTHERS, rule="link") == []


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("[x](gone.md)", "not there"),
        ("[x](rst.md)", "Did you mean rest.md?"),
        ("[x](Rest.md)", "differs in capitals from the file rest.md"),
        ("[x](rest)", "The file is rest.md"),
        ("[x](strains)", "leads to a folder"),
        ("[x](strains/hip%20flexors.md)", "Did you mean strains/hip flexor.md?"),
        ("[x](rest.md#rests)", "Did you mean #rest?"),
        ("[x](#Below)", "Did you mean #below?"),
        ("[x](#nothing)", "finds no heading"),
        ("[x](../secret.md)", "leads out of the corpus"),
        ("[x](strains/../../secret.md)", "leads out of the corpus"),
        ("[x](/rest.md)", "begins with a slash"),
        ("![x](pictures/gone.png)", "not there"),
        ("[x]()", "no address"),
        ("[x](hip flexor.md)", "write %20"),
        ("[x]({{ base }}page)", "mark of a template"),
        ("[x](www.example.org/page)", "https://www.example.org/page"),
        ("[x](example.com)", "no https://"),
        ("[x](http://)", "names no web site"),
        ("[x](https://no-dot)", "names no web site"),
        ("[x](htp://example.org)", "begins with htp:"),
        ("[x](mailto:nobody)", "no e-mail address"),
        ("[x][missing]", "nowhere defined"),
        ("A note[^7].", "footnote [^7] is nowhere defined"),
        ('<a href="gone.md">x</a>', "not there"),
    ],
)
def test_what_leads_nowhere_is_named_with_the_remedy(link: str, words: str) -> None:
    (finding,) = findings(f"\nFirst line.\nThen {link} in the next.\n\n## Below\n\nText.\n", OTHERS, rule="link")
    assert words in finding.text
    assert (finding.line, finding.severity) == (START + 2, "error")


def test_links_start_at_the_article_s_own_folder() -> None:
    body = "\n[up](../rest.md) and [beside](hip%20flexor.md) and [wrong](rest.md)\n"
    (finding,) = findings(body, OTHERS, name="strains/draft.md", rule="link")
    assert "rest.md leads to a file that is not there" in finding.text


def test_plain_text_has_no_links() -> None:
    assert findings("\nSee [x](gone.md) there.\n", OTHERS, name="draft.txt", rule="link") == []
