"use strict";
// Filters the list of operations, and steps through operations with keys. Without
// this script the list is complete, and every link works.
(function () {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const form = document.getElementById("filter");
  const words = form && form.querySelector("input");
  const rows = all("[data-row]");

  const linkOf = (row) => row.querySelector("a");
  const shown = () => rows.filter((row) => !row.hidden);

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = (row.closest("section").querySelector("h3").textContent + " " + row.textContent).toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
    }
    for (const list of all("ul.operations")) {
      list.closest("section").hidden = !list.querySelector("[data-row]:not([hidden])");
    }
    const status = form.querySelector("output");
    status.textContent = wanted.length ? shown().length + " of " + rows.length + " operations" : "";
  }

  function leaveFilter() {
    words.value = "";
    filter();
    words.blur();
  }

  if (form) {
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const first = shown()[0];
      if (first) linkOf(first).click();
    });
    if (location.search === "?filter") words.focus();
    if (words.value) filter(); // going back, a browser restores what was typed
  }

  function step(by) {
    const links = shown().map(linkOf);
    if (!links.length) return;
    const from = links.indexOf(document.activeElement);
    const first = by > 0 ? 0 : links.length - 1;
    const to = from < 0 ? first : Math.max(0, Math.min(links.length - 1, from + by));
    links[to].focus();
    links[to].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.target === words) {
      if (event.key === "ArrowDown") step(1);
      else if (event.key === "Escape") leaveFilter();
      else return;
    } else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/" && words) words.focus();
    else if (event.key === "/") location.href = "index.html?filter";
    else return;
    event.preventDefault();
  });
})();
