// Opens the pages of the mock and of the proxy, and the HTML report, in headless
// Chromium: wide and narrow, light and dark. It keeps a screenshot of each in
// dist/screenshots, fails on a message on the console and on a request to another
// host, and lets axe-core look for barriers to people with disabilities.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const program = process.env.KAPTURE_CONFORMANCE;
const folder = process.env.WORK;
const screenshots = path.resolve(import.meta.dirname, "../../dist/screenshots");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const root = "/__conformance/";

const addPath = "/ms/customer/customer/api/v1/add-update";
const ticketPath = "/add-ticket-from-other-source.html/v.2.0";
const getPath = "/search-customer-by-customer-id.html";
const good = '{"customer_info":{"customer_name":"Asha Example","phone":"9000000001","email":"asha@example.com"}}';
const wrong = '{"customer_info":{"customer_name":"<img src=x onerror=alert(1)>","phone":9000000001}}';

const views = {
  "wide-light": { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  "wide-dark": { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  "narrow-light": { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true },
  "narrow-dark": { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true },
};

let browser;
const servers = {};

// Starts a server, which runs until its standard input ends.
async function start(...args) {
  const child = spawn(program, [...args, "--addr", "127.0.0.1:0", "--ready-file", "-", "--exit-with-stdin"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const [line] = await once(readline.createInterface({ input: child.stdout }), "line");
  return { child, url: JSON.parse(line).url };
}

// Sends a request as a client does. A fault of the mock may break its response.
async function post(server, at, body, key = "test-acme") {
  const headers = { "Content-Type": "application/json", Authorization: "Basic " + key };
  const response = await fetch(server.url + at, { method: "POST", headers, body }).catch(() => null);
  await response?.text().catch(() => null);
}

async function seed(server) {
  await post(server, addPath, good);
  await post(server, getPath, '[{"phone":"9000000001"}]');
  await post(server, ticketPath, '[{"queue":"sales","title":"Broken lamp"}]');
  await post(server, "/ms/customer/customer/api/v1/add-updat", good);
  await post(server, getPath, '[{"phone":"9000000001"}]', "production-key");
  await post(server, ticketPath, '{"queue":"sales"}', "test-second");
  await post(server, addPath, wrong);
}

before(async () => {
  mkdirSync(screenshots, { recursive: true });
  servers.mock = await start("mock");
  servers.proxy = await start("proxy", "--upstream", servers.mock.url);
  servers.open = await start("proxy", "--upstream", servers.mock.url, "--show-values");
  servers.empty = await start("mock");
  await seed(servers.open);
  await seed(servers.proxy);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
});

after(async () => {
  await browser?.close();
  for (const server of Object.values(servers)) {
    server.child.stdin.end();
    await once(server.child, "exit");
  }
});

// Opens a page, and fails the test on an error of a script, on a request to another
// host, and on a message on the console that is not expected.
async function open(t, address, view, expected = /^$/) {
  const context = await browser.newContext({ ...view, reducedMotion: "reduce" });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => {
    if (!expected.test(message.text())) faults.push("console: " + message.text());
  });
  page.on("pageerror", (error) => faults.push("script: " + error.message));
  page.on("request", (request) => {
    const isOwn = request.url().startsWith("file:") || new URL(request.url()).host === new URL(address).host;
    if (!isOwn) faults.push("request to " + request.url());
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(faults, []);
  });
  await page.goto(address);
  return page;
}

// Fails on what axe-core finds, and on a page that is wider than the window.
async function inspect(page) {
  // A script element would be blocked by the page's policy.
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const found = result.violations.map(({ id, nodes }) => {
    return id + ": " + nodes.map((node) => node.target.join(" ") + " " + node.failureSummary).join("; ");
  });
  assert.deepEqual(found, []);
  const [content, available] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= available, "the content is " + content + " wide, the window " + available);
}

async function capture(page, name, options = {}) {
  await page.screenshot({ path: path.join(screenshots, name + ".png"), ...options });
}

const parts = {
  live: { server: "mock", at: root },
  empty: { server: "empty", at: root },
  exchange: { server: "mock", at: root, choose: ".row.bad a" },
  "unknown-path": { server: "mock", at: root, choose: '.row.bad:has-text("operation-unknown") a' },
  hidden: { server: "proxy", at: root, choose: ".row.bad a" },
  coverage: { server: "mock", at: root + "coverage", long: true },
  faults: { server: "mock", at: root + "faults", long: true },
  contract: { server: "mock", at: root + "contract/" },
  operation: { server: "mock", at: root + "contract/tickets.html#addTicket" },
  missing: { server: "mock", at: root + "exchanges/99999", status: 404 },
};

for (const [viewName, view] of Object.entries(views)) {
  describe(viewName, () => {
    for (const [name, part] of Object.entries(parts)) {
      test(name, async (t) => {
        if (part.status) {
          const response = await fetch(servers[part.server].url + part.at);
          assert.equal(response.status, part.status);
          assert.match(await response.text(), /not kept any more/);
          return;
        }
        const page = await open(t, servers[part.server].url + part.at, view);
        await page.waitForSelector(name === "live" ? ".state.on" : "main");
        if (part.choose) {
          await page.click(part.choose);
          await page.waitForSelector(".pane .exchange");
        }
        await inspect(page);
        await capture(page, name + "-" + viewName, { fullPage: part.long && viewName.startsWith("narrow") });
      });
    }

    test("report", async (t) => {
      const page = await open(t, pathToFileURL(path.join(folder, "report.html")).href, view);
      await page.fill("#filter input", "case-expectation addTicket");
      assert.match(await page.textContent("#filter output"), /^[1-9]\d* of \d+ shown$/);
      assert.equal(await page.locator(".finding:visible:not(:has-text('addTicket'))").count(), 0);
      await page.fill("#filter input", "");
      assert.match(await page.getAttribute(".finding li small a", "href"), /\/conformance\/cases\/\w+\.yaml#L\d+$/);
      await page.click(".finding details summary");
      await inspect(page);
      await capture(page, "report-" + viewName);
    });
  });
}

describe("behaviour", () => {
  test("an exchange appears when it ends, with its finding at the line of the field", async (t) => {
    const page = await open(t, servers.mock.url + root, views["wide-light"]);
    await page.waitForSelector(".state.on");
    const before = await page.locator(".row").count();
    await post(servers.mock, addPath, wrong, "test-live");
    await page.waitForSelector('.row:first-child.bad:has-text("world live")');
    assert.equal(await page.locator(".row").count(), before + 1);
    assert.equal(await page.textContent("[data-total=seen]"), String(before + 1));

    await page.click(".row:first-child a");
    const marked = page.locator(".json .marked");
    assert.match(await marked.textContent(), /"phone": 9000000001.*schema-type/s);
    assert.equal(await page.locator("img[src=x]").count(), 0); // a value that is markup stays text
    assert.match(page.url(), /exchanges\/\d+$/);
    await page.click(".finding .goto");
    assert.match(page.url(), /#finding-1-line$/);
    await capture(page, "line-wide-light");
  });

  test("keys", async (t) => {
    const page = await open(t, servers.mock.url + root, views["wide-light"]);
    await page.waitForSelector(".state.on");
    const chosen = () => page.getAttribute(".row.chosen", "data-number");
    await page.keyboard.press("j");
    await page.waitForSelector(".row.chosen");
    const first = Number(await chosen());
    await page.keyboard.press("j");
    await page.waitForFunction((n) => Number(document.querySelector(".row.chosen").dataset.number) === n - 1, first);
    await page.keyboard.press("k");
    await page.waitForFunction((n) => Number(document.querySelector(".row.chosen").dataset.number) === n, first);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".row.chosen", { state: "detached" });
    await page.keyboard.press("Enter"); // the row has the focus again
    await page.waitForSelector(".row.chosen");

    await page.keyboard.press("/");
    await page.keyboard.type("second");
    const visible = page.locator(".row:not([hidden])");
    assert.equal(await visible.count(), await page.locator('.row:has-text("world second")').count());
    await page.keyboard.press("Escape");
    await page.keyboard.press("f");
    assert.equal(await page.locator(".row:not([hidden]):not(.bad)").count(), 0);
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    await inspect(page);
    await capture(page, "keys-wide-light");
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog[open]", { state: "detached" });
    await page.keyboard.press("4");
    await page.waitForURL("**/contract/");
  });

  test("Escape gives up an exchange that has not arrived", async (t) => {
    const page = await open(t, servers.mock.url + root, views["wide-light"]);
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    await page.route("**/exchanges/*?part", (route) => released.then(() => route.continue()));
    await page.keyboard.press("j");
    await page.waitForSelector(".row.chosen");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".row.chosen", { state: "detached", timeout: 5000 });

    const arrived = page.waitForResponse("**/exchanges/*?part");
    release();
    await arrived;
    assert.equal(await page.locator(".pane .exchange").count(), 0);
  });

  test("the note that nothing fits the filter goes when something does", async (t) => {
    const page = await open(t, servers.mock.url + root, views["wide-light"]);
    await page.waitForSelector(".state.on");
    await page.fill("#words", "world late");
    await page.waitForSelector("#none", { state: "visible" });
    await post(servers.mock, addPath, good, "test-late");
    await page.waitForSelector('.row:visible:has-text("world late")');
    assert.equal(await page.isVisible("#none"), false);
  });

  test("an exchange that is not kept any more says so on a telephone too", async (t) => {
    const page = await open(t, servers.mock.url + root, views["narrow-light"], /status of 404/);
    await page.route("**/exchanges/*?part", (route) => route.fulfill({ status: 404 }));
    await page.tap(".row.bad a");
    await page.waitForSelector("text=not kept any more", { state: "visible", timeout: 5000 });
    await page.tap("[data-back]");
    await page.waitForSelector(".list", { state: "visible" });
  });

  test("on a telephone an exchange takes the place of the list, and back", async (t) => {
    const page = await open(t, servers.mock.url + root, views["narrow-light"]);
    await page.tap(".row.bad a");
    await page.waitForSelector(".pane .exchange");
    assert.equal(await page.isVisible(".list"), false);
    await page.goBack();
    await page.waitForSelector(".list", { state: "visible" });
    assert.equal(await page.isVisible(".pane"), false);
  });

  test("switches arm and disarm faults", async (t) => {
    const page = await open(t, servers.empty.url + root + "faults", views["wide-light"]);
    await page.selectOption("[name=operation]", "getCustomer");
    await page.selectOption("[name=kind]", "truncated-json");
    await page.fill("[name=settings]", "1");
    await page.click(".arm button");
    await page.waitForSelector('.armed:has-text("getCustomer=truncated-json:1")');
    await inspect(page);
    await post(servers.empty, getPath, '[{"phone":"9000000001"}]');
    await page.reload();
    await page.waitForSelector('.armed:has-text("1 hit")');
    await capture(page, "armed-wide-light");
    await page.click(".armed button");
    await page.waitForSelector("text=the mock behaves");
    await page.goto(servers.empty.url + root);
    await page.click('.row:has-text("fault truncated-json") a');
    await page.waitForSelector(".pane .json .marked");
    await inspect(page);
    await capture(page, "truncated-wide-light");
  });

  test("a proxy hides values until it is asked for them", async (t) => {
    const text = async (server) => {
      const page = await open(t, server.url + root, views["wide-light"]);
      await page.click('.row:has-text("finding") a');
      await page.waitForSelector(".pane .exchange");
      return page.textContent(".pane");
    };
    const hidden = await text(servers.proxy);
    assert.doesNotMatch(hidden, /9000000001|onerror/);
    assert.match(hidden, /string\(28\)/);
    const shown = await text(servers.open);
    assert.match(shown, /9000000001/);
    assert.doesNotMatch(hidden + shown, /test-acme/);
  });

  test("the contract is filtered by keys", async (t) => {
    const page = await open(t, servers.mock.url + root + "contract/tickets.html", views["wide-light"]);
    await page.keyboard.press("j");
    assert.match(await page.evaluate(() => document.activeElement.getAttribute("href")), /^#\w+$/);
    await page.keyboard.press("/");
    await page.waitForURL((url) => url.search === "?filter");
    await page.keyboard.type("faq categories");
    assert.match(await page.textContent("#filter output"), /^1 of \d+ operations$/);
    assert.equal(await page.locator(".operations li:visible").count(), 1);
    await inspect(page);
    await capture(page, "contract-filter-wide-light");
    await page.keyboard.press("ArrowDown");
    assert.match(await page.evaluate(() => document.activeElement.textContent), /getFAQCategories/);
    await page.keyboard.press("k");
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    assert.ok((await page.locator(".operations li:visible").count()) > 10);
    await page.keyboard.press("/");
    await page.keyboard.type("getCustomer");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/contract/customers.html#getCustomer");
  });

  test("the contract works without its script", async (t) => {
    const view = { ...views["wide-light"], javaScriptEnabled: false };
    const page = await open(t, servers.mock.url + root + "contract/", view);
    assert.equal(await page.isVisible("#filter"), false);
    await page.click(".operations li:has-text('addTicket') a");
    await page.waitForURL("**/contract/tickets.html#*");
  });

  test("the page works without its script", async (t) => {
    const page = await open(t, servers.mock.url + root, { ...views["wide-light"], javaScriptEnabled: false });
    await page.click(".row.bad a");
    await page.waitForSelector(".pane .marked");
  });
});
