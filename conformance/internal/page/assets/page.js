"use strict";
// What the page does in addition to what the server rendered: it adds exchanges
// as they end, filters them, copies commands, and reacts to keys. The HTML of a row
// and of an exchange comes from the server, which has escaped every text in it.
(function () {
  const root = "/__conformance/";
  const $ = (selector) => document.querySelector(selector);
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const main = $("main");
  const list = $("#rows");
  const pane = $("#pane");
  const wide = window.matchMedia("(min-width: 60rem)");
  const maxRows = 500; // as many as the server keeps

  function parse(html) {
    return new DOMParser().parseFromString(html, "text/html").body;
  }

  // Makes a paragraph for the pane, to be shown in place of an exchange.
  function hint(...content) {
    const paragraph = document.createElement("p");
    paragraph.className = "hint";
    paragraph.append(...content);
    return paragraph;
  }

  // Filter

  const form = $("#filter");
  const words = $("#words");
  const wrong = $("#wrong");

  function fits(row) {
    if (wrong.checked && !row.classList.contains("bad")) return false;
    const text = row.textContent.toLowerCase();
    return words.value.toLowerCase().split(/\s+/).every((word) => text.includes(word));
  }

  // The rows that keys step through: exchanges, or operations.
  function steps() {
    return list ? all("li.row", list) : all("[data-row]");
  }

  function filter() {
    for (const row of steps()) {
      row.hidden = !fits(row);
    }
    explainEmptyList();
  }

  function explainEmptyList() {
    const rows = steps();
    $("#empty").hidden = rows.length > 0;
    $("#none").hidden = rows.length === 0 || rows.some((row) => !row.hidden);
  }

  function toggleWrong() {
    wrong.checked = !wrong.checked;
    filter();
  }

  if (form) {
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  // The chosen exchange

  function rowOf(number) {
    return $('li.row[data-number="' + Number(number) + '"]');
  }

  function choose(row) {
    for (const old of all("li.chosen", list)) {
      old.classList.remove("chosen");
      old.querySelector("a").removeAttribute("aria-current");
    }
    if (!row) return;
    row.classList.add("chosen");
    row.querySelector("a").setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
  }

  // Counts the choices, so that a late response does not replace a newer choice.
  let choices = 0;

  async function open(number, options) {
    const choice = ++choices;
    choose(rowOf(number));
    const content = await fetchExchange(number);
    if (choice !== choices) return;

    pane.replaceChildren(...content);
    main.classList.add("open");
    prepare(pane);
    pane.scrollTop = 0;
    if (!wide.matches) window.scrollTo(0, 0);
    if (options.focus) pane.focus({ preventScroll: true });
    if (options.push) history.pushState({}, "", root + "exchanges/" + number);
    else if (options.replace) history.replaceState({}, "", root + "exchanges/" + number);
  }

  // Returns the nodes for the pane: an exchange, or a hint that says why there is
  // none. On a narrow window the pane hides the list, so the hint has a way back.
  async function fetchExchange(number) {
    const back = document.createElement("a");
    back.href = root;
    back.dataset.back = "";
    back.textContent = "All exchanges";

    try {
      const response = await fetch(root + "exchanges/" + number + "?part");
      if (response.ok) return parse(await response.text()).childNodes;
      return [hint("This exchange is not kept any more. ", back)];
    } catch {
      return [hint("The server does not respond. ", back)];
    }
  }

  function close(push) {
    choices++;
    main.classList.remove("open");
    const chosen = $("li.chosen a");
    choose(null);
    pane.replaceChildren(hint("Choose an exchange to see its request, its response and what is wrong in them."));
    if (push) history.pushState({}, "", root);
    if (chosen) chosen.focus();
  }

  if (list) {
    document.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      const link = event.target.closest("li.row a, [data-back]");
      if (!link) return;
      event.preventDefault();
      if (link.matches("[data-back]")) close(true);
      else open(link.parentElement.dataset.number, { push: true, focus: !wide.matches });
    });
    window.addEventListener("popstate", () => {
      const number = location.pathname.startsWith(root + "exchanges/") && location.pathname.split("/").pop();
      if (number) open(number, {});
      else close(false);
    });
  }

  // Copy

  function prepare(within) {
    for (const button of all("button[data-copy]", within)) {
      button.hidden = !navigator.clipboard;
    }
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });

  // Keys

  const keys = $("#keys");
  const help = $("[data-help]");
  help.hidden = false;
  help.addEventListener("click", () => keys.showModal());

  function step(by) {
    const links = steps().filter((row) => !row.hidden).map((row) => row.querySelector("a")).filter(Boolean);
    if (!links.length) return;
    const from = links.findIndex((link) => link === document.activeElement || link.matches('[aria-current="true"]'));
    const first = by > 0 ? 0 : links.length - 1;
    const to = from < 0 ? first : Math.max(0, Math.min(links.length - 1, from + by));
    links[to].focus();
    links[to].scrollIntoView({ block: "nearest" });
    if (list && wide.matches && to !== from) open(links[to].parentElement.dataset.number, { replace: true });
  }

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || keys.open) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape") {
      // A chosen exchange may still be on its way.
      const isOpen = main.classList.contains("open") || $("li.chosen");
      if (typing) event.target.blur();
      else if (list && isOpen) close(true);
      return;
    }
    if (typing) return;
    const parts = all("nav a");
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/" && form) words.focus();
    else if (event.key === "f" && form) toggleWrong();
    else if (event.key === "?") keys.showModal();
    else if (/^[1-9]$/.test(event.key) && parts[event.key - 1]) parts[event.key - 1].click();
    else return;
    event.preventDefault();
  });

  // Exchanges as they end

  if (list) {
    const state = $(".state");
    const events = new EventSource(root + "events?after=" + encodeURIComponent(main.dataset.after));
    events.addEventListener("open", () => state.classList.add("on"));
    events.addEventListener("error", () => state.classList.remove("on"));
    events.addEventListener("restart", () => {
      list.replaceChildren();
      explainEmptyList();
    });
    events.addEventListener("exchange", (event) => {
      const row = parse("<ol>" + event.data + "</ol>").querySelector("li");
      row.classList.add("new");
      row.hidden = !fits(row);
      // On a narrow window the page scrolls, and must not move under the reader.
      const scrolled = window.scrollY > 0 && !wide.matches;
      const height = scrolled ? document.documentElement.scrollHeight : 0;
      list.prepend(row);
      if (list.childElementCount > maxRows) list.lastElementChild.remove();
      if (scrolled) window.scrollBy(0, document.documentElement.scrollHeight - height);
      explainEmptyList();
    });
    events.addEventListener("totals", (event) => {
      const totals = JSON.parse(event.data);
      for (const [name, total] of Object.entries(totals)) {
        $('[data-total="' + name + '"]').textContent = total;
      }
    });
    window.addEventListener("pagehide", () => events.close());
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  prepare(document);
})();
