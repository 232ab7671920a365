/* A reply: cited sentences, and the passage behind a number, opened in its place. */
import { html, nothing } from "../vendor/lit-html.js";
import { card } from "./notice.js";
import { day, say } from "./words.js";

const grouped = (items, key) => {
  const groups = [];
  for (const item of items) {
    if (groups.length && key(groups.at(-1)[0]) === key(item)) groups.at(-1).push(item);
    else groups.push([item]);
  }
  return groups;
};

/** Where a passage comes from: who published it, its article, when it was reviewed. */
const origin = (passage) => html`<p class="hw-origin"><bdi>${passage.publisher}</bdi>${passage.publisher ? " · " : nothing}<bdi>${passage.title}</bdi>${
  passage.updated ? html` · ${say("chat.reviewed", { date: day(passage.updated) })}` : nothing}</p>`;

const passageOf = (reply, n) => reply.passages.find((passage) => passage.numbers.includes(n));

class Reply {
  constructor(entry, at, host) {
    Object.assign(this, { reply: entry.reply, at, host, open: host.opened(at) });
  }

  id(n) {
    return `hw-${this.at}-${n}`;
  }

  number(n) {
    const passage = passageOf(this.reply, n);
    if (!passage) return nothing;
    const open = this.open === n;
    return html`&#8288;<sup><button type="button" class="hw-cite" id=${`${this.id(n)}-number`} aria-expanded=${open} aria-controls=${this.id(n)}
      aria-label=${say("chat.citation", { n, section: passage.section })} @click=${() => this.host.openCitation(this.at, open ? 0 : n)}>${n}</button></sup>`;
  }

  sentence(sentence) {
    return html`<span class="hw-sentence">${sentence.says ? html`<b><bdi>${sentence.says}</bdi>:</b> ` : nothing}<bdi>${sentence.text}</bdi>${sentence.citations.map((n) => this.number(n))}</span> `;
  }

  passage(n) {
    const passage = passageOf(this.reply, n);
    const citation = this.reply.citations.find((one) => one.n === n);
    return html`<section class="hw-passage" id=${this.id(n)} aria-label=${say("chat.citation", { n, section: passage.section })} @keydown=${(event) => {
      if (event.key === "Escape") this.host.openCitation(this.at, 0);
    }}>
      <h4><bdi>${passage.section}</bdi></h4>
      <blockquote>${passage.sentences.map(([text, number]) => html`${number === n ? html`<mark><bdi>${text}</bdi></mark>` : html`<bdi>${text}</bdi>`} `)}</blockquote>
      ${origin(passage)}
      <p class="hw-passage-do"><a class="hw-button" href=${citation.href}>${say("chat.whole")}</a>
        <button type="button" class="hw-button hw-button-quiet" @click=${() => this.host.openCitation(this.at, 0)}>${say("chat.close")}</button></p>
    </section>`;
  }

  sentences(all) {
    return grouped(all, (sentence) => sentence.paragraph).map((paragraph) => {
      const cited = paragraph.some((sentence) => sentence.citations.includes(this.open));
      const runs = grouped(paragraph, (sentence) => sentence.bullet).map((run) =>
        run[0].bullet ? html`<ul>${run.map((sentence) => html`<li>${this.sentence(sentence)}</li>`)}</ul>` : html`<p>${run.map((sentence) => this.sentence(sentence))}</p>`);
      return html`${runs}${cited ? this.passage(this.open) : nothing}`;
    });
  }

  render() {
    const { reply, host, at } = this;
    const answer = html`${reply.remark ? reply.remark.split("\n").map((line) => html`<p class="hw-remark">${line}</p>`) : nothing}
      ${this.sentences(reply.answer)}
      ${reply.nearby.length ? html`<ul class="hw-nearby">${reply.nearby.map((heading) => html`<li><bdi>${heading}</bdi></li>`)}</ul>` : nothing}`;
    const safety = html`${reply.notice ? card(reply.notice, `hw-${at}-notice`, (turn) => host.correct(turn)) : nothing}
      ${reply.helping.length ? html`<div class="hw-help"><h4>${say("chat.from_help")}</h4>${this.sentences(reply.helping)}</div>` : nothing}`;
    return html`${reply.answerFirst ? html`${answer}${safety}` : html`${safety}${answer}`}
      ${reply.complete ? this.foot() : html`<p class="hw-working">${say("chat.working")}</p>`}`;
  }

  foot() {
    const { reply } = this;
    return html`${reply.reworded ? html`<p class="hw-fine">${say("chat.reworded")}</p>` : nothing}
      ${reply.passages.length ? html`<details class="hw-sources"><summary>${say("chat.sources")}</summary><ol>${reply.passages.map((passage) =>
        html`<li><span class="hw-numbers">${passage.numbers.join(", ")}</span> <a href=${passage.href}><bdi>${passage.section}</bdi></a>${origin(passage)}</li>`)}</ol></details>` : nothing}
      ${reply.searchedFor ? html`<p class="hw-fine hw-searched">${say("chat.searched")}: <bdi>${reply.searchedFor.slice(0, 200)}</bdi></p>` : nothing}`;
  }
}

/** A reply as the page shows it; `host` opens citations and takes corrections. */
export const replyView = (entry, at, host) => new Reply(entry, at, host).render();

/** A reply as text to copy, with its sources. */
export const replyText = (reply) => {
  const line = (sentence) => (sentence.bullet ? "- " : "") + (sentence.says ? `${sentence.says}: ` : "") + sentence.text + sentence.citations.map((n) => ` [${n}]`).join("");
  const notice = reply.notice ? [reply.notice.headline, reply.notice.why, reply.notice.who, ...reply.notice.do, ...reply.notice.dont, ...reply.notice.phones.map((phone) => say("chat.notice.call", phone))] : [];
  const answer = [reply.remark, ...reply.answer.map(line), ...reply.nearby];
  const safety = [...notice, ...reply.helping.map(line)];
  const sources = reply.passages.map((passage) => `[${passage.numbers.join(", ")}] ${[passage.publisher, passage.title, passage.section].filter(Boolean).join(" · ")} ${new URL(passage.href, location.href)}`);
  return [...(reply.answerFirst ? [...answer, ...safety] : [...safety, ...answer]), "", ...sources].filter((text, at, all) => text || (at && all[at - 1])).join("\n").trim();
};
