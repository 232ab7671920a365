"""The interface's words: one file a language, and a clear word to whoever writes one wrongly."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.web.words import ENGLISH, FOLDER, Catalogue, WordsError
from settings import PROJECT

ENGLISH_FILE = """
language: {tag: en-GB, direction: ltr}
a:
  hello: Hello {name}
  days: {one: "{count} day", other: "{count} days"}
  list: [one, two]
"""


def catalogue(folder: Path, **files: str) -> Catalogue:
    (folder / "en.yaml").write_text(ENGLISH_FILE, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Catalogue.load(folder)


def test_a_language_more_is_a_file_more_and_what_it_lacks_is_said_in_english(tmp_path: Path) -> None:
    languages = catalogue(tmp_path, ar="language: {tag: ar, direction: rtl}\na: {hello: 'مرحبا {name}'}\n")
    words = languages.words("ar-EG,ar;q=0.9,en;q=0.5")
    assert (words.direction, words.say("a.hello", name="Sam")) == ("rtl", "مرحبا Sam")
    assert words.several("a.list") == ["one", "two"]


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [("", "en-GB"), ("de, cy;q=0.2", "cy"), ("cy;q=0.1, en;q=0.9", "en-GB"), ("*;q=x, ,;;", "en-GB"), ("CY", "cy")],
)
def test_who_asks_gets_the_language_they_like_best_of_those_there_are(tmp_path: Path, accepted: str, tag: str) -> None:
    languages = catalogue(tmp_path, cy="language: {tag: cy, direction: ltr}\na: {hello: 'Helo {name}'}\n")
    assert languages.words(accepted).tag == tag


def test_counts_and_days_are_said_as_the_language_says_them(tmp_path: Path) -> None:
    plural = 'a: {days: {one: "{count} den", few: "{count} dny", other: "{count} dní"}}'
    languages = catalogue(tmp_path, cs=f"language: {{tag: cs, direction: ltr}}\n{plural}\n")
    czech, english = languages.words("cs"), languages.words("en")
    assert [czech.say("a.days", count=count) for count in (1, 3, 5)] == ["1 den", "3 dny", "5 dní"]
    assert [english.say("a.days", count=count) for count in (1, 3)] == ["1 day", "3 days"]
    assert english.day(date(2026, 3, 2)) == "2 March 2026"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("language: {tag: cy, direction: ltr}\na: {bye: Bye}\n", "a.bye"),
        ("language: {tag: cy, direction: ltr}\na: {hello: Helo}\n", "name"),
        ("language: {tag: cy, direction: ltr}\na: {list: one}\n", "a.list"),
        ("language: {tag: cy, direction: up}\n", "direction"),
        ("language: {tag: qq-xx-yy-zz, direction: ltr}\n", "qq-xx"),
        ("a: [1]\n", "section|texts"),
        ("a: {hello: 3}\nlanguage: {tag: cy, direction: ltr}\n", "a.hello"),
        ("- x\n", "sections"),
        ("a: {hello: 'x\n", "cannot be read"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(WordsError, match=named) as raised:
        catalogue(tmp_path, cy=text)
    assert "cy.yaml" in str(raised.value)


def test_no_text_is_missing_and_none_is_left_over() -> None:
    """Every name that a template, a script or the server says is there, and every text is said somewhere."""
    bot = PROJECT / "bot"
    files = [*bot.rglob("*.js"), *bot.rglob("*.html"), *bot.rglob("*.py")]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files if "vendor" not in file.parts)
    said = {name for name in re.findall(r"""\b(?:say|several)\(\s*["']([\w.]+)["']""", code) if not name.endswith(".")}
    begun = set(re.findall(r"""[`"']([a-z_]+\.(?:[\w]+\.)*)(?:\$\{|\{|["'] ?[+~])""", code))
    entries = set(Catalogue.load(FOLDER).words(ENGLISH).entries)
    assert said - entries == set()
    unused = {name for name in entries - said if not name.startswith((*begun, "language."))}
    mentioned = {name for name in unused if re.search(rf"""["'`]{re.escape(name)}["'`]""", code)}
    assert unused - mentioned == set()
