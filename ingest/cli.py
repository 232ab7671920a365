"""The commands of `python -m ingest`, for content editors."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.errors import IngestError
from settings import Settings, SettingsError, load_settings

app = typer.Typer(
    help="Bring the index up to date with the articles: read, split, embed what is new, build, verify, swap.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", help="Folder of the articles. [default: HIPWISE_CORPUS]")
]
IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder of the index. [default: HIPWISE_INDEX]")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]

NOTHING_CHANGED = 2


@dataclass(frozen=True, slots=True)
class _Places:
    """`--corpus` and `--index` as given before a subcommand; they hold for it as well."""

    corpus: Path | None = None
    index: Path | None = None


@contextmanager
def _told() -> Iterator[None]:
    """Turn errors into one line on standard error and exit code 2."""
    try:
        yield
    except (IngestError, SettingsError) as error:
        _say(str(error))
        raise typer.Exit(NOTHING_CHANGED) from None
    except KeyboardInterrupt:
        _say("Stopped. The index that served before goes on serving.")
        raise typer.Exit(130) from None
    except Exception as error:
        logging.getLogger(__name__).debug("Unexpected error", exc_info=True)
        _say(
            f"Something unexpected went wrong ({type(error).__name__}: {error}). The index that served before goes on "
            "serving. Run again with HIPWISE_LOG_LEVEL=DEBUG for details to report."
        )
        raise typer.Exit(NOTHING_CHANGED) from None


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _settings() -> Settings:
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    return settings


class _Bars:
    """A progress bar per step on standard error; silent where that is no terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self.progress = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
        self.task: Any = None

    def step(self, name: str, total: int) -> None:
        """Begin a bar."""
        if self.task is not None:
            self.progress.update(self.task, visible=False)
        self.task = self.progress.add_task(name, total=total or None)

    def advance(self, count: int) -> None:
        """Move it on."""
        if self.task is not None:
            self.progress.advance(self.task, count)


@app.callback(invoke_without_command=True)
def ingest(
    context: typer.Context,
    corpus: CorpusOption = None,
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
    json_output: JsonOption = False,
    force: Annotated[
        bool, typer.Option("--force", help="Go on though more than half of the articles would go; rebuild in any case.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay, and ingest again whenever an article is saved.")
    ] = False,
) -> None:
    """Bring the index up to date with the articles.

    Exit codes: 0 the index is current; 1 some articles were rejected, their last good version stays; 2 nothing was
    changed.
    """
    context.obj = _Places(corpus, index)
    if context.invoked_subcommand:
        return
    with _told():
        if watch and dry_run:
            raise IngestError("--watch and --dry-run do not go together. Give one of them; nothing was changed.")
        from ingest.pipeline import Ingestion

        settings = _settings()
        bars = _Bars()
        ingestion = Ingestion(
            corpus=corpus or settings.corpus,
            index=index or settings.index,
            keep=settings.keep_generations,
            max_bytes=settings.max_article_kb * 1024,
            observer=bars,
        )
        if watch:
            from ingest.watch import Watch

            Watch(ingestion, typer.echo, _say, json_output).follow(force=force)
            return
        with bars.progress:
            report = ingestion.preview(force=force) if dry_run else ingestion.run(force=force)
        _print_report(report, json_output=json_output)
    raise typer.Exit(report.exit_code)


def _print_report(report: Any, *, json_output: bool) -> None:
    if json_output:
        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for error in report.failed:
        stays = " (its last good version stays)" if error.article in report.kept else ""
        _say(f"Rejected {error.article}{stays}: {error}")
    if report.rebuild:
        _say(f"Everything is built anew: {report.rebuild}")
    table = Table(title="What a run would do" if report.dry_run else "Index", title_justify="left", show_header=False)
    rows = (
        ("added", len(report.added), ", ".join(report.added[:8])),
        ("changed", len(report.changed), ", ".join(report.changed[:8])),
        ("removed", len(report.removed), ", ".join(report.removed[:8])),
        ("unchanged", report.unchanged, ""),
        ("rejected", len(report.failed), ", ".join(error.article for error in report.failed[:8])),
        ("chunks", report.chunks, f"{report.embedded} embedded now"),
    )
    for name, count, note in rows:
        table.add_row(name, str(count), note)
    console.print(table)
    state = "serving" if report.generation else "no index yet"
    console.print(f"Generation {report.generation or '-'} ({state}), {report.seconds:.1f} s", highlight=False)


@app.command()
def status(
    context: typer.Context, corpus: CorpusOption = None, index: IndexOption = None, json_output: JsonOption = False
) -> None:
    """Tell which generation serves, and whether the articles have changed since."""
    with _told():
        from ingest.manifest import generation_folder, read_manifest
        from ingest.pipeline import Ingestion, list_generations

        settings = _settings()
        ingestion = Ingestion(
            corpus=corpus or context.obj.corpus or settings.corpus,
            index=index or context.obj.index or settings.index,
            max_bytes=settings.max_article_kb * 1024,
        )
        report = ingestion.preview(force=True)
        kept = [folder.name for folder in list_generations(ingestion.index)]
        manifest = read_manifest(generation_folder(ingestion.index, report.generation)) if report.generation else None
        facts = {
            "generation": report.generation,
            "created": manifest.created.isoformat() if manifest else None,
            "articles": len(manifest.articles) if manifest else 0,
            "chunks": manifest.chunks if manifest else 0,
            "encoder": manifest.encoder if manifest else None,
            "generations": kept,
            "added": list(report.added),
            "changed": list(report.changed),
            "removed": list(report.removed),
            "failed": [{"article": error.article, "error": str(error)} for error in report.failed],
        }
        if json_output:
            typer.echo(json.dumps(facts, ensure_ascii=False))
        else:
            for name, value in facts.items():
                shown = ", ".join(map(str, value)) or "-" if isinstance(value, list) else value
                typer.echo(f"{name:12} {shown if shown is not None else '-'}")


@app.command()
def check(context: typer.Context, corpus: CorpusOption = None, json_output: JsonOption = False) -> None:
    """Say what an ingestion would reject, which front matter is missing, which listed questions are wrong. Writes nothing."""
    with _told():
        from ingest.check import check_corpus

        settings = _settings()
        findings = check_corpus(corpus or context.obj.corpus or settings.corpus, settings.max_article_kb * 1024)
        if json_output:
            typer.echo(json.dumps([finding.to_dict() for finding in findings], ensure_ascii=False))
        else:
            for finding in findings:
                typer.echo(str(finding))
            typer.echo(f"{len(findings)} findings" if findings else "No findings.")
    raise typer.Exit(1 if findings else 0)


@app.command()
def rollback(context: typer.Context, index: IndexOption = None) -> None:
    """Make the generation before the serving one serve again."""
    with _told():
        from ingest.pipeline import roll_back

        before, now = roll_back(index or context.obj.index or _settings().index)
        typer.echo(f"{now} serves again; {before} is kept. The next `python -m ingest` follows the articles again.")


def main() -> None:
    """Run the command line; wrong arguments exit with 2, as `NOTHING_CHANGED`."""
    app(prog_name="python -m ingest")
