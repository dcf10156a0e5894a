"use strict";
// Filters findings and cases by words and by fault, and copies commands. The page
// is complete without this script.
(function () {
  const form = document.querySelector("#filter");
  if (!form) return;
  form.hidden = false;
  const text = form.querySelector("input[type=search]");
  const fault = form.querySelector("select");
  const status = form.querySelector("output");
  const rows = Array.from(document.querySelectorAll("[data-row]"));

  function filter() {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const content = row.textContent.toLowerCase();
      const fits = words.every((word) => content.includes(word));
      const blamed = !fault.value || !row.dataset.fault || row.dataset.fault === fault.value;
      row.hidden = !(fits && blamed);
      if (!row.hidden) shown++;
    }
    for (const group of document.querySelectorAll("section > details")) {
      if (words.length) group.open = group.querySelector("[data-row]:not([hidden])") !== null;
    }
    status.textContent = words.length || fault.value ? shown + " of " + rows.length + " shown" : "";
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());

  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }
})();
