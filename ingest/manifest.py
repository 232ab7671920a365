"""Manifest: what a generation is made of, and the pointer that says which generation serves."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ingest.chunk import CHUNKER_VERSION
from ingest.encoder import DIMENSION, ENCODER_ID
from ingest.errors import IndexUnavailableError

# The layout of a generation's folder. Raise it when a reader of the old layout could not read the new one.
FORMAT_VERSION = 2
POINTER = "CURRENT"
GENERATIONS = "generations"
MANIFEST = "manifest.json"


class ArticleEntry(BaseModel):
    """One article of a generation.

    Attributes:
        path: the file under the corpus folder it came from.
        sha256: of the file's bytes.
        title: its title.
        chunks: how many chunks it has.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: str
    title: str
    chunks: int = Field(ge=0)


class Manifest(BaseModel):
    """What a generation is made of; `manifest.json` in its folder.

    Attributes:
        generation: the generation's id, also its folder's name.
        created: when it was built (UTC).
        format_version: layout of the folder.
        chunker_version: how its articles were split.
        encoder: id of the encoder, the start of its weights' checksum included.
        dimension: length of its vectors.
        chunks: how many chunks it holds.
        sentences: how many sentences it holds.
        questions: how many listed questions it holds, each counted for every chunk of its section.
        articles: by article id.
        previous: id of the generation that served when this one was built, or None: what a rollback goes back to.
        sizes: size in bytes of the files that nobody writes any more, by their path in the folder.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    generation: str
    created: datetime
    format_version: int = FORMAT_VERSION
    chunker_version: int = CHUNKER_VERSION
    encoder: str = ENCODER_ID
    dimension: int = DIMENSION
    chunks: int = Field(ge=0)
    sentences: int = Field(ge=0)
    questions: int = Field(default=0, ge=0)
    articles: dict[str, ArticleEntry]
    previous: str | None = None
    sizes: dict[str, int] = Field(default_factory=dict)

    @property
    def outdated(self) -> str | None:
        """Why this version of Hipwise would build the generation otherwise, or None."""
        pairs = (
            ("layout", self.format_version, FORMAT_VERSION),
            ("splitter", self.chunker_version, CHUNKER_VERSION),
            ("encoder", self.encoder, ENCODER_ID),
            ("vector length", self.dimension, DIMENSION),
        )
        changes = [f"{name} {old} -> {new}" for name, old, new in pairs if old != new]
        return ", ".join(changes) or None


def read_manifest(folder: Path) -> Manifest:
    """Read a generation's manifest.

    Raises:
        IndexUnavailableError: it is missing or damaged.

    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise IndexUnavailableError(
            f"The generation {folder.name} has no readable manifest ({error.strerror}). Run `python -m ingest` to mend it."
        ) from error
    except ValueError as error:  # not UTF-8, not JSON, or not a manifest
        raise IndexUnavailableError(
            f"The manifest of the generation {folder.name} is damaged or of another version. "
            "Run `python -m ingest` to mend it."
        ) from error


def current_generation(index: Path) -> str | None:
    """The id of the serving generation, or None where there is no index yet.

    Raises:
        IndexUnavailableError: the pointer cannot be read or names a folder that is not there.

    """
    try:
        name = (index / POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexUnavailableError(
            f"The index pointer {index / POINTER} cannot be read ({error}). Run `python -m ingest` to mend it."
        ) from error
    if not name or Path(name).name != name or not generation_folder(index, name).is_dir():
        raise IndexUnavailableError(
            f"The index pointer {index / POINTER} names no generation ({name!r}). Run `python -m ingest` to mend it."
        )
    return name


def point_to(index: Path, generation: str) -> None:
    """Make a generation the serving one: one atomic, durable file replacement."""
    temporary = index / f".{POINTER}.{os.getpid()}"
    with temporary.open("w", encoding="utf-8") as file:
        file.write(generation + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(index / POINTER)
    sync_folder(index)


def generation_folder(index: Path, generation: str) -> Path:
    """Where a generation lies."""
    return index / GENERATIONS / generation


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can (Windows cannot open folders)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
