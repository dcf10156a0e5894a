"use strict";
// What the page does in addition to what the server rendered: it adds exchanges
// as they end, filters, copies, and reacts to keys. The HTML of a row and of an
// exchange comes from the server, which has escaped every text in it.
(function () {
  const root = "/__conformance/";
  const $ = (selector) => document.querySelector(selector);
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const main = $("main");
  const list = $("#rows");
  const pane = $("#pane");
  const wide = window.matchMedia("(min-width: 60rem)");
  const maxRows = 500;

  function parse(html) {
    return new DOMParser().parseFromString(html, "text/html").body;
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
    let shown = 0;
    const rows = steps();
    for (const row of rows) {
      row.hidden = !fits(row);
      if (!row.hidden) shown++;
    }
    $("#none").hidden = shown > 0 || rows.length === 0;
  }

  if (form) {
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  // The chosen exchange

  function rowOf(number) {
    return list && $('li.row[data-number="' + Number(number) + '"]');
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

  let asked = 0;

  async function open(number, options) {
    const turn = ++asked;
    choose(rowOf(number));
    const response = await fetch(root + "exchanges/" + number + "?part").catch(() => null);
    if (turn !== asked) return; // another one was chosen meanwhile
    if (!response || !response.ok) {
      pane.replaceChildren(parse('<p class="hint">This exchange is not kept any more.</p>').firstChild);
      return;
    }
    const html = await response.text();
    if (turn !== asked) return;
    pane.replaceChildren(...parse(html).childNodes);
    main.classList.add("open");
    prepare(pane);
    pane.scrollTop = 0;
    if (!wide.matches) window.scrollTo(0, 0);
    if (options.focus) pane.focus({ preventScroll: true });
    if (options.push) history.pushState({ number: number }, "", root + "exchanges/" + number);
    else if (options.replace) history.replaceState({ number: number }, "", root + "exchanges/" + number);
  }

  function close(push) {
    asked++;
    main.classList.remove("open");
    const chosen = $("li.chosen a");
    choose(null);
    pane.replaceChildren(parse('<p class="hint">Choose an exchange to see its request, its response and what is wrong in them.</p>').firstChild);
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
    const to = from < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, from + by));
    links[to].focus();
    links[to].scrollIntoView({ block: "nearest" });
    if (list && wide.matches && to !== from) open(links[to].parentElement.dataset.number, { replace: true });
  }

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || keys.open) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape") {
      if (typing) event.target.blur();
      else if (list && main.classList.contains("open")) close(true);
      return;
    }
    if (typing) return;
    const links = all("nav a");
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/" && form) words.focus();
    else if (event.key === "f" && form) { wrong.checked = !wrong.checked; filter(); }
    else if (event.key === "?") keys.showModal();
    else if (event.key >= "1" && event.key <= "9" && links[event.key - 1]) links[event.key - 1].click();
    else return;
    event.preventDefault();
  });

  // Exchanges as they end

  if (list) {
    const state = $(".state");
    let rows = list.children.length;
    const events = new EventSource(root + "events?after=" + encodeURIComponent(main.dataset.after));
    events.addEventListener("open", () => state.classList.add("on"));
    events.addEventListener("error", () => state.classList.remove("on"));
    events.addEventListener("restart", () => { list.replaceChildren(); rows = 0; });
    events.addEventListener("exchange", (event) => {
      const row = parse("<ol>" + event.data + "</ol>").querySelector("li");
      row.classList.add("new");
      row.hidden = !fits(row);
      const anchor = window.scrollY > 0 && !wide.matches ? document.documentElement.scrollHeight : 0;
      list.prepend(row);
      if (++rows > maxRows) { list.lastElementChild.remove(); rows--; }
      if (anchor) window.scrollBy(0, document.documentElement.scrollHeight - anchor);
      $("#empty").hidden = true;
    });
    events.addEventListener("totals", (event) => {
      const totals = JSON.parse(event.data);
      for (const name of Object.keys(totals)) {
        const shown = $('[data-total="' + name + '"]');
        if (shown.textContent !== String(totals[name])) shown.textContent = totals[name];
      }
    });
    window.addEventListener("pagehide", () => events.close());
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  prepare(document);
})();
