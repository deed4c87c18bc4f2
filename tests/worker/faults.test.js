// Forms by the hundreds while a third of the calls from the worker to Lambda goes wrong: whatever was
// accepted has to arrive. POSTS says how many, if not 300.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startWorker } from "./worker.js";

const POSTS = Number(process.env.POSTS ?? 300);
const AT_ONCE = 64;
const FAULTS = ["throttle", "error", "bad-gateway", "close", "close-late", "silence", "silence-late"];

test(`${POSTS} forms, ${AT_ONCE} at a time, through faults`, { timeout: 30 * 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "formevent-"));
  after(() => rm(folder, { recursive: true }));
  const contacts = join(folder, "contacts.jsonl");
  const lambda = await startFunction({ program: process.env.CARGO_LAMBDA, contacts });
  after(() => lambda.close());

  // The same faults in each run, as far as the calls come in the same order.
  const injected = {};
  const fault = (number) => {
    const random = (Math.imul(number + 1, 2654435761) >>> 8) / 2 ** 24;
    if (random >= 1 / 3) return undefined;
    const name = FAULTS[Math.floor(random * 3 * FAULTS.length)];
    injected[name] = (injected[name] ?? 0) + 1;
    return name;
  };
  const front = await startFront({ deliver: lambda.invoke, fault });
  after(() => front.close());
  const worker = await startWorker({ ...front.settings, ATTEMPT_TIMEOUT_MS: 500, TIME_BUDGET_MS: 1_500 });
  after(() => worker.close());

  const accepted = new Map();
  const refused = new Set();
  let next = 0;
  const client = async () => {
    for (let number; (number = next++) < POSTS; ) {
      const response = await fetch(worker.url, {
        method: "POST",
        body: new URLSearchParams({ name: `Ada ${number}`, email: "ada@example.com", message: `No. ${number}` }),
      });
      const { requestId } = await response.json();
      if (response.status === 202) accepted.set(requestId, `Ada ${number}`);
      else if (response.status === 503) refused.add(requestId);
      else assert.fail(`form ${number}: ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  await front.idle();

  const lines = (await readFile(contacts, "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));
  const stored = new Map(lines.map(({ requestId, name }) => [requestId, name]));
  t.diagnostic(
    `${accepted.size} accepted, ${refused.size} refused with 503 (${[...refused].filter((id) => stored.has(id)).length} of them arrived all the same), ` +
      `${front.calls.length} calls, faults ${JSON.stringify(injected)}, ${front.accepted.length} events taken by Lambda, ${lines.length} forms stored`,
  );
  assert.equal(accepted.size + refused.size, POSTS);
  assert.ok(accepted.size > POSTS / 2);
  assert.deepEqual(front.failed, []);
  assert.equal(stored.size, lines.length, "each form is stored once");
  for (const [requestId, name] of accepted) assert.equal(stored.get(requestId), name);
  for (const requestId of stored.keys()) assert.ok(accepted.has(requestId) || refused.has(requestId));
  assert.ok(front.accepted.length > stored.size, "some events came twice, or this shows nothing");
  for (const name of FAULTS) assert.ok(injected[name], `${name} was tried`);
  const secrets = Object.values(front.settings).filter((text) => text.length > 15 && !text.startsWith("http"));
  for (const line of worker.logged) {
    for (const secret of secrets) assert.ok(!line.includes(secret), line);
    assert.ok(!line.includes("example.com"), line);
  }
});
