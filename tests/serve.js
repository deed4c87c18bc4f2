// A folder over HTTP on this machine: for the tests, and by itself for the demo:
// node tests/serve.js FOLDER PORT
import { once } from "node:events";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

import sirv from "sirv";

/** Serves `folder` on `port`, by default a free one: the address, and how to end it. */
export async function serve(folder, port = 0) {
  const server = createServer(sirv(folder, { dev: true })).listen(port, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, port] = process.argv.slice(2);
  try {
    const { url } = await serve(folder, Number(port));
    console.log(`\nThe page is at ${url} (Ctrl-C ends it).`);
  } catch (error) {
    console.error(`The page cannot be served: ${error.message}`);
    process.exitCode = 1;
  }
}
