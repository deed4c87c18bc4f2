// Tests the examples in Rust for the edge over HTTP: the worker in workerd, the component in jco. `cargo xtask examples`
// builds them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { freePort } from "../port.js";
import { querystring, template } from "../vectors.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const built = join(root, "target/edge");
const FORM = "application/x-www-form-urlencoded";

/** Runs the worker in workerd. */
async function startWorker() {
  const folder = join(built, "worker");
  const wasm = "form_worker_bg.wasm";
  const bundle = await build({
    stdin: { contents: readFileSync(new URL("shim.js", import.meta.url), "utf8"), resolveDir: folder },
    bundle: true,
    write: false,
    format: "esm",
    external: ["cloudflare:*", "*.wasm"],
  });
  const modules = [
    { type: "ESModule", path: join(folder, "index.js"), contents: bundle.outputFiles[0].text },
    { type: "CompiledWasm", path: join(folder, wasm) },
  ];
  const worker = { name: "worker", modules, modulesRoot: folder, compatibilityDate: "2026-11-01" };
  const miniflare = new Miniflare(convertV4MiniflareOptions({ workers: [worker], host: "127.0.0.1", port: 0, cf: false }));
  return { url: await miniflare.ready, close: () => miniflare.dispose() };
}

/** Serves the component with `jco serve`. */
async function startComponent() {
  const port = await freePort();
  const component = join(built, "wasm32-wasip2/debug/form-component.wasm");
  const args = [join(root, "node_modules/.bin/jco"), "serve", component, "--host", "127.0.0.1", "--port", port];
  // It starts a program of its own, which ends with the group.
  const jco = spawn(process.execPath, args, { detached: true, stdio: ["ignore", "ignore", "inherit"] });
  const url = new URL(`http://127.0.0.1:${port}`);
  const exit = once(jco, "exit");
  const close = () => {
    if (jco.exitCode === null) process.kill(-jco.pid);
    return exit;
  };
  for (const end = Date.now() + 60_000; ; await setTimeout(50)) {
    assert.equal(jco.exitCode, null, "jco has ended");
    assert.ok(Date.now() < end, "jco does not answer");
    const answers = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answers) return { url, close };
  }
}

for (const [name, start] of Object.entries({ "workers-rs": startWorker, "wasi-http": startComponent })) {
  describe(name, async () => {
    const { url, close } = await start();
    after(close);

    const post = async (body, type = FORM) => {
      const headers = type === null ? {} : { "content-type": type };
      const response = await fetch(new URL("/contact?from=home", url), { method: "POST", headers, body });
      return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
    };

    test("the template's vectors", async () => {
      for (const vector of template) {
        const dropped = vector.dropped.map(([offset, text, reason]) => ({ offset, text, reason }));
        const text = `{"form":${querystring(vector)},"dropped":${JSON.stringify(dropped)},"method":"POST","path":"/contact"}`;
        assert.deepEqual(await post(vector.body), { status: 200, type: "application/json", text }, vector.body);
      }
    });

    test("a body that is no form is refused", async () => {
      for (const [type, reason] of [
        [null, `content type is missing; it must be ${FORM}`],
        ["text/plain", "content type `text/plain` is not application/x-www-form-urlencoded"],
        [`${FORM}; charset=latin1`, "charset `latin1` is neither UTF-8 nor US-ASCII"],
      ]) {
        assert.deepEqual(await post(new TextEncoder().encode("a=1"), type), { status: 415, type: "text/plain", text: reason });
      }
    });

    test("the body, its pairs and the event have limits", async () => {
      for (const [fits, exceeds, reason] of [
        [`a=${"x".repeat(499_998)}`, `a=${"x".repeat(499_999)}`, "the body has more than 500000 bytes"],
        ["a=1&".repeat(1_000), "a=1&".repeat(1_001), "pair at byte offset 4000 exceeds max_pairs (1000)"],
        ["a&".repeat(20_000), "a&".repeat(30_000), /^JSON exceeds max_output \(1000000 bytes\) at byte offset \d+ of the body$/],
      ]) {
        assert.equal((await post(fits)).status, 200);
        const { status, text } = await post(exceeds);
        assert.equal(status, 413);
        assert.ok(reason.test?.(text) ?? text === reason, text);
      }
    });
  });
}

test("both make their events with the same code", () => {
  const [worker, component] = ["workers-rs", "wasi-http"].map((name) => readFileSync(join(root, "examples", name, "src/event.rs"), "utf8"));
  assert.equal(worker, component);
});
