// Tests the edge worker in workerd, with a stand-in for Lambda.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { after, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import "formevent";
import { formToEvent, SHAPES } from "formevent/shapes";

import { querystring, template } from "../vectors.js";
import { CREDENTIALS } from "./aws.js";
import { startFront } from "./front.js";
import { deployed, startWorker } from "./worker.js";

const FORM = "application/x-www-form-urlencoded";

const running = [];
after(() => Promise.all(running.map((it) => it.close())));

async function worker(settings, options) {
  const started = await startWorker(settings, options);
  running.push(started);
  const send = async (body, headers = {}, rest = {}, name = undefined, url = started.url.href) => {
    const init = { method: "POST", body, headers: { "content-type": FORM, ...headers }, redirect: "manual", ...rest };
    const response = await (name ? (await started.worker(name)).fetch(url, init) : fetch(url, init));
    const text = await response.text();
    const json = /json/.test(response.headers.get("content-type")) ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  };
  return { ...started, send };
}

async function front(options = {}) {
  const events = [];
  const deliver = async (event) => void events.push(JSON.parse(event));
  const started = await startFront({ deliver, ...options });
  running.push(started);
  return Object.assign(started, { events });
}

/** Starts a stand-in whose first calls fail in these ways. */
async function frontWith(...faults) {
  return front({ fault: (number) => faults[number] });
}

function assertProblem({ status, headers, json }, expected, code) {
  assert.equal(status, expected);
  assert.equal(headers.get("content-type"), "application/problem+json");
  assert.equal(json.status, expected);
  assert.equal(json.code, code);
  assert.ok(json.title && json.detail, "the answer does not say why");
  assert.equal(json.requestId, headers.get("x-request-id"));
}

describe("without a function", async () => {
  const { url, send, logged } = await worker({ STAGE: "prod" });

  test("it answers with the event", async () => {
    const { status, headers, json } = await send("name=Ada+L.&a=b=c&note=", {
      "user-agent": "test/1",
      "x-a": "b",
      "cf-connecting-ip": "192.0.2.1",
    });
    assert.equal(status, 200);
    assert.equal(headers.get("x-formevent"), "echo");
    assert.deepEqual(json.querystring, { name: "Ada+L.", note: "" });
    assert.deepEqual(Object.keys(json), ["headers", "querystring", "stage", "sourceIp", "userAgent", "requestId"]);
    assert.equal(json.headers["x-a"], "b");
    assert.equal(json.stage, "prod");
    assert.equal(json.userAgent, "test/1");
    assert.equal(json.sourceIp, json.headers["cf-connecting-ip"]);
    assert.match(json.requestId, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    assert.equal(json.requestId, headers.get("x-request-id"));
  });

  test("a request can try out other settings", async () => {
    const headers = (settings) => ({ "x-formevent-settings": typeof settings === "string" ? settings : JSON.stringify(settings) });
    const body = "a=%C3%A9&a=2&b=c=d";
    const own = await send(body, headers({ RULES: "whatwg", DECODE: "true", DUPLICATES: "group" }));
    assert.deepEqual(own.json.querystring, { a: ["é", "2"], b: "c=d" });
    assert.equal(own.json.headers["x-formevent-settings"], undefined);
    assert.equal(own.json.stage, "prod");
    const shaped = await send(body, headers(String.raw`{"SHAPE":"{\"\u00e9\":\"$pairs\"}"}`));
    assert.equal(shaped.text, '{"é":{"a":"%C3%A9","a":"2"}}');
    assert.deepEqual((await send(body, headers({}))).json.querystring, { a: "2" });
    for (const [settings, detail] of [
      ["[", /x-formevent-settings must be an object of strings/],
      [{ RULES: "other" }, /RULES must be one of template, whatwg, not "other"/],
      [{ LAMBDA_FUNCTION: "f" }, /LAMBDA_FUNCTION must be one of SHAPE, RULES, DECODE, DUPLICATES, UTF8/],
      [{ SHAPE: '{"a":"$b"}' }, /"\$b" is not a hole/],
    ]) {
      const refused = await send(body, headers(settings));
      assertProblem(refused, 400, "settings");
      assert.match(refused.json.detail, detail);
    }
  });

  test("its pairs are those of each vector", async () => {
    let checked = 0;
    for (const vector of template) {
      const { text } = await send(vector.body);
      assert.ok(text.includes(`,"querystring":${querystring(vector)},"stage":"prod",`), `${vector.body}: ${text}`);
      checked += 1;
    }
    assert.equal(checked, 789);
  });

  test("credentials stay out of the event", async () => {
    const names = ["authorization", "cookie", "proxy-authorization", "x-api-key", "cf-access-jwt-assertion", "cf-access-client-secret"];
    const { json } = await send("a=1", { ...Object.fromEntries(names.map((name) => [name, "secret"])), "x-b": "y" });
    for (const name of names) assert.equal(json.headers[name], undefined, name);
    assert.equal(json.headers["x-b"], "y");
  });

  test("the content type can have parameters and any case", async () => {
    for (const type of [
      FORM,
      `${FORM}; charset=UTF-8`,
      "Application/X-WWW-Form-Urlencoded;Charset=utf-8",
      ` ${FORM} ;a=b`,
      `${FORM}; charset=us-ascii`,
    ]) {
      assert.equal((await send("a=1", { "content-type": type })).status, 200, type);
    }
  });

  test("bodies other than forms are refused", async () => {
    for (const type of ["application/json", "multipart/mixed; boundary=x", `${FORM}x`, `text/${FORM}`]) {
      const answer = await send("a=1", { "content-type": type });
      assertProblem(answer, 415, "media-type");
      assert.ok(answer.json.detail.includes(FORM) && answer.json.detail.includes(type));
      assert.equal(answer.headers.get("accept"), `${FORM}, multipart/form-data`);
    }
    const response = await fetch(url, { method: "POST" });
    assert.equal(response.status, 415);
    assert.match((await response.json()).detail, /but is missing/);
    for (const charset of ["ISO-8859-1", "Shift_JIS", "utf-16"]) {
      const answer = await send("a=%E9", { "content-type": `${FORM}; charset=${charset}` });
      assertProblem(answer, 415, "charset");
      assert.ok(answer.json.detail.includes(`"${charset}"`), answer.json.detail);
      assert.equal(answer.headers.get("accept"), `${FORM}; charset=utf-8`);
    }
    const coded = await send("a=1", { "content-encoding": "gzip" });
    assertProblem(coded, 415, "content-coding");
    assert.equal(coded.headers.get("accept-encoding"), "identity");
  });

  test("methods other than POST are refused", async () => {
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const answer = await send("a=1", {}, { method });
      assertProblem(answer, 405, "method");
      assert.equal(answer.headers.get("allow"), "GET, HEAD, OPTIONS, POST");
    }
  });

  test("GET shows the page, OPTIONS the methods", async () => {
    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>formevent/);
    assert.match(page.headers.get("x-request-id"), /^[0-9a-f-]{36}$/);
    assert.equal((await fetch(url, { method: "HEAD" })).status, 200);
    assert.equal((await fetch(new URL("formevent/dist/formevent.wasm", url))).headers.get("content-type"), "application/wasm");
    assert.equal((await fetch(new URL("no-such-file", url))).status, 404);
    const { status, headers } = await fetch(url, { method: "OPTIONS" });
    assert.deepEqual([status, headers.get("allow")], [204, "GET, HEAD, OPTIONS, POST"]);
    // No origin is allowed by default.
    assert.equal(headers.get("access-control-allow-origin"), null);
  });

  test("an empty body is an empty form", async () => {
    assert.deepEqual((await send("")).json.querystring, {});
  });

  test("nothing else is logged", () => {
    // One line for each of the vectors that lose something, and for the forms above.
    for (const line of logged) assert.equal(JSON.parse(line).message, "fields are not in the event");
  });
});

/** The lines about lost fields, without the ids. */
const lost = (logged) => logged.map((line) => JSON.parse(line)).map(({ level, message, requestId, ...facts }) => facts);

describe("what does not reach the function", async () => {
  const places = (response) => [response.headers.get("x-formevent-dropped"), response.headers.get("x-formevent-repeated")];

  test("is counted in the answer and in the log", async () => {
    const { send, logged } = await worker();
    const lossy = await send("x=1=2&newsletter&name=Ada&name=Eve&=%20&secret&name=Zoe");
    assert.deepEqual(places(lossy), ['4;offsets="0 6 35 40"', '1;offsets="17"']);
    assert.deepEqual(lossy.json.querystring, { name: "Zoe" });
    assert.deepEqual(lost(logged), [
      {
        droppedCount: 4,
        dropped: [
          { offset: 0, reason: "many-equals" },
          { offset: 6, reason: "no-equals" },
          { offset: 35, reason: "empty-key" },
          { offset: 40, reason: "no-equals" },
        ],
        repeatedCount: 1,
        repeated: [{ offset: 17, count: 3 }],
      },
    ]);
    assert.equal(JSON.parse(logged[0]).requestId, lossy.headers.get("x-request-id"));
    assert.doesNotMatch(logged.join(), /newsletter|secret|Ada/);
    for (const body of ["", "name=Ada&topic=tea", "&&name=Ada&"]) assert.deepEqual(places(await send(body)), [null, null]);
    assert.equal(logged.length, 1);
    // All are counted, and the first are listed.
    const many = await send(`${"x&".repeat(1_000)}${Array.from({ length: 300 }, (_, key) => `${key}=&${key}=`).join("&")}`);
    assert.match(places(many)[0], /^1000;offsets="0 2 4 /);
    assert.match(places(many)[1], /^300;offsets="2000 /);
    for (const place of places(many)) assert.equal(place.split(" ").length, 100);
    const [, { dropped, repeated }] = lost(logged);
    assert.deepEqual([dropped.length, repeated.length], [100, 100]);
  });

  test("depends on the options", async () => {
    const body = "a=1&b&a=2";
    for (const [settings, expected] of [
      [{ RULES: "whatwg" }, [null, '1;offsets="0"']],
      [{ DUPLICATES: "first" }, ['1;offsets="4"', '1;offsets="0"']],
      [{ DUPLICATES: "group" }, ['1;offsets="4"', null]],
      [{ DUPLICATES: "arrays", RULES: "whatwg" }, [null, null]],
      // Its event has the whole body.
      [{ SHAPE: "proxy-v2" }, [null, null]],
      [{ SHAPE: "flat" }, ['1;offsets="4"', '1;offsets="0"']],
      [{ SHAPE: { body: "$body", dropped: "$dropped" }, RULES: "template" }, ['1;offsets="4"', '1;offsets="0"']],
      [{ DROPPED: "pass", DUPLICATES: "group" }, ['1;offsets="4"', null]],
    ]) {
      const { send } = await worker(settings);
      assert.deepEqual(places(await send(body)), expected, JSON.stringify(settings));
    }
    // A preset decides whether to decode, like the event that has its shape.
    for (const [settings, repeated] of [
      [{}, null],
      [{ SHAPE: "flat" }, '1;offsets="0"'],
      [{ SHAPE: "flat", DECODE: "false" }, null],
    ]) {
      const { send } = await worker(settings);
      assert.deepEqual(places(await send("a=1&%61=2")), [null, repeated], JSON.stringify(settings));
    }
  });

  test("is counted for the client of a function, which pages of other origins can read", async () => {
    const { settings, events } = await front();
    const { send, logged } = await worker({ ...settings, ALLOWED_ORIGINS: "*" });
    const accepted = await send("x=1=2&newsletter&a=1&a=2", { origin: "https://www.example.com" });
    assert.equal(accepted.status, 202);
    assert.deepEqual(places(accepted), ["2", "1"]);
    assert.match(accepted.headers.get("access-control-expose-headers"), /x-formevent-dropped, x-formevent-repeated/);
    assert.deepEqual(events[0].querystring, { a: "2" });
    assert.equal(lost(logged)[0].droppedCount, 2);
    assert.deepEqual(places(await send("a=1")), [null, null]);
    assert.equal(logged.length, 1);
  });
});

describe("forms with files", async () => {
  const text = { name: "Ada & Co.", message: "50% off\r\n--x" };
  const posted = (file) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(text)) data.append(name, value);
    if (file) data.append("cv", file);
    // fetch sets the content type.
    return data;
  };
  const post = async ({ url }, body, headers = {}) => {
    const response = await fetch(url, { method: "POST", body, headers });
    return { status: response.status, headers: response.headers, json: await response.json() };
  };
  const pdf = new File(["%PDF"], "cv.pdf", { type: "application/pdf" });

  test("the fields of text enter the event as they were typed", async () => {
    for (const settings of [{}, { DECODE: "true" }, { SHAPE: { querystring: "$pairs" } }]) {
      const echo = await worker(settings);
      const { status, json } = await post(echo, posted());
      assert.deepEqual([status, json.querystring], [200, text]);
      assert.deepEqual(echo.logged, []);
    }
  });

  test("a file is refused, and the answer names its field", async () => {
    const { settings, events } = await front();
    const refused = await post(await worker(settings), posted(pdf));
    assertProblem(refused, 415, "file");
    assert.equal(refused.json.field, "cv");
    assert.match(refused.json.detail, /the field `cv` at byte offset \d+ has a file, and files are refused: send the form without it/);
    assert.deepEqual(events, []);
  });

  test("with FILES=drop, a file is counted", async () => {
    const { settings, events } = await front();
    const running = await worker({ ...settings, FILES: "drop" });
    const accepted = await post(running, posted(pdf));
    assert.equal(accepted.status, 202);
    assert.equal(accepted.headers.get("x-formevent-dropped"), "1");
    assert.deepEqual(events[0].querystring, text);
    const [{ dropped, droppedCount }] = lost(running.logged);
    assert.equal(droppedCount, 1);
    assert.deepEqual(Object.keys(dropped[0]), ["offset", "reason"]);
    assert.equal(dropped[0].reason, "file");

    const passing = await worker({ FILES: "drop", DROPPED: "pass" });
    const { json } = await post(passing, posted(pdf));
    const [{ offset, ...file }] = JSON.parse(json.dropped);
    assert.deepEqual(file, { name: "cv", filename: "cv.pdf", contentType: "application/pdf", size: 4, reason: "file" });
    const refusing = await post(await worker({ FILES: "drop", DROPPED: "refuse" }), posted(pdf));
    assertProblem(refusing, 400, "dropped-segments");
    assert.deepEqual(refusing.json.dropped, [{ offset, ...file }]);
  });

  test("broken forms and limits", async () => {
    const multipart = (boundary) => ({ "content-type": `multipart/form-data${boundary}` });
    const echo = await worker({ MAX_PAIRS: 2, MAX_BODY_BYTES: 20_000, UTF8: "strict" });
    const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n';
    assertProblem(await post(echo, `${part}\r\n1\r\n--x--`, multipart("")), 400, "boundary");
    const cut = await post(echo, `${part}\r\n1\r\n`, multipart("; boundary=x"));
    assertProblem(cut, 400, "malformed-multipart");
    assert.equal(cut.json.offset, 5);
    const three = await post(echo, `${`${part}\r\n1\r\n`.repeat(3)}--x--`, multipart("; boundary=x"));
    assertProblem(three, 413, "too-many-parts");
    assert.equal(three.json.limit, 2);
    assertProblem(
      await post(echo, `${part}X: ${"y".repeat(8_192)}\r\n\r\n1\r\n--x--`, multipart("; boundary=x")),
      413,
      "too-many-header-bytes",
    );
    assertProblem(await post(echo, "x".repeat(20_001), multipart("; boundary=x")), 413, "too-many-bytes");
    const bytes = Buffer.concat([Buffer.from(`${part}\r\n`), Buffer.from([0xff]), Buffer.from("\r\n--x--")]);
    const invalid = await post(echo, bytes, multipart("; boundary=x"));
    assertProblem(invalid, 400, "invalid-utf8");
    assert.equal(invalid.json.offset, 5);
    assertProblem(
      await post(echo, `${part}Content-Type: text/plain; charset=latin1\r\n\r\n1\r\n--x--`, multipart("; boundary=x")),
      415,
      "charset",
    );
    const repeated = await post(echo, `${part}\r\n1\r\n${part}\r\n2\r\n--x--`, multipart("; boundary=x"));
    assert.equal(repeated.headers.get("x-formevent-repeated"), '1;offsets="5"');
  });
});

describe("limits", async () => {
  const { url, send } = await worker({ MAX_BODY_BYTES: 1_000, MAX_PAIRS: 5, MAX_EVENT_BYTES: "1200", RULES: "whatwg" });

  test("the body, its pairs and the event have limits", async () => {
    assertProblem(await send("a".repeat(1_001)), 413, "too-many-bytes");
    assertProblem(await send("a&".repeat(6)), 413, "too-many-pairs");
    const answer = await send("\x01".repeat(200));
    assertProblem(answer, 413, "too-much-output");
    assert.equal(answer.json.limit, 1_200);
    assert.equal(typeof answer.json.offset, "number");
    assert.equal((await send("a&".repeat(5))).status, 200);
  });

  // A raw connection, since no client lies about the length.
  const attempt = async (url, head, piece, most) => {
    const socket = connect(url.port, url.hostname).on("error", () => {});
    let answer = "";
    let sent = 0;
    socket.on("data", (data) => (answer += data));
    socket.write(head);
    for (const end = Date.now() + 20_000; !answer && !socket.destroyed; await setTimeout(1)) {
      assert.ok(Date.now() < end, "there is no answer");
      if (sent === most) continue;
      sent += piece.length;
      socket.write(piece);
      assert.ok(sent <= most, `${sent} bytes were read`);
    }
    socket.destroy();
    return answer && Number(answer.split(" ")[1]);
  };
  // workerd closes the connection after its answer. Node drops the answer if a write fails before it is read.
  const raw = async (...args) => {
    for (let attempts = 1; attempts <= 10; attempts++) {
      const status = await attempt(...args);
      if (status) return status;
    }
    assert.fail("the connection always breaks without an answer");
  };
  const head = `POST / HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: ${FORM}\r\n`;

  test("a long body can have a short event", async () => {
    const { send } = await worker({ MAX_BODY_BYTES: 1e12, MAX_PAIRS: 1e9 });
    // Dropped segments take no room in the event.
    const { status, json } = await send(`a=1${"&dropped&a=b=c".repeat(2_000_000)}&b=2`);
    assert.deepEqual([status, json.querystring], [200, { a: "1", b: "2" }]);
  });

  test("reading stops at the limit, whatever length the body claims", async () => {
    const piece = "a".repeat(4_096);
    assert.equal(await raw(url, `${head}Transfer-Encoding: chunked\r\n\r\n`, `1000\r\n${piece}\r\n`, 4_102 * 2_000), 413);
    // If the body announces that it is too long, nothing needs to arrive.
    assert.equal(await raw(url, `${head}Content-Length: 1001\r\n\r\n`, "", 0), 413);
    // The announced length decides where a body ends.
    assert.equal(await raw(url, `${head}Content-Length: 3\r\n\r\n`, "a=1&b=2", 7), 200);
  });
});

// Raw connections, since a client would follow the protocol.
describe("broken bodies", async () => {
  const { url, logged } = await worker();
  const inspecting = await worker({ DROPPED: "refuse" });

  const answered = async ({ url }, text) => {
    const socket = connect(url.port, url.hostname).setEncoding("utf8");
    socket.write(`POST / HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: ${FORM}\r\n${text}`);
    let answer = "";
    for await (const data of socket) if ((answer += data).includes('"requestId"')) break;
    return { status: Number(answer.split(" ")[1]), code: /"code":"([^"]*)"/.exec(answer)?.[1] };
  };

  test("broken framing is the client's error", async () => {
    for (const it of [{ url }, inspecting]) {
      for (const chunks of ["3\r\na=1\r\nx", "3\r\na=1&b=2\r\n0\r\n\r\n", "ffffffffffffffffff\r\n"]) {
        assert.deepEqual(
          await answered(it, `Transfer-Encoding: chunked\r\n\r\n${chunks}\r\n`),
          { status: 400, code: "unreadable-body" },
          chunks,
        );
      }
    }
  });

  test("clients that go away leave nothing in the log", async () => {
    for (const it of [{ url }, inspecting]) {
      for (const rest of ["Content-Length: 1000\r\n\r\na=1", "Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n"]) {
        const socket = connect(it.url.port, it.url.hostname);
        await once(socket, "connect");
        socket.write(`POST / HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: ${FORM}\r\n${rest}`);
        await setTimeout(100);
        socket.destroy();
      }
      // These requests are handled after the broken ones.
      for (let round = 0; round < 5; round++) await fetch(it.url, { method: "POST", body: "a=1", headers: { "content-type": FORM } });
      await setTimeout(200);
    }
    assert.deepEqual([...logged, ...inspecting.logged], []);
  });
});

describe("options", async () => {
  test("DECODE, DUPLICATES, EXTRA_MEMBERS, OMIT_HEADERS", async () => {
    const { send } = await worker({
      DECODE: true,
      DUPLICATES: "group",
      EXTRA_MEMBERS: { site: "main", lang: "日本語" },
      OMIT_HEADERS: "X-Secret, accept",
      STAGE: "dev",
    });
    const { json } = await send("a=1+%C3%A9&b=2&a=3", { "x-secret": "x", authorization: "y" });
    assert.deepEqual(json.querystring, { a: ["1 é", "3"], b: "2" });
    assert.deepEqual([json.site, json.lang, json.stage], ["main", "日本語", "dev"]);
    assert.deepEqual([json.headers["x-secret"], json.headers.accept, json.headers.authorization], [undefined, undefined, "y"]);
  });

  test("with an empty OMIT_HEADERS, every header gets through, as in the template", async () => {
    const { send } = await worker({ OMIT_HEADERS: "" });
    assert.equal((await send("a=1", { authorization: "y" })).json.headers.authorization, "y");
  });

  test("strict UTF-8", async () => {
    const { send } = await worker({ UTF8: "strict" });
    const answer = await send(new Uint8Array([0x61, 0x3d, 0xff]));
    assertProblem(answer, 400, "invalid-utf8");
    assert.equal(answer.json.offset, 2);
    assert.equal((await send("a=é")).status, 200);
  });

  test("dropped segments are refused and listed", async () => {
    const { send } = await worker({ DROPPED: "refuse" });
    const answer = await send("a=1&b&=c&d=e=f");
    assertProblem(answer, 400, "dropped-segments");
    assert.deepEqual(answer.json.dropped, [
      { offset: 4, text: "b", reason: "no-equals" },
      { offset: 6, text: "=c", reason: "empty-key" },
      { offset: 9, text: "d=e=f", reason: "many-equals" },
    ]);
    assert.equal(answer.json.count, 3);
    const { status, json } = await send("a=1&&b=2");
    assert.deepEqual([status, json.querystring, json.dropped], [200, { a: "1", b: "2" }, undefined]);
  });

  test("the first 100 dropped segments are listed, and all are counted", async () => {
    const count = 499_000;
    const all = "x&".repeat(count);
    const first = Array.from({ length: 100 }, (_, number) => ({ offset: 2 * number, text: "x", reason: "no-equals" }));

    const refusing = await worker({ DROPPED: "refuse", MAX_PAIRS: 500_000 });
    const refused = await refusing.send(all);
    assertProblem(refused, 400, "dropped-segments");
    assert.ok(refused.text.length < 7_000, `${refused.text.length} bytes`);
    assert.deepEqual([refused.json.count, refused.json.dropped], [count, first]);
    // Each is cut to 100 characters.
    for (const [text, shown] of [
      ["é".repeat(100), undefined],
      ["山".repeat(101), `${"山".repeat(100)}…`],
      ["😀".repeat(300_000), `${"😀".repeat(100)}…`],
    ]) {
      assert.deepEqual((await refusing.send(text.slice(0, 400_000))).json.dropped, [
        { offset: 0, text: shown ?? text, reason: "no-equals" },
      ]);
    }

    const passing = await worker({ DROPPED: "pass", MAX_PAIRS: 500_000 });
    const { status, json } = await passing.send(`a=1&${all}b=2`);
    assert.deepEqual([status, json.querystring], [200, { a: "1", b: "2" }]);
    assert.deepEqual(JSON.parse(json.dropped), [...first.map(({ offset, ...rest }) => ({ offset: offset + 4, ...rest })), { count }]);
    assert.equal(JSON.parse((await passing.send("x&".repeat(100))).json.dropped).length, 100);
  });

  test("MAX_PAIRS also limits the dropped segments", async () => {
    for (const [DROPPED, status] of [
      ["refuse", 400],
      ["pass", 200],
    ]) {
      const { send } = await worker({ DROPPED, MAX_PAIRS: 5 });
      assert.equal((await send("x&".repeat(5))).status, status);
      const answer = await send("x&".repeat(6));
      assertProblem(answer, 413, "too-many-dropped");
      assert.equal(answer.json.limit, 5);
    }
    const { send } = await worker({ MAX_PAIRS: 5 });
    assert.equal((await send("x&".repeat(6))).status, 200);
  });

  test("dropped segments are passed on", async () => {
    const { send } = await worker({ DROPPED: "pass", EXTRA_MEMBERS: '{"site":"main"}' });
    const { json } = await send("a=1&b");
    assert.deepEqual(json.querystring, { a: "1" });
    assert.equal(json.site, "main");
    assert.deepEqual(JSON.parse(json.dropped), [{ offset: 4, text: "b", reason: "no-equals" }]);
    assert.deepEqual(JSON.parse((await send("a=1")).json.dropped), []);
    assert.equal(Object.keys(json).at(-1), "dropped");
  });

  test("cross-origin pages can read the answer if their origin is listed", async () => {
    const origin = "https://www.example.com";
    const { send, url } = await worker({ ALLOWED_ORIGINS: `${origin}, https://b.example` });
    for (const allowed of [origin, "https://b.example"]) {
      const { status, headers } = await send("a=1", { origin: allowed });
      assert.deepEqual([status, headers.get("access-control-allow-origin"), headers.get("vary")], [200, allowed, "origin"]);
      assert.match(headers.get("access-control-expose-headers"), /x-request-id/);
    }
    const evil = await send("a=1", { origin: "https://evil.example" });
    assertProblem(evil, 403, "origin-not-allowed");
    assert.deepEqual([evil.headers.get("access-control-allow-origin"), evil.headers.get("vary")], [null, "origin"]);
    // The worker's own page, and clients without an origin.
    assert.equal((await send("a=1", { origin: url.origin })).status, 200);
    assert.equal((await send("a=1")).status, 200);
    // Pages can read a refusal, too.
    assert.equal((await send("a=1", { origin, "content-type": "text/plain" })).headers.get("access-control-allow-origin"), origin);
    const preflight = await send(undefined, { origin, "access-control-request-method": "POST" }, { method: "OPTIONS" });
    assert.deepEqual([preflight.status, preflight.headers.get("access-control-allow-methods")], [204, "POST"]);
    assert.equal(preflight.headers.get("access-control-allow-headers"), "content-type");
    // They are normalised to the form that browsers send.
    const other = await worker({
      ALLOWED_ORIGINS: [
        "HTTPS://WWW.Example.com/",
        "https://b.example:443",
        "https://bücher.example:8443",
        "capacitor://localhost",
        "null",
      ],
    });
    for (const allowed of [origin, "https://b.example", "https://xn--bcher-kva.example:8443", "capacitor://localhost", "null"]) {
      assert.equal((await other.send("a=1", { origin: allowed })).headers.get("access-control-allow-origin"), allowed);
    }
    const all = await worker({ ALLOWED_ORIGINS: ["*"] });
    assert.equal((await all.send("a=1", { origin: "https://evil.example" })).headers.get("access-control-allow-origin"), "*");
  });
});

describe("SHAPE", async () => {
  const own = {
    form: "$pairs",
    bytes: "$bodyBase64",
    meta: [{ id: "$requestId", site: "$extra.site" }, "$method", "$path", "$queryString"],
    dropped: "$dropped",
    $$price: "$$1",
  };
  const EXTRA_MEMBERS = { site: "main", lang: "日本語" };
  const cases = {
    ...Object.fromEntries(SHAPES.map((shape) => [shape, { SHAPE: shape }])),
    received: { SHAPE: { headers: "$headers", sourceIp: "$sourceIp" } },
    own: { SHAPE: own, EXTRA_MEMBERS },
    "own as text": { SHAPE: ` ${JSON.stringify(own, null, 2).replace("form", "f\\u006frm")}\n`, EXTRA_MEMBERS, DROPPED: "pass" },
    array: { SHAPE: ["$extra.site", "$pairs"], EXTRA_MEMBERS: { site: "main" } },
    "other options": { SHAPE: "data", RULES: "template", DECODE: "false", DUPLICATES: "group", UTF8: "strict" },
    "data refuses": { SHAPE: "data", DROPPED: "refuse" },
    "flat refuses": { SHAPE: "flat", DROPPED: "refuse" },
    "proxy passes": { SHAPE: "proxy-v2", DROPPED: "pass" },
    limits: { SHAPE: { list: "$dropped" }, MAX_PAIRS: 5, MAX_BODY_BYTES: 100, MAX_EVENT_BYTES: 200 },
    empty: { SHAPE: " " },
  };
  // One workerd runs a worker for each case.
  const workers = Object.entries(cases).map(([name, settings]) => ({
    ...deployed("wrangler", { STAGE: "prod", ...settings }, { assets: undefined }),
    name,
  }));
  const { url, send: sendTo, logged } = await worker({}, { workers });
  const send = (name, body, headers, at = url.href) => sendTo(body, headers, {}, name, at);

  test("each preset gives the event of formevent/shapes", async () => {
    const at = `${url.href}contact/%C3%A9?to=a&to=b+c&from`;
    const headers = { "user-agent": "test/1", "x-a": '"é"', "cf-connecting-ip": "192.0.2.1" };
    const body = Buffer.concat([Buffer.from("name=Ada+L.&topic=a&topic=%22&a=b=c&note=&x="), Buffer.from([0xff])]);
    const { json: received } = await send("received", body, headers, at);
    for (const shape of SHAPES) {
      const { status, headers: answered, text, json } = await send(shape, body, headers, at);
      assert.deepEqual([status, answered.get("x-formevent")], [200, "echo"]);
      const time = json.requestContext?.timeEpoch ?? json.requestContext?.requestTimeEpoch ?? 0;
      if (shape.startsWith("proxy")) assert.ok(Math.abs(time - Date.now()) < 60_000, text);
      const info = {
        ...received,
        stage: "prod",
        userAgent: "test/1",
        method: "POST",
        path: "/contact/%C3%A9",
        queryString: "to=a&to=b+c&from",
        requestId: answered.get("x-request-id"),
        time,
      };
      assert.equal(text, formToEvent(body, info, { shape }));
    }
  });

  test("a document of your own, as JSON or as text", async () => {
    for (const name of ["own", "own as text"]) {
      const { headers, text } = await send(name, "a=1+2&b&a=%41", {}, `${url.href}x?y=z`);
      const id = headers.get("x-request-id");
      assert.equal(
        text,
        '{"form":{"a":"1+2","a":"%41"},"bytes":"YT0xKzImYiZhPSU0MQ==",' +
          `"meta":[{"id":"${id}","site":"main"},"POST","/x","y=z"],` +
          '"dropped":[{"offset":6,"text":"b","reason":"no-equals"}],"$price":"$1","lang":"日本語"}',
      );
    }
    assert.deepEqual((await send("array", "a=1")).json, ["main", { a: "1" }]);
  });

  test("RULES and DECODE come with a preset, unless you set them", async () => {
    const { json } = await send("other options", "a=1+2&a=%41&b=c=d");
    assert.deepEqual(json, { data: { a: ["1+2", "%41"] } });
    assertProblem(await send("other options", new Uint8Array([0x61, 0x3d, 0xff])), 400, "invalid-utf8");
    // These rules drop nothing.
    assert.equal((await send("data refuses", "a=b=c")).status, 200);
    assertProblem(await send("flat refuses", "a=b=c"), 400, "dropped-segments");
  });

  test("without $dropped, DROPPED passes a member", async () => {
    const { json } = await send("proxy passes", "a=1&b");
    assert.equal(Object.keys(json).at(-1), "dropped");
    assert.deepEqual(JSON.parse(json.dropped), [{ offset: 4, text: "b", reason: "no-equals" }]);
  });

  test("the limits hold", async () => {
    assert.equal((await send("limits", "x")).status, 200);
    assertProblem(await send("limits", "x&".repeat(6)), 413, "too-many-dropped");
    assertProblem(await send("limits", "x&".repeat(5)), 413, "too-much-output");
    assertProblem(await send("limits", "x".repeat(101)), 413, "too-many-bytes");
  });

  test("an empty SHAPE is none", async () => {
    const { json } = await send("empty", "a=1");
    assert.deepEqual(Object.keys(json), ["headers", "querystring", "stage", "sourceIp", "userAgent", "requestId"]);
  });

  test("nothing else is logged", () => {
    for (const line of logged) assert.equal(JSON.parse(line).message, "fields are not in the event");
  });
});

describe("with a function", async () => {
  test("it answers 202 after Lambda does, with the id that is in the event", async () => {
    const lambda = await front();
    const { send, logged } = await worker(lambda.settings);
    const { status, headers, json } = await send("name=Ada&x=%22");
    assert.equal(status, 202);
    assert.equal(headers.get("x-formevent"), null);
    assert.equal(lambda.calls.length, 1);
    await lambda.idle();
    assert.equal(lambda.events.length, 1);
    assert.equal(lambda.events[0].requestId, json.requestId);
    assert.equal(headers.get("x-request-id"), json.requestId);
    assert.deepEqual(lambda.events[0].querystring, { name: "Ada", x: "%22" });
    const [{ path, headers: sent }] = lambda.calls;
    assert.equal(path, "/2015-03-31/functions/contact-form/invocations");
    assert.equal(sent["x-amz-invocation-type"], "Event");
    assert.equal(sent["content-type"], "application/json");
    assert.deepEqual(logged, []);
  });

  test("a request cannot change the function's settings", async () => {
    const lambda = await front();
    const { send } = await worker(lambda.settings);
    assert.equal((await send("a=%22", { "x-formevent-settings": '{"SHAPE":"flat","DECODE":"true"}' })).status, 202);
    await lambda.idle();
    assert.deepEqual(lambda.events[0].querystring, { a: "%22" });
  });

  test("the function can be named by an ARN with an alias", async () => {
    const name = "arn:aws:lambda:eu-central-1:123456789012:function:contact-form:live";
    const lambda = await front({ functions: [name] });
    const { send } = await worker(lambda.settings);
    assert.equal((await send("a=1")).status, 202);
    await lambda.idle();
    assert.equal(lambda.events.length, 1);
  });

  test("the endpoint can have a path", async () => {
    for (const slash of ["", "/"]) {
      const lambda = await front({ base: "/proxy/lambda" });
      const { send } = await worker({ ...lambda.settings, AWS_ENDPOINT_URL_LAMBDA: lambda.url + slash });
      assert.equal((await send("a=1")).status, 202);
      assert.equal(lambda.calls[0].path, "/proxy/lambda/2015-03-31/functions/contact-form/invocations");
    }
  });

  test("a browser that posts a form itself is redirected, a program is not", async () => {
    const lambda = await front();
    const redirect = "https://www.example.com/thanks?a=b";
    const { send, url } = await worker({ ...lambda.settings, REDIRECT_TO: redirect });
    // Not with Node's fetch, which sends `sec-fetch-mode: cors`.
    const navigate = async (url, headers = { "sec-fetch-mode": "navigate" }) => {
      const posting = request(url, { method: "POST", headers: { "content-type": FORM, ...headers } }).end("a=1");
      const [response] = await once(posting, "response");
      response.resume();
      return [response.statusCode, response.headers.location];
    };
    assert.deepEqual(await navigate(url), [303, redirect]);
    assert.deepEqual(await navigate(url, { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }), [303, redirect]);
    assert.equal((await send("a=1")).status, 202);
    await lambda.idle();
    assert.equal(lambda.events.length, 3);
    // A header can only have ASCII characters.
    const relative = await worker({ ...lambda.settings, REDIRECT_TO: "/danke schön?a=ü#é" });
    assert.deepEqual(await navigate(relative.url), [303, "/danke%20sch%C3%B6n?a=%C3%BC#%C3%A9"]);
  });

  test("it repeats calls after throttling, failures, lost connections and silence", async () => {
    for (const fault of ["throttle", "error", "bad-gateway", "inactive", "timeout", "gone", "close", "silence"]) {
      const lambda = await frontWith(fault, fault);
      const { send, logged } = await worker({ ...lambda.settings, ATTEMPT_TIMEOUT_MS: 1_000 });
      const { status, json } = await send("a=1");
      assert.equal(status, 202, fault);
      assert.equal(lambda.calls.length, 3, fault);
      await lambda.idle();
      assert.deepEqual(
        lambda.events.map(({ requestId }) => requestId),
        [json.requestId],
      );
      await until(() => logged.length >= 2);
      assert.equal(logged.length, 2);
      assert.deepEqual(JSON.parse(logged[1]).attempt, 2);
    }
  });

  test("a lost answer causes a second event with the same id", async () => {
    for (const fault of ["close-late", "silence-late"]) {
      const lambda = await frontWith(fault);
      const { send } = await worker({ ...lambda.settings, ATTEMPT_TIMEOUT_MS: 1_000 });
      const { status, json } = await send("a=1");
      assert.equal(status, 202, fault);
      await lambda.idle();
      assert.deepEqual(
        lambda.events.map(({ requestId }) => requestId),
        [json.requestId, json.requestId],
      );
    }
  });

  test("it repeats calls within the time budget only", async () => {
    for (const fault of ["throttle", "close", "silence"]) {
      const lambda = await front({ fault: () => fault });
      const { send, logged } = await worker({ ...lambda.settings, TIME_BUDGET_MS: 2_000, ATTEMPT_TIMEOUT_MS: 500 });
      const answer = await send("a=1");
      assertProblem(answer, 503, "target-unavailable");
      assert.match(answer.headers.get("retry-after"), /^[1-9]\d*$/);
      assert.ok(lambda.calls.length > 1 && lambda.calls.length < 20, `${lambda.calls.length} calls`);
      await until(() => logged.length && JSON.parse(logged.at(-1)).level === "error");
      assert.deepEqual(lambda.events, []);
    }
    const nobody = await worker({ ...(await front()).settings, AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:9", TIME_BUDGET_MS: 300 });
    assertProblem(await nobody.send("a=1"), 503, "target-unavailable");
  });

  test("if Lambda refuses, the cause is in the log but not in the answer", async () => {
    const { settings } = await front();
    for (const [change, cause] of [
      [{ LAMBDA_FUNCTION: "other" }, "status 404 ResourceNotFoundException"],
      [{ AWS_SECRET_ACCESS_KEY: "wrong" }, "status 403 InvalidSignatureException"],
      [{ AWS_ACCESS_KEY_ID: "AKIAOTHER" }, "status 403 UnrecognizedClientException"],
      [{ AWS_REGION: "us-east-1" }, "status 403 InvalidSignatureException"],
    ]) {
      const { send, logged } = await worker({ ...settings, ...change });
      const answer = await send("form=secret-form", { authorization: "secret-header", cookie: "secret-cookie", "x-mine": "secret-mine" });
      assertProblem(answer, 502, "target-refused");
      const { title, code, detail } = answer.json;
      assert.doesNotMatch(`${title} ${code} ${detail}`, /404|403|NotFound|Signature|Unrecognized|other|lambda/i);
      await until(() => logged.length);
      assert.equal(logged.length, 1);
      const line = JSON.parse(logged[0]);
      assert.equal(line.cause, cause);
      assert.equal(line.requestId, answer.json.requestId);
      for (const secret of [...Object.values(CREDENTIALS), "secret-", "wrong", "AKIAOTHER"]) assert.ok(!logged[0].includes(secret));
    }
  });

  test("an event that is too long for Lambda is refused", async () => {
    const lambda = await front();
    const { send } = await worker({ ...lambda.settings, MAX_BODY_BYTES: 2_000_000 });
    assertProblem(await send(`a=${"x".repeat(1_000_000)}`), 413, "too-much-output");
    assert.equal((await send(`a=${"x".repeat(999_000)}`)).status, 202);
    assert.equal(lambda.calls.length, 1);
  });
});

const SHAPE_ALLOWED = `SHAPE must be a JSON object or array, or one of ${SHAPES.join(", ")}`;
const HOLES =
  "the holes are $pairs, $body, $bodyBase64, $isBase64Encoded, $headers, $multiValueHeaders, $combinedHeaders, $stage, $sourceIp, $userAgent, $method, " +
  "$path, $queryString, $queryStringParameters, $multiValueQueryStringParameters, $combinedQueryStringParameters, $requestId, $time, $timeEpoch, $dropped and " +
  "$extra.NAME; write $$ for a dollar sign";

describe("wrong settings", async () => {
  test("are named in the log, and no form is accepted", async () => {
    const { settings } = await front();
    const cases = [
      [{ RULES: "mine" }, 'RULES must be one of template, whatwg, not "mine"'],
      [{ DECODE: "yes" }, 'DECODE must be one of false, true, not "yes"'],
      [{ DROPPED: "drop" }, 'DROPPED must be one of ignore, refuse, pass, not "drop"'],
      [{ STAGE: ["prod"] }, "STAGE must be text"],
      [{ SHAPE: "proxy-v3" }, `${SHAPE_ALLOWED}, not "proxy-v3"`],
      [{ SHAPE: '{"form":"$pairs","secret"}' }, SHAPE_ALLOWED],
      [{ SHAPE: 5 }, SHAPE_ALLOWED],
      // Documents that JSON.parse would change.
      ...[
        ['{"secret":1,"secret":2}', 10],
        ['{"secret":1,"secret":1}', 11],
        [' {"a":{"b":"secret","1":2}}', 6],
        ["[1.0]", 1],
        ["[1, 9007199254740993]", 4],
        ["[1e400]", 1],
        ["[-0]", 1],
      ].map(([SHAPE, at]) => [
        { SHAPE },
        `SHAPE would be changed at character ${at}: each name must come once, names that are whole numbers first and in order, ` +
          "and numbers as JavaScript writes them (1, not 1.0)",
      ]),
      [{ SHAPE: { a: ["$pair"], b: "secret" } }, `SHAPE: "$pair" is not a hole; ${HOLES}`],
      [{ SHAPE: '["$extra."]' }, `SHAPE: "$extra." is not a hole; ${HOLES}`],
      [{ SHAPE: { $pairs: "secret" } }, 'SHAPE: the name "$pairs" begins with $, but only values can be holes; write $$ for a dollar sign'],
      [{ SHAPE: `${"[".repeat(65)}${"]".repeat(65)}` }, "SHAPE: nests deeper than 64 levels"],
      [
        { SHAPE: "template", EXTRA_MEMBERS: { stage: "secret" } },
        'SHAPE, EXTRA_MEMBERS and DROPPED do not fit together: the event already has a member "stage"',
      ],
      [
        { SHAPE: "flat", EXTRA_MEMBERS: { site: "secret" } },
        'SHAPE, EXTRA_MEMBERS and DROPPED do not fit together: the shape has no place for "site": it is not an object and has no "$extra.site"',
      ],
      [
        { SHAPE: ["$extra.site"] },
        'SHAPE, EXTRA_MEMBERS and DROPPED do not fit together: the shape has the hole "$extra.site", but EXTRA_MEMBERS has no "site"',
      ],
      [
        { SHAPE: "data", DROPPED: "pass", EXTRA_MEMBERS: { dropped: "secret" } },
        'SHAPE, EXTRA_MEMBERS and DROPPED do not fit together: the event already has a member "dropped"',
      ],
      [{ MAX_PAIRS: "-1" }, 'MAX_PAIRS must be a whole number from 0 to 9007199254740991, not "-1"'],
      [{ MAX_BODY_BYTES: 1.5 }, 'MAX_BODY_BYTES must be a whole number from 0 to 9007199254740991, not "1.5"'],
      [{ MAX_BODY_BYTES: "9007199254740993" }, 'MAX_BODY_BYTES must be a whole number from 0 to 9007199254740991, not "9007199254740993"'],
      [{ MAX_EVENT_BYTES: 1_000_001 }, 'MAX_EVENT_BYTES must be a whole number from 0 to 1000000, not "1000001"'],
      [{ TIME_BUDGET_MS: 0 }, 'TIME_BUDGET_MS must be a whole number from 1 to 900000, not "0"'],
      [{ ATTEMPT_TIMEOUT_MS: 3e9 }, 'ATTEMPT_TIMEOUT_MS must be a whole number from 1 to 900000, not "3000000000"'],
      [{ EXTRA_MEMBERS: '{"stage":"secret"}' }, 'EXTRA_MEMBERS must not name "stage": the event already has it'],
      [{ EXTRA_MEMBERS: { a: "secret", b: { c: "secret" } } }, 'EXTRA_MEMBERS must be an object of strings: "b" is not a string'],
      [{ EXTRA_MEMBERS: ["secret"] }, "EXTRA_MEMBERS must be an object of strings"],
      [{ EXTRA_MEMBERS: '"secret"' }, "EXTRA_MEMBERS must be an object of strings"],
      [{ EXTRA_MEMBERS: "{secret" }, "EXTRA_MEMBERS must be an object of strings"],
      [{ OMIT_HEADERS: [1] }, "OMIT_HEADERS must be a list of strings"],
      [{ OMIT_HEADERS: "cookie authorization" }, 'OMIT_HEADERS must be a list of header names, not "cookie authorization"'],
      [{ OMIT_HEADERS: ["cookie:"] }, 'OMIT_HEADERS must be a list of header names, not "cookie:"'],
      ...[
        "www.example.com",
        "localhost:3000",
        "https://a.example/form",
        "https://a.example//",
        "https://*.example.com",
        "https://u@a.example",
        "https://a.example?",
        "https://a.example:x",
        "https:a.example",
      ].map((wrong) => [
        { ALLOWED_ORIGINS: `https://b.example, ${wrong}` },
        `ALLOWED_ORIGINS must be * or origins such as https://www.example.com, with a scheme and without a path, not ${JSON.stringify(wrong)}`,
      ]),
      ...["https://[", "/thanks\nx-evil: 1", "/\0", "/a\x7fb", "javascript:alert(1)", "www.example.com:443/thanks"].map((wrong) => [
        { REDIRECT_TO: wrong },
        `REDIRECT_TO must be an http or https URL, absolute or relative, on one line, not ${JSON.stringify(wrong)}`,
      ]),
      ...[
        "lambda",
        "ftp://lambda.example",
        "https://user:secret@lambda.example",
        "https://lambda.example/?a=secret",
        "https://lambda.example/#secret",
      ].map((wrong) => [
        { AWS_ENDPOINT_URL_LAMBDA: wrong },
        "AWS_ENDPOINT_URL_LAMBDA must be an absolute http or https URL without user, query and fragment",
      ]),
      [{ LAMBDA_FUNCTION: "contact form" }, 'LAMBDA_FUNCTION must be a function\'s name or ARN, not "contact form"'],
      [{ AWS_REGION: "" }, "AWS_REGION is missing: LAMBDA_FUNCTION needs it"],
      [{ AWS_REGION: "EU (Frankfurt)" }, 'AWS_REGION must be a region such as eu-central-1, not "EU (Frankfurt)"'],
      [{ AWS_SECRET_ACCESS_KEY: "" }, "AWS_SECRET_ACCESS_KEY is missing: LAMBDA_FUNCTION needs it"],
      ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].flatMap((name) =>
        ["secret\nkey", "secret key", '"secret"', "secret\u00e9", "secret\0key"].map((wrong) => [
          { [name]: wrong },
          `${name} must be made of letters, digits and + / = . _ - only`,
        ]),
      ),
      [{ ALLOWED_ORIGIN: "secret" }, "ALLOWED_ORIGIN is not a setting: did you mean ALLOWED_ORIGINS?"],
      [{ max_pairs: 5 }, "max_pairs is not a setting: did you mean MAX_PAIRS?"],
    ];
    // One workerd runs a worker for each case.
    const workers = cases.map(([change], number) => ({
      ...deployed("wrangler", { ...settings, ...change }, { assets: undefined }),
      name: `case ${number}`,
    }));
    const { logged, send } = await worker({}, { workers });
    for (const [number, [change, words]] of cases.entries()) {
      const answer = await send("a=1", {}, {}, `case ${number}`);
      assertProblem(answer, 500, "misconfigured");
      const mine = (line) => line.includes(answer.json.requestId);
      await until(() => logged.some(mine));
      const line = logged.find(mine);
      assert.equal(JSON.parse(line).cause, words, JSON.stringify(change));
      for (const secret of ["secret", ...Object.values(CREDENTIALS)]) assert.ok(!line.includes(secret), line);
    }
  });
});

describe("with a queue", async () => {
  const durable = (settings, { consumer, ...options } = {}) =>
    worker(settings, {
      config: "wrangler.durable",
      queueConsumers: { formevent: { maxRetries: 1, deadLetterQueue: "formevent-dead", maxBatchTimeout: 0, ...consumer } },
      ...options,
    });
  const script = `export default {
    async queue({ messages }) {
      for (const { body } of messages) {
        console.log("dead: " + (body instanceof ArrayBuffer ? new TextDecoder().decode(body) : typeof body === "string" ? body : JSON.stringify(body)));
      }
    },
  };`;
  const dead = { name: "dead", modules: true, script, queueConsumers: { "formevent-dead": { maxBatchTimeout: 0 } } };
  const deadIn = (logged) => logged.filter((line) => line.startsWith("dead: ")).map((line) => line.slice(6));

  test("it answers 202 after the queue has the event, and Lambda gets the event later", async () => {
    // Lambda fails for longer than a client would wait.
    const lambda = await frontWith("error", "throttle", "close");
    const { send } = await durable(lambda.settings);
    const ids = [];
    for (const name of ["Ada", "山田"]) {
      const { status, json } = await send(`name=${name}`);
      assert.equal(status, 202);
      ids.push(json.requestId);
    }
    await until(() => lambda.events.length === 2);
    assert.deepEqual(lambda.events.map(({ requestId }) => requestId).sort(), ids.sort());
    assert.deepEqual(lambda.events.map(({ querystring }) => querystring.name).sort(), ["Ada", "山田"]);
  });

  test("with SHAPE, the log has the id that is in the event, or else the message's", async () => {
    const lambda = await front();
    for (const [SHAPE, idOf] of [
      ["proxy-v2", ({ requestContext }) => requestContext.requestId],
      ["passthrough", ({ context }) => context["request-id"]],
      [{ a: [{ id: "$requestId" }] }, ({ a }) => a[0].id],
      // A field of the form must not get into the log.
      ["flat", undefined],
    ]) {
      const settings = { ...lambda.settings, SHAPE };
      const { send } = await durable(settings);
      const body = "requestId=secret-field";
      const { status, json } = await send(body);
      assert.equal(status, 202);
      await until(() => lambda.events.length);
      const event = lambda.events.pop();
      if (idOf) assert.equal(idOf(event), json.requestId);
      else assert.deepEqual(event, { requestId: "secret-field" });

      const failing = await durable({ ...settings, LAMBDA_FUNCTION: "other" }, { workers: [dead] });
      const answer = await failing.send(body);
      await until(() => deadIn(failing.logged).length);
      const kept = failing.logged.filter((line) => line.includes("stays in the queue")).map((line) => JSON.parse(line));
      assert.equal(kept.length, 2);
      for (const { requestId, messageId } of kept) assert.equal(requestId, idOf ? answer.json.requestId : messageId);
      for (const line of failing.logged) if (!line.startsWith("dead: ")) assert.ok(!line.includes("secret-field"), line);
    }
  });

  test("with SHAPE, you can send events, and a message of another shape does not reach Lambda", async () => {
    const lambda = await front();
    const { queue, logged } = await durable({ ...lambda.settings, SHAPE: "proxy-v2" }, { workers: [dead] });
    const producer = await queue();
    const event = { version: "2.0", requestContext: { requestId: "mine" } };
    await producer.send(event, { contentType: "json" });
    const wrong = ['{"requestId":"secret"}', '{"requestContext":{"requestId":5}}', '{"requestContext":null}', "null", "secret"];
    for (const text of wrong) await producer.send(text, { contentType: "text" });
    await until(() => lambda.events.length && deadIn(logged).length === wrong.length);
    assert.deepEqual(lambda.events, [event]);
    for (const line of logged.filter((line) => !line.startsWith("dead: "))) {
      assert.equal(JSON.parse(line).cause, "the message is not an event: it must be JSON with a string requestContext.requestId");
      assert.ok(!line.includes("secret"), line);
    }
  });

  test("an event that is too long for the queue is refused", async () => {
    const { send } = await durable((await front()).settings);
    assertProblem(await send(`a=${"x".repeat(127_000)}`), 413, "too-much-output");
    assert.equal((await send(`a=${"x".repeat(126_000)}`)).status, 202);
  });

  test("an event that Lambda never accepts ends in the dead-letter queue", async () => {
    const lambda = await front();
    const { send, logged } = await durable({ ...lambda.settings, LAMBDA_FUNCTION: "other" }, { workers: [dead] });
    const { json } = await send("a=1");
    await until(() => deadIn(logged).length);
    assert.equal(JSON.parse(deadIn(logged)[0]).requestId, json.requestId);
    assert.deepEqual(lambda.events, []);
    const kept = logged.filter((line) => line.includes("stays in the queue")).map((line) => JSON.parse(line));
    assert.deepEqual(
      kept.map(({ requestId, cause }) => [requestId, cause]),
      Array(2).fill([json.requestId, "status 404 ResourceNotFoundException"]),
    );
  });

  test("a message that is not an event fails alone", async () => {
    // Lambda works again before the third attempt, which is 2 + 4 s after the first.
    const back = Date.now() + 5_000;
    const lambda = await front({ fault: () => (Date.now() < back ? "error" : undefined) });
    const { queue, logged } = await durable(
      { ...lambda.settings, TIME_BUDGET_MS: 500 },
      { consumer: { maxRetries: 2, maxBatchTimeout: 1 }, workers: [dead] },
    );
    const bodies = Array.from({ length: 9 }, (_, number) => JSON.stringify({ querystring: { number }, requestId: `id-${number}` }));
    bodies.splice(4, 0, "poison");
    await (await queue()).sendBatch(bodies.map((body) => ({ body: new TextEncoder().encode(body), contentType: "bytes" })));
    await until(() => lambda.events.length === 9 && deadIn(logged).length);
    assert.deepEqual(
      lambda.events.map(({ requestId }) => requestId).sort(),
      Array.from({ length: 9 }, (_, number) => `id-${number}`),
    );
    assert.deepEqual(deadIn(logged), ["poison"]);
  });

  test("events can be sent as text or JSON, and other messages stay out of the log", async () => {
    const lambda = await front();
    const { queue, logged } = await durable(lambda.settings, { workers: [dead] });
    const event = (requestId) => ({ querystring: { name: "山田" }, requestId });
    const secret = "secret-field";
    const wrong = [secret, `{"name":"${secret}"}`, `["${secret}"]`, "null", `{"requestId":["${secret}"]}`];
    const producer = await queue();
    await producer.send(JSON.stringify(event("text")), { contentType: "text" });
    await producer.send(event("json"), { contentType: "json" });
    for (const text of wrong) await producer.send(text, { contentType: "text" });
    await producer.send({ name: secret }, { contentType: "json" });
    await producer.send(new Uint8Array([0xff]), { contentType: "bytes" });
    await until(() => lambda.events.length === 2 && deadIn(logged).length === wrong.length + 2);
    assert.deepEqual(
      lambda.events.sort((a, b) => (a.requestId < b.requestId ? -1 : 1)),
      [event("json"), event("text")],
    );
    const own = logged.filter((line) => !line.startsWith("dead: "));
    assert.equal(own.length, 2 * (wrong.length + 2), own.join("\n"));
    for (const line of own) {
      assert.match(JSON.parse(line).cause, /^the message is not an event: it must be JSON with a string requestId$/);
      assert.ok(!line.includes(secret), line);
    }
  });

  test("if a secret is missing, events wait in the queue", async () => {
    const { settings } = await front();
    const { queue, logged } = await durable({ ...settings, AWS_SECRET_ACCESS_KEY: "" }, { workers: [dead] });
    await (await queue()).send({ querystring: {}, requestId: "id" });
    await until(() => deadIn(logged).length);
    const kept = logged.filter((line) => line.includes("stays in the queue")).map((line) => JSON.parse(line));
    assert.deepEqual(
      kept.map(({ attempts }) => attempts),
      [1, 2],
      logged.join("\n"),
    );
    for (const { cause } of kept) assert.match(cause, /^AWS_SECRET_ACCESS_KEY is missing/);
  });

  test("wrangler.replay.jsonc sends dead letters back, and Lambda gets them", async () => {
    const lambda = await front({ fault: (number) => (number < 6 ? { status: 404 } : undefined) });
    const { send, queue, logged } = await durable(lambda.settings, { workers: [deployed("wrangler.replay")] });
    const { json } = await send("name=%22&name=%22");
    const producer = await queue();
    const event = (requestId) => ({ querystring: { name: "山田" }, requestId });
    await producer.send(JSON.stringify(event("text")), { contentType: "text" });
    await producer.send(event("json"), { contentType: "json" });
    await until(() => lambda.events.length === 3);
    // Each has failed as often as the queue allows.
    assert.equal(logged.filter((line) => line.includes('"attempts":2,')).length, 3, logged.join("\n"));
    const byId = new Map(lambda.accepted.map((bytes) => [JSON.parse(bytes).requestId, String(bytes)]));
    assert.ok(byId.get(json.requestId).includes('"querystring":{"name":"%22","name":"%22"}'));
    for (const id of ["text", "json"]) assert.deepEqual(JSON.parse(byId.get(id)), event(id));
  });
});

// Waits for things that can happen after the answer, such as logging; for long, since the machine can be busy.
async function until(condition) {
  for (const end = Date.now() + 60_000; !condition(); await setTimeout(50)) {
    assert.ok(Date.now() < end, "the condition was not met in time");
  }
}
