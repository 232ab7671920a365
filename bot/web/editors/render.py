"""The panels of the editors' page as HTML. Whatever comes from an article, a file or a message is escaped here, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from html import escape
from typing import TYPE_CHECKING

from bot.web.editors.articles import STATES, notes
from bot.web.editors.replies import notice_card, safe

if TYPE_CHECKING:
    from bot.journal import Gap
    from bot.trace import Trace, TracedPassage, TracedQuestion
    from bot.web.editors.articles import Indexed, LeftOut, Row
    from bot.web.editors.publish import Earlier, Outlook, Progress
    from bot.web.editors.upload import Preview
    from guardrails import Guardrails, Notice
    from guardrails import Trace as Assessed
    from ingest.check import Finding, Severity
    from ingest.chunk import Chunk
    from ingest.pipeline import Report

MOST_NAMES = 30  # ids in one list of a report
MOST_LINES = 60  # lines of findings, or of text that is left out
MOST_PASSAGES = 8  # of a search, shown with their scores
MOST_GAPS = 100
_SEVERITIES: dict[Severity, str] = {"error": "rejected", "warning": "kept", "review": "plain"}
_KINDS = {"quoted": "indexed", "withheld": "rejected", "left out": "plain"}


def attribute(text: str) -> str:
    """Text for an attribute of HTML, in double quotes."""
    return escape(text, quote=True).replace("\n", "&#10;").replace("\r", "&#13;")


def day(when: date | None) -> str:
    """A day as people write it."""
    return f"{when.day} {when:%B %Y}" if when else "not dated"


def moment(when: datetime | None) -> str:
    """A day with the time."""
    return f"{day(when)}, {when:%H:%M}" if when else "unknown"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def note(text: str, kind: str = "") -> str:
    """A line to the editor; `kind` is "", "good" or "bad"."""
    role = ' role="alert"' if kind == "bad" else ' role="status"'
    return f'<p class="he-note he-{kind or "plain"}"{role}>{safe(text)}</p>' if text else ""


# --- articles


def article_rows(rows: Sequence[Row], reviewed: dict[str, date | None]) -> str:
    """A page of the list of articles; each can be opened."""
    if not rows:
        return note("No article is like that.")
    return '<ul class="he-list">' + "".join(_row(row, reviewed.get(row.id)) for row in rows) + "</ul>"


def _row(row: Row, reviewed: date | None) -> str:
    facts = [row.id]
    if row.passages:
        facts += [counted(row.passages, "passage"), f"reviewed {day(reviewed)}" if reviewed else "review not dated"]
    if row.saved:
        facts.append(f"file saved {moment(row.saved)}")
    why = f'<span class="he-why">{safe(row.why)}</span>' if row.why else ""
    return (
        f'<li><button type="button" class="he-row" data-open="{attribute(row.id)}">'
        f'<span class="he-title">{safe(row.title)}</span> {_badge(row.state, STATES[row.state])}'
        f'<span class="he-meta">{safe(" · ".join(facts))}</span>{why}</button></li>'
    )


def _badge(kind: str, text: str) -> str:
    return f'<span class="he-badge he-{kind}">{safe(text)}</span>'


def article_head(indexed: Indexed | None, name: str) -> str:
    """What stands above an article's findings and passages."""
    if indexed is None:
        text = "This article is not indexed: runners get nothing from it."
        return f'<h3 class="he-heading">{safe(name)}</h3>{note(text)}'
    article = indexed.article
    facts = [
        ("File", article.path),
        ("Publisher", article.publisher),
        ("Author", article.author),
        ("Source", article.source_title),
        ("Reviewed", day(article.updated)),
        ("Topics", ", ".join(article.topics)),
        ("Summary", article.summary),
        ("Passages", f"{len(indexed.passages):,}"),
        ("Characters", f"{len(article.text):,}"),
    ]
    return f'<h3 class="he-heading">{safe(article.title)}</h3>{_facts(facts)}{_left_out(indexed.left_out)}'


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{safe(name)}</dt><dd>{safe(value)}</dd>" for name, value in facts if value)
    return f'<dl class="he-facts">{items}</dl>'


def check_findings(findings: Sequence[Finding]) -> str:
    """What the check found in an article's file."""
    if not findings:
        return note("The check finds nothing to mend.", "good")
    lines = "".join(
        f"<li>{_badge(_SEVERITIES[finding.severity], finding.severity)} "
        f"{safe(f'line {finding.line}: ' if finding.line else '')}{safe(finding.text)}</li>"
        for finding in findings[:MOST_LINES]
    )
    more = f"<li>and {len(findings) - MOST_LINES:,} more</li>" if len(findings) > MOST_LINES else ""
    counts = Counter(finding.severity for finding in findings)
    told = ", ".join(counted(counts[severity], severity) for severity in _SEVERITIES if counts[severity])
    return _fold(f"The check found: {told}", f'<ul class="he-lines">{lines}{more}</ul>', is_open=True)


def _left_out(left: Sequence[LeftOut]) -> str:
    if not left:
        return note("All of its text is in a passage.")
    lines = [f"line {one.line}: {one.text[:300]}" if one.line else one.text[:300] for one in left]
    return _fold(f"Left out: {counted(len(left), 'line')} in no passage", _lines(lines))


def _lines(lines: Sequence[str]) -> str:
    shown = "".join(f"<li>{safe(line)}</li>" for line in lines[:MOST_LINES])
    more = f"<li>and {len(lines) - MOST_LINES:,} more</li>" if len(lines) > MOST_LINES else ""
    return f'<ul class="he-lines">{shown}{more}</ul>'


def _fold(title: str, inner: str, *, is_open: bool = False) -> str:
    return f'<details class="he-fold"{" open" if is_open else ""}><summary>{safe(title)}</summary>{inner}</details>'


def passages(chunks: Sequence[Chunk], guardrails: Guardrails) -> str:
    """Passages as they are indexed."""
    return "".join(_passage(chunk, guardrails) for chunk in chunks)


def _passage(chunk: Chunk, guardrails: Guardrails) -> str:
    path = " › ".join(chunk.headings) or chunk.title
    sentences = "".join(
        f"<li>{safe(sentence.text)} {''.join(_badge('tag', text) for text in notes(sentence, guardrails))}"
        f'<span class="he-at">{sentence.start}–{sentence.end}</span></li>'
        for sentence in chunk.sentences
    )
    listed = "".join(f"<li>{safe(question)}</li>" for question in chunk.questions)
    questions = f'<p class="he-label">Questions listed for it</p><ul class="he-lines">{listed}</ul>' if listed else ""
    source = _badge("tag", "about the source: not used as advice") if chunk.about_source else ""
    return (
        f'<section class="he-passage"><h4>{chunk.number + 1}. {safe(path)} {source}</h4>'
        f'<ol class="he-sentences">{sentences}</ol>{questions}</section>'
    )


# --- publish


def outlook(seen: Outlook) -> str:
    """What a run would do."""
    if seen.report is None:
        return note(seen.problem, "bad")
    report = seen.report
    if seen.mass_removal:
        text = (
            f"This would remove {counted(len(seen.lost), 'article')}, more than half. Nothing is changed unless you "
            "confirm it below. Check first that the corpus folder is the right one and complete."
        )
        return note(text, "bad") + _changes(report)
    nothing = not (report.added or report.changed or report.removed or report.rebuild)
    text = "Nothing to publish: runners get what the article files say." if nothing else "Publishing would do this:"
    return note(text, "good" if nothing and not report.failed else "") + _changes(report)


def _changes(report: Report) -> str:
    why = {error.article: f"{error.article}: {error}" for error in report.failed}
    kept = set(report.kept)
    rejected = [f"{text} (its last good version stays)" if name in kept else text for name, text in why.items()]
    gone, come = {old for old, _ in report.renamed}, {new for _, new in report.renamed}
    lists: list[tuple[str, Sequence[str]]] = [
        ("added", [name for name in report.added if name not in come]),
        ("changed", report.changed),
        ("renamed", [f"{old} → {new}" for old, new in report.renamed]),
        ("removed", [name for name in report.removed if name not in gone]),
        ("rejected", rejected),
    ]
    parts = [_names(title, names) for title, names in lists if names]
    if report.rebuild and report.rebuild != "--force":
        parts.insert(0, note(f"Everything is built anew: {report.rebuild}."))
    parts.append(f'<p class="he-meta">{counted(report.unchanged, "article")} unchanged.</p>')
    return "".join(parts)


def _names(title: str, names: Sequence[str]) -> str:
    shown = "".join(f"<li>{safe(name)}</li>" for name in names[:MOST_NAMES])
    more = f"<li>and {len(names) - MOST_NAMES:,} more</li>" if len(names) > MOST_NAMES else ""
    return f'<p class="he-label">{len(names):,} {safe(title)}</p><ul class="he-lines">{shown}{more}</ul>'


def progress(run: Progress) -> str:
    """How far a run is, or what it did."""
    if run.begun is None:
        return ""
    steps = "".join(
        f"<li>{safe(step.name)}{f' {step.done:,} of {step.total:,}' if step.total else ''}"
        f"{_bar(step.done, step.total) if run.running and step is run.steps[-1] else ''}</li>"
        for step in run.steps
    )
    shown = f'<ol class="he-steps">{steps}</ol>' if steps else ""
    begun = f'<div aria-live="polite" data-begun="{run.begun.isoformat()}"'
    if run.running:
        since = f"Publishing since {run.begun:%H:%M:%S}. It goes on when you close this page."
        return f'{begun} aria-busy="true">{note(since)}{shown}</div>'
    if run.problem:
        return f"{begun}>{note(run.problem, 'bad')}{shown}</div>"
    report = run.report
    if report is None:
        return ""
    done = (
        f"Published in {report.seconds:.1f} s: {counted(report.chunks, 'passage')}, {report.embedded:,} embedded. "
        f"Generation {report.generation} serves."
    )
    kind = "bad" if report.failed else "good"
    return f"{begun}>{note(done, kind)}{_changes(report)}{shown}</div>"


def _bar(done: int, total: int) -> str:
    value = f' value="{done}" max="{total}"' if total else ""
    return f'<progress{value} aria-label="of this step"></progress>'


def generations(found: Sequence[Earlier]) -> str:
    """The generations on disk, the serving one marked."""
    items = "".join(
        f"<li><b>{safe(moment(one.created))}</b> {_badge('indexed', 'serves') if one.serving else ''}"
        f'<span class="he-meta">{safe(one.id)} · {counted(one.articles, "article")} · '
        f"{counted(one.passages, 'passage')}</span>{_difference(one)}</li>"
        for one in found
    )
    return f'<ul class="he-generations">{items}</ul>' if items else note("There is no index yet. Publish to make it.")


def _difference(one: Earlier) -> str:
    if one.serving:
        return ""
    if not one.usable:
        return note("It is damaged, or another version of Hipwise made it, so there is no way to it.", "bad")
    return f'<span class="he-meta">{safe(difference(one))}</span>'


def difference(one: Earlier) -> str:
    """How a generation's articles differ from those that serve."""
    pairs = (("with", one.added), ("other versions of", one.changed), ("without", one.removed))
    said = [f"{words} {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}" for words, names in pairs if names]
    return "; ".join(said) or "the same articles as now"


# --- upload


def preview(seen: Preview, guardrails: Guardrails, most: int) -> str:
    """An uploaded file as it would be indexed, the first `most` passages."""
    if seen.article is None:
        return note(f"{seen.name} would be rejected: {seen.problem}", "bad")
    place = (
        f"{seen.name}: there is an article at this place already; adding this one replaces it." if seen.replaces else ""
    )
    facts = [
        ("Title", seen.article.title),
        ("Publisher", seen.article.publisher),
        ("Reviewed", day(seen.article.updated)),
        ("Would be saved as", seen.name),
        ("Passages", f"{len(seen.passages):,}"),
    ]
    more = f"{len(seen.passages) - most:,} more passages follow." if len(seen.passages) > most else ""
    return (
        f"{note(place, 'bad')}{_facts(facts)}{_left_out(seen.left_out)}"
        f"{passages(seen.passages[:most], guardrails)}{note(more)}"
    )


# --- trying out


def traced(trace: Trace, reply: str) -> str:
    """Why an answer came out as it did; `reply` is the reply as the chat shows it."""
    skipped = "".join(
        note(f"Not tried, because a question it leans on has no answer: {text}") for text in trace.skipped
    )
    tried = "".join(_question(question) for question in trace.questions)
    kind = "good" if trace.reply.answered else ""
    return f'{note(trace.outcome, kind)}<div class="he-reply">{reply}</div>{skipped}{tried}'


def _question(question: TracedQuestion) -> str:
    synonyms = [term for term, weight in question.terms.items() if weight < 1]
    facts = [
        ("Question", question.question),
        ("Searched for", question.searched),
        ("From earlier messages", question.before),
        ("Spelling mended", ", ".join(f"{typo} → {meant}" for typo, meant in question.typos.items())),
        ("Also searched, counting less", ", ".join(synonyms)),
        ("Sure that the articles answer", f"{question.confidence:.2f}, {'enough' if question.sure else 'not enough'}"),
    ]
    rows = "".join(
        f"<tr><td>{safe(figure.meaning)}</td><td>{figure.value:.2f}</td><td>{figure.value * figure.weight:+.2f}</td></tr>"
        for figure in question.figures
    )
    why = (
        '<div class="he-scroll"><table><thead><tr><th>What counts</th><th>Value</th><th>Adds</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    found = "".join(_found(number, one) for number, one in enumerate(question.passages[:MOST_PASSAGES], start=1))
    return (
        f'<section class="he-question">{_facts(facts)}{_fold("How sure, and why", why) if rows else ""}'
        f'<p class="he-label">Passages found, best first</p>{found}</section>'
    )


def _found(number: int, passage: TracedPassage) -> str:
    ranked = "–" if passage.ranked is None else f"{passage.ranked:.2f}"
    scores = f"together {passage.score:.2f} · meaning {passage.dense:.2f} · words (BM25) {passage.lexical:.1f} · ranker {ranked}"
    state = _badge("indexed", "quoted") if passage.used else _badge("plain", "not quoted")
    why = f'<p class="he-why">{safe(passage.why)}</p>' if passage.why else ""
    sentences = "".join(
        f"<li>{safe(sentence.text)} {_badge(_KINDS[sentence.use], sentence.use)}"
        f'<span class="he-at">{sentence.score:.2f}{" · " + safe(sentence.why) if sentence.why else ""}</span></li>'
        for sentence in passage.sentences
    )
    listed = _fold(counted(len(passage.sentences), "sentence"), f'<ul class="he-lines">{sentences}</ul>')
    return (
        f'<section class="he-passage"><h4>{number}. {safe(passage.section)} {state}</h4>'
        f'<p class="he-meta">{safe(passage.article)} · {scores}</p>{why}{listed if sentences else ""}</section>'
    )


def assessed(trace: Assessed, notice: Notice | None) -> str:
    """What the safety layer makes of messages, and the message that the runner gets."""
    found = trace.assessment
    flags = [
        f"{flag.code} ({flag.level.label}), message {flag.turn + 1}, "
        f"{'by the matcher' if flag.rule == 'matcher' else f'rule {flag.rule}'}"
        f"{', about somebody else' if flag.who == 'kin' else ''}: {_quoted(flag.evidence)}"
        for flag in found.flags
    ]
    flags += [f"taken back: {flag.code}" for flag in found.withdrawn]
    flags += [f"only asked about: {code}" for code in found.asked_about]
    flags += [f"asks back: {found.ask} ({found.ask_id})"] if found.ask else []
    flags += ["a message was too long: only its beginning and end were read"] if found.cut else []
    fired = [f"{rule.id}: {_quoted(words)} – {rule.reason}" for rule, words in trace.fired]
    near = [f"{rule.id}: {why}" for rule, why in trace.near_misses]
    parts = [
        f'<p class="he-level">Level: {_badge(found.level.label, found.level.label)}</p>',
        _lines(flags) if flags else note("No sign is reported."),
        notice_card(notice) if notice else note("The runner gets no safety message."),
        "".join(_message(number, trace) for number in range(len(trace.conversation.turns))),
        _fold(f"{counted(len(fired), 'rule')} fired", _lines(fired)) if fired else "",
        _fold(f"{counted(len(near), 'rule')} nearly fired", _lines(near)) if near else "",
        _fold("What the matcher makes of it", _matcher(trace)) if trace.reading else "",
    ]
    return "".join(parts)


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"“{text}”" for text in words)


def _message(number: int, trace: Assessed) -> str:
    turn = trace.conversation.turns[number]
    rows = "".join(
        f"<tr><td>{safe(turn.quote(mention.start, mention.end))}</td>"
        f"<td>{safe(mention.concept)}{f' = {mention.value:g}' if mention.value else ''}</td>"
        f"<td>{safe(mention.status)}{f' ({safe(mention.why)})' if mention.why else ''}</td>"
        f"<td>{safe(', '.join(sorted(mention.sites)))}</td><td>{safe(mention.who)}</td></tr>"
        for mention in turn.mentions
    )
    head = "<tr><th>Words</th><th>Read as</th><th>Status</th><th>Body part</th><th>Who</th></tr>"
    table = (
        f'<div class="he-scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
        if rows
        else note("No word of it counts.")
    )
    return _fold(f"Message {number + 1}: {turn.text[:80]}", table, is_open=len(trace.conversation.turns) == 1)


def _matcher(trace: Assessed) -> str:
    lines = trace.matcher_lines()
    return _lines(lines) if lines else ""


# --- content gaps


def gaps(found: Sequence[Gap], days: int, csv: str) -> str:
    """What runners asked that the articles do not cover."""
    if not found:
        return note(f"No question of the last {days} days is left open.", "good")
    about = [gap for gap in found if not gap.unrelated]
    other = [gap for gap in found if gap.unrelated]
    parts = [
        f'<p><a class="he-download" href="{attribute(csv)}" download>Download as CSV</a></p>',
        note(
            f"What runners asked in the last {days} days and got no answer to, or an answer they rated down, grouped by "
            "meaning. The commonest are what to write next."
        ),
        _gap_table(about) if about else note("All of it is about something else."),
        _fold(f"About something else: {counted(len(other), 'subject')}", _gap_table(other)) if other else "",
    ]
    return "".join(parts)


def _gap_table(found: Sequence[Gap]) -> str:
    items = "".join(_gap(gap) for gap in found[:MOST_GAPS])
    more = note(f"{len(found) - MOST_GAPS:,} more are in the CSV.") if len(found) > MOST_GAPS else ""
    return f'<ol class="he-gaps">{items}</ol>{more}'


def _gap(gap: Gap) -> str:
    when = day(gap.last) if gap.first == gap.last else f"{day(gap.first)} to {day(gap.last)}"
    facts = [f"asked {counted(gap.count, 'time')}", when]
    facts += [f"{gap.declined:,} without an answer"] if gap.declined else []
    facts += [f"{gap.rated_down:,} rated down"] if gap.rated_down else []
    facts += [f"nearest section: {gap.section}"] if gap.section else []
    facts += [f"reasons: {', '.join(gap.reasons)}"] if gap.reasons else []
    others = _fold(counted(len(gap.examples), "other wording"), _lines(gap.examples)) if gap.examples else ""
    return (
        f'<li><span class="he-title">{safe(gap.question)}</span>'
        f'<span class="he-meta">{safe(" · ".join(facts))}</span>{others}</li>'
    )
