// A folder over HTTP on this machine: for the tests, and by itself for the demo:
// node tests/serve.js FOLDER PORT
import { once } from "node:events";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

import sirv from "sirv";

/** Serves `folder` below `base` on `port`, by default a free one: the address, and how to end it. */
export async function serve(folder, { base = "/", port = 0 } = {}) {
  const files = sirv(folder, { dev: true });
  const server = createServer((request, response) => {
    if (request.url.startsWith(base)) {
      request.url = request.url.slice(base.length - 1);
      files(request, response);
    } else {
      response.writeHead(404).end();
    }
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}${base}`, close: () => server.close() };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, port] = process.argv.slice(2);
  try {
    const { url } = await serve(folder, { port: Number(port) });
    console.log(`\nThe page is at ${url} (Ctrl-C ends it).`);
  } catch (error) {
    console.error(`The page cannot be served: ${error.message}`);
    process.exitCode = 1;
  }
}
