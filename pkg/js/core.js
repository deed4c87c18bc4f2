// The package's functions over the WebAssembly module: arguments are checked and written into its
// memory, one call makes the output there, and the output is read or the error thrown.
import * as glue from "#glue";

/** What was wrong with a body, or with what was asked of it. */
export class FormError extends Error {
  constructor(code, message, details) {
    super(message);
    Object.assign(this, { code }, details);
  }
}
FormError.prototype.name = "FormError";

// The statuses of pkg/src/lib.rs in their order, after 0 for what is done.
const REFUSALS = [
  ["too-many-bytes", (at, max) => `the body is too long: maxBytes allows ${max}, the first byte too many is at byte offset ${at}`],
  ["too-many-pairs", (at, max) => `too many pairs: maxPairs allows ${max}, the first too many is at byte offset ${at} of the body`],
  ["too-much-output", (at, max) => `the JSON is too long: maxOutput allows ${max} bytes, passed at byte offset ${at} of the body`],
  ["invalid-utf8", (at) => `the body is not UTF-8 at byte offset ${at}: utf8 "strict" allows no other bytes`],
  ["member-exists", (at, max, name) => `the event already has a member ${JSON.stringify(name)}: an extra member needs a name of its own`],
  ["out-of-memory", () => "there is no memory for a body of this size: WebAssembly has 4 GiB at most, some runtimes less"],
];

function refusal(status, offset, limit, name) {
  const [code, message] = REFUSALS[status - 1];
  const details = {};
  if (status <= 4) details.offset = offset;
  if (status <= 3) details.limit = limit;
  return new FormError(code, message(offset, limit, name), details);
}

const outOfMemory = () => refusal(6);

// ---- The module and its memory

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

let module;
let memory;
let converter;
// The memory's bytes, the offset of the report in them, and the input's place and length there.
let bytes;
let report;
let input;
let capacity;

/** Takes the compiled module or its bytes; once there is one, nothing more. */
export function initSync(source) {
  if (module) return;
  if (source instanceof WebAssembly.Module) module = source;
  else if (isBytes(source)) module = new WebAssembly.Module(source);
  else throw new TypeError(`the source of the module must be a WebAssembly.Module, a Uint8Array or an ArrayBuffer, not ${show(source)}`);
}

/** Takes the module from wherever it is. */
export async function init(source) {
  if (module) return;
  source = await source;
  if (typeof source == "string" || source instanceof URL) source = await fetch(source);
  if (typeof Response == "function" && source instanceof Response) {
    if (!source.ok) throw new Error(`${source.url}: HTTP status ${source.status} in the place of the module`);
    const typed = source.headers.get("content-type")?.startsWith("application/wasm");
    source = await (typed ? WebAssembly.compileStreaming(source) : source.arrayBuffer());
  }
  initSync(isBytes(source) ? await WebAssembly.compile(source) : source);
}

function start() {
  if (!module) throw new Error("formevent has no module yet: await init() comes first");
  const { exports } = new WebAssembly.Instance(module, { "./formevent_wasm_bg.js": glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start?.();
  memory = exports.memory;
  bytes = new Uint8Array(memory.buffer);
  capacity = 0;
  const fresh = new glue.Converter();
  report = fresh.report();
  converter = fresh;
}

// Growing the memory leaves the old view without any.
function view() {
  return bytes.length ? bytes : (bytes = new Uint8Array(memory.buffer));
}

// Makes the input at least `length` bytes long, keeping the first `keep` of them.
function reserve(length, keep) {
  if (length > capacity) {
    // A little more, so that bodies of about one size do not each ask again.
    length += Math.ceil(length / 8) + 1024;
    capacity = 0;
    input = length < 2 ** 32 && converter.reserve(length, keep);
    if (!input) throw outOfMemory();
    capacity = length;
  }
  return view();
}

// Writes `text` into the input at `at`: where it ends. A lone surrogate becomes U+FFFD.
function putText(text, at) {
  // ASCII has a byte for each code unit. What does not fit then gets room for the worst.
  let { read, written } = encoder.encodeInto(text, reserve(at + text.length, at).subarray(input + at, input + at + text.length));
  at += written;
  if (read < text.length) {
    text = text.slice(read);
    at += encoder.encodeInto(text, reserve(at + 3 * text.length, at).subarray(input + at)).written;
  }
  return at;
}

function putBody(body) {
  if (typeof body == "string") return putText(body, 0);
  if (!isBytes(body)) throw new TypeError(`the body must be a string, a Uint8Array or an ArrayBuffer, not ${show(body)}`);
  if (tag(body) == "ArrayBuffer") body = new Uint8Array(body);
  reserve(body.length, 0).set(body, input);
  return body.length;
}

// Writes the strings as a block after the body: see `Converter::event` in pkg/src/lib.rs.
function putStrings(strings, at) {
  const text = strings.join("\n");
  const lengths = new DataView(reserve(at + 4 * strings.length, at).buffer, input + at);
  strings.forEach((string, index) => lengths.setUint32(4 * index, string.length, true));
  return putText(text, at + 4 * strings.length);
}

// What `call` writes, as bytes that the next call writes over.
function output(call) {
  try {
    if (!converter) start();
    const status = call();
    const [place, length, offset, limit] = new Uint32Array(view().buffer, report, 4);
    const written = bytes.subarray(place, place + length);
    if (status) throw refusal(status, offset, limit, decoder.decode(written));
    return written;
  } catch (error) {
    // Only memory that cannot be had leads to a trap.
    const trap = error instanceof WebAssembly.RuntimeError;
    if (!trap && error.code != "out-of-memory") throw error;
    // The next call starts afresh; nothing of this memory is to be freed in that.
    converter?.__destroy_into_raw();
    converter = undefined;
    throw trap ? Object.assign(outOfMemory(), { cause: error }) : error;
  }
}

// ---- Arguments

const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);
const isBytes = (value) => tag(value) == "Uint8Array" || tag(value) == "ArrayBuffer";
const show = (value) => (typeof value == "string" ? JSON.stringify(value) : typeof value == "object" ? tag(value) : String(value));

function oneOf(name, value, allowed) {
  if (value === undefined) return 0;
  const index = allowed.indexOf(value);
  if (index < 0) throw new TypeError(`${name} must be one of ${allowed.map(show).join(", ")}, not ${show(value)}`);
  return index;
}

function limit(name, value = Infinity) {
  if (!(value >= 0 && (value == Infinity || Number.isInteger(value)))) {
    throw new TypeError(`${name} must be a whole number from 0, or Infinity, not ${show(value)}`);
  }
  // The last is no limit: memory is not that large.
  return Math.min(value, 2 ** 32 - 1);
}

function record(name, value) {
  if (typeof value == "object" && value) return value;
  throw new TypeError(`${name} must be an object, not ${show(value)}`);
}

function string(name, value) {
  if (typeof value == "string") return value;
  throw new TypeError(`${name} must be a string, not ${show(value)}`);
}

// The options as plain numbers, the choices among few packed into one.
function numbers(options = {}) {
  const { rules, decode, duplicates, utf8, maxBytes, maxPairs, maxOutput } = record("options", options);
  return [
    oneOf("rules", rules, ["template", "whatwg"]) |
      (oneOf("decode", decode, [false, true]) << 1) |
      (oneOf("utf8", utf8, ["replace", "strict"]) << 2) |
      (oneOf("duplicates", duplicates, ["keep", "first", "last", "group"]) << 3),
    limit("maxBytes", maxBytes),
    limit("maxPairs", maxPairs),
    limit("maxOutput", maxOutput),
  ];
}

// The names and values of headers or of extra members, one after another.
function members(name, value) {
  const list = [];
  const entries = record(name, value)[Symbol.iterator] ? value : Object.entries(value);
  for (const entry of entries) {
    const [key, text] = Array.isArray(entry) ? entry : [];
    list.push(string(`a name in ${name}`, key), string(`${name}[${show(key)}]`, text));
  }
  return list;
}

function json(body, options) {
  const choices = numbers(options);
  return output(() => converter.json(putBody(body), ...choices));
}

function event(body, info = {}, options) {
  const { headers = {}, stage = "", sourceIp = "", userAgent = "", extra = {} } = record("info", info);
  const strings = members("headers", headers);
  const count = strings.length / 2;
  strings.push(string("stage", stage), string("sourceIp", sourceIp), string("userAgent", userAgent), ...members("extra", extra));
  const choices = numbers(options);
  return output(() => {
    const end = putBody(body);
    return converter.event(end, putStrings(strings, end), strings.length, count, ...choices);
  });
}

// ---- What there is to call

export const formToJson = (body, options) => decoder.decode(json(body, options));
export const formToJsonBytes = (body, options) => json(body, options).slice();
export const formToEvent = (body, info, options) => decoder.decode(event(body, info, options));
export const formToEventBytes = (body, info, options) => event(body, info, options).slice();

export function inspect(body, options) {
  const choices = numbers(options);
  return JSON.parse(decoder.decode(output(() => converter.inspect(putBody(body), ...choices))));
}

export async function eventFromRequest(request, info = {}, options = {}) {
  const headers = request?.headers;
  if (typeof headers?.get != "function") throw new TypeError(`the request must be a Request, not ${show(request)}`);
  const [, maxBytes] = numbers(options);
  const userAgent = headers.get("user-agent") ?? "";
  return formToEventBytes(await read(request, maxBytes), { headers, userAgent, ...record("info", info) }, options);
}

// The request's body; one that is too long is not read to its end.
async function read(request, maxBytes) {
  const chunks = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (let next; reader && !(next = await reader.read()).done; ) {
    chunks.push(next.value);
    length += next.value.length;
    if (length > maxBytes) {
      const error = refusal(1, maxBytes, maxBytes);
      await reader.cancel(error);
      throw error;
    }
  }
  if (chunks.length == 1) return chunks[0];
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
