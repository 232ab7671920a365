"""Promotion: what sells or gives a contact is told from advice, by how such sentences look."""

from __future__ import annotations

from pathlib import Path

import pytest

import ingest.patterns
from ingest.errors import IngestError
from ingest.patterns import load_patterns
from ingest.promotion import heads_promotion, promotes


@pytest.mark.parametrize(
    "sentence",
    [
        # Contacts.
        "Call us on (03) 9555 1234 to book.",
        "Ring our reception on 01632 960123.",
        "Email info@runclinic.example for details.",
        "Visit our website at www.strideclinic.example",
        "Find us at 24 Station Road, Guildford GU1 3AA.",
        "123 Main Street, Suite 4, Springfield, IL 62704",
        "We are open Monday to Friday, 8am to 6pm.",
        "Mon–Fri 9:00–17:30, Sat 9:00–13:00",
        # Prices.
        "Initial assessments cost £65, follow-ups £50.",
        "Get 20% off your first session.",
        "Use code HIP10 at checkout.",
        # Sales.
        "Book your appointment online today.",
        "Book a hip assessment and get a clear plan.",
        "Our clinic offers shockwave therapy and dry needling.",
        "Our experienced team is here to help you get back on track.",
        "At Stride Physio, we treat runners of every level.",
        "Ready to get back to running? Schedule your free consultation today.",
        "Speak to one of our running specialists.",
        "Download our free training guide.",
        "📍 Serving runners across the county",
    ],
)
def test_sales_and_contacts_are_promotion(sentence: str) -> None:
    assert promotes(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        # Whom to see, and whom to ring when something is wrong.
        "Book an appointment with your GP if it lasts.",
        "If it does not get better, book a physio assessment.",
        "Make an appointment with a physiotherapist if the pain lasts more than two weeks.",
        "Arrange a GP appointment if you limp.",
        "Call 111 for advice.",
        "In an emergency call 999.",
        "Contact your GP or call 0300 123 4567, the helpline for patients.",
        "Call your surgeon if the wound reddens.",
        # Figures.
        "Do 3 sets of 10 to 12 repetitions, 3 times a week.",
        "In 2019-2020, 1,204 runners took part.",
        "Cadence of 170-180 steps per minute.",
        "Pain of 4-5/10 that settles within 24-48 hours is acceptable.",
        "On Saturday run 8 to 10 miles.",
        "Diabetes costs the country $174 billion a year.",
        # Words that sales share with advice.
        "Our hips carry several times our body weight.",
        "We recommend a day of rest between runs.",
        "Start your run slowly and take the first step back with a walk.",
        "Sign up for a race only when you have trained for twelve weeks.",
        "Join a group run once you are pain-free.",
        "The gene is located on the X chromosome.",
        "Runners in London often train on cambered roads.",
    ],
)
def test_advice_is_not(sentence: str) -> None:
    assert not promotes(sentence)


@pytest.mark.parametrize(
    "heading",
    [
        "Book a hip assessment at Hill Physio",
        "Contact us",
        "Opening hours",
        "Prices",
        "Need help now?",
        "Meet the team",
        "Ready to run again?",
    ],
)
def test_headings_that_announce_sales(heading: str) -> None:
    assert heads_promotion(heading)


@pytest.mark.parametrize(
    "heading",
    [
        "When to see a doctor",
        "When to consult a specialist in London",
        "How to treat it",
        "Treatment",
        "What helps",
        "About hip bursitis",
        "Exercises",
    ],
)
def test_headings_of_advice(heading: str) -> None:
    assert not heads_promotion(heading)


def test_a_pattern_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.yaml").write_text("words: {a: x}\nlines: ['<a>+', '(<a>']\n")
    monkeypatch.setattr(ingest.patterns, "_FOLDER", tmp_path)
    with pytest.raises(IngestError, match=r"broken\.yaml: the pattern '\(x'"):
        load_patterns("broken.yaml")
