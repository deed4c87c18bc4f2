// The types of options and of the event's other members, and the checks of their values.
import { BIT, DUPLICATES, MAX, RULES, UTF8 } from "./abi.js";

/** How a body becomes JSON. The defaults are the mapping template's. */
export interface FormOptions {
  /**
   * How to split the body. With `"template"` (the default) a pair has exactly one `=` and a key before
   * it; every other segment is dropped. `"whatwg"` splits at the first `=` and drops nothing, like
   * `URLSearchParams`.
   */
  rules?: (typeof RULES)[number] | undefined;
  /** Whether to turn `+` into a space and percent-decode `%XX`. Default: `false`. */
  decode?: boolean | undefined;
  /**
   * Which values of a repeated key to write. `"keep"` (the default) writes the key again, as the
   * template does; common JSON readers then keep only the last value. `"first"` and `"last"` write one
   * value, `"group"` an array of all values if there are several. `"arrays"` writes an array for every
   * key. These four write a key once, at its first place.
   */
  duplicates?: (typeof DUPLICATES)[number] | undefined;
  /**
   * How to treat invalid UTF-8. `"replace"` (the default) writes U+FFFD; `"strict"` throws a
   * {@link FormError} with the code `invalid-utf8`.
   */
  utf8?: (typeof UTF8)[number] | undefined;
  /** The longest body to accept, in bytes. Default: no limit. */
  maxBytes?: number | undefined;
  /** The most pairs to accept. Default: no limit. */
  maxPairs?: number | undefined;
  /** The longest JSON to write, in bytes. Default: no limit. */
  maxOutput?: number | undefined;
}

/** Names and values, in order. Note that a `Headers` object sorts its names and has them in lower case. */
export type FormMembers = FormHeaders | Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** The part of a `Headers` object that this package uses. */
export interface FormHeaders {
  get(name: string): string | null | undefined;
  forEach(callback: (value: string, key: string) => void): void;
}

/** The members of the event other than the pairs. */
export interface EventInfo {
  /** The request's headers, written in the order and case that you give. Default: none. */
  headers?: FormMembers | undefined;
  /** The stage of the API. Default: `""`. */
  stage?: string | undefined;
  /** The IP address of the sender. Default: `""`. */
  sourceIp?: string | undefined;
  /** The sender's user agent. Default: `""`. */
  userAgent?: string | undefined;
  /** The method of the request, for shapes that have `$method`. Default: `""`. */
  method?: string | undefined;
  /** The path of the request, for shapes that have `$path`. Default: `""`. */
  path?: string | undefined;
  /** The query string without the `?`, for shapes that have `$queryString` or its parameters. Default: `""`. */
  queryString?: string | undefined;
  /** The id of the request, for shapes that have `$requestId`. Default: `""`. */
  requestId?: string | undefined;
  /** The time of the request in ms since 1970, for shapes that have `$time` or `$timeEpoch`. Default: now. */
  time?: number | Date | undefined;
  /**
   * More members of the event. They come after its own, whose names you cannot reuse. In a shape that has
   * the hole `$extra.NAME`, the member `NAME` goes there.
   */
  extra?: FormMembers | undefined;
}

/** A posted body. In a string, a lone surrogate counts as U+FFFD, as in `TextEncoder`. */
export type FormBody = string | Uint8Array | ArrayBuffer;

/** A `Uint8Array` that you own, with a buffer of its own. */
export type FormBytes = ReturnType<Uint8Array["slice"]>;

const DECODE = [false, true];

// ---- The real type and length of a value, even if it comes from another realm or lies

/** @internal */
export const getter = (prototype: object, name: string | symbol): ((this: unknown) => unknown) =>
  Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: unknown) => unknown;
/** @internal */
export const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
const kindOf = getter(typedArray, Symbol.toStringTag);
const lengthOf = getter(typedArray, "length");
const bufferLengthOf = getter(ArrayBuffer.prototype, "byteLength");

/** @internal */
export const tag = (value: unknown): string => ({}).toString.call(value).slice(8, -1);
/** @internal `instanceof` is faster, but fails for arrays of another realm. */
export const isUint8Array = (value: unknown): value is FormBytes => value instanceof Uint8Array || kindOf.call(value) === "Uint8Array";

/** @internal Returns the real length, which a subclass can misstate. */
export const lengthOfBytes = (bytes: Uint8Array): number => lengthOf.call(bytes) as number;

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  try {
    return bufferLengthOf.call(value) !== undefined;
  } catch {
    return false;
  }
}

/** @internal */
export const isBytes = (value: unknown): value is FormBytes | ArrayBuffer => isUint8Array(value) || isArrayBuffer(value);

/** @internal */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return /object|function/.test(typeof value) ? tag(value) : String(value);
}

// ---- Checks

/** @internal */
export function wrong(name: string, allowed: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${allowed}, not ${show(value)}`);
}

/** @internal */
export function bodyOf(body: unknown): string | FormBytes {
  if (typeof body === "string" || isUint8Array(body)) return body;
  if (isArrayBuffer(body)) return new Uint8Array(body);
  throw wrong("the body", "a string, a Uint8Array or an ArrayBuffer", body);
}

/** @internal Returns the index of a choice, 0 if there is none. */
export function oneOf(name: string, value: unknown, allowed: readonly unknown[]): number {
  if (value === undefined) return 0;
  const index = allowed.indexOf(value);
  if (index < 0) throw wrong(name, `one of ${allowed.map(show).join(", ")}`, value);
  return index;
}

/** @internal Returns a limit as the module expects it. Its largest number means none, since memory ends there. */
export function limit(name: string, value: unknown = Infinity): number {
  if (value !== Infinity && !(Number.isInteger(value) && (value as number) >= 0)) {
    throw wrong(name, "a whole number from 0, or Infinity", value);
  }
  return Math.min(value as number, MAX);
}

/** @internal */
export function string(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw wrong(name, "a string", value);
}

/** @internal */
export function milliseconds(name: string, value: unknown): number {
  const time = typeof value === "number" || tag(value) === "Date" ? Number(value) : Number.NaN;
  if (Number.isInteger(time) && time >= 0 && time <= 8.64e15) return time;
  throw wrong(name, "a Date or a whole number of ms from 0", value);
}

/** @internal Accepts objects of any realm or class, but not a Map, an array or a promise: those are mistakes. */
export const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && (Object.getPrototypeOf(value) === Object.prototype || tag(value) === "Object");

/** @internal Returns `value` if it is an object with no other members than `names`. */
export function checkMembers<T extends object>(what: string, value: T, names: readonly string[]): T {
  if (!isPlain(value)) throw wrong(what, "a plain object", value);
  for (const name in value) {
    if (names.includes(name)) continue;
    const hint =
      what === "info" && OPTIONS.includes(name)
        ? "it is an option, and options come after info"
        : `did you mean ${show(nearest(name, names))}?`;
    throw new TypeError(`${what} has no member ${show(name)}: ${hint}`);
  }
  return value;
}

/** Finds the one of `names` that shares the most pairs of adjacent letters with `name`. */
function nearest(name: string, names: readonly string[]): string {
  const lower = name.toLowerCase();
  const likeness = (other: string): number =>
    [...lower].filter((_, at) => at && other.toLowerCase().includes(lower.slice(at - 1, at + 1))).length;
  return names.reduce((best, other) => (likeness(other) > likeness(best) ? other : best));
}

// ---- Options and members in the form in which they cross into the module

/** @internal All choices packed into one number (see {@link BIT}), then the limits. */
export type Numbers = readonly [choices: number, maxBytes: number, maxPairs: number, maxOutput: number];

/** @internal */
export const DEFAULTS: Numbers = [0, MAX, MAX, MAX];

/** @internal */
export const OPTIONS: readonly string[] = ["rules", "decode", "duplicates", "utf8", "maxBytes", "maxPairs", "maxOutput"];

/** @internal */
export function numbers(options: FormOptions | undefined, names = OPTIONS): Numbers {
  if (options === undefined) return DEFAULTS;
  const { rules, decode, duplicates, utf8, maxBytes, maxPairs, maxOutput } = checkMembers("options", options, names);
  return [
    (oneOf("rules", rules, RULES) << BIT.rules) |
      (oneOf("decode", decode, DECODE) << BIT.decode) |
      (oneOf("utf8", utf8, UTF8) << BIT.strict) |
      (oneOf("duplicates", duplicates, DUPLICATES) << BIT.duplicates),
    limit("maxBytes", maxBytes),
    limit("maxPairs", maxPairs),
    limit("maxOutput", maxOutput),
  ];
}

/** @internal The strings of the event's other members, and how many headers are among them. */
export type Strings = readonly [strings: string[], headers: number];

/** @internal */
export const INFO: readonly string[] = [
  "headers",
  "stage",
  "sourceIp",
  "userAgent",
  "method",
  "path",
  "queryString",
  "requestId",
  "time",
  "extra",
];

/** @internal Lists the strings of `info`. Headers and user agent default to those of `requestHeaders`. */
export function stringsOf(info: EventInfo = {}, requestHeaders?: FormHeaders): Strings {
  const {
    headers = requestHeaders ?? {},
    stage = "",
    sourceIp = "",
    userAgent = requestHeaders?.get("user-agent") ?? "",
    extra = {},
  } = checkMembers("info", info, INFO);
  const list = members("headers", headers);
  return [
    [...list, string("stage", stage), string("sourceIp", sourceIp), string("userAgent", userAgent), ...members("extra", extra)],
    list.length / 2,
  ];
}

/** @internal Lists the names and values of headers or extra members alternately. */
export function members(name: string, given: unknown): string[] {
  const list: string[] = [];
  const add = (text: unknown, key: unknown): void => {
    string(`a name in ${name}`, key);
    if (typeof text !== "string") throw wrong(`${name}[${show(key)}]`, "a string", text);
    list.push(key as string, text);
  };
  if (isHeaders(given)) given.forEach(add);
  else if (isIterable(given)) for (const entry of given) Array.isArray(entry) ? add(entry[1], entry[0]) : add("", undefined);
  else if (isPlain(given)) for (const key of Object.keys(given)) add((given as Record<string, unknown>)[key], key);
  else throw wrong(name, "an object or an iterable of [name, value]", given);
  return list;
}

const isHeaders = (value: unknown): value is FormHeaders =>
  typeof (value as FormHeaders)?.forEach === "function" && typeof (value as FormHeaders).get === "function";
const isIterable = (value: unknown): value is Iterable<unknown> => typeof value === "object" && value !== null && Symbol.iterator in value;
