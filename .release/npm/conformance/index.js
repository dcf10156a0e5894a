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

// started waits for the ready line of a child, or says why there is none.
function started(child, timeout) {
  const said = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    said.push(line);
    said.splice(0, said.length - 200);
  });
  return new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`the mock did not start: ${[reason, ...said].join("\n")}`));
    const late = setTimeout(() => {
      child.kill("SIGKILL");
      fail(`no ready line after ${timeout} ms`);
    }, timeout);
    child.once("error", (error) => {
      clearTimeout(late);
      fail(error.message);
    });
    child.once("close", (code) => {
      clearTimeout(late);
      fail(`it ended with ${code}`);
    });
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(late);
      resolve(JSON.parse(line).url);
    });
  });
}

export async function startMock({ check = true, args = [], timeout = 30_000 } = {}) {
  const flags = ["mock", "--addr", "127.0.0.1:0", "--ready-file", "-", "--exit-with-stdin"];
  const child = spawn(program(), [...flags, ...(check ? ["--check"] : []), ...args], { stdio: "pipe" });
  const closed = new Promise((resolve) => child.once("close", resolve));
  const url = await started(child, timeout);

  // The mock keeps no program running: it ends when its standard input does.
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) {
    handle.unref();
  }
  const stop = async () => {
    child.ref();
    child.stdin.end();
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await closed;
    clearTimeout(late);
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
    [Symbol.asyncDispose ?? Symbol.for("nodejs.asyncDispose")]: stop,
  };
}
