"""The commands of ``python -m guardrails``: check, batch, lint, notice."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from guardrails.engine import Guardrails, Trace
    from guardrails.levels import Notice
    from guardrails.matcher import Matcher

MATCHERS = "hipwise.matcher"
"""Entry point group under which an installed package offers a matcher: a function without arguments that returns one."""

app = typer.Typer(
    help="The safety layer of Hipwise: what a runner's messages report, and what the runner is told.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Messages = Annotated[list[str], typer.Argument(help="The runner's messages, oldest first.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Region = Annotated[str, typer.Option(help="Whose telephone numbers: uk, us, au, nz, ie, eu or generic.")]
Today = Annotated[str | None, typer.Option(help="The day the messages were written (YYYY-MM-DD). [default: today]")]


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write YYYY-MM-DD", param_hint="--today") from None


RulesOnly = Annotated[bool, typer.Option("--rules-only", help="Leave the matcher out: answers at once, sees less.")]


def _load(region: str = "generic", *, rules_only: bool = False) -> Guardrails:
    from guardrails.engine import Guardrails
    from guardrails.schema import RuleError

    try:
        return Guardrails.load(region=region, matcher=None if rules_only else _matcher())
    except RuleError as error:
        typer.echo(f"The rule files cannot be used. {error}", err=True)
        raise typer.Exit(2) from None


def _matcher() -> Matcher:
    """Return the matcher that the installed project offers, ready for use, or say what is missing and leave."""
    from importlib.metadata import entry_points

    offered = list(entry_points(group=MATCHERS))
    try:
        if not offered:
            raise LookupError("none is installed; install the project with `make setup`")
        matcher: Matcher = offered[0].load()()
        matcher.load()
    except Exception as error:  # noqa: BLE001 - whatever a plug-in raises, a person at a terminal is told
        typer.echo(f"The matcher cannot be used: {error} Or go without it: --rules-only", err=True)
        raise typer.Exit(2) from None
    return matcher


@app.command()
def check(
    messages: Messages,
    *,
    as_json: Json = False,
    region: Region = "generic",
    today: Today = None,
    rules_only: RulesOnly = False,
) -> None:
    """Explain what messages report: mentions and their status, rules that fired or nearly did, what the matcher makes of it."""
    day = _day(today)
    guard = _load(region, rules_only=rules_only)
    trace = guard.explain(messages, day)
    if as_json:
        out = trace.to_dict()
        notice = guard.notice(trace.assessment)
        out["notice"] = None if notice is None else _notice_dict(notice)
        typer.echo(json.dumps(out, ensure_ascii=False))
    else:
        _show(trace)


@app.command()
def batch(*, today: Today = None, rules_only: RulesOnly = False) -> None:
    """Assess conversations: reads lines {"id", "messages": [...]} and writes one line for each, in order."""
    day = _day(today)
    guard = _load(rules_only=rules_only)
    for number, raw in enumerate(sys.stdin.buffer, 1):
        if not raw.strip():
            continue
        identity, messages = _line(number, raw)
        assessment = guard.assess(messages, day)
        sys.stdout.write(json.dumps({"id": identity, **assessment.to_dict()}, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _line(number: int, raw: bytes) -> tuple[Any, list[str]]:
    """Read one line of a batch, or say what is wrong with it and leave."""
    what = ""
    try:
        entry = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        what = "is not UTF-8"
    except (json.JSONDecodeError, RecursionError) as error:
        what = f"is not JSON ({error.msg if isinstance(error, json.JSONDecodeError) else 'too deeply nested'})"
    else:
        if not isinstance(entry, dict):
            what = "is not an object"
        elif "id" not in entry:
            what = 'has no "id"'
        elif not isinstance(entry.get("messages"), list) or not all(isinstance(one, str) for one in entry["messages"]):
            what = 'has no "messages" that is a list of texts'
        else:
            return entry["id"], entry["messages"]
    typer.echo(f'line {number} {what}; write {{"id": ..., "messages": ["..."]}}', err=True)
    raise typer.Exit(2)


@app.command()
def lint(
    directory: Annotated[Path | None, typer.Argument(help="Folder of rule files. [default: the package's own]")] = None,
) -> None:
    """Check the rule files: format, references, rules that can never fire, and every example."""
    from guardrails import schema
    from guardrails.lint import lint as run

    folder = directory or schema.DATA
    if not folder.is_dir():
        typer.echo(f"{folder} is no folder", err=True)
        raise typer.Exit(1)
    findings = run(folder)
    for finding in findings:
        typer.echo(str(finding))
    if findings:
        typer.echo(f"{len(findings)} to mend", err=True)
        raise typer.Exit(1)
    typer.echo("clean")


@app.command()
def notice(
    messages: Messages,
    *,
    as_json: Json = False,
    region: Region = "generic",
    today: Today = None,
    rules_only: RulesOnly = False,
) -> None:
    """Print the fixed message a runner gets for these messages."""
    day = _day(today)
    guard = _load(region, rules_only=rules_only)
    found = guard.notice(guard.assess(messages, day))
    if as_json:
        typer.echo(json.dumps(None if found is None else _notice_dict(found), ensure_ascii=False))
    elif found is None:
        typer.echo("No notice: nothing that was reported is a red flag.")
    else:
        typer.echo("\n".join(_notice_lines(found)))


def _notice_dict(found: Notice) -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(found), "level": found.level.label}


def _notice_lines(found: Notice) -> list[str]:
    lines = [f"[{found.level.label}] {found.headline}", ""]
    if found.noticed:
        lines += ["You wrote: " + "; ".join(f"“{words}”" for words in found.noticed), ""]
    lines += [found.why, found.who, found.action, ""]
    lines += [f"  + {line}" for line in found.do]
    lines += [f"  - {line}" for line in found.dont]
    if found.sooner:
        lines += ["", found.sooner]
    if found.also:
        lines += ["", "Also: " + "; ".join(found.also)]
    lines += [f"{phone.label}: {phone.number}" for phone in found.phones]
    if found.ask:
        lines += ["", found.ask]
    return lines


def _show(trace: Trace) -> None:
    """Print a trace for people."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(soft_wrap=False)
    console.print(Text(f"level: {trace.assessment.level.label}", style="bold"))
    for flag in trace.assessment.flags:
        quotes = ", ".join(f"“{quote}”" for quote in flag.evidence)
        about = ", about somebody else" if flag.who == "kin" else ""
        place = f"message {flag.turn + 1}, rule {flag.rule}{about}"
        console.print(Text(f"  {flag.code} ({flag.level.label}), {place}: {quotes}"))
    for flag in trace.assessment.withdrawn:
        console.print(Text(f"  taken back: {flag.code}"))
    if trace.assessment.ask:
        console.print(Text(f"  asks back: {trace.assessment.ask} ({trace.assessment.ask_id})"))
    if trace.assessment.asked_about:
        console.print(Text(f"  only asked about: {', '.join(trace.assessment.asked_about)}"))
    if trace.assessment.cut:
        console.print(Text("a message was too long: only its beginning was read"))
    for at, line in enumerate(trace.matcher_lines()):
        console.print(Text(("  " if at else "matcher: ") + line))
    for number, turn in enumerate(trace.conversation.turns, 1):
        console.print(Text(f"message {number}: " + " | ".join(turn.quote(*span) for span in turn.found.layout.clauses)))
        table = Table("words", "concept", "status", "body part", "who", box=None, padding=(0, 2))
        for mention in turn.mentions:
            status = mention.status + (f" ({mention.why})" if mention.why else "")
            value = f" = {mention.value:g}" if mention.value else ""
            words = Text(turn.quote(mention.start, mention.end))
            table.add_row(
                words, Text(mention.concept + value), Text(status), ", ".join(sorted(mention.sites)), mention.who
            )
        console.print(table)
    for rule, evidence in trace.fired:
        console.print(Text(f"fired {rule.id}: {', '.join(evidence)} - {rule.reason}"))
    for rule, why in trace.near_misses:
        console.print(Text(f"did not fire {rule.id}: {why}"))


def main() -> None:
    """Run the command line."""
    app()
