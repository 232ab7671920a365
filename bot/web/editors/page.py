"""The editors' page: its panels and what their buttons do."""

from __future__ import annotations

import functools
import io
import json
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from starlette.responses import PlainTextResponse, Response

from bot.errors import BotError
from bot.journal import Journal, write_csv
from bot.web.editors import render
from bot.web.editors.articles import STATES, Row, Shelf, matching
from bot.web.editors.door import LOG_OUT, ROOT
from bot.web.editors.publish import Publisher
from bot.web.editors.replies import reply_html, safe, say
from bot.web.editors.upload import Desk, UploadError
from ingest.article import ARTICLE_SUFFIXES
from ingest.errors import IngestError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.chain import Bot
    from bot.journal import Gap
    from ingest.encoder import Encoder
    from settings import Settings

logger = logging.getLogger(__name__)

PANELS = {
    "articles": "Articles",
    "publish": "Publish",
    "upload": "Upload",
    "question": "Try a question",
    "message": "Try a message",
    "gaps": "Content gaps",
}
# Shows the chosen panel at once, without asking the server.
_SHOW = f"(chosen) => {json.dumps(list(PANELS))}.map((name) => ({{ __type__: 'update', visible: name === chosen }}))"
ROWS = 25  # articles on a page of the list
PASSAGES = 20  # passages on a page of an article
TICK = 0.7  # seconds between two looks at a run
TRIED_AT_ONCE = 2  # questions or messages that are explained at once; runners' come first
MOST_TURNS = 30  # messages of a conversation that is tried out
CSV = f"{ROOT}/gaps.csv"
UNEXPECTED = (
    "Something unexpected went wrong, and nothing was changed. Try again; the log of the app says more, to report it."
)
# Tells the server which article of the list was chosen.
_CHOOSE = (
    "element.addEventListener('click', (event) => { const row = event.target.closest('[data-open]'); "
    "if (row) trigger('click', { article: row.dataset.open }); });"
)
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}


def careful(outputs: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Turn what goes wrong in an event into a line for the editor, the first of its `outputs` outputs."""

    def wrap(event: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(event)
        def guarded(*arguments: Any) -> Any:
            try:
                return event(*arguments)
            except (IngestError, BotError, UploadError) as error:
                problem = str(error)
            except Exception:
                logger.exception("An event of the editors' page failed")
                problem = UNEXPECTED
            shown = render.note(problem, "bad")
            return shown if outputs == 1 else (shown, *[gr.skip()] * (outputs - 1))

        return guarded

    return wrap


class EditorsPage:
    """The editors' page around a bot.

    Args:
        bot: answers, and holds the serving generation.
        settings: folders and limits.
        encoder: makes the encoder that publishing uses; None for the ingestion's own.

    """

    def __init__(self, bot: Bot, settings: Settings, encoder: Callable[[], Encoder] | None = None) -> None:
        self.bot = bot
        self.settings = settings
        self.shelf = Shelf(bot.library, settings)
        self.publisher = Publisher(settings, encoder)
        self.desk = Desk(settings, bot.encoder.count_tokens)

    def add_routes(self, app: FastAPI) -> None:
        """What the page offers beside itself: the content gaps as a file."""
        app.add_api_route(CSV, self._gaps_csv, methods=["GET"])

    def dress(self) -> dict[str, Any]:
        """Theme, style and script of the page. Only fonts of the reader's own system: it loads nothing from elsewhere."""
        fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
        theme = gr.themes.Base(
            primary_hue=gr.themes.colors.teal,
            neutral_hue=gr.themes.colors.stone,
            font=fonts,
            font_mono=["ui-monospace", "monospace"],
            text_size=gr.themes.sizes.text_lg,
            radius_size=gr.themes.sizes.radius_lg,
        )
        script = _static("replies.js") + _static("editors.js")
        css = _static("base.css") + _static("editors.css")
        return {"theme": theme, "css": css, "head": f"<script>{script}</script>"}

    def build(self) -> gr.Blocks:
        """The page."""
        # Uploads are deleted as soon as they are read; this is for those whose page was closed before.
        with gr.Blocks(title="Hipwise for editors", analytics_enabled=False, delete_cache=(600, 3600)) as blocks:
            gr.HTML(_header(), elem_id="hw-header", padding=False)
            panels = gr.Radio(
                [(title, name) for name, title in PANELS.items()],
                value="articles",
                label="What to do",
                show_label=False,
                container=False,
                elem_id="he-panels",
            )
            columns = {name: gr.Column(visible=name == "articles", elem_id=f"he-panel-{name}") for name in PANELS}
            with columns["articles"]:
                self._articles(blocks, panels)
            with columns["publish"]:
                self._publish(panels)
            with columns["upload"]:
                self._upload()
            with columns["question"]:
                self._try("How long does runner's hip take to heal?", "Explain the answer", self._question, "question")
            with columns["message"]:
                example = "My hip has hurt since a fall and I can't put weight on it"
                self._try(example, "Explain the safety layer", self._message, "message")
            with columns["gaps"]:
                gaps = gr.HTML("", elem_id="he-found-gaps", padding=False)
                panels.change(_when("gaps", careful(1)(self._gaps), 1), panels, gaps, **_QUIET)
            panels.change(None, panels, list(columns.values()), js=_SHOW, **_QUIET)
        return blocks

    # --- articles

    def _articles(self, blocks: gr.Blocks, panels: gr.Radio) -> None:
        rows, page, name, at = gr.State([]), gr.State(0), gr.State(""), gr.State(0)
        with gr.Column(elem_id="he-all") as listed:
            with gr.Row(elem_classes="he-tools"):
                find = gr.Textbox(
                    label="Find", placeholder="Words of the title or the name", elem_id="he-find", scale=3
                )
                choices = [("any state", ""), *((text, state) for state, text in STATES.items())]
                state = gr.Dropdown(choices, value="", label="State", elem_id="he-state", scale=2)
                again = gr.Button("Look again", elem_id="he-again", scale=1, min_width=120)
            summary = gr.HTML("", elem_id="he-summary", padding=False)
            shown = gr.HTML("", elem_id="he-articles", padding=False, js_on_load=_CHOOSE)
            before, place, after = _pager("articles")
        with gr.Column(visible=False, elem_id="he-one") as one:
            back = gr.Button("← All articles", elem_id="he-back", size="sm")
            head = gr.HTML("", elem_id="he-article", padding=False)
            found = gr.HTML("", elem_id="he-findings", padding=False)
            body = gr.HTML("", elem_id="he-passages", padding=False)
            first, where, last = _pager("passages")
        outputs = [shown, page, place, before, after]
        detail = [body, at, where, first, last]
        look = careful(7)(self._look)
        for trigger in (blocks.load, again.click):
            trigger(look, [find, state], [summary, rows, *outputs], **_QUIET)
        panels.change(_when("articles", look, 7), [panels, find, state], [summary, rows, *outputs], **_QUIET)
        for change in (find.change, state.change):
            change(careful(5)(self._rows), [rows, find, state], outputs, **_QUIET)
        for button, step in ((before, -1), (after, 1)):
            turn = functools.partial(self._turned, step)
            button.click(careful(5)(turn), [rows, find, state, page], outputs, **_QUIET)
        # The check reads every article to compare them, so the article is shown before it.
        opened = shown.click(careful(10)(self._open), None, [head, found, name, listed, one, *detail], **_QUIET)
        opened.then(careful(1)(self._checked), name, found, **_QUIET)
        for button, step in ((first, -1), (last, 1)):
            leaf = functools.partial(self._leafed, step)
            button.click(careful(5)(leaf), [name, at], detail, **_QUIET)
        back.click(lambda: (gr.Column(visible=True), gr.Column(visible=False)), None, [listed, one], **_QUIET)

    def _look(self, find: str, state: str) -> tuple[Any, ...]:
        outlook = self.publisher.outlook()
        if outlook.report is None:
            return (render.note(outlook.problem, "bad"), [], *self._rows([], find, state))
        rows = self.shelf.rows(outlook.report)
        counts = Counter(row.state for row in rows)
        told = ", ".join(f"{counts[one]:,} {text}" for one, text in STATES.items() if counts[one])
        summary = f'<p class="he-meta">{safe(render.counted(len(rows), "article"))}: {safe(told)}</p>'
        return (summary, rows, *self._rows(rows, find, state))

    def _rows(self, rows: Sequence[Row], find: str, state: str, page: int = 0) -> tuple[Any, ...]:
        chosen = matching(rows, find or "", state or "")
        page = min(max(page, 0), max(len(chosen) - 1, 0) // ROWS)
        part = chosen[page * ROWS : (page + 1) * ROWS]
        reviewed = self.shelf.reviewed([row.id for row in part])
        return (render.article_rows(part, reviewed), page, *_turned_to(page, ROWS, len(chosen)))

    def _turned(self, step: int, rows: Sequence[Row], find: str, state: str, page: int) -> tuple[Any, ...]:
        return self._rows(rows, find, state, page + step)

    def _open(self, event: gr.EventData) -> tuple[Any, ...]:
        name = str(getattr(event, "article", ""))
        indexed = self.shelf.indexed(name)
        head = render.article_head(indexed, name)
        return (head, "", name, gr.Column(visible=False), gr.Column(visible=True), *self._leafed(0, name, 0))

    def _checked(self, name: str) -> str:
        findings = self.shelf.findings(name)
        return render.note("Its file is gone.") if findings is None else render.check_findings(findings)

    def _leafed(self, step: int, name: str, at: int) -> tuple[Any, ...]:
        indexed = self.shelf.indexed(name)
        passages = indexed.passages if indexed else ()
        at = min(max(at + step, 0), max(len(passages) - 1, 0) // PASSAGES)
        part = passages[at * PASSAGES : (at + 1) * PASSAGES]
        return (render.passages(part, self.bot.guardrails), at, *_turned_to(at, PASSAGES, len(passages)))

    # --- publish

    def _publish(self, panels: gr.Radio) -> None:
        told = gr.HTML("", elem_id="he-told", padding=False)
        run = gr.HTML("", elem_id="he-run", padding=False)
        outlook = gr.HTML("", elem_id="he-outlook", padding=False)
        confirm = gr.Textbox(
            label="To publish all the same, type the number of articles that would go",
            visible=False,
            elem_id="he-confirm",
            max_lines=1,
        )
        with gr.Row(elem_classes="he-tools"):
            start = gr.Button("Publish", variant="primary", elem_id="he-publish")
            again = gr.Button("Look again", elem_id="he-outlook-again")
        gr.HTML("<h3>Go back</h3>", padding=False)
        known = gr.HTML("", elem_id="he-generations", padding=False)
        with gr.Row(elem_classes="he-tools", visible=False) as ways:
            to = gr.Dropdown([], label="Version", elem_id="he-version", scale=3)
            back = gr.Button("Let it serve again", elem_id="he-rollback", scale=1, min_width=170)
        timer = gr.Timer(TICK, active=False)
        outputs = [told, run, outlook, confirm, known, ways, to, timer]
        stand = careful(8)(self._standing)
        again.click(stand, None, outputs, **_QUIET)
        panels.change(_when("publish", stand, 8), panels, outputs, **_QUIET)
        start.click(careful(8)(self._start), confirm, outputs, **_QUIET)
        back.click(careful(8)(self._roll_back), to, outputs, **_QUIET)
        timer.tick(careful(8)(self._tick), None, outputs, **_QUIET)

    def _standing(self, told: str = "") -> tuple[Any, ...]:
        progress = self.publisher.progress()
        outlook = self.publisher.outlook()
        generations = self.publisher.generations()
        ways = [
            (f"{render.moment(one.created)}: {render.difference(one)}", one.id) for one in generations if one.usable
        ]
        return (
            told,
            render.progress(progress),
            "" if progress.running else render.outlook(outlook),
            gr.Textbox(visible=outlook.mass_removal and not progress.running, value=""),
            render.generations(generations),
            gr.Row(visible=bool(ways)),
            gr.Dropdown(choices=ways, value=ways[0][1] if ways else None),
            gr.Timer(active=progress.running),
        )

    def _start(self, confirmed: str) -> tuple[Any, ...]:
        refused = self.publisher.start(confirmed or "")
        progress = self.publisher.progress()
        if refused and not progress.running:
            return (render.note(refused, "bad"), *[gr.skip()] * 7)
        hidden = gr.Textbox(visible=False)
        return (
            render.note(refused, "bad"),
            render.progress(progress),
            "",
            hidden,
            *[gr.skip()] * 3,
            gr.Timer(active=True),
        )

    def _tick(self) -> tuple[Any, ...]:
        progress = self.publisher.progress()
        if progress.running:
            return (gr.skip(), render.progress(progress), *[gr.skip()] * 6)
        return self._standing()

    def _roll_back(self, to: str | None) -> tuple[Any, ...]:
        return self._standing(render.note(self.publisher.roll_back(to or ""), "good"))

    # --- upload

    def _upload(self) -> None:
        data = gr.State(None)
        kinds = ", ".join(sorted(ARTICLE_SUFFIXES))
        most = f"{self.settings.max_article_kb:,} KiB"
        gr.HTML(f'<p class="he-meta">An article is a file in {safe(kinds)}, at most {most}.</p>', padding=False)
        file = gr.File(label="Article file", file_count="single", type="filepath", elem_id="he-file", height=140)
        told = gr.HTML("", elem_id="he-uploaded", padding=False)
        with gr.Column(visible=False, elem_id="he-naming") as naming:
            name = gr.Textbox(label="Save as, under the corpus folder", elem_id="he-name", max_lines=1)
            replace = gr.Checkbox(label="Replace it", visible=False, elem_id="he-replace")
            add = gr.Button("Add to the articles", variant="primary", elem_id="he-add")
        found = gr.HTML("", elem_id="he-upload-findings", padding=False)
        shown = gr.HTML("", elem_id="he-preview", padding=False)
        outputs = [told, found, shown, naming, replace, add]
        looks = [file.upload(careful(9)(self._uploaded), file, [*outputs, data, name, file], **_QUIET)]
        looks += [event(careful(6)(self._named), [data, name], outputs, **_QUIET) for event in (name.blur, name.submit)]
        for look in looks:
            look.then(careful(1)(self._found), [data, name], found, **_QUIET)
        add.click(careful(6)(self._add), [data, name, replace], [told, found, data, shown, naming, replace], **_QUIET)

    def _uploaded(self, path: str) -> tuple[Any, ...]:
        file = Path(path)
        data = file.read_bytes()
        shutil.rmtree(file.parent, ignore_errors=True)  # Gradio's copy; the folder is this upload's own
        return (*self._named(data, file.name), data, gr.Textbox(value=file.name), None)

    def _named(self, data: bytes | None, name: str) -> tuple[Any, ...]:
        if data is None:
            return ("", *[gr.skip()] * 5)
        try:
            preview = self.desk.preview(name, data)
        except UploadError as error:
            told, shown, replaces, good = render.note(str(error), "bad"), "", False, False
        else:
            told, shown = "", render.preview(preview, self.bot.guardrails, PASSAGES)
            replaces, good = preview.replaces, not preview.problem
        box = gr.Checkbox(visible=replaces and good, value=False)
        return (told, "", shown, gr.Column(visible=True), box, gr.Button(interactive=good))

    def _found(self, data: bytes | None, name: str) -> str:
        """The check's findings, behind the preview: it reads all other articles to compare them."""
        if data is None:
            return ""
        try:
            findings = self.desk.findings(name, data)
        except UploadError:  # told beside the name
            return ""
        return render.check_findings(findings)

    def _add(self, data: bytes | None, name: str, replace: bool) -> tuple[Any, ...]:
        if data is None:
            return (render.note("Choose a file first.", "bad"), *[gr.skip()] * 5)
        done = self.desk.write(name, data, replace=replace)
        return (render.note(done, "good"), "", None, "", gr.Column(visible=False), gr.Checkbox(value=False))

    # --- trying out

    def _try(self, example: str, press: str, event: Callable[[str], str], name: str) -> None:
        label = "What a runner writes, one message a line, the oldest first"
        box = gr.Textbox(label=label, placeholder=example, lines=3, max_lines=12, elem_id=f"he-{name}-box")
        button = gr.Button(press, variant="primary", elem_id=f"he-{name}-go")
        shown = gr.HTML("", elem_id=f"he-{name}-shown", padding=False)
        options = _QUIET | {"show_progress": "minimal", "concurrency_limit": TRIED_AT_ONCE}
        button.click(careful(1)(event), box, shown, trigger_mode="once", **options)

    def _turns(self, text: str) -> list[str]:
        turns = [line.strip() for line in (text or "").splitlines() if line.strip()]
        most = self.settings.max_message_chars
        if not turns:
            raise UploadError(say("chat.problems.empty"))
        if len(turns) > MOST_TURNS:
            raise UploadError(f"These are {len(turns)} messages; at most {MOST_TURNS} can be tried. Leave some out.")
        if max(map(len, turns)) > most:
            raise UploadError(say("chat.problems.long", most=most))
        return turns

    def _question(self, text: str) -> str:
        trace = self.bot.explain(self._turns(text))
        return render.traced(trace, reply_html(trace.reply, "tried"))

    def _message(self, text: str) -> str:
        trace = self.bot.guardrails.explain(self._turns(text), self.bot.today)
        return render.assessed(trace, self.bot.guardrails.notice(trace.assessment))

    # --- content gaps

    def _found_gaps(self) -> list[Gap]:
        return Journal(self.settings.journal, self.settings.log_days).gaps(self.bot.encoder)

    def _gaps(self) -> str:
        if not self.settings.log_questions:
            return render.note(
                "Questions are not kept, so there is nothing to show. To find out what runners ask and the articles do not "
                "cover, set HIPWISE_LOG_QUESTIONS=1 and start the app again. Questions are then kept on this machine only, "
                "without a word that says who asked, and none of a conversation with a warning sign."
            )
        return render.gaps(self._found_gaps(), self.settings.log_days, CSV)

    def _gaps_csv(self) -> Response:
        if not self.settings.log_questions:
            return PlainTextResponse("Questions are not kept: set HIPWISE_LOG_QUESTIONS=1.", 404)
        file = io.StringIO(newline="")
        try:
            write_csv(self._found_gaps(), file)
        except BotError as error:
            return PlainTextResponse(str(error), 503)
        headers = {"Content-Disposition": 'attachment; filename="hipwise-gaps.csv"'}
        return Response(file.getvalue().encode("utf-8"), media_type="text/csv; charset=utf-8", headers=headers)


def _when(panel: str, event: Callable[..., Any], outputs: int) -> Callable[..., Any]:
    """An event that happens when a panel is chosen; its inputs follow the name of the chosen one."""

    def chosen(name: str, *inputs: Any) -> Any:
        if name == panel:
            return event(*inputs)
        return gr.skip() if outputs == 1 else (gr.skip(),) * outputs

    return chosen


def _static(name: str) -> str:
    """The text of a file of the page: its mark, style or script."""
    return files("bot.web.editors").joinpath("static", name).read_text(encoding="utf-8")


def _header() -> str:
    return (
        f'<header class="hw-header">{_static("mark.svg")}<div><h1>{safe(say("shell.name"))} for editors</h1>'
        '<p>What runners are answered from.</p></div><nav><a href="/">The page for runners</a>'
        f'<form method="post" action="{LOG_OUT}"><button type="submit" id="he-log-out">Log out</button></form></nav></header>'
    )


def _pager(name: str) -> tuple[gr.Button, gr.HTML, gr.Button]:
    """Buttons to leaf through a list, and between them which part of it is shown."""
    with gr.Row(elem_classes="he-pager"):
        before = gr.Button("← Before", elem_id=f"he-{name}-before", size="sm", visible=False, min_width=90)
        place = gr.HTML("", elem_id=f"he-{name}-place", padding=False)
        after = gr.Button("Next →", elem_id=f"he-{name}-next", size="sm", visible=False, min_width=90)
    return before, place, after


def _turned_to(page: int, size: int, count: int) -> tuple[Any, ...]:
    """How a pager looks on a page of a list: the text between its buttons, and the buttons."""
    last = min((page + 1) * size, count)
    text = f'<p class="he-meta">{page * size + 1:,}–{last:,} of {count:,}</p>' if count > size else ""
    return text, gr.Button(visible=page > 0), gr.Button(visible=last < count)
