/** How a body becomes JSON. What is left out is as the mapping template has it. */
export interface Options {
  /**
   * How the body is split. `"template"` (the default): a pair has exactly one `=` and at least one
   * byte before it, everything else is dropped. `"whatwg"`: the URL Standard's parser, which splits
   * at the first `=` and drops nothing.
   */
  rules?: "template" | "whatwg";
  /** Whether `+` becomes a space and `%XX` a byte. Default: `false`. */
  decode?: boolean;
  /**
   * What is written for a name that comes more than once. `"keep"` (the default): the name again for
   * each pair. `"first"`, `"last"`: that value. `"group"`: an array of all values. In these three
   * the name stands once, at the place of its first pair.
   */
  duplicates?: "keep" | "first" | "last" | "group";
  /**
   * What happens to bytes that are not UTF-8. `"replace"` (the default): they become U+FFFD.
   * `"strict"`: a {@link FormError} with the code `invalid-utf8`.
   */
  utf8?: "replace" | "strict";
  /** The longest body, in bytes. Default: no limit. */
  maxBytes?: number;
  /** The most pairs. Default: no limit. */
  maxPairs?: number;
  /** The longest JSON, in bytes. Default: no limit. */
  maxOutput?: number;
}

/** What stands in the event beside the pairs. */
export interface EventInfo {
  /** In the order and case given. A `Headers` object gives its names in lower case, sorted. */
  headers?: Headers | Record<string, string> | Iterable<readonly [string, string]>;
  /** The stage of the API. Default: `""`. */
  stage?: string;
  /** The address that the request came from. Default: `""`. */
  sourceIp?: string;
  /** The sender's user agent. Default: `""`. */
  userAgent?: string;
  /** More members, after `userAgent`; their names must not be those of the event's own members. */
  extra?: Record<string, string> | Iterable<readonly [string, string]>;
}

/** A posted body. A string is taken as `TextEncoder` encodes it: a lone surrogate is U+FFFD. */
export type Body = string | Uint8Array | ArrayBuffer;

/** A `Uint8Array` of its own, as `TextEncoder` makes it. */
export type Bytes = ReturnType<TextEncoder["encode"]>;

/** `WebAssembly.Module`, where TypeScript knows it. */
export type Module = typeof globalThis extends { WebAssembly: { Module: { prototype: infer M } } } ? M : object;

/**
 * The pairs of a body as a JSON object: `{"name":"value",…}` in the body's order.
 *
 * @throws {FormError} where a limit is passed or strict UTF-8 is violated
 * @throws {TypeError} where an argument is of the wrong type or an option has an unknown value
 * @example
 * formToJson("name=Ada+L.&note=", { decode: true }); // '{"name":"Ada L.","note":""}'
 */
export function formToJson(body: Body, options?: Options): string;

/** As {@link formToJson}, in UTF-8: what to send on without making a string of it. */
export function formToJsonBytes(body: Body, options?: Options): Bytes;

/**
 * The event of a body as JSON:
 * `{"headers":{…},"querystring":{…},"stage":"…","sourceIp":"…","userAgent":"…"}`, then the members
 * of `info.extra`. The pairs stand in `querystring`, as the mapping template calls it.
 *
 * @throws {FormError} also where an extra member has a name that the event already has
 * @throws {TypeError} where an argument is of the wrong type or an option has an unknown value
 * @example
 * formToEvent("name=Ada", { stage: "prod", sourceIp: "192.0.2.1" });
 */
export function formToEvent(body: Body, info?: EventInfo, options?: Options): string;

/** As {@link formToEvent}, in UTF-8. */
export function formToEventBytes(body: Body, info?: EventInfo, options?: Options): Bytes;

/** What a body holds: the pairs (decoded if `options.decode` says so), and what is dropped. */
export interface Inspection {
  /** `offset` is where the pair begins in the body, in bytes. */
  pairs: { key: string; value: string; offset: number }[];
  /** `text` is the whole segment as it was sent. */
  dropped: { offset: number; text: string; reason: "no-equals" | "many-equals" | "empty-key" }[];
}

/**
 * The pairs of a body and what the rules drop of it, with offsets in bytes.
 *
 * @throws {FormError} for what {@link formToJson} refuses
 * @example
 * inspect("a=1&b").dropped; // [{ offset: 4, text: "b", reason: "no-equals" }]
 */
export function inspect(body: Body, options?: Options): Inspection;

/**
 * The event of a request, in UTF-8: its body, its headers and its user agent, unless `info` has
 * others. The content type is for the caller to look at. Wrong arguments are found before the body is
 * taken.
 *
 * A body of more than 64 KiB becomes the event while it comes, as with {@link formToJsonStream}: what is
 * dropped or decoded away takes no memory, and after an error no more is read. (With `duplicates` other
 * than `"keep"`, and in a browser without `request.body`, the body is read as a whole.) Where more than
 * one thing is wrong, the error is then for the one that comes first.
 *
 * @throws {FormError} as {@link formToEvent}
 */
export function eventFromRequest(request: Request, info?: EventInfo, options?: Options): Promise<Bytes>;

/**
 * The body of a request, for those who look at it before they make the event (with {@link inspect}).
 * One of more than `maxBytes` is not read to its end, as with {@link eventFromRequest}.
 *
 * @param maxBytes the longest body, in bytes. Default: no limit
 * @throws {FormError} with the code `too-many-bytes`
 */
export function readBody(request: Request, maxBytes?: number): Promise<Bytes>;

/** How a stream of a body becomes JSON. */
export interface StreamOptions extends Options {
  /**
   * The most bytes of the body that are held back: with the rules `"template"` the longest pair, with
   * `duplicates` other than `"keep"` the longest body. Default: 1 MiB. `Infinity` is no limit.
   */
  maxHeld?: number;
  /**
   * Is told of each segment that is no pair, in order: where it begins in the body, in bytes, and why.
   * What it throws ends the stream.
   */
  onDropped?: (dropped: { offset: number; reason: "no-equals" | "many-equals" | "empty-key" }) => void;
}

/** `TransformStream`, where TypeScript knows it. */
export type Transform = typeof globalThis extends { TransformStream: { prototype: infer T } } ? T : object;

/**
 * A transform stream from a body to its object of pairs: what {@link formToJson} makes of the whole
 * body, in chunks of UTF-8, however the body is cut. Bodies may be of any size: it holds back what has
 * not been decided, and the JSON of 64 KiB of the body at a time. Limits are below 4,294,967,295, or
 * none; offsets stop there.
 *
 * The stream ends in a {@link FormError} where a limit is passed, strict UTF-8 is violated, or more than
 * `maxHeld` has to be held back. What came out before is the beginning of an object without its end.
 *
 * @throws {TypeError} where an option is of the wrong type or has an unknown value
 * @example
 * await request.body.pipeThrough(formToJsonStream({ decode: true })).pipeTo(destination);
 */
export function formToJsonStream(options?: StreamOptions): Transform;

/** What was wrong with a body, or with what was asked of it. The message has all of it in words. */
export class FormError extends Error {
  private constructor();
  readonly name: "FormError";
  readonly code:
    | "too-many-bytes"
    | "too-many-pairs"
    | "too-much-output"
    | "too-much-held"
    | "invalid-utf8"
    | "member-exists"
    | "out-of-memory";
  /** Where in the body, in bytes of its UTF-8. */
  readonly offset?: number;
  /** The limit that was passed. */
  readonly limit?: number;
}

/**
 * Loads the WebAssembly module. Browsers need it once before anything else, and `formevent/slim`
 * everywhere; elsewhere the module is there already and this does nothing.
 *
 * @param source a URL, a `Response`, the module's bytes, or the compiled module; in browsers it may
 *   be left out, and the file of the package is fetched
 */
export function init(
  source?: string | URL | Response | Uint8Array | ArrayBuffer | Module | Promise<Response>,
): Promise<void>;

/** As {@link init}, for those who have the module's bytes or the compiled module at hand. */
export function initSync(source: Uint8Array | ArrayBuffer | Module): void;
