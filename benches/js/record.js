// A run's timings, kept with the facts about their machine, and their picture.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";

import { drawNewest } from "./chart.js";

/** Writes `benches/record/<date>-<cpu>.json` and draws it. */
export async function record(timings) {
  const cpu = cpus()[0].model;
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    cpu,
    rustc: execFileSync("rustc", ["--version"], { encoding: "utf8" }).trim(),
    node: process.version,
    workerd: JSON.parse(readFileSync(join(import.meta.dirname, "../../node_modules/workerd/package.json"), "utf8")).version,
  };
  // One a line, so that two records can be compared.
  const lines = Object.entries(facts).map(([name, fact]) => `  "${name}": ${JSON.stringify(fact)},\n`);
  const rows = timings.map((timing) => JSON.stringify(timing)).join(",\n    ");
  const folder = join(import.meta.dirname, "../record");
  const words = cpu.toLowerCase().match(/[a-z0-9]+/g);
  const file = join(folder, `${[facts.date, ...words].join("-")}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `{\n${lines.join("")}  "timings": [\n    ${rows}\n  ]\n}\n`);
  await drawNewest();
  console.error(`\n${file}`);
}
