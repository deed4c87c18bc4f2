import { STATUSES } from "./abi.js";

/** The kind of a {@link FormError}. */
export type FormErrorCode =
  | Exclude<(typeof STATUSES)[number], "done">
  /** The request's body broke off or is malformed; `cause` is the runtime's own error. */
  | "unreadable-body"
  /** The JSON is longer than this runtime's longest string. */
  | "too-long-for-string"
  /** The shape has a hole for a member that `info.extra` does not have (`formevent/shapes`). */
  | "member-missing"
  /** The shape has no place for a member of `info.extra` (`formevent/shapes`). */
  | "member-unplaced"
  /** The content type is missing or not that of a form (`checkMediaType`, `formFromAws`). */
  | "media-type"
  /** The content type names a charset other than UTF-8 and US-ASCII. */
  | "charset"
  /** The body is compressed. */
  | "content-coding"
  /** The body of an event of AWS is not base64, although the event says so. */
  | "invalid-base64"
  /** Lambda@Edge cut the body off. */
  | "truncated"
  /** Lambda@Edge handed the request over without its body. */
  | "missing-body"
  /** The content type of a multipart form has no boundary, or a wrong one (`formevent/multipart`). */
  | "boundary"
  /** The body of a multipart form is malformed, or was cut off (`formevent/multipart`). */
  | "malformed-multipart"
  /** The form has a file, and you refuse them (`formevent/multipart`). */
  | "file"
  /** The form has more parts than `maxParts` (`formevent/multipart`). */
  | "too-many-parts"
  /** The headers of a part are longer than `maxHeaderBytes` (`formevent/multipart`). */
  | "too-many-header-bytes"
  /** A field of text is longer than `maxTextBytes` (`formevent/multipart`). */
  | "too-many-text-bytes"
  /** The request's signature, or the timestamp in it, is missing, malformed or wrong (`formevent/verify`). */
  | "signature"
  /** The signature is right, but its timestamp is outside of the window: a replay, a late delivery or a wrong clock. */
  | "timestamp";

/** Reports a form, a request or extra members that cannot become an event. */
export class FormError extends Error {
  // A minifier may rename the class.
  static override readonly name = "FormError";
  declare readonly name: "FormError";
  declare readonly code: FormErrorCode;
  /** The place in the body, in bytes of its UTF-8; for `invalid-base64` in the base64, or in the query string if the message names it. */
  declare readonly offset?: number;
  /** The limit that was exceeded. */
  declare readonly limit?: number;
  /** The name of the field that has the file, for the code `file`. */
  declare readonly field?: string;

  private constructor(code: FormErrorCode, message: string, details?: object) {
    super(message);
    this.code = code;
    Object.assign(this, details);
  }

  /** @internal */
  static of(code: FormErrorCode, message: string, details?: object): FormError {
    return new FormError(code, message, details);
  }
}
(FormError.prototype as { name: string }).name = "FormError";

/** @internal A status of the module that reports an error. */
export type Refusal = Exclude<(typeof STATUSES)[number], "done">;

const MESSAGES: Record<Refusal, (offset: number, limit: number, name: string) => string> = {
  "too-many-bytes": (at, max) => `the body exceeds maxBytes (${max} bytes) at byte offset ${at}`,
  "too-many-pairs": (at, max) => `the body exceeds maxPairs (${max} pairs) at byte offset ${at}`,
  "too-much-output": (at, max) => `the JSON exceeds maxOutput (${max} bytes) at byte offset ${at} of the body`,
  "too-much-held": (at, max) => `the input held from byte offset ${at} exceeds maxHeld (${max} bytes)`,
  "invalid-utf8": (at) => `the body is not UTF-8 at byte offset ${at} (utf8: "strict")`,
  "member-exists": (_at, _max, name) => `the event already has a member ${JSON.stringify(name)}`,
  "out-of-memory": () => "out of memory: WebAssembly has at most 4 GiB",
};

/** @internal Makes the error for a code, with `offset` and `limit` if the code has them. */
export function refusal(code: Refusal, offset = 0, limit = 0, name = ""): FormError {
  // The codes before this one have a limit too.
  const before = STATUSES.indexOf("invalid-utf8") - STATUSES.indexOf(code);
  const details: { offset?: number; limit?: number } = {};
  if (before >= 0) details.offset = offset;
  if (before > 0) details.limit = limit;
  return FormError.of(code, MESSAGES[code](offset, limit, name), details);
}

/** @internal */
export const outOfMemory = (): FormError => refusal("out-of-memory");

/** @internal Turns a trap into an error of this package. The module only traps when memory runs out. */
export const untrapped = (error: unknown): unknown =>
  error instanceof WebAssembly.RuntimeError ? Object.assign(outOfMemory(), { cause: error }) : error;
