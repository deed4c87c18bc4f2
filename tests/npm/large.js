// Sends a body of many MiB through the package in workerd and measures the peak memory of the workerd
// process. The packed package is installed in target/npm/large.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { memory, workerdsOf } from "../process.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const tarball = join(root, "target/npm/formevent.tgz");

// Ways to send the body through a worker.
const WORKERS = {
  loop: `
    import { formToJsonStream } from "formevent";

    async function pump(from, to) {
      const writer = to.getWriter();
      for await (const chunk of from) await writer.write(chunk);
      await writer.close();
    }

    export default {
      fetch(request, env, context) {
        const form = formToJsonStream({ decode: true });
        const { readable, writable } = new IdentityTransformStream();
        context.waitUntil(Promise.all([pump(request.body, form.writable), pump(form.readable, writable)]));
        return new Response(readable);
      },
    };`,
  pipe: `
    import { formToJsonStream } from "formevent";

    export default {
      fetch: (request) => new Response(request.body.pipeThrough(formToJsonStream({ decode: true }))),
    };`,
  // The cost of a stream that only copies.
  nothing: `
    import "formevent";

    export default {
      fetch: (request) => new Response(request.body.pipeThrough(new TransformStream({
        transform: (chunk, controller) => controller.enqueue(chunk.slice()),
      }))),
    };`,
  // Makes an event of a body that is mostly dropped.
  event: `
    import { eventFromRequest } from "formevent";

    export default {
      fetch: async (request) => new Response(await eventFromRequest(request, { headers: {} })),
    };`,
};

// A form as browsers send it, with text to percent-decode, to escape and to drop.
const PIECE = Buffer.from("name=Ada+L.&email=ada%40example.com&text=caf%C3%A9+%22noir%22%0D%0A&dropped&a=b=c&n=1&".repeat(700));
const MEMBERS = '"name":"Ada L.","email":"ada@example.com","text":"café \\"noir\\"\\r\\n","n":"1"';
const JSON_PIECE = Buffer.byteLength(Array(700).fill(MEMBERS).join(",")) + 1;
const DROPPED = Buffer.from("=name=Ada+L.&email&text=caf%C3%A9+%22noir%22%0D%0A=&".repeat(1000));
const NO_PAIRS = '{"headers":{},"querystring":{},"stage":"","sourceIp":"","userAgent":""}';

export async function large(mib, how = "loop") {
  const folder = join(root, "target/npm/large");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball], { cwd: folder });
  writeFileSync(join(folder, "worker.js"), WORKERS[how]);
  await build({
    absWorkingDir: folder,
    entryPoints: ["worker.js"],
    outdir: "out",
    bundle: true,
    format: "esm",
    conditions: ["workerd"],
    external: ["*.wasm"],
    logLevel: "warning",
  });
  const options = {
    modules: [
      {
        type: "ESModule",
        path: "worker.js",
        contents: readFileSync(join(folder, "out/worker.js"), "utf8").replace(/"[^"]*formevent\.wasm"/, '"./formevent.wasm"'),
      },
      { type: "CompiledWasm", path: "formevent.wasm", contents: readFileSync(join(folder, "node_modules/formevent/dist/formevent.wasm")) },
    ],
    compatibilityDate: "2026-11-17",
  };
  const worker = new Miniflare(convertV4MiniflareOptions(options));
  try {
    const url = await worker.ready;
    const [id] = workerdsOf(process.pid);
    const piece = how === "event" ? DROPPED : PIECE;
    const pieces = Math.ceil((mib << 20) / piece.length);
    const before = memory(id, "VmRSS");
    const began = performance.now();
    const { status, length, end } = await post(url, piece, pieces);
    const seconds = (performance.now() - began) / 1000;
    assert.equal(status, 200);
    if (how === "event") {
      assert.equal(end, NO_PAIRS.slice(-8));
      assert.equal(length, NO_PAIRS.length);
    } else if (how !== "nothing") {
      assert.equal(end, '"n":"1"}');
      // Each piece but the first adds a comma, and there are two braces.
      assert.equal(length, pieces * JSON_PIECE - 1 + 2);
    }
    return { how, mib, before, most: memory(id, "VmHWM"), seconds };
  } finally {
    await worker.dispose();
  }
}

// Posts one body that repeats `piece`.
function post(url, piece, pieces) {
  return new Promise((resolve, reject) => {
    let length = 0;
    let end = "";
    const call = request(url, { method: "POST" }, (response) => {
      response.on("data", (chunk) => {
        length += chunk.length;
        end = (end + chunk.subarray(-8).toString("latin1")).slice(-8);
      });
      response.on("end", () => resolve({ status: response.statusCode, length, end }));
      response.on("error", reject);
    });
    call.on("error", reject);
    const more = () => {
      while (pieces > 0) {
        pieces -= 1;
        if (!call.write(piece)) return call.once("drain", more);
      }
      return call.end();
    };
    more();
  });
}
