// Tests `formevent/verify` of pkg/dist with published requests, and with the senders' own libraries.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";

import { sign as signForGitHub, verify as verifyByOctokit } from "@octokit/webhooks-methods";
import { verifySlackRequest } from "@slack/bolt";
import { FormError } from "formevent";
import { SENDERS, verifySignature } from "formevent/verify";
import { Stripe } from "stripe";
import twilio from "twilio/lib/webhooks/webhooks.js";

import { lying, SIGNED } from "./suite.js";

const stripe = Stripe.webhooks;
const SECRET = "whsec_Zg8Lx0q2";
const NOW = 1_780_000_000;
const HOOK = "https://example.com/hook?site=main";
const TOKEN = "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0";
const encode = (text) => new TextEncoder().encode(text);
const hmac = (hash, text, encoding = "hex") => createHmac(hash, SECRET).update(text).digest(encoding);

// As a server's parser gives them to Twilio's library.
function parametersOf(body) {
  const parameters = Object.create(null);
  for (const [name, value] of new URLSearchParams(`&${body}`)) {
    parameters[name] = name in parameters ? [parameters[name], value].flat() : value;
  }
  return parameters;
}
const returns = (call) => {
  try {
    call();
    return true;
  } catch {
    return false;
  }
};
const mailgunFields = (time, token = TOKEN) => ({ timestamp: `${time}`, token, signature: hmac("sha256", time + token) });

// For each scheme, how the sender signs a body, as headers or by fields in it, and what its library says of a request.
const SCHEMES = {
  github: {
    sign: async (body) => ({ "x-hub-signature-256": await signForGitHub(SECRET, body) }),
    accepts: (headers, body) => verifyByOctokit(SECRET, body, headers["x-hub-signature-256"]),
  },
  slack: {
    hasTime: true,
    sign: (body, time) => ({
      "x-slack-request-timestamp": `${time}`,
      "x-slack-signature": `v0=${hmac("sha256", `v0:${time}:${body}`)}`,
    }),
    accepts: (headers, body, now) =>
      returns(() => verifySlackRequest({ signingSecret: SECRET, body, headers, nowMilliseconds: 1000 * now })),
  },
  stripe: {
    hasTime: true,
    // Its library takes some timestamps for others.
    sign: (payload, timestamp) => ({
      "stripe-signature":
        timestamp > 0 && Number.isInteger(timestamp)
          ? stripe.generateTestHeaderString({ payload, timestamp, secret: SECRET })
          : `t=${timestamp},v1=${hmac("sha256", `${timestamp}.${payload}`)}`,
    }),
    accepts: (headers, body, now) =>
      returns(() => stripe.signature.verifyHeader(body, headers["stripe-signature"], SECRET, 300, undefined, 1000 * now)),
  },
  twilio: {
    sign: (body) => ({ "x-twilio-signature": twilio.getExpectedTwilioSignature(SECRET, HOOK, parametersOf(body)) }),
    accepts: (headers, body) => twilio.validateRequest(SECRET, headers["x-twilio-signature"], HOOK, parametersOf(body)),
  },
  mailgun: { hasTime: true, sign: () => ({}), body: (time) => `${new URLSearchParams(mailgunFields(time))}` },
  own: {
    scheme: { header: "X-Signature", algorithm: "SHA-512", encoding: "base64", prefix: "v2;" },
    sign: (body) => ({ "x-signature": `v2;${hmac("sha512", body, "base64")}` }),
  },
  "own with a timestamp": {
    hasTime: true,
    scheme: { header: "X-Signature", algorithm: "SHA-1", prefix: "s=", timestamp: "time=" },
    sign: (body, time) => ({ "x-signature": `s=${hmac("sha1", `${time}.${body}`)}, time=${time}` }),
  },
};
const cases = Object.entries(SCHEMES).map(([name, { scheme = name, body = () => "b=2&a=%C3%A9&b=1", ...others }]) => {
  return { name, scheme, body, ...others };
});

const at = (time, others) => ({ now: 1000 * time, ...others });
const request = (headers, url = HOOK) => ({ headers: new Headers(headers), url });

/** Returns the error, if the request is refused. Its message must not help to forge a signature. */
async function refusal(...args) {
  try {
    assert.equal(await verifySignature(...args), undefined);
  } catch (error) {
    assert.ok(error instanceof FormError, String(error));
    assert.doesNotMatch(error.message, /[\da-f]{20}|[A-Za-z\d+/]{26}|whsec/i);
    return error;
  }
}
const accepted = async (...args) => assert.equal(await refusal(...args), undefined);
async function refused(message, ...args) {
  const error = await refusal(...args);
  assert.equal(error?.code, "signature");
  if (typeof message === "string") assert.equal(error.message, message);
  else assert.match(error.message, message);
}

test("each scheme that has a name is tested", () => {
  assert.deepEqual(
    SENDERS.toSorted(),
    Object.keys(SCHEMES)
      .filter((name) => !name.startsWith("own"))
      .toSorted(),
  );
});

for (const { from, scheme, secret, url, headers, body, time } of SIGNED) {
  test(`published: ${from}`, async () => {
    const now = time && at(time);
    for (const given of [body, encode(body), encode(body).buffer, Buffer.from(body), new (lying(3))(encode(body))]) {
      await accepted(request(headers, url), given, scheme, secret, now);
    }
    await accepted({ headers: new Map(Object.entries(headers)), url }, body, scheme, secret, now);
  });
}

for (const { name, scheme, sign, accepts, body: bodyAt, hasTime } of cases) {
  const body = bodyAt(NOW);

  test(`${name}: a request that is signed`, async () => {
    await accepted(request(await sign(body, NOW)), encode(body), scheme, SECRET, at(NOW));
    const now = Math.floor(Date.now() / 1000);
    await accepted(request(await sign(bodyAt(now), now)), bodyAt(now), scheme, SECRET);
  });

  test(`${name}: several secrets, any of which may be the right one`, async () => {
    const given = request(await sign(body, NOW));
    for (const secrets of [[SECRET], [SECRET, "old"], ["new", SECRET], Object.freeze(["a", "b", SECRET])]) {
      await accepted(given, body, scheme, secrets, at(NOW));
    }
    for (const secret of ["old", ["old"], `${SECRET} `, SECRET.toLowerCase()]) {
      await refused(/ must hold the signature of this request with the secret$/, given, body, scheme, secret, at(NOW));
    }
    await refused(/ with one of the secrets$/, given, body, scheme, ["old", "new"], at(NOW));
  });

  test(`${name}: any bit of the body or of a header that flips`, async () => {
    const headers = await sign(body, NOW);
    const options = at(NOW, hasTime && { window: Infinity });
    const pairs = (text) => JSON.stringify([...new URLSearchParams(text)]);
    let same = 0;
    for (const [header, value] of [["", body], ...Object.entries(headers)]) {
      for (let bit = 0; bit < 8 * value.length; bit++) {
        const bytes = encode(value);
        bytes[bit >> 3] ^= 1 << (bit & 7);
        const text = Buffer.from(bytes).toString("latin1");
        // Twilio signs the parameters, not the bytes: `%c3` is `%C3`.
        if (name === "twilio" && !header && pairs(text) === pairs(body)) same++;
        else {
          const given = { headers: new Map(Object.entries(header ? { ...headers, [header]: text } : headers)), url: HOOK };
          await refused(/./, given, header ? body : bytes, scheme, SECRET, options);
        }
      }
    }
    assert.equal(same, name === "twilio" ? 2 : 0);
  });

  test(`${name}: headers that are missing, empty or repeated`, async () => {
    const headers = await sign(body, NOW);
    if (Object.keys(headers).length) await refused(/, but is missing$/, { headers: new Map(), url: HOOK }, body, scheme, SECRET, at(NOW));
    for (const [header, value] of Object.entries(headers)) {
      const { [header]: _, ...others } = headers;
      const missing = new RegExp(`^the header ${header} must be .*, but is missing$`, "i");
      await refused(missing, request(others), body, scheme, SECRET, at(NOW));
      await refused(/ must be .*[^g]$/, request({ ...headers, [header]: "" }), body, scheme, SECRET, at(NOW));
      const repeated = request(headers);
      repeated.headers.append(header, value);
      await refused(/ must be /, repeated, body, scheme, SECRET, at(NOW));
    }
  });

  if (hasTime) {
    test(`${name}: the window`, async () => {
      const sent = async (time, options) => refusal(request(await sign(bodyAt(time), time)), bodyAt(time), scheme, SECRET, options);
      for (const off of [0, 1, 299, 300, -1, -300]) assert.equal(await sent(NOW - off, at(NOW)), undefined);
      for (const [time, options, words] of [
        [NOW - 301, at(NOW), / must be within 300 s of this clock, but is 301 s behind$/],
        [NOW + 301, at(NOW), / must be within 300 s of this clock, but is 301 s ahead$/],
        [NOW - 1, at(NOW, { window: 0 }), / within 0 s of this clock, but is 1 s behind$/],
        [NOW - 61, at(NOW, { window: 60 }), / within 60 s .* 61 s behind$/],
        [0, at(NOW), /behind$/],
        ["9".repeat(400), at(NOW), /Infinity s ahead$/],
        [NOW - 400, { now: new Date(1000 * NOW) }, / 400 s behind$/],
      ]) {
        const error = await sent(time, options);
        assert.equal(error?.code, "timestamp");
        assert.match(error.message, words);
      }
      for (const window of [301, Infinity]) assert.equal(await sent(NOW - 301, at(NOW, { window })), undefined);
      // Of the time only whole seconds count, as the senders' libraries have it.
      assert.equal(await sent(NOW - 300, { now: 1000 * NOW + 999 }), undefined);
      // Now.
      assert.equal((await sent(NOW - 400))?.code, "timestamp");
      // A request that is both is not called a late one.
      const late = request(await sign(body, NOW));
      await refused(/./, late, body, scheme, "other", at(NOW + 400));
    });

    test(`${name}: timestamps that are none`, async () => {
      for (const time of ["NaN", "-1", "1e9", "+1", "0x6a18", "1780000000.0", " 1", "", "Infinity", "\u0661", "17800 00000"]) {
        const given = { headers: new Map(Object.entries(await sign(bodyAt(time), time))), url: HOOK };
        await refused(/timestamp|signature/i, given, bodyAt(time), scheme, SECRET, at(NOW, { window: Infinity }));
      }
    });
  }

  if (accepts) {
    test(`${name}: random bodies and changes, as the sender's library has it`, async () => {
      const verdicts = { true: 0, false: 0 };
      const pick = (list) => list[Math.floor(Math.random() * list.length)];
      const pieces = [..."ab12=&&==+% ", "%26", "%3D", "%C3%A9", "%zz", "a=1&a=1", "\r\n", "__proto__="];
      // Twilio sends no such characters, and beside %XX the parser of Node up to 26 garbles them.
      if (name !== "twilio") pieces.push("é", "日本");
      const text = () => `x${Array.from({ length: 12 }, () => pick(pieces)).join("")}`;
      for (let count = 0; count < 300; count++) {
        const sent = text();
        // Up to the end of the window. Their libraries accept later times, too.
        const time = NOW - Math.floor(Math.random() * 400);
        const headers = await sign(sent, time);
        const got = pick([sent, sent, text(), sent.replace("1", "2"), `${sent}&`]);
        const [header, value] = pick(Object.entries(headers));
        if (!/time/.test(header) && Math.random() < 0.2)
          headers[header] = pick([value.slice(1), `${value}0`, value.replace(/\d/, "e"), "x"]);
        const verdict = await accepts(headers, got, NOW);
        const error = await refusal(request(headers), got, scheme, SECRET, at(NOW));
        assert.equal(!error, verdict, JSON.stringify([headers, sent, got, error?.message]));
        verdicts[verdict]++;
      }
      assert.ok(verdicts.true > 40 && verdicts.false > 40, JSON.stringify(verdicts));
    });
  }
}

test("signatures of another form", async () => {
  const message = 'the header X-Hub-Signature-256 must be "sha256=" and 64 hexadecimal digits';
  const body = "a=1";
  const right = hmac("sha256", body);
  const github = (text) => [request({ "x-hub-signature-256": text }), body, "github", SECRET];
  await accepted(...github(`sha256=${right}`));
  await accepted(...github(`sha256=${right.toUpperCase()}`));
  for (const text of [
    right,
    `sha1=${right}`,
    `SHA256=${right}`,
    `sha256=${right.slice(2)}`,
    `sha256=${right}00`,
    `sha256=${right.slice(1)}`,
    `sha256=${right.slice(1)}g`,
    `sha256= ${right.slice(1)}`,
    `sha256=0x${right.slice(2)}`,
    `sha256=${right.replace(/[a-f]/, (digit) => digit.toUpperCase())}`,
    `sha256=${hmac("sha256", body, "base64")}`,
    "sha256=",
  ]) {
    await refused(message, ...github(text));
  }

  const scheme = { header: "X-Signature", encoding: "base64" };
  const base64 = hmac("sha256", body, "base64");
  const own = (text) => [request({ "x-signature": text }), body, scheme, SECRET];
  await accepted(...own(base64));
  for (const text of [
    base64.slice(0, -1),
    base64.slice(4),
    `AAAA${base64}`,
    `${base64.slice(0, 10)} ${base64.slice(10)}`,
    base64.replace(/^./, "-"),
    // Bits after the last byte.
    base64.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`),
    hmac("sha1", body, "base64"),
    right,
    "=",
  ]) {
    await refused("the header X-Signature must be 32 bytes in base64", ...own(text));
  }
});

test("Stripe's list", async () => {
  const body = '{"id":"evt_1"}';
  const v1 = `v1=${hmac("sha256", `${NOW}.${body}`)}`;
  const other = `v1=${"0".repeat(64)}`;
  const stripe = (list) => [request({ "stripe-signature": list }), body, "stripe", SECRET, at(NOW)];
  for (const list of [
    `t=${NOW},${v1}`,
    `t=${NOW},${other},${v1}`,
    `${v1},${other},t=${NOW}`,
    `t=${NOW}, ${v1}, v0=6ffbb59b`,
    `t=${NOW},${`${other},`.repeat(7)}${v1}`,
    `T=1,t=${NOW},x,=,${v1},`,
  ]) {
    await accepted(...stripe(list));
  }
  const form = 'the header Stripe-Signature must be a list with one timestamp after "t=" and 1 to 8 signatures after "v1="';
  for (const list of [
    `t=${NOW}`,
    `t=${NOW},v0=${v1.slice(3)}`,
    v1,
    `t=${NOW},t=${NOW},${v1}`,
    `t=${NOW};${v1}`,
    `t=${NOW},${`${other},`.repeat(8)}${v1}`,
  ]) {
    await refused(form, ...stripe(list));
  }
  const each = 'each signature in the header Stripe-Signature must be "v1=" and 64 hexadecimal digits';
  for (const list of [`t=${NOW},v1=,${v1}`, `t=${NOW},${v1}=`, `t=${NOW},${v1.slice(0, -1)}`]) await refused(each, ...stripe(list));
  await refused("the timestamp in the header Stripe-Signature must be the seconds since 1970 in decimal digits", ...stripe(`t=1e9,${v1}`));
  const bare = { header: "Stripe-Signature", timestamp: "t=" };
  await accepted(request({ "stripe-signature": `${v1.slice(3)},t=${NOW}` }), body, bare, SECRET, at(NOW));
  await refused(/^the header Stripe-Signature must hold the signature/, ...stripe(`t=${NOW + 1},${v1}`));
});

test("what Twilio signs: the URL, with its port or without", async () => {
  const body = "To=%2B1&From=%2B2";
  const signed = (url) => ({ "x-twilio-signature": twilio.getExpectedTwilioSignature(SECRET, url, parametersOf(body)) });
  for (const [called, received, is = true] of [
    ["https://example.com/a?b=c", "https://example.com/a?b=c"],
    ["https://example.com:443/a?b=c", "https://example.com/a?b=c"],
    ["https://example.com/a?b=c", "https://example.com:443/a?b=c"],
    ["https://example.com/a", "https://example.com:8443/a"],
    ["https://example.com:8443/a", "https://example.com:8443/a"],
    ["http://example.com:80/", "http://example.com/"],
    ["https://example.com:443", "https://example.com"],
    ["https://example.com:443?a", "https://example.com?a"],
    ["https://me:pass@example.com:443/a", "https://me:pass@example.com/a"],
    ["https://[2001:db8::1]:443/a", "https://[2001:db8::1]/a"],
    ["https://example.com/it's", "https://example.com/it's"],
    ["https://example.com/a?to=b:80/", "https://example.com/a?to=b:80/"],
    ["https://example.com/a?b=c", "https://example.com/a?b=d", false],
    ["https://example.com/a", "http://example.com/a", false],
    ["https://example.com:444/a", "https://example.com/a", false],
    ["https://example.com:8443/a", "https://example.com:8444/a", false],
    ["https://example.com/a", "https://example.com/a/", false],
  ]) {
    const headers = signed(called);
    assert.equal(twilio.validateRequest(SECRET, headers["x-twilio-signature"], received, parametersOf(body)), is, received);
    // As the request has it, and behind a proxy.
    for (const args of [[request(headers, received)], [request(headers, "http://10.0.0.1/"), { url: received }]]) {
      const error = await refusal(args[0], body, "twilio", SECRET, args[1]);
      assert.equal(error?.code, is ? undefined : "signature", `${called} ${received}`);
    }
  }
  for (const url of ["/a", "ftp://example.com/", "", "https:///a", "https://?"]) {
    await assert.rejects(verifySignature(request(signed(HOOK), url), body, "twilio", SECRET, { url }), {
      name: "TypeError",
      message: /^url must be an absolute URL of http or https, not /,
    });
  }
});

test("what Twilio signs: the parameters as URLSearchParams reads them", async () => {
  for (const body of ["?a=1", "\ufeffa=1", "", "=&&=", "=1", "a", "b=&a=1&B=2&a=0&a=1", "a=%zz+%", "é=1", "__proto__=1&constructor=2"]) {
    const headers = await SCHEMES.twilio.sign(body);
    for (const given of [body, encode(body)]) await accepted(request(headers), given, "twilio", SECRET);
    await refused(/ must hold /, request(headers), `${body}&c=3`, "twilio", SECRET);
  }
});

test("what Twilio signs: with a key that is shared for webhooks, by the hash that a header names", async () => {
  const body = "To=%2B1";
  for (const [settings, algorithm] of [
    ["key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", "HMAC_SHA256"],
    ["algorithm=HMAC_SHA256", "HMAC_SHA256"],
    ["key=1, algorithm=HMAC_SHA1", "HMAC_SHA1"],
    ["key=1", "HMAC_SHA1"],
  ]) {
    assert.equal(twilio.getSignatureAlgorithm(settings), algorithm);
    const signature = twilio.getExpectedTwilioSignature(SECRET, HOOK, parametersOf(body), algorithm);
    const headers = { "x-twilio-signature": signature, "x-twilio-webhooks-signature-settings": settings };
    await accepted(request(headers), body, "twilio", SECRET);
    headers["x-twilio-webhooks-signature-settings"] = `algorithm=${algorithm === "HMAC_SHA1" ? "HMAC_SHA256" : "HMAC_SHA1"}`;
    await refused(/ must be (20|32) bytes in base64$/, request(headers), body, "twilio", SECRET);
  }
});

test("what Twilio signs: the hash of a body that is no form", async () => {
  const body = '{"a":"é"}';
  const sent = (hash) => {
    const url = `${HOOK}&bodySHA256=${hash}`;
    return request({ "x-twilio-signature": twilio.getExpectedTwilioSignature(SECRET, url, {}) }, url);
  };
  const given = sent(createHash("sha256").update(body).digest("hex"));
  assert.ok(twilio.validateRequestWithBody(SECRET, given.headers.get("x-twilio-signature"), given.url, body));
  await accepted(given, body, "twilio", SECRET);
  await refused("the parameter bodySHA256 of the URL must be the SHA-256 of the body", given, `${body} `, "twilio", SECRET);
  await refused("the parameter bodySHA256 of the URL must be the SHA-256 of the body", sent(""), body, "twilio", SECRET);
  await refused(/X-Twilio-Signature must hold/, { ...given, url: given.url.replace("main", "other") }, body, "twilio", SECRET);
});

test("a form with many parameters takes no longer than its length", async () => {
  const names = Array.from({ length: 200_000 }, (_, at) => `${at}`);
  const body = `${names.join("=&")}=&${"a=1&".repeat(100_000)}`;
  const signature = hmac("sha1", `${HOOK}${names.toSorted().join("")}a1`, "base64");
  await accepted(request({ "x-twilio-signature": signature }), body, "twilio", SECRET);
});

test("Mailgun's fields, in a form and in JSON", async () => {
  const fields = mailgunFields(NOW);
  const mailgun = (body, type) => [request(type && { "content-type": type }), body, "mailgun", SECRET, at(NOW)];
  const form = (fields) => mailgun(`${new URLSearchParams({ subject: "Hi", ...fields })}`, "application/x-www-form-urlencoded");
  const json = (signature) => mailgun(JSON.stringify({ signature, "event-data": {} }), "application/json");
  for (const given of [form, json]) {
    await accepted(...given(fields));
    for (const name of Object.keys(fields)) {
      const { [name]: _, ...others } = fields;
      await refused(new RegExp(`^the field "${name}" must be .*, but is missing$`), ...given(others));
      await refused(/^the field "/, ...given({ ...fields, [name]: `${fields[name]}0` }));
    }
  }
  await accepted(...mailgun(JSON.stringify({ signature: fields }), "Application/JSON; charset=utf-8"));
  await accepted(...json({ ...fields, timestamp: NOW }));
  await refused(/^the field "token" must be text$/, ...json({ ...fields, token: 5 }));
  for (const name of Object.keys(fields)) {
    for (const other of [null, true, 5, [], [fields[name]], {}, { toString: null }, { length: 64 }]) {
      await refused(/^the field "/, ...json({ ...fields, [name]: other }));
    }
  }
  // Digits that move from the token to the timestamp leave the signature right, but the window.
  const { timestamp, token, signature } = mailgunFields(NOW, "5e8");
  const moved = await refusal(...json({ timestamp: `${timestamp}${token[0]}`, token: token.slice(1), signature }));
  assert.equal(moved?.code, "timestamp");
  const none = 'the field "timestamp" must be the seconds since 1970 in decimal digits, but is missing';
  for (const body of ["", "{", "null", "[]", "5", '{"signature":null}', '{"signature":"x"}', "{}"]) {
    await refused(none, ...mailgun(body, "application/json"));
    await refused(none, ...mailgun(body));
  }
  await refused(none, ...mailgun(JSON.stringify({ signature: fields })));
});

test("arguments of the wrong type", async () => {
  const given = request({});
  const own = { header: "X-Signature" };
  for (const [message, ...args] of [
    ["the request must be a Request, not undefined", undefined, "", "slack", "s"],
    ["the request must be a Request, not Object", { headers: { a: "b" } }, "", "slack", "s"],
    ["the body must be a string, a Uint8Array or an ArrayBuffer, not 5", given, 5, "slack", "s"],
    [/^the scheme must be one of "github", .*"twilio" or a plain object, not "slak"$/, given, "", "slak", "s"],
    [/^the scheme must be one of .*, not "constructor"$/, given, "", "constructor", "s"],
    [/^the scheme must be one of .*, not undefined$/, given, "", undefined, "s"],
    [/^the scheme must be one of .*, not Array$/, given, "", [], "s"],
    ["header must be a string, not undefined", given, "", {}, "s"],
    ['the scheme has no member "headers": did you mean "header"?', given, "", { headers: "X" }, "s"],
    ['algorithm must be one of "SHA-256", "SHA-1", "SHA-512", not "sha256"', given, "", { ...own, algorithm: "sha256" }, "s"],
    ['encoding must be one of "hex", "base64", not "base32"', given, "", { ...own, encoding: "base32" }, "s"],
    ["prefix must be a string, not Null", given, "", { ...own, prefix: null }, "s"],
    ["timestamp must be a string, not true", given, "", { ...own, timestamp: true }, "s"],
    ['options has no member "tolerance": did you mean "window"?', given, "", "slack", "s", { tolerance: 5 }],
    ["options must be a plain object, not Null", given, "", "slack", "s", null],
    ["window must be a whole number from 0, or Infinity, not -1", given, "", "slack", "s", { window: -1 }],
    ["window must be a whole number from 0, or Infinity, not NaN", given, "", "slack", "s", { window: Number.NaN }],
    ["now must be a Date or a whole number of ms from 0, not NaN", given, "", "slack", "s", { now: Number.NaN }],
    ["now must be a Date or a whole number of ms from 0, not Date", given, "", "slack", "s", { now: new Date("x") }],
    ...["github", "twilio", own].map((scheme) => [
      "window must be left out: the scheme signs no timestamp",
      ...[given, "", scheme, "s", { window: 60 }],
    ]),
    ...["github", "slack", own].map((scheme) => ["url must be left out: the scheme signs no URL", given, "", scheme, "s", { url: HOOK }]),
    ...["", [], [""], ["s", ""], undefined, null, 5, {}, [["s"]], [undefined], encode("s")].map((secrets) => [
      "the secrets must be a string that is not empty, or an array of such strings",
      ...[given, "", "slack", secrets],
    ]),
  ]) {
    await assert.rejects(verifySignature(...args), { name: "TypeError", message }, String(message));
  }
});
