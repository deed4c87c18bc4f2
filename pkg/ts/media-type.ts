import { parse } from "content-type";

import { FormError } from "./index.js";
import type { FormHeaders } from "./options.js";

const FORM = "application/x-www-form-urlencoded";
// Their labels, which the Encoding Standard and IANA give.
const UTF_8_OR_ASCII = ["utf-8", "utf8", "us-ascii", "ascii"];

/**
 * Throws unless the headers of a request announce a form in UTF-8: the content type
 * `application/x-www-form-urlencoded`, without a `charset` or with one that is UTF-8 or US-ASCII, and a
 * body that is not compressed.
 *
 * @throws {FormError} with the code `media-type`, `charset` or `content-coding`
 * @example
 * checkMediaType(request.headers);
 * const event = await eventFromRequest(request);
 */
export function checkMediaType(headers: Pick<FormHeaders, "get">): void {
  const sent = headers.get("content-type") ?? undefined;
  const { type, parameters } = parse(sent ?? "");
  if (type !== FORM) {
    throw FormError.of("media-type", `the content type must be ${FORM}, but is ${sent === undefined ? "missing" : JSON.stringify(sent)}`);
  }
  const { charset = "utf-8" } = parameters;
  if (!UTF_8_OR_ASCII.includes(charset.toLowerCase())) {
    throw FormError.of("charset", `the charset must be UTF-8 or US-ASCII, but is ${JSON.stringify(charset)}`);
  }
  const coding = headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    throw FormError.of("content-coding", `the body must not have a content coding, but has ${JSON.stringify(coding)}`);
  }
}
