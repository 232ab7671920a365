"""Manifest: what a generation is made of, and the pointer that says which generation serves."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ingest.chunk import CHUNKER_VERSION
from ingest.encoder import DIMENSION, ENCODER_ID
from ingest.errors import IndexUnavailableError
from ingest.furniture import CLEANER_VERSION

# The layout of a generation's folder. Raise it when a reader of the old layout could not read the new one.
FORMAT_VERSION = 3
# Layouts whose articles can still be read: a rejected article's last good version survives a new version of Hipwise.
ARTICLES_READABLE = frozenset({2, 3})
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


class Shard(BaseModel):
    """One collection of a generation's vectors.

    Attributes:
        digest: hex digest of what its vectors and their metadata are made from; two shards with one digest are the same.
        vectors: how many vectors it holds.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    vectors: int = Field(ge=0)


class Manifest(BaseModel):
    """What a generation is made of; `manifest.json` in its folder.

    Attributes:
        generation: the generation's id, also its folder's name.
        created: when it was built (UTC).
        hipwise_version: the version of Hipwise that built it, or "" where it was not written down.
        format_version: layout of the folder.
        cleaner_version: how what is no part of an article was taken out; 0 where it was not written down.
        chunker_version: how its articles were split.
        encoder: id of the encoder, the start of its weights' checksum included.
        dimension: length of its vectors.
        chunks: how many chunks it holds.
        sentences: how many sentences it holds.
        questions: how many listed questions it holds, each counted for every chunk of its section.
        articles: by article id.
        shards: the collections its vectors are in.
        previous: id of the generation that served when this one was built, or None: what a rollback goes back to.
        sizes: size in bytes of the files that nobody writes any more, by their path in the folder.

    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    generation: str
    created: datetime
    hipwise_version: str = ""
    format_version: int = FORMAT_VERSION
    cleaner_version: int = 0
    chunker_version: int = CHUNKER_VERSION
    encoder: str = ENCODER_ID
    dimension: int = DIMENSION
    chunks: int = Field(ge=0)
    sentences: int = Field(ge=0)
    questions: int = Field(default=0, ge=0)
    articles: dict[str, ArticleEntry]
    shards: tuple[Shard, ...] = ()
    previous: str | None = None
    sizes: dict[str, int] = Field(default_factory=dict)

    @property
    def outdated(self) -> str | None:
        """Why this version of Hipwise would build the generation otherwise, in an editor's words, or None."""
        again = "so every article is split again; vectors of texts that stay the same are reused"
        changes = (
            (
                self.format_version,
                FORMAT_VERSION,
                "the index's layout",
                "so the index is written anew from the articles",
            ),
            (self.cleaner_version, CLEANER_VERSION, "the cleaning of scraped pages", again),
            (self.chunker_version, CHUNKER_VERSION, "the splitter", again),
            (self.encoder, ENCODER_ID, "the encoder", "so every text is embedded again, which takes a while"),
            (self.dimension, DIMENSION, "the vectors' length", "so every text is embedded again, which takes a while"),
        )
        said = [
            f"{what} changed from {_named(old)} to {_named(new)}, {so}"
            for old, new, what, so in changes
            if old not in {new, 0}
        ]
        return "; ".join(said) or None


def _named(value: int | str) -> str:
    return f"version {value}" if isinstance(value, int) and value < 100 else str(value)


@cache
def hipwise_version() -> str:
    """The installed version of Hipwise, or "" where it runs without being installed."""
    try:
        return version("hipwise")
    except PackageNotFoundError:
        return ""


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
