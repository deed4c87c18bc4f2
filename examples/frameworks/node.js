import { createServer } from "node:http";

import { answer } from "./adapter.js";

const server = createServer(async (message, response) => {
  try {
    if (message.method === "POST" && message.url === "/contact") {
      await answer(message, response, message.socket.remoteAddress);
    } else {
      response.writeHead(404).end();
    }
  } catch (error) {
    // Without this, an error ends the process.
    console.error(error);
    response.writeHead(500).end();
  }
});

server.listen(process.env.PORT ?? 8080);
