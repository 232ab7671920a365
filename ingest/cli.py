"""The commands of `python -m ingest`, for content editors."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ingest.errors import IngestError
from settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from ingest.check import Finding

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
            _watch(ingestion, force=force, json_output=json_output)
            return
        with bars.progress:
            report = ingestion.preview(force=force) if dry_run else ingestion.run(force=force)
        _print_report(report, json_output=json_output)
    raise typer.Exit(report.exit_code)


def _watch(ingestion: Any, *, force: bool, json_output: bool) -> None:
    from watchfiles import watch as changes

    _print_report(ingestion.run(force=force), json_output=json_output)
    _say(f"Watching {ingestion.corpus}. Press Ctrl+C to stop.")
    # Half a second of quiet ends an editor's save; a file caught half-written is rejected and read again at its next save.
    for _ in changes(ingestion.corpus, debounce=1600, step=500):
        try:
            _print_report(ingestion.run(), json_output=json_output)
        except Exception as error:  # noqa: BLE001 - a watch goes on; the next save may be right
            _say(str(error))


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
def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Articles or folders to check, each compared with the whole corpus. [default: all articles]"
        ),
    ] = None,
    corpus: CorpusOption = None,
    json_output: JsonOption = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Show this rule's findings only; may be repeated.")
    ] = None,
    explain: Annotated[str, typer.Option("--explain", help="Tell what a rule looks for, and why; check nothing.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for warnings too.")] = False,
) -> None:
    """Say what to mend in the articles before they go live, and what somebody should look at. Writes nothing.

    Exit codes: 0 nothing must be mended; 1 there is an error (with --strict: or a warning); 2 nothing was checked.
    """
    if explain:
        _explain(explain)
        return
    with _told():
        from ingest.check import check_corpus, check_paths, known_rule

        settings = _settings()
        rules = {known_rule(name).id for name in only or ()}
        folder = corpus or context.obj.corpus or settings.corpus
        max_bytes, days, age = settings.max_article_kb * 1024, settings.review_days, settings.reading_age
        if paths:
            found = check_paths(paths, folder, max_bytes, review_days=days, reading_age=age)
        else:
            found = check_corpus(folder, max_bytes, review_days=days, reading_age=age)
        found = [finding for finding in found if not rules or finding.rule in rules]
        if json_output:
            typer.echo(json.dumps([finding.to_dict() for finding in found], ensure_ascii=False))
        else:
            _print_findings(found)
    failing = {"error", "warning"} if strict else {"error"}
    raise typer.Exit(1 if any(finding.severity in failing for finding in found) else 0)


def _explain(name: str) -> None:
    with _told():
        from ingest.check import known_rule

        rule = known_rule(name)
        typer.echo(f"{rule.id} ({rule.severity})\nLooks for: {rule.looks_for}\nWhy: {rule.why}")


def _print_findings(found: Sequence[Finding]) -> None:
    """One line a finding, a blank line between articles, and the counts."""
    for number, finding in enumerate(found):
        if number and found[number - 1].article != finding.article:
            typer.echo()
        typer.echo(str(finding))
    if not found:
        typer.echo("No findings.")
        return
    counts = {
        severity: sum(finding.severity == severity for finding in found) for severity in ("error", "warning", "review")
    }
    errors = f"{counts['error']} error{'' if counts['error'] == 1 else 's'} to mend"
    warnings = f"{counts['warning']} warning{'' if counts['warning'] == 1 else 's'}"
    typer.echo(
        f"\n{len(found)} finding{'' if len(found) == 1 else 's'}: {errors}, {warnings}, {counts['review']} to review. "
        "`python -m ingest check --explain RULE` tells why."
    )


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
