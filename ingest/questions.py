"""Questions: what an editor lists in the front matter that a section answers, each entry with its line and its fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

QUESTION_LENGTH = 200  # characters; a word piece has at least one, so the encoder reads such a question whole
_TEXT = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is not built everywhere


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry under `questions:` in an article's front matter.

    Attributes:
        heading: the heading it is listed for, as written there, white space folded.
        question: the question, white space folded; "" where there is none that can be used.
        line: 1-based line of the file.
        fault: why it is not searched, or "".
        remedy: what the editor can do about the fault, or "".

    """

    heading: str
    question: str
    line: int
    fault: str = ""
    remedy: str = ""


def listed_questions(source: str) -> list[Listed]:
    """Every entry under `questions:`, in order; those that cannot be used with the reason.

    A heading may stand there twice: YAML's own mapping would lose its first list.

    Args:
        source: the front matter's YAML, its lines where they are in the file.

    Raises:
        YAMLError: it is not YAML.

    """
    root = yaml.compose(source, Loader=_LOADER)
    if not isinstance(root, yaml.MappingNode):
        return []
    return [
        entry
        for key, value in root.value
        if key.value == "questions" and isinstance(value, yaml.MappingNode)
        for heading, questions in value.value
        for entry in _below(heading, questions)
    ]


def _below(heading: yaml.Node, questions: yaml.Node) -> Iterator[Listed]:
    """The entries below one heading; a text alone is a list of one."""
    name = _folded(heading)
    if isinstance(questions, yaml.MappingNode):
        fault = f"what is listed for the heading {name!r} is no list"
        yield Listed(name, "", _line(questions), fault, "Begin each question with a dash, and put it in quotes")
        return
    if questions.tag == _NULL or not questions.value:
        yield Listed(
            name, "", _line(heading), f"no question is listed for the heading {name!r}", "Add one, or remove it"
        )
        return
    for question in questions.value if isinstance(questions, yaml.SequenceNode) else [questions]:
        yield _entry(name, question)


def _entry(heading: str, question: yaml.Node) -> Listed:
    line = _line(question)
    text = _folded(question)
    if question.tag not in {_NULL, _TEXT}:
        return Listed(heading, "", line, "a listed question is not text", "Put it in quotes")
    if not text or question.tag == _NULL:
        return Listed(heading, "", line, "a listed question is empty", "Write it, or remove its line")
    if len(text) > QUESTION_LENGTH:
        fault = f"a listed question has {len(text):,} characters, more than the {QUESTION_LENGTH} that are read"
        return Listed(heading, "", line, fault, "Shorten it")
    return Listed(heading, text, line)


def _folded(node: yaml.Node) -> str:
    return " ".join(node.value.split()) if isinstance(node, yaml.ScalarNode) else ""


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def names_section(heading: str, path: Sequence[str]) -> bool:
    """Whether a heading as an editor listed it is that of a section: alone, or behind headings above it (`Parent > Heading`).

    Args:
        heading: as listed.
        path: the section's headings, outermost first.

    """
    return any(heading == " > ".join(path[place:]) for place in range(len(path)))


def section_questions(questions: Sequence[tuple[str, Sequence[str]]], path: Sequence[str]) -> tuple[str, ...]:
    """The questions listed for a section, each once, in the order listed.

    Args:
        questions: for each heading, the questions listed for it.
        path: the section's headings, outermost first.

    """
    found: dict[str, str] = {}
    for heading, listed in questions:
        if names_section(heading, path):
            for question in listed:
                found.setdefault(question.casefold(), question)
    return tuple(found.values())
