"""The commands of `python -m bot`: ask one question, run a batch of conversations, search, list what is missing."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from bot.errors import BotError
from bot.text import clean_text, is_text
from ingest.errors import IngestError
from settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from bot.chain import Bot
    from bot.journal import Gap, Journal

app = typer.Typer(
    help="Ask the articles: one question, a batch of conversations, or a plain search.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

IndexOption = Annotated[Path | None, typer.Option("--index", help="Folder of the index. [default: HIPWISE_INDEX]")]
FAILED = 2


class InputLineError(ValueError):
    """A line of standard input cannot be used."""


@contextmanager
def _told() -> Iterator[None]:
    from guardrails import RuleError

    try:
        yield
    except (IngestError, SettingsError, BotError, RuleError, InputLineError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except BrokenPipeError:
        raise
    except Exception as error:
        logging.getLogger(__name__).debug("Unexpected error", exc_info=True)
        typer.echo(
            f"Something unexpected went wrong ({type(error).__name__}: {error}). Run again with HIPWISE_LOG_LEVEL=DEBUG for "
            "details to report.",
            err=True,
        )
        raise typer.Exit(FAILED) from None


def _settings(index: Path | None) -> Settings:
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    return settings.model_copy(update={"index": index.resolve()}) if index else settings


def _bot(index: Path | None) -> Bot:
    from bot.chain import Bot

    return Bot.open(_settings(index))


def _lines() -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of standard input, one a line, with their line numbers."""
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputLineError(f"Line {number} of the input is not JSON ({error}). Mend it and run again.") from None
        if not isinstance(record, dict):
            raise InputLineError(f"Line {number} of the input is not a JSON object. Mend it and run again.")
        yield number, record


def _print(record: dict[str, Any]) -> None:
    line = json.dumps(record, ensure_ascii=False)
    # Half a surrogate pair, which JSON can name, has no UTF-8: such a line is written in ASCII.
    typer.echo(line if is_text(line) else json.dumps(record))


def _turns(number: int, record: dict[str, Any]) -> list[str]:
    turns = record.get("turns", [record["question"]] if "question" in record else None)
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        raise InputLineError(f'Line {number} of the input needs "turns": a list of texts, or "question": a text.')
    return turns


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print the object of `batch`.")] = False,
    index: IndexOption = None,
) -> None:
    """Answer one question."""
    with _told():
        reply = _bot(index).reply([question])
        if json_output:
            _print({"id": None, **reply.to_dict()})
            return
        typer.echo(reply.text)
        if reply.reworded:
            typer.echo("\nReworded by a language model from the sentences cited.")
        if reply.citations:
            typer.echo()
        for citation in reply.citations:
            typer.echo(
                f"[{citation.n}] {citation.publisher or citation.article}: {citation.title} - {citation.section}"
            )


@app.command()
def explain(
    messages: Annotated[list[str], typer.Argument(help="The runner's messages, oldest first.", show_default=False)],
    json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
    index: IndexOption = None,
) -> None:
    """Tell why an answer comes out as it does: what was searched, each passage with its scores, what was quoted and why."""
    with _told():
        trace = _bot(index).explain(messages)
        if json_output:
            _print(trace.to_dict())
            return
        from bot.trace import lines

        typer.echo("\n".join(lines(trace)))


@app.command()
def batch(index: IndexOption = None) -> None:
    """Play conversations, one JSON object a line: {"id", "turns": [...]} or {"id", "question"}."""
    with _told():
        bot = _bot(index)
        for number, record in _lines():
            _print({"id": record.get("id"), **bot.reply(_turns(number, record)).to_dict()})


@app.command()
def search(
    index: IndexOption = None,
    k: Annotated[int, typer.Option("--k", min=1, max=1000, help="How many passages a query.")] = 10,
) -> None:
    """Search the passages, one JSON object a line: {"id", "query"}."""
    with _told():
        from bot.search import results
        from bot.search import search as find
        from ingest.encoder import Encoder
        from ingest.generation import open_current

        generation = open_current(_settings(index).index)
        encoder = Encoder()
        try:
            for number, record in _lines():
                query = record.get("query")
                if not isinstance(query, str):
                    raise InputLineError(f'Line {number} of the input needs "query": a text.')
                found = find(generation, encoder, clean_text(query), k)
                _print({"id": record.get("id"), "results": results(found.passages)})
        finally:
            generation.close()


@app.command()
def gaps(
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write a CSV file for a spreadsheet; - for standard output.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="First day that counts, as 2026-11-29."
        ),
    ] = None,
    wipe: Annotated[bool, typer.Option("--wipe", help="Delete all kept questions.")] = False,
    index: IndexOption = None,
) -> None:
    """List what runners asked that the articles do not cover, or whose answers they rated down."""
    with _told():
        from bot.journal import Journal

        settings = _settings(index)
        if wipe:
            had = settings.journal.exists()
            Journal(settings.journal, settings.log_days).wipe()
            typer.echo(f"Deleted: {settings.journal}" if had else f"There was nothing to delete at {settings.journal}.")
            return
        _print_gaps(Journal(settings.journal, settings.log_days), settings, since, csv_file, json_output=json_output)


def _print_gaps(
    journal: Journal, settings: Settings, since: datetime | None, csv_file: Path | None, *, json_output: bool
) -> None:
    from bot.journal import to_dict, write_csv
    from ingest.encoder import Encoder

    found = journal.gaps(Encoder(), since.date() if since else None)
    if not settings.log_questions:
        typer.echo("No questions are being kept: HIPWISE_LOG_QUESTIONS is off.", err=True)
    if csv_file == Path("-"):
        text = io.StringIO(newline="")
        write_csv(found, text)
        typer.echo(text.getvalue().encode(), nl=False)
    elif csv_file:
        try:
            with csv_file.open("w", encoding="utf-8", newline="") as file:
                write_csv(found, file)
        except OSError as error:
            raise BotError(f"{csv_file} cannot be written ({error.strerror}). Name another file.") from None
        typer.echo(f"{len(found)} {'gap' if len(found) == 1 else 'gaps'} written to {csv_file}.")
    if json_output:
        typer.echo(json.dumps([to_dict(gap) for gap in found], ensure_ascii=False))
    elif not csv_file:
        _print_table(found)


def _print_table(found: list[Gap]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("asked", "question", "no answer", "thumbs down", "first", "last", "nearest section")
    for gap in found:
        about = " (about something else)" if gap.unrelated else ""
        cells = (gap.count, escape(gap.question) + about, gap.declined, gap.rated_down, gap.first, gap.last)
        table.add_row(*map(str, cells), escape(gap.section))
    Console().print(table if found else "Nothing is missing: no kept question was left without an answer.")


def main() -> None:
    """Run the command line."""
    app(prog_name="python -m bot")
