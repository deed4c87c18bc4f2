// Tells what the mapping template would have done to a body. This is not in the module, since few programs ask.
import { type DroppedReason, type FormBody, type FormBytes, inspect } from "./index.js";
import { bytesOf, segments } from "./segments.js";

/**
 * The mapping template's effect on a body. If several verdicts apply, it is the first of `fails`,
 * `not-json`, `differs`, `loses`. Offsets are places in the body, in bytes.
 */
export type Verdict =
  /** Your function reads every field as it was sent. */
  | { verdict: "same" }
  /** The template throws, and the request is lost. `offset`: the first segment that is a lone `=`. */
  | { verdict: "fails"; offset: number }
  /**
   * The template's output is not JSON, and the request is lost. `offset`: the first byte at fault, a control
   * character, or a `\` that begins no JSON escape or escapes the closing quote.
   */
  | { verdict: "not-json"; offset: number }
  /** Your function reads other text than was sent. `offset`: the first `\` that is read as a JSON escape. */
  | { verdict: "differs"; offset: number }
  /**
   * Your function does not get every field. `offset`: the first segment that is lost. `reason`: why the
   * template drops it. There is none if its key comes again: JSON readers keep the last value of a key.
   */
  | { verdict: "loses"; offset: number; reason?: DroppedReason };

type Spoilt = Extract<Verdict, { verdict: "not-json" | "differs" }>;

const BACKSLASH = 0x5c;
const JSON_ESCAPE = /^\\(?:[\\/bfnrt]|u[\dA-Fa-f]{4})/;
const LONGEST_ESCAPE = 6;

/**
 * Returns what the API Gateway mapping template for forms would have done to a body.
 *
 * Invalid UTF-8 counts as no difference: the template reads text, in which it is U+FFFD, and formevent
 * writes that too. API Gateway's own quotas are not considered, such as 1,000 rounds of a `#foreach`.
 *
 * @throws {FormError} with the code `out-of-memory`, or `too-long-for-string` if the first pair, dropped segment or
 * repeated key of the body is longer than a string can be
 * @throws {TypeError} if the body has the wrong type
 * @example
 * verdict("path=C:\\new"); // { verdict: "differs", offset: 7 }
 */
export function verdict(body: FormBody): Verdict {
  const bytes = bytesOf(body);
  let spoilt: Spoilt | undefined;
  let lost: { offset: number; reason?: DroppedReason } | undefined;
  for (const { start, end, reason } of segments(bytes)) {
    // A lone `=`.
    if (reason === "empty-key" && end - start === 1) return { verdict: "fails", offset: start };
    if (reason) lost ??= { offset: start, reason };
    else if (spoilt?.verdict !== "not-json") {
      const read = readBack(bytes.subarray(start, end), start);
      if (read?.verdict === "not-json") spoilt = read;
      else spoilt ??= read;
    }
  }
  if (spoilt) return spoilt;
  // Last, since no other verdict needs it, and it costs the most.
  const [first] = inspect(bytes, { maxListed: 1 }).repeated;
  if (first && first.offset < (lost?.offset ?? Infinity)) lost = { offset: first.offset };
  return lost ? { verdict: "loses", ...lost } : { verdict: "same" };
}

/**
 * Reads the strings that the template writes for a pair: all of it as it is, but `\"` for `"`. No escape
 * has a `=`, so key and value can be read at once. The crate's `template.rs` says why no pair can make up
 * for the fault of another.
 */
function readBack(pair: FormBytes, offset: number): Spoilt | undefined {
  let spoilt: Spoilt | undefined;
  for (let at = 0; at < pair.length; at++) {
    const byte = pair[at] as number;
    if (byte >= 0x20 && byte !== BACKSLASH) continue;
    const found = JSON_ESCAPE.exec(String.fromCharCode(...pair.subarray(at, at + LONGEST_ESCAPE)));
    if (!found) return { verdict: "not-json", offset: offset + at };
    spoilt ??= { verdict: "differs", offset: offset + at };
    at += found[0].length - 1;
  }
  return spoilt;
}
