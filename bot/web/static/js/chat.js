/* The chat: one conversation, kept in this browser. All that is shown is drawn from its state by `view`. */
import { html, nothing, render } from "../vendor/lit-html.js";
import { live } from "../vendor/directives/live.js";
import { repeat } from "../vendor/directives/repeat.js";
import { AskError, ask } from "./ask.js";
import "./handover.js";
import { forgetPlace } from "./hip-map.js";
import { band } from "./notice.js";
import { replyText, replyView } from "./reply.js";
import { fresh, load, save, wipe } from "./store.js";
import "./told.js";
import { say, several } from "./words.js";

const CONFIG = JSON.parse(document.getElementById("hw-config").textContent);
const LOOK = 1000; // milliseconds between two looks at whether all is ready
const NEARLY = 300; // letters left, from which on they are counted

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

class Chat extends HTMLElement {
  connectedCallback() {
    this.conversation = load();
    this.conversation.entries.forEach((entry) => { entry.pending = false; });
    this.open = new Map(); // entry -> number of the citation that is open
    this.editing = null; // {at, words, correcting}
    this.running = null; // aborts the answer that is under way
    this.status = "";
    this.said = ""; // for screen readers
    this.copied = -1;
    this.state = { ready: true, edition: "?" }; // as long as nobody knows
    this.addEventListener("hw-ask", (event) => this.send(event.detail.question));
    this.addEventListener("hw-begin", (event) => this.begin(event.detail.text));
    this.addEventListener("hw-correct", (event) => this.correct(event.detail.turn));
    addEventListener("online", () => this.draw());
    addEventListener("offline", () => this.draw());
    addEventListener("storage", () => { if (!this.running) { this.conversation = load(); this.draw(); } });
    addEventListener("beforeprint", () => this.querySelectorAll("details.hw-sources").forEach((one) => { one.open = true; }));
    document.getElementById("hw-wipe").addEventListener("click", () => this.wipe());
    this.draw();
    this.look();
  }

  // --- state

  get entries() {
    return this.conversation.entries;
  }

  /** What the safety check said of all that was written so far: of the last reply there is. */
  get holding() {
    return this.entries.findLastIndex((entry) => entry.reply);
  }

  keep() {
    save(this.conversation);
    this.draw();
  }

  opened(at) {
    return this.open.get(at) ?? 0;
  }

  async look() {
    try {
      const answer = await fetch("/state", { cache: "no-store" });
      this.state = await answer.json();
    } catch {
      this.state = { ...this.state, ready: true }; // a question will tell
    }
    this.draw();
    if (!this.state.ready || !this.state.edition) setTimeout(() => this.look(), LOOK);
  }

  // --- what a runner does

  /** Puts words into the box to be finished, and sends nothing. */
  begin(words) {
    this.conversation.draft = words;
    this.keep();
    const box = this.querySelector("#hw-box");
    box.focus();
    box.setSelectionRange(words.length, words.length);
    box.scrollIntoView({ block: "nearest" });
  }

  send(text) {
    const words = text.trim();
    const problem = !words ? say("chat.problems.empty") : words.length > CONFIG.most ? say("chat.problems.long", CONFIG) : "";
    this.status = problem;
    if (problem || this.running) {
      this.draw();
      return;
    }
    if (this.conversation.draft.trim() === words) this.conversation.draft = "";
    this.entries.push({ words, reply: null, next: [], problem: "", thumb: 0, reason: "", edition: "", stopped: false });
    this.answer(this.entries.length - 1);
  }

  /** Answers the messages from one on, each with those before it: what was changed may change all that follows. */
  async answer(from) {
    const controller = new AbortController();
    this.running = controller;
    this.editing = null;
    this.status = "";
    for (const entry of this.entries.slice(from)) Object.assign(entry, { pending: true, problem: "", stopped: false, next: [], thumb: 0, reason: "" });
    this.keep();
    this.reveal(from);
    for (let at = from; at < this.entries.length; at += 1) {
      const entry = this.entries[at];
      const turns = this.entries.slice(0, at + 1).map((one) => one.words);
      this.open.delete(at);
      try {
        await ask(turns, this.conversation.id, (part) => {
          const warned = part.reply?.notice && !entry.reply?.notice;
          if (part.reply) entry.reply = part.reply;
          if (part.reply?.complete) this.settle(entry);
          if (part.next && at === this.entries.length - 1) entry.next = part.next;
          this.keep();
          if (warned) this.reveal(at);
        }, controller.signal);
      } catch (error) {
        if (error.name === "AbortError") entry.stopped = !entry.reply?.complete;
        else entry.problem = error instanceof AskError ? error.problem : "broken";
      }
      this.settle(entry);
      this.keep();
      if (controller.signal.aborted) break;
    }
    for (const entry of this.entries) entry.pending = false;
    if (this.running === controller) this.running = null;
    this.keep();
    await this.look();
  }

  /** A reply is there: screen readers hear what matters of it, once. */
  settle(entry) {
    if (!entry.pending) return;
    entry.pending = false;
    entry.edition = this.state.edition;
    const { reply } = entry;
    this.said = !reply ? "" : [reply.remark, ...reply.answer.map((one) => one.text)].filter(Boolean).join(" ") || reply.notice?.headline || "";
  }

  stop() {
    this.running?.abort();
  }

  edit(at, correcting = false) {
    this.editing = { at, words: this.entries[at].words, correcting };
    this.draw();
    const box = this.querySelector(".hw-editing textarea");
    box.focus();
    box.closest(".hw-entry").scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  }

  correct(turn) {
    if (this.running || !this.entries[turn]) return;
    this.edit(turn, true);
  }

  change() {
    const { at, words } = this.editing;
    if (!words.trim() || words.length > CONFIG.most || this.running) return;
    this.entries[at].words = words.trim();
    this.answer(at);
  }

  leave() {
    const { at } = this.editing;
    this.editing = null;
    this.draw();
    this.querySelector(`#hw-${at} .hw-edit`)?.focus();
  }

  openCitation(at, n) {
    const before = this.opened(at);
    this.open.set(at, n);
    this.draw();
    if (n) this.querySelector(`#hw-${at}-${n}`).scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
    else this.querySelector(`#hw-${at}-${before}-number`)?.focus();
  }

  async copy(at) {
    const text = replyText(this.entries[at].reply);
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without https there is no clipboard to write to, but a selection can be copied.
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    this.copied = at;
    this.draw();
    setTimeout(() => { this.copied = -1; this.draw(); }, 2500);
  }

  rate(at, thumb, reason = "") {
    const entry = this.entries[at];
    Object.assign(entry, { thumb: entry.thumb === thumb && !reason ? 0 : thumb, reason });
    this.keep();
    const body = JSON.stringify({ conversation: this.conversation.id, turn: at, thumb: entry.thumb, reason });
    fetch("/thumb", { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => {});
  }

  restart() {
    this.stop();
    this.forget();
    forgetPlace();
    this.conversation = fresh();
    this.open.clear();
    this.editing = null;
    this.status = "";
    this.keep();
    scrollTo({ top: 0 });
    this.querySelector("#hw-box").focus({ preventScroll: true });
  }

  wipe() {
    this.restart();
    wipe();
    document.getElementById("hw-wiped").textContent = say("privacy.wiped");
  }

  /** What the server kept of the conversation goes with it, where it keeps any. */
  forget() {
    if (!CONFIG.thumbs || !this.entries.length) return;
    const body = JSON.stringify({ conversation: this.conversation.id, turns: this.entries.length });
    fetch("/wiped", { method: "POST", headers: { "Content-Type": "application/json" }, body, keepalive: true }).catch(() => {});
  }

  reveal(at) {
    this.querySelector(`#hw-${at}`)?.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
  }

  // --- what is seen

  draw() {
    render(this.view(), this);
    // What is scrolled to stands below the band, however tall that is.
    const height = this.querySelector(".hw-band")?.offsetHeight ?? 0;
    document.documentElement.style.setProperty("--hw-band", `${height}px`);
  }

  view() {
    const begun = this.entries.length > 0;
    const held = this.holding;
    const notice = held < 0 ? null : this.entries[held].reply.notice;
    const level = held < 0 ? "none" : this.entries[held].reply.level;
    return html`
      <div class="hw-pinned" role="alert">${band(notice, held < 0 ? "" : `hw-${held}-notice`)}</div>
      <div class="hw-wrap hw-stage ${begun ? "hw-begun" : ""} hw-level-${level}">
        ${begun ? nothing : this.start()}
        <div class="hw-main">
          <h1 class="hw-visually-hidden" ?hidden=${!begun}>${say("chat.log")}</h1>
          <div class="hw-log">${repeat(this.entries, (_, at) => at, (entry, at) => this.entry(entry, at))}</div>
          <p class="hw-visually-hidden" role="status" aria-live="polite">${this.said}</p>
          ${this.next()}
        </div>
        ${begun ? this.aside() : nothing}
      </div>
      <div class="hw-dock"><div class="hw-wrap hw-dock-row ${begun ? "hw-begun" : ""}">${this.compose()}</div></div>`;
  }

  start() {
    return html`<div class="hw-start">
      <h1>${say("chat.heading")}</h1>
      <p class="hw-intro">${say("chat.intro")}</p>
      <hw-hip-map></hw-hip-map>
      <section class="hw-examples" aria-labelledby="hw-examples-title"><h2 id="hw-examples-title" class="hw-small-title">${say("chat.examples_title")}</h2>
        ${several("chat.examples").map((text) => html`<button type="button" class="hw-button" @click=${() => this.send(text)}>${text}</button>`)}</section>
    </div>`;
  }

  entry(entry, at) {
    const before = this.entries[at - 1];
    const replaced = before?.edition && entry.edition && before.edition !== entry.edition;
    return html`<article class="hw-entry" id=${`hw-${at}`}>
      ${replaced ? html`<p class="hw-fine hw-replaced">${say("chat.updated")}</p>` : nothing}
      ${this.editing?.at === at ? this.editor() : this.said_by_runner(entry, at)}
      <div class="hw-reply ${entry.pending ? "hw-pending" : entry.reply ? "hw-done" : ""}" aria-busy=${entry.pending}>
        <h2 class="hw-visually-hidden">${say("chat.bot")}</h2>
        ${entry.reply ? replyView(entry, at, this) : nothing}
        ${entry.pending && !entry.reply ? html`<p class="hw-working" role="status">${this.state.ready ? say("chat.working") : say("chat.warming")}</p>` : nothing}
        ${entry.stopped ? html`<p class="hw-fine">${say("chat.stopped")}</p>` : nothing}
        ${entry.problem ? html`<p class="hw-problem" role="alert">${say(`chat.problems.${entry.problem}`, CONFIG)}</p>` : nothing}
        ${entry.pending ? nothing : this.tools(entry, at)}
      </div>
    </article>`;
  }

  said_by_runner(entry, at) {
    return html`<div class="hw-said"><h2 class="hw-visually-hidden">${say("chat.you")}</h2><p dir="auto">${entry.words}</p>
      <button type="button" class="hw-edit hw-button hw-button-quiet" ?disabled=${Boolean(this.running)} @click=${() => this.edit(at)}>${say("chat.edit")}</button></div>`;
  }

  editor() {
    const { at, words, correcting } = this.editing;
    const last = at === this.entries.length - 1;
    return html`<form class="hw-editing" @submit=${(event) => { event.preventDefault(); this.change(); }} @keydown=${(event) => { if (event.key === "Escape") this.leave(); }}>
      <h2 class="hw-small-title">${correcting ? say("chat.notice.correct_title") : say("chat.edit_label")}</h2>
      ${correcting ? html`<p>${say("chat.notice.correct_help")}</p>` : nothing}
      <textarea dir="auto" rows="3" maxlength=${CONFIG.most} aria-label=${say("chat.edit_label")} .value=${live(words)} @input=${(event) => { this.editing.words = event.target.value; }}></textarea>
      ${last ? nothing : html`<p class="hw-fine">${say("chat.edit_later")}</p>`}
      <p class="hw-row"><button class="hw-button hw-button-main">${say("chat.edit_save")}</button>
        <button type="button" class="hw-button" @click=${() => this.leave()}>${say("chat.edit_cancel")}</button></p>
    </form>`;
  }

  tools(entry, at) {
    const { reply } = entry;
    const thumbs = CONFIG.thumbs && reply?.complete && !reply.notice;
    return html`<div class="hw-tools">
      ${reply ? html`<button type="button" class="hw-button hw-button-quiet" @click=${() => this.copy(at)}>${this.copied === at ? say("chat.copied") : say("chat.copy")}</button>` : nothing}
      <button type="button" class="hw-button hw-button-quiet" ?disabled=${Boolean(this.running)} @click=${() => this.answer(at)}>${say("chat.retry")}</button>
      ${thumbs ? html`<span class="hw-thumbs" role="group" aria-label=${say("chat.thumbs")}>${[[1, "up"], [-1, "down"]].map(([thumb, name]) =>
        html`<button type="button" class="hw-button hw-button-quiet hw-thumb-${name}" aria-pressed=${entry.thumb === thumb} @click=${() => this.rate(at, thumb)}>${say(`chat.${name}`)}</button>`)}</span>` : nothing}
    </div>
    ${thumbs && entry.thumb < 0 ? html`<div class="hw-reasons" role="group" aria-label=${say("chat.why")}><p class="hw-fine">${say("chat.why")}</p>${CONFIG.reasons.map((reason) =>
      html`<button type="button" class="hw-button" aria-pressed=${entry.reason === reason} @click=${() => this.rate(at, -1, entry.reason === reason ? "" : reason)}>${say(`chat.reasons.${reason}`)}</button>`)}</div>` : nothing}
    ${thumbs && entry.thumb ? html`<p class="hw-fine" role="status">${say("chat.thanks")}</p>` : nothing}`;
  }

  next() {
    const last = this.entries.at(-1);
    if (!last?.next.length || this.running) return nothing;
    return html`<section class="hw-next" aria-labelledby="hw-next-title"><h2 id="hw-next-title" class="hw-small-title">${say("chat.next_title")}</h2>
      ${last.next.map((text) => html`<button type="button" class="hw-button" @click=${() => this.send(text)}>${text}</button>`)}</section>`;
  }

  compose() {
    const { draft } = this.conversation;
    const left = CONFIG.most - draft.length;
    const status = this.status || (!navigator.onLine && say("chat.offline")) || (!this.state.edition && say("chat.replacing")) || (!this.state.ready && say("chat.warming")) || "";
    return html`<form class="hw-compose" @submit=${(event) => { event.preventDefault(); this.send(this.conversation.draft); }}>
      <p class="hw-status" role="status">${status}</p>
      <div class="hw-box-row">
        <label class="hw-visually-hidden" for="hw-box">${say("chat.label")}</label>
        <textarea id="hw-box" rows="1" dir="auto" enterkeyhint="send" autocomplete="off" placeholder=${say("chat.placeholder")} aria-describedby="hw-box-help" .value=${live(draft)}
          @input=${(event) => { this.conversation.draft = event.target.value; this.status = ""; this.keep(); }}
          @keydown=${(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            this.send(this.conversation.draft);
          }}></textarea>
        ${this.running
          ? html`<button type="button" id="hw-stop" class="hw-button hw-button-main" @click=${() => this.stop()}>${say("chat.stop")}</button>`
          : html`<button id="hw-send" class="hw-button hw-button-main">${say("chat.send")}</button>`}
      </div>
      <p id="hw-box-help" class="hw-fine ${left > NEARLY ? "hw-visually-hidden" : ""}">${left > NEARLY ? say("chat.sending") : say("chat.counted", { left })}</p>
    </form>`;
  }

  aside() {
    const passages = this.entries.flatMap((entry) => entry.reply?.passages ?? []);
    const held = this.holding;
    return html`<aside class="hw-aside">
      <hw-told .told=${held < 0 ? null : this.entries[held].reply.told ?? null}></hw-told>
      <hw-handover .conversation=${{ turns: this.entries.map((entry) => entry.words), passages }}></hw-handover>
      <details class="hw-fold"><summary>${say("chat.map")}</summary><hw-hip-map></hw-hip-map></details>
      <button type="button" id="hw-restart" class="hw-button" @click=${() => this.restart()}>${say("chat.restart")}</button>
    </aside>`;
  }
}

customElements.define("hw-chat", Chat);
