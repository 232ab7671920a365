/* An article's page works without this. With it the contents stand open where there is room beside the text, and follow the reader. */
const contents = document.querySelector(".hw-contents");

if (contents) {
  const beside = matchMedia("(min-width: 64rem)");
  const fit = () => { contents.open = beside.matches; };
  fit();
  beside.addEventListener("change", fit);

  const links = new Map([...contents.querySelectorAll("a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const headings = [...document.querySelectorAll(".hw-body :is(h2, h3)")].filter((heading) => links.has(heading.id));
  let current;
  const follow = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
    const link = links.get(passed.at(-1)?.id);
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    current = link;
    // Only the contents scroll, and only where they stand beside the text: the reader's own scrolling is left alone.
    if (link && beside.matches) contents.scrollTop = link.offsetTop - contents.clientHeight / 2;
  };
  let waiting = 0;
  const soon = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; follow(); }); };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("resize", soon);
  follow();

  // On a phone the contents close once they have been used.
  contents.addEventListener("click", (event) => { if (event.target.closest("a") && !beside.matches) contents.open = false; });
}

/* A table that fits need not be a stop of the keyboard. */
const tables = document.querySelectorAll(".hw-scroll");
const stops = new ResizeObserver((entries) => {
  for (const { target } of entries) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
for (const table of tables) stops.observe(table);
