// The bytes of a body and its segments, for the entries that look at a body in JavaScript.
import type { DroppedReason, FormBody, FormBytes } from "./index.js";
import { bodyOf, getter, lengthOfBytes, typedArray } from "./options.js";

/** @internal */
export const AMPERSAND = 0x26;
/** @internal */
export const EQUALS = 0x3d;

const bufferOf = getter(typedArray, "buffer");
const offsetOf = getter(typedArray, "byteOffset");

/** @internal */
export const encoder = new TextEncoder();

/** @internal Returns the real bytes of a body. The caller's object can misstate its length, or have methods of its own. */
export function bytesOf(body: FormBody): FormBytes {
  const given = bodyOf(body);
  if (typeof given === "string") return encoder.encode(given);
  return new Uint8Array(bufferOf.call(given) as ArrayBuffer, offsetOf.call(given) as number, lengthOfBytes(given));
}

/** @internal The segment from `start` to `end`. It is a pair, unless there is a reason to drop it. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly reason: DroppedReason | undefined;
}

/** @internal Splits a body by the template's rules, as `split.rs` does. Leaves out empty segments. */
export function* segments(bytes: FormBytes): Generator<Segment> {
  for (let start = 0, end: number; start < bytes.length; start = end + 1) {
    const found = bytes.indexOf(AMPERSAND, start);
    end = found < 0 ? bytes.length : found;
    if (start === end) continue;
    const segment = bytes.subarray(start, end);
    const equals = segment.indexOf(EQUALS);
    const isOnly = segment.lastIndexOf(EQUALS) === equals;
    yield { start, end, reason: equals < 0 ? "no-equals" : !isOnly ? "many-equals" : equals ? undefined : "empty-key" };
  }
}
