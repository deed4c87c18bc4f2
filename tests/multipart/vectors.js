// Makes tests/vectors/multipart.json: forms as browsers and clients write them, and bodies with what runtimes read in them.
// `node tests/multipart/vectors.js` with Node 26 needs Chromium, curl, and Python with urllib3.
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { launch } from "../browser.js";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

const text = (name, value) => ({ name, value });
const file = (name, filename, type, content) => ({ name, filename, type, content: base64(content) });

const CONTACT = [
  text("name", "Ada Lovelace"),
  text("email", "ada@example.com"),
  text("topic", "tea"),
  text("topic", "cake"),
  text("note", ""),
  text("message", "50% off & more = a+b;\r\n\r\n--\r\n--x\r\nこんにちは ☃"),
];
const FILES = [
  text("name", "Ada"),
  file("cv", "cv.pdf", "application/pdf", "%PDF-1.7\r\n--\r\n\r\n"),
  file("cv", "empty.bin", "application/octet-stream", ""),
  file(
    "data",
    "bytes.bin",
    "application/octet-stream",
    Uint8Array.from({ length: 256 }, (_, index) => index),
  ),
];
/** Names with characters that are escaped, or that one might escape. */
const NAMES = ['a"b', "c\r\nd", "e%f%20g", "h\\i", "j;k=l", "é", "あ ☃", " ", "m'n,o:p", "%0a"];
const ODD = [
  ...NAMES.map((name) => text(name, "1")),
  ...NAMES.filter((name) => !name.includes("\r")).map((name) => file("file", `${name}.txt`, "text/plain", "1")),
];
/** For Python's email package, which changes line ends and encodes other characters in a way that no browser knows. */
const ASCII = [...CONTACT.slice(0, 5), ...FILES.slice(0, 3)];

/** A server that keeps the last body. */
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (request.method === "POST") server.last = { contentType: request.headers["content-type"], body: base64(Buffer.concat(chunks)) };
  response.setHeader("content-type", "text/html; charset=utf-8").end("<!doctype html><title>Received</title>");
}).listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}/`;

function formData(fields) {
  const data = new FormData();
  for (const { name, value, filename, type, content } of fields) {
    if (value !== undefined) data.append(name, value);
    else data.append(name, new File([Uint8Array.from(atob(content), (char) => char.charCodeAt(0))], filename, { type }));
  }
  return data;
}

const writers = {
  async node(fields) {
    const response = new Response(formData(fields));
    return { contentType: response.headers.get("content-type"), body: base64(await response.arrayBuffer()) };
  },
  async curl(fields) {
    const folder = mkdtempSync(join(tmpdir(), "formevent-"));
    const quoted = (name) => `"${name.replace(/["\\]/g, "\\$&")}"`;
    const parts = fields.flatMap(({ name, value, filename, type, content }, index) => {
      const input = join(folder, `${index}`);
      writeFileSync(input, value ?? Buffer.from(content, "base64"));
      const rest = value === undefined ? `@"${input}";filename=${quoted(filename)};type=${type}` : `<"${input}"`;
      return ["-F", `${name}=${rest}`];
    });
    // The server has to answer meanwhile.
    await promisify(execFile)("curl", ["--silent", "--show-error", ...parts, url]);
    rmSync(folder, { recursive: true });
    return server.last;
  },
};

async function chromium(write) {
  const browser = await launch();
  const page = await browser.newPage();
  await page.goto(url);
  await page.evaluate(`globalThis.formData = ${formData}`);
  writers["chromium-fetch"] = async (fields) => {
    await page.evaluate(async (fields) => void (await fetch("/", { method: "POST", body: globalThis.formData(fields) })), fields);
    return server.last;
  };
  writers["chromium-form"] = async (fields) => {
    await page.setContent("<!doctype html><form method=post enctype=multipart/form-data></form>");
    for (const [index, { name, value, filename, type, content }] of fields.entries()) {
      await page.evaluate(
        ([name, value]) => {
          const field = document.createElement(value === undefined ? "input" : "textarea");
          if (value === undefined) field.type = "file";
          else field.value = value;
          field.name = name;
          document.forms[0].append(field);
        },
        [name, value],
      );
      if (filename) {
        const payload = { name: filename, mimeType: type, buffer: Buffer.from(content, "base64") };
        await page.locator("form > *").nth(index).setInputFiles(payload);
      }
    }
    await Promise.all([page.waitForURL(url), page.waitForEvent("load"), page.evaluate(() => document.forms[0].submit())]);
    return server.last;
  };
  await write();
  await browser.close();
}

const written = [];
const add = (writer, { contentType, body }, fields) => written.push({ writer, contentType, fields, body });
await chromium(async () => {
  for (const [writer, write] of Object.entries(writers)) {
    for (const fields of [[], CONTACT, FILES, ODD]) {
      // curl sends no form without a field, and cannot have some of the names.
      if (writer === "curl" && fields.length === 0) continue;
      const sent = writer === "curl" ? fields.filter(({ name }) => !/[=;\r]/.test(name)) : fields;
      add(writer, await write(sent), sent);
    }
  }
  const none = [text("name", "Ada"), file("cv", "", "application/octet-stream", "")];
  add("chromium-form", await writers["chromium-form"](none), none);
});

/** Bodies with the boundary `x`, `\n` for CR LF, `¶` for LF and `$` for `--x`, and the parts that formevent reads; null if it refuses. */
const NAMED = "Content-Disposition: form-data; name=";
const CASES = [
  { about: "escapes in a name", body: `$\n${NAMED}"a%22b%0D%0Ac%25"\n\n1\n$--\n`, parts: [['a"b\r\nc%25', null, "1"]] },
  { about: "an escape in lower case", body: `$\n${NAMED}"a%0a"\n\n1\n$--\n`, parts: [["a%0a", null, "1"]] },
  { about: "a backslash", body: `$\n${NAMED}"a\\\\b"; filename="C:\\new"\n\n1\n$--\n`, parts: [["a\\\\b", "C:\\new", "1"]] },
  { about: "a backslash before the quote", body: `$\n${NAMED}"a\\"; filename="b"\n\n1\n$--\n`, parts: [["a\\", "b", "1"]] },
  { about: "an escaped quote", body: `$\n${NAMED}"a\\"b"\n\n1\n$--\n`, parts: null },
  { about: "names without quotes", body: `$\n${NAMED}a; filename=b\n\n1\n$--\n`, parts: [["a", "b", "1"]] },
  { about: "filename*", body: `$\n${NAMED}"a"; filename*=UTF-8''b\n\n1\n$--\n`, parts: null },
  { about: "both filenames", body: `$\n${NAMED}"a"; filename="b"; filename*=UTF-8''c\n\n1\n$--\n`, parts: [["a", "b", "1"]] },
  { about: "a name twice", body: `$\n${NAMED}"a"; name="b"\n\n1\n$--\n`, parts: null },
  { about: "a header twice", body: `$\n${NAMED}"a"\n${NAMED}"b"\n\n1\n$--\n`, parts: null },
  { about: "lines that end with LF", body: `$¶${NAMED}"a"¶¶1¶$--¶`, parts: null },
  { about: "a boundary behind LF", body: `$\n${NAMED}"a"\n\n1¶$\n${NAMED}"b"\n\n2\n$--\n`, parts: null },
  { about: "a folded header", body: `$\nContent-Disposition: form-data;\n name="a"\n\n1\n$--\n`, parts: null },
  { about: "a preamble", body: `text\n$\n${NAMED}"a"\n\n1\n$--\n`, parts: null },
  { about: "an epilogue", body: `$\n${NAMED}"a"\n\n1\n$--\ntext`, parts: null },
  { about: "a form behind the last boundary", body: `$\n${NAMED}"a"\n\n1\n$--\n$\n${NAMED}"b"\n\n2\n$--\n`, parts: null },
  { about: "line ends around", body: `\n$\n${NAMED}"a"\n\n1\n$--\n\n`, parts: [["a", null, "1"]] },
  { about: "padding", body: `$ \t\n${NAMED}"a"\n\n1\n$-- \n`, parts: [["a", null, "1"]] },
  { about: "text behind a boundary", body: `$\n${NAMED}"a"\n\n1\n$y\n${NAMED}"b"\n\n2\n$--\n`, parts: null },
  { about: "no boundary at the end", body: `$\n${NAMED}"a"\n\n1\n`, parts: null },
  { about: "no name", body: "$\nContent-Disposition: form-data\n\n1\n$--\n", parts: null },
  { about: "no headers", body: "$\n\n1\n$--\n", parts: null },
  { about: "another disposition", body: '$\nContent-Disposition: attachment; name="a"\n\n1\n$--\n', parts: null },
  { about: "base64", body: `$\n${NAMED}"a"\nContent-Transfer-Encoding: base64\n\nMQ==\n$--\n`, parts: null },
  { about: "8bit", body: `$\n${NAMED}"a"\nContent-Transfer-Encoding: 8bit\n\n1\n$--\n`, parts: [["a", null, "1"]] },
  { about: "a charset", body: `$\n${NAMED}"a"\nContent-Type: text/plain; charset=latin1\n\n1\n$--\n`, parts: [["a", null, "1"]] },
  { about: "_charset_", body: `$\n${NAMED}"_charset_"\n\nlatin1\n$--\n`, parts: [["_charset_", null, "latin1"]] },
  { about: "no file", body: `$\n${NAMED}"a"; filename=""\nContent-Type: application/octet-stream\n\n\n$--\n`, parts: [["a", "", ""]] },
  { about: "a text of another type", body: `$\n${NAMED}"a"\nContent-Type: application/json\n\n{}\n$--\n`, parts: [["a", null, "{}"]] },
  { about: "an empty form", body: "$--\n", parts: [] },
  { about: "an empty body", body: "", parts: null },
].map(({ about, body, parts }) => {
  const bytes = body.replaceAll("\n", "\r\n").replaceAll("¶", "\n").replaceAll("$", "--x");
  return { about, body: bytes, parts };
});

/** The fields that `request.formData()` of a runtime reads; null if it refuses the body. */
async function read(body, contentType) {
  try {
    const entries = [...(await new Response(body, { headers: { "content-type": contentType } }).formData())];
    const parts = entries.map(async ([name, value]) =>
      typeof value === "string" ? [name, null, value] : [name, value.name, await value.text()],
    );
    return await Promise.all(parts);
  } catch {
    return null;
  }
}

const TYPE = "multipart/form-data; boundary=x";
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: true,
    compatibilityDate: "2026-01-01",
    script: `${read}
      export default { fetch: async (request) => Response.json(await read(await request.arrayBuffer(), "${TYPE}")) };`,
  }),
);
const evaluate = (program, args) => {
  const script = `${read}
    const cases = ${JSON.stringify(CASES.map(({ body }) => body))};
    const all = []; for (const body of cases) all.push(await read(body, "${TYPE}"));
    console.log(JSON.stringify(all));`;
  return JSON.parse(execFileSync(program, [...args, script], { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } }));
};
const workerd = [];
for (const { body } of CASES) {
  const response = await miniflare.dispatchFetch("http://localhost", { method: "POST", body: Buffer.from(body) });
  workerd.push(await response.json());
}
await miniflare.dispose();

const tool = (name) => path(`../../node_modules/.bin/${name}`);
const python = JSON.parse(
  execFileSync("python3", [path("python.py")], {
    encoding: "utf8",
    input: JSON.stringify({
      write: [...[CONTACT, FILES, ODD].map((fields) => ["urllib3", fields]), ["email", ASCII]],
      read: CASES.map(({ body }) => ["x", base64(body)]),
    }),
  }),
);
for (const [index, [contentType, body]] of python.written.entries()) {
  add(index < 3 ? "urllib3" : "python-email", { contentType, body }, [CONTACT, FILES, ODD, ASCII][index]);
}
const readers = {
  node: await Promise.all(CASES.map(({ body }) => read(body, TYPE))),
  workerd,
  deno: evaluate(tool("deno"), ["eval"]),
  bun: evaluate(tool("bun"), ["-e"]),
  python: python.read,
};
const cases = CASES.map((given, index) => {
  const others = Object.entries(readers).map(([reader, all]) => [reader, all[index]]);
  return { ...given, readers: Object.fromEntries(others) };
});
server.close();
// A line for each, so that a change can be seen.
const lines = (all) => `[\n${all.map((one) => `    ${JSON.stringify(one)}`).join(",\n")}\n  ]`;
writeFileSync(path("../vectors/multipart.json"), `{\n  "written": ${lines(written)},\n  "read": ${lines(cases)}\n}\n`);
