"""Areas: the places on the hip map, from `bot/data/hip_map.yaml`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.errors import BotError
from guardrails.schema import line_of

FILE = Path(__file__).parents[2] / "data" / "hip_map.yaml"
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class Area(BaseModel):
    """A place on the map.

    Attributes:
        id: names it in addresses, in the catalogues of words and in the drawing.
        views: the drawings it is on.
        sided: whether there is one on the left and one on the right.
        about: questions that the articles are asked for what they say of it.
        place: words for it, in small letters; a sentence that holds none of them is not about it.
        help: the question that the articles are asked for when to see somebody.
        questions: what a runner may ask next.

    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$")
    views: tuple[Literal["front", "back"], ...] = Field(min_length=1, max_length=2)
    sided: bool
    about: tuple[Text, ...] = Field(min_length=1, max_length=2)
    place: tuple[Text, ...] = Field(min_length=1)
    help: Text
    questions: tuple[Text, ...] = Field(min_length=2, max_length=3)

    def holds(self, text: str) -> bool:
        """Whether a text names this place."""
        lowered = text.lower()
        return any(words in lowered for words in self.place)


class _Map(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = Field(alias="schema")
    areas: tuple[Area, ...] = Field(min_length=1)


@lru_cache(maxsize=1)
def load_areas(file: Path = FILE) -> dict[str, Area]:
    """Read the places, in the file's order, by their ids.

    Raises:
        BotError: the file cannot be used; the text names the file, the line and what to mend.

    """
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BotError(f"The hip map {file} cannot be read: {error}") from error
    try:
        areas = _Map.model_validate(data).areas
    except ValidationError as error:
        first = error.errors()[0]
        path = [step for step in first["loc"] if isinstance(step, str | int)]
        name = ".".join(map(str, path)) or "the file"
        raise BotError(f"{file}:{line_of(file, path)}: {name}: {first['msg']}. Mend this entry.") from error
    known: dict[str, Area] = {}
    for position, area in enumerate(areas):
        if area.id in known:
            line = line_of(file, ["areas", position, "id"])
            raise BotError(f"{file}:{line}: the id {area.id!r} is there twice. Give one of them another.")
        known[area.id] = area
    return known
