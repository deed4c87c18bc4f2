// Tests `formevent/multipart` of pkg/dist: forms that browsers and clients wrote, the same outcome as the crate on random
// bodies, every error and option, requests, and shapes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { FormError, formToEvent, inspect } from "formevent";
import { eventFromRequest, parseMultipart } from "formevent/multipart";
import { formToEventBytes, formToEvent as formToShapedEvent } from "formevent/shapes";

import { lying } from "./suite.js";

const vectors = (name) => JSON.parse(readFileSync(join(import.meta.dirname, "../vectors", name), "utf8"));
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const latin1 = (text) => Buffer.from(text, "latin1");

// In bodies, `\n` stands for CR LF and `$` for the boundary.
const expanded = (body) => Buffer.from(body.replaceAll("\n", "\r\n").replaceAll("$", "--x"));
const TYPE = "multipart/form-data; boundary=x";
const read = (body, options) => parseMultipart(expanded(body), TYPE, options);
const NAMED = "Content-Disposition: form-data; name=a\n";

const CONTACT = `$
Content-Disposition: form-data; name="na%22me"

Ada & 50% +=
$
Content-Disposition: form-data; name="cv"; filename="cé%22.pdf"
Content-Type: application/pdf

%PDF

$
Content-Disposition: form-data; name="photo"; filename=""
Content-Type: application/octet-stream


$
Content-Disposition: form-data; name=""

unnamed
$
Content-Disposition: form-data; name="na%22me"

L.
$--
`;

test("forms of browsers and clients", () => {
  const { written } = vectors("multipart.json");
  assert.ok(written.length >= 20, String(written.length));
  for (const { writer, contentType, body, fields } of written) {
    const { parts } = parseMultipart(Buffer.from(body, "base64"), contentType);
    const found = parts.map(({ name, filename, contentType: type, bytes }) =>
      filename === undefined
        ? { name, value: decoder.decode(bytes) }
        : { name, filename, ...(type === undefined ? {} : { type }), content: Buffer.from(bytes).toString("base64") },
    );
    const expected = fields.map(({ type, ...field }) => ({ ...field, ...(type == null ? {} : { type }) }));
    assert.deepEqual(found, expected, writer);
  }
});

test("bodies in which readers differ", () => {
  for (const { about, body, parts } of vectors("multipart.json").read) {
    // Such a part is one for the crate's reader of parts, and an error for a form.
    if (about === "a charset") {
      assert.throws(() => parseMultipart(Buffer.from(body), TYPE), { code: "charset" });
    } else if (parts === null) {
      assert.throws(() => parseMultipart(Buffer.from(body), TYPE), FormError, about);
    } else {
      const found = parseMultipart(Buffer.from(body), TYPE).parts;
      assert.deepEqual(
        found.map(({ name, filename = null, bytes }) => [name, filename, decoder.decode(bytes)]),
        parts,
        about,
      );
    }
  }
});

// As `RandomBodies` in tests/multipart.rs.
class Random {
  constructor(seed) {
    this.state = seed;
  }
  below(limit) {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }
  pick(tokens) {
    return tokens[this.below(tokens.length)];
  }
}

function randomBody({ fixed, parameters, headers, texts }, random) {
  const [boundary, lineEnd, end, disposition] = fixed;
  const tokens = [];
  for (let parts = random.below(4); parts > 0; parts--) {
    tokens.push(boundary, lineEnd, disposition, parameters[random.below(5)]);
    for (let more = random.below(2); more > 0; more--) tokens.push(random.pick(parameters.slice(5)));
    tokens.push(lineEnd);
    for (let more = random.below(2); more > 0; more--) tokens.push(random.pick(headers), lineEnd);
    tokens.push(lineEnd);
    for (let more = random.below(4); more > 0; more--) tokens.push(random.pick(texts));
    tokens.push(lineEnd);
  }
  tokens.push(end);
  for (let mistakes = random.below(3); mistakes > 0; mistakes--) {
    const at = random.below(tokens.length + 1);
    const token = random.pick([fixed, parameters, headers, texts][random.below(4)]);
    const how = random.below(3);
    if (how === 0) tokens.splice(at, 0, token);
    else if (at < tokens.length) tokens.splice(at, 1, ...(how === 1 ? [token] : []));
  }
  return latin1(tokens.join(""));
}

function outcome(body, options) {
  let form;
  try {
    form = parseMultipart(body, TYPE, options);
  } catch (error) {
    assert.ok(error instanceof FormError, error.stack);
    // The crate has no articles, and its own names for the limits.
    const message = error.message.replace(/^the /, "");
    return `${message.replace(/max[A-Z]\w+/, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))}\n`;
  }
  const parts = form.parts.map(
    ({ name, filename = "-", contentType = "-", offset, bytes }) => `${name}|${filename}|${contentType}|${offset}|${bytes.length}\n`,
  );
  const dropped = form.dropped().map(({ offset, reason }) => `${offset} ${reason}\n`);
  return `${parts.join("")}${dropped.join("")}${decoder.decode(form.urlencoded)}\n`;
}

test("the crate reads random bodies in the same way", () => {
  const { hashes, ...tokens } = vectors("multipart-random.json");
  assert.equal(hashes.length, 50);
  hashes.forEach((expected, block) => {
    let hash = 0x811c9dc5;
    for (let index = block * 1000; index < (block + 1) * 1000; index++) {
      const random = new Random(index + 1);
      const body = randomBody(tokens, random);
      const options = { files: index % 4 ? "drop" : "refuse" };
      if (index % 8 === 1) {
        options.maxParts = random.below(4);
        options.maxHeaderBytes = random.below(120);
        options.maxTextBytes = random.below(20);
        options.maxBytes = random.below(1000);
      }
      for (const byte of Buffer.from(outcome(body, options))) hash = Math.imul(hash ^ byte, 0x01000193);
    }
    assert.equal(hash >>> 0, expected, `bodies ${block * 1000} to ${block * 1000 + 999}`);
  });
});

test("each error has a code, the place, and what is allowed", () => {
  const longest = "y".repeat(70);
  for (const [contentType, code, message] of [
    ["text/plain", "media-type", "the content type is not multipart/form-data"],
    ["multipart/form-data", "boundary", "the content type has no boundary"],
    ["multipart/form-data; boundary", "boundary", "the content type is malformed at byte offset 29; expected `name=value`"],
    ["multipart/form-data; boundary=x; boundary=x", "boundary", "the content type is malformed at byte offset 33; expected one boundary"],
    [`multipart/form-data; boundary=${longest}y`, "boundary", "the boundary has 71 bytes; it must have 1 to 70"],
    ['multipart/form-data; boundary=""', "boundary", "the boundary has 0 bytes; it must have 1 to 70"],
    [
      'multipart/form-data; boundary="a b "',
      "boundary",
      "the boundary has ` ` at byte offset 3; allowed are letters, digits, '()+_,-./:=? and spaces before other characters",
    ],
  ]) {
    assert.throws(() => parseMultipart(expanded("$--"), contentType), { name: "FormError", code, message });
  }
  assert.deepEqual(parseMultipart(Buffer.from(`--${longest}--`), `Multipart/Form-Data;BOUNDARY="${longest}"`).parts, []);

  const text = `$\n${NAMED}\n12\n$--`;
  const file = `$\n${NAMED.replace("=a", "=a; filename=b")}\n\n$--`;
  for (const [body, options, expected] of [
    ["$", {}, { code: "malformed-multipart", offset: 3 }],
    [text, { maxBytes: 9 }, { code: "too-many-bytes", offset: 9, limit: 9 }],
    [text, { maxParts: 0 }, { code: "too-many-parts", offset: 5, limit: 0 }],
    [text, { maxHeaderBytes: 41 }, { code: "too-many-header-bytes", offset: 5, limit: 41 }],
    [text, { maxTextBytes: 1 }, { code: "too-many-text-bytes", offset: 5, limit: 1 }],
    [
      file,
      { files: "refuse" },
      { code: "file", offset: 5, field: "a", message: "the field `a` at byte offset 5 has a file, and files are refused" },
    ],
  ]) {
    assert.throws(() => read(body, options), { name: "FormError", ...expected });
  }
  // The sender cannot forge a line of a log, or make the message long.
  assert.throws(() => read(file.replace("=a", `="\u202e\t${"n".repeat(99)}"`), { files: "refuse" }), {
    message: `the field \`\\u{202e}\\u{9}${"n".repeat(36)}…\` at byte offset 5 has a file, and files are refused`,
  });
  assert.equal(read(text, { maxBytes: expanded(text).length, maxParts: 1, maxHeaderBytes: 42, maxTextBytes: 2 }).parts.length, 1);
  // No file was chosen, so none is lost.
  assert.equal(read(file.replace("=b", '=""'), { files: "refuse" }).parts.length, 1);

  for (const [call, message] of [
    [() => parseMultipart(5, TYPE), "the body must be a string, a Uint8Array or an ArrayBuffer, not 5"],
    [() => parseMultipart(new Uint8Array(), undefined), "the content type must be a string, not undefined"],
    [() => read("$--", { files: "keep" }), 'files must be one of "drop", "refuse", not "keep"'],
    [() => read("$--", { maxParts: -1 }), "maxParts must be a whole number from 0, or Infinity, not -1"],
    [() => read("$--", { maxPart: 1 }), 'options has no member "maxPart": did you mean "maxParts"?'],
    [() => read("$--", null), "options must be a plain object, not Null"],
  ]) {
    assert.throws(call, { name: "TypeError", message });
  }
});

test("hostile forms take no longer than their length", () => {
  const long = 1 << 20;
  const spaces = " ".repeat(long);
  const part = (headers) => `$\nContent-Disposition: form-data; name=a${headers}\n\n1\n`;
  for (const headers of [spaces, `; x=y${spaces}`, `\nContent-Type:${spaces}text/plain${spaces}; a=b`, `\nX:${spaces}`]) {
    assert.equal(read(`${part(headers)}$--`).parts.length, 1);
  }
  assert.throws(() => read(`${part(`${spaces}x`)}$--`), { code: "malformed-multipart" });
  assert.throws(() => parseMultipart(expanded("$--"), `multipart/form-data${spaces}x`), { code: "media-type" });
  // A part is found by its place, without a look at the bytes before it.
  const form = read(
    `${part("").repeat(1_000)}${part("")
      .replace("1\n", `${"1".repeat(8 * long)}\n`)
      .repeat(2)}$--`,
  );
  for (let at = 0; at < 4_000; at++) assert.equal(form.partAt(form.urlencoded.length - at), form.parts.at(-1));
  for (let at = 0; at < 4_000; at++) assert.equal(form.partAt(at), form.parts[at >> 2]);
});

test("a form has its parts, its fields and what was dropped", () => {
  const body = expanded(CONTACT);
  const form = parseMultipart(body, TYPE);
  assert.equal(decoder.decode(form.urlencoded), "na%22me=Ada+%26+50%25+%2B%3D&=unnamed&na%22me=L.");
  assert.equal(form.parts.length, 5);
  const [, cv] = form.parts;
  assert.deepEqual([cv.name, cv.filename, cv.contentType, decoder.decode(cv.bytes)], ["cv", 'cé".pdf', "application/pdf", "%PDF\r\n"]);
  // A view, not a copy.
  assert.equal(cv.bytes.buffer, body.buffer);
  assert.deepEqual(
    [0, 27, 28, 37, 38].map((offset) => form.partAt(offset)?.offset),
    [5, 5, 5, 294, 351],
  );
  assert.deepEqual(
    form.dropped("whatwg").map(({ reason }) => reason),
    ["file", "file"],
  );
  // The same bytes, however they come.
  const bytes = Uint8Array.from(body);
  for (const same of [bytes, bytes.buffer, new (lying(3))(bytes)]) {
    assert.deepEqual(parseMultipart(same, TYPE).urlencoded, form.urlencoded);
  }
  // Every byte comes back.
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const parts = Buffer.concat([expanded(`$\n${NAMED}\n`), all, expanded("\n$--")]);
  const { urlencoded } = parseMultipart(parts, TYPE);
  assert.deepEqual(
    decoder.decode(urlencoded),
    decoder.decode(
      Buffer.concat([
        latin1("a="),
        ...[...all].map((byte) =>
          latin1(
            " %&+=".includes(String.fromCharCode(byte))
              ? { " ": "+", "%": "%25", "&": "%26", "+": "%2B", "=": "%3D" }[String.fromCharCode(byte)]
              : String.fromCharCode(byte),
          ),
        ),
      ]),
    ),
  );
});

test("shapes have the body as it was sent, and what was dropped", () => {
  const body = expanded(CONTACT);
  const form = parseMultipart(body, TYPE);
  // As in tests/multipart.rs.
  assert.equal(
    formToShapedEvent(form, {}, { shape: ["$pairs", "$dropped"] }),
    '[{"na\\"me":"Ada & 50% +=","na\\"me":"L."},[' +
      '{"offset":74,"name":"cv","filename":"cé\\".pdf","contentType":"application/pdf","size":6,"reason":"file"},' +
      '{"offset":186,"name":"photo","filename":"","contentType":"application/octet-stream","size":0,"reason":"file"},' +
      '{"offset":294,"text":"unnamed","reason":"empty-key"}]]',
  );
  const [text, base64] = JSON.parse(formToShapedEvent(form, {}, { shape: ["$body", "$bodyBase64"] }));
  assert.equal(text, body.toString());
  assert.equal(base64, body.toString("base64"));
  assert.equal(formToShapedEvent(form, { stage: "prod" }), formToEvent(form.urlencoded, { stage: "prod" }, { decode: true }));
  assert.equal(decoder.decode(formToEventBytes(form, {}, { duplicates: "last" })), formToShapedEvent(form, {}, { duplicates: "last" }));
  // The limit is for the body as it was sent; errors are at the part.
  const long = read(`$\n${NAMED}\n${"=".repeat(1000)}\n$--`);
  assert.ok(formToShapedEvent(long, {}, { maxBytes: long.body.length }));
  assert.throws(() => formToShapedEvent(long, {}, { maxBytes: long.body.length - 1 }), { code: "too-many-bytes" });
  assert.throws(() => formToShapedEvent(form, {}, { maxPairs: 1 }), {
    code: "too-many-pairs",
    offset: 351,
    limit: 1,
    message: "the body exceeds maxPairs (1 pairs) at byte offset 351",
  });
  assert.throws(() => formToShapedEvent(form, {}, { maxOutput: 50 }), { code: "too-much-output", offset: 5 });
});

const post = (body, headers) => new Request("http://localhost/", { method: "POST", body, headers });

test("a request is read by its content type", async () => {
  const data = new FormData();
  data.append("name", "Ada & Co.");
  data.append('a"b', "50% off");
  data.append("cv", new File(["%PDF"], "cv.pdf", { type: "application/pdf" }));
  const info = { headers: {}, stage: "prod" };
  for (const decode of [undefined, false, true]) {
    const event = JSON.parse(decoder.decode(await eventFromRequest(post(data), info, { decode })));
    assert.deepEqual(event.querystring, { name: "Ada & Co.", 'a"b': "50% off" });
  }
  const own = JSON.parse(decoder.decode(await eventFromRequest(post(data, { "user-agent": "curl/8.5.0" }))));
  assert.equal(own.userAgent, "curl/8.5.0");
  assert.match(own.headers["content-type"], /^multipart\/form-data; boundary=/);

  const urlencoded = await eventFromRequest(post(new URLSearchParams({ name: "Ada & Co." })), info, { files: "refuse", maxParts: 1 });
  assert.equal(decoder.decode(urlencoded), formToEvent("name=Ada+%26+Co.", info));

  for (const [request, options, expected] of [
    [post(data), { files: "refuse" }, { code: "file", field: "cv" }],
    [post(expanded(CONTACT), { "content-type": TYPE }), { maxBytes: 10 }, { code: "too-many-bytes", limit: 10 }],
    [post(data), { maxParts: 2 }, { code: "too-many-parts", limit: 2 }],
    [post(data), { maxPairs: 1 }, { code: "too-many-pairs", limit: 1 }],
    [post(expanded(`$\n${NAMED}\n1\n$`), { "content-type": TYPE }), {}, { code: "malformed-multipart", offset: 53 }],
    [post("a=1", { "content-type": "multipart/form-data" }), {}, { code: "boundary" }],
    [post(data, { "content-encoding": "gzip" }), {}, { code: "content-coding" }],
    [
      post("a=1", { "content-type": "text/plain" }),
      {},
      {
        code: "media-type",
        message: 'the content type must be application/x-www-form-urlencoded or multipart/form-data, but is "text/plain"',
      },
    ],
    [
      post(Buffer.concat([expanded(`$\n${NAMED}\n1\n$\n${NAMED}\n`), latin1("\xff"), expanded("\n$--")]), { "content-type": TYPE }),
      { utf8: "strict" },
      { code: "invalid-utf8", offset: 55, message: 'the body is not UTF-8 at byte offset 55 (utf8: "strict")' },
    ],
  ]) {
    await assert.rejects(eventFromRequest(request, info, options), { name: "FormError", ...expected });
  }
  // A wrong argument leaves the body unread.
  for (const [wrongInfo, options] of [
    [{ stage: 5 }, {}],
    [info, { maxPart: 1 }],
    [info, { maxPairs: "1" }],
    [info, { files: true }],
    [{ extra: { stage: "x" } }, {}],
  ]) {
    const request = post(data);
    await assert.rejects(eventFromRequest(request, wrongInfo, options));
    assert.equal(request.bodyUsed, false);
  }
  assert.deepEqual(inspect(read(CONTACT).urlencoded, { decode: true }).counts, { pairs: 2, dropped: 1, repeated: 1 });
});
