"use strict";
// Filters findings and cases by a text and by fault, and copies commands. The
// page is complete without this script.
(function () {
  var form = document.querySelector("#filter");
  if (!form) return;
  form.hidden = false;
  var text = form.querySelector("input[type=search]");
  var fault = form.querySelector("select");
  var status = form.querySelector("output");
  var rows = Array.prototype.slice.call(document.querySelectorAll("[data-row]"));

  function apply() {
    var words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    rows.forEach(function (row) {
      var content = row.textContent.toLowerCase();
      var fits = words.every(function (word) { return content.indexOf(word) >= 0; });
      var blamed = !fault.value || !row.dataset.fault || row.dataset.fault === fault.value;
      row.hidden = !(fits && blamed);
      if (!row.hidden) shown++;
    });
    document.querySelectorAll("section > details").forEach(function (group) {
      if (words.length) group.open = !!group.querySelector("[data-row]:not([hidden])");
    });
    status.textContent = words.length || fault.value ? shown + " of " + rows.length + " shown" : "";
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });

  document.querySelectorAll("button[data-copy]").forEach(function (button) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", function () {
      var command = document.getElementById(button.dataset.copy).textContent;
      navigator.clipboard.writeText(command).then(function () {
        button.textContent = "Copied";
        setTimeout(function () { button.textContent = "Copy"; }, 2000);
      });
    });
  });
})();
