// Posts forms to the examples of examples/frameworks, as browsers and other clients do.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";

const MAX_BYTES = 65_536;
// More than the sockets hold.
const LONG = 32_000_000;
const URLENCODED = "application/x-www-form-urlencoded";
const FIELDS = [
  ["name", "Ada & 50% +é"],
  ["topic", "tea"],
  ["topic", "a=b"],
];

function formData(...files) {
  const data = new FormData();
  for (const [name, value] of [...FIELDS, ...files]) data.append(name, value);
  return data;
}

/**
 * Checks the answers of the server at `origin`. `knowsSender`: the event has the sender's address. `readsOn`: the server
 * reads a body that is too long to its end. `sameOrigin`: it refuses forms from other origins.
 */
export async function checkForms(origin, { knowsSender = true, readsOn = true, sameOrigin = false } = {}) {
  const url = `${origin}/contact`;
  // As browsers and proxies send it.
  const proxied = { origin, "x-forwarded-proto": "http" };
  const post = async (body, headers = {}) => {
    const response = await fetch(url, { method: "POST", body, headers: { ...proxied, "user-agent": "test", ...headers } });
    return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
  };

  const taken = async (body, headers) => {
    const { status, type, text } = await post(body, headers);
    assert.deepEqual([status, type], [200, "application/json"], text);
    return JSON.parse(text);
  };
  // The last has a file input without a file, as browsers send it.
  const unfilled = await new Response(formData(["cv", new File([], "-")])).text();
  const blob = new Blob([unfilled.replace('filename="-"', 'filename=""')], {
    type: `multipart/form-data; boundary=${unfilled.match(/^--(.+)\r\n/)[1]}`,
  });
  for (const body of [new URLSearchParams(FIELDS), formData(), blob]) {
    const { headers, querystring, stage, sourceIp, userAgent } = await taken(body, { "x-test": "a" });
    const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    assert.equal(names["x-test"], "a");
    assert.match(
      names["content-type"],
      body instanceof URLSearchParams ? /^application\/x-www-form-urlencoded/ : /^multipart\/form-data; boundary=/,
    );
    assert.deepEqual(querystring, { name: FIELDS[0][1], topic: ["tea", "a=b"] });
    assert.deepEqual([stage, userAgent], ["prod", "test"]);
    assert.match(sourceIp, knowsSender ? /^(::ffff:)?127\.0\.0\.1$/ : /^$/);
  }
  const unusual = await taken("lone&pair=a=b", { "content-type": URLENCODED });
  assert.deepEqual(unusual.querystring, { lone: "", pair: "a=b" });
  const form = (length) => `a=${"b".repeat(length - 2)}`;
  const longest = await taken(form(MAX_BYTES), { "content-type": URLENCODED });
  assert.equal(longest.querystring.a.length, MAX_BYTES - 2);

  assert.equal((await post(formData(), { origin: "https://example.com" })).status, sameOrigin ? 403 : 200);

  const refused = (answer, status, members, about) => {
    assert.equal(answer.status, status, `${about}: ${answer.text.slice(0, 1000)}`);
    assert.equal(answer.type, "application/problem+json", about);
    const { title, detail, ...rest } = JSON.parse(answer.text);
    assert.deepEqual(rest, { status, ...members }, about);
    assert.ok(title && detail, answer.text);
    if ("offset" in members) assert.match(detail, new RegExp(`\\b${members.offset}\\b`));
  };
  const sent = new Response(formData(["cv", new File(["%PDF"], "cv.pdf")]));
  const contentType = sent.headers.get("content-type");
  const body = Buffer.from(await sent.arrayBuffer());
  // A part begins with its headers.
  const offset = body.lastIndexOf("Content-Disposition");
  const type = { "content-type": contentType };
  refused(await post(body, type), 415, { code: "file", offset, field: "cv" }, "a file");
  refused(await post(body.subarray(0, -5), type), 400, { code: "malformed-multipart", offset }, "cut off");
  refused(await post("{}", { "content-type": "application/json" }), 415, { code: "media-type" }, "JSON");
  refused(await post(new Uint8Array(1)), 415, { code: "media-type" }, "no content type");

  const tooLong = { code: "too-many-bytes", offset: MAX_BYTES, limit: MAX_BYTES };
  for (const length of [MAX_BYTES + 1, ...(readsOn ? [LONG] : [])]) {
    for (const chunked of [false, true]) {
      const answer = await postWhole(url, { ...proxied, "content-type": URLENCODED }, form(length), chunked);
      refused(answer, 413, tooLong, `${length} bytes${chunked ? " in a chunk" : ""}`);
    }
  }

  await breakOff(url, { ...proxied, "content-type": URLENCODED });
  await taken(formData());
}

function head(url, headers) {
  const { host, pathname } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

async function connected(url) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port });
  await once(socket, "connect");
  return socket;
}

/** Posts a body, and reads nothing of the answer until all is sent, as browsers do. */
async function postWhole(url, headers, body, chunked) {
  const socket = await connected(url);
  const length = chunked ? { "transfer-encoding": "chunked" } : { "content-length": body.length };
  const data = chunked ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body;
  await new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed")));
    socket.write(head(url, { ...headers, ...length }) + data, resolve);
  });
  socket.end();
  const answer = Buffer.concat(await Array.fromAsync(socket)).toString();
  const [lines] = answer.split("\r\n\r\n", 1);
  const type = lines.match(/^content-type: (.*)$/im)[1];
  // The body may be in chunks.
  return { status: Number(lines.split(" ")[1]), type, text: answer.slice(lines.length).match(/\{.*\}/)[0] };
}

/** Closes the connection in the middle of a body. */
async function breakOff(url, headers) {
  const socket = await connected(url);
  await new Promise((resolve) => {
    socket.write(`${head(url, { ...headers, "content-length": 100 })}a=1`, resolve);
  });
  socket.destroy();
  await once(socket, "close");
}
