"""The interface's own words: one file a language, read once and checked against the English one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast

import yaml
from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from bot.errors import BotError

FOLDER = Path(__file__).parent
ENGLISH = "en"
_PLACE = re.compile(r"\{(\w+)\}")
_WANTED = re.compile(r"\s*([A-Za-z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([\d.]+))?\s*$")
Entry = str | Mapping[str, str] | list[str]


class WordsError(BotError):
    """A file of words cannot be used; the text names the file, the entry and the remedy."""


class Words:
    """The words of one language.

    Args:
        entries: the texts by their dotted names, as in `chat.send`; a text with a count is a mapping of CLDR's plural forms.
        tag: the language as HTML names it, as in `en-GB`.
        direction: `ltr` or `rtl`.

    Example:
        >>> Catalogue.load().words("en").say("shell.emergency", number="999")
        'In an emergency, call 999.'

    """

    def __init__(self, entries: Mapping[str, Entry], tag: str, direction: str) -> None:
        self.entries = entries
        self.tag = tag
        self.direction = direction
        self._locale = Locale.parse(tag, sep="-")

    def say(self, name: str, /, **values: object) -> str:
        """A text with its places filled in.

        Args:
            name: its dotted name.
            values: what the places stand for; `count` also chooses the plural form.

        Raises:
            KeyError: there is no such text, or a place was not given: a mistake in the program.

        """
        entry = self.entries[name]
        if isinstance(entry, list):
            raise KeyError(f"{name} is a list: use Words.several")
        if not isinstance(entry, str):
            form = self._locale.plural_form(cast("int", values["count"]))
            entry = entry.get(form) or entry["other"]
        return _PLACE.sub(lambda match: str(values[match.group(1)]), entry)

    def several(self, name: str) -> list[str]:
        """The texts of a list."""
        entry = self.entries[name]
        if not isinstance(entry, list):
            raise KeyError(f"{name} is one text: use Words.say")
        return entry

    def day(self, when: date) -> str:
        """A day as people write it: 3 March 2026."""
        return format_date(when, format="long", locale=self._locale)

    @cached_property
    def wire(self) -> dict[str, object]:
        """What the scripts of the page need to say the same."""
        return {"tag": self.tag, "entries": dict(self.entries)}


class Catalogue:
    """The words of all languages there are.

    Args:
        languages: the words by the language's two or three letters; English among them.

    """

    def __init__(self, languages: Mapping[str, Words]) -> None:
        self.languages = languages

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Catalogue:
        """Read all files of a folder.

        Raises:
            WordsError: English is missing, a file is no YAML of texts, or a text is unknown in English or has other places.

        """
        english = _read(folder / f"{ENGLISH}.yaml")
        languages = {ENGLISH: _words(folder / f"{ENGLISH}.yaml", english)}
        for file in sorted(folder.glob("*.yaml")):
            if file.stem == ENGLISH:
                continue
            entries = _read(file)
            for name, entry in entries.items():
                _check(file, name, entry, english)
            languages[file.stem] = _words(file, {**english, **entries})
        return cls(languages)

    def words(self, accepted: str = "") -> Words:
        """The words for a reader.

        Args:
            accepted: the header `Accept-Language`; English where none of it is there.

        """
        wanted = []
        for part in accepted.split(","):
            match = _WANTED.match(part)
            if match:
                wanted.append((-_quality(match.group(2)), match.group(1).lower()))
        for _, language in sorted(wanted, key=lambda one: one[0]):
            if language in self.languages:
                return self.languages[language]
        return self.languages[ENGLISH]


def _quality(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _read(file: Path) -> dict[str, Entry]:
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WordsError(f"The words in {file} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise WordsError(f"{file} has no sections. Begin from en.yaml.")
    entries: dict[str, Entry] = {}
    for section, texts in data.items():
        if not isinstance(texts, dict):
            raise WordsError(f"{file}: {section} has no texts. Write `name: text` below it.")
        _collect(file, str(section), texts, entries)
    return entries


_FORMS = frozenset(("zero", "one", "two", "few", "many", "other"))


def _collect(file: Path, path: str, texts: Mapping[Any, Any], entries: dict[str, Entry]) -> None:
    for key, value in texts.items():
        name = f"{path}.{key}"
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            entries[name] = value
        elif isinstance(value, dict) and "other" in value and set(value) <= _FORMS:
            entries[name] = {form: str(text) for form, text in value.items()}
        elif isinstance(value, dict):
            _collect(file, name, value, entries)
        else:
            raise WordsError(f"{file}: {name} is no text ({value!r}). Put quotes around it.")


def _places(entry: Entry) -> set[str]:
    texts = [entry] if isinstance(entry, str) else entry if isinstance(entry, list) else list(entry.values())
    return {place for text in texts for place in _PLACE.findall(text)}


def _check(file: Path, name: str, entry: Entry, english: Mapping[str, Entry]) -> None:
    if name not in english:
        raise WordsError(f"{file}: {name} is no text of en.yaml. Take it out, or mend its name.")
    if type(entry) is not type(english[name]):
        raise WordsError(f"{file}: {name} must be of the same kind as in en.yaml: a text, a list, or plural forms.")
    other = _places(entry) ^ _places(english[name])
    if other - {"count"}:
        raise WordsError(f"{file}: {name} must have the places of en.yaml; see {', '.join(sorted(other))}.")


def _words(file: Path, entries: dict[str, Entry]) -> Words:
    tag, direction = entries.get("language.tag"), entries.get("language.direction")
    if direction not in ("ltr", "rtl") or not isinstance(tag, str):
        raise WordsError(f"{file}: language.tag names the language, as in en-GB, and language.direction is ltr or rtl.")
    try:
        return Words(entries, tag, cast("Literal['ltr', 'rtl']", direction))
    except (ValueError, UnknownLocaleError) as error:
        raise WordsError(f"{file}: {tag} is no language that is known. Write a tag such as en-GB.") from error
