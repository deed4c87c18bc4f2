// The package's functions over the WebAssembly module: arguments are checked and written into its
// memory, one call makes the output there, and the output is read or the error thrown.
import * as glue from "#glue";

/** What was wrong with a body, or with what was asked of it. */
export class FormError extends Error {
  // Whatever a minifier calls the class.
  static name = "FormError";

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
  ["too-much-held", (at, max) => `too much has to be held back: maxHeld allows ${max} bytes, passed by what begins at byte offset ${at} of the body`],
  ["invalid-utf8", (at) => `the body is not UTF-8 at byte offset ${at}: utf8 "strict" allows no other bytes`],
  ["member-exists", (at, max, name) => `the event already has a member ${JSON.stringify(name)}: an extra member needs a name of its own`],
  ["out-of-memory", () => "no memory for a body of this size: WebAssembly has 4 GiB at most"],
];

function refusal(status, offset, limit, name) {
  const [code, message] = REFUSALS[status - 1];
  const details = {};
  if (status <= 5) details.offset = offset;
  if (status <= 4) details.limit = limit;
  return new FormError(code, message(offset, limit, name), details);
}

const outOfMemory = () => refusal(REFUSALS.length);

// Only memory that cannot be had leads to a trap.
const untrapped = (error) => (error instanceof WebAssembly.RuntimeError ? Object.assign(outOfMemory(), { cause: error }) : error);

// ---- The module and its memory

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

let module;
let own;
let memory;
let converter;
// Whether the last call left the converter as it should be.
let ready = false;
// The memory as bytes and as words, where the report is in these, and the input's place and length
// in those.
let bytes;
let words;
let report;
let input;
let capacity;
let inputBytes;
// The output's place and length.
let output;
let length;

/** Takes the compiled module or its bytes; once there is one, nothing more. */
export function initSync(source) {
  if (module) return;
  if (isBytes(source)) source = new WebAssembly.Module(source);
  if (!(source instanceof WebAssembly.Module)) {
    throw new TypeError(`the module must be a WebAssembly.Module, a Uint8Array or an ArrayBuffer (init also takes a URL or a Response), not ${show(source)}`);
  }
  if (!WebAssembly.Module.exports(source).some(({ name }) => name == "converter_new")) {
    throw new TypeError("the module is not that of formevent");
  }
  module = source;
}

/** Takes the module from wherever it is. */
export async function init(source) {
  if (module) return;
  source = await source;
  if (typeof source == "string" || source instanceof URL) source = await fetch(source);
  if (typeof Response == "function" && source instanceof Response) {
    if (!source.ok) throw new Error(`${source.url}: HTTP status ${source.status} in place of the module`);
    const typed = source.headers.get("content-type")?.startsWith("application/wasm");
    source = await (typed ? WebAssembly.compileStreaming(source) : source.arrayBuffer());
  }
  initSync(isBytes(source) ? await WebAssembly.compile(source) : source);
}

// A new instance, with a memory of its own. The glue then calls it.
function instance() {
  if (!module) throw new Error("formevent has no module yet: await init() comes first");
  const { exports } = new WebAssembly.Instance(module, { "./formevent_wasm_bg.js": glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start?.();
  return exports;
}

function start() {
  // Nothing of an earlier memory is to be freed in this one.
  converter?.__destroy_into_raw();
  converter = undefined;
  own = instance();
  memory = own.memory;
  bytes = undefined;
  capacity = 0;
  converter = new glue.Converter();
  report = converter.report() / 4;
}

// Growing the memory leaves the old views without any.
function view() {
  if (!bytes?.length) {
    bytes = new Uint8Array(memory.buffer);
    words = new Uint32Array(memory.buffer);
    inputBytes = undefined;
  }
  return bytes;
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
    inputBytes = undefined;
  }
  return view();
}

// The input as bytes, past whose end nothing can be written.
const room = () => (inputBytes ??= bytes.subarray(input, input + capacity));

// Text that is crossed by a loop, since a call of the encoder or decoder takes longer.
const SHORT = 32;

// Writes `text` into the input at `at`: where it ends. A lone surrogate becomes U+FFFD.
function putText(text, at) {
  // ASCII has a byte for each code unit.
  reserve(at + text.length, at);
  if (text.length <= SHORT) {
    let index = 0;
    for (let unit; index < text.length && (unit = text.charCodeAt(index)) < 128; index++) bytes[input + at + index] = unit;
    if (index == text.length) return at + index;
  }
  const { read, written } = encoder.encodeInto(text, at ? room().subarray(at) : room());
  at += written;
  if (read < text.length) {
    // What did not fit gets room for the worst.
    text = text.slice(read);
    at += encoder.encodeInto(text, reserve(at + 3 * text.length, at).subarray(input + at)).written;
  }
  return at;
}

// The output as text.
function text() {
  const end = output + length;
  let at = output;
  let all = length > SHORT ? 128 : 0;
  while (all < 128 && at < end) all |= bytes[at++];
  at = output;
  if (all > 127) return decoder.decode(bytes.subarray(at, end));
  let result = "";
  for (; at + 8 <= end; at += 8) {
    result += String.fromCharCode(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]);
  }
  while (at < end) result += String.fromCharCode(bytes[at++]);
  return result;
}

function putBody(body) {
  if (typeof body == "string") return putText(body, 0);
  // It may be shared, and grow meanwhile.
  const { length } = body;
  reserve(length, 0);
  room().set(body);
  return length;
}

// Writes the strings as a block after the body: see `Converter::event` in pkg/src/lib.rs.
function putStrings(strings, at) {
  const text = strings.join("\n");
  const lengths = new DataView(reserve(at + 4 * strings.length, at).buffer, input + at);
  strings.forEach((string, index) => lengths.setUint32(4 * index, string.length, true));
  return putText(text, at + 4 * strings.length);
}

// Lets the converter leave its output of `body`, or throws what was wrong.
function call(name, body, numbers, strings) {
  body = bodyOf(body);
  if (!ready) start();
  // After a trap, or a stack that is too deep, the next call starts afresh.
  ready = false;
  try {
    const at = putBody(body);
    const status = strings
      ? converter[name](at, putStrings(strings[0], at), strings[0].length, strings[1], ...numbers)
      : converter[name](at, numbers[0], numbers[1], numbers[2], numbers[3]);
    view();
    output = words[report];
    length = words[report + 1];
    ready = status < REFUSALS.length;
    if (status) throw refusal(status, words[report + 2], words[report + 3], text());
  } catch (error) {
    throw untrapped(error);
  }
}

// ---- Arguments

const tag = (value) => ({}).toString.call(value).slice(8, -1);
// The second is for those of another realm.
const isUint8Array = (value) => ArrayBuffer.isView(value) && (value instanceof Uint8Array || tag(value) == "Uint8Array");
const isBytes = (value) => isUint8Array(value) || tag(value) == "ArrayBuffer";
const show = (value) => (typeof value == "string" ? JSON.stringify(value) : /object|function/.test(typeof value) ? tag(value) : String(value));

function wrong(name, allowed, value) {
  return new TypeError(`${name} must be ${allowed}, not ${show(value)}`);
}

function oneOf(name, value, allowed) {
  if (value === undefined) return 0;
  const index = allowed.indexOf(value);
  if (index < 0) throw wrong(name, `one of ${allowed.map(show).join(", ")}`, value);
  return index;
}

function limit(name, value = Infinity) {
  if (value !== Infinity && !(Number.isInteger(value) && value >= 0)) {
    throw wrong(name, "a whole number from 0, or Infinity", value);
  }
  // The last is no limit: memory is not that large.
  return Math.min(value, 2 ** 32 - 1);
}

function record(name, value) {
  if (typeof value == "object" && value) return value;
  throw wrong(name, "an object", value);
}

function string(name, value) {
  if (typeof value == "string") return value;
  throw wrong(name, "a string", value);
}

function bodyOf(body) {
  if (typeof body == "string" || isUint8Array(body)) return body;
  if (isBytes(body)) return new Uint8Array(body);
  throw wrong("the body", "a string, a Uint8Array or an ArrayBuffer", body);
}

// The options as plain numbers, the choices among few packed into one.
const DEFAULTS = [0, limit(), limit(), limit()];

function numbers(options) {
  if (options === undefined) return DEFAULTS;
  const { rules, decode, duplicates, utf8, maxBytes, maxPairs, maxOutput } = record("options", options);
  return [
    oneOf("rules", rules, RULES) |
      (oneOf("decode", decode, DECODE) << 1) |
      (oneOf("utf8", utf8, UTF8) << 2) |
      (oneOf("duplicates", duplicates, DUPLICATES) << 3),
    limit("maxBytes", maxBytes),
    limit("maxPairs", maxPairs),
    limit("maxOutput", maxOutput),
  ];
}

const RULES = ["template", "whatwg"];
const DECODE = [false, true];
const UTF8 = ["replace", "strict"];
const DUPLICATES = ["keep", "first", "last", "group"];

// The names and values of headers or of extra members, one after another.
function members(name, value) {
  const list = [];
  const entries = record(name, value)[Symbol.iterator] ? value : Object.entries(value);
  for (const entry of entries) {
    const [key, text] = Array.isArray(entry) ? entry : [];
    string(`a name in ${name}`, key);
    if (typeof text != "string") throw wrong(`${name}[${show(key)}]`, "a string", text);
    list.push(key, text);
  }
  return list;
}

// The event's strings as they cross, and how many of them are the headers'.
function stringsOf(info = {}) {
  const { headers = {}, stage = "", sourceIp = "", userAgent = "", extra = {} } = record("info", info);
  const list = members("headers", headers);
  const own = [string("stage", stage), string("sourceIp", sourceIp), string("userAgent", userAgent)];
  return [list.concat(own, members("extra", extra)), list.length / 2];
}

const bytesOut = () => bytes.slice(output, output + length);

// ---- What there is to call

export const formToJson = (body, options) => (call("json", body, numbers(options)), text());
export const formToJsonBytes = (body, options) => (call("json", body, numbers(options)), bytesOut());
export const inspect = (body, options) => (call("inspect", body, numbers(options)), JSON.parse(text()));

export function formToEvent(body, info, options) {
  const strings = stringsOf(info);
  call("event", body, numbers(options), strings);
  return text();
}

export function formToEventBytes(body, info, options) {
  const strings = stringsOf(info);
  call("event", body, numbers(options), strings);
  return bytesOut();
}

const headersOf = (request) => {
  if (typeof request?.headers?.get != "function") throw wrong("the request", "a Request", request);
  if (request.bodyUsed) throw new TypeError("the request's body was used before");
  return request.headers;
};

export async function eventFromRequest(request, info = {}, options = {}) {
  const own = headersOf(request);
  const { headers = own, userAgent = own.get("user-agent") ?? "" } = record("info", info);
  // Whatever is wrong with these is found before the body is taken.
  const strings = stringsOf({ ...info, headers, userAgent });
  const choices = numbers(options);
  const chunks = [];
  let long;
  const length = await eachChunk(request, options.maxBytes, (chunk, length) => {
    chunks.push(chunk);
    // Where names are looked for that come again, all of the body is needed.
    if (length <= CHUNK || choices[0] > 7) return;
    long ??= longEvent(choices, strings);
    for (const chunk of chunks.splice(0)) long.push(chunk);
  });
  if (long) return long.end(length);
  call("event", joined(chunks, length), choices, strings);
  return bytesOut();
}

export async function readBody(request, maxBytes) {
  headersOf(request);
  limit("maxBytes", maxBytes);
  const chunks = [];
  return joined(chunks, await eachChunk(request, maxBytes, (chunk) => chunks.push(chunk)));
}

// Gives each chunk of the body to `take`, with the body's length up to there, and returns that of all. A
// body that is too long, or that `take` refuses, is not read to its end.
async function eachChunk(request, maxBytes = Infinity, take) {
  let length = 0;
  const next = (chunk) => {
    if (!isUint8Array(chunk)) throw wrong("each chunk of the request's body", "a Uint8Array", chunk);
    length += chunk.length;
    if (length > maxBytes) throw refusal(1, maxBytes, maxBytes);
    take(chunk, length);
  };
  // Some browsers have no stream of a request's body; then all of it comes at once.
  if (request.body === undefined) next(new Uint8Array(await request.arrayBuffer()));
  const reader = request.body?.getReader();
  try {
    for (let read; reader && !(read = await reader.read()).done; ) next(read.value);
  } catch (error) {
    // The error does not wait for the source to end, nor give way to an error of its own.
    reader.cancel(error).catch(() => {});
    throw error;
  }
  return length;
}

function joined(chunks, length) {
  if (chunks.length == 1) return chunks[0];
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

// The event of a body that comes in chunks: what of the body is dropped or decoded away takes no memory.
function longEvent(choices, strings) {
  // What stands around the object of pairs is the event of an empty body. No other member is an object but
  // the headers before it, whose values are strings.
  const max = choices[3];
  call("event", "", [choices[0], limit(), limit(), limit()], strings);
  const around = text();
  const at = around.indexOf('"querystring":{}') + 14;
  const parts = [];
  let length = 0;
  const write = (part, offset) => {
    parts.push(part);
    length += part.length;
    if (length > max) throw max < limit() ? refusal(3, offset, max) : outOfMemory();
  };
  write(encoder.encode(around.slice(0, at)), 0);
  const { push, end } = streaming(choices, limit(), write, undefined, length);
  return {
    push,
    end(read) {
      end();
      write(encoder.encode(around.slice(at + 2)), read);
      return joined(parts, length);
    },
  };
}

// ---- Streams

// How much goes into the module at once, so that its memory stays small whatever a chunk has.
const CHUNK = 1 << 16;
const REASONS = ["no-equals", "many-equals", "empty-key"];

// An instance that no stream uses any more. Each stream has one of its own: what is left of one that
// nobody reads to its end goes when it is collected, and a trap ends that stream alone.
let spare;

function streamInstance() {
  if (spare) return spare;
  const exports = instance();
  if (own) glue.__wbg_set_wasm(own);
  const converter = exports.converter_new();
  return { exports, converter, report: exports.converter_report(converter), input: exports.converter_reserve(converter, CHUNK, 0) };
}

// Makes a body that comes in chunks into its object of pairs: `write` gets what is certain of that,
// `onDropped` each segment that is no pair. `before` is how much JSON the limit has to hold as well.
function streaming([choices, maxBytes, maxPairs, maxOutput], maxHeld, write, onDropped, before = 0) {
  const used = streamInstance();
  spare = undefined;
  const { exports, converter, report, input } = used;
  if (maxOutput < limit()) maxOutput -= before;
  exports.converter_stream(converter, choices | (onDropped ? 32 : 0), maxBytes, maxPairs, maxOutput, maxHeld);

  // Takes the first `length` bytes of the input, or -1 for the end of the body; that or an error is the last.
  const take = (length) => {
    let status;
    try {
      status = exports.converter_push(converter, length);
    } catch (error) {
      throw untrapped(error);
    }
    const { buffer } = exports.memory;
    // One that has held much back keeps that memory, and is not used again.
    if ((status || length < 0) && buffer.byteLength <= 1 << 20) spare = used;
    const [out, outLength, offset, limit, dropped, count] = new Uint32Array(buffer, report, 6);
    if (status) throw refusal(status, offset, status == 3 ? limit + before : limit);
    if (outLength) write(new Uint8Array(buffer, out, outLength).slice());
    if (!onDropped) return;
    const list = new Uint32Array(buffer, dropped, 2 * count).slice();
    for (let at = 0; at < list.length; at += 2) onDropped({ offset: list[at], reason: REASONS[list[at + 1]] });
  };
  return {
    push(bytes) {
      const { length } = bytes;
      let at = 0;
      do {
        const piece = bytes.subarray(at, at + CHUNK);
        new Uint8Array(exports.memory.buffer, input, CHUNK).set(piece);
        take(piece.length);
        at += CHUNK;
      } while (at < length);
    },
    end: () => take(-1),
  };
}

export function formToJsonStream(options = {}) {
  const { maxHeld = 1 << 20, onDropped } = record("options", options);
  if (onDropped !== undefined && typeof onDropped != "function") throw wrong("onDropped", "a function", onDropped);
  for (const name of ["maxBytes", "maxPairs", "maxOutput"]) {
    const value = options[name];
    // Here more than memory has may come, and a limit that does not hold is none.
    if (value >= limit() && value !== Infinity) throw wrong(name, `below ${limit()}, or Infinity, in a stream`, value);
  }
  let json;
  const { push, end } = streaming(numbers(options), limit("maxHeld", maxHeld), (bytes) => json.enqueue(bytes), onDropped);
  return new TransformStream({
    start: (controller) => void (json = controller),
    transform(chunk) {
      if (!isBytes(chunk)) throw wrong("each chunk", "a Uint8Array or an ArrayBuffer", chunk);
      push(bodyOf(chunk));
    },
    flush: end,
  });
}
