// Tests the package in any runtime, where it must be installed. `run` throws at the first failure and returns the number of checked
// cases.

import { eventFromRequest as eventFromForm, parseMultipart } from "formevent/multipart";
import { verifySignature } from "formevent/verify";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A class of arrays that claim this length, and lie about their offset and buffer. */
export const lying = (claimed) =>
  class Liar extends Uint8Array {
    get length() {
      return claimed;
    }
    get byteLength() {
      return claimed;
    }
    get byteOffset() {
      return 2;
    }
    get buffer() {
      return new ArrayBuffer(claimed);
    }
  };

const SLACK_BODY =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
  "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=" +
  "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
  "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const TWILIO = { scheme: "twilio", secret: "12345", url: "https://mycompany.com/myapp.php?foo=1&bar=2" };
const TWILIO_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const RFC = { secret: "Jefe", body: "what do ya want for nothing?" };

/** Signed requests that others have published. `time` is in seconds. */
export const SIGNED = [
  {
    from: "https://docs.slack.dev/authentication/verifying-requests-from-slack",
    scheme: "slack",
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    headers: {
      "x-slack-request-timestamp": "1531420618",
      "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    },
    body: SLACK_BODY,
    time: 1531420618,
  },
  {
    from: "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    scheme: "github",
    secret: "It's a Secret to Everybody",
    headers: { "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" },
    body: "Hello, World!",
  },
  {
    from: "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    ...TWILIO,
    headers: { "x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=" },
    body: "Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309&CallSid=CA1234567890ABCDE",
  },
  {
    from: "a repeated parameter, in the tests of twilio-python",
    ...TWILIO,
    headers: { "x-twilio-signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU=" },
    body: "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
  },
  {
    from: "a body that is no form, in the tests of twilio-python",
    ...TWILIO,
    url: `${TWILIO.url}&bodySHA256=${TWILIO_HASH}`,
    headers: { "x-twilio-signature": "a9nBmqA0ju/hNViExpshrM61xv4=" },
    body: '{"property": "value", "boolean": true}',
  },
  {
    from: "https://www.rfc-editor.org/rfc/rfc2202#section-3",
    scheme: { header: "X-Signature", algorithm: "SHA-1" },
    ...RFC,
    headers: { "x-signature": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
  },
  {
    from: "https://www.rfc-editor.org/rfc/rfc4231#section-4.3",
    scheme: { header: "X-Signature", algorithm: "SHA-512", encoding: "base64" },
    ...RFC,
    headers: { "x-signature": "Fkt6e/z4GeLjlfvnO1bgo4e9ZCIugx/WECcM1+olBVSXWL91wFqZSm0DT2X48Ob9yuqxo01Ka0tjbgcKOLznNw==" },
  },
];

/**
 * @param formevent the package, as installed in the runtime
 * @param vectors `{ template, standard }`, the vectors of tests/vectors
 * @param quirks `searchParamsGarble`: URLSearchParams garbles raw non-ASCII characters beside %XX;
 *   `everyCut`: cut every vector at every place; `bodies`: how many random short bodies to convert
 */
export async function run(formevent, { template, standard }, quirks) {
  const report = {};
  for (const [name, check] of Object.entries(checks)) {
    report[name] = await check(formevent, { template, standard }, quirks);
    if (!(report[name] > 0)) throw new Error(`${name} checked nothing`);
  }
  return report;
}

// JSON.stringify escapes as serde_json does, except lone surrogates, which UTF-8 cannot express.
const json = (value) =>
  typeof value === "string" ? JSON.stringify(value) : Array.isArray(value) ? `[${value.map(json)}]` : object(value.object);
const object = (members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${json(value)}`)}}`;

// Returns the text in `body` at `offset` that is as long as `text`, in bytes.
const textAt = (body, offset, text) => decoder.decode(encoder.encode(body).subarray(offset, offset + encoder.encode(text).length));
const wellFormed = (text) => decoder.decode(encoder.encode(text));
const lenient = { rules: "whatwg", decode: true };

const checks = {
  // Forms with files as the runtime itself writes them.
  async multipart({ formToJson }) {
    const values = ["", "Ada & Co.", "50% off = a+b", "%22", "\r\n--\r\n", "こんにちは ☃", "x".repeat(1000)];
    let count = 0;
    for (const [at, value] of values.entries()) {
      const data = new FormData();
      for (const field of values.slice(at)) data.append("field", field);
      data.append("a b", value);
      data.append("cv", new Blob([value], { type: "application/pdf" }), "c v.pdf");
      const request = () => new Request("http://localhost/", { method: "POST", body: data });
      const event = await eventFromForm(request(), { headers: {}, stage: "prod" }, { duplicates: "arrays" });
      const expected = JSON.stringify({ field: values.slice(at), "a b": [value] });
      equal(decoder.decode(event), `{"headers":{},"querystring":${expected},"stage":"prod","sourceIp":"","userAgent":""}`, "multipart");
      // Each request has a boundary of its own.
      const again = request();
      const contentType = again.headers.get("content-type");
      const form = parseMultipart(await again.arrayBuffer(), contentType);
      equal(formToJson(form.urlencoded, { decode: true, duplicates: "arrays" }), expected, "urlencoded");
      const [{ offset, ...dropped }, ...more] = form.dropped();
      const size = encoder.encode(value).length;
      equal(
        [dropped, more.length],
        [{ name: "cv", filename: "c v.pdf", contentType: "application/pdf", size, reason: "file" }, 0],
        "dropped",
      );
      equal(textAt(decoder.decode(form.body), offset, "Content-"), "Content-", "offset");
      equal(decoder.decode(form.parts.at(-1).bytes), value, "file");
      count++;
    }
    return count;
  },

  // Events, pairs and dropped segments of the template's vectors.
  template({ formToEvent, formToEventBytes, inspect }, { template }) {
    for (const { body, headers, stage, sourceIp, userAgent, pairs, dropped, event } of template) {
      const info = { headers, stage, sourceIp, userAgent };
      const expected = json(event);
      equal(formToEvent(body, info), expected, body);
      equal(formToEvent(encoder.encode(body).buffer, info), expected, body);
      equal(decoder.decode(formToEventBytes(encoder.encode(body), info)), expected, body);
      const seen = inspect(body);
      equal(
        seen.pairs.map(({ key, offset }) => textAt(body, offset, key)),
        pairs.map(([key]) => key),
        body,
      );
      equal(
        seen.pairs.map(({ key, value }) => [key, value]),
        pairs,
        body,
      );
      equal(
        seen.dropped.map(({ offset, text, reason }) => [offset, text, reason]),
        dropped,
        body,
      );
    }
    return template.length;
  },

  // The URL Standard's vectors.
  standard({ formToJson, inspect }, { standard }) {
    for (const { input, output } of standard) {
      equal(formToJson(input, lenient), object(output), input);
      equal(
        inspect(input, lenient).pairs.map(({ key, value }) => [key, value]),
        output,
        input,
      );
    }
    return standard.length;
  },

  // Each option, alone and with others.
  options({ formToJson, formToJsonBytes }) {
    const cases = [
      ["", undefined, "{}"],
      ["a=%20+&b", undefined, '{"a":"%20+"}'],
      ["a=%20+&b", {}, '{"a":"%20+"}'],
      ["a=%20+&b", { decode: true, rules: undefined }, '{"a":"  "}'],
      ["a=b=c&d", { rules: "template" }, "{}"],
      ["a=b=c&d&=e", { rules: "whatwg" }, '{"a":"b=c","d":"","":"e"}'],
      ["a=1&b=2&a=3", { duplicates: "keep" }, '{"a":"1","b":"2","a":"3"}'],
      ["a=1&b=2&a=3", { duplicates: "first" }, '{"a":"1","b":"2"}'],
      ["a=1&b=2&a=3", { duplicates: "last" }, '{"a":"3","b":"2"}'],
      ["a=1&b=2&a=3&%61=4", { duplicates: "group" }, '{"a":["1","3"],"b":"2","%61":"4"}'],
      ["a=1&b=2&a=3", { duplicates: "arrays" }, '{"a":["1","3"],"b":["2"]}'],
      ["", { duplicates: "arrays" }, "{}"],
      ["a=1&b=2&a=3&%61=4", { duplicates: "group", decode: true }, '{"a":["1","3","4"],"b":"2"}'],
      ["a=%FF&a=%22", { utf8: "replace", decode: true }, '{"a":"\uFFFD","a":"\\""}'],
      ["a=é", { utf8: "strict" }, '{"a":"é"}'],
      ["a=1&b=2", { maxBytes: 7, maxPairs: 2, maxOutput: 17 }, '{"a":"1","b":"2"}'],
      ["a=1", { maxBytes: Infinity, maxPairs: 2 ** 53, maxOutput: 2 ** 32 }, '{"a":"1"}'],
      ["__proto__=1&constructor=2", undefined, '{"__proto__":"1","constructor":"2"}'],
      ['a=\0\b\t\n\f\r\x1f\x7f\u2028"\\/', undefined, '{"a":"\\u0000\\b\\t\\n\\f\\r\\u001f\x7f\u2028\\"\\\\/"}'],
    ];
    for (const [body, options, expected] of cases) {
      equal(formToJson(body, options), expected, body);
      equal(formToJsonBytes(body, options), encoder.encode(expected), body);
    }
    return cases.length;
  },

  // Pairs, dropped segments and counts.
  inspection({ inspect }) {
    const cases = [
      ["", {}, [], []],
      [
        "é=1&&b=&x%41&=y=&\ud800=2",
        {},
        [
          ["é", "1", 0],
          ["b", "", 6],
          ["\uFFFD", "2", 18],
        ],
        [
          [9, "x%41", "no-equals"],
          [14, "=y=", "many-equals"],
        ],
      ],
      [
        "a=%41&b%41&=%42",
        { decode: true },
        [["a", "A", 0]],
        [
          [6, "b%41", "no-equals"],
          [11, "=%42", "empty-key"],
        ],
      ],
      [
        "a=b=c&d&=e",
        { rules: "whatwg" },
        [
          ["a", "b=c", 0],
          ["d", "", 6],
          ["", "e", 8],
        ],
        [],
      ],
      [
        "a=1&a=2",
        { duplicates: "last" },
        [
          ["a", "1", 0],
          ["a", "2", 4],
        ],
        [],
        [["a", 0, 2]],
      ],
      [
        "b=&a=1&b&%61=2&b=3&a=4",
        { decode: true },
        [
          ["b", "", 0],
          ["a", "1", 3],
          ["a", "2", 9],
          ["b", "3", 15],
          ["a", "4", 19],
        ],
        [[7, "b", "no-equals"]],
        [
          ["b", 0, 2],
          ["a", 3, 3],
        ],
      ],
    ];
    for (const [body, options, pairs, dropped, repeated = []] of cases) {
      const expected = {
        pairs: pairs.map(([key, value, offset]) => ({ key, value, offset })),
        dropped: dropped.map(([offset, text, reason]) => ({ offset, text, reason })),
        repeated: repeated.map(([key, offset, count]) => ({ key, offset, count })),
        counts: { pairs: pairs.length, dropped: dropped.length, repeated: repeated.length },
      };
      equal(inspect(body, options), expected, body);
      for (const maxListed of [0, 1, 2, Infinity]) {
        const listed = { ...expected };
        for (const list of ["pairs", "dropped", "repeated"]) listed[list] = expected[list].slice(0, maxListed);
        equal(inspect(body, { ...options, maxListed }), listed, `${maxListed} of ${body}`);
      }
    }
    return 5 * cases.length;
  },

  // Results do not change when you call the package again, and bodies are not changed either.
  results({ formToEventBytes, formToJson, formToJsonBytes }) {
    const kept = [formToJsonBytes("a=1"), formToEventBytes("a=1")];
    const copies = kept.map((bytes) => bytes.slice());
    formToJson("b=".padEnd(5000, "2"));
    equal(kept[0], copies[0], "bytes of an object");
    equal(kept[1], copies[1], "bytes of an event");
    equal(
      kept.every((bytes) => bytes.byteLength === bytes.buffer.byteLength),
      true,
      "a buffer of its own",
    );
    const body = encoder.encode("xxa=1xx").subarray(2, 5);
    equal(formToJson(body), '{"a":"1"}', "a part of a buffer");
    equal([...body], [97, 61, 49], "the body is unchanged");
    return 5;
  },

  // After any exception, even a stack overflow, the next call works.
  afterwards({ formToJson, formToEvent }) {
    for (let round = 0; round < 20; round += 1) {
      const walk = () => {
        (round % 2 ? formToJson : formToEvent)("a=1");
        walk();
      };
      thrown(walk);
      equal(formToJson("a=1&b=2"), '{"a":"1","b":"2"}', `round ${round}`);
    }
    const info = {
      get stage() {
        return formToJson("c=3");
      },
      headers: {
        get a() {
          throw null;
        },
      },
    };
    equal(
      thrown(() => formToEvent("a=1", info)),
      null,
      "the error of a getter",
    );
    delete info.headers.a;
    equal(JSON.parse(formToEvent("a=1", info)).stage, '{"c":"3"}', "a call within a call");
    return 22;
  },

  // All kinds of headers and other members.
  info({ formToEvent }) {
    const event = (headers, rest = '"stage":"","sourceIp":"","userAgent":""') => `{"headers":${headers},"querystring":{"a":"1"},${rest}}`;
    const cases = [
      [undefined, event("{}")],
      [{}, event("{}")],
      [{ headers: { Host: "x", "x-é": "日本\u{1F600}" } }, event('{"Host":"x","x-é":"日本\u{1F600}"}')],
      [
        {
          headers: [
            ["Via", "a"],
            ["via", "b"],
            ["Via", "c"],
          ],
        },
        event('{"Via":"a","via":"b","Via":"c"}'),
      ],
      [
        {
          headers: new Map([
            ["b", "1"],
            ["a", "2"],
          ]),
        },
        event('{"b":"1","a":"2"}'),
      ],
      [{ headers: new Headers({ Host: "x", Accept: "y" }) }, event('{"accept":"y","host":"x"}')],
      [
        {
          headers: (function* () {
            yield ["a", "1"];
          })(),
        },
        event('{"a":"1"}'),
      ],
      [{ headers: { "a\nb": "\0", "": "\n" } }, event('{"a\\nb":"\\u0000","":"\\n"}')],
      [
        {
          extra: [
            ["1", "a"],
            ["0", "b"],
          ],
        },
        event("{}", '"stage":"","sourceIp":"","userAgent":"","1":"a","0":"b"'),
      ],
      // The halves of a surrogate pair in two strings do not combine.
      [
        { headers: { "\ud83d": "\ude00" }, stage: "\ud83d", sourceIp: "\ude00" },
        event('{"\uFFFD":"\uFFFD"}', '"stage":"\uFFFD","sourceIp":"\uFFFD","userAgent":""'),
      ],
      [
        { stage: "é", sourceIp: "::1", userAgent: '"\\', extra: { requestId: "4", "": "\u{1F600}" } },
        event("{}", '"stage":"é","sourceIp":"::1","userAgent":"\\"\\\\","requestId":"4","":"\u{1F600}"'),
      ],
    ];
    for (const [info, expected] of cases) equal(formToEvent("a=1", info), expected, expected);
    return cases.length;
  },

  // Every error; after each, the next call works.
  errors({ FormError, formToEvent, formToJson, formToJsonBytes, inspect }) {
    const strict = { utf8: "strict" };
    const cases = [
      [() => formToJson("a=12", { maxBytes: 3 }), "too-many-bytes", 3, 3],
      [() => formToJson("é=1", { maxBytes: 3 }), "too-many-bytes", 3, 3],
      [() => formToJson("a", { maxBytes: 0 }), "too-many-bytes", 0, 0],
      [() => formToJsonBytes("a=1&b&c=2", { maxPairs: 1 }), "too-many-pairs", 6, 1],
      [() => formToEvent("a=1&b=2", {}, { maxOutput: 70 }), "too-much-output", 7, 70],
      [() => formToJson("a=1&b=2", { maxOutput: 16, duplicates: "group" }), "too-much-output", 7, 16],
      [() => formToJson(new Uint8Array([97, 61, 255]), strict), "invalid-utf8", 2],
      [() => formToJson("a=1&é=%C3", { ...strict, decode: true }), "invalid-utf8", 7],
      [() => inspect("a=1&b=%ff", { ...strict, decode: true }), "invalid-utf8", 6],
      [() => inspect("a=1&b=2", { maxPairs: 1 }), "too-many-pairs", 4, 1],
      [() => formToEvent("a=1", { extra: { stage: "x" } }), "member-exists"],
      [
        () =>
          formToEvent("a=1", {
            extra: [
              ["a", "x"],
              ["stage", "x"],
            ],
          }),
        "member-exists",
      ],
    ];
    const words = {
      "too-many-bytes": "maxBytes",
      "too-many-pairs": "maxPairs",
      "too-much-output": "maxOutput",
      "invalid-utf8": 'utf8: "strict"',
      "member-exists": '"stage"',
    };
    for (const [call, code, offset, limit] of cases) {
      const error = thrown(call);
      equal(error instanceof FormError && error instanceof Error, true, code);
      equal([error.name, error.code, error.offset, error.limit], ["FormError", code, offset, limit], code);
      for (const part of [words[code], offset, limit]) {
        if (part !== undefined) equal(error.message.includes(String(part)), true, error.message);
      }
      equal("offset" in error, offset !== undefined, code);
      equal(formToJson("a=1"), '{"a":"1"}', "after an error");
    }

    const types = [
      [() => formToJson(), "a string, a Uint8Array or an ArrayBuffer, not undefined"],
      [() => formToJson(null), "not Null"],
      [() => formToJson(1), "not 1"],
      [() => formToJson(["a=1"]), "not Array"],
      [() => formToJson(new Uint16Array(2)), "not Uint16Array"],
      [() => formToJson(new URLSearchParams("a=1")), "not URLSearchParams"],
      [() => formToJson({ [Symbol.toStringTag]: "Uint8Array", length: 3 }), "the body must be"],
      [() => formToJson(() => "a long function"), "not Function"],
      [() => formToJson("a", { maxBytes: Symbol("x") }), "maxBytes must be a whole number"],
      [() => formToJson("a", null), "options must be a plain object"],
      [() => formToJson("a", "decode"), 'options must be a plain object, not "decode"'],
      [() => formToJson("a", { rules: "mine" }), 'rules must be one of "template", "whatwg", not "mine"'],
      [() => formToJson("a", { rules: 1 }), 'rules must be one of "template", "whatwg", not 1'],
      [() => formToJson("a", { decode: "yes" }), 'decode must be one of false, true, not "yes"'],
      [() => formToJson("a", { duplicates: null }), '"keep", "first", "last", "group", "arrays"'],
      [() => formToJson("a", { utf8: Symbol("x") }), '"replace", "strict", not Symbol(x)'],
      [() => formToJson("a", { maxBytes: -1 }), "maxBytes must be a whole number from 0, or Infinity, not -1"],
      [() => formToJson("a", { maxPairs: 1.5 }), "maxPairs must be a whole number"],
      [() => formToJson("a", { maxOutput: NaN }), "maxOutput must be a whole number"],
      [() => formToJson("a", { maxOutput: "9" }), "maxOutput must be a whole number"],
      [() => formToJson("a", { maxOutput: 9n }), "maxOutput must be a whole number"],
      // Misspelt options, above all limits.
      [() => formToJson("a", { maxbytes: 1 }), 'options has no member "maxbytes": did you mean "maxBytes"?'],
      [() => formToJson("a", { decoded: true }), 'options has no member "decoded": did you mean "decode"?'],
      [() => formToJsonBytes("a", { duplicate: "last" }), 'did you mean "duplicates"?'],
      [() => formToJson("a", { strictUtf8: undefined }), 'did you mean "utf8"?'],
      [() => formToJson("a", { maxListed: 1 }), 'options has no member "maxListed"'],
      [() => inspect("a", { maxlisted: 1 }), 'did you mean "maxListed"?'],
      [() => inspect("a", { maxListed: -1 }), "maxListed must be a whole number"],
      [() => formToJson("a", Object.create({ maxpairs: 1 })), 'did you mean "maxPairs"?'],
      [() => formToJson("a", new Map([["decode", true]])), "options must be a plain object, not Map"],
      [() => formToJson("a", [["decode", true]]), "options must be a plain object, not Array"],
      [() => formToJson("a", Promise.resolve({})), "options must be a plain object, not Promise"],
      [() => formToJson("a", () => {}), "options must be a plain object, not Function"],
      [() => formToEvent("a", { sourceIP: "x" }), 'info has no member "sourceIP": did you mean "sourceIp"?'],
      [() => formToEvent("a", { maxBytes: 1 }), 'info has no member "maxBytes": it is an option, and options come after info'],
      [() => formToEvent("a", new Headers()), "info must be a plain object, not Headers"],
      [
        () =>
          formToEvent("a", {
            headers: (async function* () {
              yield ["a", "b"];
            })(),
          }),
        "headers must be an object or an iterable of [name, value], not AsyncGenerator",
      ],
      [() => formToEvent("a", { headers: Promise.resolve([]) }), "not Promise"],
      [() => formToEvent("a", { extra: new Date() }), "extra must be an object"],
      [() => formToEvent("a", { headers: [new Map()] }), "a name in headers must be a string"],
      [() => formToEvent("a", "prod"), "info must be a plain object"],
      [() => formToEvent("a", { headers: "a: b" }), "headers must be an object"],
      [() => formToEvent("a", { headers: { a: 1 } }), 'headers["a"] must be a string, not 1'],
      [() => formToEvent("a", { headers: [["a"]] }), 'headers["a"] must be a string, not undefined'],
      [() => formToEvent("a", { headers: ["ab"] }), "a name in headers must be a string"],
      [() => formToEvent("a", { stage: 1 }), "stage must be a string, not 1"],
      [() => formToEvent("a", { sourceIp: null }), "sourceIp must be a string"],
      [() => formToEvent("a", { userAgent: {} }), "userAgent must be a string, not Object"],
      [() => formToEvent("a", { extra: { a: null } }), 'extra["a"] must be a string'],
      [() => inspect({}), "the body must be"],
    ];
    for (const [call, words] of types) {
      const error = thrown(call);
      equal(error instanceof TypeError && error.message.includes(words), true, `${words}: ${error}`);
      equal(formToJson("a=1"), '{"a":"1"}', "after an error");
    }
    return cases.length + types.length;
  },

  // Requests.
  async requests({ FormError, eventFromRequest, readBody, formToJsonStream }) {
    const post = (body, headers = {}) => new Request("https://api.example.com/form", { method: "POST", body, headers });
    const read = async (...args) => JSON.parse(decoder.decode(await eventFromRequest(...args)));
    const plain = { "content-type": "application/x-www-form-urlencoded", "user-agent": "test/1", "x-a": "b" };

    // Pages cannot set this header in browsers.
    const userAgent = post("", plain).headers.get("user-agent") ?? "";
    const event = await read(
      post("name=Ada+L.&a=b=c", plain),
      { stage: "prod", sourceIp: "192.0.2.1", extra: { id: "1" } },
      { decode: true },
    );
    equal(event.querystring, { name: "Ada L." }, "querystring");
    equal(event.headers["content-type"], plain["content-type"], "headers");
    equal(event.headers["x-a"], "b", "headers");
    equal([event.stage, event.sourceIp, event.userAgent, event.id], ["prod", "192.0.2.1", userAgent, "1"], "members");

    // `undefined` means the default.
    const same = await read(post("a=1", plain), { headers: undefined, userAgent: undefined, stage: undefined });
    equal([same.headers["x-a"], same.userAgent, same.stage], ["b", userAgent, ""], "undefined");

    const other = await read(post("a=1", plain), { headers: { A: "b" }, userAgent: "other" });
    equal([other.headers, other.userAgent], [{ A: "b" }, "other"], "info wins");
    equal((await read(new Request("https://api.example.com/"))).querystring, {}, "no body");
    equal((await read(post(encoder.encode("a=\u00e9")))).querystring, { a: "é" }, "bytes");

    // In pieces. After the limit, no more is requested.
    let asked = 0;
    const pieces = () =>
      new ReadableStream(
        {
          pull(controller) {
            asked += 1;
            if (asked > 1000) controller.close();
            else controller.enqueue(encoder.encode("a=1&"));
          },
        },
        { highWaterMark: 0 },
      );
    const streamed = () => new Request("https://api.example.com/", { method: "POST", body: pieces(), duplex: "half" });
    equal((await read(streamed(), {}, { duplicates: "group" })).querystring.a.length, 1000, "pieces");
    asked = 0;
    const error = await eventFromRequest(streamed(), {}, { maxBytes: 10 }).catch((error) => error);
    equal([error instanceof FormError, error.code, error.offset, error.limit], [true, "too-many-bytes", 10, 10], "cut");
    equal(asked < 10, true, `asked ${asked} times`);

    // A body that is exactly as long as the limit.
    const exact = () => new Request("https://api.example.com/", { method: "POST", body: once("a=1&b=2"), duplex: "half" });
    equal((await read(exact(), {}, { maxBytes: 7 })).querystring, { a: "1", b: "2" }, "exactly as long as the limit");
    // A source that ignores the cancellation, or fails in it.
    for (const cancel of [
      () => new Promise(() => {}),
      () => {
        throw new Error("its own");
      },
    ]) {
      let cancelled = 0;
      const stubborn = new ReadableStream({
        pull(controller) {
          controller.enqueue(encoder.encode("a=1&"));
        },
        cancel() {
          cancelled += 1;
          return cancel();
        },
      });
      const request = new Request("https://api.example.com/", { method: "POST", body: stubborn, duplex: "half" });
      const error = await eventFromRequest(request, {}, { maxBytes: 10 }).catch((error) => error);
      equal([error.code, cancelled], ["too-many-bytes", 1], "cancelled");
    }
    // A used body is an error, not an empty form.
    const used = post("a=1");
    await used.text();
    equal((await eventFromRequest(used).catch((error) => error)) instanceof TypeError, true, "used");
    equal(
      (await eventFromRequest({ headers: new Headers(), body: null, bodyUsed: true }).catch((error) => error)) instanceof TypeError,
      true,
      "used",
    );
    // In Firefox, requests have no `body`.
    const whole = { headers: new Headers(), arrayBuffer: async () => encoder.encode("a=1&b=2").buffer };
    equal((await read(whole)).querystring, { a: "1", b: "2" }, "without a stream");
    equal((await eventFromRequest(whole, {}, { maxBytes: 6 }).catch((error) => error)).code, "too-many-bytes", "without a stream");
    // Wrong arguments leave the body unread. Chunks must be bytes.
    const untouched = post("a=1");
    equal((await eventFromRequest(untouched, { stage: 1 }).catch((error) => error)) instanceof TypeError, true, "stage");
    equal(untouched.bodyUsed, false, "the body is unread");
    for (const chunk of ["a=1", new ArrayBuffer(3), new Uint16Array(2)]) {
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(chunk);
          controller.enqueue(chunk);
          controller.close();
        },
      });
      const fake = { headers: new Headers(), body };
      const error = await eventFromRequest(fake, {}, { maxBytes: 1 }).catch((error) => error);
      equal(error instanceof TypeError && error.message.includes("must be a Uint8Array"), true, String(error));
    }

    for (const [request, info, options] of [
      [{}, {}, {}],
      [undefined],
      [post("a=1"), null],
      [post("a=1"), {}, { rules: 1 }],
      [post("a=1"), { maxBytes: 1 }],
      [post("a=1"), {}, { maxbytes: 1 }],
    ]) {
      const error = await eventFromRequest(request, info, options).catch((error) => error);
      equal(error instanceof TypeError, true, String(error));
    }

    // A request that claims to be too long is not read.
    asked = 0;
    for (const read of [(request) => eventFromRequest(request, {}, { maxBytes: 10 }), (request) => readBody(request, 10)]) {
      let cancelled = 0;
      const body = new ReadableStream(
        {
          pull() {
            asked += 1;
            return new Promise(() => {});
          },
          cancel() {
            cancelled += 1;
          },
        },
        { highWaterMark: 0 },
      );
      const claims = { headers: new Headers({ "content-length": "11" }), body };
      const error = await read(claims).catch((error) => error);
      equal([error.code, error.offset, error.limit, asked, cancelled], ["too-many-bytes", 10, 10, 0, 1], "a claim");
      const exact = { headers: new Headers({ "content-length": "10" }), body: null };
      equal((await read(exact)).length > -1, true, "a claim within the limit");
      // A request that claims to be shorter than it is has the same limit.
      const lies = {
        headers: new Headers({ "content-length": "3" }),
        body: once("a=1&b=2&c=3"),
        arrayBuffer: async () => encoder.encode("a=1&b=2&c=3").buffer,
      };
      equal((await read(lies).catch((error) => error)).code, "too-many-bytes", "a false claim");
    }
    // A body that breaks off cannot be read.
    const cause = new Error("the connection is gone");
    for (const read of [eventFromRequest, readBody]) {
      let turn = 0;
      const broken = {
        headers: new Headers(),
        body: new ReadableStream(
          {
            pull(controller) {
              turn++ ? controller.error(cause) : controller.enqueue(encoder.encode("a=1&b"));
            },
          },
          { highWaterMark: 0 },
        ),
      };
      const error = await read(broken).catch((error) => error);
      equal(
        [error instanceof FormError, error.code, error.offset, error.cause === cause],
        [true, "unreadable-body", 5, true],
        "broken off",
      );
      const small = {
        headers: new Headers({ "content-length": "7" }),
        body: once("a=1&b=2"),
        arrayBuffer: async () => {
          throw cause;
        },
      };
      equal((await read(small).catch((error) => error)).code, "unreadable-body", "broken off");
    }
    // Chunks of all sizes.
    for (const size of [1, 2, 4095, 4096, 4097, 70_000]) {
      const bytes = Uint8Array.from({ length: 150_000 }, (_, at) => at * 7);
      let at = 0;
      const body = new ReadableStream({
        pull(controller) {
          if (at >= bytes.length) return controller.close();
          controller.enqueue(bytes.slice(at, at + size));
          at += size;
        },
      });
      const read = await readBody({ headers: new Headers(), body }, bytes.length);
      equal(read.length === bytes.length && read.every((byte, at) => byte === bytes[at]), true, `chunks of ${size}`);
      equal(read.buffer.byteLength, read.length, "a buffer of its own");
    }

    // Chunks that lie.
    for (const claimed of [0, 1, 100]) {
      const Liar = lying(claimed);
      const liar = () => new Liar(encoder.encode("a=1&b=2"));
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(liar());
          controller.close();
        },
      });
      equal(decoder.decode(await readBody({ headers: new Headers(), body })), "a=1&b=2", `a chunk of ${claimed}`);
      equal(await joined(formToJsonStream(), [liar()]), '{"a":"1","b":"2"}', `a chunk of ${claimed}`);
    }

    // `readBody` has the same rules.
    equal(decoder.decode(await readBody(post("a=\u00e9"))), "a=é", "body");
    equal((await readBody(new Request("https://api.example.com/"))).length, 0, "no body");
    equal(decoder.decode(await readBody(exact(), 7)), "a=1&b=2", "exactly as long as the limit");
    for (const request of [exact(), whole]) {
      const error = await readBody(request, 6).catch((error) => error);
      equal([error instanceof FormError, error.code, error.offset, error.limit], [true, "too-many-bytes", 6, 6], "cut");
    }
    for (const [request, maxBytes] of [[undefined], [{}], [used], [post("a=1"), -1]]) {
      const error = await readBody(request, maxBytes).catch((error) => error);
      equal(error instanceof TypeError, true, String(error));
    }
    return 66;
  },

  // Bodies so long that they are converted while they arrive.
  async longRequests({ eventFromRequest, formToEventBytes, formToJson, FormError }) {
    const segments = ["name=Ada+L.", "a=b=c", "x", "=y", "note=%22caf%C3%A9%22\r\n", "", "tel=%2B81", "é=\u{1F600}", 'raw="\\\x01'];
    const mixed = Array.from({ length: 30_000 }, (_, index) => segments[(index * index) % segments.length]).join("&");
    const bodies = [mixed, `a=1&b=${"x%C3%A9".repeat(40_000)}&c=3`, `a=1&b=${"=x".repeat(100_000)}&c=3`, "&".repeat(100_000)].map((body) =>
      encoder.encode(body),
    );
    // Strings that look like the object of pairs.
    const info = {
      headers: [
        ["querystring", '"querystring":{}'],
        ['"querystring":{}', "{}"],
        ["x", "é\u{1F600}\ud800"],
      ],
      stage: '"querystring":{}',
      sourceIp: "192.0.2.1",
      userAgent: "test/1",
      extra: { id: "日本" },
    };
    const requestOf = (body, sizes) => {
      let at = 0;
      let turn = 0;
      return {
        headers: new Headers(),
        body: new ReadableStream({
          pull(controller) {
            if (at >= body.length) return controller.close();
            const size = sizes[turn++ % sizes.length];
            controller.enqueue(body.slice(at, at + size));
            at += size;
          },
        }),
      };
    };
    const cuts = [[4096], [65_536], [65_537, 1, 2, 3], [1e9]];
    const outcome = (error) => [error instanceof FormError, error.code, error.offset, error.limit, error.message];
    const empty = formToEventBytes("", info).length;
    let checked = 0;
    for (const body of bodies) {
      for (const options of [{}, { decode: true }, lenient, { duplicates: "group" }, { utf8: "strict" }]) {
        const event = formToEventBytes(body, info, options);
        for (const sizes of cuts) {
          const made = await eventFromRequest(requestOf(body, sizes), info, options);
          equal(made.length, event.length, "length");
          equal(
            made.every((byte, at) => byte === event[at]),
            true,
            `${JSON.stringify(options)}, ${sizes}`,
          );
          equal(made.buffer.byteLength, made.length, "a buffer of its own");
          checked += 1;
        }
        // Each limit has the same result as for the whole body.
        for (const limits of [
          { maxOutput: event.length - 1 },
          { maxOutput: event.length - 60 },
          { maxOutput: 9_000 },
          { maxOutput: empty },
          { maxOutput: empty - 1 },
          { maxOutput: 20 },
          { maxPairs: 1 },
          { maxPairs: 9_000 },
          { maxBytes: 70_000 },
          { maxBytes: body.length - 1 },
        ]) {
          let whole;
          try {
            whole = formToEventBytes(body, info, { ...options, ...limits }).length;
          } catch (error) {
            whole = outcome(error);
          }
          for (const sizes of cuts) {
            const cut = await eventFromRequest(requestOf(body, sizes), info, { ...options, ...limits }).then(
              ({ length }) => length,
              outcome,
            );
            equal(cut, whole, `${JSON.stringify({ ...options, ...limits })}, ${sizes}`);
            checked += 1;
          }
        }
        const exact = { ...options, maxBytes: body.length, maxOutput: event.length };
        equal((await eventFromRequest(requestOf(body, [10_000]), info, exact)).length, event.length, "exactly as long as the limits");
      }
    }
    const late = new Uint8Array([...bodies[0], 38, 97, 61, 255]);
    const strict = await eventFromRequest(requestOf(late, [4096]), info, { utf8: "strict" }).catch(outcome);
    equal(strict.slice(0, 3), [true, "invalid-utf8", late.length - 1], "strict");
    const taken = await eventFromRequest(requestOf(bodies[0], [4096]), { extra: { stage: "" } }).catch(outcome);
    equal(taken.slice(0, 2), [true, "member-exists"], "a member that exists");

    // Endless bodies: reading stops at the limit.
    let asked = 0;
    let cancelled = 0;
    const endless = (text) => ({
      headers: new Headers(),
      body: new ReadableStream(
        {
          pull(controller) {
            asked += 1;
            controller.enqueue(encoder.encode(text));
          },
          cancel() {
            cancelled += 1;
          },
        },
        { highWaterMark: 0 },
      ),
    });
    const piece = "a=1&".repeat(1000);
    for (const [limits, code, most] of [
      [{ maxOutput: 1e6 }, "too-much-output", 200],
      [{ maxPairs: 50_000 }, "too-many-pairs", 70],
      [{ maxBytes: 1e6 }, "too-many-bytes", 260],
    ]) {
      [asked, cancelled] = [0, 0];
      const error = await eventFromRequest(endless(piece), {}, limits).catch((error) => error);
      equal([error.code, cancelled, asked < most], [code, 1, true], `asked ${asked} times`);
    }

    // An instance is used again after an error.
    const { Instance } = WebAssembly;
    let made = 0;
    WebAssembly.Instance = class extends Instance {
      constructor(...given) {
        super(...given);
        made += 1;
      }
    };
    try {
      for (let turn = 0; turn < 10; turn++) {
        const error = await eventFromRequest(endless(piece), {}, { maxOutput: 100_000 }).catch((error) => error);
        equal(error.code, "too-much-output", "again");
        await eventFromRequest(requestOf(bodies[0], [9_000]));
      }
    } finally {
      WebAssembly.Instance = Instance;
    }
    equal(made <= 1, true, `${made} instances`);

    // All stalled uploads together use few instances.
    const stalled = (body) => {
      let sent = false;
      return {
        headers: new Headers(),
        body: new ReadableStream({
          pull(controller) {
            if (sent)
              return new Promise((resolve) => {
                goOn.push(() => {
                  controller.close();
                  resolve();
                });
              });
            sent = true;
            controller.enqueue(body);
          },
        }),
      };
    };
    const goOn = [];
    made = 0;
    WebAssembly.Instance = class extends Instance {
      constructor(...given) {
        super(...given);
        made += 1;
      }
    };
    try {
      const event = formToEventBytes(bodies[0], info);
      const waiting = Array.from({ length: 40 }, () => eventFromRequest(stalled(bodies[0]), info));
      while (goOn.length < 40) await new Promise((resolve) => setTimeout(resolve, 1));
      equal(made <= 8, true, `${made} instances for 40 uploads`);
      for (const end of goOn) end();
      for (const events of await Promise.all(waiting))
        equal(events.length === event.length && events.every((byte, at) => byte === event[at]), true, "stalled");
      // The slots are free again.
      await Promise.all(Array.from({ length: 8 }, () => eventFromRequest(requestOf(bodies[0], [9_000]), info)));
    } finally {
      WebAssembly.Instance = Instance;
    }

    // Several long bodies at once, with short ones between.
    const together = await Promise.all(
      bodies.flatMap((body) => [
        eventFromRequest(requestOf(body, [5_000]), info),
        eventFromRequest(requestOf(body, [7_000]), info, { maxPairs: 0 }).catch((error) => error.code),
        eventFromRequest(requestOf(encoder.encode("a=1"), [1]), info),
      ]),
    );
    for (const [index, body] of bodies.entries()) {
      equal(together[3 * index].length, formToEventBytes(body, info).length, "together");
      const refused = typeof together[3 * index + 1] === "string" && together[3 * index + 1];
      equal(refused, formToJson(body) !== "{}" && "too-many-pairs", "together");
      equal(decoder.decode(together[3 * index + 2]), decoder.decode(formToEventBytes("a=1", info)), "together");
    }
    return checked;
  },

  // Faults of other parsers. tests/advisories.rs has more, and names the advisories.
  advisories({ formToJson, formToJsonBytes, formToEvent, inspect }) {
    // Prototype pollution, as in CVE-2022-24999.
    const hostile = "__proto__=1&constructor=2&a[__proto__]=3&__proto__[polluted]=4&hasOwnProperty=5";
    const keys = ["__proto__", "constructor", "a[__proto__]", "__proto__[polluted]", "hasOwnProperty"];
    for (const read of [formToJson(hostile), JSON.stringify(JSON.parse(formToEvent(hostile)).querystring)]) {
      const pairs = JSON.parse(read);
      equal(Object.getOwnPropertyNames(pairs), keys, "own keys");
      equal(
        [Object.getPrototypeOf(pairs) === Object.prototype, {}.polluted, Object.prototype.polluted],
        [true, undefined, undefined],
        "pollution",
      );
    }
    equal(
      inspect(hostile).pairs.map(({ key }) => key),
      keys,
      "inspect",
    );

    // Surrogates at every place in short strings, which a loop copies, and in longer ones.
    let checked = 0;
    for (let length = 0; length < 70; length++) {
      for (const unit of ["\ud800", "\udfff", "\udc00\ud800", "\ud83d\ude00"]) {
        const body = `a=${"x".repeat(length)}${unit}y`;
        equal(formToJson(body), `{"a":${JSON.stringify(wellFormed(body.slice(2)))}}`, "surrogates");
        checked += 1;
      }
    }

    // Bytes that do not exist are an error, not an empty form.
    const refuses = (body, name) => {
      let error;
      try {
        formToJsonBytes(body);
      } catch (thrown) {
        error = thrown;
      }
      equal(error instanceof TypeError || error instanceof RangeError, true, `${name}: ${error}`);
      equal(formToJson("a=1"), '{"a":"1"}', `after ${name}`);
      checked += 1;
    };
    const detached = encoder.encode("a=1");
    structuredClone(detached, { transfer: [detached.buffer] });
    refuses(detached, "a detached array");
    refuses(detached.buffer, "a detached buffer");
    // An array that lies.
    formToJson("secret=of-the-call-before");
    for (const claimed of [0, 1, 3, 100, 1 << 20]) {
      const Liar = lying(claimed);
      equal(formToJson(new Liar(encoder.encode("a=1"))), '{"a":"1"}', `a length of ${claimed}`);
      checked += 1;
    }
    class Disguised extends Uint16Array {
      get [Symbol.toStringTag]() {
        return "Uint8Array";
      }
    }
    refuses(new Disguised(4), "an array of another kind");
    refuses({ [Symbol.toStringTag]: "ArrayBuffer", byteLength: 3 }, "an object that pretends to be a buffer");
    if ("resizable" in ArrayBuffer.prototype) {
      const buffer = new ArrayBuffer(7, { maxByteLength: 64 });
      const whole = new Uint8Array(buffer);
      const end = new Uint8Array(buffer, 4, 3);
      whole.set(encoder.encode("a=1&b=2"));
      equal([formToJson(whole), formToJson(end)], ['{"a":"1","b":"2"}', '{"b":"2"}'], "resizable");
      buffer.resize(3);
      equal(formToJson(whole), '{"a":"1"}', "shrunk");
      refuses(end, "an array past the end of its buffer");
    }
    if (typeof SharedArrayBuffer === "function") {
      const shared = new Uint8Array(new SharedArrayBuffer(3));
      shared.set(encoder.encode("a=1"));
      equal(formToJson(shared), '{"a":"1"}', "shared");
      refuses(shared.buffer, "shared memory itself");
    }
    return 8 + checked;
  },

  // However a body is cut, the result is that of the whole body.
  async streams({ formToJson, formToJsonStream, inspect }, { template, standard }, { everyCut }) {
    let checked = 0;
    const check = async (body, options, chunks) => {
      const dropped = [];
      const stream = formToJsonStream({ ...options, onDropped: (segment) => dropped.push(segment) });
      equal(await joined(stream, chunks), formToJson(body, options), `${JSON.stringify(options)} ${body}`);
      const expected = inspect(body, options).dropped.map(({ offset, reason }) => ({ offset, reason }));
      equal(dropped, expected, `${JSON.stringify(options)} ${body}`);
      checked += 1;
    };
    for (const { body } of [...template, ...standard.map(({ input }) => ({ body: input }))]) {
      const bytes = encoder.encode(body);
      for (const options of [{}, lenient, { duplicates: "group" }]) {
        await check(
          body,
          options,
          Array.from(bytes, (byte) => Uint8Array.of(byte)),
        );
        // Cutting everywhere takes a while, so only one runtime does it.
        const step = everyCut && !options.duplicates ? 1 : 1 + Math.ceil(bytes.length / 3);
        for (let at = 0; at <= bytes.length; at += step) {
          await check(body, options, [bytes.slice(0, at), bytes.slice(at).buffer]);
        }
      }
    }
    return checked;
  },

  // Errors of streams.
  async streamErrors({ formToJson, formToJsonStream, FormError }) {
    const fails = async (body, options, chunks = [encoder.encode(body)]) =>
      joined(formToJsonStream(options), chunks).then(
        (json) => {
          throw new Error(`no error: ${json}`);
        },
        (error) => error,
      );
    const cases = [
      ["a=123", { maxBytes: 4 }, "too-many-bytes", 4, 4],
      ["a=1&b=2", { maxPairs: 1 }, "too-many-pairs", 4, 1],
      ["a=1&b=2", { maxOutput: 16 }, "too-much-output", 7, 16],
      ["a=1&b=234", { maxHeld: 4 }, "too-much-held", 4, 4],
      ["a=1&b=2", { maxHeld: 6, duplicates: "last" }, "too-much-held", 0, 6],
      ["a=1&b=%FF", { decode: true, utf8: "strict" }, "invalid-utf8", 6, undefined],
    ];
    for (const [body, options, code, offset, limit] of cases) {
      for (const chunks of [[encoder.encode(body)], Array.from(encoder.encode(body), (byte) => Uint8Array.of(byte))]) {
        const error = await fails(body, options, chunks);
        equal([error instanceof FormError, error.code, error.offset, error.limit], [true, code, offset, limit], body);
        equal(error.message.includes(`byte offset ${offset}`), true, error.message);
      }
    }
    for (const chunk of ["a=1", 1, null, undefined, [97], new Uint16Array(1), {}]) {
      equal((await fails("", {}, [chunk])) instanceof TypeError, true, "a chunk of another kind");
    }
    const detached = encoder.encode("a=1");
    structuredClone(detached, { transfer: [detached.buffer] });
    equal((await fails("", {}, [detached])) instanceof TypeError, true, "a detached chunk");
    for (const options of [
      null,
      1,
      { rules: "x" },
      { maxBytes: -1 },
      { maxBytes: 2 ** 32 },
      { maxPairs: 2 ** 53 },
      { maxHeld: "1" },
      { onDropped: 1 },
    ]) {
      equal(thrown(() => formToJsonStream(options)) instanceof TypeError, true, JSON.stringify(options));
    }
    const own = new Error("its own");
    equal(
      (await fails("a", {
        onDropped() {
          throw own;
        },
      })) === own,
      true,
      "the error of onDropped",
    );

    // Many streams at once, some of them aborted, with calls between.
    const streams = Array.from({ length: 20 }, () => formToJsonStream({ decode: true }));
    const writers = streams.map((stream) => stream.writable.getWriter());
    const readers = streams.map((stream) => new Response(stream.readable).text());
    for (const part of ["name=Ad", "a+L.&caf%C3", "%A9=", "&last=1"]) {
      for (const [index, writer] of writers.entries()) await writer.write(encoder.encode(part + (part === "&last=1" ? index : "")));
      equal(formToJson("a=1"), '{"a":"1"}', "between");
    }
    for (const [index, writer] of writers.entries()) {
      if (index % 3 === 2) {
        await Promise.allSettled([writer.abort(own), readers[index]]);
      } else {
        await writer.close();
        equal(await readers[index], `{"name":"Ada L.","café":"","last":"1${index}"}`, "together");
      }
    }

    // A chunk much longer than the input buffer, and a pair longer than the memory.
    const value = "x\u00e9".repeat(200_000);
    equal(
      (await joined(formToJsonStream(), [encoder.encode(`a=1&b=${value}&c=3`)])) === `{"a":"1","b":"${value}","c":"3"}`,
      true,
      "a long chunk",
    );
    const large = "y".repeat(3 << 20);
    equal((await fails("", {}, [encoder.encode(`a=${large}`)])).code, "too-much-held", "a pair longer than maxHeld");
    equal(
      (await joined(formToJsonStream({ maxHeld: Infinity }), [encoder.encode(`a=${large}`)])) === `{"a":"${large}"}`,
      true,
      "a pair longer than the memory",
    );
    const whatwg = await fails("", { rules: "whatwg", maxHeld: 5 }, [encoder.encode(`a=1&b=${large}`)]);
    equal([whatwg.code, whatwg.offset], ["too-much-held", 4], "maxHeld limits a segment under both rules");
    return 2 * cases.length + 40;
  },

  // Random bodies: with whatwg and decode the result is that of URLSearchParams.
  searchParams({ formToJson, formToJsonBytes }, _, { searchParamsGarble }) {
    const pieces = [
      "&",
      "=",
      "a",
      "b",
      "a=1",
      "+",
      "%",
      "%4",
      "%41",
      "%61",
      "%3D",
      "%26",
      "%2b",
      "%00",
      "%C3%A9",
      "%c3",
      "%E3%81%82",
      "%F0%9F%98%80",
      "%ED%A0%80",
      "%FF",
      '"',
      "\\",
      "\0",
      "\t\r\n",
      "\x7f",
      "é",
      "日本",
      "\u{1F600}",
      "\ud83d",
      "\ude00",
      "\ufeff",
      "?",
      "#",
      ";",
      "long".repeat(20),
    ];
    const random = randomNumbers();
    let checked = 0;
    while (checked < 5000) {
      // URLSearchParams removes a leading `?`, so the body starts with `&`.
      let body = "&";
      for (let count = random(24); count > 0; count -= 1) body += pieces[random(pieces.length)];
      // Skip bodies that URLSearchParams garbles.
      if (searchParamsGarble && /[^\0-\x7f]/.test(body) && /%[0-9a-f]{2}/i.test(body)) continue;
      const expected = object([...new URLSearchParams(body)]);
      equal(formToJson(body, lenient), expected, body);
      equal(decoder.decode(formToJsonBytes(encoder.encode(body), lenient)), expected, body);
      equal(formToJson(body), formToJson(wellFormed(body)), body);
      checked += 1;
    }
    return checked;
  },

  // A short string is converted in JavaScript, the same bytes in the module.
  short({ formToJson }, { template, standard }, { bodies }) {
    // JavaScript makes its strings with this function.
    const { fromCharCode } = String;
    let short = 0;
    String.fromCharCode = (...units) => {
      short += 1;
      return fromCharCode(...units);
    };
    const outcome = (body, options) => {
      try {
        return formToJson(body, options);
      } catch ({ code, offset, limit, message }) {
        return `${code} ${offset} ${limit} ${message}`;
      }
    };
    let checked = 0;
    const check = (body, options) => {
      const [actual, expected] = [outcome(body, options), outcome(encoder.encode(body), options)];
      if (actual !== expected) equal(actual, expected, `${JSON.stringify(options)} ${JSON.stringify(body)}`);
      checked += 1;
    };
    try {
      for (const body of [...template, ...standard].map(({ body, input }) => body ?? input)) {
        for (const options of [{}, lenient, { decode: true }, { rules: "whatwg" }]) check(body, options);
      }
      // Every arrangement of up to five of these.
      let all = [""];
      for (let length = 0; length < 5; length += 1) {
        all = all.flatMap((body) => [..."a=&+%2"].map((unit) => body + unit));
        // Alone, and up to the end of the longest short body.
        for (const body of all)
          for (const options of [{}, lenient]) for (const begin of ["", "k=".padEnd(31 - length, "v")]) check(begin + body, options);
      }
      const random = randomNumbers();
      const one = (list) => list[random(list.length)];
      const odd = [
        "=",
        "&",
        "%41",
        "%2b",
        "%3D",
        "%5c",
        "%7F",
        "%1f",
        "%80",
        "%4g",
        "%",
        '"',
        "\\",
        "\0",
        "\x1f",
        "\x7f",
        "\x80",
        "\xff",
        "é",
        "日",
        "\u{1F600}",
        "\ud800",
        "name",
      ];
      const values = {
        rules: ["template", "whatwg"],
        decode: [false, true],
        utf8: ["replace", "strict"],
        duplicates: ["keep", "keep", "keep", "first", "group"],
        maxBytes: [0, 20, 32, 127, 128, Infinity],
        maxPairs: [0, 2, 127, 128, Infinity],
        maxOutput: [0, 40, 127, 128, Infinity],
      };
      const text = () => Array.from({ length: random(4) }, () => (random(40) ? one("ab~ +") : one(odd))).join("");
      const segment = () => (random(30) ? "k" : "") + text() + (random(30) ? "=" : one(["", "==", "&"])) + text();
      for (const end = checked + bodies; checked < end; ) {
        const body = Array.from({ length: 1 + random(8) }, segment).join("&");
        const options = {};
        for (const name of Object.keys(values)) if (!random(4)) options[name] = one(values[name]);
        check(body, options);
      }
    } finally {
      String.fromCharCode = fromCharCode;
    }
    equal(short > bodies / 10, true, `${short} bodies in JavaScript`);
    return checked;
  },

  // The decoder of a string replaces invalid UTF-8, which the module does for bytes: the text is the same.
  invalidUtf8({ formToJson, formToJsonBytes, formToEvent, formToEventBytes }) {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const outcome = (convert) => {
      try {
        return convert();
      } catch ({ code, offset, limit, message }) {
        return code ? `${code} ${offset} ${limit}` : message;
      }
    };
    let checked = 0;
    const check = (body, options) => {
      const name = `${JSON.stringify(options)} ${body}`;
      const json = outcome(() => strict.decode(formToJsonBytes(body, options)));
      const string = outcome(() => formToJson(body, options));
      if (string !== json) equal(string, json, name);
      const info = { stage: "é\ud800" };
      const event = outcome(() => strict.decode(formToEventBytes(body, info, options)));
      const eventString = outcome(() => formToEvent(body, info, options));
      if (eventString !== event) equal(eventString, event, name);
      checked += 1;
      return json;
    };
    equal(check(new Uint8Array([97, 61, 255, 98])), '{"a":"\uFFFDb"}', "0xFF");

    // Characters that are whole, cut, overlong, surrogates, and past the last one.
    const sequences = [
      [0xff],
      [0x80],
      [0xc3, 0xa9],
      [0xc3],
      [0xc0, 0xaf],
      [0xe3, 0x81, 0x82],
      [0xe3, 0x81],
      [0xe3],
      [0xe0, 0x9f, 0xbf],
      [0xed, 0xa0, 0x80],
      [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
      [0xef, 0xbb, 0xbf],
      [0xf0, 0x9f, 0x98, 0x80],
      [0xf0, 0x9f, 0x98],
      [0xf0, 0x9f],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf8, 0x88, 0x80, 0x80, 0x80],
    ];
    const percent = (bytes) => encoder.encode(bytes.map((byte) => `%${byte.toString(16)}`).join(""));
    const written = sequences.flatMap((bytes) => [bytes, [...percent(bytes)]]);
    const ascii = [...'ax=&+%"\\\x1f\x7f'].map((char) => [char.charCodeAt(0)]);
    const options = [{}, lenient, { ...lenient, duplicates: "group" }];
    // At the edges of the chunks that the module reads.
    for (const bytes of written) {
      for (const edge of [16, 256, 512]) {
        for (let at = edge - 13; at < edge + 2; at += 1) {
          const text = `k=${"x".repeat(at - 2)}`;
          for (const after of ["", "x", '"&k=é']) {
            const body = new Uint8Array([...encoder.encode(text), ...bytes, ...encoder.encode(after)]);
            for (const chosen of options) check(body, chosen);
          }
        }
      }
    }
    const random = randomNumbers();
    const one = (list) => list[random(list.length)];
    const limits = [{}, {}, { maxPairs: 1 }, { maxOutput: 40 }, { maxOutput: 80 }, { utf8: "strict" }];
    for (let count = 0; count < 5000; count += 1) {
      const pieces = Array.from({ length: random(40) }, () => one(random(3) ? written : ascii));
      check(new Uint8Array([97, 61, ...pieces.flat()]), { ...one(options), ...one(limits) });
    }
    return checked;
  },

  // In the real WebCrypto of each runtime.
  async signatures({ FormError }) {
    for (const { from, scheme, secret, url, headers, body, time } of SIGNED) {
      const request = { headers: new Headers(headers), url };
      const options = time && { now: 1000 * time };
      await verifySignature(request, encoder.encode(body), scheme, secret, options);
      for (const [other, by] of [
        [`${body} `, secret],
        [body, `${secret} `],
      ]) {
        const error = await verifySignature(request, other, scheme, by, options).catch((caught) => caught);
        equal([error instanceof FormError, error?.code], [true, "signature"], from);
      }
    }
    return SIGNED.length;
  },

  // Bodies around the sizes of buffers, one after another in the same memory.
  sizes({ formToJson, formToJsonBytes }) {
    let checked = 0;
    for (const length of [0, 1, 1021, 1022, 1023, 1024, 65535, 65536, 1 << 20, 3, 5 << 20, 1]) {
      for (const letter of ["x", "é", "日", "\u{1F600}", '"']) {
        const value = letter.repeat(length);
        const expected = `{"a":${JSON.stringify(value)}}`;
        equal(formToJson(`a=${value}`) === expected, true, `${length} ${letter}`);
        equal(decoder.decode(formToJsonBytes(encoder.encode(`a=${value}`))) === expected, true, `${length} ${letter}`);
        checked += 1;
      }
    }
    return checked;
  },
};

/** Returns a function from a number to a random whole number below it, the same ones each time. */
function randomNumbers() {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

// Sends chunks through `stream` and returns its output as text.
async function joined(stream, chunks) {
  const writer = stream.writable.getWriter();
  const written = (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  // The reader reports the same error.
  written.catch(() => {});
  const reader = stream.readable.getReader();
  let text = "";
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
  for (let next; !(next = await reader.read()).done; ) text += decoder.decode(next.value, { stream: true });
  await written;
  return text + decoder.decode();
}

const once = (text) =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(text));
      controller.close();
    },
  });

function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error(`nothing was thrown by ${call}`);
}

function equal(actual, expected, name) {
  const [a, b] = [actual, expected].map((value) => (value instanceof Uint8Array ? `bytes ${value}` : JSON.stringify(value)));
  if (a !== b) throw new Error(`${name}\n  actual:   ${a}\n  expected: ${b}`);
}
