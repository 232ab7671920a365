/* The hand-over "For my physio": a draft from the runner's own words, edited here, saved as a file. The server makes the draft and
   the file and keeps neither. */
import { html, nothing, render } from "../vendor/lit-html.js";
import { live } from "../vendor/directives/live.js";
import { repeat } from "../vendor/directives/repeat.js";
import { say } from "./words.js";

const MOST_LINES = 40; // as bot/handover/draft.py has them
const LONGEST = 600;
const MOST_PASSAGES = 1000;

/** The day of this browser's calendar. */
const today = () => {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
};

/** What the server says, or an error whose text is for the runner. */
const post = async (path, value) => {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value), cache: "no-store" });
  } catch {
    throw new Error(say("handover.problems.network"));
  }
  if (answer.ok) return answer;
  const { text } = await answer.json().catch(() => ({}));
  throw new Error(text ?? say("handover.problems.broken"));
};

const save = (blob, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

class Handover extends HTMLElement {
  #conversation = { turns: [], passages: [] };
  #draft = null; // as the server made it and the runner edited it; lines have a key of their own
  #of = ""; // the conversation the draft was made of
  #status = "";
  #problem = "";
  #busy = false;
  #keys = 0;

  connectedCallback() {
    this.#draw();
  }

  /** The conversation to hand over: `turns`, the runner's messages, and `passages`, those that were shown. */
  set conversation(conversation) {
    this.#conversation = conversation;
    this.#draw();
  }

  get conversation() {
    return this.#conversation;
  }

  /** Opens the dialog. What was edited is still there as long as nothing was asked in between. */
  async open() {
    this.#draw();
    this.querySelector("dialog").showModal();
    const turns = this.#conversation.turns.filter((turn) => turn.trim());
    const of = JSON.stringify(turns);
    if (this.#draft && of === this.#of) return;
    this.#draft = null;
    if (!turns.length) {
      this.#tell("", say("handover.problems.empty"));
      return;
    }
    const passages = this.#conversation.passages.slice(0, MOST_PASSAGES).map(({ title, section, publisher, href }) =>
      ({ title: title.slice(0, 300), section: section.slice(0, 300), publisher: publisher.slice(0, 300), href: new URL(href, location.href).href.slice(0, 1000) }));
    await this.#work(say("handover.working"), async () => {
      const draft = await (await post("/handover/draft", { turns, passages, day: today() })).json();
      this.#draft = { ...draft, sections: draft.sections.map(({ key, lines }) => ({ key, lines: lines.map((text) => this.#line(text)) })) };
      this.#of = of;
      return "";
    });
  }

  #line(text) {
    this.#keys += 1;
    return { key: this.#keys, text };
  }

  /** The draft as the server takes it. */
  get #wire() {
    const { about, day, noticed, unread, sections, passages } = this.#draft;
    return { about, day, noticed, unread, passages, sections: sections.map(({ key, lines }) => ({ key, lines: lines.map((line) => line.text).filter((text) => text.trim()) })) };
  }

  async #work(while_, job) {
    this.#busy = true;
    this.#tell(while_, "");
    try {
      const done = await job();
      this.#busy = false;
      this.#tell(done, "");
    } catch (error) {
      this.#busy = false;
      this.#tell("", error.message);
    }
  }

  #tell(status, problem) {
    this.#status = status;
    this.#problem = problem;
    this.#draw();
  }

  #save(kind) {
    const name = { pdf: "pdf", markdown: "md" }[kind];
    return this.#work(say("handover.making"), async () => {
      save(await (await post(`/handover/${kind}`, this.#wire)).blob(), `${say("handover.file")}.${name}`);
      return say("handover.saved");
    });
  }

  #copy() {
    return this.#work(say("handover.making"), async () => {
      const text = await (await post("/handover/markdown", this.#wire)).text();
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        throw new Error(say("handover.problems.copy"));
      }
      return say("handover.copied");
    });
  }

  #add(section) {
    const line = this.#line("");
    section.lines.push(line);
    this.#tell("", "");
    this.querySelector(`#hw-line-${line.key}`).focus();
  }

  /** Takes a line or a passage out; the keyboard goes on at the one behind it, or at the button below. */
  #remove(list, at, group) {
    list.splice(at, 1);
    this.#tell(say("handover.taken_out"), "");
    const rows = this.querySelectorAll(`[data-group="${group}"] .hw-draft-remove`);
    (rows[Math.min(at, rows.length - 1)] ?? this.querySelector(`[data-group="${group}"] .hw-draft-add`) ?? this.querySelector(".hw-draft-pdf")).focus();
  }

  #draw() {
    if (!this.isConnected) return;
    render(html`<button type="button" class="hw-button hw-handover-open" @click=${() => this.open()}>${say("handover.open")}</button>
      <dialog class="hw-sheet" aria-labelledby="hw-handover-title"><div class="hw-sheet-all">
        <header class="hw-sheet-head"><h2 id="hw-handover-title">${say("handover.dialog")}</h2>
          <button type="button" class="hw-button hw-button-quiet" @click=${() => this.querySelector("dialog").close()}>${say("handover.close")}</button></header>
        <div class="hw-sheet-body" tabindex="-1">${this.#draft ? this.#form() : nothing}</div>
        <footer class="hw-sheet-foot">
          <p class="hw-fine" role="status">${this.#status}</p>
          <p class="hw-problem" role="alert" ?hidden=${!this.#problem}>${this.#problem}</p>
          ${this.#draft ? this.#buttons() : nothing}
        </footer></div></dialog>`, this);
  }

  #buttons() {
    const ready = !this.#busy;
    // Not `disabled`: the keyboard would lose its place while a file is made.
    const run = (job) => () => ready && job();
    return html`<div class="hw-row">
      <button type="button" class="hw-button hw-button-main hw-draft-pdf" aria-disabled=${!ready} @click=${run(() => this.#save("pdf"))}>${say("handover.pdf")}</button>
      <button type="button" class="hw-button" aria-disabled=${!ready} @click=${run(() => this.#save("markdown"))}>${say("handover.markdown")}</button>
      <button type="button" class="hw-button" aria-disabled=${!ready} @click=${run(() => this.#copy())}>${say("handover.copy")}</button></div>`;
  }

  #form() {
    const draft = this.#draft;
    return html`${this.#notice()}
      <p>${say("handover.help")}</p><p class="hw-fine">${say("handover.private")}</p>
      ${draft.sections.map((section) => this.#section(section))}
      ${draft.passages.length ? html`<section class="hw-draft" data-group="passages"><h3 class="hw-small-title">${say("handover.sections.passages")}</h3>
        <ul>${draft.passages.map((passage, at) => html`<li class="hw-draft-row"><span><bdi>${passage.title}</bdi>${passage.section ? html`, <bdi>${passage.section}</bdi>` : nothing}${passage.publisher ? html`, <bdi>${passage.publisher}</bdi>` : nothing}</span>
          <button type="button" class="hw-button hw-button-quiet hw-draft-remove" aria-label=${say("handover.remove_line", { line: passage.title })} @click=${() => this.#remove(draft.passages, at, "passages")}>${say("handover.remove")}</button></li>`)}</ul></section>` : nothing}`;
  }

  /** What the safety check noticed, as it stands in the letter: not for editing. */
  #notice() {
    const { noticed, action, level } = this.#draft;
    if (!action) return nothing;
    return html`<section class="hw-notice hw-${level}" aria-labelledby="hw-handover-noticed"><p class="hw-level" id="hw-handover-noticed">${say(`handover.noticed.${level}`)}</p>
      <h3>${action}</h3>${level === "soon" ? nothing : html`<p>${say("handover.first")}</p>`}
      ${noticed.length ? html`<ul>${noticed.map((sign) => html`<li><span class="hw-draft-sign">${sign.title}</span> ${sign.words.map((words, at) => html`${at ? "; " : nothing}<q><bdi>${words}</bdi></q>`)}</li>`)}</ul>` : nothing}</section>`;
  }

  #section(section) {
    const title = say(`handover.sections.${section.key}`);
    return html`<section class="hw-draft" data-group=${section.key}><h3 class="hw-small-title">${title}</h3>
      <ul>${repeat(section.lines, (line) => line.key, (line, at) => html`<li class="hw-draft-row">
        <textarea id=${`hw-line-${line.key}`} rows="1" dir="auto" maxlength=${LONGEST} aria-label=${say("handover.line", { section: title, number: at + 1 })} .value=${live(line.text)} @input=${(event) => { line.text = event.target.value; }}></textarea>
        <button type="button" class="hw-button hw-button-quiet hw-draft-remove" aria-label=${say("handover.remove_line", { line: line.text || title })} @click=${() => this.#remove(section.lines, at, section.key)}>${say("handover.remove")}</button></li>`)}</ul>
      ${section.lines.length < MOST_LINES ? html`<button type="button" class="hw-button hw-button-quiet hw-draft-add" aria-label=${say("handover.add_to", { section: title })} @click=${() => this.#add(section)}>${say("handover.add")}</button>` : nothing}</section>`;
  }
}

customElements.define("hw-handover", Handover);
