import MIMEType from "whatwg-mimetype/lib/mime-type.js";

import { FormError } from "./index.js";
import type { FormHeaders } from "./options.js";
import { isUtf8Label } from "./utf8-label.js";

/** The media types of forms. */
export type FormMediaType = "application/x-www-form-urlencoded" | "multipart/form-data";

const FORM: FormMediaType = "application/x-www-form-urlencoded";
// The parser compares each parameter's name with all before it.
const MAX_LENGTH = 1000;

/**
 * Throws unless the headers of a request announce a form in UTF-8: a content type of `types`, for a
 * urlencoded form without a `charset` or with one that is UTF-8 or US-ASCII, and a body that is not
 * compressed. As the MIME Sniffing Standard says, malformed parameters are ignored, and the first of
 * several charsets counts.
 *
 * @param types the media types that you read. Default: `["application/x-www-form-urlencoded"]`
 * @returns the one of them that the request has
 * @throws {FormError} with the code `media-type`, `charset` or `content-coding`
 * @throws {TypeError} if `headers` has no method `get`: make a plain object a `Headers` object first
 * @example
 * checkMediaType(request.headers);
 * const event = await eventFromRequest(request);
 */
export function checkMediaType(headers: Pick<FormHeaders, "get">, types: readonly FormMediaType[] = [FORM]): FormMediaType {
  if (typeof headers?.get !== "function") throw new TypeError("headers must have a method `get`, as a Headers object or a Map has");
  const sent = headers.get("content-type") ?? undefined;
  // The headers of a browser's form need no parser.
  const [type, charset] = sent === FORM && types.includes(FORM) ? [FORM, undefined] : parse(sent, types);
  const coding = headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    throw FormError.of("content-coding", `the body must not have a content coding, but has ${JSON.stringify(coding)}`);
  }
  // In the other type, each part has a charset of its own.
  if (charset !== undefined && type === FORM && !isUtf8Label(charset)) {
    throw FormError.of("charset", `the charset must be UTF-8 or US-ASCII, but is ${JSON.stringify(charset)}`);
  }
  return type;
}

/** Returns the type and its charset. */
function parse(sent: string | undefined, types: readonly FormMediaType[]): [FormMediaType, string | undefined] {
  if (sent !== undefined && sent.length > MAX_LENGTH) {
    throw FormError.of("media-type", `the content type must have at most ${MAX_LENGTH} bytes, but has ${sent.length}`);
  }
  const mediaType = MIMEType.parse(sent ?? "");
  const type = types.find((type) => type === mediaType?.essence);
  if (!type) {
    const was = sent === undefined ? "missing" : JSON.stringify(sent);
    throw FormError.of("media-type", `the content type must be ${types.join(" or ")}, but is ${was}`);
  }
  return [type, mediaType?.parameters.get("charset")];
}
