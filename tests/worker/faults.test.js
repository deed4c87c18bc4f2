// Posts forms while a third of the worker's calls to the target fail and a quarter of the clients leave early.
// Each accepted form must arrive, complete, and nothing else. CLIENTS post FORMS forms to each target, or to TARGET
// alone. How many forms are accepted depends on the machine, so the counts are only printed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request as open } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { CREDENTIALS } from "./aws.js";
import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startMoto } from "./moto.js";
import { setUp } from "./targets.js";
import { startWorker } from "./worker.js";

const { CLIENTS, FORMS, TARGET } = process.env;

// In ms.
const SETTINGS = { ATTEMPT_TIMEOUT_MS: 1_000, TIME_BUDGET_MS: 2_000 };
// The longest time without an event. A message can wait in the queue for ten minutes.
const SILENCE = 15 * 60_000;

/**
 * The targets, with fewer forms than the soak test has, or none. They cause enough calls for each fault to come. With `batch`,
 * events go through a queue in such batches: one after another, so large ones. `again` tells whether an event may arrive again
 * after its answer got lost. Moto takes one call at a time, so more clients would only wait.
 */
const CASES = [
  { target: "lambda", clients: 32, forms: 300, again: true },
  { target: "lambda", batch: 100, clients: 32, forms: 300, again: true },
  { target: "sqs", clients: 8, forms: 50, again: true },
  { target: "sqs", batch: 30, clients: 32, forms: 400, again: true },
  { target: "sqs-fifo", clients: 8, forms: 50, again: false },
  { target: "sns", clients: 8, forms: 50, again: true },
  { target: "sns", batch: 30, clients: 32, again: true },
  { target: "eventbridge", clients: 8, forms: 50, again: true },
  { target: "eventbridge", batch: 30, clients: 32, again: true },
  { target: "step-functions", clients: 8, forms: 50, again: false },
];

/** The options of a worker behind a queue. */
const durable = (maxBatchSize) => ({
  config: "wrangler.durable",
  queueConsumers: { formevent: { maxBatchSize, maxBatchTimeout: 1, maxRetries: 100 } },
});

/** The APIs of AWS but Lambda's, once a target needs them. */
let moto;
after(async () => (await moto)?.close());

/** Starts a target and the server before it. `receive` returns the events that have arrived since it was called. */
async function start(target) {
  if (target === "lambda") return startLambda();
  moto ??= startMoto();
  const { gate, ...own } = await setUp(await moto, target);
  return { ...own, service: gate, check() {}, close: gate.close };
}

async function startLambda() {
  const folder = await mkdtemp(join(tmpdir(), "formevent-"));
  const contacts = join(folder, "contacts.jsonl");
  const lambda = await startFunction({ program: process.env.CARGO_LAMBDA, contacts, env: { LOG_EVENTS: "false" } });
  const front = await startFront({ deliver: lambda.invoke });
  return {
    service: front,
    settings: front.settings,
    receive: async () => front.accepted.splice(0).map((event) => ({ text: `${event}` })),
    /** Checks that the function has stored each event once. */
    async check(arrived) {
      assert.deepEqual(front.failed, []);
      const lines = (await readFile(contacts, "utf8")).split("\n").slice(0, -1);
      const stored = lines.map((line) => JSON.parse(line));
      const numbers = stored.map(({ name }) => numberOf(name));
      assert.deepEqual(sorted(numbers), sorted(arrived.keys()), "the function has not stored each form once");
      for (const { requestId, name, email, message } of stored) {
        assert.deepEqual({ name, email, message }, form(numberOf(name)), `${name} is not complete`);
        assert.equal(requestId, JSON.parse(arrived.get(numberOf(name))).requestId);
      }
    },
    async close() {
      await front.close();
      await lambda.close();
      // Remove it last, or the function would create its file again.
      await rm(folder, { recursive: true });
    },
  };
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);

/** Returns a number from 0 to 1, evenly distributed and the same in each run. */
const random = (number) => (Math.imul(number + 1, 2654435761) >>> 8) / 2 ** 24;

/** Returns a fault for a third of the calls. */
const faultOf = (faults) => (call) => faults[Math.floor(random(call) * 3 * faults.length)];

/** Returns the fields of a form. One form in 31 has 80 KB. */
const form = (number) => ({
  name: `Ada ${number}`,
  email: `ada${number}@example.com`,
  message: `No. ${number}: ${"日x".repeat(number % 31 ? number % 100 : 8_000)}.`,
});

const bodyOf = (number) => `${new URLSearchParams(form(number))}`;
const numberOf = (name) => Number(name.slice(4));

/** Returns the pairs of a form as the template has them. */
const pairsOf = (number) =>
  Object.fromEntries(
    bodyOf(number)
      .split("&")
      .map((pair) => pair.split("=")),
  );

const leavesMidway = (number) => number % 8 === 3;
const leavesAfterwards = (number) => number % 8 === 7;

const agent = new Agent({ keepAlive: true });
after(() => agent.destroy());

/** Posts a form in pieces. Returns the status and the id, unless the client leaves. */
async function post(url, number) {
  const body = Buffer.from(bodyOf(number));
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

const rows = [];

const cases = CASES.filter(({ target, forms }) => (!TARGET || target === TARGET) && (FORMS ?? forms));
assert.ok(cases.length, `there is no target ${TARGET}`);
for (const { target, batch, again, ...own } of cases) {
  const name = batch ? `${target}, through a queue` : target;
  const clients = Number(CLIENTS ?? own.clients);
  const forms = Number(FORMS ?? own.forms);
  test(`${forms} forms of ${clients} clients reach ${name}, despite faults`, { timeout: 3 * 3_600_000 }, async (t) => {
    const { service, settings, receive, check, close } = await start(target);
    t.after(close);
    const { faults } = service;
    service.fail(faultOf(faults));
    const worker = await startWorker({ ...settings, ...SETTINGS }, batch && durable(batch));
    t.after(worker.close);

    // The ids of their answers, by the numbers of the forms.
    const accepted = new Map();
    const refused = new Set();
    let next = 0;
    const client = async () => {
      while (next < forms) {
        const number = next++;
        const { status, requestId } = (await post(worker.url, number)) ?? {};
        if (status === 202) accepted.set(number, requestId);
        else if (status === 503) refused.add(number);
        else assert.equal(status, undefined, `form ${number}`);
      }
    };

    // The events as text, by the numbers of their forms.
    const arrived = new Map();
    let repeated = 0;
    const read = async () => {
      const messages = await receive();
      for (const { text } of messages) {
        const { querystring } = JSON.parse(text);
        const number = numberOf(querystring.name);
        assert.deepEqual(querystring, pairsOf(number), `${querystring.name} is not complete`);
        if (arrived.has(number)) {
          assert.ok(again, `${querystring.name} has arrived again`);
          assert.equal(text, arrived.get(number), `${querystring.name} has arrived again, as another event`);
          repeated++;
        }
        arrived.set(number, text);
      }
      return messages.length;
    };
    const started = Date.now();
    let posted;
    const posting = Promise.all(Array.from({ length: clients }, client)).finally(() => {
      posted = Date.now();
    });
    const reading = async () => {
      for (; !posted; await wait(50)) await read();
    };
    await Promise.all([posting, reading()]);
    const isMissing = () => [...accepted.keys()].some((number) => !arrived.has(number));
    // Without a queue, an event has arrived before the answer.
    for (let last = posted; batch && isMissing() && Date.now() - last < SILENCE; await wait(50)) if (await read()) last = Date.now();
    // Events of clients that left can still be under way.
    await worker.close();
    await service.idle();
    await read();

    const lost = [...accepted].filter(([number, id]) => !arrived.has(number) || JSON.parse(arrived.get(number)).requestId !== id);
    const left = Array.from({ length: next }, (_, number) => number).filter((number) => !accepted.has(number) && !refused.has(number));
    const counted = (numbers) => `${numbers.length} (${numbers.filter((number) => arrived.has(number)).length})`;
    const failed = Object.fromEntries(faults.map((name) => [name, service.calls.filter(({ fault }) => fault === name).length]));
    const row = {
      target: name,
      calls: service.calls.length,
      failed: service.calls.filter(({ fault }) => fault).length,
      "got 202": counted([...accepted.keys()]),
      "got 503": counted([...refused]),
      left: counted(left.filter(leavesAfterwards)),
      "broken off": counted(left.filter(leavesMidway)),
      arrived: arrived.size,
      again: repeated,
      lost: lost.length,
    };
    rows.push(row);
    t.diagnostic(`posted in ${(posted - started) / 1_000} s, read ${(Date.now() - posted) / 1_000} s later`);
    t.diagnostic(JSON.stringify({ ...row, failed }));

    assert.deepEqual(lost, [], "accepted but lost");
    assert.deepEqual([...arrived.keys()].filter(leavesMidway), []);
    await check(arrived);
    const secrets = [...Object.values(CREDENTIALS), "example.com"];
    for (const line of worker.logged) for (const secret of secrets) assert.ok(!line.includes(secret), line);
    assert.ok(accepted.size && left.some(leavesMidway), "too few forms to test anything");
    for (const name of faults) assert.ok(failed[name], `too few calls for ${name}`);
  });
}

after(() => {
  if (!rows.length) return;
  const columns = Object.keys(rows[0]).map((name) => [name, ...rows.map((row) => String(row[name]))]);
  const widths = columns.map((cells) => Math.max(...cells.map(({ length }) => length)));
  for (let line = 0; line <= rows.length; line++) {
    const cells = columns.map((cells, column) => (column ? cells[line].padStart(widths[column]) : cells[line].padEnd(widths[column])));
    console.log(`| ${cells.join(" | ")} |`);
  }
  console.log("In brackets: how many of these forms have arrived.");
});
