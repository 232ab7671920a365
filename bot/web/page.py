"""The chat page: one conversation a browser tab, kept nowhere else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import gradio as gr

from bot.journal import REASONS, Conversation
from bot.suggest import MOST
from bot.web import words
from bot.web.render import notice_bar, reply_html, safe, user_message

if TYPE_CHECKING:
    from bot.chain import Bot
    from bot.journal import Journal
    from bot.reply import Reply
    from settings import Settings

logger = logging.getLogger(__name__)

CONCURRENT = 8  # questions answered at once; each takes tens of milliseconds, the encoder uses all processors
Messages = list[dict[str, str]]


def static(name: str) -> str:
    """The text of a file of the page: its mark, style or script."""
    return files("bot.web").joinpath("static", name).read_text(encoding="utf-8")


def theme() -> gr.themes.Base:
    """Colours and type of the page. Only fonts of the reader's own system: the page loads nothing from elsewhere."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"]
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        font=fonts,
        font_mono=["ui-monospace", "monospace"],
        text_size=gr.themes.sizes.text_lg,
        radius_size=gr.themes.sizes.radius_lg,
    )


class Page:
    """The chat page around a bot.

    Args:
        bot: answers.
        settings: region and the longest message.
        journal: keeps the questions; None where none are kept.

    Attributes:
        ready: set when the encoder is loaded.

    """

    def __init__(self, bot: Bot, settings: Settings, journal: Journal | None = None) -> None:
        self.bot = bot
        self.settings = settings
        self.journal = journal
        self.ready = threading.Event()

    def warm_up(self) -> None:
        """Load the encoder in the background."""

        def load() -> None:
            try:
                self.bot.warm_up()
            except Exception:
                logger.exception("The encoder could not be loaded")
            self.ready.set()

        threading.Thread(target=load, name="warm-up", daemon=True).start()

    def build(self) -> gr.Blocks:
        """The page."""
        with gr.Blocks(title=words.NAME, analytics_enabled=False, fill_width=False) as blocks:
            turns = gr.State([])
            last = gr.State(None)
            kept = gr.State(Conversation())  # Gradio gives each tab a copy of its own
            gr.HTML(self._header(), elem_id="hw-header", padding=False)
            bar = gr.HTML("", elem_id="hw-pinned", padding=False)
            chat = gr.Chatbot(
                elem_id="hw-chat",
                show_label=False,
                container=False,
                height=None,
                latex_delimiters=[],
                buttons=[],
                layout="bubble",
                elem_classes=["hw-thumbs"] if self.journal else None,
                feedback_options=["Like", "Dislike", *REASONS] if self.journal else None,
                group_consecutive_messages=False,
                line_breaks=False,
                placeholder=" ",
            )
            with gr.Column(elem_id="hw-examples") as examples:
                gr.HTML(f"<h2>{safe(words.EXAMPLES_TITLE)}</h2>", padding=False)
                chips = [gr.Button(text, size="sm", variant="secondary") for text in words.EXAMPLES]
            with gr.Column(elem_id="hw-next", visible=False) as following:
                gr.HTML(f"<h2>{safe(words.NEXT_TITLE)}</h2>", padding=False)
                nexts = [gr.Button("", size="sm", variant="secondary", visible=False) for _ in range(MOST)]
            with gr.Row(elem_id="hw-compose"):
                box = gr.Textbox(
                    placeholder=words.PLACEHOLDER,
                    show_label=False,
                    label=words.PLACEHOLDER,
                    container=False,
                    lines=1,
                    max_lines=6,
                    scale=8,
                    autofocus=False,
                    elem_id="hw-box",
                )
                send = gr.Button(words.SEND, variant="primary", scale=1, min_width=72, elem_id="hw-send")
            with gr.Row(elem_id="hw-foot"):
                gr.HTML(f"<p>{safe(self._privacy())}</p>", padding=False)
                restart = gr.Button(words.RESTART, size="sm", scale=0, min_width=120, elem_id="hw-restart")
            outputs = [box, chat, turns, bar, examples, following, last]
            options: dict[str, Any] = {
                "concurrency_limit": CONCURRENT,
                "concurrency_id": "answers",
                "show_progress": "hidden",
                "api_visibility": "private",
            }
            asked = gr.on(
                [send.click, box.submit],
                self._answer,
                [box, chat, turns, kept],
                outputs,
                trigger_mode="once",
                **options,
            )
            tapped = [
                button.click(self._answer, [button, chat, turns, kept], outputs, trigger_mode="once", **options)
                for button in (*chips, *nexts)
            ]
            for event in (asked, *tapped):
                event.then(self._suggest, [turns, last], [following, *nexts], **options)
            if self.journal:
                chat.like(self._rate, kept, None, show_progress="hidden", api_visibility="private")
            restart.click(
                lambda: ("", [], [], "", gr.Column(visible=True), gr.Column(visible=False), None, Conversation()),
                None,
                [*outputs, kept],
                show_progress="hidden",
                api_visibility="private",
            )
        return blocks

    def _header(self) -> str:
        phone = self.bot.guardrails.emergency_number()
        emergency = words.EMERGENCY.format(number=phone)
        return (
            f'<header class="hw-header">{static("mark.svg")}<div><h1>{safe(words.NAME)}</h1>'
            f"<p>{safe(words.TAGLINE)}</p></div></header>"
            f'<p class="hw-standing">{safe(words.STANDING.format(emergency=emergency))}</p>'
        )

    def _privacy(self) -> str:
        if not self.journal:
            return words.PRIVACY
        one, more = words.DAYS
        return words.PRIVACY_KEPT.format(days=one if self.journal.days == 1 else more.format(days=self.journal.days))

    def _rate(self, kept: Conversation, event: gr.LikeData) -> None:
        """Note a thumb. Questions and replies take turns in the chat, so that reply number n answers turn n // 2."""
        if self.journal and isinstance(event.index, int):
            thumb = {True: 1, False: -1, "": 0}.get(event.liked, -1)  # "" takes it back; any other text is a reason
            reason = event.liked if isinstance(event.liked, str) else ""
            self.journal.rate(kept, event.index // 2, thumb, reason)

    def _answer(
        self, message: str, shown: Messages, turns: list[str], kept: Conversation | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Answer a message, sentence by sentence; the safety notice comes with the first step."""
        message = (message or "").strip()
        most = self.settings.max_message_chars
        problem = (
            words.EMPTY
            if not message
            else words.TOO_LONG.format(length=len(message), most=most)
            if len(message) > most
            else ""
        )
        if problem:
            gr.Warning(problem, duration=6, title="")
            yield (gr.skip(),) * 7
            return
        turns = [*turns, message]
        hidden = gr.Column(visible=False)
        shown = [*shown, {"role": "user", "content": user_message(message)}]
        waiting = words.WORKING if self.ready.is_set() else words.WARMING
        pending = {"role": "assistant", "content": f'<p class="hw-working">{safe(waiting)}</p>'}
        yield "", [*shown, pending], turns, gr.skip(), hidden, hidden, None
        key = f"t{len(turns)}"
        growing = False
        try:
            for reply in self.bot.stream(turns):
                if self.journal and kept is not None:
                    self.journal.record(kept, turns, reply)
                bar = notice_bar(reply.notice)
                steps = _steps(reply, key) if reply.complete and not growing else (_grown(reply, key),)
                growing = True
                for html in steps:
                    yield "", [*shown, {"role": "assistant", "content": html}], turns, bar, hidden, hidden, reply
        except Exception:
            logger.exception("A message could not be answered")
            if self.journal and kept is not None:
                self.journal.forget(kept)  # nobody knows whether it was a warning sign
            broken = {"role": "assistant", "content": f'<p class="hw-remark">{safe(words.BROKEN)}</p>'}
            yield "", [*shown, broken], turns, gr.skip(), hidden, hidden, None

    def _suggest(self, turns: list[str], reply: Reply | None) -> tuple[Any, ...]:
        """The questions offered below the newest answer, as buttons."""
        questions = self.bot.suggestions(turns, reply) if reply else []
        buttons = [gr.Button(text, visible=True) for text in questions]
        buttons += [gr.Button("", visible=False)] * (MOST - len(questions))
        return gr.Column(visible=bool(questions)), *buttons


def _grown(reply: Reply, key: str) -> str:
    """A reply as far as it has come; when it is complete with its sources, until then with a word that more will come."""
    if reply.complete:
        return reply_html(reply, key)
    return f'{reply_html(reply, key, shown=len(reply.sentences))}<p class="hw-working">{safe(words.WORKING)}</p>'


def _steps(reply: Reply, key: str) -> Iterator[str]:
    """The reply as it grows by a sentence, then whole."""
    for count in range(len(reply.sentences)):
        yield reply_html(reply, key, shown=count)
    yield reply_html(reply, key)
