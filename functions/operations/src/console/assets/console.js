// Keys, local times, and no form sent twice. Everything works without this script.
"use strict";
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime]:not([data-exact])")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) {
      time.title = `${time.textContent} (shown in ${zone})`;
      time.textContent = shown.format(at);
    }
  }

  // A local time is sent with its zone.
  for (const input of document.querySelectorAll("input[type=datetime-local]")) {
    const label = input.closest("label");
    if (label) label.lastChild.textContent = ` (${zone})`;
    // What was typed before comes back in UTC.
    if (input.dataset.utc && input.value) {
      const at = new Date(`${input.value}Z`);
      const own = new Date(at.getTime() - at.getTimezoneOffset() * 60000);
      if (!Number.isNaN(own.getTime())) input.value = own.toISOString().slice(0, 16);
    }
    input.form.addEventListener("submit", () => {
      const at = new Date(input.value);
      if (Number.isNaN(at.getTime())) return;
      const exact = document.createElement("input");
      exact.type = "hidden";
      exact.name = input.name;
      exact.value = at.toISOString().replace(/\.\d+Z$/, "Z");
      input.removeAttribute("name");
      input.form.append(exact);
    });
  }

  // The second press of a button does nothing; the key of the form would make it harmless anyway.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "yes";
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  const rows = [...document.querySelectorAll("table.rows tbody tr")].filter((row) => row.querySelector("a[href]"));
  let here = -1;
  const go = (to) => {
    if (!rows.length) return;
    rows[here]?.classList.remove("here");
    here = Math.max(0, Math.min(rows.length - 1, to));
    rows[here].classList.add("here");
    rows[here].querySelector("a[href]").focus();
  };
  const press = (key) => document.querySelector(`[data-key="${key}"]`)?.click();
  let before = null;
  const help = () => {
    const open = document.querySelector(".keys");
    // Whoever closes the keys goes on where they were.
    if (open) { open.remove(); before?.focus(); return; }
    before = document.activeElement;
    const panel = document.createElement("div");
    panel.className = "keys";
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", "Keys");
    const entries = [["j / k", "next or previous row"], ["Enter", "open the row"], ["n", "get next"],
      ["/", "filters"], ["b", "back to the worklist"], ["?", "these keys"]];
    const list = document.createElement("dl");
    for (const [key, what] of entries) {
      const term = document.createElement("dt");
      const kbd = document.createElement("kbd");
      kbd.textContent = key;
      term.append(kbd);
      const text = document.createElement("dd");
      text.textContent = what;
      list.append(term, text);
    }
    const close = document.createElement("button");
    close.textContent = "Close";
    close.addEventListener("click", help);
    panel.append(list, close);
    document.body.append(panel);
    close.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { if (document.querySelector(".keys")) help(); return; }
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    switch (event.key) {
      case "j": go(here + 1); break;
      case "k": go(here - 1); break;
      case "n": case "/": case "b": press(event.key); break;
      case "?": help(); break;
      default: return;
    }
    event.preventDefault();
  });
})();
