"""The hip map: places from their file, and what the articles say of each, safe to read for who was asked nothing yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.chain import Bot
from bot.errors import BotError
from bot.rank import HELP_ARTICLE
from bot.reply import Reply
from bot.web.hipmap import Panels, load_areas, routes
from bot.web.hipmap.areas import FILE
from bot.web.shell import Shell
from bot.web.words import ENGLISH, Catalogue
from guardrails import Guardrails, Level
from ingest.encoder import Encoder
from ingest.library import Library
from ingest.pipeline import Ingestion, Report
from tests.conftest import PROJECT, WordEncoder

PLACES = list(load_areas())


def client_of(bot: Bot) -> TestClient:
    app = FastAPI()
    app.include_router(routes(bot, Shell(Catalogue.load(), bot.guardrails.emergency_phone())))
    return TestClient(app)


@pytest.fixture(scope="module")
def bot(real_index: Path, matched: Guardrails) -> Iterator[Bot]:
    bot = Bot(Library(real_index), matched, Encoder())
    yield bot
    bot.library.close()


@pytest.fixture(scope="module")
def panels(bot: Bot) -> Panels:
    return Panels(bot, load_areas())


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("    sided: false\n", "    sided: sometimes\n", "areas.0.sided"),
        ("    sided: false\n", "    sided: false\n    colour: red\n", "areas.0.colour"),
        ("    views: [front]\n", "    views: [side]\n", "areas.0.views.0"),
        ("  - id: groin\n", "  - id: Left Groin\n", "areas.1.id"),
        ("  - id: groin\n", "  - id: lower-belly\n", "lower-belly"),
        ("schema: 1\n", "schema: 2\n", "schema"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(tmp_path: Path, old: str, new: str, named: str) -> None:
    file = tmp_path / "hip_map.yaml"
    before, after = FILE.read_text(encoding="utf-8").split(old, 1)
    file.write_text(before + new + after, encoding="utf-8")
    line = before.count("\n") + new.count("\n")
    with pytest.raises(BotError, match=named) as raised:
        load_areas(file)
    assert f"hip_map.yaml:{line}: " in str(raised.value)


@pytest.mark.parametrize("text", ["areas: [\n", "", "- groin\n"])
def test_a_file_that_holds_no_places_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hip_map.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BotError, match=r"hip_map\.yaml"):
        load_areas(file)


@pytest.mark.parametrize("name", PLACES)
def test_each_place_has_its_name_its_meaning_and_a_first_sentence_for_each_side(name: str) -> None:
    words = Catalogue.load().words(ENGLISH)
    sides = ("left", "right", "both", "none") if load_areas()[name].sided else ("none",)
    begun = [words.say(f"map.{name}.begin.{side}") for side in sides]
    assert all(text.endswith("when …") for text in begun)
    assert len(set(begun)) == len(sides)
    assert words.say(f"map.{name}.name")
    assert words.say(f"map.{name}.medical")


def test_a_place_that_is_not_there_and_an_index_that_is_not_there_are_said_in_words(tmp_path: Path) -> None:
    words = Catalogue.load().words(ENGLISH)
    client = client_of(Bot(Library(tmp_path / "none"), Guardrails.load(), WordEncoder()))
    unknown, unavailable = client.get("/areas/elbow"), client.get("/areas/groin")
    assert (unknown.status_code, unknown.json()) == (404, {"error": words.say("map.unknown")})
    assert (unavailable.status_code, unavailable.json()) == (503, {"error": words.say("map.unavailable")})


def test_a_search_that_fails_is_no_place_of_which_the_articles_say_nothing(
    ingest: Callable[..., Report], index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest()
    bot = Bot(Library(index), Guardrails.load(), WordEncoder())
    monkeypatch.setattr(bot.encoder, "embed", lambda *_: 1 / 0)
    answer = client_of(bot).get("/areas/groin")
    assert (answer.status_code, answer.json()) == (
        503,
        {"error": Catalogue.load().words(ENGLISH).say("map.unavailable")},
    )
    bot.library.close()


@pytest.mark.model
def test_every_question_of_the_map_has_an_answer_and_raises_no_flag(bot: Bot) -> None:
    areas = load_areas().values()
    for question in {text for area in areas for text in (*area.about, area.help, *area.questions)}:
        reply = bot.reply([question])
        assert reply.answered, question
        assert reply.assessment.level == Level.NONE, question


def quoted(reply: Reply) -> list[str]:
    """What a panel says, each sentence found word for word where it is cited, and marked in its passage."""
    marked = {n: text for passage in reply.passages for text, n in passage.sentences if n is not None}
    for sentence, citation in zip(reply.answer, reply.citations, strict=True):
        text = (PROJECT / "corpus" / f"{citation.article}.md").read_text(encoding="utf-8")
        assert text[citation.start : citation.end] == citation.quote
        assert sentence.citations == (citation.n,)
        assert marked.pop(citation.n) == sentence.text
    assert not marked
    return [sentence.text for sentence in reply.answer]


@pytest.mark.model
@pytest.mark.parametrize("name", PLACES)
def test_a_panel_quotes_what_is_about_its_place_and_neither_reassures_nor_has_anybody_train(
    panels: Panels, matched: Guardrails, name: str
) -> None:
    panel = panels.panel(name)
    said, advised = quoted(panel.about), quoted(panel.help)
    assert 1 <= len(said) <= 4
    assert all(panel.area.holds(text) for text in said)
    assert [citation.n for citation in (*panel.about.citations, *panel.help.citations)] == list(
        range(1, len(said) + len(advised) + 1)
    )
    tags = frozenset().union(*(matched.classify(text) for text in (*said, *advised)))
    assert not tags & {"reassure", "no_need", "keep_running", "exercise", "dose"}


@pytest.mark.model
@pytest.mark.parametrize("name", PLACES)
def test_a_panel_says_first_what_to_do_about_a_warning_sign_there(panels: Panels, name: str) -> None:
    panel = panels.panel(name)
    assert {citation.article for citation in panel.help.citations} == {HELP_ARTICLE}
    assert panel.help.answer[0].text.startswith(("Stop running and ", "See a ", "Call your emergency number "))


@pytest.mark.model
def test_where_bone_stress_is_felt_the_panel_says_to_stop_and_be_seen_within_two_days(panels: Panels) -> None:
    for name in ("lower-belly", "groin", "deep-hip", "front-thigh", "inner-thigh", "back-thigh"):
        first = panels.panel(name).help.answer[0].text
        assert "48 hours" in first
        assert "bone stress" in first


@pytest.mark.model
def test_a_new_article_shows_at_once_and_one_without_warning_signs_gives_no_advice(
    tmp_path: Path, matched: Guardrails
) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    article = corpus / "side.md"
    text = "---\ntitle: Side of the hip\n---\n\n## What pain on the outside of the hip can mean\n\n{}\n"
    article.write_text(text.format("Pain on the outside of the hip can mean that a tendon there is sore."), "utf-8")
    Ingestion(corpus, index).run()
    bot = Bot(Library(index), matched, Encoder())
    panels = Panels(bot, load_areas())
    before = panels.panel("outer-hip")
    assert "a tendon there is sore" in before.about.text
    assert panels.panel("outer-hip") is before, "asked again only when the index has changed"
    assert not before.help.answer
    article.write_text(text.format("Pain on the outside of the hip can mean that a bursa there is irritated."), "utf-8")
    Ingestion(corpus, index).run()
    assert "a bursa there is irritated" in panels.panel("outer-hip").about.text
    bot.library.close()


@pytest.mark.model
def test_the_page_gets_a_panel_as_it_gets_replies(bot: Bot) -> None:
    answer = client_of(bot).get("/areas/groin")
    data = answer.json()
    assert answer.status_code == 200
    assert data["area"] == "groin"
    assert data["questions"] == list(load_areas()["groin"].questions)
    for part in ("about", "help"):
        numbers = {citation["n"]: citation["href"] for citation in data[part]["citations"]}
        assert all(href.startswith("/articles/") for href in numbers.values())
        assert all(set(sentence["citations"]) <= set(numbers) for sentence in data[part]["answer"])
