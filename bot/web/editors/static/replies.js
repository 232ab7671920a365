/* Opens the passage behind a citation number. Nothing is loaded or sent. */
(() => {
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
})();
