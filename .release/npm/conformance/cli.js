#!/usr/bin/env node
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { program } from "./index.js";

const child = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
// Pass signals on, and live until the program has ended: its exit code is ours.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`kapture-conformance: ${error.message}`);
  process.exitCode = 2;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
