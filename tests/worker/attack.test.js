// Limits the memory that requests made to exhaust the worker can take. `cargo xtask attack` compares memory
// and CPU time with a worker that uses `request.text()`.
import assert from "node:assert/strict";
import { test } from "node:test";

import { attack } from "./attack.js";

// Name, the most MiB that the attack may add to the process, settings, and expected status. When the worker
// kept a buffer for each chunk, 60 KB took 277 MiB and 900 KB more than 700.
const CASES = [
  ["60 KB, a byte at a time", 60, {}, 200],
  ["60 KB, a byte at a time", 60, { DUPLICATES: "last" }, 200],
  ["60 KB, a byte at a time", 60, { DROPPED: "refuse" }, 200],
  ["900 KB, a byte at a time", 100, { DROPPED: "pass", DUPLICATES: "group" }, 200],
  ["900 KB, announced, 200 bytes at a time", 60, {}, 200],
  // A first buffer of 64 KiB for each took 238 MiB.
  ["1,000 uploads that stall after 2 bytes", 210, {}],
  ["200 uploads that stall after 80 KB", 140, {}],
  ["200 uploads that stall after 80 KB", 140, { DUPLICATES: "last" }],
  ["1 MB of x&", 60, {}, 200],
  ["1 MB of x&", 100, { DROPPED: "refuse" }, 413],
  ["1 MB of x&", 100, { DROPPED: "pass" }, 413],
  // A list of all segments took 271 MiB.
  ["1 MB of x&", 100, { DROPPED: "refuse", MAX_PAIRS: 1e6 }, 400],
  ["1 MB of x&", 100, { DROPPED: "pass", MAX_PAIRS: 1e6 }, 200],
  ["1 MB of NUL", 60, {}, 413],
];

for (const [name, most, settings, status] of CASES) {
  test(`${name} ${JSON.stringify(settings)}`, async (t) => {
    const { statuses, memory, cpu } = await attack(name, settings);
    t.diagnostic(`${memory} MiB more, ${cpu} ms of CPU time, statuses ${statuses}`);
    assert.ok(memory <= most, `${memory} MiB more, the limit is ${most}`);
    assert.deepEqual(statuses, status ? [status] : []);
  });
}
