import pytest

from guardrails.patterns import Index, parse

MACROS = {}


def matches(pattern: str, text: str) -> list[str]:
    index = Index()
    index.add("x", parse(pattern, MACROS))
    words = text.split()
    return [" ".join(words[start:end]) for _, start, end in index.find(words)]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("sore hip", "a sore hip", ["sore hip"]),
        ("swell*", "it swells", ["swells"]),
        ("hot|red hip", "my red hip", ["red hip"]),
        ("(very hot|red) hip", "my very hot hip", ["very hot hip"]),
        ("sore (left)? hip", "sore hip", ["sore hip"]),
        ("numb ..2 leg", "numb in my leg", ["numb in my leg"]),
        ("numb ..1 leg", "numb in my leg", []),
        ("numb ..5 leg", "numb but my leg", []),
        ("numb ..5 leg", "numb . my leg", []),
        ("calf ..5 hot", "calf and nothing hot", []),
        ("calf ..5 hot", "calf from nothing to hot", ["calf from nothing to hot"]),
        ("numb ...5 leg", "numb but my leg", ["numb but my leg"]),
        ("numb ..1 leg", "numb , in leg", ["numb , in leg"]),
        ("# weeks", "three weeks", ["three weeks"]),
        ("walk !(far|very well)", "walk far", []),
        ("walk !(far|very well)", "walk very well", []),
        ("walk !(far|very well)", "walk very badly", ["walk"]),
        ("<(over) weight", "my weight", ["weight"]),
        ("<(over) weight", "over weight", []),
        ("(a ..2 b|c) d", "a x b d", ["a x b d"]),
    ],
)
def test_language(pattern, text, found):
    assert matches(pattern, text) == found


@pytest.mark.parametrize(
    "pattern", ["(a|b", "a)", "(|a)", "{unknown}", "..3 a", "a ..3", "..3", "a (b|c))", "?", "(a|)"]
)
def test_malformed_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match=r"."):
        parse(pattern, MACROS)


def test_gaps_cannot_run_away():
    """Eight gaps over a long text: a backtracking matcher would not come back."""
    pattern = " ..9 ".join("abcdefgh")
    assert matches(pattern, "a b c d e f g " * 400) == []
