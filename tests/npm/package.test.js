// Tests the packed package in each supported runtime. `npm run tarball` packs it. It is installed in new
// projects in target/npm. Each project reports how many cases it has checked.
import assert from "node:assert/strict";
import { execFile as execFileCallback } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { build as bundle } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { build as buildWithVite } from "vite";

import { launch } from "../browser.js";
import { inChromium } from "../chromium.js";
import { modulesOf } from "../modules.js";
import { NODES } from "../nodes.js";
import { serve } from "../serve.js";
import { template } from "../vectors.js";
import { large } from "./large.js";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const bin = join(root, "node_modules/.bin");
const tarball = join(root, "target/npm/formevent.tgz");
const execFile = promisify(execFileCallback);

let vectors;
// In Node up to 26, URLSearchParams garbles raw non-ASCII characters beside %XX.
const nodeQuirks = { searchParamsGarble: true };

before(async () => {
  const standard = JSON.parse(await readFile(join(root, "tests/vectors/wpt-urlencoded.json"), "utf8"));
  vectors = `export default ${JSON.stringify({ template, standard })};`;
});

// Makes a project with the package, the suite, the vectors and these files.
async function project(name, files) {
  const folder = join(root, "target/npm", name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  await execFile("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball], { cwd: folder });
  await cp(join(here, "suite.js"), join(folder, "suite.js"));
  await writeFile(join(folder, "vectors.js"), vectors);
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  return folder;
}

// How many random short bodies each runtime converts, in JavaScript and in the module.
const bodies = Number(process.env.BODIES ?? 5000);
const settings = (quirks) => JSON.stringify({ bodies, ...quirks });

const main = (quirks) => `
import * as formevent from "formevent";
import { run } from "./suite.js";
import vectors from "./vectors.js";

await formevent.init();
console.log(JSON.stringify(await run(formevent, vectors, ${settings(quirks)})));
`;

async function output(folder, program, ...args) {
  const { stdout } = await execFile(program, args, { cwd: folder, maxBuffer: 1 << 26 });
  return stdout;
}

function passed(t, report) {
  assert.equal(report.template, 789);
  assert.equal(report.multipart, 7);
  assert.equal(report.standard, 35);
  assert.equal(report.searchParams, 5000);
  assert.ok(report.short > bodies);
  const total = Object.values(report).reduce((sum, count) => sum + count, 0);
  console.log(
    `${t.name}: ${total} cases: ${Object.entries(report)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ")}`,
  );
}

for (const { major, program } of NODES) {
  test(`Node ${major}`, async (t) => {
    const folder = await project(`node-${major}`, {
      "main.js": main({ ...nodeQuirks, everyCut: major === NODES[0].major && !!process.env.EVERY_CUT }),
    });
    passed(t, JSON.parse(await output(folder, program, "main.js")));
    const line = 'console.log(require("formevent").formToEvent("name=Ada&note="))';
    const event = '{"headers":{},"querystring":{"name":"Ada","note":""},"stage":"","sourceIp":"","userAgent":""}\n';
    assert.equal(await output(folder, program, "-e", line), event);
  });
}

test("the oldest Node is the one that package.json requires", async () => {
  const { engines } = JSON.parse(await readFile(join(root, "pkg/package.json"), "utf8"));
  assert.equal(engines.node, `>=${NODES[0]?.major}`);
});

test("Node, require", async (t) => {
  const folder = await project("node-require", {
    "main.cjs": `
      const formevent = require("formevent");
      (async () => {
        const { run } = await import("./suite.js");
        const { default: vectors } = await import("./vectors.js");
        // Whether you import or require, there is one class and one module.
        for (const entry of ["formevent", "formevent/inline", "formevent/slim"]) {
          for (const { FormError } of [await import(entry), require(entry)]) {
            if (FormError !== formevent.FormError) throw new Error("two packages: " + entry);
          }
        }
        if (formevent.FormError.name !== "FormError") throw new Error(formevent.FormError.name);
        // Bytes of another realm, and a Buffer.
        const { runInNewContext } = require("node:vm");
        for (const body of [runInNewContext("new Uint8Array([97, 61, 49])"), runInNewContext("new Uint8Array([97, 61, 49]).buffer"), Buffer.from("a=1")]) {
          if (formevent.formToJson(body) !== '{"a":"1"}') throw new Error("another realm");
        }
        console.log(JSON.stringify(await run(formevent, vectors, ${settings(nodeQuirks)})));
      })();`,
  });
  passed(t, JSON.parse(await output(folder, "node", "main.cjs")));
});

test("every CommonJS file, without the classes that Jest's jsdom lacks", async () => {
  const files = (await readdir(join(root, "pkg/dist"))).filter((name) => name.endsWith(".cjs"));
  assert.ok(files.length >= 6, String(files));
  const folder = await project("no-text-encoder", {
    "main.cjs": `
      delete globalThis.TextEncoder;
      delete globalThis.TextDecoder;
      for (const file of ${JSON.stringify(files)}) require(${JSON.stringify(`${join(root, "pkg/dist")}/`)} + file);`,
  });
  await output(folder, "node", "main.cjs");
});

test("a large body takes no more memory in workerd than a small one", async () => {
  for (const how of ["loop", "event"]) {
    const [small, big] = [await large(16, how), await large(128, how)];
    // Holding the body or its JSON would take more than 100 MiB.
    assert.ok(big.most - small.most < 40, JSON.stringify([small, big]));
  }
});

test("Node, the sources of the module", async () => {
  const folder = await project("node-sources", {
    "slim.cjs": `
      const { readFileSync } = require("node:fs");
      const { runInNewContext } = require("node:vm");
      const { init, initSync, formToJson } = require("formevent/slim");

      const bytes = readFileSync(require.resolve("formevent/formevent.wasm"));
      // A refused source does not load anything, so the next can be tried.
      const refused = async (source, message) => {
        for (const take of [initSync, init].slice(source instanceof Response || typeof source == "string")) {
          let error;
          try { await take(source); } catch (caught) { error = caught; }
          if (error?.message !== message) throw new Error(error + " in place of " + message);
        }
      };
      (async () => {
        const page = "<!doctype html><title>Not found</title>";
        await refused(Buffer.from(page), 'the module is not WebAssembly: it begins with "<!doctype html><title>Not found<"');
        await refused(new Uint8Array(), 'the module is not WebAssembly: it begins with ""');
        await refused(new Response(page), 'the module is not WebAssembly: it begins with "<!doctype html><title>Not found<"');
        await refused(new Response(page, { status: 404 }), "the module: HTTP status 404");
        await refused("data:text/html,hello", 'data:text/html,hello is not WebAssembly: it begins with "hello"');
        await refused("data:", "data:: fetch failed");
        await refused({}, "the module must be a WebAssembly.Module, a Uint8Array or an ArrayBuffer (init also takes a URL or a Response), not Object");
        await refused(new WebAssembly.Module(Buffer.from("\\0asm\\x01\\0\\0\\0", "latin1")), "this is not formevent's module");
        const source = {
          realm: () => runInNewContext("new WebAssembly.Module(bytes)", { bytes }),
          parameter: () => new Response(bytes, { headers: { "content-type": "application/wasm; charset=utf-8" } }),
          upper: () => new Response(bytes, { headers: { "content-type": "Application/WASM" } }),
        }[process.argv[2]]();
        await init(source);
        console.log(formToJson("a=1"));
      })();`,
  });
  for (const source of ["realm", "parameter", "upper"]) {
    assert.equal(await output(folder, "node", "slim.cjs", source), '{"a":"1"}\n', source);
  }
});

test("Deno", async (t) => {
  const folder = await project("deno", { "main.js": main() });
  // Deno needs no permissions.
  passed(t, JSON.parse(await output(folder, join(bin, "deno"), "run", "--no-prompt", "--quiet", "main.js")));
});

test("Bun", async (t) => {
  const folder = await project("bun", { "main.js": main() });
  passed(t, JSON.parse(await output(folder, join(bin, "bun"), "main.js")));
});

test("workerd", async (t) => {
  const folder = await project("workerd", {
    "worker.js": `
      import * as formevent from "formevent";
      import { run } from "./suite.js";
      import vectors from "./vectors.js";

      export default {
        async fetch() {
          try {
            return Response.json(await run(formevent, vectors, ${settings()}));
          } catch (error) {
            return new Response(error.stack, { status: 500 });
          }
        },
      };`,
  });
  // Like wrangler: with its conditions, and the module beside the script.
  await bundle({
    absWorkingDir: folder,
    entryPoints: ["worker.js"],
    outdir: "dist",
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".wasm": "copy" },
  });
  const options = { ...modulesOf(join(folder, "dist")), compatibilityDate: "2026-11-17" };
  const workerd = new Miniflare(convertV4MiniflareOptions(options));
  try {
    const response = await workerd.dispatchFetch("http://localhost/");
    const text = await response.text();
    assert.equal(response.status, 200, text);
    passed(t, JSON.parse(text));
  } finally {
    await workerd.dispose();
  }
});

test("Chromium, by Vite", inChromium, async (t) => {
  const page = `<!doctype html><meta charset="utf-8"><title>formevent</title><script type="module" src="main.js"></script>`;
  const script = `
    import * as formevent from "formevent";
    import module from "formevent/formevent.wasm?url";
    import * as slim from "formevent/slim";
    import { run } from "./suite.js";
    import vectors from "./vectors.js";

    globalThis.whole = async () => {
      let early;
      try { formevent.formToJson("a=1"); } catch (error) { early = error.message; }
      if (!early?.includes("await init()")) throw new Error("init is not mentioned: " + early);
      const missing = await formevent.init("/missing.wasm").catch((error) => error);
      if (!String(missing).includes("404")) throw new Error("404 is not mentioned: " + missing);
      const wrong = await formevent.init(42).catch((error) => error);
      if (!(wrong instanceof TypeError)) throw new Error("42 was accepted: " + wrong);
      const empty = await formevent.init(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).catch((error) => error);
      if (!String(empty).includes("not formevent's module")) throw new Error("an empty module was accepted: " + empty);
      await formevent.init();
      await formevent.init();
      return run(formevent, vectors, ${settings()});
    };
    globalThis.sources = { formevent, slim, module };`;
  const folder = await project("vite", { "index.html": page, "main.js": script });
  await buildWithVite({ root: folder, logLevel: "error", build: { target: "esnext" } });
  const site = await serve(join(folder, "dist"));
  const browser = await launch();
  try {
    const tab = await browser.newPage();
    const errors = [];
    tab.on("pageerror", (error) => errors.push(error));
    await tab.goto(site.url);
    passed(t, await tab.evaluate(() => whole()));
    assert.deepEqual(errors, []);

    // Try each kind of source in a new page.
    const sources = {
      default: "undefined",
      url: "sources.module",
      URL: "new URL(sources.module, location.href)",
      Response: "await fetch(sources.module)",
      promise: "fetch(sources.module)",
      parameter:
        "new Response(await (await fetch(sources.module)).arrayBuffer(), { headers: { 'content-type': 'application/wasm; charset=utf-8' } })",
      untyped: "new Response(await (await fetch(sources.module)).arrayBuffer())",
      ArrayBuffer: "await (await fetch(sources.module)).arrayBuffer()",
      Uint8Array: "new Uint8Array(await (await fetch(sources.module)).arrayBuffer())",
      Module: "await WebAssembly.compileStreaming(fetch(sources.module))",
    };
    let checked = 0;
    for (const [name, source] of Object.entries(sources)) {
      for (const entry of name === "default" ? ["formevent"] : ["formevent", "slim"]) {
        await tab.goto(`${site.url}?${name}`);
        const fresh = `(async () => {
          const { ${entry}: api } = sources;
          await api.init(${source});
          return api.formToJson("a=1");
        })()`;
        assert.equal(await tab.evaluate(fresh), '{"a":"1"}', `${entry} ${name}`);
        checked += 1;
      }
    }
    console.log(`${t.name}: ${checked} sources of the module`);
  } finally {
    await browser.close();
    site.close();
  }
});

// The package's README, and the JavaScript in it that has `words`.
const readme = await readFile(join(root, "pkg/README.md"), "utf8");
function examples(words) {
  const found = [...readme.matchAll(/```js\n([^`]*)```/g)].map(([, script]) => script).filter((script) => script.includes(words));
  assert.ok(found.length, `the README has no example with ${words}`);
  return found;
}

test("the README's page converts a form", inChromium, async () => {
  const [script] = examples("await init()");
  const form = '<form><input name="name" value="Ada L."><textarea name="note">é</textarea></form>';
  const page = `<!doctype html><meta charset="utf-8">${form}<script type="module" src="main.js"></script>`;
  const folder = await project("readme-page", { "index.html": page, "main.js": `${script}document.title = "ready";` });
  await buildWithVite({ root: folder, logLevel: "error", build: { target: "esnext" } });
  const site = await serve(join(folder, "dist"));
  const browser = await launch();
  try {
    const tab = await browser.newPage();
    await tab.goto(site.url);
    await tab.waitForFunction(() => document.title === "ready");
    const [message] = await Promise.all([tab.waitForEvent("console"), tab.evaluate(() => document.querySelector("form").requestSubmit())]);
    assert.equal(message.text(), '{"name":"Ada L.","note":"é"}');
  } finally {
    await browser.close();
    site.close();
  }
});

test("the README's worker", async () => {
  const [worker] = examples("export default");
  const folder = await project("readme-worker", { "worker.js": worker });
  await bundle({
    absWorkingDir: folder,
    entryPoints: ["worker.js"],
    outdir: "dist",
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    loader: { ".wasm": "copy" },
  });
  const workerd = new Miniflare(
    convertV4MiniflareOptions({ ...modulesOf(join(folder, "dist"), "worker.js"), compatibilityDate: "2026-01-01" }),
  );
  try {
    const post = (body) => workerd.dispatchFetch("http://localhost/", { method: "POST", body });
    const event = await (await post("name=Ada+L.&note=")).json();
    assert.deepEqual(event.querystring, { name: "Ada L.", note: "" });
    const refused = await post("a".repeat(1_000_001));
    assert.equal(refused.status, 413);
    assert.match(await refused.text(), /exceeds maxBytes \(1000000 bytes\)/);
    const strict = await post(new Uint8Array([97, 61, 255]));
    assert.equal(strict.status, 200);
  } finally {
    await workerd.dispose();
  }
});

test("memory", async (t) => {
  const folder = await project("memory", {
    "main.js": `
      // Record the memory of each instance.
      const memories = [];
      const { Instance } = WebAssembly;
      WebAssembly.Instance = function (module, imports) {
        const instance = new Instance(module, imports);
        memories.push(instance.exports.memory);
        return instance;
      };
      const { formToEventBytes, formToJson, formToJsonBytes } = await import("formevent");
      const megabytes = () => Math.ceil(memories.at(-1).buffer.byteLength / 1e6);

      const ascii = "a=" + "x".repeat(1e7 - 2);
      const bodies = { bytes: new TextEncoder().encode(ascii), ascii, other: "a=" + "日".repeat((1e7 - 2) / 3), latin: "a=" + "é".repeat(5e6 - 1), half: "a=" + "xé".repeat((1e7 - 2) / 3) };
      const body = bodies[process.argv[2]];
      formToJsonBytes(body);
      const once = megabytes();
      for (let again = 0; again < 5; again += 1) formToEventBytes(body, { headers: { again: "x".repeat(again) } });
      console.log(JSON.stringify({ once, again: megabytes(), instances: memories.length }));
    `,
    "out.js": `
      import { FormError, formToJson, formToJsonBytes } from "formevent";
      let refused = 0;
      // In 16 MiB, either the input does not fit, or the output, which is larger.
      for (const body of ["a=" + "x".repeat(2e7), "a=" + '"'.repeat(6e6), new Uint8Array(2e7), "a=" + "日".repeat(6e6)]) {
        for (const call of [formToJson, formToJsonBytes]) {
          try {
            call(body);
          } catch (error) {
            if (!(error instanceof FormError && error.code === "out-of-memory")) throw error;
            refused += 1;
          }
          if (formToJson("a=1") !== '{"a":"1"}') throw new Error("a call after an error fails");
          if (formToJson("a=" + "x".repeat(1e6)).length !== 1e6 + 8) throw new Error("a call after an error fails");
        }
      }
      console.log(refused);
    `,
    // Bodies that are refused before they are copied, and JSON that is too long for a string.
    "large.js": `
      let memory;
      const { Instance } = WebAssembly;
      WebAssembly.Instance = function (module, imports) {
        const instance = new Instance(module, imports);
        memory = instance.exports.memory;
        return instance;
      };
      const { formToEventBytes, formToJson, formToJsonBytes } = await import("formevent");
      const code = (call) => { try { call(); } catch (error) { return error.code; } };
      formToJson("a=1");
      const before = memory.buffer.byteLength;
      const refused = [new Uint8Array(4e8), "x".repeat(4e8), new Uint8Array(2 ** 32)].flatMap((body) =>
        [formToJson, formToJsonBytes, (body, options) => formToEventBytes(body, {}, options)].map((call) => code(() => call(body, { maxBytes: 1e6 }))));
      const grown = memory.buffer.byteLength - before;
      const endless = code(() => formToJsonBytes(new Uint8Array(2 ** 32)));
      const body = new Uint8Array(2 ** 29).fill(120);
      body.set([97, 61]);
      const string = code(() => formToJson(body));
      console.log(JSON.stringify({ refused, grown, endless, string, bytes: formToJsonBytes(body).length, after: formToJson("a=1") }));
    `,
  });
  const { refused, ...rest } = JSON.parse(await output(folder, process.execPath, "large.js"));
  assert.deepEqual([refused.length, new Set(refused)], [9, new Set(["too-many-bytes"])]);
  assert.deepEqual(rest, { grown: 0, endless: "out-of-memory", string: "too-long-for-string", bytes: 2 ** 29 + 6, after: '{"a":"1"}' });
  // The figures of the README.
  for (const [body, most] of [
    ["bytes", 27],
    ["ascii", 27],
    ["other", 45],
    ["latin", 45],
    ["half", 45],
  ]) {
    const report = JSON.parse(await output(folder, "node", "main.js", body));
    console.log(`${t.name}: 10 MB, ${body}: ${JSON.stringify(report)} MB`);
    assert.ok(report.once <= most, `${report.once} MB`);
    assert.equal(report.again, report.once);
    assert.equal(report.instances, 1);
  }
  assert.equal(await output(folder, "node", "--wasm-max-mem-pages=256", "out.js"), "8\n");
});

test("types", async () => {
  const consumer = `
    import { eventFromRequest, FormError, formToEvent, formToEventBytes, formToJson, formToJsonBytes, formToJsonStream, init, initSync, inspect, readBody } from "formevent";
    import type { DroppedReason, EventInfo, FormBytes, FormErrorCode, FormInspection, FormOptions } from "formevent";
    import * as inline from "formevent/inline";
    import { eventFromRequest as eventFromForm, parseMultipart, type MultipartForm } from "formevent/multipart";
    import { formToEvent as formToShapedEvent } from "formevent/shapes";
    import * as slim from "formevent/slim";

    const options: FormOptions = { rules: "whatwg", decode: true, duplicates: "group", utf8: "strict", maxBytes: 1, maxPairs: 2, maxOutput: 3 };
    const info: EventInfo = { headers: new Headers(), stage: "", sourceIp: "", userAgent: "", extra: { a: "b" } };
    const listed: EventInfo = { extra: [["1", "a"], ["0", "b"]] };
    const texts: string[] = [formToJson("a"), formToJson(new Uint8Array(), options), formToEvent(new ArrayBuffer(0), info, options), inline.formToJson("a")];
    const bytes: Uint8Array[] = [formToJsonBytes("a"), formToEventBytes("a", { headers: [["a", "b"]] }), await eventFromRequest(new Request("x"), { headers: new Map([["a", "b"]]) }), await readBody(new Request("x"), 1)];
    new Response(formToJsonBytes("a"));
    const seen: FormInspection = inspect("a", { ...options, maxListed: 1 });
    const { pairs: [pair], dropped: [dropped], counts } = seen;
    const parts: [string?, string?, number?, DroppedReason?, ("no-equals" | "many-equals" | "empty-key")?, number?] = [pair?.key, pair?.value, pair?.offset, dropped?.reason, dropped?.reason, counts.pairs + counts.dropped];
    try { slim.formToJson("a"); } catch (error) {
      if (error instanceof FormError && error.code === "too-many-bytes") { const numbers: (number | undefined)[] = [error.offset, error.limit]; void numbers; }
      if (error instanceof FormError) { const code: FormErrorCode = error.code; const name: "FormError" = error.name; void code; void name; }
    }
    const stream: TransformStream = formToJsonStream({ maxHeld: 1, onDropped: ({ offset, reason }) => void [offset.toFixed(), reason.length] });
    await init(); await init("x"); await init(fetch("x")); await init(new URL("x:y")); initSync(new Uint8Array());
    const form: MultipartForm = parseMultipart(new Uint8Array(), "", { files: "refuse", maxParts: 1 });
    for (const dropped of form.dropped()) { if (dropped.reason === "file") { const file: [string, number] = [dropped.filename, dropped.size]; void file; } }
    void [formToShapedEvent(form), eventFromForm(new Request("x"), info, { ...options, files: "drop" })];
    void listed; void texts; void bytes; void parts; void stream;

    // @ts-expect-error a number is not a body
    formToJson(1);
    // @ts-expect-error unknown rules
    formToJson("a", { rules: "mine" });
    // @ts-expect-error neither
    parseMultipart(new Uint8Array(), "", { files: "keep" });
    // @ts-expect-error unknown option
    formToJson("a", { decoded: true });
    // @ts-expect-error header values are strings
    formToEvent("a", { headers: { a: 1 } });
    // @ts-expect-error an option is not a member of info
    formToEvent("a", { maxBytes: 1 });
    // @ts-expect-error bytes are not a string
    const wrong: string = formToJsonBytes("a");
    // @ts-expect-error unknown member of bytes
    const any: FormBytes["nonsense"] = 1;
    // @ts-expect-error the constructor is private
    new FormError("x");
    void wrong; void any;
  `;
  const required = `import formevent = require("formevent"); const text: string = formevent.formToJson("a"); void text; export {};`;
  const folder = await project("types", { "consumer.ts": consumer, "esm.mts": consumer, "required.cts": required });
  const tsc = (...args) =>
    output(
      folder,
      join(bin, "tsc"),
      "--noEmit",
      "--strict",
      "--target",
      "es2022",
      "--lib",
      "es2024,dom,dom.iterable",
      "--types",
      "",
      ...args,
    );
  // Without browser types, as is common for server code: with Node's types, and with none.
  const plain = `
    import { eventFromRequest, formToEventBytes, initSync } from "formevent";
    const bytes: Uint8Array = formToEventBytes("a");
    initSync(bytes);
    // @ts-expect-error bytes are neither a string nor any
    const wrong: string = formToEventBytes("a");
    const request = { headers: new Map<string, string>(), arrayBuffer: async () => new ArrayBuffer(0) };
    void [eventFromRequest(request), wrong];
    export {};`;
  await writeFile(join(folder, "plain.mts"), plain);
  await writeFile(join(folder, "plain.cts"), plain);
  for (const types of [
    ["--typeRoots", join(root, "node_modules/@types"), "--types", "node"],
    ["--types", ""],
  ]) {
    const args = ["--noEmit", "--strict", "--module", "nodenext", "--lib", "es2022", ...types, "plain.mts", "plain.cts"];
    await output(folder, join(bin, "tsc"), ...args).catch((error) => assert.fail(error.stdout));
  }
  for (const args of [
    ["--module", "esnext", "--moduleResolution", "bundler", "consumer.ts"],
    ["--module", "nodenext", "esm.mts", "required.cts"],
  ]) {
    await tsc(...args).catch((error) => assert.fail(error.stdout));
  }
});

test("publint and are-the-types-wrong find nothing", async () => {
  for (const [tool, ...args] of [
    ["publint", "run", "--strict", tarball],
    ["attw", "--profile", "node16", "--exclude-entrypoints", "formevent.wasm", "--", tarball],
  ]) {
    await output(root, join(bin, tool), ...args).catch((error) => assert.fail(`${tool}: ${error.stdout}${error.stderr}`));
  }
});
