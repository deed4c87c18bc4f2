import type { REASONS } from "./abi.js";
import { bytesOut, ready, text } from "./memory.js";
import { type FormBody, type FormBytes, type FormOptions, limit, numbers, OPTIONS } from "./options.js";
import { shortJson } from "./short.js";

/** Why the rules `"template"` drop a segment. */
export type DroppedReason = (typeof REASONS)[number];

/** A pair in a body. */
export interface FormPair {
  key: string;
  value: string;
  /** The pair's place in the body, in bytes. */
  offset: number;
}

/** A segment that is not a pair. */
export interface DroppedSegment {
  /** The segment's place in the body, in bytes. */
  offset: number;
  /** The whole segment, exactly as it was sent. */
  text: string;
  reason: DroppedReason;
}

/** A key that comes more than once. */
export interface FormRepeatedKey {
  /** The key, percent-decoded if you set `decode`. */
  key: string;
  /** The place of its first pair in the body, in bytes. */
  offset: number;
  /** How many pairs have the key. */
  count: number;
}

/** The pairs, the dropped segments and the repeated keys of a body. */
export interface FormInspection {
  /** The first `maxListed` pairs, percent-decoded if you set `decode`. */
  pairs: FormPair[];
  /** The first `maxListed` dropped segments. */
  dropped: DroppedSegment[];
  /** The first `maxListed` keys that come more than once. */
  repeated: FormRepeatedKey[];
  /** How many there are in all, listed or not. */
  counts: { pairs: number; dropped: number; repeated: number };
}

/** Options of {@link inspect}. */
export interface FormInspectOptions extends FormOptions {
  /** How many pairs, dropped segments and repeated keys to list at most, each. Default: no limit. */
  maxListed?: number | undefined;
}

/**
 * Returns the pairs of a body as a JSON object, `{"key":"value",…}`, in the order of the body.
 *
 * By default a repeated key is written again, and common JSON readers keep only its last value. Set
 * `duplicates: "group"` to get them all.
 *
 * @throws {FormError} if the body exceeds a limit or violates strict UTF-8
 * @throws {TypeError} if an argument has the wrong type, or you pass an unknown option or value
 * @example
 * formToJson("name=Ada+L.&note=", { decode: true }); // '{"name":"Ada L.","note":""}'
 */
export function formToJson(body: FormBody, options?: FormOptions): string {
  const choices = numbers(options);
  const short = ready && shortJson(body, choices);
  if (short) return short;
  return text(body, choices);
}

/** Like {@link formToJson}, but returns UTF-8 bytes, without making a string first. */
export function formToJsonBytes(body: FormBody, options?: FormOptions): FormBytes {
  return bytesOut(body, numbers(options));
}

const INSPECT_OPTIONS = [...OPTIONS, "maxListed"];

/**
 * Returns the pairs of a body and the segments that the rules drop, with offsets in bytes.
 *
 * @throws {FormError} like {@link formToJson}
 * @throws {TypeError} like {@link formToJson}
 * @example
 * inspect("a=1&b").dropped; // [{ offset: 4, text: "b", reason: "no-equals" }]
 */
export function inspect(body: FormBody, options?: FormInspectOptions): FormInspection {
  const choices = numbers(options, INSPECT_OPTIONS);
  return JSON.parse(text(body, choices, undefined, limit("maxListed", options?.maxListed)));
}
