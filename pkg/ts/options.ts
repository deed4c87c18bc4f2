// Options and the event's other members: their types, and the checks of what a caller gave.
import { BIT, DUPLICATES, MAX, RULES } from "./abi.js";

/** How a body becomes JSON. The defaults are the mapping template's. */
export interface FormOptions {
  /**
   * How the body is split. `"template"` (the default): a pair has exactly one `=` and at least one
   * byte before it, and every other segment is dropped. `"whatwg"`: the URL Standard's parser, which
   * splits at the first `=` and drops nothing.
   */
  rules?: (typeof RULES)[number] | undefined;
  /** Turns `+` into a space and `%XX` into a byte. Default: `false`. */
  decode?: boolean | undefined;
  /**
   * Which values of a repeated key to write. `"keep"` (the default) writes the key again for each
   * pair; most JSON readers then keep the last value only. `"first"` and `"last"` write that value,
   * `"group"` writes an array of all values. In these three the key stands once, at the place of its
   * first pair.
   */
  duplicates?: (typeof DUPLICATES)[number] | undefined;
  /**
   * What to do with bytes that are not UTF-8. `"replace"` (the default) writes U+FFFD for them;
   * `"strict"` throws a {@link FormError} with the code `invalid-utf8`.
   */
  utf8?: (typeof UTF8)[number] | undefined;
  /** The longest body, in bytes. Default: no limit. */
  maxBytes?: number | undefined;
  /** The most pairs. Default: no limit. */
  maxPairs?: number | undefined;
  /** The longest JSON, in bytes. Default: no limit. */
  maxOutput?: number | undefined;
}

/** A list of names and values. A `Headers` object gives its names in lower case, sorted. */
export type FormMembers = FormHeaders | Readonly<Record<string, string>> | Iterable<readonly [string, string]>;

/** What this package uses of a `Headers` object. */
export interface FormHeaders {
  get(name: string): string | null | undefined;
  forEach(callback: (value: string, key: string) => void): void;
}

/** The event's members beside the pairs. */
export interface EventInfo {
  /** The request's headers, in the order and case given. Default: none. */
  headers?: FormMembers | undefined;
  /** The stage of the API. Default: `""`. */
  stage?: string | undefined;
  /** The address that the request came from. Default: `""`. */
  sourceIp?: string | undefined;
  /** The sender's user agent. Default: `""`. */
  userAgent?: string | undefined;
  /** More members, after `userAgent`. The event's own names are taken. */
  extra?: FormMembers | undefined;
}

/** A posted body. A string is read as `TextEncoder` encodes it: a lone surrogate is U+FFFD. */
export type FormBody = string | Uint8Array | ArrayBuffer;

/** A `Uint8Array` with a buffer of its own. */
export type FormBytes = ReturnType<Uint8Array["slice"]>;

const UTF8 = ["replace", "strict"] as const;
const DECODE = [false, true];

// ---- What a value is, whatever it pretends to be and whichever realm it comes from

const getter = (prototype: object, name: string | symbol): ((this: unknown) => unknown) =>
  Object.getOwnPropertyDescriptor(prototype, name)?.get as (this: unknown) => unknown;
const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);
const kindOf = getter(typedArray, Symbol.toStringTag);
const lengthOf = getter(typedArray, "length");
const bufferLengthOf = getter(ArrayBuffer.prototype, "byteLength");

/** @internal */
export const tag = (value: unknown): string => ({}).toString.call(value).slice(8, -1);
/** @internal The second is for those of another realm. */
export const isUint8Array = (value: unknown): value is FormBytes => value instanceof Uint8Array || kindOf.call(value) === "Uint8Array";

/** @internal Its real length; a subclass may say anything. */
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

function oneOf(name: string, value: unknown, allowed: readonly unknown[]): number {
  if (value === undefined) return 0;
  const index = allowed.indexOf(value);
  if (index < 0) throw wrong(name, `one of ${allowed.map(show).join(", ")}`, value);
  return index;
}

/** @internal A limit as the module takes it: its largest number is no limit, since memory ends there. */
export function limit(name: string, value: unknown = Infinity): number {
  if (value !== Infinity && !(Number.isInteger(value) && (value as number) >= 0)) {
    throw wrong(name, "a whole number from 0, or Infinity", value);
  }
  return Math.min(value as number, MAX);
}

function string(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw wrong(name, "a string", value);
}

// A plain object, of any realm or class; a Map, an array or a promise is a slip.
const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && (Object.getPrototypeOf(value) === Object.prototype || tag(value) === "Object");

/** @internal An object that has no members but these. */
export function known<T extends object>(what: string, value: T, names: readonly string[]): T {
  if (!isPlain(value)) throw wrong(what, "a plain object", value);
  for (const name in value) {
    if (names.includes(name)) continue;
    const hint =
      what === "info" && OPTIONS.includes(name)
        ? "that is an option, and options come after info"
        : `the nearest is ${show(nearest(name, names))}`;
    throw new TypeError(`${what} has no member ${show(name)}: ${hint}`);
  }
  return value;
}

/** The one of `names` that has the most of the name's pairs of letters. */
function nearest(name: string, names: readonly string[]): string {
  const lower = name.toLowerCase();
  const likeness = (other: string): number =>
    [...lower].filter((_, at) => at && other.toLowerCase().includes(lower.slice(at - 1, at + 1))).length;
  return names.reduce((best, other) => (likeness(other) > likeness(best) ? other : best));
}

// ---- Options and members as they cross into the module

/** @internal The choices among few in one number, then `maxBytes`, `maxPairs`, `maxOutput`. */
export type Numbers = readonly [choices: number, maxBytes: number, maxPairs: number, maxOutput: number];

/** @internal No option is set. */
export const DEFAULTS: Numbers = [0, MAX, MAX, MAX];

/** @internal */
export const OPTIONS: readonly string[] = ["rules", "decode", "duplicates", "utf8", "maxBytes", "maxPairs", "maxOutput"];

/** @internal */
export function numbers(options: FormOptions | undefined, names = OPTIONS): Numbers {
  if (options === undefined) return DEFAULTS;
  const { rules, decode, duplicates, utf8, maxBytes, maxPairs, maxOutput } = known("options", options, names);
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

/** @internal The event's strings as they cross, and how many headers are among them. */
export type Strings = readonly [strings: string[], headers: number];

const INFO = ["headers", "stage", "sourceIp", "userAgent", "extra"];

/** @internal The strings of `info`, with the headers of the request where it has none. */
export function stringsOf(info: EventInfo = {}, own?: FormHeaders): Strings {
  const {
    headers = own ?? {},
    stage = "",
    sourceIp = "",
    userAgent = own?.get("user-agent") ?? "",
    extra = {},
  } = known("info", info, INFO);
  const list = members("headers", headers);
  const count = list.length / 2;
  list.push(string("stage", stage), string("sourceIp", sourceIp), string("userAgent", userAgent));
  return [list.concat(members("extra", extra)), count];
}

/** The names and values of headers or extra members, one after another. */
function members(name: string, value: FormMembers): string[] {
  const list: string[] = [];
  const add = (text: unknown, key: unknown): void => {
    string(`a name in ${name}`, key);
    if (typeof text !== "string") throw wrong(`${name}[${show(key)}]`, "a string", text);
    list.push(key as string, text);
  };
  const given: unknown = value;
  if (isHeaders(given)) given.forEach(add);
  else if (isIterable(given)) for (const entry of given) Array.isArray(entry) ? add(entry[1], entry[0]) : add("", undefined);
  else if (isPlain(given)) for (const key of Object.keys(given)) add((given as Record<string, unknown>)[key], key);
  else throw wrong(name, "an object, or an iterable of names and values", given);
  return list;
}

const isHeaders = (value: unknown): value is FormHeaders =>
  typeof (value as FormHeaders)?.forEach === "function" && typeof (value as FormHeaders).get === "function";
const isIterable = (value: unknown): value is Iterable<unknown> => typeof value === "object" && value !== null && Symbol.iterator in value;
