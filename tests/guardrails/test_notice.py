import re

import pytest

from guardrails import Guardrails
from guardrails.engine import CODES
from guardrails.notice import REGIONS

from .conftest import TODAY


def notice(guard, *messages):
    return guard.notice(guard.assess(messages, TODAY))


def test_none_when_nothing_was_reported(guard):
    assert notice(guard, "what shoes should I buy?") is None


def test_self_harm_leads(guard):
    found = notice(guard, "chest pain on my run today", "I don't want to be here anymore")
    assert found.codes[0] == "E6"
    assert found.also


def test_words_of_the_runner_are_repeated(guard):
    assert any("cant feel when i wipe" in words for words in notice(guard, "i cant feel when i wipe").noticed)


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_every_region_fills_every_message(region):
    guard = Guardrails.load(region=region)
    for key, fields in guard.messages.codes.items():
        text = str(fields)
        assert not re.search(r"\{[a-z_]+\}", text), (region, key)


def test_emergency_number_of_the_region_is_shown():
    uk = Guardrails.load(region="uk")
    found = uk.notice(uk.assess(["I fell and can't stand"], TODAY))
    assert ("999", "999") in {(phone.number, phone.tel) for phone in found.phones}


def test_every_code_has_a_message(guard):
    assert set(CODES) <= set(guard.messages.codes)


def test_variant_is_used(guard):
    assert "testicle" in notice(guard, "sudden agony in my left testicle").title.lower()


def test_sections_exist_in_the_article(guard, request):
    article = request.config.rootpath / "corpus" / "when-to-get-help.md"
    if not article.exists():
        pytest.skip("the article is not written yet")
    headings = {
        line.lstrip("#").strip() for line in article.read_text(encoding="utf-8").splitlines() if line.startswith("#")
    }
    sections = {fields["section"] for fields in guard.messages.codes.values()}
    assert sections <= headings


def test_messages_pass_the_output_side(guard):
    """The fixed messages keep the rules that answers have to keep: no dose, no test, no certain diagnosis."""
    for key, fields in guard.messages.codes.items():
        for line in [fields["headline"], fields["why"], fields["who"], *fields["do"], *fields["dont"]]:
            assert not guard.classify(line) & {"dose", "self_test", "diagnosis", "no_need"}, (key, line)
