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
  let questions = 0;
  new MutationObserver(() => {
    const said = document.querySelectorAll(".hw-said");
    if (said.length > questions) {
      const bar = document.querySelector(".hw-bar");
      const last = said[said.length - 1];
      const top = last.getBoundingClientRect().top + scrollY - (bar ? bar.offsetHeight + 16 : 12);
      scrollTo({ top, behavior: calm() ? "auto" : "smooth" });
    }
    questions = said.length;
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
