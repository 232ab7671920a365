/* What every page does: it can be put on a phone's screen, and tells what to do without a network. */
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => {});
