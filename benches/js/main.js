// `npm run bench -- [--quick] [--json] [--record] [--node MAJOR] GROUP...` compares the npm package with its peers and prints a
// table. The table also has the timings of the crate that criterion left in target/bench.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { NODES } from "../../tests/nodes.js";
import { cold } from "./cold.js";
import { criterion } from "./criterion.js";
import { measure } from "./measure.js";
import { node } from "./node.js";
import { record } from "./record.js";
import { AVX2_ALONE, print } from "./table.js";
import { workerd } from "./workerd.js";

const { values, positionals: groups } = parseArgs({
  options: { quick: { type: "boolean" }, json: { type: "boolean" }, record: { type: "boolean" }, node: { type: "string" } },
  allowPositionals: true,
});
// One of the Nodes that package-lock.json pins, the newest unless you ask for another.
const program = NODES.findLast(({ major }) => major === Number(values.node ?? major))?.program;
if (program && existsSync(program)) {
  if (process.execPath !== realpathSync(program)) process.exit(spawnSync(program, process.argv.slice(1), { stdio: "inherit" }).status ?? 1);
} else if (values.node) throw new Error(`Node ${values.node} is not installed`);
const rounds = values.quick ? 7 : 15;

const file = (name) => readFileSync(join(import.meta.dirname, `../data/${name}.txt`), "utf8");
const bodies = { tiny: "a=1&b=2" };
for (const name of ["contact", "many", "long", "japanese"]) bodies[name] = file(name);

const target = (folder) => join(import.meta.dirname, "../../target", folder);
const results = criterion(target("bench"));
for (const timing of criterion(target("bench-avx2"))) results.push({ ...timing, group: timing.group + AVX2_ALONE });
// The time of a request to workerd varies by a millisecond, so its samples are longer.
for (const [prefix, launch, long] of [
  ["js", node, values.quick ? 10 : 30],
  ["workerd", workerd, values.quick ? 40 : 100],
]) {
  const wanted = ["raw", "decode"].filter((rules) => groups.includes(`${prefix}-${rules}`));
  if (wanted.length === 0) continue;
  const runtime = await launch();
  for (const rules of wanted) {
    const group = `${prefix}-${rules}`;
    console.error(`\n${group}`);
    for (const [body, text] of Object.entries(bodies)) {
      await runtime.load(body, text);
      const subjects = await agreeing(runtime, rules, body);
      const milliseconds = (subject, times) => runtime.milliseconds(rules, subject, body, times);
      for (const [subject, ns] of await measure(subjects, milliseconds, { rounds, long })) {
        console.error(`  ${body} ${subject}: ${ns.toFixed(0)} ns`);
        results.push({ group, case: body, subject, ns, bytes: text.length });
      }
    }
  }
  await runtime.end();
}
if (groups.includes("js-cold")) results.push(...(await cold(bodies.contact, values.quick ? 3 : 9)));

if (values.json) {
  console.log(JSON.stringify(results));
} else {
  const baseline = criterion(target("bench-baseline"));
  const module = baseline.length ? await import("./module.js") : undefined;
  print(results, { baseline, module });
}
if (values.record) await record(results);

/** Returns the subjects that give the same answer as formevent. */
async function agreeing(runtime, rules, body) {
  const expected = await runtime.answer(rules, "formevent", body);
  const subjects = [];
  for (const subject of await runtime.names(rules)) {
    const same = (await runtime.answer(rules, subject, body)) === expected;
    if (same) subjects.push(subject);
    else console.error(`  ${body} ${subject}: left out, since its answer differs`);
  }
  return subjects;
}
