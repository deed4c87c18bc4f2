// Takes a posted form, urlencoded or multipart, in any framework that has the Request of the Fetch Standard.
import { FormError } from "formevent";
import { eventFromRequest } from "formevent/multipart";

const OPTIONS = { rules: "whatwg", decode: true, duplicates: "group", files: "refuse", maxBytes: 65_536 };

/** Answers with the event. In its place, hand it to your function and answer 202. */
export async function contact(request, sourceIp) {
  try {
    const event = await eventFromRequest(request, { sourceIp, stage: "prod" }, OPTIONS);
    return new Response(event, { headers: { "content-type": "application/json" } });
  } catch (error) {
    if (error instanceof FormError) return problem(error);
    throw error;
  }
}

const TITLES = { 400: "Bad Request", 413: "Content Too Large", 415: "Unsupported Media Type" };
const UNSUPPORTED = ["media-type", "charset", "content-coding", "file"];

/** Answers with what is wrong, as https://www.rfc-editor.org/rfc/rfc9457 has it. */
function problem({ code, message, offset, limit, field }) {
  const status = UNSUPPORTED.includes(code) ? 415 : code.startsWith("too-") ? 413 : 400;
  const body = { title: TITLES[status], status, code, detail: message, offset, limit, field };
  return Response.json(body, { status, headers: { "content-type": "application/problem+json" } });
}
