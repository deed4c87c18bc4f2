// Runs the subjects in workerd.
import { join } from "node:path";

import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { modulesOf } from "../../tests/modules.js";
import { median } from "./measure.js";

const benches = join(import.meta.dirname, "..");
const out = join(benches, "../target/bench-workerd");

/** Bundles a script as wrangler does, and returns a function that starts it as a worker. */
export async function worker(name, contents) {
  const outfile = join(out, name, "worker.js");
  await build({
    stdin: { contents, resolveDir: join(benches, "js") },
    outfile,
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const options = {
    ...modulesOf(join(out, name)),
    compatibilityDate: "2026-11-17",
    compatibilityFlags: ["nodejs_compat"],
  };
  return () => new Miniflare(convertV4MiniflareOptions(options));
}

const script = `
  import * as formevent from "../../pkg/entries/workerd.js";
  import { bench } from "./bench.js";

  const calls = bench(formevent);

  export default {
    async fetch(request) {
      const { searchParams } = new URL(request.url);
      const [call, ...values] = searchParams.getAll("value");
      if (call === "load") values.push(await request.text());
      return Response.json(calls[call](...values) ?? null);
    },
  };
`;

export async function workerd() {
  const miniflare = (await worker("bench", script))();
  const call = async (...values) => {
    const query = new URLSearchParams(values.map((value) => ["value", value]));
    const response = await miniflare.dispatchFetch(`http://localhost/?${query}`, { method: "POST", body: "" });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  // A worker's own clock stands still while it computes. So measure a request from outside, and
  // subtract the time of a request that makes no calls.
  const request = async (...values) => {
    const start = performance.now();
    await call("repeat", ...values);
    return performance.now() - start;
  };
  let overhead;
  return {
    load: async (body, text) => {
      const query = new URLSearchParams([
        ["value", "load"],
        ["value", body],
      ]);
      await miniflare.dispatchFetch(`http://localhost/?${query}`, { method: "POST", body: text });
    },
    names: (rules) => call("names", rules),
    answer: (...values) => call("answer", ...values),
    async milliseconds(...values) {
      if (overhead === undefined) {
        const times = [];
        for (let time = 0; time < 200; time += 1) times.push(await request(...values.slice(0, -1), 0));
        // Skip the first requests, which are slower.
        overhead = median(times.slice(100));
      }
      return (await request(...values)) - overhead;
    },
    end: () => miniflare.dispose(),
  };
}
