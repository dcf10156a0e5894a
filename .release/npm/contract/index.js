import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export function path(name = "kapture.json") {
  return fileURLToPath(new URL(name, import.meta.url));
}

export function load(name = "kapture.json") {
  return JSON.parse(readFileSync(path(name), "utf8"));
}
