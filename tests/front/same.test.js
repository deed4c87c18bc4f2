// Sends the same requests, with the same settings, to the edge worker in workerd and to examples/lambda-front, and
// compares answers, events and logs.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { SHAPES } from "formevent/shapes";

import { startFront } from "../worker/front.js";
import { deployed, startWorker } from "../worker/worker.js";
import { FORM, send, startLambdaFront } from "./lambda-front.js";

// ---- The requests

const text = (name, value, type) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n${type ? `Content-Type: ${type}\r\n` : ""}\r\n${value}\r\n`;
const file = (name, filename, bytes, type = "application/pdf") =>
  `--x\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n${type && `Content-Type: ${type}\r\n`}\r\n${bytes}\r\n`;
const multipart = (...parts) => ({
  body: Buffer.concat([...parts, "--x--\r\n"].map((part) => Buffer.from(part))),
  headers: { "content-type": "multipart/form-data; boundary=x" },
});
const typed = (type, body = "a=1") => ({ headers: { "content-type": type }, body });
const bytes = (...values) => Buffer.concat(values.map((value) => (typeof value === "number" ? Buffer.from([value]) : Buffer.from(value))));

const FILLED = "a field that only programs fill";
const REQUESTS = {
  "a form": { body: "a=1&name=Ada+L.&message=Is+%22it%22+ready%3F%0D%0A&x%2Cy=1&note=" },
  "a form in Japanese": { body: "名=日本&%E5%90%8D=%E5%B1%B1&x=\u2028\u0001\\" },
  "dropped segments": { body: "a=1&newsletter&x=1=2&=lone&&b=2" },
  "many dropped segments": { body: "a&".repeat(150) },
  "long dropped segments": { body: `${"é".repeat(100)}&${"é".repeat(101)}&${"😀".repeat(101)}&a=1` },
  "repeated keys": { body: "a=1&b=2&a=3&%61=4&a=5&b=6" },
  "invalid UTF-8": { body: bytes("a=1&b=", 0xff, "&", 0xc3, "=2&c=%FF") },
  "no body": { body: "" },
  "ampersands alone": { body: "&&&" },
  "a lone =": { body: "=" },
  "characters that XML does not allow": { body: "a=\ufffe\uffff\u0000\b" },
  "a long form": { body: `a=${"1".repeat(2_000)}` },
  "a very long form": { body: `a=${"1".repeat(999_999)}` },
  "1,001 pairs": { body: "a=1&".repeat(1_001) },
  "a path and a query": { path: "/a%20b/c?x=1%26&y=+&x=2&%E5=%zz&=&&", body: "a=1" },
  "a query without a path": { path: "/?", body: "a=1" },
  headers: { body: "a=1", headers: { "X-B": "2", "x-a": "é", "User-Agent": "test/1 (\\)", cookie: "a=b", authorization: "c" } },
  [FILLED]: { body: "name=Ada&website=x" },
  "that field, empty and percent-encoded": { body: "name=&web%73ite=&website=&email=a" },
  "the content type in another case": typed("Application/X-WWW-Form-Urlencoded;Charset=utf-8;a=b"),
  "US-ASCII": typed(`${FORM}; charset=us-ascii`),
  "ISO-8859-1": typed(`${FORM}; charset=ISO-8859-1`, "a=%E9"),
  JSON: typed("application/json", "{}"),
  text: typed("text/plain"),
  "no content type": { headers: { "content-type": undefined }, body: "a=1" },
  "an empty content type": typed(""),
  "a malformed content type": typed(`${FORM}x`),
  "a long content type": typed(`${FORM}; a=${"b".repeat(1_000)}`),
  gzip: { headers: { "content-encoding": "gzip" }, body: "a=1" },
  "gzip and ISO-8859-1": { headers: { "content-type": `${FORM}; charset=ISO-8859-1`, "content-encoding": "gzip" }, body: "a=1" },
  identity: { headers: { "content-encoding": "Identity" }, body: "a=1" },
  multipart: multipart(text("name", "Ada & Co. 100% +=\r\n名"), text("n%22a%0D", "1"), text("name", "2")),
  "multipart without fields": multipart(),
  "multipart without a name": multipart(text("", "x"), text("a", "1")),
  "multipart with a file": multipart(text("a", "1"), file("cv", "my %22cv%22.pdf", "%PDF"), text("b", "2")),
  "multipart with files": multipart(file("a", "1", "x", ""), file("b", "2", "yy", "text/plain; charset=x"), file("名", "", "z")),
  "multipart with an empty file": multipart(text("a", "1"), file("cv", "", "", "application/octet-stream")),
  "multipart in UTF-8": multipart(text("a", "é", "text/plain; charset=UTF-8")),
  "multipart in ISO-8859-1": multipart(text("a", "1"), text("b", "2", "text/plain; charset=ISO-8859-1")),
  "multipart with invalid UTF-8": multipart(text("a", "1"), bytes(text("b", "2").slice(0, -2), 0xff, "\r\n")),
  "multipart with long headers": multipart(text("a".repeat(9_000), "1")),
  "multipart with 1,001 parts": multipart(...Array.from({ length: 1_001 }, () => text("a", "1"))),
  "multipart with base64": multipart(
    '--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n',
  ),
  "malformed multipart": multipart(text("a", "1").replace(/\r\n/g, "\n")),
  "unclosed multipart": { ...multipart(), body: text("a", "1") },
  "multipart without a boundary": typed("multipart/form-data", "--x--\r\n"),
  "multipart with a wrong boundary": typed('multipart/form-data; boundary="x "', "--x--\r\n"),
  "multipart with two boundaries": typed("multipart/form-data; boundary=x; boundary=y", "--x--\r\n"),
  GET: { method: "GET", headers: { "content-type": undefined, "content-length": undefined } },
  PUT: { method: "PUT", body: "a=1" },
  DELETE: { method: "DELETE", headers: { "content-type": undefined } },
  OPTIONS: { method: "OPTIONS", headers: { origin: "https://www.example.com", "access-control-request-method": "POST" } },
  "OPTIONS of another origin": { method: "OPTIONS", headers: { origin: "https://evil.example" } },
  "an allowed origin": { headers: { origin: "https://www.example.com" }, body: "a=1" },
  "an app's origin": { headers: { origin: "capacitor://localhost" }, body: "a=1" },
  "its own origin": { headers: { origin: (url) => new URL(url).origin, "x-forwarded-proto": "http" }, body: "a=1" },
  "another origin": { headers: { origin: "https://evil.example" }, body: "a=1" },
  "a browser's form": { headers: { accept: "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate" }, body: "a=1&a=2&b" },
  "an old browser's form": { headers: { accept: "text/html,*/*;q=0.8" }, body: "a=1" },
  "a program's form": { headers: { accept: "text/html,*/*;q=0.8", "sec-fetch-mode": "cors" }, body: "a=1" },
};

// ---- The settings

// The headers that the two hosts add are left out of the events.
const HOSTS =
  "host, connection, content-length, lambda-runtime-aws-request-id, x-amzn-trace-id, x-forwarded-for, x-forwarded-proto, cf-connecting-ip";
const everything = JSON.stringify({
  form: "$pairs",
  lost: "$dropped",
  raw: ["$body", "$bodyBase64", "$isBase64Encoded"],
  headers: ["$headers", "$multiValueHeaders", "$combinedHeaders"],
  about: ["$stage", "$userAgent", "$method", "$path", "$queryString", "$requestId"],
  query: ["$queryStringParameters", "$multiValueQueryStringParameters", "$combinedQueryStringParameters"],
  site: "$extra.site",
  price: "$$5",
});

const SETTINGS = {
  "no settings": {},
  ...Object.fromEntries(SHAPES.map((SHAPE) => [`SHAPE=${SHAPE}`, { SHAPE }])),
  "SHAPE, with everything": { SHAPE: everything, EXTRA_MEMBERS: '{"site":"main"}', STAGE: "prod" },
  "SHAPE, an array": { SHAPE: '["$pairs", "$requestId", "$extra.a"]', EXTRA_MEMBERS: '{"a":"1"}' },
  "SHAPE, with $dropped alone": { SHAPE: '{"lost":"$dropped"}', MAX_PAIRS: "100" },
  "SHAPE and other options": { SHAPE: "data", RULES: "template", DECODE: "false", DUPLICATES: "last", EXTRA_MEMBERS: '{"b":"1"}' },
  "SHAPE=raw, DROPPED=refuse": { SHAPE: "raw", DROPPED: "refuse" },
  "SHAPE=raw, DROPPED=pass": { SHAPE: "raw", DROPPED: "pass", MAX_PAIRS: "3" },
  "SHAPE=raw, UTF8=strict": { SHAPE: "raw", UTF8: "strict" },
  "RULES=whatwg": { RULES: "whatwg" },
  "DECODE=true": { DECODE: "true" },
  "RULES=whatwg, DECODE=true, UTF8=strict": { RULES: "whatwg", DECODE: "true", UTF8: "strict" },
  ...Object.fromEntries(["first", "last", "group", "arrays"].map((DUPLICATES) => [`DUPLICATES=${DUPLICATES}`, { DUPLICATES }])),
  "DUPLICATES=group, DECODE=true": { DUPLICATES: "group", DECODE: "true" },
  "DROPPED=refuse": { DROPPED: "refuse" },
  "DROPPED=pass": { DROPPED: "pass", FILES: "drop", EXTRA_MEMBERS: '{"site":"main","a":"\\"\\\\"}' },
  "UTF8=strict": { UTF8: "strict" },
  "FILES=drop": { FILES: "drop" },
  "FILES=drop, DROPPED=refuse": { FILES: "drop", DROPPED: "refuse" },
  REQUIRED: { REQUIRED: "name, message,a" },
  "REQUIRED, as JSON": { REQUIRED: '["name", "x,y"]' },
  HONEYPOT: { HONEYPOT: "website", REQUIRED: "name" },
  "limits of 0": { MAX_BODY_BYTES: "0" },
  "low limits": { MAX_BODY_BYTES: "400", MAX_PAIRS: "2", MAX_EVENT_BYTES: "300" },
  STAGE: { STAGE: " prod " },
  "OMIT_HEADERS of our own": { OMIT_HEADERS: `${HOSTS}, X-B, content-type` },
  ALLOWED_ORIGINS: { ALLOWED_ORIGINS: "https://www.example.com/, capacitor://localhost" },
  "ALLOWED_ORIGINS=*": { ALLOWED_ORIGINS: "*" },
  REDIRECT_TO: { REDIRECT_TO: "/danke schön?a=ü#é" },
};

// ---- The comparison

// The details of these problems are sentences of the crate and of the npm package, which differ.
const OF_THE_LIBRARY = [
  "media-type",
  "charset",
  "content-coding",
  "boundary",
  "malformed-multipart",
  "file",
  "invalid-utf8",
  "too-many-bytes",
  "too-many-pairs",
  "too-much-output",
  "too-many-parts",
  "too-many-header-bytes",
];

// Headers of the servers.
const OF_THE_HOSTS = ["date", "connection", "keep-alive", "content-length", "transfer-encoding"];

/** Replaces the id, the times and the address, which differ between any two requests. */
const alike = (text, id) =>
  text
    .replaceAll(id, "ID")
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, "ORIGIN")
    .replace(/(?<=Epoch":)\d{13}(?=[,}])/g, "0")
    .replace(/(?<="(?:time|requestTime)":")\d{4}-\d\d-\d\dT[\d:.]+Z(?=")/g, "")
    .replaceAll('"127.0.0.1"', '""');

function compared({ status, headers, text, json }) {
  const id = headers["x-request-id"] ?? "";
  assert.match(id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/, `${status} ${text}`);
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_HOSTS.includes(name));
  let body = alike(text, id);
  if (status >= 400 && json) {
    const { detail: own, ...problem } = JSON.parse(body);
    assert.ok(own);
    const detail = own.replace("this function has a wrong setting", "this worker has a wrong setting");
    body = OF_THE_LIBRARY.includes(json.code) ? problem : { ...problem, detail };
  }
  return { status, headers: Object.fromEntries(kept.map(([name, value]) => [name, alike(value, id)]).sort()), body };
}

const linesFor = ({ status, headers }) => Number(status >= 500 || "x-formevent-dropped" in headers || "x-formevent-repeated" in headers);

/** Waits until the log has `count` lines about the request, and returns those that it has. */
async function linesOf(logged, { headers }, count) {
  const id = headers["x-request-id"];
  const own = () => logged.filter((line) => line.includes(id)).map((line) => JSON.parse(alike(line, id)));
  for (const end = Date.now() + 5_000; own().length < count && Date.now() < end; ) await setTimeout(5);
  return own();
}

/**
 * Sends the requests to both, one after the other, and returns how many were accepted. Each causes at least so many
 * `lines` in the log. `afterwards` returns further facts that must be the same.
 */
async function compare({ worker, workerLogged, front, requests, lines = linesFor, afterwards = () => ({}) }) {
  let events = 0;
  for (const [name, request] of Object.entries(requests)) {
    const [expected, answer] = [await send(worker, request), await front.send(request)];
    const [ofWorker, ofFront] = [compared(expected), compared(answer)];
    assert.deepEqual(ofFront, ofWorker, name);
    const own = await linesOf(front.logged, answer, lines(expected, name));
    assert.deepEqual(own, await linesOf(workerLogged, expected, own.length), name);
    assert.deepEqual(await afterwards("front", answer), await afterwards("worker", expected), name);
    if (answer.status === 200 || answer.status === 202) events += 1;
  }
  return events;
}

/** One workerd runs a worker for each case. Returns the URL of each. */
async function startWorkers(cases) {
  const options = { assets: undefined, unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
  const workers = cases.map((settings, number) => ({ ...deployed("wrangler", settings, options), name: `case ${number}` }));
  const started = await startWorker({}, { workers });
  const urls = await Promise.all(cases.map((_, number) => started.direct(`case ${number}`)));
  return { ...started, urls };
}

/** Runs `check` for each case of settings, with both. `base` has further settings of each. */
function withBoth(cases, base, check) {
  let workers;
  before(async () => {
    workers = await startWorkers(Object.values(cases).map((settings) => ({ ...base.worker, ...settings })));
  });
  after(() => workers.close());
  for (const [number, [name, settings]] of Object.entries(cases).entries()) {
    test(name, async () => {
      const front = await startLambdaFront({ ...base.front, ...settings });
      try {
        await check({ settings, worker: workers.urls[number], workerLogged: workers.logged, front });
      } finally {
        await front.close();
      }
    });
  }
}

describe("without a target", () => {
  const base = { OMIT_HEADERS: HOSTS };
  withBoth(SETTINGS, { worker: base, front: base }, async (both) => {
    // Else the comparison would be one of refusals.
    assert.ok((await compare({ ...both, requests: REQUESTS })) > 0);
  });
});

const faults = { worker: [], front: [] };
const MISSING = { status: 404, headers: { "x-amzn-errortype": "ResourceNotFoundException" } };
const standIn = (side) => startFront({ functions: ["contact-form", "contact-form:live"], deliver() {}, fault: () => faults[side].shift() });
const functions = { worker: await standIn("worker"), front: await standIn("front") };
after(() => Promise.all(Object.values(functions).map((it) => it.close())));

/** The calls of a side since the last time, and the events that were accepted. */
async function arrived(side, { headers }) {
  const { accepted, calls } = functions[side];
  const events = accepted.splice(0).map((event) => alike(String(event), headers["x-request-id"]));
  return { events, calls: calls.splice(0).map(({ headers, path }) => [path, headers["x-amz-invocation-type"]]) };
}

const invoking = (settings) => ({
  worker: { OMIT_HEADERS: HOSTS, ...functions.worker.settings, ...settings },
  front: { OMIT_HEADERS: HOSTS, ...functions.front.settings, ...settings },
});

describe("with a function", () => {
  const cases = {
    "a name": {},
    "a name with an alias": { LAMBDA_FUNCTION: "contact-form:live" },
    "SHAPE=flat, DUPLICATES=group": { SHAPE: "flat", DUPLICATES: "group" },
    "a page of thanks": { REDIRECT_TO: "https://www.example.com/danke schön", ALLOWED_ORIGINS: "https://www.example.com" },
    "a honeypot": { HONEYPOT: "website" },
  };
  withBoth(cases, invoking(), async (both) => {
    // With one more for the form that fills the honeypot.
    const lines = (answer, name) => linesFor(answer) + Number(both.settings.HONEYPOT !== undefined && name === FILLED);
    assert.ok((await compare({ ...both, requests: REQUESTS, lines, afterwards: arrived })) > 0);
  });
});

describe("if the function cannot be invoked", () => {
  const request = { "a form": { body: "a=1" } };
  const later = { "in time": {} };
  withBoth(later, invoking({ ATTEMPT_TIMEOUT_MS: "300", TIME_BUDGET_MS: "60000" }), async (both) => {
    for (const list of [
      ["throttle"],
      ["error", "bad-gateway", "timeout"],
      ["inactive", "gone"],
      ["close"],
      ["silence"],
      ["close-late"],
      ["silence-late"],
      [MISSING],
      ["throttle", MISSING],
    ]) {
      for (const side of ["worker", "front"]) faults[side] = [...list];
      const accepted = await compare({ ...both, requests: request, lines: () => list.length, afterwards: arrived });
      assert.equal(accepted, list.at(-1) === MISSING ? 0 : 1, list.join());
    }
  });
  withBoth(
    { "in no time": {} },
    invoking({ ATTEMPT_TIMEOUT_MS: "100", TIME_BUDGET_MS: "500" }),
    async ({ worker, front, workerLogged }) => {
      for (const fault of ["throttle", "error", "close", "silence"]) {
        for (const side of ["worker", "front"]) faults[side] = Array(100).fill(fault);
        const [expected, answer] = [await send(worker, request["a form"]), await front.send(request["a form"])];
        assert.equal(answer.status, 503);
        assert.deepEqual(compared(answer), compared(expected), fault);
        // Chance decides how often it is repeated, and on a busy machine any call can be late.
        const kinds = async (logged, answer) => {
          const lines = await linesOf(logged, answer, 2);
          assert.equal(lines.at(-1).message, "the form is not accepted");
          const causes = lines.map(({ cause }) => cause.replace(/within \d+ ms/, "in time"));
          return [...new Set(causes.filter((cause) => fault === "silence" || cause !== "no answer in time"))];
        };
        assert.deepEqual(await kinds(front.logged, answer), await kinds(workerLogged, expected), fault);
      }
      for (const side of ["worker", "front"]) faults[side] = [];
    },
  );
});

describe("wrong settings are named in the same words", () => {
  const aws = functions.front.settings;
  const without = (name) => ({ ...aws, [name]: "" });
  const WRONG = [
    { LAMBDA_FUNCTION: "a b" },
    { ...aws, TARGET: "arn:aws:lambda:eu-central-1:123456789012:function:a" },
    without("AWS_REGION"),
    without("AWS_ACCESS_KEY_ID"),
    without("AWS_SECRET_ACCESS_KEY"),
    { ...aws, AWS_REGION: "Frankfurt" },
    { ...aws, AWS_ACCESS_KEY_ID: "secret secret" },
    { ...aws, AWS_SESSION_TOKEN: "secret secret" },
    ...["ftp://a", "secret", "https://a:secret@b", "https://a?secret", "https://a#secret"].map((url) => ({
      ...aws,
      AWS_ENDPOINT_URL: url,
    })),
    { ...aws, AWS_ENDPOINT_URL_SQS: "secret" },
    ...[
      "arn:aws:s3:::secret",
      "arn:aws:sqs:eu-central-1:123456789012:a.b",
      "arn:aws:sqs:eu-central-1:123456789012:a/b",
      `arn:aws:sqs:eu-central-1:123456789012:${"a".repeat(76)}.fifo`,
      "arn:aws:constructor:eu-central-1:123456789012:secret",
      "arn:aws:states:eu-central-1:123456789012:stateMachine:a/b",
      "arn:aws:sqs:eu-central-1::a",
      "arn:aws:sns:eu-central-1:123456789012:a:b",
      "arn:aws:events:eu-central-1:123456789012:rule/a",
      "arn:aws:states:eu-central-1:123456789012:execution:a:b:c",
      "arn:aws:lambda:eu-central-1:123456789012:layer:a",
      "https://sqs.eu-central-1.amazonaws.com/secret?a",
      "https://sqs.eu-central-1.amazonaws.com/",
      "ftp://a/b",
    ].map((TARGET) => ({ TARGET })),
    { TARGET: "https://queue.example.com/a" },
    { TARGET: "arn:aws:sqs:eu-central-1:123456789012:a" },
    { ...aws, LAMBDA_FUNCTION: "", TARGET: "arn:aws:events:eu-central-1:123456789012:event-bus/a", SHAPE: '["$pairs"]' },
    { MESSAGE_GROUP_ID: "a b" },
    { MESSAGE_GROUP_ID: "a".repeat(129) },
    { EVENT_SOURCE: "aws.a" },
    { EVENT_SOURCE: "a\nb" },
    { EVENT_DETAIL_TYPE: "ä".repeat(129) },
    ...["0", "1.5", "-1", "900001", "1e3", "a"].map((TIME_BUDGET_MS) => ({ TIME_BUDGET_MS })),
    { ATTEMPT_TIMEOUT_MS: "0" },
    { MAX_BODY_BYTES: "9007199254740992" },
    { MAX_PAIRS: "+1" },
    { MAX_EVENT_BYTES: "1000001" },
    { SHAPE: "other" },
    { SHAPE: "$pairs" },
    { RULES: "other" },
    { DECODE: "yes" },
    { DUPLICATES: '"' },
    { UTF8: "lenient" },
    { DROPPED: "drop" },
    { FILES: "keep" },
    { EXTRA_MEMBERS: "[" },
    { EXTRA_MEMBERS: '["a"]' },
    { EXTRA_MEMBERS: '{"a":"secret","b":1}' },
    { EXTRA_MEMBERS: '{"stage":"secret"}' },
    { EXTRA_MEMBERS: '{"dropped":"secret"}' },
    { OMIT_HEADERS: "a, b c" },
    { OMIT_HEADERS: '["a", 1]' },
    { REQUIRED: '["a"' },
    { REQUIRED: "[1]" },
    ...[
      "www.example.com",
      "https://a/b",
      "https://",
      "https://*.a",
      "https://a b",
      "*.a",
      "blob:https://a",
      "a:b://c",
      '["https://a/"',
      '["a"]',
    ].map((ALLOWED_ORIGINS) => ({
      ALLOWED_ORIGINS,
    })),
    ...["javascript:a", "https://", "a\nb"].map((REDIRECT_TO) => ({ REDIRECT_TO })),
    { SHAPES: "flat" },
    { shape: "flat" },
    { MAX_PAIR: "1" },
    { FORM_TIME_SECRE: "secret" },
  ];
  const SHAPES = [
    { SHAPE: "[" },
    { SHAPE: '{"a":"$b"}' },
    { SHAPE: '{"$pairs":1}' },
    { SHAPE: '{"a":1,"a":2}' },
    { SHAPE: '{"a":"$extra.b"}' },
    { SHAPE: '["$pairs"]', EXTRA_MEMBERS: '{"a":"1"}' },
    { SHAPE: '["$pairs"]', DROPPED: "pass" },
    { SHAPE: "data", EXTRA_MEMBERS: '{"data":"1"}' },
  ];
  const cases = Object.fromEntries([...WRONG, ...SHAPES].map((settings) => [JSON.stringify(settings).slice(0, 200), settings]));
  withBoth(cases, {}, async ({ settings, worker, workerLogged, front }) => {
    const [expected, answer] = [await send(worker, { body: "a=1" }), await front.send({ body: "a=1" })];
    assert.equal(answer.status, 500);
    assert.deepEqual(compared(answer), compared(expected));
    const [line] = await linesOf(front.logged, answer, 1);
    const [ofWorker] = await linesOf(workerLogged, expected, 1);
    if (SHAPES.includes(settings)) {
      // The crate and the npm package describe a wrong shape in words of their own.
      for (const it of [line, ofWorker]) it.cause = /^SHAPE(, EXTRA_MEMBERS and DROPPED do not fit together:)?/.exec(it.cause)[0];
    }
    assert.deepEqual(line, ofWorker);
    assert.doesNotMatch(front.said.join(), /secret/);
  });
});
