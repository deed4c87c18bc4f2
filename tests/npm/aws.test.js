// Tests `formevent/aws` and `formevent/media-type` of pkg/dist with the events that the crate's tests have.
import assert from "node:assert/strict";
import { execFile as execFileCallback } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { MIMEType, promisify } from "node:util";

import { FormError, formToEvent, formToJson } from "formevent";
import { formFromAws } from "formevent/aws";
import { checkMediaType } from "formevent/media-type";
import { formToEvent as formToShape } from "formevent/shapes";

const root = join(import.meta.dirname, "../..");
const samples = JSON.parse(await readFile(join(root, "tests/aws/events.json"), "utf8"));
const base64s = JSON.parse(await readFile(join(root, "tests/aws/base64.json"), "utf8"));
const mediaTypes = JSON.parse(await readFile(join(root, "tests/media-types.json"), "utf8"));
const execFile = promisify(execFileCallback);
const FORM = "application/x-www-form-urlencoded";

const event = (name) => structuredClone(samples.find((sample) => sample.name === name).event);
const text = (body) => (typeof body === "string" ? body : new TextDecoder().decode(body));
const sent = (headers) => new Headers(headers);

// Checks that it throws a FormError with this code, and in its message these words.
const refuses = (call, code, words, details = {}) =>
  assert.throws(call, (error) => {
    assert.ok(error instanceof FormError, String(error));
    const { code: own, message, offset } = error;
    assert.deepEqual({ code: own, offset }, { code, offset: details.offset });
    assert.ok(message.includes(words), message);
    return true;
  });

for (const { name, event, expected } of samples) {
  test(name, () => {
    const before = structuredClone(event);
    const { body, info } = formFromAws(event);
    const { headers, stage, sourceIp, userAgent, method, path, queryString, requestId, time } = info;
    const members = { headers, stage, sourceIp, userAgent, method, path, queryString, requestId, timeEpoch: time ?? 0 };
    assert.deepEqual({ body: text(body), ...members }, expected);
    assert.deepEqual(event, before);
    const json = JSON.parse(formToEvent(body, info));
    assert.deepEqual([json.stage, json.sourceIp, json.userAgent], [expected.stage, expected.sourceIp, expected.userAgent]);
    assert.equal(JSON.stringify(json.querystring), formToJson(expected.body));
    assert.deepEqual(Object.keys(json.headers), [...new Set(expected.headers.map(([name]) => name))]);
  });
}

test("an event in the shape of a REST API is read as one", () => {
  for (const { name, event } of samples) {
    const { body, info } = formFromAws(event);
    const again = formFromAws(JSON.parse(formToShape(body, info, { shape: "proxy-v1" })));
    assert.equal(text(again.body), text(body), name);
    assert.deepEqual(again.info, { ...info, time: info.time ?? again.info.time }, name);
  }
});

test("single values, if there are no others", () => {
  const { multiValueHeaders, multiValueQueryStringParameters, ...single } = event("a REST API");
  for (const empty of [undefined, null, {}]) {
    const { info } = formFromAws({ ...single, multiValueHeaders: empty, multiValueQueryStringParameters: empty });
    assert.equal(Object.fromEntries(info.headers)["X-Test"], "two");
    assert.equal(info.queryString, "from=caf%C3%A9&to=b+c");
  }
  assert.deepEqual(formFromAws({ ...single, multiValueHeaders: multiValueHeaders, body: null }).body, "");
  assert.ok(multiValueQueryStringParameters);
});

test("a test from the console", () => {
  const test = event("a REST API");
  test.requestContext.identity = { sourceIp: null, userAgent: null };
  const { info } = formFromAws(test);
  assert.deepEqual([info.sourceIp, info.userAgent], ["", "curl/8.5.0"]);
});

test("the client of a load balancer", () => {
  for (const [forwarded, sourceIp] of [
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:80", "192.0.2.1"],
    ["203.0.113.9,192.0.2.1", "192.0.2.1"],
    ["a, 2001:db8::7", "2001:db8::7"],
    ["a , [2001:db8::7]:80 ", "2001:db8::7"],
    ["192.0.2.1, unknown", "unknown"],
    ["", ""],
    [undefined, ""],
  ]) {
    const posted = event("a load balancer");
    posted.headers["x-forwarded-for"] = forwarded;
    if (forwarded === undefined) delete posted.headers["x-forwarded-for"];
    assert.equal(formFromAws(posted).info.sourceIp, sourceIp, forwarded);
  }
});

for (const { base64, text: decoded, offset } of base64s) {
  test(`the base64 ${JSON.stringify(base64)}`, () => {
    const events = ["a REST API", "an HTTP API with payload 2.0", "a function URL", "a load balancer"].map((name) => {
      return { ...event(name), isBase64Encoded: true, body: base64 };
    });
    const edge = event("a viewer request at Lambda@Edge");
    edge.Records[0].cf.request.body.data = base64;
    for (const posted of [...events, edge]) {
      if (offset === undefined) assert.equal(text(formFromAws(posted).body), decoded);
      else refuses(() => formFromAws(posted), "invalid-base64", `not base64 at byte offset ${offset}`, { offset });
    }
  });
}

test("bodies that Lambda@Edge does not have", () => {
  const edge = event("a viewer request at Lambda@Edge");
  edge.Records[0].cf.request.body.inputTruncated = true;
  refuses(() => formFromAws(edge), "truncated", "Lambda@Edge cut it off (inputTruncated)");
  delete edge.Records[0].cf.request.body;
  refuses(() => formFromAws(edge), "missing-body", '"Include body"');
});

// Every member of the value, however deep.
function* places(value) {
  for (const name of value && typeof value === "object" ? Object.keys(value) : []) {
    yield [value, name];
    yield* places(value[name]);
  }
}

test("any value in the place of any value of an event gives a form or an error that names it", () => {
  const others = [undefined, null, true, -1, "", "x", [], {}, ["x"], [null], [["x"]], { a: ["x"] }];
  for (const { name, event } of samples) {
    for (const [parent, member] of places(event)) {
      const own = parent[member];
      for (const other of others) {
        parent[member] = other;
        try {
          const { body, info } = formFromAws(event);
          formToEvent(body, info);
        } catch (error) {
          const named = /^the event must be |of the event must be |^time must be /;
          if (!(error instanceof FormError)) assert.match(error.message, named, `${name}, ${member}: ${JSON.stringify(other)}`);
        }
      }
      parent[member] = own;
    }
  }
});

test("members that are null or missing are empty, and values that are null are none", () => {
  for (const missing of [undefined, null]) {
    const posted = event("a REST API");
    Object.assign(posted, { path: missing, body: missing });
    posted.requestContext = { ...posted.requestContext, stage: missing, requestId: missing, requestTimeEpoch: missing };
    posted.multiValueHeaders = { "Content-Type": [missing, FORM], "X-None": missing, "X-Some": ["a", missing] };
    const { body, info } = formFromAws(posted);
    assert.deepEqual([body, info.path, info.stage, info.requestId, info.time], ["", "", "", "", undefined]);
    assert.deepEqual(info.headers, [
      ["Content-Type", FORM],
      ["X-Some", "a"],
    ]);

    const http = event("an HTTP API with payload 2.0");
    Object.assign(http, { rawPath: missing, rawQueryString: missing, cookies: missing });
    assert.deepEqual([formFromAws(http).info.path, formFromAws(http).info.queryString], ["", ""]);

    const edge = event("a viewer request at Lambda@Edge");
    Object.assign(edge.Records[0].cf, { config: missing });
    Object.assign(edge.Records[0].cf.request, { querystring: missing });
    assert.deepEqual([formFromAws(edge).info.requestId, formFromAws(edge).info.queryString], ["", ""]);
  }
});

test("members of the wrong type", () => {
  const refusesType = (posted, message) => assert.throws(() => formFromAws(posted), { name: "TypeError", message });
  refusesType({ ...event("a REST API"), body: { a: "1" } }, "body of the event must be a string, not Object");
  refusesType({ ...event("a REST API"), path: 1 }, "path of the event must be a string, not 1");
  const http = event("an HTTP API with payload 2.0");
  refusesType({ ...http, headers: { ...http.headers, age: 1 } }, 'the header or parameter "age" of the event must be a string, not 1');
  const edge = event("a viewer request at Lambda@Edge");
  edge.Records[0].cf.request.body.encoding = "hex";
  refusesType(edge, 'body.encoding of the event must be "base64" or "text", not "hex"');
  edge.Records[0].cf.request.body = { encoding: "text" };
  refusesType(edge, "body.data of the event must be a string, not undefined");
});

test("events of no known kind", () => {
  const sqs = { Records: [{ messageId: "1", body: "a=1", eventSource: "aws:sqs" }] };
  const websocket = { requestContext: { connectionId: "1" }, body: "a=1" };
  for (const other of [undefined, null, "", 1, {}, [], { body: "a=1" }, { Records: [] }, sqs, websocket]) {
    assert.throws(() => formFromAws(other), { name: "TypeError", message: /^the event must be that of a REST API, / });
  }
});

for (const { contentType, result, charset } of mediaTypes) {
  test(`the content type ${JSON.stringify(contentType)}`, () => {
    const check = () => checkMediaType(new Map([["content-type", contentType]]));
    if (result === "ok") check();
    else if (result === "charset") refuses(check, "charset", `the charset must be UTF-8 or US-ASCII, but is ${JSON.stringify(charset)}`);
    else refuses(check, "media-type", `the content type must be ${FORM}, but is ${JSON.stringify(contentType)}`);
  });
}

test("the table of content types has the results of the MIME Sniffing Standard", () => {
  for (const { contentType, result, charset } of mediaTypes) {
    let parsed;
    try {
      parsed = new MIMEType(contentType);
    } catch {
      // No media type at all.
    }
    assert.equal(parsed?.essence === FORM, result !== "not-form", contentType);
    if (result === "ok") assert.match(parsed.params.get("charset") ?? "utf-8", /^ ?(utf-?8|(us-)?ascii) ?$/i, contentType);
    if (result === "charset") assert.equal(parsed.params.get("charset"), charset, contentType);
  }
});

test("long content types", () => {
  checkMediaType(sent({ "content-type": FORM.padEnd(1000, ";") }));
  const message = "the content type must have at most 1000 bytes, but has 1001";
  refuses(() => checkMediaType(sent({ "content-type": FORM.padEnd(1001, ";") })), "media-type", message);
});

test("a request without a content type, and content codings", () => {
  refuses(() => checkMediaType(sent({})), "media-type", `the content type must be ${FORM}, but is missing`);
  checkMediaType(sent({ "content-type": FORM, "content-encoding": "Identity" }));
  // Of the types that the caller names, it returns the one that was sent.
  const multipart = "multipart/form-data";
  const types = [FORM, multipart];
  assert.equal(checkMediaType(sent({ "content-type": FORM })), FORM);
  assert.equal(checkMediaType(sent({ "content-type": FORM }), types), FORM);
  assert.equal(checkMediaType(sent({ "content-type": "Multipart/Form-Data; boundary=x; charset=latin1" }), types), multipart);
  const either = `the content type must be ${FORM} or ${multipart}, but is "a/b"`;
  refuses(() => checkMediaType(sent({ "content-type": "a/b" }), types), "media-type", either);
  refuses(() => checkMediaType(sent({ "content-type": FORM }), [multipart]), "media-type", `the content type must be ${multipart}`);
  refuses(() => checkMediaType(sent({ "content-type": `${FORM}; charset=latin1` }), types), "charset", '"latin1"');
  // In the crate's order.
  for (const type of [FORM, `${FORM}; charset=latin1`]) {
    refuses(() => checkMediaType(sent({ "content-type": type, "content-encoding": "gzip" })), "content-coding", 'but has "gzip"');
  }
});

test("headers that are no Headers object", () => {
  for (const headers of [undefined, null, "", { "content-type": FORM }, [["content-type", FORM]]]) {
    assert.throws(() => checkMediaType(headers), { name: "TypeError", message: /^headers must have a method `get`/ });
  }
});

test("the content type of every event is checked first", () => {
  for (const { name, event } of samples) {
    const json = JSON.stringify(event);
    refuses(() => formFromAws(JSON.parse(json.replaceAll(FORM, "application/json"))), "media-type", "application/json");
    const none = json.replaceAll(/(ontent-)type"/gi, '$1kind"');
    refuses(() => formFromAws(JSON.parse(none)), "media-type", "missing", name);
  }
  const posted = event("a REST API");
  posted.multiValueHeaders["Content-Type"] = ["text/plain"];
  refuses(() => formFromAws({ ...posted, isBase64Encoded: true, body: "?" }), "media-type", "text/plain");
});

test("require has the same", () => {
  const require = createRequire(import.meta.url);
  assert.equal(require("formevent/aws").formFromAws, formFromAws);
  // For a Node that cannot require modules: the files for it, with the class of errors beside them.
  const { FormError } = require(join(root, "pkg/dist/core.cjs"));
  assert.throws(() => require(join(root, "pkg/dist/media-type.cjs")).checkMediaType(sent({})), FormError);
  const { formFromAws: required } = require(join(root, "pkg/dist/aws.cjs"));
  for (const { event } of samples) assert.deepEqual(required(event), formFromAws(event));
});

test("the types are those of @types/aws-lambda", async () => {
  const consumer = `
    import type {
      ALBEvent, ALBHandler, APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyEventV2WithJWTAuthorizer,
      APIGatewayProxyWithCognitoAuthorizerEvent, CloudFrontRequestEvent, LambdaFunctionURLEvent, SQSEvent,
    } from "aws-lambda";
    import { formToEvent, formToJson } from "formevent";
    import { type AwsEvent, type AwsForm, formFromAws } from "formevent/aws";
    import { checkMediaType, type FormMediaType } from "formevent/media-type";

    export const forms = (
      v1: APIGatewayProxyEvent, cognito: APIGatewayProxyWithCognitoAuthorizerEvent, v2: APIGatewayProxyEventV2,
      jwt: APIGatewayProxyEventV2WithJWTAuthorizer, url: LambdaFunctionURLEvent, alb: ALBEvent, edge: CloudFrontRequestEvent,
    ): AwsForm[] => [v1, cognito, v2, jwt, url, alb, edge].map((event: AwsEvent) => formFromAws(event));
    export const handler: ALBHandler = async (event) => {
      const { body, info } = formFromAws(event);
      const names: string[] = info.headers.map(([name]) => name);
      return { statusCode: 200, body: formToEvent(body, info) + formToJson(body) + names };
    };
    export const check = (request: { headers: Map<string, string> }): FormMediaType => checkMediaType(request.headers, ["multipart/form-data"]);
    // @ts-expect-error a queue has no form
    export const wrong = (event: SQSEvent) => formFromAws(event);
  `;
  const folder = join(root, "target/npm-aws");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const file of ["consumer.ts", "consumer.cts"]) await writeFile(join(folder, file), consumer);
  for (const strict of [[], ["--exactOptionalPropertyTypes"]]) {
    const args = [
      "--noEmit",
      "--strict",
      ...strict,
      "--module",
      "nodenext",
      "--lib",
      "es2022",
      "--types",
      "node",
      "consumer.ts",
      "consumer.cts",
    ];
    await execFile(join(root, "node_modules/.bin/tsc"), args, { cwd: folder }).catch((error) => assert.fail(error.stdout));
  }
});
