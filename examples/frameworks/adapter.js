// From the requests of Node to that of the Fetch Standard.
import { contact } from "./contact.js";

/** Answers a request whose body nobody has read. */
export async function answer(message, response, sourceIp) {
  if (message.readableDidRead) throw new TypeError("the request's body is already read, by a parser such as express.urlencoded()");
  // Readable.toWeb would close the connection at the limit, before the sender has the answer.
  const body = ReadableStream.from(message.iterator({ destroyOnReturn: false }));
  const request = new Request("http://localhost/", { method: "POST", headers: message.headers, body, duplex: "half" });
  const made = await contact(request, sourceIp);
  response.writeHead(made.status, Object.fromEntries(made.headers));
  response.end(Buffer.from(await made.arrayBuffer()));
  // Discards what comes after the limit: browsers read no answer before they have sent the whole form.
  message.resume();
}
