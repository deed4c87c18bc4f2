import { STATUSES } from "./abi.js";

/** What kind of error a {@link FormError} is. */
export type FormErrorCode =
  | Exclude<(typeof STATUSES)[number], "done">
  /** The body broke off while it was read; `cause` is the runtime's own error. */
  | "unreadable-body"
  /** The JSON is longer than a string can be in this runtime. */
  | "too-long-for-string";

/** An error of the body, or of a name in the event. The message says all of it in words. */
export class FormError extends Error {
  // A minifier may rename the class.
  static override readonly name = "FormError";
  declare readonly name: "FormError";
  readonly code: FormErrorCode;
  /** Where in the body, in bytes of its UTF-8. */
  declare readonly offset?: number;
  /** The limit that the body passed. */
  declare readonly limit?: number;

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

/** @internal A status of the module that is an error. */
export type Refusal = Exclude<(typeof STATUSES)[number], "done">;

const MESSAGES: Record<Refusal, (offset: number, limit: number, name: string) => string> = {
  "too-many-bytes": (at, max) => `the body is too long: maxBytes allows ${max} bytes, passed at byte offset ${at} of the body`,
  "too-many-pairs": (at, max) => `too many pairs: maxPairs allows ${max}, passed at byte offset ${at} of the body`,
  "too-much-output": (at, max) => `the JSON is too long: maxOutput allows ${max} bytes, passed at byte offset ${at} of the body`,
  "too-much-held": (at, max) =>
    `too much to hold back: maxHeld allows ${max} bytes, passed by the segment at byte offset ${at} of the body`,
  "invalid-utf8": (at) => `the body is not UTF-8 at byte offset ${at}: utf8 "strict" allows no other bytes`,
  "member-exists": (_at, _max, name) => `the event already has a member ${JSON.stringify(name)}`,
  "out-of-memory": () => "no memory for a body of this size: WebAssembly has 4 GiB at most",
};

/** @internal The error of a code, with the offset and the limit that this code has. */
export function refusal(code: Refusal, offset = 0, limit = 0, name = ""): FormError {
  const status = STATUSES.indexOf(code);
  const details: { offset?: number; limit?: number } = {};
  if (status <= STATUSES.indexOf("invalid-utf8")) details.offset = offset;
  if (status <= STATUSES.indexOf("too-much-held")) details.limit = limit;
  return FormError.of(code, MESSAGES[code](offset, limit, name), details);
}

/** @internal */
export const outOfMemory = (): FormError => refusal("out-of-memory");

/** @internal A trap as an error of this package: nothing but missing memory leads to one. */
export const untrapped = (error: unknown): unknown =>
  error instanceof WebAssembly.RuntimeError ? Object.assign(outOfMemory(), { cause: error }) : error;
