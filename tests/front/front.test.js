// Tests the targets of examples/lambda-front, its template, and the handlers behind it. same.test.js compares the rest
// with the worker.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { KEYS } from "../worker/aws.js";
import { CASES, moto, started, taken, targets, testTarget } from "../worker/each-target.js";
import { startFront } from "../worker/front.js";
import { FAILED, startGate } from "../worker/moto.js";
import { endpoints, queue, topic } from "../worker/targets.js";
import { startLambdaFront } from "./lambda-front.js";
import { startTls } from "./tls.js";

const example = fileURLToPath(new URL("../../examples/lambda-front", import.meta.url));

/** Starts the function for each case when it is needed. Returns a function that posts a form to that of a case. */
function posting(cases) {
  const functions = {};
  return async (name, body) => {
    functions[name] ??= started(startLambdaFront({ ...KEYS, ...cases[name] }));
    const own = await functions[name];
    const { status, json } = await own.send({ body });
    /** Returns the lines of the log about the form, and checks that there are `count`. */
    const logged = async (count) => {
      const lines = () => own.logged.filter((line) => line.includes(json.requestId));
      for (const end = Date.now() + 5_000; lines().length < count && Date.now() < end; ) await setTimeout(5);
      assert.equal(lines().length, count, lines().join("\n"));
      return lines();
    };
    return { status, json, logged };
  };
}

const post = posting(CASES);
// Only PutEvents has results for each of several events.
for (const target of targets) testTarget(target, post, { events: FAILED.events });

describe("a lost answer", () => {
  const lose = (number) => (number ? undefined : "close-late");

  test("causes no second message of a FIFO queue or topic, and no second execution", async () => {
    const machine = targets.find(({ service }) => service === "states");
    for (const [service, target] of [
      ["sqs", await queue(moto, true)],
      ["sns", await topic(moto, true)],
      ["states", machine],
    ]) {
      const gate = await started(startGate({ moto, service }));
      const settings = { TARGET: target.arn, ...endpoints(gate) };
      const post = posting({ alone: settings, grouped: { ...settings, MESSAGE_GROUP_ID: "forms" } });
      for (const name of ["alone", "grouped"]) {
        gate.fail(lose);
        const { status, json } = await post(name, "a=1");
        assert.equal(status, 202);
        assert.equal(gate.calls.length, 2);
        const group = name === "alone" ? json.requestId : "forms";
        const [{ beside }] = await taken(target, 1);
        assert.deepEqual(beside, target === machine ? { name: json.requestId } : { group, id: json.requestId });
      }
    }
  });

  test("that the execution has ended is logged", async () => {
    const { gate, settings, take } = targets.find(({ service }) => service === "states");
    const ended = { status: 400, headers: { "x-amzn-errortype": "ExecutionAlreadyExists" } };
    gate.fail((number) => ["close-late", ended][number]);
    const { status, logged } = await posting({ it: settings })("it", "a=1");
    assert.equal(status, 202);
    const line = JSON.parse((await logged(2))[1]);
    assert.deepEqual([line.level, line.cause], ["warn", "ExecutionAlreadyExists"]);
    await take(1);
  });
});

describe("settings", () => {
  test("a queue can be named by its URL", async () => {
    const { gate, arn, take } = targets[0];
    const path = `/${arn.split(":").slice(4).join("/")}`;
    gate.fail();
    const cases = {
      own: { TARGET: gate.url + path, AWS_REGION: "eu-central-1" },
      AWS: { TARGET: `https://sqs.eu-central-1.amazonaws.com${path}`, AWS_ENDPOINT_URL: gate.url, AWS_REGION: "us-east-1" },
    };
    const post = posting(cases);
    for (const [name, { TARGET }] of Object.entries(cases)) {
      assert.equal((await post(name, "a=1")).status, 202);
      assert.equal(gate.calls.at(-1).entries[0].QueueUrl, TARGET);
    }
    await take(2);
  });

  test("an event bus gets the source and the detail type", async () => {
    const { settings, gate, take } = targets.find(({ service }) => service === "events");
    gate.fail();
    const post = posting({ it: { ...settings, EVENT_SOURCE: "com.example.forms", EVENT_DETAIL_TYPE: "Anfrage für Tee" } });
    assert.equal((await post("it", "a=1")).status, 202);
    assert.deepEqual((await take(1))[0].beside, { source: "com.example.forms", type: "Anfrage für Tee" });
  });

  test("escape sequences count", async () => {
    const { settings, gate, take } = targets[0];
    gate.fail();
    const post = posting({ it: { ...settings, MAX_EVENT_BYTES: "5000", DECODE: "true" } });
    // Of 3 bytes each, or 6.
    const { status, json } = await post("it", `a=${"\uffff".repeat(1_000)}`);
    assert.deepEqual([status, json.code, json.limit], [413, "too-much-output", 5_000]);
    assert.equal((await post("it", `a=${"山".repeat(1_000)}`)).status, 202);
    await take(1);
  });

  test("those that only the worker has are refused", async () => {
    for (const name of ["VERIFY", "VERIFY_SECRET_OLD", "TURNSTILE_SECRET", "FORM_TIME_SECRET", "FORM_TIME_MIN_SECONDS"]) {
      const { status, json, logged } = await posting({ it: { [name]: "secret" } })("it", "a=1");
      assert.deepEqual([status, json.code], [500, "misconfigured"]);
      assert.equal(JSON.parse((await logged(1))[0]).cause, `${name} must be empty: only the worker has this setting`);
      assert.equal((await posting({ it: { [name]: " " } })("it", "a=1")).status, 200);
    }
  });
});

test("calls go over TLS, to a server with a certificate that the system trusts", async () => {
  const events = [];
  const receiver = await started(startFront({ deliver: (event) => events.push(JSON.parse(event)) }));
  const { url, certificate } = await started(startTls(receiver.url));
  const settings = { ...receiver.settings, AWS_ENDPOINT_URL_LAMBDA: url, TIME_BUDGET_MS: "500" };
  const post = posting({ trusted: { ...settings, SSL_CERT_FILE: certificate }, unknown: settings });
  const { status, json } = await post("trusted", "name=Ada");
  assert.equal(status, 202);
  await receiver.idle();
  assert.deepEqual([events[0].requestId, events[0].querystring], [json.requestId, { name: "Ada" }]);
  assert.equal((await post("unknown", "a=1")).status, 503);
  assert.equal(events.length, 1);
});

const samples = JSON.parse(readFileSync(new URL("../aws/events.json", import.meta.url), "utf8"));

test("the events of HTTP APIs and function URLs, as AWS documents them", async () => {
  const holes = ["body", "headers", "sourceIp", "method", "path", "queryString"];
  const SHAPE = JSON.stringify(Object.fromEntries(holes.map((name) => [name, `$${name}`])));
  const { invoke } = await started(startLambdaFront({ SHAPE, OMIT_HEADERS: "x-amzn-trace-id" }));
  let checked = 0;
  for (const { name, event, expected } of samples.filter(({ kind }) => ["v2", "url"].includes(kind))) {
    const { statusCode, body } = await invoke(JSON.stringify(event));
    assert.equal(statusCode, 200, name);
    const { headers, ...own } = JSON.parse(body);
    const { userAgent, stage, requestId, timeEpoch, ...rest } = expected;
    assert.deepEqual({ ...own, headers: Object.entries(headers) }, { ...rest, headers: rest.headers.toSorted() }, name);
    checked += 1;
  }
  assert.equal(checked, 3);
});

test("an address that is no URI", async () => {
  const { invoke } = await started(startLambdaFront({ SHAPE: '{"path":"$path","query":"$queryString"}' }));
  const { event } = samples.find(({ kind }) => kind === "url");
  const posted = { ...event, rawPath: '/a b#c?d"<>`{}^é%', rawQueryString: "q=a b\"<>'#é%&x={}|^`" };
  const { statusCode, body } = await invoke(JSON.stringify(posted));
  assert.equal(statusCode, 200);
  // As in a worker, but for the characters that end a URL's path and query.
  const path = posted.rawPath.replace(/[#?]/g, encodeURIComponent);
  const { pathname, search } = new URL(`https://a${path}?${posted.rawQueryString.replace("#", "%23")}`);
  assert.deepEqual(JSON.parse(body), { path: pathname, query: search.slice(1) });
});

test("credentials are not in the event unless OMIT_HEADERS is set", async () => {
  const reference = readFileSync(new URL("../../docs/src/worker.md", import.meta.url), "utf8");
  const [, row] = /^\| `OMIT_HEADERS` \| (.*?) \|/m.exec(reference);
  const names = [...row.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
  assert.equal(names.length, 6);
  const headers = Object.fromEntries(names.map((name) => [name, "secret"]));
  const byDefault = await started(startLambdaFront());
  assert.doesNotMatch((await byDefault.send({ body: "a=1", headers })).text, /secret/);
  const all = await started(startLambdaFront({ OMIT_HEADERS: "[]" }));
  const { json } = await all.send({ body: "a=1", headers });
  for (const name of names) assert.equal(json.headers[name], "secret", name);
});

const template = readFileSync(join(example, "template.yaml"), "utf8");

test("cfn-lint finds no mistake in the template, also with the HTTP API of README.md", () => {
  const readme = readFileSync(join(example, "README.md"), "utf8");
  const [, events] = /^```yaml\n(.*?)^```/ms.exec(readme);
  const [, url] = /`FormUrl` is then `(.*?)`/.exec(readme);
  const changed = template
    .replace(/^ {6}FunctionUrlConfig:\n(?: {8}.*\n)+/m, events)
    .replace(/(?<=^ {2}FormUrl:\n.*\n {4}Value: ).*/m, url);
  assert.doesNotMatch(changed, /FunctionUrl/);
  const folder = mkdtempSync(join(tmpdir(), "formevent-"));
  after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries({ url: template, api: changed })) {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync(process.env.CFN_LINT, [file], { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  }
});

test("the template gives the front no other policy than to invoke the receiver", () => {
  const allowed =
    /^ {6}Policies:\n +- Statement:\n +- Effect: Allow\n +Action: lambda:InvokeFunction\n +Resource: !GetAtt Receiver.Arn\n\n/m;
  assert.match(template, allowed);
  for (const word of ["Policies:", "Action:", "Resource:"]) assert.equal(template.split(word).length, 2, word);
  assert.doesNotMatch(template, /Role:|AccessKey|AWS_(?:ACCESS|SECRET|SESSION)/i);
});

describe("the handlers", async () => {
  const [, variables] = /^ {10}LAMBDA_FUNCTION: .*\n((?: {10}.*\n)+)/m.exec(template);
  const settings = Object.fromEntries(
    [...variables.matchAll(/^ {10}(\w+): (?:(['"])(.*)\2|([^!\s].*))$/gm)].map(([, name, , quoted, plain]) => [name, quoted ?? plain]),
  );
  const events = [];
  const receiver = await started(startFront({ deliver: (event) => events.push(String(event)) }));
  // The handler prints to standard output.
  const script = "import json, sys, handler; print(json.dumps(handler.handler(json.load(sys.stdin), None)), file=sys.stderr)";
  const python = (event) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
    const { stderr } = spawnSync("python3", ["-c", script], { cwd: join(example, "handlers"), input: event, encoding: "utf8", env });
    return JSON.parse(stderr);
  };
  const node = async (event) => {
    const { handler } = await import(join(example, "handlers/index.mjs"));
    return handler(JSON.parse(event));
  };

  test("read the event that arrives with the template's settings", async () => {
    assert.deepEqual(Object.keys(settings), ["SHAPE", "RULES", "DECODE", "DUPLICATES"]);
    const front = await started(startLambdaFront({ ...receiver.settings, ...settings }));
    for (const [body, expected] of [
      [
        "name=Ada+L.&email=ada%40example.com&message=%22Is+it%0D%0Aready%3F%22&topic=tea&topic=%E5%B1%B1&x",
        { name: "Ada L.", email: "ada@example.com", message: '"Is it\r\nready?"', topics: ["tea", "山"] },
      ],
      ["__proto__=1&topic=100%25", { name: "", email: "", message: "", topics: ["100%"] }],
    ]) {
      const { status, json } = await front.send({ body });
      assert.equal(status, 202);
      await receiver.idle();
      const event = events.pop();
      const { time } = JSON.parse(event);
      assert.ok(Math.abs(Date.now() - Date.parse(time)) < 60_000);
      for (const handler of [node, python]) assert.deepEqual(await handler(event), { id: json.requestId, time, ...expected });
    }
    assert.deepEqual(receiver.failed, []);
  });
});
