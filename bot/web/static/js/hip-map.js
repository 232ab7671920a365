/*
 * <hw-hip-map>: a drawing to tap where it hurts, the same as a list of names, and what the articles say of the chosen place.
 *
 * It speaks by bubbling events: hw-ask {question, area, side} for a question that a runner chose, hw-begin {text, area, side} for the first
 * words of a message that the runner shall finish. `side` is left, right, both or "".
 */
import { html, nothing, render } from "../vendor/lit-html.js";
import { AREAS, VIEWS, drawing } from "./hip-drawing.js";
import { day, say } from "./words.js";

const SIDES = ["left", "right", "both"];
const MOTION = matchMedia("(prefers-reduced-motion: reduce)");

// The page takes the map out of its start and puts another beside the conversation: the place stays chosen. Gone with the tab.
const NOTHING = { view: "front", area: "", side: "" };
const chosen = { ...NOTHING };
const loaded = new Map();

/** Forgets the chosen place, for who begins again or wipes the conversation. */
export function forgetPlace() {
  Object.assign(chosen, NOTHING);
  document.querySelectorAll("hw-hip-map").forEach((map) => map.refresh());
}

class HipMap extends HTMLElement {
  #pointed = "";
  #said = "";

  connectedCallback() {
    this.refresh();
  }

  /** Draws what is chosen now. */
  refresh() {
    this.#said = "";
    this.#show();
  }

  /** The chosen place: {area, side}, each "" where none is. */
  get chosen() {
    return { area: chosen.area, side: this.#sided() ? chosen.side : "" };
  }

  #sided() {
    return AREAS.some(({ id, sided }) => id === chosen.area && sided);
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { ...detail, ...this.chosen } }));
  }

  async #choose(area, side = "") {
    chosen.area = area;
    if (side) chosen.side = side;
    this.#announce();
    await this.#load(area);
  }

  #announce() {
    const { area, side } = this.chosen;
    const place = say(`map.${area}.name`);
    this.#said = side ? say("map.chosen_side", { place, side: say(`map.sides.${side}`) }) : say("map.chosen", { place });
    this.#show();
  }

  /** Asks anew each time, as the articles may have changed; what was there before is shown until the answer is there. */
  async #load(area) {
    const before = loaded.get(area);
    if (!before?.panel) loaded.set(area, {});
    this.#show();
    const now = await fetched(area);
    if (now.panel || !before?.panel) loaded.set(area, now);
    this.#show();
  }

  /** A tap on the drawing brings what it opened into sight; who walks through the list with the keyboard stays there. */
  async #tap(area, side) {
    const loading = this.#choose(area, side);
    this.querySelector(".hw-map-panel").scrollIntoView({ block: "nearest", behavior: MOTION.matches ? "auto" : "smooth" });
    await loading;
  }

  #show() {
    render(this.#page(), this);
  }

  #page() {
    const state = { area: chosen.area, side: chosen.side, pointed: this.#pointed };
    const pick = (area, side) => this.#tap(area, side);
    const point = (area) => this.#point(area);
    return html`<section class="hw-map hw-shows-${chosen.view}" aria-labelledby="hw-map-title">
      <h2 class="hw-visually-hidden" id="hw-map-title">${say("map.title")}</h2>
      <div class="hw-map-switch" role="group" aria-label=${say("map.views")}>
        ${Object.keys(VIEWS).map(
          (name) => html`<button type="button" aria-pressed=${name === chosen.view} @click=${() => this.#turn(name)}>
            ${say(`map.${name}`)}
          </button>`,
        )}
      </div>
      <div class="hw-map-drawings">
        ${Object.keys(VIEWS).map(
          (name) => html`<figure class="hw-map-figure hw-map-${name}" aria-hidden="true">
            <figcaption>${say(`map.${name}`)}</figcaption>
            ${drawing(name, { ...state, pick, point })}
            <p class="hw-map-ends"><span>${say(`map.ends.${name}_start`)}</span><span>${say(`map.ends.${name}_end`)}</span></p>
          </figure>`,
        )}
      </div>
      <fieldset class="hw-map-list">
        <legend>${say("map.list")}</legend>
        ${AREAS.map(({ id, views }) => this.#name(id, views))}
      </fieldset>
      <div class="hw-map-panel">${chosen.area ? this.#panel() : html`<p class="hw-map-none">${say("map.none")}</p>`}</div>
      <p class="hw-visually-hidden" role="status">${this.#said}</p>
    </section>`;
  }

  #turn(view) {
    chosen.view = view;
    this.#show();
  }

  #name(id, views) {
    const on = views.map((name) => `hw-on-${name}`).join(" ");
    return html`<label
      class="hw-map-name ${on} ${id === this.#pointed ? "hw-is-pointed" : ""}"
      @pointerenter=${() => this.#point(id)}
      @pointerleave=${() => this.#point("")}
    >
      <input type="radio" name="hw-map-area" value=${id} .checked=${id === chosen.area} @change=${() => this.#choose(id)} />
      <span>${say(`map.${id}.name`)}</span>
    </label>`;
  }

  #point(area) {
    this.#pointed = area;
    this.#show();
  }

  #panel() {
    const id = chosen.area;
    const state = loaded.get(id) ?? {};
    return html`<article aria-labelledby="hw-map-place">
      <header>
        <div>
          <h3 id="hw-map-place">${say(`map.${id}.name`)}</h3>
          <p class="hw-map-medical">${say("map.medical", { words: say(`map.${id}.medical`) })}</p>
        </div>
        ${drawing(seenFrom(id), { area: id, side: chosen.side })}
      </header>
      ${this.#sided() ? this.#sides() : nothing}
      ${state.problem ? this.#problem(state.problem) : state.panel ? this.#found(state.panel) : waiting()}
      <button type="button" class="hw-button hw-button-main" @click=${() => this.#begin()}>${say("map.tell")}</button>
      <p class="hw-map-note">${say("map.tell_note")}</p>
    </article>`;
  }

  #sides() {
    return html`<fieldset class="hw-map-sides">
      <legend>${say("map.which_side")}</legend>
      ${SIDES.map(
        (side) => html`<label>
          <input type="radio" name="hw-map-side" value=${side} .checked=${side === chosen.side} @change=${() => this.#turnTo(side)} />
          <span>${say(`map.sides.${side}`)}</span>
        </label>`,
      )}
    </fieldset>`;
  }

  #turnTo(side) {
    chosen.side = side;
    this.#announce();
  }

  #found({ about, help, questions }) {
    return html`${help.answer.length ? advice(help) : nothing}
      <section aria-labelledby="hw-map-said">
        <h4 id="hw-map-said">${say("map.said")}</h4>
        ${about.answer.length ? quotes(about) : html`<p>${say("map.nothing")}</p>`}
      </section>
      <section aria-labelledby="hw-map-asked">
        <h4 id="hw-map-asked">${say("map.questions")}</h4>
        <ul class="hw-map-questions">
          ${questions.map(
            (question) => html`<li>
              <button type="button" class="hw-button" @click=${() => this.#tell("hw-ask", { question })}>${question}</button>
            </li>`,
          )}
        </ul>
      </section>`;
  }

  #problem(text) {
    return html`<div class="hw-map-problem" role="alert">
      <p>${text}</p>
      <button type="button" class="hw-button" @click=${() => this.#load(chosen.area)}>${say("map.retry")}</button>
    </div>`;
  }

  #begin() {
    const { area, side } = this.chosen;
    this.#tell("hw-begin", { text: say(`map.${area}.begin.${side || "none"}`) });
  }
}

/** The drawing that shows a place: the one that is turned to, where the place is on both. */
const seenFrom = (area) => {
  const { views } = AREAS.find(({ id }) => id === area);
  return views.includes(chosen.view) ? chosen.view : views[0];
};

/** What the server has on a place: {panel}, or {problem} in words. */
async function fetched(area) {
  try {
    const response = await fetch(`/areas/${encodeURIComponent(area)}`, { headers: { Accept: "application/json" } });
    const data = await response.json();
    return response.ok ? { panel: data } : { problem: data.error ?? say("map.unavailable") };
  } catch {
    return { problem: say("map.unreachable") };
  }
}

const waiting = () =>
  html`<div class="hw-map-waiting" aria-busy="true"><p>${say("map.waiting")}</p><span></span><span></span><span></span></div>`;

/** When to see somebody: what to do first, the signs one tap away. */
function advice(help) {
  const [first, ...signs] = help.answer;
  return html`<section class="hw-map-help" aria-labelledby="hw-map-help">
    <h4 id="hw-map-help">${say("map.help")}</h4>
    <p>${sentence(help, first)}</p>
    ${signs.length
      ? html`<details>
          <summary>${say("map.signs")}</summary>
          <ul>
            ${signs.map((sign) => html`<li>${sentence(help, sign)}</li>`)}
          </ul>
        </details>`
      : nothing}
    ${source(help.passages[0])}
  </section>`;
}

/** What the articles say, a paragraph for each passage, with where it stands. */
const quotes = (about) =>
  about.passages.map(
    (passage, paragraph) => html`<blockquote class="hw-map-quote">
      <p>${about.answer.filter((one) => one.paragraph === paragraph).map((one) => html`${sentence(about, one)} `)}</p>
      ${source(passage)}
    </blockquote>`,
  );

const sentence = ({ citations, passages }, { text, citations: numbers }) =>
  html`<span lang="en">${text}</span>${numbers.map((n) => {
    const passage = passages.find((one) => one.numbers.includes(n));
    return html` <a class="hw-map-number" href=${citations.find((one) => one.n === n).href} aria-label=${named(passage, n)}>${n}</a>`;
  })}`;

const named = ({ publisher, title, section }, n) => say("map.citation", { n, publisher: publisher || title, section });

const source = (passage) =>
  html`<footer>
    <a href=${passage.href}>${say("map.source", { publisher: passage.publisher || passage.title, section: passage.section })}</a>
    ${passage.updated ? html`<span>${say("map.reviewed", { date: day(passage.updated) })}</span>` : nothing}
  </footer>`;

customElements.define("hw-hip-map", HipMap);
