/* What the bot believes it was told: the runner's own words, and the way to mend what was misunderstood.
   Only other words take something back: there is no button that switches a warning sign off. */
import { html, nothing, render } from "../vendor/lit-html.js";
import { say } from "./words.js";

const GROUPS = ["where", "since", "worse", "better", "other", "denied"];

class Told extends HTMLElement {
  #told = null;

  /** What was told, as the wire has it (bot/told.py), or null where there is nothing yet. */
  set told(told) {
    this.#told = told;
    this.#draw();
  }

  get told() {
    return this.#told;
  }

  #draw() {
    const told = this.#told;
    if (!told) {
      render(nothing, this);
      return;
    }
    const groups = GROUPS.filter((group) => told[group].length);
    const known = groups.length || told.noticed.length || told.withdrawn.length;
    render(html`<details class="hw-fold hw-told"><summary>${say("told.title")}</summary><div class="hw-told-body">
      ${told.failed ? html`<p>${say("told.failed")}</p>` : known ? html`<p class="hw-fine">${say("told.intro")}</p>` : html`<p class="hw-fine">${say("told.nothing")}</p>`}
      ${told.about === "kin" ? html`<p>${say("told.kin")}</p>` : nothing}
      ${this.#signs(say("told.noticed"), told.noticed)}
      ${groups.map((group) => html`<section><h3 class="hw-small-title">${say(`told.groups.${group}`)}</h3><ul>${told[group].map((one) => html`<li>${this.#said([one])}</li>`)}</ul></section>`)}
      ${this.#signs(say("told.withdrawn"), told.withdrawn)}
    </div></details>`, this);
  }

  #signs(title, signs) {
    if (!signs.length) return nothing;
    return html`<section><h3 class="hw-small-title">${title}</h3><ul>${signs.map((sign) => html`<li class="hw-told-sign hw-told-${sign.level}">
      <p><span class="hw-told-level">${say(`told.levels.${sign.level}`)}</span> ${sign.title}</p>
      ${[...new Set(sign.said.map((one) => one.turn))].map((turn) => this.#said(sign.said.filter((one) => one.turn === turn)))}</li>`)}</ul></section>`;
  }

  /** What was said in one message, and the button to mend it. */
  #said(said) {
    const words = said.map((one) => one.words).join("; ");
    return html`<div class="hw-told-said"><span>${said.map((one, at) => html`${at ? "; " : nothing}<q><bdi>${one.words}</bdi></q>`)}</span>
      <button type="button" class="hw-button hw-button-quiet" aria-label=${say("told.correct_which", { words })} @click=${() => this.#correct({ turn: said[0].turn, words })}>${say("told.correct")}</button></div>`;
  }

  #correct({ turn, words }) {
    this.dispatchEvent(new CustomEvent("hw-correct", { detail: { turn, words }, bubbles: true }));
  }
}

customElements.define("hw-told", Told);
