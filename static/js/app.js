"use strict";
// Small extras. Every page works without them.
(() => {
  const body = document.body, net = document.getElementById("net"), still = document.getElementById("still");
  // htmx notes the path of the page; nothing of a visit stays in the browser's storages.
  try { sessionStorage.clear(); } catch { /* they are switched off */ }
  const say = (words) => { if (net) net.textContent = words; };

  const focus = () => {
    const place = document.querySelector("[data-focus]");
    if (!place) return;
    place.focus();
    const prefix = place.dataset.prefix || "";
    if (!document.title.startsWith(prefix)) document.title = prefix + document.title;
  };
  focus();
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.querySelector && (event.target.matches("[data-focus]") || event.target.querySelector("[data-focus]"))) focus();
  });

  // The connection: what was typed stays, and a sentence says so.
  const dropped = () => say(body.dataset.offline);
  document.addEventListener("htmx:sendError", dropped);
  document.addEventListener("htmx:timeout", dropped);
  document.addEventListener("submit", (event) => {
    if (navigator.onLine === false) { event.preventDefault(); dropped(); }
  });
  addEventListener("online", () => say(""));

  // Copy buttons are there only where they can work; the text can be selected without them.
  for (const button of document.querySelectorAll("button[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      button.textContent = button.dataset.done;
    });
  }

  // The notes before a visit ends: for want of use, and after an hour, when the facts are asked again on this page.
  if (still) {
    const limit = still.dataset.idle * 1000, again = document.getElementById("again");
    let since = Date.now(), ask = again ? since + again.dataset.left * 1000 : Infinity;
    const look = () => {
      if (Date.now() - since > limit) still.hidden = false;
      if (Date.now() > ask && again.hidden) { again.hidden = false; again.dispatchEvent(new Event("again")); }
    };
    setInterval(look, 5000);
    document.addEventListener("stayed", () => { if (!again) return; again.hidden = true; again.replaceChildren(); ask = Date.now() + 3480000; });
    document.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.successful) { since = Date.now(); still.hidden = true; }
    });
  }
})();
