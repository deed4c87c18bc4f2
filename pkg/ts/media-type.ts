import { FormError } from "./index.js";
import type { FormHeaders } from "./options.js";

const FORM = "application/x-www-form-urlencoded";
// The grammar of the MIME Sniffing Standard.
const SPACE = "[\\t\\n\\r ]*";
const TYPE = new RegExp(`^${SPACE}${FORM}${SPACE}(;|$)`, "i");
const PARAMETER = /;[\t\n\r ]*([^;=]*)(?:=(?:"((?:[^"\\]+|\\.)*\\?)[^;]*|((?:[\t\n\r ]*[^;\t\n\r ]+)*)))?/gs;
const VALUE = /^[\t -~\x80-\xff]*$/;
// The labels that the Encoding Standard and IANA give. The former ignores whitespace around them.
const UTF_8_OR_ASCII = new RegExp(`^${SPACE}(utf-?8|(us-)?ascii)${SPACE}$`, "i");

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
  if (sent === undefined || !TYPE.test(sent)) {
    throw FormError.of("media-type", `the content type must be ${FORM}, but is ${sent === undefined ? "missing" : JSON.stringify(sent)}`);
  }
  const charset = charsetOf(sent);
  if (charset !== undefined && !UTF_8_OR_ASCII.test(charset)) {
    throw FormError.of("charset", `the charset must be UTF-8 or US-ASCII, but is ${JSON.stringify(charset)}`);
  }
  const coding = headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    throw FormError.of("content-coding", `the body must not have a content coding, but has ${JSON.stringify(coding)}`);
  }
}

function charsetOf(contentType: string): string | undefined {
  for (const [, name, quoted, token] of contentType.matchAll(PARAMETER)) {
    const value = quoted?.replace(/\\(.)/gs, "$1") ?? (token || undefined);
    if (name?.toLowerCase() === "charset" && value !== undefined && VALUE.test(value)) return value;
  }
  return undefined;
}
