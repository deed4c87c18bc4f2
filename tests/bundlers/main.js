// `node tests/bundlers/main.js [WORDS]` runs the rows whose names contain WORDS, and prints a table.
import { close, run } from "./matrix.js";
import { ROWS } from "./rows.js";

const only = process.argv[2] ?? "";
const rows = ROWS.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
const failed = [];
const outcomes = {};
for (const row of rows) {
  const began = performance.now();
  const { outcome, output } = await run(row);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  console.log(`| ${row.name.padEnd(56)} | ${outcome.padEnd(11)} | ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s |`);
  if (outcome === "fails") failed.push(`${row.name}:\n${output}\n`);
}
await close();
console.log(
  `${rows.length} rows: ${Object.entries(outcomes)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(", ")}`,
);
for (const text of failed) console.error(`\n${text}`);
if (failed.length || !rows.length) process.exitCode = 1;
