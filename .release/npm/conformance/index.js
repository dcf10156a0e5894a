import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);

export function program() {
  if (process.env.KAPTURE_CONFORMANCE) {
    return process.env.KAPTURE_CONFORMANCE;
  }
  const name = `@kapture-community/conformance-${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/kapture-conformance${process.platform === "win32" ? ".exe" : ""}`);
  } catch (cause) {
    const reason = "there is no program for this platform, or the install left out optional dependencies";
    throw new Error(`${name} is not installed: ${reason}`, { cause });
  }
}

export function key(world = "") {
  return "test-" + (world.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, 64) || randomUUID().replaceAll("-", ""));
}

// Waits until the mock is ready and returns its address. An error has the reason and
// the last lines of the log.
function untilReady(child, timeout) {
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line);
    log.splice(0, log.length - 200);
  });
  return new Promise((resolve, reject) => {
    const fail = (reason) => {
      clearTimeout(watchdog);
      child.kill("SIGKILL");
      reject(new Error(`the mock did not start: ${[reason, ...log].join("\n")}`));
    };
    const watchdog = setTimeout(() => fail(`no ready line after ${timeout} ms`), timeout);
    child.once("error", (error) => fail(error.message));
    child.once("close", (code) => fail(`it ended with ${code}`));
    createInterface({ input: child.stdout }).once("line", (line) => {
      let ready;
      try {
        ready = JSON.parse(line);
      } catch {
        fail(`its first line is not JSON: ${line}`);
        return;
      }
      clearTimeout(watchdog);
      resolve(ready.url);
    });
  });
}

export async function startMock({ check = true, args = [], timeout = 30_000 } = {}) {
  const flags = ["mock", "--addr", "127.0.0.1:0", "--ready-file", "-", "--exit-with-stdin"];
  const child = spawn(program(), [...flags, ...(check ? ["--check"] : []), ...args], { stdio: "pipe" });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const url = await untilReady(child, timeout);

  // The mock must not keep this process alive. When the process ends, so does the
  // mock's standard input, and with it the mock.
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) {
    handle.unref();
  }
  const stop = async () => {
    child.ref();
    child.stdin.end();
    const watchdog = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await closed;
    clearTimeout(watchdog);
  };
  return {
    url,
    key,
    async findings(world) {
      const query = world === undefined ? "" : `?${new URLSearchParams({ world })}`;
      const response = await fetch(`${url}/__conformance/findings${query}`);
      const body = await response.json();
      if (!response.ok) {
        throw new Error(body.error);
      }
      return body.findings;
    },
    stop,
    // Without a fallback, the key would be "undefined" in a Node.js that lacks the symbol.
    [Symbol.asyncDispose ?? Symbol.for("nodejs.asyncDispose")]: stop,
  };
}
