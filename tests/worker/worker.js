// Runs the edge worker in workerd, from the bundle and the wrangler configuration that you would deploy.
// `npm run worker` makes both.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as optionsOf } from "wrangler";

import { modulesOf } from "../modules.js";

const example = fileURLToPath(new URL("../../examples/edge-worker", import.meta.url));
/** formevent's own page, with which the tests and the demo run the worker. */
const page = fileURLToPath(new URL("../../target/site", import.meta.url));
const bundles = fileURLToPath(new URL("../../target/edge-worker", import.meta.url));

/**
 * Returns Miniflare's options for the worker that `config`.jsonc deploys, with more settings and options. `site` is the
 * folder of the page.
 */
export function deployed(config, settings = {}, { folder = join(bundles, config), site = page, ...options } = {}) {
  const { workerOptions } = optionsOf(join(example, `${config}.jsonc`));
  const assets = workerOptions.assets && { ...workerOptions.assets, directory: site };
  return { name: config, ...workerOptions, assets, ...options, bindings: { ...workerOptions.bindings, ...settings }, ...modulesOf(folder) };
}

/** Starts the worker together with other `workers`. `logged` collects the lines that all of them log. */
export async function startWorker(settings, { config = "wrangler", port = 0, workers = [], ...options } = {}) {
  const logged = [];
  // wrangler returns options for Miniflare 4.
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [deployed(config, settings, options), ...workers],
      host: "127.0.0.1",
      port,
      cf: false,
      handleStructuredLogs: ({ message }) => logged.push(message),
    }),
  );
  return {
    url: await miniflare.ready,
    logged,
    queue: () => miniflare.getQueueProducer("QUEUE"),
    worker: (name) => miniflare.getWorker(name),
    direct: (name) => miniflare.unsafeGetDirectURL(name),
    close: () => miniflare.dispose(),
  };
}

/** The folder of the worker with `peer.js` in formevent's place: `npm run peer` has made it. */
export function peer() {
  const folder = join(bundles, "peer");
  const modules = readdirSync(folder).filter((file) => file.endsWith(".wasm"));
  assert.deepEqual(modules, [], "wrangler has ignored the alias in peer.jsonc: the peer has formevent's module");
  return folder;
}
