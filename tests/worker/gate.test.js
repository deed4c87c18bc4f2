// Tests what the edge worker refuses before it invokes the function: unsigned webhooks, forms without their required fields,
// and spam. In workerd, with the senders' own libraries as signers and stand-ins for Lambda and for Turnstile.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";

import Stripe from "stripe";
import twilio from "twilio";

import { startFront } from "./front.js";
import { startWorker } from "./worker.js";

const FORM = "application/x-www-form-urlencoded";

const closing = [];
after(async () => {
  for (const close of closing.reverse()) await close();
});

/** Starts the worker before a function. `events` has what the function gets. */
async function worker(settings, options) {
  const events = [];
  const front = await startFront({ deliver: async (event) => void events.push(JSON.parse(event)) });
  const started = await startWorker({ ...front.settings, ...settings }, options);
  closing.push(front.close, started.close);
  const send = async (body, headers = {}) => {
    const init = { method: "POST", body, headers: { "content-type": FORM, ...headers }, redirect: "manual" };
    const response = await fetch(started.url, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: text && JSON.parse(text) };
  };
  /** Checks that a form is refused with these, and reaches no function. */
  const refuses = async (status, code, body, headers) => {
    const before = front.calls.length;
    const answer = await send(body, headers);
    assert.deepEqual([answer.status, answer.json.status, answer.json.code], [status, status, code], answer.text);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.equal(front.calls.length, before);
    return answer;
  };
  /** Waits for the event of a form that was accepted. */
  const accepts = async (body, headers) => {
    const { status, json, text } = await send(body, headers);
    assert.equal(status, 202, text);
    for (const end = Date.now() + 60_000; ; await setTimeout(5)) {
      const event = events.find(({ requestId }) => requestId === json.requestId);
      if (event) return event;
      assert.ok(Date.now() < end, "the event has not arrived");
    }
  };
  return { ...started, front, events, send, refuses, accepts };
}

const seconds = () => Math.floor(Date.now() / 1000);

describe("VERIFY", async () => {
  const slack = (secret, body, time = seconds()) => ({
    "x-slack-request-timestamp": `${time}`,
    "x-slack-signature": `v0=${createHmac("sha256", secret).update(`v0:${time}:${body}`).digest("hex")}`,
  });
  const body = "command=%2Fdeploy&text=a+b%2Bc";

  test("an unsigned form does not reach the function, and nobody learns the secret", async () => {
    const { accepts, refuses, logged } = await worker({ VERIFY: "slack", VERIFY_SECRET: "8f742231b10e8888abcd99yyyzzz85a5" });
    const { querystring } = await accepts(body, slack("8f742231b10e8888abcd99yyyzzz85a5", body));
    assert.deepEqual(querystring, { command: "%2Fdeploy", text: "a+b%2Bc" });
    for (const headers of [
      {},
      slack("other", body),
      { ...slack("8f742231b10e8888abcd99yyyzzz85a5", body), "x-slack-request-timestamp": "1" },
    ]) {
      const { text, headers: answered } = await refuses(401, "signature", body, headers);
      assert.ok(answered.get("www-authenticate"));
      assert.doesNotMatch(text, /8f742231b10e8888abcd99yyyzzz85a5|v0=[0-9a-f]/);
    }
    // The bytes are signed, not what they mean.
    await refuses(401, "signature", "command=%2fdeploy&text=a+b%2Bc", slack("8f742231b10e8888abcd99yyyzzz85a5", body));
    await refuses(401, "timestamp", body, slack("8f742231b10e8888abcd99yyyzzz85a5", body, seconds() - 400));
    assert.deepEqual(logged, []);
  });

  test("while the secret changes, the old one is accepted too", async () => {
    const { accepts, refuses } = await worker({
      VERIFY: "slack",
      VERIFY_SECRET: "new",
      VERIFY_SECRET_OLD: "old",
      VERIFY_WINDOW_SECONDS: 1_000,
    });
    await accepts(body, slack("new", body));
    await accepts(body, slack("old", body, seconds() - 900));
    await refuses(401, "timestamp", body, slack("old", body, seconds() - 1_100));
    await refuses(401, "signature", body, slack("older", body));
  });

  test("the senders' own libraries sign for it", async () => {
    const url = "https://forms.example.com/sms?x=1";
    const sms = { Body: "Hello + you", From: "+4930", Empty: "" };
    const fromTwilio = await worker({ VERIFY: "twilio", VERIFY_SECRET: "token", VERIFY_URL: url });
    const signature = twilio.getExpectedTwilioSignature("token", url, sms);
    await fromTwilio.accepts(`${new URLSearchParams(sms)}`, { "x-twilio-signature": signature });
    await fromTwilio.refuses(401, "signature", `${new URLSearchParams({ ...sms, Body: "Bye" })}`, { "x-twilio-signature": signature });

    const stripe = await worker({ VERIFY: { header: "X-Pay-Signature", prefix: "v1=", timestamp: "t=" }, VERIFY_SECRET: "whsec_x" });
    const header = new Stripe("sk_test_x").webhooks.generateTestHeaderString({ payload: body, secret: "whsec_x" });
    await stripe.accepts(body, { "x-pay-signature": header });
    await stripe.refuses(401, "signature", `${body}&more=1`, { "x-pay-signature": header });
  });
});

describe("REQUIRED", async () => {
  test("a form without a required field is refused, and the answer names each", async () => {
    const { accepts, refuses } = await worker({ REQUIRED: "e mail, message" });
    await accepts("e+mail=a&message=b");
    await accepts("e%20mail=&e+mail=a&message=b");
    const { json } = await refuses(400, "missing-fields", "e+mail=&other=1");
    assert.deepEqual(json.fields, ["e mail", "message"]);
    assert.equal(json.detail, 'these fields are required, but missing or empty: "e mail", "message"');
    // A dropped field does not reach the function.
    assert.deepEqual((await refuses(400, "missing-fields", "e+mail=a&message=b=c")).json.fields, ["message"]);
    const data = new FormData();
    data.append("e mail", "a");
    const { headers, body } = new Response(data);
    const multipart = { "content-type": headers.get("content-type") };
    assert.deepEqual((await refuses(400, "missing-fields", await new Response(body).text(), multipart)).json.fields, ["message"]);
  });
});

describe("HONEYPOT", async () => {
  test("a filled honeypot gets the same answer, goes nowhere, and is counted in the log", async () => {
    const { send, accepts, front, logged } = await worker({ HONEYPOT: "website", REQUIRED: "name" });
    const human = await send("name=Ada&website=");
    const bot = await send("name=Bot&website=http%3A%2F%2Fexample.com");
    const names = ({ status, headers, json }) => [status, [...headers.keys()], Object.keys(json)];
    assert.deepEqual(names(bot), names(human));
    // A program must not learn what it lacks.
    assert.equal((await send("website=x")).status, 202);
    await accepts("name=Last");
    assert.equal(front.calls.length, 2);
    const message = "the honeypot is filled: the form goes nowhere";
    assert.deepEqual(
      logged.map((line) => JSON.parse(line).message),
      [message, message],
    );
    assert.doesNotMatch(logged.join(), /Bot|example/);
  });
});

describe("Turnstile", async () => {
  const asked = [];
  let answer;
  const siteverify = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    asked.push(JSON.parse(Buffer.concat(chunks)));
    const [status, text] = answer(asked.at(-1));
    if (status) response.writeHead(status).end(text);
    else response.destroy();
  }).listen(0, "127.0.0.1");
  await once(siteverify, "listening");
  closing.push(() => siteverify.close());
  const settings = { TURNSTILE_SECRET: "0x4AAA", TURNSTILE_URL: `http://127.0.0.1:${siteverify.address().port}/siteverify` };
  const says = (json) => () => [200, JSON.stringify(json)];

  test("a token is asked about, once, and a form without a good one is refused", async () => {
    const { accepts, refuses } = await worker({ ...settings, REQUIRED: "name" });
    answer = says({ success: true, "error-codes": [] });
    const { requestId } = await accepts("name=Ada&cf-turnstile-response=token.1", { "cf-connecting-ip": "192.0.2.1" });
    assert.deepEqual(asked, [{ secret: "0x4AAA", response: "token.1", remoteip: "192.0.2.1", idempotency_key: requestId }]);
    // Without a token there is nothing to ask, and a form that lacks a field keeps its token.
    await refuses(403, "turnstile", "name=Ada&cf-turnstile-response=");
    await refuses(400, "missing-fields", "cf-turnstile-response=token.2");
    assert.equal(asked.length, 1);
    for (const code of ["invalid-input-response", "timeout-or-duplicate"]) {
      answer = says({ success: false, "error-codes": [code] });
      await refuses(403, "turnstile", "name=Ada&cf-turnstile-response=token.3");
    }
  });

  test("if Turnstile cannot be asked, a setting decides", async () => {
    for (const [how, cause] of [
      [says({ success: false, "error-codes": ["invalid-input-secret"] }), "invalid-input-secret"],
      [says({ success: false, "error-codes": ["internal-error"] }), "internal-error"],
      [() => [502, "<html>Bad Gateway</html>"], "no answer that is JSON"],
      [() => [500, "{}"], "status 500"],
      [() => [], "no answer that is JSON"],
    ]) {
      answer = how;
      const refusing = await worker(settings);
      const { headers } = await refusing.refuses(503, "turnstile-unavailable", "cf-turnstile-response=token");
      assert.ok(headers.get("retry-after"));
      const accepting = await worker({ ...settings, TURNSTILE_UNAVAILABLE: "accept" });
      await accepting.accepts("cf-turnstile-response=token");
      for (const [{ logged }, accepted] of [
        [refusing, false],
        [accepting, true],
      ]) {
        const { causes, ...line } = JSON.parse(logged[0]);
        assert.deepEqual([causes, line.accepted, line.message], [[cause], accepted, "Turnstile cannot be asked"]);
        assert.doesNotMatch(logged.join(), /0x4AAA|token/);
      }
    }
  });
});

test("RATE_LIMITER limits the posts of each address", async () => {
  const ratelimits = { RATE_LIMITER: { namespace_id: "1", simple: { limit: 2, period: 60 } } };
  const { accepts, refuses } = await worker({}, { ratelimits });
  const from = (address) => ({ "cf-connecting-ip": address });
  for (let post = 1; post <= 2; post++) await accepts("a=1", from("192.0.2.1"));
  const { headers } = await refuses(429, "too-many-requests", "a=1", from("192.0.2.1"));
  assert.equal(headers.get("retry-after"), "60");
  await accepts("a=1", from("192.0.2.2"));
});

describe("FORM_TIME_SECRET", async () => {
  const directory = await mkdtemp(join(tmpdir(), "formevent-"));
  closing.push(() => rm(directory, { recursive: true }));
  const page =
    '<!doctype html><title>Contact</title><form method="post"><input type="hidden" name="formevent-time"><input name="name"></form>';
  await writeFile(join(directory, "index.html"), page);
  await writeFile(join(directory, "style.css"), '/* input[name="formevent-time"] */');
  const load = async ({ url }) => {
    const response = await fetch(url);
    const html = await response.text();
    const [, token] = /<input type="hidden" name="formevent-time" value="([^"]*)">/.exec(html) ?? [];
    return { response, html, token };
  };

  test("a form that comes too soon, too late or with a made-up time is refused", async () => {
    const settings = { FORM_TIME_SECRET: "s3cret", FORM_TIME_MIN_SECONDS: 0, FORM_TIME_MAX_SECONDS: 1_000 };
    const instant = await worker(settings, { site: directory });
    const { response, html, token } = await load(instant);
    assert.match(token, /^\d+\.[0-9a-f]{64}$/);
    assert.equal(html, page.replace('name="formevent-time"', `name="formevent-time" value="${token}"`));
    assert.equal(response.headers.get("cache-control"), "no-store");
    const form = (token) => `name=Ada&formevent-time=${token}`;
    await instant.accepts(form(token));
    // As the page has it.
    const mac = (time, secret = "s3cret") => `${time}.${createHmac("sha256", secret).update(`${time}`).digest("hex")}`;
    assert.equal(token, mac(Number.parseInt(token, 10)));
    await instant.accepts(form(mac(seconds() - 900)));
    const late = await instant.refuses(400, "form-time", form(mac(seconds() - 1_100)));
    assert.match(late.json.detail, /served more than 1000 s ago/);
    for (const wrong of [
      "",
      "1",
      mac(seconds(), "other"),
      mac(seconds()).slice(0, -1),
      mac(seconds()).replace(/^\d/, "9"),
      mac(seconds()).replace(".", "0."),
    ]) {
      const refused = await instant.refuses(400, "form-time", form(wrong));
      assert.match(refused.json.detail, /the field formevent-time must have the value that it has in the page/);
    }
    await instant.refuses(400, "form-time", "name=Ada");

    const slow = await worker({ ...settings, FORM_TIME_MIN_SECONDS: 500 }, { site: directory });
    const early = await slow.refuses(400, "form-time", form((await load(slow)).token));
    assert.match(early.json.detail, /less than 500 s after its page was served/);
    await slow.accepts(form(mac(seconds() - 600)));
    const css = await fetch(new URL("style.css", slow.url));
    assert.equal(await css.text(), '/* input[name="formevent-time"] */');
  });

  test("without the setting, the page stays as it is", async () => {
    const { html } = await load(await worker({}, { site: directory }));
    assert.equal(html, page);
  });
});

test("wrong settings are in the log, and no form is accepted", async () => {
  const verify = { VERIFY: "slack", VERIFY_SECRET: "x" };
  const turnstile = { TURNSTILE_SECRET: "x" };
  const time = { FORM_TIME_SECRET: "x" };
  for (const [settings, cause] of [
    [
      { ...verify, VERIFY: "slac" },
      /^VERIFY must be a JSON object or array, or one of github, mailgun, slack, stripe, twilio, not "slac"$/,
    ],
    [{ VERIFY: "slack" }, /^VERIFY_SECRET is missing: VERIFY needs it$/],
    [{ ...verify, VERIFY_SECRET_OLD: { a: 1 } }, /^VERIFY_SECRET_OLD must be text$/],
    [{ ...verify, VERIFY_WINDOW_SECONDS: "soon" }, /^VERIFY_WINDOW_SECONDS must be a whole number .*, not "soon"$/],
    [
      { VERIFY: "github", VERIFY_SECRET: "x", VERIFY_WINDOW_SECONDS: 5 },
      /^VERIFY: window must be left out: the scheme signs no timestamp$/,
    ],
    [{ ...verify, VERIFY: { head: "x" } }, /^VERIFY: .*header/],
    [{ ...verify, VERIFY: "twilio", VERIFY_URL: "/sms" }, /^VERIFY_URL must be an absolute URL, not "\/sms"$/],
    [{ FILES: "keep" }, /^FILES must be one of refuse, drop, not "keep"$/],
    [{ REQUIRED: { name: true } }, /^REQUIRED must be a list of strings$/],
    [{ HONEYPOT: ["website"] }, /^HONEYPOT must be text$/],
    [{ TURNSTILE_SECRET: "0x4 AAA" }, /^TURNSTILE_SECRET must be made of ASCII characters without spaces$/],
    [{ ...turnstile, TURNSTILE_UNAVAILABLE: "ask" }, /^TURNSTILE_UNAVAILABLE must be one of refuse, accept, not "ask"$/],
    [{ ...turnstile, TURNSTILE_URL: "/verify" }, /^TURNSTILE_URL must be an absolute http or https URL, not "\/verify"$/],
    [{ ...time, FORM_TIME_MIN_SECONDS: -1 }, /^FORM_TIME_MIN_SECONDS must be a whole number .*, not "-1"$/],
    [{ ...time, FORM_TIME_MIN_SECONDS: 10, FORM_TIME_MAX_SECONDS: 9 }, /^FORM_TIME_MAX_SECONDS must be a whole number .*, not "9"$/],
  ]) {
    const { refuses, logged } = await worker(settings);
    await refuses(500, "misconfigured", "a=1");
    assert.match(JSON.parse(logged[0]).cause, cause);
  }
});
