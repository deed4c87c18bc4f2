// Follows a form from Chromium through the worker to the event in the function.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import { launch } from "../browser.js";
import { chromium, inChromium } from "../chromium.js";
import { querystring, template } from "../vectors.js";
import { startFront } from "./front.js";
import { startFunction } from "./function.js";
import { startWorker } from "./worker.js";

const THANKS = "/icon.svg";

let folder;
let contacts;
let lambda;
let front;
let worker;
let echo;
let browser;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "formevent-"));
  contacts = join(folder, "contacts.jsonl");
  lambda = await startFunction({ program: process.env.CARGO_LAMBDA, contacts });
  front = await startFront({ deliver: lambda.invoke });
  echo = await startWorker();
  worker = await startWorker({ ...front.settings, REDIRECT_TO: THANKS });
  if (chromium) browser = await launch();
});

after(async () => {
  await browser?.close();
  await Promise.all([worker, echo, front, lambda].map((it) => it?.close()));
  await rm(folder, { recursive: true });
});

/** Waits for an event to arrive in the function, and returns its text. */
async function arrived(requestId) {
  const mine = (line) => line.includes(`"requestId":${JSON.stringify(requestId)}`);
  for (const end = Date.now() + 60_000; !lambda.events.some(mine); await setTimeout(20)) {
    assert.ok(Date.now() < end, `the event of ${requestId} has not arrived`);
  }
  return lambda.events.find(mine);
}

async function open(url) {
  const page = await browser.newPage();
  await page.goto(String(url));
  await page.waitForSelector("main:not([inert])");
  return page;
}

async function fill(page) {
  await page.fill("#sample-name", "山田 太郎");
  await page.fill("#sample-message", 'Is it\n"ready" + 100 %?');
}

test("without a function, the page shows the event", inChromium, async () => {
  const page = await open(echo.url);
  await fill(page);
  await page.click("#post");
  await page.waitForSelector("#answer-event");
  assert.match(await page.textContent("#answer"), /no function to invoke/);
  const event = JSON.parse(await page.textContent("#answer-event"));
  assert.equal(event.querystring.name, "%E5%B1%B1%E7%94%B0+%E5%A4%AA%E9%83%8E");
  // The worker follows the page's options, not its own.
  assert.deepEqual(event.querystring.topic, ["engine", "notes"]);
  assert.equal(event.headers["sec-fetch-mode"], "cors");
  await page.screenshot({ path: "target/screenshots/posted.png", fullPage: true });
  await page.close();
});

test("the page's form reaches the function", inChromium, async () => {
  const page = await open(worker.url);
  await fill(page);
  const [response] = await Promise.all([page.waitForResponse((it) => it.request().method() === "POST"), page.click("#post")]);
  assert.equal(response.status(), 202);
  const requestId = await response.headerValue("x-request-id");
  await page.waitForFunction((id) => document.getElementById("answer").textContent.includes(id), requestId);
  assert.equal(await page.isVisible("#answer-event"), false);
  const event = await arrived(requestId);
  assert.ok(
    event.includes(
      `"querystring":{"name":"%E5%B1%B1%E7%94%B0+%E5%A4%AA%E9%83%8E","email":"ada%40example.com","topic":"engine","topic":"notes",`,
    ),
    event,
  );
  await front.idle();
  const contact = (await readFile(contacts, "utf8")).split("\n").find((line) => line.includes(requestId));
  assert.deepEqual(JSON.parse(contact), {
    requestId,
    name: "山田 太郎",
    email: "ada@example.com",
    message: 'Is it\r\n"ready" + 100 %?',
    topics: ["engine", "notes"],
    problems: [],
  });
  await page.close();
});

/** Makes the browser itself post a form with these fields, and waits for the redirect. */
async function post(page, fields) {
  const posting = page.waitForResponse((response) => response.request().method() === "POST");
  const there = page.waitForURL(`**${THANKS}`);
  await page.evaluate((fields) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: "/" });
    for (const [name, value] of fields) {
      // Not an input, which treats names such as `_charset_` specially.
      form.append(Object.assign(document.createElement("textarea"), { name, value }));
    }
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);
  }, fields);
  const response = await posting;
  assert.equal(response.status(), 303);
  await there;
  return { requestId: await response.headerValue("x-request-id"), body: response.request().postData() };
}

test("the fields of a FormData with a file reach the function, and the file is reported", inChromium, async () => {
  const own = await startWorker({ ...front.settings, FILES: "drop", DROPPED: "pass" });
  const page = await open(own.url);
  const { status, dropped, requestId } = await page.evaluate(async () => {
    const body = new FormData();
    body.append("name", "山田 太郎");
    body.append("message", 'Is it\n"ready" + 100 %?');
    body.append("cv", new File(["%PDF"], 'c"v.pdf', { type: "application/pdf" }));
    const response = await fetch("/", { method: "POST", body });
    return { status: response.status, dropped: response.headers.get("x-formevent-dropped"), ...(await response.json()) };
  });
  assert.deepEqual([status, dropped], [202, "1"]);
  const event = JSON.parse(await arrived(requestId));
  assert.deepEqual(event.querystring, { name: "山田 太郎", message: 'Is it\r\n"ready" + 100 %?' });
  const [{ offset, ...file }] = JSON.parse(event.dropped);
  assert.ok(offset > 0);
  assert.deepEqual(file, { name: "cv", filename: 'c"v.pdf', contentType: "application/pdf", size: 4, reason: "file" });
  await page.close();
  await own.close();
});

test("forms that the browser posts arrive as the vectors say", inChromium, async (t) => {
  const page = await browser.newPage();
  let checked = 0;
  for (const vector of template) {
    const { body } = vector;
    const fields = [...new URLSearchParams(body)];
    // Skip bodies that a browser does not post: with empty keys, not serialised as in the URL Standard, or
    // with line ends other than CRLF.
    if (
      !body ||
      fields.some(([name]) => !name) ||
      new URLSearchParams(fields).toString() !== body ||
      /%0A|%0D/.test(body.replaceAll("%0D%0A", ""))
    )
      continue;
    await page.goto(String(worker.url));
    const { requestId, body: sent } = await post(page, fields);
    assert.equal(sent, body);
    const event = await arrived(requestId);
    assert.ok(
      event.includes(`"querystring":${querystring(vector)},"stage":"","sourceIp":"127.0.0.1","userAgent":"Mozilla`),
      `${body}: ${event}`,
    );
    assert.ok(event.includes('"sec-fetch-mode":"navigate"'), event);
    checked += 1;
  }
  t.diagnostic(`${checked} vectors`);
  assert.ok(checked > 20);
  await page.close();
});

test("every vector's event arrives", async () => {
  // Also bodies that no browser posts.
  const checks = [...template];
  const client = async () => {
    for (let vector; (vector = checks.pop()); ) {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const response = await fetch(worker.url, { method: "POST", body: vector.body, headers });
      assert.equal(response.status, 202);
      const event = await arrived((await response.json()).requestId);
      assert.ok(event.includes(`"querystring":${querystring(vector)},"stage":`), `${vector.body}: ${event}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  await front.idle();
  assert.deepEqual(front.failed, []);
});
