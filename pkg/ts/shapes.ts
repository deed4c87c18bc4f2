// Events in any shape. Programs that do not import this entry load none of it.
import presets from "#shapes";
import {
  type EventInfo,
  type FormBody,
  type FormBytes,
  FormError,
  type FormMembers,
  type FormOptions,
  type FormRequest,
  formToJson,
  readBody,
} from "./index.js";
import type { MultipartForm } from "./multipart.js";
import { checkMembers, INFO, isPlain, members, milliseconds, OPTIONS, show, string, wrong } from "./options.js";
import { relocated } from "./relocated.js";
import { bytesOf, encoder, segments } from "./segments.js";

/** The names of shapes, the default first. */
export const SHAPES = ["template", "flat", "flat-raw", "data", "serverless", "passthrough", "raw", "proxy-v1", "proxy-v2"] as const;

/** The name of a shape in wide use. */
export type ShapeName = (typeof SHAPES)[number];

/**
 * The shapes with these names, each with the options that go with it, so that you can pass `PRESETS.data` or
 * `{ ...PRESETS.data, maxBytes: 1_000_000 }` as options. Do not change them.
 */
export const PRESETS: Readonly<Record<ShapeName, Preset>> = presets;

/** A shape in wide use. */
export interface Preset extends Readonly<Pick<FormOptions, "rules" | "decode">> {
  readonly shape: ShapeDocument;
}

/** A JSON document with holes: an object, an array, or a string that is a hole itself. */
export type ShapeDocument = object | `$${string}`;

/** How a body becomes an event. */
export interface EventOptions extends FormOptions {
  /**
   * The event's shape: a name, or a JSON document with holes, such as
   * `{ form: "$pairs", from: "$sourceIp" }`. Default: `"template"`.
   *
   * A hole is a string: `$pairs`, `$body`, `$bodyBase64`, `$isBase64Encoded`, `$headers`,
   * `$multiValueHeaders`, `$combinedHeaders`, `$stage`, `$sourceIp`, `$userAgent`, `$method`, `$path`,
   * `$queryString`, `$queryStringParameters`, `$multiValueQueryStringParameters`,
   * `$combinedQueryStringParameters`, `$requestId`, `$time`, `$timeEpoch`, `$dropped`, and `$extra.NAME` for
   * a member of `info.extra`, if JSON escapes nothing in its name. Write `$$` for a dollar sign at the
   * beginning of a string.
   *
   * A name brings its own `rules` and `decode`, unless you set them. An object is compiled once, so keep it
   * in a constant; to change it, pass another one.
   */
  shape?: ShapeName | ShapeDocument | undefined;
}

// ---- Holes

/** The values for the holes. */
interface Values {
  readonly body: FormBytes;
  /** The form in the body, if it is multipart. */
  readonly form: MultipartForm | undefined;
  readonly options: FormOptions;
  readonly headers: readonly string[];
  /** The strings of `info`, by their holes. */
  readonly strings: ReadonlyMap<string, string>;
  readonly time: number;
  readonly holes: ReadonlySet<string>;
}

type Fill = (out: Output, values: Values) => void;

const query =
  (duplicates: "last" | "arrays", change: (json: string) => string = String): Fill =>
  (out, { strings, options: { utf8 } }) =>
    addPairs(out, strings.get("$queryString") as string, { rules: "whatwg", decode: true, duplicates, utf8 }, change);

// The strings of `info` need no function.
const HOLES: Readonly<Record<string, Fill | undefined>> = {
  $pairs: (out, { body, form, options }) => {
    if (form) addFields(out, form, options);
    else addPairs(out, body, options);
    out.offset = body.length;
  },
  $body: (out, { body, options }) => out.string(textOf(body, options)),
  $bodyBase64: (out, { body }) => addBase64(out, body),
  $isBase64Encoded: (out, { holes }) => out.raw(String(holes.has("$bodyBase64") && !holes.has("$body"))),
  $headers: (out, { headers }) => addObject(out, headers),
  $multiValueHeaders: (out, { headers }) => addGroups(out, headers),
  $combinedHeaders: (out, { headers }) => addCombined(out, headers),
  $stage: undefined,
  $sourceIp: undefined,
  $userAgent: undefined,
  $method: undefined,
  $path: undefined,
  $queryString: undefined,
  $queryStringParameters: query("last"),
  $multiValueQueryStringParameters: query("arrays"),
  $combinedQueryStringParameters: query("arrays", combineLists),
  $requestId: undefined,
  $time: (out, { time }) => out.raw(JSON.stringify(new Date(time))),
  $timeEpoch: (out, { time }) => out.raw(String(time)),
  $dropped: (out, { body, form, options: { rules } }) => {
    if (form) {
      out.raw(JSON.stringify(form.dropped(rules)));
      out.check(0);
    } else addDropped(out, rules === "whatwg" ? new Uint8Array() : body);
  },
};

const EXTRA = "$extra.";

/** An event that is being written. It checks `maxOutput` where the crate's `Writer` does, so that both refuse the same. */
class Output {
  json = "";
  length = 0;
  /** The place in the body that an error reports. */
  offset = 0;
  constructor(readonly max: number) {}

  /** Writes JSON without a check. */
  raw(json: string): void {
    this.json += json;
    if (this.max < Infinity) this.length += /[\u0080-\uffff]/.test(json) ? encoder.encode(json).length : json.length;
  }

  string(text: string): void {
    this.check(text.length);
    this.raw(JSON.stringify(wellFormed(text)));
    this.check(0);
  }

  /** Refuses the event if `more` bytes are too many. */
  check(more: number): void {
    const { max: limit, length, offset } = this;
    if (length + more <= limit) return;
    throw FormError.of("too-much-output", `the JSON exceeds maxOutput (${limit} bytes) at byte offset ${offset} of the body`, {
      offset,
      limit,
    });
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// A lone surrogate becomes U+FFFD, as everywhere.
const wellFormed = (text: string): string => (/[\ud800-\udfff]/.test(text) ? decoder.decode(encoder.encode(text)) : text);

/** Writes the pairs of the body or, with `ofQuery`, what that makes of those of the query string. */
function addPairs(out: Output, text: FormBody, options: FormOptions, ofQuery?: (json: string) => string): void {
  try {
    const json = formToJson(text, { ...options, maxOutput: Math.max(out.max - out.length, 0) });
    out.raw(ofQuery ? ofQuery(json) : json);
  } catch (error) {
    const { code, offset = 0 } = error as FormError;
    if (code === "too-much-output") {
      // The error reports a place in the body, and the limit for all of the event.
      if (!ofQuery) out.offset = offset;
      out.check(Infinity);
    }
    if (!ofQuery || code !== "invalid-utf8") throw error;
    throw FormError.of(code, `the query string is not UTF-8 at byte offset ${offset} (utf8: "strict")`, { offset });
  }
}

function addFields(out: Output, form: MultipartForm, options: FormOptions): void {
  try {
    // The limit is for the body as it was sent.
    addPairs(out, form.urlencoded, { ...options, decode: true, maxBytes: undefined });
  } catch (error) {
    throw relocated(error, form);
  }
}

function textOf(body: FormBytes, { utf8 }: FormOptions): string {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: utf8 === "strict" }).decode(body);
  } catch (error) {
    // By these rules every byte belongs to a pair: reports the invalid byte, or that the text is too long.
    formToJson(body, { rules: "whatwg", utf8 });
    throw error;
  }
}

// A multiple of three bytes, so that only the last piece has padding.
const PIECE = 3 << 12;

function addBase64(out: Output, bytes: FormBytes): void {
  out.check(Math.ceil(bytes.length / 3) * 4);
  out.raw('"');
  // In pieces: Node's `btoa` ends the process if its result is too long.
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    out.raw("toBase64" in piece ? (piece.toBase64 as () => string)() : btoa(String.fromCharCode.apply(null, piece as unknown as number[])));
  }
  out.raw('"');
}

function addMembers(out: Output, list: readonly string[]): void {
  for (let at = 0; at < list.length; at += 2) {
    if (at) out.raw(",");
    out.string(list[at] as string);
    out.raw(":");
    out.string(list[at + 1] as string);
  }
}

function addObject(out: Output, list: readonly string[]): void {
  out.raw("{");
  addMembers(out, list);
  out.raw("}");
}

/** The headers by their names in lower case: the name of the first, and all values. */
function groups(headers: readonly string[]): Iterable<[lower: string, group: string[]]> {
  const groups = new Map<string, string[]>();
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = headers.slice(at, at + 2) as [string, string];
    const lower = wellFormed(name).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    const group = groups.get(lower);
    if (group) group.push(value);
    else groups.set(lower, [name, value]);
  }
  return groups;
}

function addGroups(out: Output, headers: readonly string[]): void {
  let before = "{";
  for (const [, [name, ...values]] of groups(headers)) {
    out.raw(before);
    out.string(name as string);
    values.forEach((value, at) => {
      out.raw(at ? "," : ":[");
      out.string(value);
    });
    before = "],";
  }
  out.raw(before === "{" ? "{}" : "]}");
}

function addCombined(out: Output, headers: readonly string[]): void {
  // RFC 6265 has a separator of its own, and HTTP/2 sends one header for each cookie.
  addObject(out, Array.from(groups(headers), ([name, [, ...values]]) => [name, values.join(name === "cookie" ? "; " : ",")]).flat());
}

/** Makes each list of strings in the JSON one string, with commas between. */
function combineLists(json: string): string {
  let isList = false;
  return json.replace(/"(?:[^"\\]|\\.)*"|[[\]]/g, (token) => {
    if (token.length > 1) return isList ? token.slice(1, -1) : token;
    isList = token === "[";
    return '"';
  });
}

function addDropped(out: Output, bytes: FormBytes): void {
  let before = '[{"offset":';
  for (const { start, end, reason } of segments(bytes)) {
    if (!reason) continue;
    out.offset = start;
    out.raw(`${before}${start},"text":`);
    out.string(decoder.decode(bytes.subarray(start, end)));
    out.raw(`,"reason":"${reason}"`);
    out.check(0);
    before = '},{"offset":';
  }
  out.raw(before.startsWith("[") ? "[]" : "}]");
}

// ---- Shapes

const MAX_DEPTH = 64;

/** A compiled shape: JSON between which the values of the holes go. */
interface Shape {
  readonly json: readonly string[];
  /** The hole after each piece of JSON but the last. */
  readonly slots: readonly string[];
  readonly holes: ReadonlySet<string>;
  /** The names of the outermost object, if it is one. */
  readonly names: ReadonlySet<string> | undefined;
}

const compiled = new WeakMap<object, Shape>();

/** Returns the shape for the option `shape`, and the options that go with it. */
function shapeOf(given: unknown = SHAPES[0]): [Shape, FormOptions] {
  const preset: { shape: unknown } = SHAPES.includes(given as ShapeName) ? presets[given as ShapeName] : { shape: given };
  const { shape: document, ...options } = preset;
  if (typeof document === "string" && document.startsWith("$")) return [compile(document), options];
  if (typeof document !== "object" || !document)
    throw wrong("shape", `an object, a hole or one of ${SHAPES.map(show).join(", ")}`, document);
  let shape = compiled.get(document);
  if (!shape) {
    shape = compile(document);
    compiled.set(document, shape);
  }
  return [shape, options];
}

function compile(document: unknown): Shape {
  const json = [""];
  const slots: string[] = [];
  const names = new Set<string>();
  const write = (text: string): void => {
    json[json.length - 1] += text;
  };
  const addText = (text: string, place: string): string => {
    // The crate refuses it, too: UTF-8 has no such character.
    if (wellFormed(text) !== text) throw new TypeError(`${place} has a lone surrogate`);
    const result = text.replace(/^\$/, "");
    write(JSON.stringify(result));
    return result;
  };
  const add = (value: unknown, depth: number, place: string): void => {
    const isArray = Array.isArray(value);
    if (typeof value === "string") {
      if (!isHole(value)) addText(value, place);
      else if (Object.hasOwn(HOLES, value) || (/^\$extra\..+$/s.test(value) && JSON.stringify(value) === `"${value}"`)) {
        slots.push(value);
        json.push("");
      } else {
        const holes = Object.keys(HOLES).join(", ");
        throw new TypeError(`shape: ${show(value)} is not a hole; the holes are ${holes} and $extra.NAME; write $$ for a dollar sign`);
      }
    } else if (value === null || typeof value === "boolean" || Number.isFinite(value)) write(JSON.stringify(value));
    else if (!isArray && !isPlain(value)) throw wrong(place, "a JSON value", value);
    else if (depth === MAX_DEPTH) throw new TypeError(`shape nests deeper than ${MAX_DEPTH} levels`);
    else {
      write(isArray ? "[" : "{");
      const entries: [number | string, unknown][] = isArray ? [...value.entries()] : Object.entries(value);
      entries.forEach(([name, item], at) => {
        const itemPlace = `${place}[${show(name)}]`;
        if (at) write(",");
        if (typeof name === "string") {
          if (isHole(name)) {
            throw new TypeError(`shape: the name ${show(name)} begins with $, but only values can be holes; write $$ for a dollar sign`);
          }
          const text = addText(name, itemPlace);
          if (!depth) names.add(text);
          write(":");
        }
        add(item, depth + 1, itemPlace);
      });
      write(isArray ? "]" : "}");
    }
  };
  add(document, 0, "shape");
  return { json, slots, holes: new Set(slots), names: isPlain(document) ? names : undefined };
}

const isHole = (text: string): boolean => /^\$(?!\$)/.test(text);

// ---- Events

/** The members of `info` that a request provides. */
type Own = Partial<Pick<EventInfo, "headers" | "userAgent" | "method" | "path" | "queryString">>;

/** Checks the arguments, and returns the function that makes the event of a body. */
function maker(info: EventInfo = {}, options: EventOptions = {}, own: Own = {}): (body: FormBody | MultipartForm) => string {
  checkMembers("options", options, [...OPTIONS, "shape"]);
  const [{ json, slots, holes, names }, all] = shapeOf(options.shape);
  for (const name of OPTIONS as (keyof FormOptions)[]) {
    if (options[name] !== undefined) Object.assign(all, { [name]: options[name] });
  }
  // Checks their values. Even `{}` may exceed `maxOutput`.
  try {
    formToJson("", all);
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
  }
  const { maxBytes = Infinity, maxOutput = Infinity } = all;
  const {
    headers = own.headers ?? {},
    stage = "",
    sourceIp = "",
    userAgent = own.userAgent ?? "",
    method = own.method ?? "",
    path = own.path ?? "",
    queryString = own.queryString ?? "",
    requestId = "",
    time = Date.now(),
    extra = {},
  } = checkMembers("info", info, INFO);
  const strings = new Map<string, string>();
  for (const [name, value] of Object.entries({ stage, sourceIp, userAgent, method, path, queryString, requestId })) {
    strings.set(`$${name}`, string(name, value));
  }
  const date = milliseconds("time", time);
  const named = members("extra", extra);
  // The members without a hole.
  const rest: string[] = [];
  for (let at = 0; at < named.length; at += 2) {
    const name = wellFormed(named[at] as string);
    const value = named[at + 1] as string;
    const hole = EXTRA + name;
    const isPlaced = holes.has(hole);
    if (strings.has(hole) || (!isPlaced && names?.has(name))) {
      throw FormError.of("member-exists", `the event already has a member ${JSON.stringify(name)}`);
    }
    if (!isPlaced && !names) {
      throw FormError.of("member-unplaced", `the shape has no place for ${show(name)}: it is not an object and has no ${show(hole)}`);
    }
    strings.set(hole, value);
    if (!isPlaced) rest.push(name, value);
  }
  for (const hole of holes) {
    if (hole.startsWith(EXTRA) && !strings.has(hole)) {
      const name = show(hole.slice(EXTRA.length));
      throw FormError.of("member-missing", `the shape has the hole ${show(hole)}, but info.extra has no ${name}`);
    }
  }
  const values = { options: all, headers: members("headers", headers as FormMembers), strings, time: date, holes };
  return (given) => {
    const form = typeof (given as MultipartForm)?.partAt === "function" ? (given as MultipartForm) : undefined;
    const body = bytesOf(form?.body ?? (given as FormBody));
    // Refuses a body that is too long, also for a shape that has no use for it.
    if (body.length > maxBytes) formToJson(body, { maxBytes });
    const out = new Output(maxOutput);
    try {
      slots.forEach((hole, at) => {
        out.raw(json[at] as string);
        const fill = HOLES[hole];
        if (fill) fill(out, { ...values, body, form });
        else out.string(strings.get(hole) as string);
      });
      const end = json[slots.length] as string;
      if (rest.length) {
        out.raw(end.slice(0, -1) + (names?.size ? "," : ""));
        addMembers(out, rest);
        out.raw("}");
      } else out.raw(end);
    } catch (error) {
      // Node's decoder has a code of its own.
      if (!(error instanceof RangeError) && !/too.long/i.test((error as FormError).code)) throw error;
      throw FormError.of("too-long-for-string", "the event is too long for a string", { cause: error });
    }
    out.check(0);
    return out.json;
  };
}

/**
 * Returns the event for a body as JSON, in the shape of `options.shape`.
 *
 * By default a repeated key is written again, and common JSON readers keep only its last value. Set
 * `duplicates: "group"` to get them all.
 *
 * @param body the body, or a multipart form that `parseMultipart` of `formevent/multipart` read. Its values are written as
 * they were typed, whatever `decode` says; `$body` and `$bodyBase64` have the body as it was sent
 * @throws {FormError} if the body exceeds a limit or violates strict UTF-8, if `info.extra` does not fit the shape, or
 * with the code `too-long-for-string` if the event is longer than a string can be
 * @throws {TypeError} if an argument has the wrong type, you pass an unknown option or value, or `shape` is no shape
 * @example
 * formToEvent("name=Ada", { requestId: "42" }, { shape: "proxy-v2" });
 */
export function formToEvent(body: FormBody | MultipartForm, info?: EventInfo, options?: EventOptions): string {
  return maker(info, options)(body);
}

/** Like {@link formToEvent}, but returns UTF-8 bytes. It makes them of a string, so they have the same limit. */
export function formToEventBytes(body: FormBody | MultipartForm, info?: EventInfo, options?: EventOptions): FormBytes {
  return encoder.encode(maker(info, options)(body));
}

/**
 * Reads a request and returns its event in UTF-8, in the shape of `options.shape`. Headers, user agent,
 * method, path and query string are those of the request, unless you set them in `info`. You have to check
 * the content type yourself. Reads the whole body first, up to `maxBytes`.
 *
 * @throws {FormError} like {@link formToEvent}, and with the code `unreadable-body` if the body breaks off
 * @throws {TypeError} like {@link formToEvent}, without touching the body, and if the body is already used
 */
export async function eventFromRequest(request: FormRequest, info?: EventInfo, options?: EventOptions): Promise<FormBytes> {
  if (typeof request?.headers?.get !== "function") throw wrong("the request", "a Request", request);
  const { headers, method = "", url = "" } = request as FormRequest & { method?: string; url?: string };
  // https://www.rfc-editor.org/rfc/rfc3986#appendix-B
  const [, path = "", queryString = ""] = /^(?:[^:/?#]+:)?(?:\/\/[^/?#]*)?([^?#]*)\??([^#]*)/.exec(url) ?? [];
  const make = maker(info, options, { headers, method, userAgent: headers.get("user-agent") ?? "", path, queryString });
  const body = await readBody(request, options?.maxBytes);
  return encoder.encode(make(body));
}
