"""Concepts: what a phrase can mean, and the phrases that mean it.

Concepts, macros and spellings are data (``data/lexicon/*.yaml``, ``data/status.yaml``). This module reads and checks
them, and builds the one index all phrases are looked up in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from guardrails import schema
from guardrails.normalise import Normaliser, Spelling
from guardrails.patterns import Index, Node, Seq, join, parse, parse_seq, vocabulary, words

KINDS = words("site symptom event context condition ability figurative quantity")
_FILE_KEYS = frozenset(("schema", "about", "macros", "concepts", "groups"))
_CONCEPT_KEYS = words("kind about family accepts keeps swallows hides site undone_by terms")
MARKERS = words(
    """
    deny_noun deny_verb deny_after pseudo resolved used_to past continuing hypothetical hypothetical_start
    recovered asked report kin asks_for animal public recent unless correction recheck swap pointing confirm curious
    unsure effort thing self_fine all_well whole figure unreal idle checks story closed long_ago well
    """
)
"""The marker lists of ``status.yaml``; ``status.py`` and ``memory.py`` say what each is for."""


@dataclass(frozen=True)
class Concept:
    """Something a runner can mention.

    Attributes:
        name: its id in rules.
        kind: site (a part of the body), symptom (something felt now), event (something that happened), context
            (training, circumstances), condition (a diagnosis or trait), ability (what still works), figurative (a
            figure of speech that hides what it covers), quantity (made by code, never by phrases).
        family: concepts of one family are denied together ("no redness and swelling").
        accepts: statuses that count beside "present", for example "past" for an earlier stress fracture.
        keeps: whether "it's gone now" leaves it standing (a faint is over in a minute and still counts).
        swallows: whether body parts inside its phrases are not parts of the body that hurt ("when my foot lands").
        hides: concepts whose mentions are dropped where they overlap one of this concept.
        site: parts of the body that the phrase itself implies.
        undone_by: concepts whose presence in a correction takes this one back ("I meant I CAN walk").

    """

    name: str
    kind: str = "symptom"
    family: str = ""
    accepts: frozenset[str] = frozenset()
    keeps: bool = False
    swallows: bool = False
    hides: frozenset[str] = frozenset()
    site: frozenset[str] = frozenset()
    undone_by: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lexicon:
    """Everything the phrase files say, ready to use."""

    concepts: dict[str, Concept]
    groups: dict[str, frozenset[str]]
    index: Index
    normaliser: Normaliser
    fill: frozenset[str]
    plain: frozenset[str]
    places: dict[str, Path]

    @classmethod
    def load(cls, directory: Path = schema.DATA) -> Lexicon:
        """Read ``lexicon/*.yaml`` and ``status.yaml`` under ``directory``.

        Raises:
            RuleError: naming the file and the line of the first mistake.

        """
        return _Builder(directory).build()

    def expand(self, sites: Iterable[str]) -> frozenset[str]:
        """Replace names of site groups by their sites."""
        return frozenset(site for name in sites for site in self.groups.get(name, (name,)))


def _words(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    return frozenset(value.split()) if isinstance(value, str) else frozenset(str(part) for part in value)


class Vocabulary:
    """The words of all phrases. Collected when first asked for: loading is faster without."""

    def __init__(self, index: Index, extra: Iterable[str]) -> None:
        self._index = index
        self._extra = tuple(extra)

    @cached_property
    def words(self) -> frozenset[str]:
        """All words."""
        words = set(self._extra)
        seen: set[int] = set()
        for _, pattern in self._index.patterns:
            vocabulary(pattern.nodes, words, seen)
        return frozenset(words)

    def __getstate__(self) -> dict[str, object]:
        """Pickled with its words: the first text after a start need not collect them."""
        return {"_index": self._index, "_extra": self._extra, "words": self.words}

    def __contains__(self, word: object) -> bool:
        return word in self.words

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)


class _Builder:
    """Reads the files in order: spellings, macros, concepts, markers."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.macros: dict[str, Node] = {}
        self.concepts: dict[str, Concept] = {}
        self.groups: dict[str, frozenset[str]] = {}
        self.index = Index()
        self.places: dict[str, Path] = {}

    def build(self) -> Lexicon:
        folder = self.directory / "lexicon"
        files = sorted(file for file in folder.glob("*.yaml") if file.name != "spelling.yaml")
        if not files:
            raise schema.RuleError(folder, 0, "holds no phrase files", "Restore the package's data folder")
        loaded = [(file, schema.read(file)) for file in files]
        for file, data in loaded:
            schema.keys(file, [], data, _FILE_KEYS)
            self._macros(file, data.get("macros") or {})
        for file, data in loaded:
            self._groups(file, data.get("groups") or {})
            self._concepts(file, data.get("concepts") or {})
        fill, plain = self._status(self.directory / "status.yaml")
        self._references()
        return Lexicon(
            self.concepts,
            self.groups,
            self.index,
            Normaliser(self._spelling(folder / "spelling.yaml")),
            fill,
            plain,
            self.places,
        )

    def _macros(self, file: Path, macros: Any) -> None:
        for name, block in schema.keys(file, ["macros"], macros, frozenset(macros)).items():
            if name in self.macros:
                raise schema.fail(file, ["macros", name], f"macro {name!r} is defined twice", "Keep one of them")
            options: list[Seq] = []
            for line, text in schema.lines(block):
                try:
                    options.append(parse_seq(text, self.macros))
                except ValueError as error:
                    raise schema.fail(file, ["macros", name], f"{text!r}: {error}", "Mend the phrase", line) from error
            self.macros[name] = join(options)

    def _groups(self, file: Path, groups: Any) -> None:
        for name, sites in schema.keys(file, ["groups"], groups, frozenset(groups)).items():
            self.groups[name] = _words(sites)

    def _concepts(self, file: Path, concepts: Any) -> None:
        for name, entry in schema.keys(file, ["concepts"], concepts, frozenset(concepts)).items():
            path = ["concepts", name]
            schema.keys(file, path, entry, _CONCEPT_KEYS, frozenset(("kind",)))
            if name in self.concepts:
                raise schema.fail(file, path, f"concept {name!r} is defined twice", "Keep one of them")
            if entry["kind"] not in KINDS:
                raise schema.fail(
                    file, [*path, "kind"], f"unknown kind {entry['kind']!r}", f"Use one of {sorted(KINDS)}"
                )
            if bool(entry.get("terms")) == (entry["kind"] == "quantity"):
                raise schema.fail(file, path, f"concept {name!r} has no phrases", "Add 'terms: |' with a phrase a line")
            self.concepts[name] = Concept(
                name,
                entry["kind"],
                str(entry.get("family") or ""),
                _words(entry.get("accepts")),
                bool(entry.get("keeps")),
                bool(entry.get("swallows")),
                _words(entry.get("hides")),
                _words(entry.get("site")),
                _words(entry.get("undone_by")),
            )
            self.places[name] = file
            self._patterns(file, [*path, "terms"], name, entry.get("terms") or "")

    def _patterns(self, file: Path, path: list[str], name: str, block: Any) -> None:
        for line, text in schema.lines(block):
            try:
                pattern = parse(text, self.macros)
            except ValueError as error:
                raise schema.fail(file, path, f"{text!r}: {error}", "Mend the phrase", line) from error
            self.index.add(name, pattern)

    def _status(self, file: Path) -> tuple[frozenset[str], frozenset[str]]:
        data = schema.read(file)
        need = frozenset(("markers", "fill", "plain"))
        schema.keys(file, [], data, need | {"schema", "about"}, need)
        schema.keys(file, ["markers"], data["markers"], MARKERS, MARKERS)
        for name, block in data["markers"].items():
            self._patterns(file, ["markers", name], "~" + name, block)
        return _words(data["fill"]), _words(data["plain"])

    def _references(self) -> None:
        sites = {name for name, concept in self.concepts.items() if concept.kind == "site"}
        for name, members in self.groups.items():
            for site in members - sites - {"none"}:
                raise schema.RuleError(self.directory / "lexicon", 0, f"group {name!r} names {site!r}", "Name a site")
        for name, concept in self.concepts.items():
            for other in concept.hides | concept.undone_by:
                if other not in self.concepts:
                    what = f"{name!r} names the unknown concept {other!r}"
                    raise schema.fail(self.places[name], ["concepts", name], what, "Name a concept")
            for site in concept.site - sites:
                what = f"{name!r} names the unknown site {site!r}"
                raise schema.fail(self.places[name], ["concepts", name], what, "Name a site")

    def _spelling(self, file: Path) -> Spelling:
        data = schema.read(file)
        schema.keys(
            file, [], data, frozenset(("schema", "about", "variants", "fuzzy", "real")), frozenset(("variants",))
        )
        variants: dict[str, tuple[str, ...]] = {}
        for line, text in schema.lines(data["variants"]):
            canonical, colon, spellings = text.partition(":")
            if not colon or not canonical.strip() or not spellings.strip():
                what = f"{text!r} is not 'word: spelling spelling'"
                raise schema.fail(file, ["variants"], what, "Write the word, a colon and its spellings", line)
            for spelling in spellings.split():
                variants[spelling] = tuple(canonical.split())
        for spelling, meant in variants.items():
            for word in meant:
                if variants.get(word, (word,)) != (word,):
                    raise schema.fail(
                        file, ["variants"], f"{spelling!r} leads to {word!r}, itself a spelling", "Cut it"
                    )
        fuzzy: dict[str, list[str]] = {}
        long_words = str(data.get("fuzzy") or "").split()
        for word in long_words:
            fuzzy.setdefault(word[0], []).append(word)
        return Spelling(
            variants,
            Vocabulary(self.index, long_words),
            {letter: tuple(group) for letter, group in fuzzy.items()},
            frozenset(str(data.get("real") or "").split()),
        )
