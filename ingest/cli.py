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
    from ingest.pipeline import Ingestion

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
        _say(f"Everything is built anew: {report.rebuild}.")
    table = Table(title="What a run would do" if report.dry_run else "Index", title_justify="left", show_header=False)
    old, new = {before for before, _ in report.renamed}, {after for _, after in report.renamed}
    added = [name for name in report.added if name not in new]
    removed = [name for name in report.removed if name not in old]
    texts = "not counted" if report.to_embed is None else f"{report.to_embed} texts"
    rows = (
        ("added", len(added), ", ".join(added[:8])),
        ("changed", len(report.changed), ", ".join(report.changed[:8])),
        ("renamed", len(report.renamed), ", ".join(f"{before} -> {after}" for before, after in report.renamed[:8])),
        ("removed", len(removed), ", ".join(removed[:8])),
        ("unchanged", report.unchanged, ""),
        ("rejected", len(report.failed), ", ".join(error.article for error in report.failed[:8])),
        ("chunks", report.chunks, f"to embed: {texts}" if report.dry_run else f"{report.embedded} embedded now"),
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
    """Tell which generation serves, whether it is whole, what a rollback can go to, and what the next run would do."""
    with _told():
        from ingest.status import read_status

        state = read_status(_ingestion(context, corpus, index))
        if json_output:
            typer.echo(json.dumps(state.to_dict(), ensure_ascii=False))
        else:
            _print_lines(state.lines())


def _ingestion(context: typer.Context, corpus: Path | None, index: Path | None) -> Ingestion:
    """The pipeline of a subcommand, on the places given to it, before it, or in the settings."""
    from ingest.pipeline import Ingestion

    settings = _settings()
    return Ingestion(
        corpus=corpus or context.obj.corpus or settings.corpus,
        index=index or context.obj.index or settings.index,
        max_bytes=settings.max_article_kb * 1024,
    )


def _print_lines(lines: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in lines)
    for name, line in lines:
        typer.echo(f"{name:{width}}  {line}")


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
def rollback(
    context: typer.Context,
    generation: Annotated[
        str | None, typer.Argument(help="Which generation; `status` lists them. [default: the one before]")
    ] = None,
    corpus: CorpusOption = None,
    index: IndexOption = None,
    json_output: JsonOption = False,
) -> None:
    """Make the generation before the serving one serve again, or the one named."""
    with _told():
        from ingest.manifest import generation_folder, read_manifest
        from ingest.pipeline import roll_back
        from ingest.status import built, differences, holds, named, would_do

        ingestion = _ingestion(context, corpus, index)
        before, now = roll_back(ingestion.index, generation)
        manifest = read_manifest(generation_folder(ingestion.index, now))
        try:
            changes = differences(read_manifest(generation_folder(ingestion.index, before)), manifest)
        except IngestError:  # what served before may be damaged: a reason to go back
            changes = None
        if json_output:
            typer.echo(json.dumps({"before": before, "generation": now, "changes": changes}, ensure_ascii=False))
            return
        said = [f"{verb} {named(names)}" for verb, names in (changes or {}).items() if names]
        lines = [
            ("Serving", f"{now} serves again, built {built(manifest)}; {holds(manifest)}"),
            ("Articles", (", ".join(said) if said else "the same") if changes is not None else "not compared"),
            ("To undo", f"`python -m ingest rollback {before}`; it is kept"),
        ]
        try:
            _, _, plan = ingestion.compare()
            lines.append(("Next run", f"`python -m ingest` follows the articles again; it would do: {would_do(plan)}"))
        except IngestError as error:
            lines.append(("Next run", str(error)))
        _print_lines(lines)


def main() -> None:
    """Run the command line; wrong arguments exit with 2, as `NOTHING_CHANGED`."""
    app(prog_name="python -m ingest")
