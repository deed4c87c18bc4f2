// Tests `formevent/shapes` of pkg/dist: the vectors of the real template engine, every hole and error, and the
// libraries that functions read their events with.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { APIGatewayProxyEventSchema, APIGatewayProxyEventV2Schema } from "@aws-lambda-powertools/parser/schemas";
import middy from "@middy/core";
import httpUrlencodeBodyParser from "@middy/http-urlencode-body-parser";
import * as formevent from "formevent";
import { eventFromRequest, formToEvent, formToEventBytes, PRESETS, SHAPES } from "formevent/shapes";

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
  "\ud800": '"\ufffd"',
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

test("a shape that is none", () => {
  const names = SHAPES.map((name) => JSON.stringify(name)).join(", ");
  for (const [shape, message] of [
    ["Flat", `shape must be an object or one of ${names}, not "Flat"`],
    [5, `shape must be an object or one of ${names}, not 5`],
    [null, `shape must be an object or one of ${names}, not Null`],
    [
      { a: "$stages" },
      'shape: "$stages" is not a hole; the holes are $pairs, $body, $bodyBase64, $isBase64Encoded, $headers, $multiValueHeaders, ' +
        "$combinedHeaders, $stage, $sourceIp, $userAgent, $method, $path, $queryString, $queryStringParameters, " +
        "$multiValueQueryStringParameters, $combinedQueryStringParameters, $requestId, $time, $timeEpoch, $dropped and $extra.NAME; write $$ for a dollar sign",
    ],
    [["$extra."], /"\$extra\." is not a hole/],
    [["$toString"], /"\$toString" is not a hole/],
    [{ a: [{ $b: 1 }] }, 'shape: the name "$b" begins with $, but only values can be holes; write $$ for a dollar sign'],
    [{ toJSON() {} }, "shape must be a JSON document, not Object"],
    [JSON.parse(`${"[".repeat(65)}${"]".repeat(65)}`), "shape nests deeper than 64 levels"],
  ]) {
    assert.throws(() => formToEvent("", {}, { shape }), { name: "TypeError", message });
  }
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
    assert.throws(() => call("", { time: new Date(Number.NaN) }), /time must be/);
    assert.throws(() => call("", {}, { shap: "raw" }), /options has no member "shap": did you mean "shape"\?/);
    assert.throws(() => call("", {}, { decode: "yes" }), /decode must be one of false, true/);
    assert.throws(() => call(5), /the body must be/);
  }
});

test("a preset's options are defaults", () => {
  assert.equal(formToEvent("a=1+2&b", {}, { shape: "data" }), '{"data":{"a":"1 2","b":""}}');
  assert.equal(formToEvent("a=1+2&b", {}, { shape: "data", decode: false }), '{"data":{"a":"1+2","b":""}}');
  assert.equal(formToEvent("a=1+2&b", {}, { shape: "data", rules: "template", decode: undefined }), '{"data":{"a":"1 2"}}');
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
