import { MAX, type REASONS } from "./abi.js";
import { bytesOut, call, text } from "./memory.js";
import { type FormBody, type FormBytes, type FormOptions, limit, numbers, OPTIONS } from "./options.js";

/** Why a segment is no pair by the rules `"template"`. */
export type DroppedReason = (typeof REASONS)[number];

/** A pair of a body. */
export interface FormPair {
  key: string;
  value: string;
  /** Where the pair begins in the body, in bytes. */
  offset: number;
}

/** A segment that is no pair. */
export interface DroppedSegment {
  /** Where the segment begins in the body, in bytes. */
  offset: number;
  /** The whole segment as it was sent. */
  text: string;
  reason: DroppedReason;
}

/** The pairs and the dropped segments of a body. */
export interface FormInspection {
  /** The first pairs, decoded if `options.decode` says so. */
  pairs: FormPair[];
  /** The first dropped segments. */
  dropped: DroppedSegment[];
  /** How many there are in all. */
  counts: { pairs: number; dropped: number };
}

/** How to inspect a body. */
export interface FormInspectOptions extends FormOptions {
  /** The most pairs to list, and the most dropped segments. Default: no limit. */
  maxListed?: number | undefined;
}

/**
 * Returns the pairs of a body as a JSON object, `{"key":"value",…}` in the body's order.
 *
 * A key that comes twice is written twice, and most JSON readers then keep its last value only:
 * {@link FormOptions.duplicates} has other ways.
 *
 * @throws {FormError} if the body passes a limit or violates strict UTF-8
 * @throws {TypeError} if an argument is of the wrong type, or an option is unknown or has an unknown value
 * @example
 * formToJson("name=Ada+L.&note=", { decode: true }); // '{"name":"Ada L.","note":""}'
 */
export function formToJson(body: FormBody, options?: FormOptions): string {
  call("json", body, numbers(options));
  return text();
}

/** As {@link formToJson}, in UTF-8, without making a string of it. */
export function formToJsonBytes(body: FormBody, options?: FormOptions): FormBytes {
  call("json", body, numbers(options));
  return bytesOut();
}

const INSPECT_OPTIONS = [...OPTIONS, "maxListed"];

/**
 * Returns the pairs of a body and the segments that the rules drop, with offsets in bytes.
 *
 * @throws {FormError} as {@link formToJson}
 * @throws {TypeError} as {@link formToJson}
 * @example
 * inspect("a=1&b").dropped; // [{ offset: 4, text: "b", reason: "no-equals" }]
 */
export function inspect(body: FormBody, options?: FormInspectOptions): FormInspection {
  const choices = numbers(options, INSPECT_OPTIONS);
  call("inspect", body, choices, undefined, options ? limit("maxListed", options.maxListed) : MAX);
  return JSON.parse(text());
}
