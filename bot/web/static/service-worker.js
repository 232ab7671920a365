/* Keeps the page's own files, and one page that says what to do without a network. No question, no answer and no article is kept. */
const STATIC = "@STATIC@";
const CACHE = "hipwise-@KEPT@";
const KEPT = ["/offline", ...["css/tokens.css", "css/base.css", "js/shell.js", "icons/mark.svg", "fonts/body-latin.woff2", "fonts/display-latin.woff2"].map((name) => `${STATIC}/${name}`)];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name.startsWith("hipwise-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(old());
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && !url.pathname.startsWith("/editors")) {
    event.respondWith(fetch(request).catch(() => caches.match("/offline")));
  } else if (url.pathname.startsWith(STATIC)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
