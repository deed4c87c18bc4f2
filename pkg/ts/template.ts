// What the mapping template would have done to a body. The module does not know, since few programs ask.
import { type DroppedReason, type FormBody, type FormBytes, inspect } from "./index.js";
import { bodyOf } from "./options.js";

/**
 * What the mapping template makes of a body. If several verdicts apply, it is the first of `fails`,
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

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const JSON_ESCAPE = /^\\(?:[\\/bfnrt]|u[\dA-Fa-f]{4})/;
const LONGEST_ESCAPE = 6;

const encoder = new TextEncoder();

/**
 * Returns what the API Gateway mapping template for forms would have done to a body.
 *
 * Invalid UTF-8 counts as no difference: the template reads text, in which it is U+FFFD, and formevent
 * writes that too. API Gateway's own quotas are not considered, such as 1,000 rounds of a `#foreach`.
 *
 * @throws {FormError} with the code `out-of-memory`
 * @throws {TypeError} if the body has the wrong type
 * @example
 * verdict("path=C:\\new"); // { verdict: "differs", offset: 7 }
 */
export function verdict(body: FormBody): Verdict {
  const given = bodyOf(body);
  const bytes = typeof given === "string" ? encoder.encode(given) : given;
  const { dropped, repeated } = inspect(bytes, { maxListed: 1 });
  let spoilt: Spoilt | undefined;
  let end: number;
  for (let start = 0; start < bytes.length; start = end + 1) {
    const found = bytes.indexOf(AMPERSAND, start);
    end = found < 0 ? bytes.length : found;
    const segment = bytes.subarray(start, end);
    const equals = segment.indexOf(EQUALS);
    if (equals === 0 && segment.length === 1) return { verdict: "fails", offset: start };
    const isPair = equals > 0 && segment.indexOf(EQUALS, equals + 1) < 0;
    if (!isPair || spoilt?.verdict === "not-json") continue;
    const read = readBack(segment, start);
    if (read?.verdict === "not-json") spoilt = read;
    else spoilt ??= read;
  }
  if (spoilt) return spoilt;
  const losses: { offset: number; reason?: DroppedReason }[] = [
    ...dropped.map(({ offset, reason }) => ({ offset, reason })),
    ...repeated.map(({ offset }) => ({ offset })),
  ];
  const [first] = losses.sort((a, b) => a.offset - b.offset);
  return first ? { verdict: "loses", ...first } : { verdict: "same" };
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
