// Events in any shape. Only these functions know shapes: who does not import them loads nothing of them.
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
  inspect,
  readBody,
} from "./index.js";
import { bodyOf, checkMembers, INFO, limit, members, OPTIONS, show, string, wrong } from "./options.js";

/** The names of shapes, the default first. */
export const SHAPES = ["template", "flat", "flat-raw", "data", "serverless", "passthrough", "raw", "proxy-v1", "proxy-v2"] as const;

/** The name of a shape in wide use. */
export type ShapeName = (typeof SHAPES)[number];

/** The shapes with these names, each with the options that go with it. Do not change them. */
export const PRESETS: Readonly<Record<ShapeName, Preset>> = presets;

/** A shape in wide use. */
export interface Preset extends Readonly<Pick<FormOptions, "rules" | "decode">> {
  readonly shape: unknown;
}

/** How a body becomes an event. */
export interface EventOptions extends FormOptions {
  /**
   * The event's shape: a name, or a JSON document with holes, such as
   * `{ form: "$pairs", from: "$sourceIp" }`. Default: `"template"`.
   *
   * A hole is a string: `$pairs`, `$body`, `$bodyBase64`, `$isBase64Encoded`, `$headers`,
   * `$multiValueHeaders`, `$combinedHeaders`, `$stage`, `$sourceIp`, `$userAgent`, `$method`, `$path`,
   * `$queryString`, `$queryStringParameters`, `$multiValueQueryStringParameters`,
   * `$combinedQueryStringParameters`, `$requestId`, `$time`, `$timeEpoch`, `$dropped`, and `$extra.NAME` for a member of `info.extra`. Write `$$` for a dollar sign at the
   * beginning of a string.
   *
   * A name brings its own `rules` and `decode`, unless you set them. An object is compiled once: to
   * change it, pass another one.
   */
  shape?: ShapeName | object | undefined;
}

// ---- Shapes

/** What a hole of the shape is filled with. */
interface Values {
  readonly body: FormBody;
  readonly options: FormOptions;
  readonly headers: readonly string[];
  readonly extra: ReadonlyMap<string, string>;
  readonly strings: Readonly<Record<string, string>>;
  readonly time: number;
  readonly isBase64Encoded: boolean;
}

const HOLES: Readonly<Record<string, (values: Values) => string>> = {
  $pairs: ({ body, options }) => formToJson(body, options),
  $body: ({ body, options }) => quoted(textOf(body, options)),
  $bodyBase64: ({ body, options }) => quoted(base64(bytesOf(body, options))),
  $isBase64Encoded: ({ isBase64Encoded }) => String(isBase64Encoded),
  $headers: ({ headers }) => object(headers),
  $multiValueHeaders: ({ headers }) => grouped(headers),
  $combinedHeaders: ({ headers }) => combined(headers),
  $stage: ({ strings }) => quoted(strings.stage as string),
  $sourceIp: ({ strings }) => quoted(strings.sourceIp as string),
  $userAgent: ({ strings }) => quoted(strings.userAgent as string),
  $method: ({ strings }) => quoted(strings.method as string),
  $path: ({ strings }) => quoted(strings.path as string),
  $queryString: ({ strings }) => quoted(strings.queryString as string),
  $queryStringParameters: (values) => query(values, "last"),
  $multiValueQueryStringParameters: (values) => query(values, "arrays"),
  $combinedQueryStringParameters: (values) => combineLists(query(values, "arrays")),
  $requestId: ({ strings }) => quoted(strings.requestId as string),
  $time: ({ time }) => quoted(new Date(time).toISOString()),
  $timeEpoch: ({ time }) => String(time),
  $dropped: ({ body, options: { rules, maxBytes } }) => JSON.stringify(inspect(body, { rules, maxBytes }).dropped),
};

const EXTRA = "$extra.";
const MAX_DEPTH = 64;

/** A compiled shape: JSON between which the values of the holes go. */
interface Shape {
  readonly json: readonly string[];
  readonly holes: readonly string[];
  /** The names of the outermost object, if it is one. */
  readonly names: ReadonlySet<string> | undefined;
  readonly options: FormOptions;
}

const compiled = new WeakMap<object, Shape>();

function shapeOf(shape: unknown = SHAPES[0]): Shape {
  const name = SHAPES.indexOf(shape as ShapeName) >= 0;
  if (!name && (typeof shape !== "object" || !shape)) throw wrong("shape", `an object or one of ${SHAPES.map(show).join(", ")}`, shape);
  const key = (name ? presets[shape as ShapeName] : shape) as object;
  let result = compiled.get(key);
  if (!result) {
    const { shape: document, ...options } = (name ? key : { shape: key }) as { shape: unknown } & FormOptions;
    result = compile(document, options);
    compiled.set(key, result);
  }
  return result;
}

function compile(shape: unknown, options: FormOptions): Shape {
  const json = JSON.stringify(shape);
  if (json === undefined) throw wrong("shape", "a JSON document", shape);
  const document = JSON.parse(json);
  const parts = [""];
  const holes: string[] = [];
  const write = (text: string): void => {
    parts[parts.length - 1] += text;
  };
  const addString = (text: string): void => {
    if (!text.startsWith("$") || text.startsWith("$$")) {
      write(quoted(text.replace(/^\$/, "")));
      return;
    }
    if (!Object.hasOwn(HOLES, text) && !(text.startsWith(EXTRA) && text !== EXTRA)) {
      throw new TypeError(`shape: ${show(text)} is not a hole; ${ALLOWED}`);
    }
    holes.push(text);
    parts.push("");
  };
  const add = (value: unknown, depth: number): void => {
    if (typeof value === "string") addString(value);
    else if (typeof value !== "object" || !value) write(JSON.stringify(value));
    else if (depth > MAX_DEPTH) throw new TypeError(`shape nests deeper than ${MAX_DEPTH} levels`);
    else {
      const isArray = Array.isArray(value);
      write(isArray ? "[" : "{");
      Object.entries(value).forEach(([name, item], at) => {
        write((at ? "," : "") + (isArray ? "" : `${quoted(nameOf(name))}:`));
        add(item, depth + 1);
      });
      write(isArray ? "]" : "}");
    }
  };
  add(document, 1);
  const isObject = typeof document === "object" && document && !Array.isArray(document);
  return { json: parts, holes, options, names: isObject ? new Set(Object.keys(document).map(nameOf)) : undefined };
}

const ALLOWED = `the holes are ${Object.keys(HOLES).join(", ")} and $extra.NAME; write $$ for a dollar sign`;

function nameOf(name: string): string {
  if (!name.startsWith("$")) return name;
  if (name.startsWith("$$")) return name.slice(1);
  throw new TypeError(`shape: the name ${show(name)} begins with $, but only values can be holes; write $$ for a dollar sign`);
}

// ---- Values

const encoder = new TextEncoder();

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// A lone surrogate becomes U+FFFD, as everywhere.
const wellFormed = (text: string): string => (/[\ud800-\udfff]/.test(text) ? decoder.decode(encoder.encode(text)) : text);
const quoted = (text: string): string => JSON.stringify(wellFormed(text));

function object(list: readonly string[]): string {
  let json = "";
  for (let at = 0; at < list.length; at += 2) json += `${at ? "," : ""}${quoted(list[at] as string)}:${quoted(list[at + 1] as string)}`;
  return `{${json}}`;
}

/** For each name the values, and before them the name of the first. */
function groups(headers: readonly string[]): Iterable<[lower: string, [name: string, ...values: string[]]]> {
  const groups = new Map<string, [string, ...string[]]>();
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = headers.slice(at, at + 2) as [string, string];
    const lower = wellFormed(name).replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
    const group = groups.get(lower);
    if (group) group.push(value);
    else groups.set(lower, [name, value]);
  }
  return groups;
}

const grouped = (headers: readonly string[]): string =>
  `{${Array.from(groups(headers), ([, [name, ...values]]) => `${quoted(name)}:[${values.map(quoted)}]`)}}`;

// RFC 6265 has a separator of its own, and HTTP/2 sends one header for each cookie.
const combined = (headers: readonly string[]): string =>
  object(Array.from(groups(headers), ([name, [, ...values]]) => [name, values.join(name === "cookie" ? "; " : ",")]).flat());

/** Makes each list of strings in the JSON one string, with commas between. */
function combineLists(json: string): string {
  let isList = false;
  return json.replace(/"(?:[^"\\]|\\.)*"|[[\]]/g, (token) => {
    if (token.length > 1) return isList ? token.slice(1, -1) : token;
    isList = token === "[";
    return '"';
  });
}

function query({ strings, options: { utf8 } }: Values, duplicates: "last" | "arrays"): string {
  try {
    return formToJson(strings.queryString as string, { rules: "whatwg", decode: true, duplicates, utf8 });
  } catch (error) {
    if (!(error instanceof FormError) || error.code !== "invalid-utf8") throw error;
    const { offset } = error;
    throw FormError.of("invalid-utf8", `the query string is not UTF-8 at byte offset ${offset} (utf8: "strict")`, { offset });
  }
}

function bytesOf(body: FormBody, { maxBytes }: FormOptions): FormBytes {
  const given = bodyOf(body);
  const bytes = typeof given === "string" ? encoder.encode(given) : given;
  // Refuses a body that is too long.
  if (bytes.length > limit("maxBytes", maxBytes)) formToJson(bytes, { maxBytes });
  return bytes;
}

function textOf(body: FormBody, { maxBytes, utf8 }: FormOptions): string {
  const bytes = bytesOf(body, { maxBytes });
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: utf8 === "strict" }).decode(bytes);
  } catch (error) {
    // By these rules every byte belongs to a pair, so that this finds the wrong one.
    formToJson(bytes, { rules: "whatwg", utf8 });
    throw error;
  }
}

function base64(bytes: FormBytes): string {
  if ("toBase64" in bytes) return (bytes.toBase64 as () => string)();
  let binary = "";
  for (let at = 0; at < bytes.length; at += 1 << 13) binary += String.fromCharCode(...bytes.subarray(at, at + (1 << 13)));
  return btoa(binary);
}

// ---- Events

/** What an event takes from its request. */
type Own = Partial<Pick<EventInfo, "headers" | "userAgent" | "method" | "path" | "queryString">>;

/** Checks the arguments, and returns the function that makes the event of a body. */
function maker(info: EventInfo = {}, options: EventOptions = {}, own: Own = {}): (body: FormBody) => string {
  const { shape: given, ...set } = checkMembers("options", options, [...OPTIONS, "shape"]);
  const shape = shapeOf(given);
  const all: FormOptions = { ...shape.options };
  for (const [name, value] of Object.entries(set)) if (value !== undefined) Object.assign(all, { [name]: value });
  // Checks the options.
  formToJson("", all);
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
  const strings = { stage, sourceIp, userAgent, method, path, queryString, requestId };
  for (const [name, value] of Object.entries(strings)) string(name, value);
  const milliseconds = Number(time);
  if (!Number.isInteger(milliseconds) || milliseconds < 0 || milliseconds > 8.64e15) {
    throw wrong("time", "a Date or a whole number of ms from 0", time);
  }
  const named = members("extra", extra);
  const values = new Map<string, string>();
  const rest: string[] = [];
  for (let at = 0; at < named.length; at += 2) {
    const name = wellFormed(named[at] as string);
    const value = named[at + 1] as string;
    const isPlaced = shape.holes.includes(EXTRA + name);
    if (values.has(name) || (!isPlaced && shape.names?.has(name))) {
      throw FormError.of("member-exists", `the event already has a member ${JSON.stringify(name)}`);
    }
    if (!isPlaced && !shape.names) {
      throw FormError.of("member-unplaced", `the shape has no place for ${show(name)}: it is no object and has no ${show(EXTRA + name)}`);
    }
    values.set(name, value);
    if (!isPlaced) rest.push(name, value);
  }
  for (const hole of shape.holes) {
    const name = hole.slice(EXTRA.length);
    if (hole.startsWith(EXTRA) && !values.has(name)) {
      throw FormError.of("member-missing", `the shape has the hole ${show(hole)}, but info.extra has no ${show(name)}`);
    }
  }
  const isBase64Encoded = shape.holes.includes("$bodyBase64") && !shape.holes.includes("$body");
  const list = members("headers", headers as FormMembers);
  return (body) => {
    const filled: Values = { body, options: all, headers: list, extra: values, strings, time: milliseconds, isBase64Encoded };
    let json = shape.json[0] as string;
    shape.holes.forEach((hole, at) => {
      json += HOLES[hole]?.(filled) ?? quoted(values.get(hole.slice(EXTRA.length)) as string);
      json += shape.json[at + 1];
    });
    return rest.length ? `${json.slice(0, -1)}${shape.names?.size ? "," : ""}${object(rest).slice(1)}` : json;
  };
}

function within(bytes: FormBytes, body: FormBody, maxOutput: number | undefined): FormBytes {
  if (bytes.length <= limit("maxOutput", maxOutput)) return bytes;
  const offset = bytesOf(body, {}).length;
  const message = `the JSON exceeds maxOutput (${maxOutput} bytes) at byte offset ${offset} of the body`;
  throw FormError.of("too-much-output", message, { offset, limit: maxOutput });
}

/**
 * Returns the event for a body as JSON, in the shape of `options.shape`.
 *
 * By default a repeated key is written again, and common JSON readers keep only its last value. Set
 * `duplicates: "group"` to get them all.
 *
 * @throws {FormError} if the body exceeds a limit or violates strict UTF-8, or if `info.extra` does not fit the shape
 * @throws {TypeError} if an argument has the wrong type, you pass an unknown option or value, or `shape` is no shape
 * @example
 * formToEvent("name=Ada", { requestId: "42" }, { shape: "proxy-v2" });
 */
export function formToEvent(body: FormBody, info?: EventInfo, options?: EventOptions): string {
  const make = maker(info, options);
  bodyOf(body);
  const json = make(body);
  if (options?.maxOutput !== undefined) within(encoder.encode(json), body, options.maxOutput);
  return json;
}

/** Like {@link formToEvent}, but returns UTF-8 bytes. */
export function formToEventBytes(body: FormBody, info?: EventInfo, options?: EventOptions): FormBytes {
  const make = maker(info, options);
  bodyOf(body);
  return within(encoder.encode(make(body)), body, options?.maxOutput);
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
  return within(encoder.encode(make(body)), body, options?.maxOutput);
}
