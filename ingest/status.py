"""Status: which generation serves, what it is made of, what could serve instead, and what differs from the articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.errors import IndexUnavailableError
from ingest.manifest import Manifest, current_generation, generation_folder, read_manifest
from ingest.pipeline import Ingestion, list_generations, usable_generations
from ingest.plan import Plan

_NAMED = 5  # ids that a line names
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an index.

    Attributes:
        generation: id of the serving generation, or None where there is none.
        manifest: what the serving generation is made of, or None where that cannot be read.
        damage: what is wrong with the serving generation, or None.
        size: bytes of the serving generation.
        index_size: bytes of the whole index folder: older generations and the cache included.
        older: manifests of the generations a rollback can go to, the nearest first.
        generations: ids of all generations, newest first.
        plan: what a run would do now.

    """

    generation: str | None
    manifest: Manifest | None
    damage: str | None
    size: int
    index_size: int
    older: tuple[Manifest, ...]
    generations: tuple[str, ...]
    plan: Plan

    def to_dict(self) -> dict[str, object]:
        """The object of `python -m ingest status --json`. Sizes are in bytes, times in UTC."""
        manifest, plan = self.manifest, self.plan
        return {
            "generation": self.generation,
            "created": manifest.created.isoformat() if manifest else None,
            "age_seconds": round((datetime.now(UTC) - manifest.created).total_seconds()) if manifest else None,
            "hipwise_version": manifest.hipwise_version if manifest else None,
            "articles": len(manifest.articles) if manifest else 0,
            "chunks": manifest.chunks if manifest else 0,
            "encoder": manifest.encoder if manifest else None,
            "whole": self.generation is not None and self.damage is None,
            "damage": self.damage,
            "bytes": self.size,
            "index_bytes": self.index_size,
            "generations": list(self.generations),
            "older": [
                {
                    "generation": other.generation,
                    "created": other.created.isoformat(),
                    "hipwise_version": other.hipwise_version,
                    "articles": len(other.articles),
                    "chunks": other.chunks,
                }
                for other in self.older
            ],
            "added": list(plan.added),
            "changed": list(plan.changed),
            "renamed": [list(pair) for pair in plan.renamed],
            "removed": list(plan.removed),
            "unchanged": len(plan.unchanged),
            "failed": [{"article": error.article, "error": str(error)} for error in plan.failed],
            "kept": list(plan.kept),
            "rebuild": plan.rebuild,
        }

    def lines(self) -> list[tuple[str, str]]:
        """The status for people: what each line is about, and the line."""
        lines = [("Serving", self.generation or self.damage or "no index yet; `python -m ingest` makes it")]
        if self.manifest:
            lines += [
                ("Built", built(self.manifest)),
                ("Holds", holds(self.manifest)),
                ("Size", f"{megabytes(self.size)}; the whole index folder {megabytes(self.index_size)}"),
            ]
        if self.generation:
            lines.append(("Whole", "yes" if self.damage is None else f"no: {self.damage}"))
        lines += [("Rejected", f"{error.article}: {error}") for error in self.plan.failed]
        lines.append(("Next run", would_do(self.plan)))
        if self.plan.rebuild:
            lines.append(("", f"{self.plan.rebuild[:1].upper()}{self.plan.rebuild[1:]}."))
        lines += [("Roll back to", f"{other.generation}, built {built(other)}; {holds(other)}") for other in self.older]
        return lines


def read_status(ingestion: Ingestion) -> Status:
    """Look at an index and its corpus folder; writes nothing.

    Raises:
        IngestError: the corpus folder is missing or holds no article.

    """
    known, wrong, plan = ingestion.compare()
    index = ingestion.index
    try:
        generation = current_generation(index)
    except IndexUnavailableError:
        generation = None
    older = [read_manifest(folder) for folder in usable_generations(index, generation or "")]
    return Status(
        generation=generation,
        manifest=known if known and known.generation == generation else None,
        damage=wrong,
        size=folder_size(generation_folder(index, generation)) if generation else 0,
        index_size=folder_size(index),
        older=tuple(older),
        generations=tuple(folder.name for folder in list_generations(index)),
        plan=plan,
    )


def would_do(plan: Plan) -> str:
    """What the next run would do, in a few words."""
    old, new = {before for before, _ in plan.renamed}, {after for _, after in plan.renamed}
    parts = (
        ("add", [name for name in plan.added if name not in new]),
        ("change", plan.changed),
        ("rename", [f"{before} -> {after}" for before, after in plan.renamed]),
        ("remove", [name for name in plan.removed if name not in old]),
        ("reject", [error.article for error in plan.failed]),
    )
    said = [f"{verb} {named(names)}" for verb, names in parts if names]
    if plan.rebuild:
        said.append("build everything anew")
    return ", ".join(said) or "nothing: the articles are as they were indexed"


def differences(before: Manifest, after: Manifest) -> dict[str, list[str]]:
    """Ids of the articles that `after` has and `before` has not (`added`), the other way round (`removed`), and `changed`."""
    return {
        "added": sorted(after.articles.keys() - before.articles.keys()),
        "changed": sorted(
            name
            for name in after.articles.keys() & before.articles.keys()
            if after.articles[name].sha256 != before.articles[name].sha256
        ),
        "removed": sorted(before.articles.keys() - after.articles.keys()),
    }


def named(names: Sequence[str]) -> str:
    """How many, and the first of them: `7 (a, b, c, d, e, ...)`."""
    return f"{len(names)} ({', '.join(names[:_NAMED])}{', …' if len(names) > _NAMED else ''})"


def built(manifest: Manifest) -> str:
    """When, in the machine's time zone, and by which version."""
    by = f" by Hipwise {manifest.hipwise_version}" if manifest.hipwise_version else ""
    return f"{manifest.created.astimezone():%d %B %Y, %H:%M} ({age(datetime.now(UTC) - manifest.created)}){by}"


def holds(manifest: Manifest) -> str:
    """How much is in a generation."""
    return f"{_count(len(manifest.articles), 'article')}, {_count(manifest.chunks, 'chunk')}"


def age(since: timedelta) -> str:
    """A stretch of time as people say it: `3 hours ago`."""
    for unit, name in _UNITS:
        if since >= unit:
            return f"{_count(since // unit, name)} ago"
    return "just now"


def megabytes(size: int) -> str:
    """A size in MB, one decimal below 10."""
    value = size / 1e6
    return f"{value:,.1f} MB" if value < 10 else f"{value:,.0f} MB"


def folder_size(folder: Path) -> int:
    """Bytes of the files of a folder; what vanishes meanwhile counts nothing."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return size


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
