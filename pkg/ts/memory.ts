// The WebAssembly module and its memory: a body is written into it, one call makes the output
// there, and the output is read or the error thrown.
import type * as wasm from "#wasm";
import { MAX, STATUSES } from "./abi.js";
import { FormError, outOfMemory, type Refusal, refusal, untrapped } from "./errors.js";
import { bodyOf, type FormBody, type FormBytes, isBytes, lengthOfBytes, type Numbers, type Strings, show, tag, wrong } from "./options.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// ---- The module

let compiled: WebAssembly.Module | undefined;

/** `T` if TypeScript knows the class `Name` by itself, such as from the library `dom`. */
type Global<Name extends string> = typeof globalThis extends Record<Name, { prototype: infer T }> ? T : never;
/** `WebAssembly.Module`, if TypeScript knows it. */
type Module = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : object;

/** Where {@link init} takes the module from. */
export type FormModuleSource =
  | string
  | Global<"URL">
  | Global<"Response">
  | Uint8Array
  | ArrayBuffer
  | Module
  | Promise<Global<"Response">>;

/**
 * As {@link init}, for a caller who has the module's bytes or the compiled module at hand.
 *
 * @throws {TypeError} if `source` is anything else
 */
export function initSync(source: Uint8Array | ArrayBuffer | Module): void {
  take(source);
}

// It does not compile in the background: Next's build for the edge runtime refuses `WebAssembly.compile`.
function take(given: unknown, from = "the module"): void {
  if (compiled) return;
  const module = isBytes(given) ? new WebAssembly.Module(checked(given, from)) : given;
  if (tag(module) !== "WebAssembly.Module") {
    throw wrong("the module", "a WebAssembly.Module, a Uint8Array or an ArrayBuffer (init also takes a URL or a Response)", given);
  }
  if (!WebAssembly.Module.exports(module as WebAssembly.Module).some(({ name }) => name === "converter_new")) {
    throw new TypeError("the module is not that of formevent");
  }
  compiled = module as WebAssembly.Module;
}

/**
 * Loads the WebAssembly module. Browsers need it once before anything else, and `formevent/slim`
 * everywhere; elsewhere the module is there already and this does nothing.
 *
 * @param source a URL, a `Response`, the module's bytes, or the compiled module; in browsers it may
 *   be left out, and the file of the package is fetched
 * @throws {Error} if the file cannot be fetched
 * @throws {TypeError} if the file or the bytes are not formevent's module
 */
export async function init(source?: FormModuleSource): Promise<void> {
  if (compiled) return;
  let given: unknown = await source;
  let from = "the module";
  if (typeof given === "string" || tag(given) === "URL") {
    from = String(given);
    given = await fetch(from).catch((cause) => {
      throw new Error(`${from}: ${cause.message}`, { cause });
    });
  }
  if (tag(given) === "Response") {
    const response = given as Response;
    from = response.url || from;
    if (!response.ok) throw new Error(`${from}: HTTP status ${response.status}`);
    // Compiling a stream allows nothing else there.
    const typed = response.headers.get("content-type") === "application/wasm";
    given = await (typed ? WebAssembly.compileStreaming(response) : response.arrayBuffer());
  }
  take(given, from);
}

// Bytes that begin as a module does. A page in the place of a missing file does not.
function checked(bytes: FormBytes | ArrayBuffer, from: string): BufferSource {
  const begin = decoder.decode(bytes.slice(0, 32));
  if (begin.startsWith("\0asm")) return bytes as BufferSource;
  throw new TypeError(`${from} is not WebAssembly: it begins with ${show(begin)}`);
}

/** @internal The module's exports, with a memory of their own. */
export type Exports = typeof wasm;

/** @internal A new instance of the module. Nothing but numbers crosses to it, so none of wasm-bindgen's glue is needed. */
export function instance(): Exports {
  if (!compiled) throw new Error("formevent has no module yet: await init() comes first");
  const imports: WebAssembly.Imports = {};
  for (const { module, name } of WebAssembly.Module.imports(compiled)) (imports[module] ??= {})[name] = trap;
  return new WebAssembly.Instance(compiled, imports).exports as Exports;
}

// What the glue has for calls while another call goes on, or after a trap.
function trap(): never {
  throw new WebAssembly.RuntimeError("the instance cannot be used");
}

// ---- One instance for all calls, and its memory

let exports: Exports;
let converter = 0;
// Whether the last call left the converter as it should be.
let ready = false;
// The memory as bytes and as words, the report's place among the words, the input's place and length.
let bytes: FormBytes;
let words: Uint32Array;
let report = 0;
let input = 0;
let capacity = 0;
let inputBytes: Uint8Array | undefined;
// The output's place and length.
let output = 0;
let length = 0;

function start(): void {
  exports = instance();
  bytes = new Uint8Array();
  capacity = 0;
  converter = exports.converter_new();
  report = exports.converter_report(converter) / 4;
}

// Growing the memory leaves the old views empty.
function view(): FormBytes {
  if (!bytes.length) {
    const { buffer } = exports.memory;
    bytes = new Uint8Array(buffer);
    words = new Uint32Array(buffer);
    inputBytes = undefined;
  }
  return bytes;
}

// Makes the input at least `size` bytes long, keeping the first `keep` of them.
function reserve(size: number, keep: number): FormBytes {
  if (size > capacity) {
    // A little more, so that bodies of about one size do not each ask again.
    const wanted = size + Math.ceil(size / 8) + 1024;
    capacity = 0;
    input = wanted <= MAX ? exports.converter_reserve(converter, wanted, keep) >>> 0 : 0;
    if (!input) throw outOfMemory();
    capacity = wanted;
    inputBytes = undefined;
  }
  return view();
}

// The input as bytes; nothing can be written past its end.
const room = (): Uint8Array => (inputBytes ??= bytes.subarray(input, input + capacity));

// Text that a loop carries across, since a call of the encoder or decoder takes longer.
const SHORT = 32;

// Writes `text` into the input at `at`, and returns where it ends. A lone surrogate becomes U+FFFD.
function putText(text: string, at: number): number {
  // ASCII has a byte for each code unit.
  reserve(at + text.length, at);
  if (text.length <= SHORT) {
    let index = 0;
    for (let unit: number; index < text.length && (unit = text.charCodeAt(index)) < 128; index++) bytes[input + at + index] = unit;
    if (index === text.length) return at + index;
  }
  const { read, written } = encoder.encodeInto(text, at ? room().subarray(at) : room());
  let end = at + written;
  if (read < text.length) {
    // The rest gets room for the worst.
    const rest = text.slice(read);
    end += encoder.encodeInto(rest, reserve(end + 3 * rest.length, end).subarray(input + end)).written;
  }
  return end;
}

function putBytes(body: Uint8Array, size: number): number {
  reserve(size, 0);
  // Shared memory may have grown meanwhile: past the input this throws.
  room().set(body);
  return size;
}

// Writes the strings as a block after the body: see `Converter::event` in pkg/src/lib.rs.
function putStrings(strings: string[], at: number): number {
  const text = strings.join("\n");
  const lengths = new DataView(reserve(at + 4 * strings.length, at).buffer, input + at);
  for (let index = 0; index < strings.length; index++) lengths.setUint32(4 * index, (strings[index] as string).length, true);
  return putText(text, at + 4 * strings.length);
}

const OUT_OF_MEMORY = STATUSES.indexOf("out-of-memory");

/**
 * Lets the module make its output of `body`, or throws its error. `event` takes the event's strings
 * too, `inspect` the longest list.
 * @internal
 */
export function call(
  name: "json" | "inspect" | "event",
  body: FormBody,
  numbers: Numbers,
  strings?: Strings,
  maxListed = MAX,
): void {
  const given = bodyOf(body);
  const choices = numbers[0];
  const maxBytes = numbers[1];
  const maxPairs = numbers[2];
  const maxOutput = numbers[3];
  const size = typeof given === "string" ? given.length : lengthOfBytes(given);
  // A string has at least a byte for each code unit, so much of what is too long is never copied.
  if (size > maxBytes && maxBytes < MAX) throw refusal("too-many-bytes", maxBytes, maxBytes);
  if (!ready) start();
  // After a trap, or a stack that is too deep, the next call starts afresh.
  ready = false;
  try {
    const at = typeof given === "string" ? putText(given, 0) : putBytes(given, size);
    let status: number;
    if (strings) {
      const list = strings[0];
      const headers = strings[1];
      const end = putStrings(list, at);
      status = exports.converter_event(converter, at, end, list.length, headers, choices, maxBytes, maxPairs, maxOutput);
    } else if (name === "inspect") status = exports.converter_inspect(converter, at, choices, maxBytes, maxPairs, maxOutput, maxListed);
    else status = exports.converter_json(converter, at, choices, maxBytes, maxPairs, maxOutput);
    view();
    output = words[report] as number;
    length = words[report + 1] as number;
    ready = status < OUT_OF_MEMORY;
    if (status) throw refusal(STATUSES[status] as Refusal, words[report + 2], words[report + 3], text());
  } catch (error) {
    throw untrapped(error);
  }
}

/** @internal The output as text. */
export function text(): string {
  const end = output + length;
  let at = output;
  let all = length > SHORT ? 128 : 0;
  while (all < 128 && at < end) all |= bytes[at++] as number;
  at = output;
  if (all > 127) return decode(bytes.subarray(at, end));
  let result = "";
  for (; at + 8 <= end; at += 8) {
    // biome-ignore format: eight in a row
    result += String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!, bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!);
  }
  while (at < end) result += String.fromCharCode(bytes[at++]!);
  return result;
}

function decode(json: Uint8Array): string {
  try {
    return decoder.decode(json);
  } catch (cause) {
    const message = `the JSON has ${json.length} bytes, too many for a string: formToJsonBytes and formToEventBytes return bytes`;
    throw FormError.of("too-long-for-string", message, { cause });
  }
}

/** @internal The output as bytes of the caller's own. */
export const bytesOut = (): FormBytes => bytes.slice(output, output + length);

/** @internal The output of `around`: what comes before the object of pairs, and what comes after it. */
export function halves(): [before: FormBytes, after: FormBytes] {
  const pairs = output + (words[report + 2] as number);
  return [bytes.slice(output, pairs), bytes.slice(pairs, output + length)];
}
