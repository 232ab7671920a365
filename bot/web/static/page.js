/* Opens the passage behind a citation number; keeps the newest question in view. Nothing is loaded or sent. */
(() => {
  document.documentElement.lang = "en-GB";
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  const open = (link) => {
    const mark = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    const source = mark && mark.closest("details");
    if (!source) return;
    source.open = true;
    document.querySelectorAll("mark.hw-here").forEach((other) => other.classList.remove("hw-here"));
    mark.classList.add("hw-here");
    mark.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
    source.querySelector("summary").focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a.hw-cite");
    if (link) { event.preventDefault(); event.stopPropagation(); open(link); }
  }, true);
  /* A new question goes to the top, below the pinned notice, as soon as the page is long enough for that. */
  let questions = 0;
  let target = null;
  const follow = () => {
    const said = document.querySelectorAll(".hw-said");
    if (said.length > questions) target = said[said.length - 1];
    questions = said.length;
    if (!target || !target.isConnected) return;
    const bar = document.querySelector(".hw-bar");
    const top = target.getBoundingClientRect().top + scrollY - (bar ? bar.offsetHeight + 16 : 12);
    const most = document.documentElement.scrollHeight - innerHeight;
    scrollTo({ top: Math.min(top, most), behavior: calm() ? "auto" : "smooth" });
    const done = [...document.querySelectorAll(".hw-done")].pop();
    const complete = done && target.compareDocumentPosition(done) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (top <= most || complete) target = null;
  };
  new MutationObserver(() => requestAnimationFrame(follow)).observe(document.documentElement, { childList: true, subtree: true });
  for (const stop of ["wheel", "touchmove", "keydown"]) addEventListener(stop, () => { target = null; }, { passive: true });
})();
