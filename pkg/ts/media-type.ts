import MIMEType from "whatwg-mimetype/lib/mime-type.js";

import { FormError } from "./index.js";
import type { FormHeaders } from "./options.js";

const FORM = "application/x-www-form-urlencoded";
// The parser compares each parameter's name with all before it.
const MAX_LENGTH = 1000;
// Their labels, which the Encoding Standard and IANA give. The former ignores whitespace around them.
const UTF_8_OR_ASCII = /^\s*(utf-?8|(us-)?ascii)\s*$/i;

/**
 * Throws unless the headers of a request announce a form in UTF-8: the content type
 * `application/x-www-form-urlencoded`, without a `charset` or with one that is UTF-8 or US-ASCII, and a
 * body that is not compressed. As the MIME Sniffing Standard says, malformed parameters are ignored, and
 * the first of several charsets counts.
 *
 * @throws {FormError} with the code `media-type`, `charset` or `content-coding`
 * @throws {TypeError} if `headers` has no method `get`: make a plain object a `Headers` object first
 * @example
 * checkMediaType(request.headers);
 * const event = await eventFromRequest(request);
 */
export function checkMediaType(headers: Pick<FormHeaders, "get">): void {
  if (typeof headers?.get !== "function") throw new TypeError("headers must have a method `get`, as a Headers object or a Map has");
  const sent = headers.get("content-type") ?? undefined;
  // What browsers send for a form needs no parser.
  if (sent !== FORM) checkSent(sent);
  const coding = headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    throw FormError.of("content-coding", `the body must not have a content coding, but has ${JSON.stringify(coding)}`);
  }
}

function checkSent(sent: string | undefined): void {
  if (sent !== undefined && sent.length > MAX_LENGTH) {
    throw FormError.of("media-type", `the content type must have at most ${MAX_LENGTH} bytes, but has ${sent.length}`);
  }
  const mediaType = MIMEType.parse(sent ?? "");
  if (mediaType?.essence !== FORM) {
    throw FormError.of("media-type", `the content type must be ${FORM}, but is ${sent === undefined ? "missing" : JSON.stringify(sent)}`);
  }
  const charset = mediaType.parameters.get("charset") ?? "utf-8";
  if (!UTF_8_OR_ASCII.test(charset)) {
    throw FormError.of("charset", `the charset must be UTF-8 or US-ASCII, but is ${JSON.stringify(charset)}`);
  }
}
