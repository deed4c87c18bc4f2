// The edge worker in workerd, from the bundle that would be deployed and with its own wrangler
// configuration. WORKER names the folder of the bundle.
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as optionsOf } from "wrangler";

const example = join(dirname(fileURLToPath(import.meta.url)), "../../examples/edge-worker");

/**
 * Runs it with these settings beside its own, and other options of Miniflare's where a case needs
 * them: where it is, the lines that it logs, and how to end it.
 */
export async function startWorker(settings = {}, { config = "wrangler.jsonc", folder = process.env.WORKER, port = 0, workers = [], ...options } = {}) {
  const files = await readdir(folder);
  const modules = (type, ending) => files.filter((file) => file.endsWith(ending)).map((file) => ({ type, path: join(folder, file) }));
  const { workerOptions } = optionsOf(join(example, config));
  const worker = {
    ...workerOptions,
    ...options,
    name: "formevent",
    bindings: { ...workerOptions.bindings, ...settings },
    modules: [...modules("ESModule", "index.js"), ...modules("CompiledWasm", ".wasm")],
    modulesRoot: folder,
  };
  const logged = [];
  const miniflare = new Miniflare({
    workers: [worker, ...workers],
    host: "127.0.0.1",
    port,
    cf: false,
    handleRuntimeStdio(...streams) {
      for (const input of streams) createInterface({ input }).on("line", (line) => logged.push(line));
    },
  });
  return { url: await miniflare.ready, logged, close: () => miniflare.dispose() };
}
