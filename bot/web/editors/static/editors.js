/* A session that has ended leads to the log-in; an article that was opened is shown from its top. Nothing else is sent. */
(() => {
  document.documentElement.lang = "en-GB";
  const send = window.fetch.bind(window);
  window.fetch = async (...request) => {
    const answer = await send(...request);
    if (answer.status === 401 && new URL(answer.url).pathname.startsWith("/editors/")) location.assign("/editors/login");
    return answer;
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-open], #he-back")) scrollTo({ top: 0 });
  });
})();
