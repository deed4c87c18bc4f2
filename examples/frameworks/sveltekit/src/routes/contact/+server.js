import { contact } from "../../lib/contact.js";

export const POST = ({ request, getClientAddress }) => {
  // Without preventCancel, SvelteKit closes the connection at the limit, before the sender has the answer.
  const body = ReadableStream.from(request.body?.values({ preventCancel: true }) ?? []);
  return contact(new Request(request, { body, duplex: "half" }), getClientAddress());
};
