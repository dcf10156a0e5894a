// Tests as a user writes them with the test runner of Node.js.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startMock } from "@kapture-community/conformance";
import { load, path } from "@kapture-community/contract";

const ADD = "/ms/customer/customer/api/v1/add-update";
let kapture;

before(async () => {
  kapture = await startMock();
});
after(() => kapture.stop());

async function add(key, customer) {
  const response = await fetch(kapture.url + ADD, {
    method: "POST",
    headers: { Authorization: `Basic ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ customer_info: customer }),
  });
  return response.json();
}

test("a request that conforms", async () => {
  const key = kapture.key("conforms");
  const added = await add(key, { customer_name: "Asha Example", phone: "9000000001" });
  assert.equal(added.status, "success");
  assert.deepEqual(await kapture.findings("conforms"), []);
});

test("a request that breaks the contract", async () => {
  await add(kapture.key("breaks"), { customer_name: "Asha Example", phone: 9000000001 });
  const [finding] = await kapture.findings("breaks");
  assert.equal(finding.code, "schema-type");
  assert.equal(finding.pointer, "/customer_info/phone");
  assert.match(finding.text, /^addUpdateCustomer: schema-type/);
});

test("a key without a name is that of a new world", () => {
  assert.match(kapture.key(), /^test-[0-9a-f]{32}$/);
  assert.notEqual(kapture.key(), kapture.key());
  assert.equal(kapture.key("a b/c"), "test-a_b_c");
});

test("a mock with a wrong flag says why", async () => {
  await assert.rejects(startMock({ args: ["--fault", "nothing"] }), /the mock did not start: .*--fault/s);
});

test("a program that is not the mock is an error", async () => {
  process.env.KAPTURE_CONFORMANCE = "/bin/echo";
  try {
    await assert.rejects(startMock(), /the mock did not start: its first line is not JSON: mock --addr/);
  } finally {
    delete process.env.KAPTURE_CONFORMANCE;
  }
});

test("without --check there are no findings to ask for", async () => {
  const plain = await startMock({ check: false });
  await assert.rejects(plain.findings(), /nothing is checked here/);
  await plain.stop();
});

test("a mock ends with a process that is killed", async () => {
  const script = 'const m = await (await import("@kapture-community/conformance")).startMock();'
    + "console.log(m.url); setInterval(() => {}, 1000);";
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = await once(child.stdout.setEncoding("utf8"), "data");
  const health = `${url.trim()}/__conformance/health`;
  assert.equal((await fetch(health)).status, 200);
  child.kill("SIGKILL");

  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const response = await fetch(health).catch(() => undefined);
    if (response === undefined) {
      return;
    }
    await sleep(50);
  }
  assert.fail("the mock still runs");
});

test("a mock does not keep a process running", async () => {
  const script = 'await (await import("@kapture-community/conformance")).startMock();';
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: "ignore",
    timeout: 15_000,
    killSignal: "SIGKILL",
  });
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("the contract", () => {
  assert.equal(load().openapi, "3.0.3");
  assert.ok(Object.keys(load().paths).length > 10);
  assert.match(path("kapture.yaml"), /kapture\.yaml$/);
});
