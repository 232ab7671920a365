import re

import pytest

from guardrails import Guardrails, RuleError
from guardrails.engine import CODES
from guardrails.notice import REGIONS, _longest

from .conftest import TODAY, copy_rules


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
    for key, fields in (*guard.messages.codes.items(), *guard.messages.kin_codes.items()):
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
    for key, fields in (*guard.messages.codes.items(), *guard.messages.kin_codes.items()):
        for line in [fields["headline"], fields["why"], fields["who"], *fields["do"], *fields["dont"]]:
            assert not guard.classify(line) & {"dose", "self_test", "diagnosis", "no_need"}, (key, line)


# --- somebody else


@pytest.mark.parametrize(
    ("who", "text"),
    [
        ("kin", "my daughter, 14, is limping and her groin hurts"),
        ("kin", "my daughter is limping // her groin hurts // it wakes her at night"),
        ("kin", "my 12 year old is limping"),
        ("kin", "my four year old has a fever and won't stand on his leg"),
        ("kin", "She's 10 and won't put any weight on that side"),
        ("kin", "I'm worried my dad has a fever, his hip is red and swollen"),
        ("kin", "one of my runners has groin pain that is worse with each step"),
        ("kin", "my friend says he wants to die"),
        ("kin", "I'm scared my friend will kill himself"),
        ("self", "my calf is swollen"),
        ("self", "my wife noticed I'm limping"),
        ("self", "my mum says my hip looks swollen and I'm limping"),
        ("self", "hip pain, gp said she thinks it's a stress fracture"),
        ("self", "my dad and I both have hip pain, mine wakes me at night"),
        ("self", "I'm 14 and my hip hurts, limping"),
        ("self", "my kids would be better off without me"),
        ("self", "I told my friend I want to end it"),
        ("self", "my brother killed himself and I keep thinking about it too"),
    ],
)
def test_notice_knows_whom_it_is_about(guard, who, text):
    assert notice(guard, *text.split(" // ")).about == who


def test_third_person_speaks_of_them(guard):
    found = notice(guard, "my daughter, 14, is limping and her groin hurts")
    assert found.headline.startswith("Stop them running")
    assert "They should not run" in found.action
    assert not any("If you are under 18" in line for line in found.do)
    assert any("If you are under 18" in line for line in notice(guard, "I'm 14, limping and my groin hurts").do)


def test_self_harm_of_a_friend_speaks_to_the_friend():
    uk = Guardrails.load(region="uk")
    found = notice(uk, "my friend says he wants to die")
    assert "stay with them" in found.headline
    assert "116 123" in found.headline
    assert {phone.number for phone in found.phones} >= {"999", "Samaritans on 116 123"}
    assert "looking out for them" in found.why


def test_third_person_covers_every_message(guard):
    """No text about somebody else tells the reader to rest, or sends the reader to the reader's own doctor."""
    own = re.compile(r"\byour (doctor|own|leg|hip)\b|\bif you are under\b|\bdrive you\b|\byourself\b", re.IGNORECASE)
    orders = (
        "Stop running",
        "Rest",
        "Stay off",
        "Pause",
        "Cut down",
        "Be seen",
        "See a",
        "Book to",
        "Do not run",
        "Do not hop",
    )
    for code, fields in guard.messages.kin_codes.items():
        lines = [fields[key] for key in ("title", "headline", "why", "who", "sooner") if fields[key]]
        lines += [*fields["do"], *fields["dont"]]
        assert fields["headline"] != guard.messages.codes[code]["headline"]
        assert fields["do"]
        assert fields["dont"]
        for line in lines:
            assert not own.search(line), (code, line)
            assert not line.startswith(orders), (code, line)


def test_flag_keeps_its_contract(guard):
    flag = guard.assess(["my daughter, 14, is limping and her groin hurts"], TODAY).flags[0]
    assert (flag.who, set(flag.to_dict())) == ("kin", {"code", "level", "evidence", "turn"})


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('      kin: "Stop them running', '      kim: "Stop them running', "unknown key 'kim'"),
        ('        kin: "Keep them still and off the leg."\n', "        kin: 3\n", "do must be text"),
        ('      kin: "Call {emergency_number} for them now."\n', "", "no 'kin'"),
        ('        kin: "Keep them still', '        kin: "Keep {them} still', "unknown placeholder"),
    ],
)
def test_broken_third_person_is_refused_with_its_line(tmp_path, old, new, what):
    file = copy_rules(tmp_path / "data") / "messages.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleError, match=what) as caught:
        Guardrails.load(file.parent)
    assert caught.value.file == file
    assert caught.value.line > 20


def test_words_are_quoted_once_though_several_rules_noticed_them(guard):
    noticed = notice(guard, "my groin has been hurting when I run for two weeks").noticed
    assert noticed
    assert not [one for one in noticed for other in noticed if one != other and one in other]


def test_the_longest_quotes_are_kept_in_order():
    quotes = ["my groin", "numb,", "My  groin aches", "numb", "my groin aches.", "number"]
    assert _longest(quotes) == ("numb,", "My  groin aches", "number")
