// Tests the functions themselves, under cargo-lambda.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startWorker } from "./worker.js";

const folder = await mkdtemp(join(tmpdir(), "formevent-"));
after(() => rm(folder, { recursive: true }));

async function start(file, env) {
  const contacts = join(folder, file);
  const lambda = await startFunction({ program: process.env.CARGO_LAMBDA, contacts, env });
  after(() => lambda.close());
  const stored = async () =>
    (await readFile(contacts, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  return { ...lambda, contacts, stored };
}

const event = (querystring, requestId) =>
  `{"headers":{},"querystring":${querystring},"stage":"","sourceIp":"","userAgent":""${requestId ? `,"requestId":"${requestId}"` : ""}}`;

test("an event is stored once, and arrives as it was sent", async () => {
  const { invoke, events, stored, close } = await start("once.jsonl");
  const form = event(
    '{"name":"%E5%B1%B1%E7%94%B0","email":"a%40b.c","topic":"x","topic":"y+z","message":"1\\r\\n2","\\"\\\\":"日本"}',
    "1",
  );
  assert.deepEqual(await invoke(form), { status: "stored" });
  assert.deepEqual(await invoke(form), { status: "duplicate" });
  assert.deepEqual(await invoke(event('{"name":"Ada"}', "2")), { status: "stored" });
  await assert.rejects(invoke("[]"), /the function failed/);
  await assert.rejects(invoke('{"querystring":{"a":1}}'), /the function failed/);
  // The function has survived that. Forms without an id are never duplicates.
  for (let count = 0; count < 2; count++) assert.deepEqual(await invoke(event('{"name":"Eve"}')), { status: "stored" });
  const lines = await stored();
  assert.deepEqual(lines[0], { requestId: "1", name: "山田", email: "a@b.c", message: "1\r\n2", topics: ["x", "y z"], problems: [] });
  assert.deepEqual(lines[1].problems, ["email is blank", "message is blank"]);
  assert.deepEqual(
    lines.map(({ name }) => name),
    ["山田", "Ada", "Eve", "Eve"],
  );
  assert.notEqual(lines[2].requestId, lines[3].requestId);
  assert.deepEqual(events.slice(0, 2), [form, form]);
  await close();

  // A new instance knows the forms in the file.
  const later = await start("once.jsonl");
  assert.deepEqual(await later.invoke(form), { status: "duplicate" });
  await later.close();
  await assert.rejects(later.invoke(form), "the function still runs");
});

test("decoded fields are not decoded again", async () => {
  const { invoke, stored } = await start("decoded.jsonl", { DECODE: "false" });
  await invoke(event('{"name":"C++ 100%41"}', "1"));
  assert.equal((await stored())[0].name, "C++ 100%41");
});

test("if the file is moved or removed, the function starts a new one", async () => {
  const { invoke, contacts, stored } = await start("moved.jsonl");
  const form = event('{"name":"Ada"}', "1");
  assert.deepEqual(await invoke(form), { status: "stored" });
  for (const away of [() => rename(contacts, `${contacts}.old`), () => rm(contacts)]) {
    await away();
    assert.deepEqual(await invoke(form), { status: "stored" });
    assert.deepEqual(await invoke(form), { status: "duplicate" });
    assert.equal((await stored()).length, 1);
  }
  assert.equal((await readFile(`${contacts}.old`, "utf8")).split("\n").length, 2);
});

test("a function written with lambda_http reads the form from the events of both proxies", async () => {
  const name = "contact-form-http";
  const lambda = await startFunction({ program: process.env.CARGO_LAMBDA, name });
  after(() => lambda.close());
  const front = await startFront({ functions: [name], deliver: lambda.invoke });
  after(() => front.close());
  const body = Buffer.concat([Buffer.from("name=Ada+L.&topic=a&topic=%22&a=b=c&%E5%90%8D=日本&x="), Buffer.from([0xff])]);
  for (const SHAPE of ["proxy-v1", "proxy-v2"]) {
    const worker = await startWorker({ ...front.settings, SHAPE });
    after(() => worker.close());
    const response = await fetch(new URL("contact?from=front+page&lang=en", worker.url), {
      method: "POST",
      body,
      headers: { "content-type": "application/x-www-form-urlencoded", "cf-connecting-ip": "192.0.2.1" },
    });
    assert.equal(response.status, 202, await response.text());
    await front.idle();
    const event = JSON.parse(front.accepted.pop());
    const { from, query, ...posted } = JSON.parse(lambda.events.pop());
    assert.deepEqual(posted, {
      method: "POST",
      path: "/contact",
      fields: [
        ["name", "Ada L."],
        ["topic", "a"],
        ["topic", '"'],
        ["a", "b=c"],
        ["名", "日本"],
        ["x", "\ufffd"],
      ],
    });
    assert.deepEqual(query.sort(), [
      ["from", "front page"],
      ["lang", "en"],
    ]);
    assert.equal(from, event.headers["cf-connecting-ip"]);
    // Only base64 keeps bytes that are not UTF-8.
    const text = body.toString();
    assert.deepEqual([event.body, event.isBase64Encoded], SHAPE === "proxy-v1" ? [text, false] : [body.toString("base64"), true]);
  }
  assert.deepEqual([lambda.events, front.failed], [[], []]);
});
