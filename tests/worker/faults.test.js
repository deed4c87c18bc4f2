// Posts forms while a third of the worker's calls to Lambda fail and a quarter of the clients leave early.
// Each accepted form must arrive once, and nothing else. CLIENTS post FORMS forms, or for SECONDS. How many
// forms are accepted depends on the machine, so the counts are only printed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request as open } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startWorker } from "./worker.js";

const CLIENTS = Number(process.env.CLIENTS ?? 64);
const FORMS = Number(process.env.FORMS ?? 300);
const SECONDS = Number(process.env.SECONDS ?? Infinity);
const FAULTS = ["throttle", "error", "bad-gateway", "inactive", "timeout", "gone", "close", "close-late", "silence", "silence-late"];

/** Returns a number from 0 to 1, evenly distributed and the same in each run. */
const random = (number) => (Math.imul(number + 1, 2654435761) >>> 8) / 2 ** 24;

const fault = (call) => (random(call) < 1 / 3 ? FAULTS[Math.floor(random(call) * 3 * FAULTS.length)] : undefined);

/** Returns the fields of a form. One form in 31 has 80 KB. */
const form = (number) => ({
  name: `Ada ${number}`,
  email: `ada${number}@example.com`,
  message: `No. ${number}: ${"日x".repeat(number % 31 ? number % 100 : 8_000)}.`,
});

const leavesMidway = (number) => number % 8 === 3;
const leavesAfterwards = (number) => number % 8 === 7;

const agent = new Agent({ keepAlive: true });
after(() => agent.destroy());

/** Posts a form in pieces. Returns the status and the id, unless the client leaves. */
async function post(url, number) {
  const body = Buffer.from(`${new URLSearchParams(form(number))}`);
  const end = leavesMidway(number) ? Math.floor(random(number) * body.length) : body.length;
  const length = number % 3 ? { "content-length": body.length } : {};
  const headers = { "content-type": "application/x-www-form-urlencoded", ...length };
  const request = open(url, { agent, method: "POST", headers });
  const answer = once(request, "response").catch((error) => [undefined, error]);
  request.flushHeaders();
  const piece = Math.ceil(body.length / 4);
  for (let at = 0; at < end; at += piece) {
    await new Promise((written) => request.write(body.subarray(at, Math.min(at + piece, end)), written));
    await wait(1);
  }
  if (leavesMidway(number)) return void request.destroy();
  request.end();
  const leave = leavesAfterwards(number) ? setTimeout(() => request.destroy(), random(number) * 100) : undefined;
  const [response, error] = await answer;
  clearTimeout(leave);
  if (error && leave) return;
  if (error) throw error;
  response.resume();
  return { status: response.statusCode, requestId: response.headers["x-request-id"] };
}

const ways = {
  directly: { settings: { ATTEMPT_TIMEOUT_MS: 1_000, TIME_BUDGET_MS: 2_000 }, silent: 0 },
  // Batches are processed one after another, so use large ones that end soon.
  "through a queue": {
    settings: { ATTEMPT_TIMEOUT_MS: 500, TIME_BUDGET_MS: 1_500 },
    options: { config: "wrangler.durable", queueConsumers: { formevent: { maxBatchSize: 100, maxBatchTimeout: 1, maxRetries: 100 } } },
    // In ms. A message can wait in the queue for ten minutes.
    silent: 15 * 60_000,
  },
};

for (const [way, { settings, options, silent }] of Object.entries(ways)) {
  test(`${CLIENTS} clients post forms ${way} despite faults`, { timeout: 3 * 3_600_000 }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "formevent-"));
    const contacts = join(folder, "contacts.jsonl");
    const lambda = await startFunction({ program: process.env.CARGO_LAMBDA, contacts, env: { LOG_EVENTS: "false" } });
    after(() => lambda.close());
    const front = await startFront({ deliver: lambda.invoke, fault });
    after(() => front.close());
    const worker = await startWorker({ ...front.settings, ...settings }, options);
    after(() => worker.close());
    // Remove it last, or the function would create its file again.
    after(() => rm(folder, { recursive: true }));

    const accepted = new Map();
    const refused = new Set();
    const start = Date.now();
    let next = 0;
    const client = async () => {
      while (next < FORMS && Date.now() - start < SECONDS * 1_000) {
        const number = next++;
        const { status, requestId } = (await post(worker.url, number)) ?? {};
        if (status === 202) accepted.set(number, requestId);
        else if (status === 503) refused.add(number);
        else assert.equal(status, undefined, `form ${number}`);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    const posted = Date.now();

    const missing = new Set(accepted.values());
    for (let read = 0, last = posted; ; await wait(100)) {
      const events = front.accepted.slice(read);
      for (const event of events) if (missing.delete(JSON.parse(event).requestId)) last = Date.now();
      read += events.length;
      if (!missing.size || Date.now() - last > silent) break;
    }
    await front.idle();

    const text = await readFile(contacts, "utf8");
    const stored = new Map();
    // Ignore an incomplete last line: forms of clients that left may still arrive.
    for (const line of text.slice(0, text.lastIndexOf("\n")).split("\n")) {
      const { requestId, name, email, message } = JSON.parse(line);
      const number = Number(name.slice(4));
      assert.ok(number < next, `${name} was never sent`);
      assert.deepEqual({ name, email, message }, form(number), `${name} is not complete`);
      assert.ok(!stored.has(number), `${name} is stored twice`);
      stored.set(number, requestId);
    }
    const faults = Object.fromEntries(FAULTS.map((name) => [name, front.calls.filter((call) => call.fault === name).length]));
    const all = Array.from({ length: next }, (_, number) => number);
    const left = all.filter((number) => !accepted.has(number) && !refused.has(number));
    const counted = (numbers) => `${numbers.length} (${numbers.filter((number) => stored.has(number)).length} of them stored)`;
    t.diagnostic(`${next} forms in ${(posted - start) / 1_000} s, the last event processed ${(Date.now() - posted) / 1_000} s later`);
    t.diagnostic(`202: ${counted([...accepted.keys()])}, 503: ${counted([...refused])}`);
    t.diagnostic(`clients left midway: ${counted(left.filter(leavesMidway))}, afterwards: ${counted(left.filter(leavesAfterwards))}`);
    t.diagnostic(`${front.calls.length} calls, failed: ${JSON.stringify(faults)}, events accepted by Lambda: ${front.accepted.length}`);
    t.diagnostic(`${worker.logged.filter((line) => line.includes("stays in the queue")).length} failed deliveries from the queue`);

    assert.deepEqual(front.failed, []);
    for (const [number, requestId] of accepted) assert.equal(stored.get(number), requestId, `form ${number} was accepted but not stored`);
    assert.deepEqual([...stored.keys()].filter(leavesMidway), []);
    assert.ok(accepted.size && left.some(leavesMidway), "too few forms to test anything");
    for (const name of FAULTS) assert.ok(faults[name], `too few calls for ${name}`);
    const secrets = Object.values(front.settings).filter((text) => text.length > 15 && !text.startsWith("http"));
    for (const line of worker.logged) {
      for (const secret of secrets) assert.ok(!line.includes(secret), line);
      assert.ok(!line.includes("example.com"), line);
    }
  });
}
