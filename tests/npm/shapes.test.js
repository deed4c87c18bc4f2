// Tests `formevent/shapes` of pkg/dist: the vectors of the real template engine, every hole and error, the same events
// and errors as the command, and the libraries that functions read their events with.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runInNewContext } from "node:vm";

import { APIGatewayProxyEventSchema, APIGatewayProxyEventV2Schema } from "@aws-lambda-powertools/parser/schemas";
import middy from "@middy/core";
import httpUrlencodeBodyParser from "@middy/http-urlencode-body-parser";
import * as formevent from "formevent";
import { eventFromRequest, formToEvent, formToEventBytes, PRESETS, SHAPES } from "formevent/shapes";

import { command } from "../command.js";
import { lying } from "./suite.js";

const { FormError } = formevent;
const root = join(import.meta.dirname, "../..");
const HEADERS = [
  ["Host", "api.example.com"],
  ["Content-Type", "application/x-www-form-urlencoded"],
  ["host", '"'],
];
const INFO = {
  headers: HEADERS,
  stage: "prod",
  sourceIp: "192.0.2.1",
  userAgent: "curl/8.5.0",
  method: "POST",
  path: "/contact",
  queryString: "to=a&to=b+c&from",
  requestId: "00000000-0000-4000-8000-000000000000",
  time: 1_583_348_638_390,
};

// The JSON of a value of tests/vectors, in which an object is {"object": [[name, value], …]}.
function jsonOf(value) {
  if (!value?.object) return JSON.stringify(value);
  return `{${value.object.map(([name, item]) => `${JSON.stringify(name)}:${jsonOf(item)}`)}}`;
}

test("every preset has a file, and every file is one", () => {
  const files = readdirSync(join(root, "shapes")).map((file) => file.replace(/\.json$/, ""));
  assert.deepEqual([...SHAPES].sort(), files.sort());
  for (const name of files) assert.deepEqual(PRESETS[name], JSON.parse(readFileSync(join(root, `shapes/${name}.json`), "utf8")));
});

for (const shape of SHAPES.slice(0, 7)) {
  test(`vectors: ${shape}`, () => {
    const lines = readFileSync(join(root, `tests/vectors/${shape}.jsonl`), "utf8")
      .trimEnd()
      .split("\n");
    assert.ok(lines.length >= 336);
    for (const line of lines) {
      const { body, event, template, pairs, dropped, ...info } = JSON.parse(line);
      assert.equal(formToEvent(body, info, { shape }), jsonOf(event), line);
      assert.equal(new TextDecoder().decode(formToEventBytes(new TextEncoder().encode(body), info, { shape })), jsonOf(event));
    }
  });
}

test("the default shape is the package's own event", () => {
  for (const options of [{}, { decode: true }, { rules: "whatwg", duplicates: "group" }]) {
    const extra = { b: "1", a: "\ud800" };
    assert.equal(
      formToEvent("a=1+2&b&a=3", { ...INFO, extra }, options),
      formevent.formToEvent("a=1+2&b&a=3", { ...INFO, extra }, options),
    );
  }
  assert.equal(formToEvent(""), formevent.formToEvent(""));
});

const HOLES = {
  $pairs: '{"a":"1","c":"%41\\n"}',
  $body: '"a=1&b&c=%41\\n"',
  $bodyBase64: '"YT0xJmImYz0lNDEK"',
  $isBase64Encoded: "false",
  $headers: '{"Host":"api.example.com","Content-Type":"application/x-www-form-urlencoded","host":"\\""}',
  $multiValueHeaders: '{"Host":["api.example.com","\\""],"Content-Type":["application/x-www-form-urlencoded"]}',
  $combinedHeaders: '{"host":"api.example.com,\\"","content-type":"application/x-www-form-urlencoded"}',
  $stage: '"prod"',
  $sourceIp: '"192.0.2.1"',
  $userAgent: '"curl/8.5.0"',
  $method: '"POST"',
  $path: '"/contact"',
  $queryString: '"to=a&to=b+c&from"',
  $queryStringParameters: '{"to":"b c","from":""}',
  $multiValueQueryStringParameters: '{"to":["a","b c"],"from":[""]}',
  $combinedQueryStringParameters: '{"to":"a,b c","from":""}',
  $requestId: '"00000000-0000-4000-8000-000000000000"',
  $time: '"2020-03-04T19:03:58.390Z"',
  $timeEpoch: "1583348638390",
  $dropped: '[{"offset":4,"text":"b","reason":"no-equals"}]',
  "$extra.x.y": '"z"',
  $$pairs: '"$pairs"',
  $$$: '"$$"',
};

test("every hole", () => {
  for (const [hole, expected] of Object.entries(HOLES)) {
    const info = { ...INFO, extra: { "x.y": "z" } };
    for (const body of ["a=1&b&c=%41\n", new TextEncoder().encode("a=1&b&c=%41\n")]) {
      const json = formToEvent(body, info, { shape: [hole, { $$a: hole }, "$extra.x.y"] });
      assert.equal(json, `[${expected},{"$a":${expected}},"z"]`);
    }
  }
  assert.equal(formToEvent("", {}, { shape: ["$isBase64Encoded", "$bodyBase64"] }), '[true,""]');
  assert.equal(formToEvent("é", {}, { shape: ["$isBase64Encoded", "$bodyBase64", "$body"] }), '[false,"w6k=","é"]');
  const long = "x".repeat(100_000);
  assert.equal(formToEvent(long, {}, { shape: ["$bodyBase64"] }), `["${btoa(long)}"]`);
  assert.equal(formToEvent("", {}, { shape: {} }), "{}");
  const before = Date.now();
  const [time] = JSON.parse(formToEvent("", {}, { shape: ["$timeEpoch"] }));
  assert.ok(time >= before && time <= Date.now());
  assert.equal(formToEvent("", { time: new Date(5) }, { shape: ["$timeEpoch", "$time"] }), '[5,"1970-01-01T00:00:00.005Z"]');
});

test("extra members", () => {
  const info = { extra: { a: "1", b: "2" } };
  for (const [shape, expected] of [
    [{}, '{"a":"1","b":"2"}'],
    [{ c: {} }, '{"c":{},"a":"1","b":"2"}'],
    [{ c: "$extra.a" }, '{"c":"1","b":"2"}'],
    [["$extra.b", "$extra.a", "$extra.a"], '["2","1","1"]'],
  ]) {
    assert.equal(formToEvent("", info, { shape }), expected);
  }
  const code = (info, shape, code) =>
    assert.throws(
      () => formToEvent("", info, { shape }),
      (error) => error instanceof FormError && error.code === code,
    );
  code(info, "flat", "member-unplaced");
  code(info, ["$extra.a"], "member-unplaced");
  code(info, { b: 0 }, "member-exists");
  code(info, ["$extra.a", "$extra.b", "$extra.c"], "member-missing");
  code(
    {
      extra: [
        ["a", "1"],
        ["a", "2"],
      ],
    },
    ["$extra.a"],
    "member-exists",
  );
});

const nested = (depth) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);
const ALLOWED =
  "the holes are $pairs, $body, $bodyBase64, $isBase64Encoded, $headers, $multiValueHeaders, $combinedHeaders, $stage, $sourceIp, $userAgent, $method, " +
  "$path, $queryString, $queryStringParameters, $multiValueQueryStringParameters, $combinedQueryStringParameters, $requestId, $time, $timeEpoch, $dropped and " +
  "$extra.NAME; write $$ for a dollar sign";

// JSON that is no shape, which the crate refuses too.
const NO_SHAPES = [
  [{ a: "$stages" }, `shape: "$stages" is not a hole; ${ALLOWED}`],
  ["$stages", `shape: "$stages" is not a hole; ${ALLOWED}`],
  [["$extra."], /"\$extra\." is not a hole/],
  [["$toString"], /"\$toString" is not a hole/],
  [['$extra.a"b'], /"\$extra\.a\\"b" is not a hole/],
  [["$extra.\n"], /"\$extra\.\\n" is not a hole/],
  [{ a: [{ $b: 1 }] }, 'shape: the name "$b" begins with $, but only values can be holes; write $$ for a dollar sign'],
  [nested(65), "shape nests deeper than 64 levels"],
  [{ a: ["\ud800"] }, 'shape["a"][0] has a lone surrogate'],
  [{ "\udfff": 1 }, 'shape["\\udfff"] has a lone surrogate'],
  [["$extra.\ud800"], /"\$extra\.\\ud800" is not a hole/],
];

test("a shape that is none", () => {
  const names = SHAPES.map((name) => JSON.stringify(name)).join(", ");
  const circular = {};
  circular.a = [circular];
  for (const [shape, message] of [
    ...NO_SHAPES,
    ["Flat", `shape must be an object, a hole or one of ${names}, not "Flat"`],
    [5, `shape must be an object, a hole or one of ${names}, not 5`],
    [null, `shape must be an object, a hole or one of ${names}, not Null`],
    [() => {}, `shape must be an object, a hole or one of ${names}, not Function`],
    [new Map(), "shape must be a JSON value, not Map"],
    [Promise.resolve({}), "shape must be a JSON value, not Promise"],
    [{ a: [1, new Set()] }, 'shape["a"][1] must be a JSON value, not Set'],
    [{ a: undefined }, 'shape["a"] must be a JSON value, not undefined'],
    // biome-ignore lint/suspicious/noSparseArray: a mistake that JSON.stringify hides
    [[[, 1]], "shape[0][0] must be a JSON value, not undefined"],
    [{ a: Number.NaN }, 'shape["a"] must be a JSON value, not NaN'],
    [[-Infinity], "shape[0] must be a JSON value, not -Infinity"],
    [[5n], "shape[0] must be a JSON value, not 5"],
    [[Symbol("a")], "shape[0] must be a JSON value, not Symbol(a)"],
    [{ toJSON() {} }, 'shape["toJSON"] must be a JSON value, not Function'],
    [{ a: new Date() }, 'shape["a"] must be a JSON value, not Date'],
    [[new String("$stage")], "shape[0] must be a JSON value, not String"],
    [circular, "shape nests deeper than 64 levels"],
  ]) {
    assert.throws(() => formToEvent("", {}, { shape }), { name: "TypeError", message });
  }
  assert.ok(formToEvent("", {}, { shape: nested(64) }));
  assert.equal(formToEvent("", {}, { shape: runInNewContext("({ a: [1] })") }), '{"a":[1]}');
  assert.throws(() => formevent.formToEvent("", {}, { shape: "flat" }), /options has no member "shape"/);
});

test("errors of the body and the other arguments", () => {
  const bad = new Uint8Array([97, 61, 49, 38, 255]);
  const refused = (info, options, body, details) =>
    assert.throws(
      () => formToEvent(body, info, options),
      (error) => {
        const { code, offset, limit } = error;
        assert.deepEqual({ code, offset, limit }, { offset: undefined, limit: undefined, ...details }, error.message);
        return error instanceof FormError;
      },
    );
  assert.equal(formToEvent(bad, {}, { shape: "raw" }), '{"body":"a=1&\ufffd"}');
  refused({}, { shape: "raw", utf8: "strict" }, bad, { code: "invalid-utf8", offset: 4 });
  refused({ queryString: "a=%FF" }, { shape: "serverless", utf8: "strict" }, "", { code: "invalid-utf8", offset: 2 });
  for (const shape of ["raw", "flat", ["$bodyBase64"], ["$dropped"]]) {
    refused({}, { shape, maxBytes: 4 }, bad, { code: "too-many-bytes", offset: 4, limit: 4 });
  }
  const { length } = formToEvent("a=é", {}, { shape: "data" });
  assert.ok(formToEvent("a=é", {}, { shape: "data", maxOutput: length + 1 }));
  refused({}, { shape: "data", maxOutput: length }, "a=é", { code: "too-much-output", offset: 4, limit: length });
  for (const call of [formToEvent, formToEventBytes]) {
    assert.throws(() => call("", { methd: "" }), /info has no member "methd": did you mean "method"\?/);
    assert.throws(() => call("", { method: 1 }), /method must be a string, not 1/);
    assert.throws(() => call("", { time: -1 }), /time must be a Date or a whole number of ms from 0, not -1/);
    for (const time of [new Date(Number.NaN), 0.5, "5", [5], null, true, 1e16]) assert.throws(() => call("", { time }), /time must be/);
    assert.throws(() => call("", {}, { shap: "raw" }), /options has no member "shap": did you mean "shape"\?/);
    assert.throws(() => call("", {}, { decode: "yes" }), /decode must be one of false, true/);
    assert.throws(() => call("", {}, { maxOutput: -1 }), /maxOutput must be a whole number from 0, or Infinity, not -1/);
    assert.throws(() => call("", {}, { maxBytes: "5" }), /maxBytes must be a whole number from 0, or Infinity, not "5"/);
    assert.throws(() => call("", {}, { shape: "data", decode: null }), /decode must be one of false, true, not Null/);
    assert.throws(() => call(5), /the body must be/);
  }
});

test("a preset's options are defaults", () => {
  assert.equal(formToEvent("a=1+2&b", {}, { shape: "data" }), '{"data":{"a":"1 2","b":""}}');
  assert.equal(formToEvent("a=1+2&b", {}, { shape: "data", decode: false }), '{"data":{"a":"1+2","b":""}}');
  assert.equal(formToEvent("a=1+2&b", {}, { shape: "data", rules: "template", decode: undefined }), '{"data":{"a":"1 2"}}');
});

test("a preset can be passed as options", () => {
  for (const name of SHAPES) {
    assert.equal(formToEvent("a=1+2&b", INFO, PRESETS[name]), formToEvent("a=1+2&b", INFO, { shape: name }));
  }
  assert.equal(formToEvent("a=1+2&b", {}, { ...PRESETS.flat, rules: "whatwg" }), '{"a":"1 2","b":""}');
  assert.equal(formToEvent("", {}, { shape: "$$pairs" }), '"$pairs"');
});

test("inherited options count", () => {
  const options = Object.create({ shape: ["$pairs"], decode: true, maxOutput: 13 });
  assert.equal(formToEvent("a=1+2", {}, options), '[{"a":"1 2"}]');
  assert.throws(() => formToEvent("a=1+23", {}, options), { code: "too-much-output", limit: 13 });
});

test("a body that lies about its length", () => {
  for (const claimed of [0, 1, 100]) {
    class Liar extends lying(claimed) {
      subarray() {
        return new Uint8Array(claimed);
      }
      indexOf() {
        return claimed;
      }
    }
    const shape = ["$pairs", "$body", "$bodyBase64", "$dropped"];
    const liar = () => new Liar([97, 61, 49, 38, 98]);
    assert.equal(formToEvent(liar(), {}, { shape }), formToEvent("a=1&b", {}, { shape }));
    for (const shape of ["flat", "raw", "proxy-v2", ["$dropped"], ["$stage"]]) {
      assert.throws(() => formToEvent(liar(), {}, { shape, maxBytes: 4 }), { code: "too-many-bytes", offset: 4, limit: 4 });
    }
  }
});

test("an event stops where it exceeds maxOutput", (t) => {
  const { mock } = t.mock.method(TextDecoder.prototype, "decode");
  for (const shape of [["$dropped"], Array(10_000).fill("$body"), Array(10_000).fill("$pairs")]) {
    assert.throws(() => formToEvent("a=1&b&".repeat(3_000), {}, { shape, maxOutput: 60_000 }), { code: "too-much-output" });
    assert.ok(mock.callCount() < 5_000, `${mock.callCount()} calls for ${shape[0]}`);
    mock.resetCalls();
  }
});

test("an event that is too long for a string", () => {
  const body = new Uint8Array(2 ** 29).fill(97);
  for (const [call, hole] of [
    [formToEvent, "$body"],
    [formToEvent, "$dropped"],
    [formToEventBytes, "$bodyBase64"],
  ]) {
    assert.throws(() => call(body, {}, { shape: [hole] }), { name: "FormError", code: "too-long-for-string" });
  }
});

test("a request", async () => {
  const request = () =>
    new Request("https://api.example.com/contact?to=a&to=b+c#top", {
      method: "POST",
      headers: { "user-agent": "curl/8.5.0" },
      body: new URLSearchParams({ name: "Ada L." }),
    });
  const shape = ["$method", "$path", "$queryString", "$userAgent", "$pairs", "$headers"];
  const json = async (info, options) => new TextDecoder().decode(await eventFromRequest(request(), info, options));
  assert.equal(
    await json({}, { shape, decode: true }),
    '["POST","/contact","to=a&to=b+c","curl/8.5.0",{"name":"Ada L."},' +
      '{"content-type":"application/x-www-form-urlencoded;charset=UTF-8","user-agent":"curl/8.5.0"}]',
  );
  assert.equal(
    await json({ method: "PUT", path: "/", queryString: "", userAgent: "me", headers: {} }, { shape }),
    '["PUT","/","","me",{"name":"Ada+L."},{}]',
  );
  const untouched = request();
  await assert.rejects(eventFromRequest(untouched, {}, { shape: "none" }), TypeError);
  assert.equal(untouched.bodyUsed, false);
  await assert.rejects(eventFromRequest(request(), {}, { shape, maxBytes: 3 }), { code: "too-many-bytes", limit: 3 });
});

// ---- The command, which is the crate

const directory = mkdtempSync(join(tmpdir(), "shapes-"));
after(() => rmSync(directory, { recursive: true }));

const CODES = {
  "max-bytes": "too-many-bytes",
  "max-pairs": "too-many-pairs",
  "max-output": "too-much-output",
  "strict-utf8": "invalid-utf8",
  "names a member": "member-exists",
  "has no place": "member-unplaced",
  "has the hole": "member-missing",
};

function run(shape, info, options, bodies) {
  const file = join(directory, "shape.json");
  if (!SHAPES.includes(shape)) writeFileSync(file, JSON.stringify(shape));
  const flags = ["--lines", "--base64", `--shape=${SHAPES.includes(shape) ? shape : file}`];
  for (const [name, value] of Object.entries({ ...info, ...options })) {
    const flag = name === "time" ? "--time-epoch" : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (name === "headers") flags.push(...value.map(([name, value]) => `--header=${name}: ${value}`));
    else if (name === "extra") flags.push(...value.map(([name, value]) => `--extra=${name}=${value}`));
    else flags.push(name === "utf8" ? "--strict-utf8" : `${flag}=${value}`);
  }
  const input = bodies.map((body) => `${Buffer.from(body).toString("base64")}\n`).join("");
  return spawnSync(command, flags, { input, encoding: "utf8", maxBuffer: Infinity });
}

/** Returns the JSON or the error of each body, by the crate. */
function byCrate(shape, info, options, bodies) {
  const { stdout, stderr, status } = run(shape, info, options, bodies);
  const outcome = (message) => {
    const [, code] = Object.entries(CODES).find(([words]) => message.includes(words)) ?? assert.fail(message);
    const offset = /byte offset (\d+)/.exec(message)?.[1];
    return offset ? `${code} at ${offset}` : code;
  };
  // The flags are wrong, for every body.
  if (status === 2) return bodies.map(() => outcome(stderr));
  const results = stdout.trimEnd().split("\n");
  for (const [, line, message] of stderr.matchAll(/^formevent: line (\d+): (.+)$/gm)) results[line - 1] = outcome(message);
  assert.equal(results.length, bodies.length);
  return results;
}

function byPackage(shape, info, options, body) {
  try {
    return formToEvent(body, info, { shape, ...options });
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    // The command tells no place for a body that is too long.
    const hasPlace = error.offset !== undefined && error.code !== "too-many-bytes";
    return hasPlace ? `${error.code} at ${error.offset}` : error.code;
  }
}

function compare(shape, info, options, bodies) {
  const expected = byCrate(shape, info, options, bodies);
  bodies.forEach((body, at) => {
    const context = JSON.stringify([shape, options, Buffer.from(body).toString("latin1")]);
    assert.equal(byPackage(shape, info, options, body), expected[at], context);
  });
  return expected;
}

const HOSTILE = [
  "",
  "a=1",
  "&&=&a",
  "a=1&b&c=d=e&=f&a=2+%41",
  'é=\u0001"\\\u2028&\ufeff=%E3%81%82',
  "a=%FF&b=%ff+%",
  Uint8Array.of(0x61, 0x3d, 0xff, 0x26, 0x62, 0x3d, 0xe3, 0x81, 0x26, 0xf0, 0x9f, 0x98),
  Uint8Array.of(0x80, 0x26, 0x61, 0x3d),
  `a=${"x".repeat(300)}&${"\0&".repeat(20)}`,
];
const REQUEST = {
  ...INFO,
  headers: [
    ["Host", "é"],
    ["X-Quote", '"'],
    ["hOST", "b"],
  ],
  queryString: "to=a&to=%E3%81%82&%FF=+&=",
};
const OWN = [
  "$pairs",
  "$$",
  {},
  [],
  { "": "$$$", 'é\u2028"': null, list: [1.5e300, -0, true, { 1: [[]] }] },
  ["$headers", "$pairs"],
  ["$stage", "$pairs"],
  ["$timeEpoch", "$time", "$isBase64Encoded", "$pairs"],
  ["$bodyBase64", "$pairs"],
  ["$dropped", "$stage"],
  ["$pairs", "$dropped", "$pairs", "$stage"],
  ["$queryStringParameters", "$multiValueQueryStringParameters", "$pairs"],
  ["$pairs", "$queryStringParameters"],
  { a: "$multiValueHeaders", b: "$body" },
  { a: "$body", $$b: "$extra.x" },
];
const ALL = [...SHAPES, ...OWN];

test("the command writes the same events", () => {
  for (const shape of ALL) {
    const isObject = typeof shape === "object" ? !Array.isArray(shape) : !["flat", "flat-raw", "$pairs", "$$"].includes(shape);
    const info = isObject ? { ...REQUEST, extra: Object.entries({ x: "\u0001é", 'y"': "" }) } : REQUEST;
    for (const options of [
      {},
      { rules: "whatwg", decode: true, duplicates: "group" },
      { decode: true, duplicates: "last" },
      { utf8: "strict" },
      { utf8: "strict", rules: "whatwg", decode: true, duplicates: "arrays" },
      { maxBytes: 3, maxPairs: 1 },
    ]) {
      compare(shape, info, options, HOSTILE);
    }
  }
});

test("the command refuses the same bodies at the same places", () => {
  const codes = new Set();
  for (const shape of [...OWN.slice(5), "template"]) {
    const info = shape.$$b ? { ...REQUEST, extra: [["x", "é"]] } : REQUEST;
    for (const options of [{}, { rules: "template", maxPairs: 1, utf8: "strict", duplicates: "group" }]) {
      const lengths = HOSTILE.map((body) =>
        Buffer.byteLength(formToEvent(body, info, { shape, ...options, maxPairs: Infinity, utf8: "replace" })),
      );
      for (const maxOutput of new Set([0, 1, 5, 12, ...lengths.map((length) => length - 1)])) {
        for (const outcome of compare(shape, info, { ...options, maxOutput }, HOSTILE)) codes.add(outcome.split(" ")[0]);
      }
    }
  }
  for (const code of ["too-much-output", "too-many-pairs", "invalid-utf8"]) assert.ok(codes.has(code), code);
});

test("the command refuses the same members", () => {
  for (const extra of [[], ["a"], ["b", "a"], ["a", "a"], ["c", "c", "a"], ["c", "d"], ["a", "d", "b", "c"], ["$a"], ["d", "a", "$a"]]) {
    for (const shape of ["$pairs", ["$extra.a"], ["$extra.b", "$extra.a"], { c: "$extra.a" }, { c: 1, $$a: "$extra.b" }]) {
      compare(shape, { extra: extra.map((name) => [name, "1"]) }, {}, ["a=1"]);
    }
  }
});

test("the command refuses the same shapes", () => {
  for (const [shape] of NO_SHAPES) {
    const { status, stderr } = run(shape, {}, {}, [""]);
    assert.equal(status, 2, JSON.stringify(shape));
    assert.match(stderr, /at byte offset \d+/);
  }
  assert.equal(run(nested(64), {}, {}, [""]).status, 0);
});

// ---- The libraries that functions read their events with

const BODY = "name=Ada+L.&topic=a&topic=b&%E5%90%8D=%E3%81%82&q=%22";
const SINGLE = { ...INFO, headers: HEADERS.slice(0, 2) };

for (const shape of ["proxy-v1", "proxy-v2"]) {
  test(`Middy reads ${shape}`, async () => {
    const handler = middy(async ({ body }) => body).use(httpUrlencodeBodyParser());
    const body = await handler(JSON.parse(formToEvent(BODY, SINGLE, { shape })), {});
    assert.deepEqual({ ...body }, { name: "Ada L.", topic: ["a", "b"], 名: "あ", q: '"' });
  });
}

test("repeated values are combined", () => {
  const headers = [
    ["Cookie", "a=1"],
    ["X-\u00c9", "1"],
    ["x-\u00c9", ""],
    ["cookie", "b=2; c=3"],
    ["COOKIE", ""],
  ];
  const queryString = "%5B%22=%5D%22&a=%22%2C%22&x%5B=%5D&a=%5C&%5B%22=%5B&a&x%5B=%5B%5C%22";
  const shape = ["$combinedHeaders", "$combinedQueryStringParameters"];
  const json = formToEvent("", { headers, queryString }, { shape });
  assert.equal(json, '[{"cookie":"a=1; b=2; c=3; ","x-\u00c9":"1,"},{"[\\"":"]\\",[","a":"\\",\\",\\\\,","x[":"],[\\\\\\""}]');
});

test("Powertools' parser reads proxy-v1", () => {
  const event = APIGatewayProxyEventSchema.parse(JSON.parse(formToEvent(BODY, INFO, { shape: "proxy-v1" })));
  assert.equal(event.body, BODY);
  assert.equal(event.isBase64Encoded, false);
  assert.deepEqual(event.multiValueHeaders.Host, ["api.example.com", '"']);
  assert.equal(event.requestContext.identity.sourceIp, "192.0.2.1");
  assert.deepEqual(event.multiValueQueryStringParameters, { to: ["a", "b c"], from: [""] });
});

test("Powertools' parser reads proxy-v2", () => {
  const event = APIGatewayProxyEventV2Schema.parse(JSON.parse(formToEvent(BODY, INFO, { shape: "proxy-v2" })));
  // The schema decodes nothing.
  assert.equal(event.isBase64Encoded, true);
  assert.equal(atob(event.body), BODY);
  assert.equal(event.requestContext.http.sourceIp, "192.0.2.1");
  assert.equal(event.rawQueryString, INFO.queryString);
});
