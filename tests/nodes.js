// The Nodes that people run, for this machine: optionalDependencies of package.json.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const { optionalDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Their major versions and programs, the oldest first. */
export const NODES = Object.keys(optionalDependencies)
  .map((name) => ({ name, parts: name.split("-") }))
  .filter(({ parts: [, , os, cpu] }) => os === process.platform && cpu === process.arch)
  .map(({ name, parts: [, major] }) => ({
    major: Number(major),
    program: fileURLToPath(new URL(`../node_modules/${name}/bin/node`, import.meta.url)),
  }));
