// The WebAssembly module and its memory. A call copies the body in, runs the module once, and reads
// the output or throws the error.
import type * as wasm from "#wasm";
import { BIT, MAX, STATUSES } from "./abi.js";
import { FormError, outOfMemory, type Refusal, refusal, untrapped } from "./errors.js";
import {
  bodyOf,
  DEFAULTS,
  type FormBody,
  type FormBytes,
  isBytes,
  lengthOfBytes,
  type Numbers,
  type Strings,
  show,
  tag,
  wrong,
} from "./options.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// The method of Buffer that is faster than a decoder, if the entry says so.
let slice: Slice | undefined;
type Slice = (this: Uint8Array, begin: number, end: number) => string;

// ---- The module

let compiled: WebAssembly.Module | undefined;

/** The instance type of the global class `Name`, if TypeScript knows it, for example from the library `dom`. */
type Global<Name extends string> = typeof globalThis extends Record<Name, { prototype: infer T }> ? T : never;
/** `WebAssembly.Module`, if TypeScript knows it. */
type Module = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : object;

/** A source that {@link init} can load the module from. */
export type FormModuleSource =
  | string
  | Global<"URL">
  | Global<"Response">
  | Uint8Array
  | ArrayBuffer
  | Module
  | Promise<Global<"Response">>;

/**
 * Like {@link init}, for when you already have the module, as bytes or compiled.
 *
 * @throws {TypeError} if `source` is anything else
 */
export function initSync(source: Uint8Array | ArrayBuffer | Module): void;
/** @internal */
export function initSync(source: unknown, slice?: Slice, from?: string): void;
// Compiles synchronously, since Next's build for the edge runtime refuses `WebAssembly.compile`.
export function initSync(given: unknown, utf8Slice?: Slice, from = "the module"): void {
  if (compiled) return;
  slice = utf8Slice;
  const module = isBytes(given) ? new WebAssembly.Module(checkMagic(given, from)) : given;
  if (tag(module) !== "WebAssembly.Module") {
    throw wrong("the module", "a WebAssembly.Module, a Uint8Array or an ArrayBuffer (init also takes a URL or a Response)", given);
  }
  if (!WebAssembly.Module.exports(module as WebAssembly.Module).some(({ name }) => name === "converter_new")) {
    throw new TypeError("this is not formevent's module");
  }
  compiled = module as WebAssembly.Module;
}

/**
 * Loads the WebAssembly module. Call it once, before any other function, in browsers and with
 * `formevent/slim`. Elsewhere the module is already loaded and this does nothing.
 *
 * @param source a URL, a `Response`, the module's bytes, or the compiled module. In browsers you can
 *   leave it out: the package's own file is then fetched
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
    // `compileStreaming` accepts no other content type, and no parameters.
    const typed = response.headers.get("content-type") === "application/wasm";
    given = await (typed ? WebAssembly.compileStreaming(response) : response.arrayBuffer());
  }
  initSync(given, undefined, from);
}

// Catches the page that many servers send instead of a missing file.
function checkMagic(bytes: FormBytes | ArrayBuffer, from: string): BufferSource {
  const begin = decoder.decode(bytes.slice(0, 32));
  if (begin.startsWith("\0asm")) return bytes as BufferSource;
  throw new TypeError(`${from} is not WebAssembly: it begins with ${show(begin)}`);
}

/** @internal The exports of an instance, which has a memory of its own. */
export type Exports = typeof wasm;

/** @internal Makes an instance of the module. Only numbers cross the boundary, so wasm-bindgen's glue is not needed. */
export function instance(): Exports {
  if (!compiled) throw new Error('formevent is not loaded: import "formevent", and in a browser await init() first');
  const imports: WebAssembly.Imports = {};
  // The module only calls its imports when it is re-entered, or used after a trap, and traps when they return.
  for (const { module, name } of WebAssembly.Module.imports(compiled)) (imports[module] ??= {})[name] = () => {};
  return new WebAssembly.Instance(compiled, imports).exports as Exports;
}

// ---- One instance for all calls, and its memory

let exports: Exports;
let converter = 0;
/** @internal Whether the last call left the converter usable. */
export let ready = false;
// Views of the memory as bytes and as words; the report's index among the words; the input's place and capacity.
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

// Returns the memory as bytes. When the memory grows, old views become empty: this makes new ones.
function view(): FormBytes {
  if (!bytes.length) {
    const { buffer } = exports.memory;
    bytes = new Uint8Array(buffer);
    words = new Uint32Array(buffer);
    inputBytes = undefined;
  }
  return bytes;
}

// Makes room for an input of `size` bytes and keeps the first `keep` bytes that are there.
function reserve(size: number, keep: number): FormBytes {
  if (size > capacity) {
    // Reserve a little more, so that bodies of similar size do not each grow the memory.
    const wanted = size + (size >>> 3) + 1024;
    capacity = 0;
    input = wanted <= MAX ? exports.converter_reserve(converter, wanted, keep) >>> 0 : 0;
    if (!input) throw outOfMemory();
    capacity = wanted;
    inputBytes = undefined;
  }
  return view();
}

// The input as a view of its own, so that nothing can be written past its end.
const inputView = (): Uint8Array => (inputBytes ??= bytes.subarray(input, input + capacity));

// A loop copies text up to this length: calling the encoder or decoder would take longer.
const SHORT = 32;

// Writes `text` into the input at `at` and returns its end. A lone surrogate becomes U+FFFD.
function putText(text: string, at: number): number {
  // Enough if the text is ASCII.
  reserve(at + text.length, at);
  if (text.length <= SHORT) {
    let all = 0;
    let index = 0;
    for (; index < text.length; index++) all |= bytes[input + at + index] = text.charCodeAt(index);
    if (all < 128) return at + index;
  }
  const { read, written } = encoder.encodeInto(text, at ? inputView().subarray(at) : inputView());
  const end = at + written;
  const rest = text.slice(read);
  // Any other code unit takes at most three bytes.
  return rest ? end + encoder.encodeInto(rest, reserve(end + 3 * rest.length, end).subarray(input + end)).written : end;
}

function putBytes(body: Uint8Array, size: number): number {
  reserve(size, 0);
  // Throws if the body is in shared memory and has grown meanwhile.
  inputView().set(body);
  return size;
}

// Writes the strings after the body, in the layout of `Converter::event` in pkg/src/lib.rs.
function putStrings(strings: string[], at: number): number {
  const text = strings.join("\n");
  const lengths = new DataView(reserve(at + 4 * strings.length, at).buffer, input + at);
  strings.forEach((string, index) => {
    lengths.setUint32(4 * index, string.length, true);
  });
  return putText(text, at + 4 * strings.length);
}

// Calls the module, which leaves its output in its memory, or throws its error. With `strings` the output
// is an event, with `maxListed` an inspection, and else the object of pairs.
function call(bits: number, body: FormBody, numbers: Numbers, strings?: Strings, maxListed?: number): void {
  const given = bodyOf(body);
  // An array pattern would be slower.
  const size = typeof given === "string" ? given.length : lengthOfBytes(given);
  // Refuse before copying. A string has at least one byte for each code unit.
  if (size > numbers[1] && numbers[1] < MAX) throw refusal("too-many-bytes", numbers[1], numbers[1]);
  if (!ready) start();
  const choices = numbers[0] | bits;
  // If this call traps or overflows the stack, the next one needs a new instance.
  ready = false;
  try {
    const at = typeof given === "string" ? putText(given, 0) : putBytes(given, size);
    const status = strings
      ? exports.converter_event(
          converter,
          at,
          putStrings(strings[0], at),
          strings[0].length,
          strings[1],
          choices,
          numbers[1],
          numbers[2],
          numbers[3],
        )
      : maxListed === undefined
        ? exports.converter_json(converter, at, choices, numbers[1], numbers[2], numbers[3])
        : exports.converter_inspect(converter, at, choices, numbers[1], numbers[2], numbers[3], maxListed);
    view();
    output = words[report] as number;
    length = words[report + 1] as number;
    ready = STATUSES[status] !== "out-of-memory";
    if (status) throw refusal(STATUSES[status] as Refusal, words[report + 2], words[report + 3], decoded());
  } catch (error) {
    throw untrapped(error);
  }
}

// Replaces invalid UTF-8, which the module leaves here if it was called with BIT.text.
function decoded(): string {
  try {
    return slice ? slice.call(bytes, output, output + length) : decoder.decode(bytes.subarray(output, output + length));
  } catch (cause) {
    const message = `the JSON (${length} bytes) is too long for a string: use formToJsonBytes or formToEventBytes`;
    throw FormError.of("too-long-for-string", message, { cause });
  }
}

/** @internal Returns the output as a string: an event, an inspection, or the object of pairs. */
export function text(body: FormBody, numbers: Numbers, strings?: Strings, maxListed?: number): string {
  call(1 << BIT.text, body, numbers, strings, maxListed);
  return decoded();
}

/** @internal Returns a copy of the output: an event, or the object of pairs. */
export function bytesOut(body: FormBody, numbers: Numbers, strings?: Strings): FormBytes {
  call(0, body, numbers, strings);
  return bytes.slice(output, output + length);
}

/** @internal Returns the event before its object of pairs, and after it. */
export function aroundPairs(strings: Strings): [before: FormBytes, after: FormBytes] {
  call(1 << BIT.around, "", DEFAULTS, strings);
  const pairs = output + (words[report + 2] as number);
  return [bytes.slice(output, pairs), bytes.slice(pairs, output + length)];
}
