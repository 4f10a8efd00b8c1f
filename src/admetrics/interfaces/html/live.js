"use strict";
// Keeps the page fresh: asks for itself again, and puts what is new where the old figures stand. Nothing else moves:
// scroll, focus, open lists, the order of the table and what is searched for stay.
(() => {
  const EVERY = 2000;
  const PATIENCE = 30000;
  const CLOCK_SKEW = 60;
  const PARTS = ["header", "main", "#figures", "#changed"];
  const THE_READERS_OWN = new Set(["aria-sort", "checked", "hidden", "open", "selected", "style"]);

  const attributes = (old, fresh) => {
    for (const { name, value } of fresh.attributes) {
      if (!THE_READERS_OWN.has(name) && old.getAttribute(name) !== value) { old.setAttribute(name, value); }
    }
    for (const { name } of [...old.attributes]) {
      if (!THE_READERS_OWN.has(name) && !fresh.hasAttribute(name)) { old.removeAttribute(name); }
    }
  };
  const patch = (old, fresh) => {
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== fresh.data) { old.data = fresh.data; }
      return;
    }
    attributes(old, fresh);
    if (!old.matches(".plot")) { // charts draw themselves
      children(old.querySelector(":scope > button") || old, fresh); // a head of a table has become a button
    }
  };
  // A note or a section that comes or goes must not make what stands below be taken for something else.
  const kind = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { return node.nodeName; }
    const heading = node.nodeName === "SECTION" ? node.querySelector("h2") : null;
    return [node.nodeName, node.id, node.dataset.chart, heading && heading.textContent].join(" ");
  };
  const children = (old, fresh) => {
    const before = [...old.childNodes];
    let next = 0;
    for (const node of [...fresh.childNodes]) {
      const wanted = kind(node);
      const found = before.findIndex((each, index) => index >= next && kind(each) === wanted);
      if (found < 0) {
        old.insertBefore(node, before[next] || null);
      } else {
        before.slice(next, found).forEach((gone) => gone.remove());
        patch(before[found], node);
        next = found + 1;
      }
    }
    before.slice(next).forEach((gone) => gone.remove());
  };

  const inWords = (seconds) => {
    if (seconds < 120) { return `${seconds} s`; }
    const minutes = Math.round(seconds / 60);
    if (minutes < 120) { return `${minutes} min`; }
    const hours = Math.round(minutes / 60);
    return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
  };
  const age = () => {
    const changed = document.getElementById("changed");
    if (changed.dateTime) {
      const seconds = Math.round((Date.now() - Date.parse(changed.dateTime)) / 1000);
      changed.textContent = seconds < -CLOCK_SKEW
        ? "last change ahead of this computer's clock: one of the clocks is wrong"
        : `last change ${inWords(Math.max(0, seconds))} ago`;
    }
  };

  const root = document.documentElement;
  const refresh = async () => {
    const answer = await fetch(location.href, {
      headers: { "If-None-Match": `"${root.dataset.version}"` }, cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status === 304) { return ""; }
    const text = await answer.text();
    if (!answer.ok) { return text; }
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of PARTS) { patch(document.querySelector(part), fresh.querySelector(part)); }
    root.dataset.version = fresh.documentElement.dataset.version;
    age();
    report.show();
    return "";
  };

  const state = document.getElementById("state");
  const tell = (trouble) => {
    const words = trouble ? `not refreshed: ${trouble}` : "live";
    if (state.textContent !== words) { state.textContent = words; } // screen readers hear of changes only
    state.className = `state ${trouble ? "warn" : "good"}`;
  };
  const loop = async () => {
    if (!document.hidden) {
      tell(await refresh().catch(() => "the server does not answer; trying again"));
    }
    setTimeout(loop, EVERY);
  };

  const form = document.querySelector(".filters form");
  form.querySelector("button").hidden = true;
  form.addEventListener("change", ({ target }) => {
    if (target.name === "last") {
      for (const date of form.querySelectorAll("input[type=datetime-local]")) { date.value = ""; }
    }
    form.requestSubmit();
  });
  form.addEventListener("formdata", ({ formData }) => { // a short address
    for (const [name, value] of [...formData]) {
      if (value === "") { formData.delete(name); }
    }
  });

  setInterval(age, 1000);
  age();
  loop();
})();
