import { once } from "node:events";
import { createServer } from "node:http";

import sirv from "sirv";

/** Serves `folder` over HTTP, below `base` on a free port. Takes sirv's options. */
export async function serve(folder, { base = "/", ...options } = {}) {
  const files = sirv(folder, { dev: true, ...options });
  const server = createServer((request, response) => {
    if (request.url.startsWith(base)) {
      request.url = request.url.slice(base.length - 1);
      files(request, response);
    } else {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}${base}`, close: () => server.close() };
}
