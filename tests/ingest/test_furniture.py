"""Page furniture: what a saved web page has around its article is left out, and no sentence of the article with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.article import Article, list_article_files, read_article
from ingest.blocks import article_blocks
from ingest.furniture import is_date, is_furniture
from ingest.plaintext import text_blocks


@pytest.mark.parametrize(
    "line",
    [
        "You are currently viewing Sore hips after a hilly race",
        "7 min read",
        "By Ann Example 12 minutes read",
        "Written by Ann Example",
        # Navigation.
        "Skip to content",
        "Skip to main content",
        "Table of contents",
        "Menu",
        "Home > Advice > Sore hips",
        "Home | Clinics | Prices",
        "Home » Blog",
        "Next post",
        "Related articles:",
        "Back to top",
        # Sharing and comments.
        "Share",
        "Share this article",
        "Share this on Facebook",
        "Tweet",
        "Pin it",
        "Copy link",
        "Follow us on Instagram",
        "Comments",
        "14 comments",
        "Leave a reply",
        # Cookie notices.
        "We use cookies to give you the best experience on our website.",
        "This website uses cookies to measure traffic.",
        "By continuing to browse you agree to our use of cookies.",
        "Accept all cookies",
        "Reject all",
        "Manage preferences",
        "Cookie settings",
        "Privacy policy",
        "Terms and conditions",
        "We and our partners store information on a device, such as cookies, to personalise advertising.",
        # Others that such pages have.
        "Posted on 3 June 2024 by Ann Example",
        "June 3, 2024 · 5 min read",
        "Tags: hip, running",
        "By Ann Example | March 3, 2024",
        "Share on Facebook Tweet",
        "Previous post: Shin splints",
        "Facebook | X | LinkedIn",
        "Share via e-mail (Opens in new window)",
        "Your email address will not be published. Required fields are marked *",
        "Subscribe to our newsletter",
        "You may also like",
        "© 2024 Hill Clinic. All rights reserved.",
        "Powered by WordPress",
        "Privacy | Terms | Cookies",
        "Photo by Ann Example on Unsplash",
    ],
)
def test_lines_of_the_page_are_furniture(line: str) -> None:
    assert is_furniture(line)
    assert is_furniture(f"  {line.upper()}\t")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Share the load between both legs.",
        "Comments from runners who wore the brace",
        "Previous injuries make a new one more likely.",
        "Next week, add a short walk.",
        "Home exercises for a sore hip",
        "Home is the best place for the first two weeks of rehab",
        "Back to running after a break",
        "You are viewing a bridge from the side here.",
        "We use cookies and gels on long runs.",
        "Our coach hands out cookies at the finish.",
        "Accept that healing takes weeks",
        "A 5 min read of your training log can show the jump in distance.",
        "Next: lift the leg to the side.",
        "→ Keep the knee straight",
        "By resting more often",
        "By Monday 3 June the pain was gone, so I ran.",
        "Print this plan and share it with your coach.",
        "Recommended exercises",
        "More on the way down",
        "Topics runners ask about",
        "Discussion of the findings",
        "Like this one, most strains settle.",
        "Follow us through the six moves below and stop at the first sharp pain.",
        # Sales and contacts say who wrote the article; they are kept, as answers about the source.
        "Book an assessment at our clinic",
        "Call us on 01632 960 123",
        "Contact",
    ],
)
def test_lines_of_the_article_are_not(line: str) -> None:
    assert not is_furniture(line)


@pytest.mark.parametrize(
    "line", ["3 June 2024", "Jun 3", "June 3, 2024", "Sept. 2023", "may", "2024-06-03", " Dec 31 "]
)
def test_dates(line: str) -> None:
    assert is_date(line)


@pytest.mark.parametrize(
    "line",
    ["Marathon", "Mayhem", "Decline squats", "3 June 2024 was hot", "12 June bugs", "2024", "5 x 3", "Augmented"],
)
def test_words_that_begin_like_a_month_are_no_dates(line: str) -> None:
    assert not is_date(line)


RELATED = """What helps

Shorter steps on the way down help most, and so does a day of rest after hills.

{heading}

Knees on stairs
Feet on trails: what to wear
Why ankles roll

When to see somebody

See somebody when the pain wakes you at night, or when it makes you limp on the flat.
"""


@pytest.mark.parametrize("heading", ["Related posts", "You may also like", "Recent articles"])
def test_the_links_below_a_heading_of_the_page_go_with_it_and_the_next_section_stays(heading: str) -> None:
    contents = [block.content for block in text_blocks(RELATED.format(heading=heading), 0)]
    assert [content for content in contents if len(content) < 40] == ["What helps", "When to see somebody"]
    markdown = (
        RELATED.format(heading=f"## {heading}").replace("What helps", "# What helps").replace("When to", "## When to")
    )
    blocks = article_blocks(Article(id="a", path="a.md", text=markdown, sha256="", body_start=0, title="T"))
    assert [block.content for block in blocks if block.level] == ["What helps", "When to see somebody"]
    assert not any("Knees" in block.content for block in blocks)


def test_comments_at_the_end_go_and_a_menu_goes_but_one_of_its_words_may_be_a_heading() -> None:
    text = "Home\nAbout us\nBlog\nContact\n\nTreatments\n\n" + "Rest lets a strain settle, day by day. " * 9
    text += "\n\n2 comments\n\nThanks, I ran again after a week!\n"
    assert [(block.kind, block.content[:10]) for block in text_blocks(text, 0)] == [
        ("heading", "Treatments"),
        ("prose", "Rest lets "),
    ]


@given(
    st.sampled_from(["you are currently viewing ", "we use cookies on this site ", "home / "]),
    st.integers(600, 100_000),
)
def test_a_very_long_line_is_text(piece: str, length: int) -> None:
    assert not is_furniture((piece * length)[:length])


PAGE = """Skip to content
Home > Advice
You are currently viewing Hips and hills
We use cookies to improve your experience.
- Ann Example
- 3 June 2024
- 4 min read

Hips and hills

Hills ask more of the hips than flat ground does.

What helps

- Shorter steps
- Share
- 7 June

Leave a comment
"""


def test_a_saved_page_is_read_without_its_furniture() -> None:
    blocks = [(block.kind, block.content) for block in text_blocks(PAGE, 0)]
    assert blocks == [
        ("item", "Ann Example"),
        ("heading", "Hips and hills"),
        ("prose", "Hills ask more of the hips than flat ground does."),
        ("heading", "What helps"),
        ("item", "Shorter steps"),
    ]


def test_a_date_that_is_no_bullet_is_text() -> None:
    assert [block.content for block in text_blocks("The race was on\n3 June 2024\n", 0)] == [
        "The race was on",
        "3 June 2024",
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("You are currently viewing Hips\n\n5 min read\n\nHips and hills\n\nText.", "Hips and hills"),
        ("Menu\n\nShare\n", "Menu"),  # better than no title at all
    ],
)
def test_furniture_is_no_title(tmp_path: Path, text: str, title: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    (source,), _ = list_article_files(tmp_path)
    assert read_article(source, 10_000).title == title
