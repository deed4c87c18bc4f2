// The supported Node versions, installed through the optionalDependencies of package.json.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const { optionalDependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** Their major versions and executables for this machine, oldest first. */
export const NODES = Object.keys(optionalDependencies)
  .map((name) => ({ name, parts: name.split("-") }))
  .filter(({ parts: [, , os, cpu] }) => os === process.platform && cpu === process.arch)
  .map(({ name, parts: [, major] }) => ({
    major: Number(major),
    program: fileURLToPath(new URL(`../node_modules/${name}/bin/node`, import.meta.url)),
  }));
