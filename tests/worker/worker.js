// The edge worker in workerd, from the bundle that would be deployed and with its own wrangler
// configuration. WORKER names the folder of the bundle.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as optionsOf } from "wrangler";

import { modulesOf } from "../modules.js";

const example = join(dirname(fileURLToPath(import.meta.url)), "../../examples/edge-worker");

/**
 * Runs it with these settings beside its own, and other options of Miniflare's where a case needs
 * them: where it is, the lines that it logs, and how to end it.
 */
export async function startWorker(settings = {}, { config = "wrangler.jsonc", folder = process.env.WORKER, port = 0, workers = [], ...options } = {}) {
  const { workerOptions } = optionsOf(join(example, config));
  const worker = {
    ...workerOptions,
    ...options,
    name: "formevent",
    bindings: { ...workerOptions.bindings, ...settings },
    ...modulesOf(folder, "index.js"),
  };
  const logged = [];
  // wrangler gives options of Miniflare 4.
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [worker, ...workers],
      host: "127.0.0.1",
      port,
      cf: false,
      handleStructuredLogs: ({ message }) => logged.push(message),
    }),
  );
  return { url: await miniflare.ready, logged, close: () => miniflare.dispose() };
}
