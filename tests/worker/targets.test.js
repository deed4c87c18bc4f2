// Tests the targets of the edge worker in workerd, with moto in the place of AWS.
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CREDENTIALS, KEYS, REGION } from "./aws.js";
import { CASES, moto, started, taken, targets, testTarget, until } from "./each-target.js";
import { startFront } from "./front.js";
import { ACCOUNT, FAILED, startGate } from "./moto.js";
import { arn, endpoints, queue, topic } from "./targets.js";
import { deployed, startWorker } from "./worker.js";

const FORM = "application/x-www-form-urlencoded";

const worker = (settings, options) => started(startWorker({ ...KEYS, ...settings }, options));

/** One workerd runs a worker for each case. Returns a function that posts a form to the worker of a case. */
async function posting(cases) {
  const names = Object.keys(cases);
  const workers = Object.values(cases).map((settings, number) => ({
    ...deployed("wrangler", { ...KEYS, ...settings }, { assets: undefined }),
    name: `case ${number}`,
  }));
  const form = await worker({}, { workers });
  return async (name, body) => {
    const init = { method: "POST", body, headers: { "content-type": FORM } };
    const own = await form.worker(`case ${names.indexOf(String(name))}`);
    const answer = await own.fetch("http://localhost/", init);
    const json = await answer.json();
    /** Returns the lines of the log about the form, and checks that there are `count`. */
    const logged = async (count) => {
      const lines = () => form.logged.filter((line) => line.includes(json.requestId));
      await until(() => lines().length >= count);
      assert.equal(lines().length, count, lines().join("\n"));
      return lines();
    };
    return { status: answer.status, json, logged };
  };
}

const eventOf = (requestId) => ({ querystring: { name: "山田" }, requestId });
const idOf = ({ MessageBody, Message, Detail, input }) => JSON.parse(MessageBody ?? Message ?? Detail ?? input).requestId;
const sorted = (list) => [...list].sort();

/** Starts a worker with a queue. */
async function durable(settings, consumer) {
  const script = `export default {
    async queue({ messages }) {
      for (const { body } of messages) console.log("dead: " + body.requestId);
    },
  };`;
  const dead = { name: "dead", modules: true, script, queueConsumers: { "formevent-dead": { maxBatchTimeout: 0 } } };
  const form = await worker(settings, {
    config: "wrangler.durable",
    queueConsumers: { formevent: { maxRetries: 1, deadLetterQueue: "formevent-dead", maxBatchTimeout: 1, ...consumer } },
    workers: [dead],
  });
  const lines = (start) => form.logged.filter((line) => line.startsWith(start));
  return {
    ...form,
    sendAll: async (events) => (await form.queue()).sendBatch(events.map((body) => ({ body, contentType: "json" }))),
    dead: () => lines("dead: ").map((line) => line.slice(6)),
    kept: () =>
      lines("{")
        .map((line) => JSON.parse(line))
        .filter(({ message }) => message === "a message stays in the queue"),
  };
}

const [sqs, sns, events, states] = targets;
const post = await posting(CASES);

for (const target of targets) testTarget(target, post, FAILED);

// These wait for the queue most of the time.
describe("with a queue", { concurrency: true }, () => {
  for (const { name, service, gate, take, settings } of targets) {
    test(`${name} gets the events in few calls, and each once`, async () => {
      const isBatch = service in FAILED;
      // One call fails as a whole, the next in each of its entries.
      gate.fail((number, { entries }) => {
        if (number === 1) return { status: 500 };
        if (number === 2 && isBatch) return { status: 200, body: FAILED[service]({ temporary: [...entries.keys()].map(String) }) };
      });
      const form = await durable(settings, { maxBatchSize: 25 });
      const ids = Array.from({ length: 25 }, (_, number) => `id-${number}`);
      await form.sendAll(ids.map(eventOf));
      // Three calls, and two of them again; or one for each event.
      const calls = isBatch ? 5 : 26;
      await until(() => gate.calls.length >= calls);
      const events = (await take(ids.length)).map(({ text }) => JSON.parse(text));
      assert.deepEqual(sorted(events.map(({ requestId }) => requestId)), sorted(ids));
      for (const { querystring } of events) assert.equal(querystring.name, "山田");
      assert.equal(gate.calls.length, calls);
      for (const { entries } of gate.calls) assert.ok(entries.length <= (isBatch ? 10 : 1));
      assert.deepEqual(form.kept(), []);
    });
  }
});

describe("partial failures", { concurrency: true }, () => {
  for (const { name, service, gate, settings } of targets.filter(({ service }) => service in FAILED)) {
    test(`of ${name}: each message has its own result`, async () => {
      // Entries 0 and 1 never succeed, 2 and 3 in the second attempt, and the rest at once.
      const seen = { accepted: [], refused: [], temporary: [] };
      gate.fail((number, { entries }) => {
        const ids = { accepted: [], refused: [], temporary: [] };
        for (const [id, entry] of entries.entries()) {
          const [, which] = /^id-(\d)$/.exec(idOf(entry));
          const result = which < 2 ? "refused" : which < 4 && number === 0 ? "temporary" : "accepted";
          ids[result].push(String(id));
          seen[result].push(idOf(entry));
        }
        return { status: 200, body: FAILED[service](ids) };
      });
      const form = await durable(settings, { maxBatchSize: 8 });
      const ids = Array.from({ length: 8 }, (_, number) => `id-${number}`);
      await form.sendAll(ids.map(eventOf));
      await until(() => form.dead().length === 2);
      assert.deepEqual(sorted(form.dead()), ["id-0", "id-1"]);
      assert.deepEqual(sorted(seen.accepted), ids.slice(2));
      assert.deepEqual(sorted(seen.temporary), ["id-2", "id-3"]);
      const code = { sqs: "InvalidMessageContents", sns: "InvalidParameter", events: "NotAuthorizedForSourceException" }[service];
      const kept = form.kept().map(({ requestId, attempts, cause }) => [requestId, attempts, cause]);
      assert.deepEqual(sorted(kept), [
        ["id-0", 1, code],
        ["id-0", 2, code],
        ["id-1", 1, code],
        ["id-1", 2, code],
      ]);
      // The second call has the entries that failed for now.
      const [first, second] = gate.calls.map(({ entries }) => entries.length);
      assert.deepEqual([first, second], [8, 2]);
    });
  }
});

describe("batches", { concurrency: true }, () => {
  test("one that is refused as a whole is sent event by event", async () => {
    const { gate, settings, take } = sns;
    const refusal = { status: 400, body: "<ErrorResponse><Error><Code>InvalidParameter</Code></Error></ErrorResponse>" };
    gate.fail((_, { entries }) => (entries.some((entry) => idOf(entry) === "id-3") ? refusal : undefined));
    const form = await durable(settings, { maxBatchSize: 5 });
    await form.sendAll(Array.from({ length: 5 }, (_, number) => eventOf(`id-${number}`)));
    await until(() => form.dead().length);
    assert.deepEqual(form.dead(), ["id-3"]);
    const ids = (await take(4)).map(({ text }) => JSON.parse(text).requestId);
    assert.deepEqual(sorted(ids), ["id-0", "id-1", "id-2", "id-4"]);
  });

  test("one has at most the bytes that the service takes", async () => {
    const { gate, settings, take } = sqs;
    gate.fail();
    const form = await durable(settings, { maxBatchSize: 6 });
    // Each is the longest that Cloudflare's queue takes, and twice as long with its escape sequences.
    const long = (number) => ({ ...eventOf(`id-${number}`), note: "\uffff".repeat(42_000) });
    // Together they would be too long for that queue.
    await Promise.all(Array.from({ length: 6 }, (_, number) => form.sendAll([long(number)])));
    await take(6);
    for (const { entries } of gate.calls) {
      const bytes = entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
      assert.ok(bytes <= 1_048_576, `${bytes} bytes`);
    }
    assert.ok(gate.calls.length > 1);
  });
});

describe("a lost answer", async () => {
  const gates = {};
  for (const service of ["sqs", "sns", "states"]) gates[service] = await started(startGate({ moto, service }));
  const [fifo, fifoTopic] = [await queue(moto, true), await topic(moto, true)];
  const named = { queue: fifo.arn, topic: fifoTopic.arn, machine: states.arn, standard: sqs.arn };
  const settings = endpoints(...Object.values(gates));
  const post = await posting(
    Object.fromEntries(
      Object.entries(named).flatMap(([name, TARGET]) => [
        [name, { ...settings, TARGET }],
        [`${name}, grouped`, { ...settings, TARGET, MESSAGE_GROUP_ID: "forms" }],
      ]),
    ),
  );
  const beside = (messages) => messages.map(({ beside }) => beside);
  const lose = (number) => (number ? undefined : "close-late");

  for (const [name, service, own] of [
    ["queue", "sqs", fifo],
    ["topic", "sns", fifoTopic],
  ]) {
    test(`causes no second message of a FIFO ${name}, since the request's id is the deduplication id`, async () => {
      for (const group of [undefined, "forms"]) {
        gates[service].fail(lose);
        const { status, json } = await post(group ? `${name}, grouped` : name, "a=1");
        assert.equal(status, 202);
        assert.equal(gates[service].calls.length, 2);
        assert.deepEqual(beside(await taken(own, 1)), [{ group: group ?? json.requestId, id: json.requestId }]);
      }
    });
  }

  test("causes a second message of a standard queue, which has groups only with MESSAGE_GROUP_ID", async () => {
    for (const group of [undefined, "forms"]) {
      gates.sqs.fail(lose);
      await post(group ? "standard, grouped" : "standard", "a=1");
      assert.deepEqual(beside(await sqs.take(2)), Array(2).fill(group ? { group } : {}));
    }
  });

  test("starts no second execution, even if the first one has ended", async () => {
    const ended = { status: 400, headers: { "x-amzn-errortype": "ExecutionAlreadyExists" } };
    for (const second of [undefined, ended]) {
      gates.states.fail((number) => ["close-late", second][number]);
      const { status, json, logged } = await post("machine", "a=1");
      assert.equal(status, 202);
      assert.equal(gates.states.calls.length, 2);
      assert.equal((await states.take(1))[0].beside.name, json.requestId);
      const lines = (await logged(second ? 2 : 1)).map((line) => JSON.parse(line));
      if (second) assert.deepEqual([lines[1].level, lines[1].cause], ["warn", "ExecutionAlreadyExists"]);
    }
  });
});

describe("settings", async () => {
  const { pathname } = new URL(`/${ACCOUNT}/${sqs.arn.split(":").at(-1)}`, "https://localhost");
  const functionArn = arn("lambda", "function:contact-form:live");
  const invoked = [];
  const front = await started(startFront({ functions: [functionArn], deliver: async (event) => void invoked.push(JSON.parse(event)) }));
  // The region is in the name, and the endpoint comes first.
  const hosts = [`sqs.${REGION}.amazonaws.com`, `sqs-fips.${REGION}.amazonaws.com`, `vpce-1.sqs.${REGION}.vpce.amazonaws.com`];
  const named = {
    "its URL": { TARGET: sqs.gate.url + pathname, AWS_REGION: REGION },
    ...Object.fromEntries(
      hosts.map((host) => [host, { TARGET: `https://${host}${pathname}`, AWS_ENDPOINT_URL: sqs.gate.url, AWS_REGION: "us-east-1" }]),
    ),
  };
  const functions = {};
  for (const name of ["TARGET", "LAMBDA_FUNCTION"]) {
    for (const AWS_REGION of ["", "us-east-1"]) {
      functions[`${name} ${AWS_REGION}`] = { [name]: functionArn, AWS_ENDPOINT_URL_LAMBDA: front.url, AWS_REGION };
    }
  }
  const limits = {
    "sqs:formevent": 1_048_576,
    "sns:formevent": 262_144,
    "events:event-bus/formevent": 998_000,
    "states:stateMachine:formevent": 262_144,
  };
  const limited = { AWS_ENDPOINT_URL: "http://127.0.0.1:9", TIME_BUDGET_MS: 1, MAX_BODY_BYTES: 2e6 };
  const post = await posting({
    ...named,
    ...functions,
    bus: { ...events.settings, EVENT_SOURCE: "com.example.forms", EVENT_DETAIL_TYPE: "Anfrage für Tee" },
    escapes: { ...sqs.settings, MAX_EVENT_BYTES: 5_000, DECODE: "true" },
    ...Object.fromEntries(
      Object.keys(limits).map((name) => [name, { ...limited, TARGET: `arn:aws:${name.replace(":", `:${REGION}:${ACCOUNT}:`)}` }]),
    ),
  });

  test("a queue can be named by its URL", async () => {
    for (const [name, { TARGET }] of Object.entries(named)) {
      sqs.gate.fail();
      assert.equal((await post(name, "a=1")).status, 202, name);
      assert.equal(JSON.parse(sqs.gate.calls[0].body).QueueUrl, TARGET);
    }
    await sqs.take(Object.keys(named).length);
  });

  test("a function can be named by its ARN, which has the region", async () => {
    for (const name of Object.keys(functions)) assert.equal((await post(name, "a=1")).status, 202, name);
    await front.idle();
    assert.equal(invoked.length, 4);
  });

  test("EVENT_SOURCE and EVENT_DETAIL_TYPE", async () => {
    events.gate.fail();
    assert.equal((await post("bus", "a=1")).status, 202);
    assert.deepEqual((await events.take(1))[0].beside, { source: "com.example.forms", type: "Anfrage für Tee" });
  });

  test("escape sequences count", async () => {
    sqs.gate.fail();
    // Of 3 bytes each, or 6.
    const { status, json } = await post("escapes", `a=${"\uffff".repeat(1_000)}`);
    assert.deepEqual([status, json.code, json.limit], [413, "too-much-output", 5_000]);
    assert.match(json.detail, /the event with its escape sequences exceeds 5000 bytes/);
    assert.equal((await post("escapes", `a=${"山".repeat(1_000)}`)).status, 202);
    await sqs.take(1);
  });

  test("the limit is the target's", async () => {
    for (const [name, limit] of Object.entries(limits)) {
      const { status, json } = await post(name, `a=${"x".repeat(limit)}`);
      assert.deepEqual([status, json.code, json.limit], [413, "too-much-output", limit]);
      assert.equal((await post(name, `a=${"x".repeat(limit - 1_000)}`)).status, 503);
    }
  });

  test("wrong ones are named in the log", async () => {
    const TARGET = arn("sqs", "formevent");
    const named =
      "TARGET must be the ARN of a Lambda function, an SQS queue, an SNS topic, an EventBridge event bus or a Step Functions state machine, " +
      "or an SQS queue's URL";
    const cases = [
      [{ LAMBDA_FUNCTION: "contact-form" }, "TARGET and LAMBDA_FUNCTION are both set: set one of them"],
      ...[
        "contact-form",
        "arn:aws:dynamodb:eu-central-1:123456789012:table/secret",
        "arn:aws:constructor:eu-central-1:123456789012:secret",
        arn("sqs", "a/b"),
        arn("sqs", `${"a".repeat(76)}.fifo`),
        arn("lambda", "layer:secret"),
        arn("events", "rule/secret"),
        arn("states", "execution:a:b"),
        arn("states", "stateMachine:a/b"),
        arn("sns", "topic:00000000-0000-0000-0000-000000000000"),
        `https://user:secret@sqs.${REGION}.amazonaws.com/${ACCOUNT}/a`,
        `https://sqs.${REGION}.amazonaws.com/`,
        `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/a?b=secret`,
        `ftp://sqs.${REGION}.amazonaws.com/${ACCOUNT}/a`,
      ].map((wrong) => [{ TARGET: wrong }, named]),
      [{ TARGET: `https://queue.example.com/${ACCOUNT}/a` }, "AWS_REGION is missing: TARGET needs it"],
      [{ AWS_ACCESS_KEY_ID: "" }, "AWS_ACCESS_KEY_ID is missing: TARGET needs it"],
      [{ MESSAGE_GROUP_ID: "a b" }, 'MESSAGE_GROUP_ID must be 1 to 128 characters of ASCII without spaces, not "a b"'],
      [{ EVENT_SOURCE: "aws.s3" }, 'EVENT_SOURCE must be at most 256 characters on one line, and not begin with aws., not "aws.s3"'],
      [{ EVENT_DETAIL_TYPE: "a".repeat(129) }, `EVENT_DETAIL_TYPE must be at most 128 characters on one line, not "${"a".repeat(129)}"`],
      [{ AWS_ENDPOINT_URL_SNS: "secret" }, "AWS_ENDPOINT_URL_SNS must be an absolute http or https URL without user, query and fragment"],
      [{ AWS_ENDPOINT_URL_SFM: "secret" }, "AWS_ENDPOINT_URL_SFM is not a setting: did you mean AWS_ENDPOINT_URL_SFN?"],
      [{ TARGETS: "secret" }, "TARGETS is not a setting: did you mean TARGET?"],
      [{ MAX_EVENT_BYTES: 1_048_577 }, 'MAX_EVENT_BYTES must be a whole number from 0 to 1048576, not "1048577"'],
      [{ TARGET: arn("events", "event-bus/default"), SHAPE: ["$pairs"] }, "SHAPE must be an object, since the TARGET takes only objects"],
    ];
    const post = await posting(Object.fromEntries(cases.map(([change], number) => [number, { TARGET, ...change }])));
    for (const [number, [change, words]] of cases.entries()) {
      const { status, json, logged } = await post(number, "a=1");
      assert.deepEqual([status, json.code], [500, "misconfigured"], JSON.stringify(change));
      const [line] = await logged(1);
      assert.equal(JSON.parse(line).cause, words);
      for (const secret of ["secret", ...Object.values(CREDENTIALS)]) assert.ok(!line.includes(secret), line);
    }
  });
});
