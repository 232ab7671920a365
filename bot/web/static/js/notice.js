/* The safety message: a band that stays in view while it holds, and the whole of it in the reply. */
import { html, nothing } from "../vendor/lit-html.js";
import { say } from "./words.js";

// Tells the levels apart without colour.
const SIGNS = { emergency: "!!", urgent: "!", soon: "i" };

const level = (notice) => html`<p class="hw-level"><span class="hw-sign" aria-hidden="true">${SIGNS[notice.level]}</span>${say(`chat.levels.${notice.level}`)}</p>`;

const calls = (notice) =>
  notice.phones.length
    ? html`<p class="hw-calls">${notice.phones.map((phone) => html`<a class="hw-call" href=${`tel:${phone.tel}`}>${say("chat.notice.call", phone)}</a>`)}</p>`
    : nothing;

const quotes = (noticed) => noticed.map((one, at) => html`${at ? "; " : nothing}<q><bdi>${one.words}</bdi></q>`);

const list = (title, items) => (items.length ? html`<h4>${title}</h4><ul>${items.map((item) => html`<li>${item}</li>`)}</ul>` : nothing);

/** The band; nothing for a level that does not need one. `target` is the id of the whole message. */
export const band = (notice, target) => {
  if (!notice || notice.level === "soon") return nothing;
  return html`<div class="hw-band hw-${notice.level}"><div class="hw-wrap hw-band-row">
    <div>${level(notice)}<p class="hw-headline">${notice.headline}</p></div>
    <div class="hw-band-do">${calls(notice)}${target ? html`<a class="hw-more" href=${`#${target}`}>${say("chat.notice.more")}</a>` : nothing}</div>
  </div></div>`;
};

/**
 * The whole message.
 * @param notice as the wire has it
 * @param id of the card
 * @param {(turn: number) => void} correct is called with the message that was misunderstood
 */
export const card = (notice, id, correct) => {
  const turns = [...new Set(notice.noticed.map((one) => one.turn))];
  return html`<section class="hw-notice hw-${notice.level}" id=${id} tabindex="-1" aria-label=${say(`chat.levels.${notice.level}`)}>
    ${level(notice)}
    <h3>${notice.headline}</h3>
    ${calls(notice)}
    ${notice.noticed.length ? html`<p class="hw-noticed"><b>${say("chat.notice.you_wrote")}:</b> ${quotes(notice.noticed)}</p>` : nothing}
    ${notice.why ? html`<p>${notice.why}</p>` : nothing}
    ${notice.who ? html`<p>${notice.who}</p>` : nothing}
    ${list(say("chat.notice.until_then"), notice.do)}
    ${list(say("chat.notice.dont"), notice.dont)}
    ${notice.sooner ? html`<p>${notice.sooner}</p>` : nothing}
    ${notice.also.length ? html`<p><b>${say("chat.notice.also")}:</b> ${notice.also.join("; ")}</p>` : nothing}
    ${notice.ask ? html`<p class="hw-asked-back">${notice.ask}</p>` : nothing}
    ${turns.map((turn) => html`<p class="hw-correct"><button type="button" class="hw-button" @click=${() => correct(turn)}>${say("chat.notice.correct")}</button></p>`)}
  </section>`;
};
