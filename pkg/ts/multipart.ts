// Forms with files, `multipart/form-data`: https://www.rfc-editor.org/rfc/rfc7578. The rules are those of src/multipart in
// the crate, and so are the errors; tests/vectors/multipart.json and a test with random bodies hold the two together.
import {
  type EventInfo,
  eventFromRequest as eventFromUrlencoded,
  type FormBytes,
  FormError,
  type FormErrorCode,
  type FormOptions,
  type FormRequest,
  formToEventBytes,
  readBody,
} from "./index.js";
import { checkMediaType } from "./media-type.js";
import { checkMembers, limit, OPTIONS, show, string, wrong } from "./options.js";
import { relocated } from "./relocated.js";
import { AMPERSAND, bytesOf, EQUALS, encoder } from "./segments.js";
import { isUtf8Label } from "./utf8-label.js";

/** How to read a multipart form. */
export interface MultipartOptions {
  /**
   * How to treat files. `"drop"` (the default) leaves them out of the event, and {@link MultipartForm.dropped} lists
   * them. `"refuse"` throws a {@link FormError} with the code `file`, unless all are what browsers send for a file input
   * without a file.
   */
  files?: "drop" | "refuse" | undefined;
  /** The longest body to accept, in bytes, files included. Default: no limit. */
  maxBytes?: number | undefined;
  /** The most parts to accept. A part is a field of text or a file. Default: no limit. */
  maxParts?: number | undefined;
  /** The longest headers of a part to accept, in bytes. They have the field's name and the file's. Default: no limit. */
  maxHeaderBytes?: number | undefined;
  /** The longest field of text to accept, in bytes. Default: no limit. */
  maxTextBytes?: number | undefined;
}

/** A part of a multipart form: a field of text, or a file. */
export interface MultipartPart {
  /** The name of the field. `%0D`, `%0A` and `%22` are decoded, which browsers escape so; U+FFFD replaces invalid UTF-8. */
  readonly name: string;
  /** The file's name, decoded like `name`; `undefined` for text. It is the sender's choice, and may be a path. */
  readonly filename: string | undefined;
  /** The part's `Content-Type`, if it has one. */
  readonly contentType: string | undefined;
  /** The text, or the bytes of the file: a view of the form's `body`. */
  readonly bytes: Uint8Array;
  /** The place of the part in the form's `body`, in bytes. */
  readonly offset: number;
}

/** A part that is not in the event, as the hole `$dropped` of a shape shows it. */
export type DroppedPart =
  | {
      readonly offset: number;
      readonly name: string;
      readonly filename: string;
      readonly contentType?: string;
      /** In bytes. */
      readonly size: number;
      readonly reason: "file";
    }
  | { readonly offset: number; readonly text: string; readonly reason: "empty-key" };

/** A form whose parts were all read and are well-formed. */
export interface MultipartForm {
  /** The whole body, as it was sent. */
  readonly body: FormBytes;
  /** All parts, in order. */
  readonly parts: readonly MultipartPart[];
  /**
   * The fields of text as a body of `application/x-www-form-urlencoded`, which every other function takes. Its values
   * are encoded, so set `decode: true` for it.
   */
  readonly urlencoded: FormBytes;
  /**
   * Returns the field of text whose pair is at `offset` in `urlencoded`, such as the offset of an error in it.
   */
  partAt(offset: number): MultipartPart | undefined;
  /**
   * Returns the parts that are not in the event: every file, and by the rules `"template"` (the default) the fields of
   * text with an empty name.
   */
  dropped(rules?: FormOptions["rules"]): DroppedPart[];
}

/** Options of {@link eventFromRequest}. */
export interface MultipartEventOptions extends FormOptions, MultipartOptions {}

// https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1
const MAX_BOUNDARY = 70;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PERCENT = 0x25;
const PLUS = 0x2b;
const DASH = 0x2d;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a body of `multipart/form-data`. The parts are views of it; only the fields of text are copied, urlencoded. What
 * two readers could understand in two ways is an error: lines that end with LF alone, a parameter that comes twice, text
 * outside of the parts.
 *
 * @param body the body, as it was sent
 * @param contentType the value of the header `Content-Type`, which has the boundary
 * @throws {FormError} with the code `media-type` if that is another type, `boundary` if it has no boundary or a wrong one,
 *   `malformed-multipart`, `charset` if a field of text has one other than UTF-8 and US-ASCII, `file` if you refuse files,
 *   and `too-many-bytes`, `too-many-parts`, `too-many-header-bytes` or `too-many-text-bytes`
 * @throws {TypeError} if an argument has the wrong type, or you pass an unknown option or value
 * @example
 * const form = parseMultipart(await request.bytes(), request.headers.get("content-type"), { maxParts: 100 });
 * const event = formToEvent(form.urlencoded, info, { decode: true });
 */
export function parseMultipart(body: Uint8Array | ArrayBuffer, contentType: string, options: MultipartOptions = {}): MultipartForm {
  const limits = limitsOf(checkMembers("options", options, LIMITS));
  return parse(bytesOf(body), boundaryOf(string("the content type", contentType)), limits);
}

type Limits = Required<{ [Name in keyof MultipartOptions]: Exclude<MultipartOptions[Name], undefined> }>;

const LIMITS = ["files", "maxBytes", "maxParts", "maxHeaderBytes", "maxTextBytes"];
const FILES = ["drop", "refuse"];

function limitsOf({ files = "drop", maxBytes, maxParts, maxHeaderBytes, maxTextBytes }: MultipartOptions): Limits {
  if (!FILES.includes(files)) throw wrong("files", `one of ${FILES.map(show).join(", ")}`, files);
  return {
    files,
    maxBytes: limit("maxBytes", maxBytes),
    maxParts: limit("maxParts", maxParts),
    maxHeaderBytes: limit("maxHeaderBytes", maxHeaderBytes),
    maxTextBytes: limit("maxTextBytes", maxTextBytes),
  };
}

function parse(bytes: FormBytes, boundary: string, { files, maxBytes, maxParts, maxHeaderBytes, maxTextBytes }: Limits): MultipartForm {
  const delimiter = encoder.encode(`\n--${boundary}`);
  if (bytes.length > maxBytes) {
    throw refused("too-many-bytes", maxBytes, `the body exceeds maxBytes at byte offset ${maxBytes} (${maxBytes} bytes)`, {
      limit: maxBytes,
    });
  }

  const isLineEnd = (at: number): boolean => bytes[at] === CR && bytes[at + 1] === LF;
  const isEnd = (at: number): boolean => bytes[at] === DASH && bytes[at + 1] === DASH;
  const skipLineEnds = (at: number): number => {
    while (isLineEnd(at)) at += 2;
    return at;
  };
  // The spaces that a mail gateway may put at the end of a boundary's line.
  const skipPadding = (at: number): number => {
    while (bytes[at] === SPACE || bytes[at] === TAB) at++;
    return at;
  };

  const find = finder(delimiter);
  const parts: MultipartPart[] = [];
  const fields: Field[] = [];
  let at = skipLineEnds(0);
  // The first delimiter has no line before it that it could end.
  if (!delimiter.subarray(1).every((byte, index) => bytes[at + index] === byte)) {
    throw malformed(at, `the body has no boundary at byte offset ${at}, where it must begin with one`);
  }
  for (at += delimiter.length - 1; !isEnd(at); ) {
    at = skipPadding(at);
    if (!isLineEnd(at)) throw malformed(at, `the boundary is not followed by a line end (CR LF) or \`--\` at byte offset ${at}`);
    const offset = at + 2;
    if (parts.length >= maxParts) {
      throw refused("too-many-parts", offset, `the part at byte offset ${offset} exceeds maxParts (${maxParts})`, { limit: maxParts });
    }
    // The line end may be that of the next delimiter.
    const next = find(bytes, at);
    if (next < 0) throw malformed(offset, `no boundary after the part at byte offset ${offset}: the body is incomplete`);
    if (bytes[next - 1] !== CR) {
      throw malformed(next + 1, `the line before the boundary at byte offset ${next + 1} ends with LF; it must end with CR LF`);
    }
    const end = Math.max(next - 1, offset);
    const head = usualHead(bytes, offset, Math.min(end, offset + maxHeaderBytes)) ?? readHead(bytes, offset, end, maxHeaderBytes);
    const isFile = head.filename !== undefined;
    const part: MultipartPart = {
      name: nameText(head.name),
      filename: isFile ? nameText(head.filename as string) : undefined,
      contentType: head.contentType === undefined ? undefined : utf8(head.contentType),
      bytes: bytes.subarray(head.end, end),
      offset,
    };
    parts.push(part);
    if (isFile) {
      if (files === "refuse" && (head.filename || end > head.end)) {
        const message = `the field ${shown(unescaped(head.name))} at byte offset ${offset} has a file, and files are refused`;
        throw refused("file", offset, message, { field: part.name });
      }
    } else {
      if (end - head.end > maxTextBytes) {
        const message = `the text of the part at byte offset ${offset} exceeds maxTextBytes (${maxTextBytes} bytes)`;
        throw refused("too-many-text-bytes", offset, message, { limit: maxTextBytes });
      }
      const charset = charsetOf(head.contentType ?? "");
      if (charset !== undefined && !isUtf8Label(charset)) {
        const message = `the part at byte offset ${offset} has the charset ${shown(charset)}, which is neither UTF-8 nor US-ASCII`;
        throw refused("charset", offset, message);
      }
      fields.push({ part, key: keyOf(head.name), pairAt: 0 });
    }
    at = next + delimiter.length;
  }
  at = skipLineEnds(skipPadding(at + 2));
  if (at < bytes.length) throw malformed(at, `the body goes on after its last boundary, at byte offset ${at}`);

  const dropped: MultipartForm["dropped"] = (rules = "template") =>
    parts.flatMap(({ name, filename, contentType, bytes, offset }): DroppedPart[] => {
      if (filename !== undefined) {
        return [{ offset, name, filename, ...(contentType === undefined ? {} : { contentType }), size: bytes.length, reason: "file" }];
      }
      return name || rules === "whatwg" ? [] : [{ offset, text: decoder.decode(bytes), reason: "empty-key" }];
    });
  const urlencoded = urlencode(fields);
  const partAt = (offset: number): MultipartPart | undefined => fields.findLast(({ pairAt }) => pairAt <= offset)?.part;
  return { body: bytes, parts, urlencoded, partAt, dropped };
}

/**
 * Reads a request and returns its event in UTF-8, as `eventFromRequest` of `formevent` does, but takes both kinds of form:
 * it goes by the content type. Of a multipart form it reads the whole body, up to `maxBytes`, and the values are never
 * percent-encoded, so the event has them as they were typed, whatever `decode` says.
 *
 * @throws {FormError} like `checkMediaType`, like {@link parseMultipart} and like `eventFromRequest` of `formevent`
 * @throws {TypeError} like them, without touching the body, and if the body is already used
 * @example
 * const event = await eventFromRequest(request, { stage: "prod" }, { files: "refuse", maxBytes: 1_000_000 });
 */
export async function eventFromRequest(
  request: FormRequest,
  info: EventInfo = {},
  options: MultipartEventOptions = {},
): Promise<FormBytes> {
  const { files, maxParts, maxHeaderBytes, maxTextBytes, ...rest } = checkMembers("options", options, [...OPTIONS, ...LIMITS]);
  const { maxBytes } = rest;
  // Check the arguments before touching the body.
  const limits = limitsOf({ files, maxBytes, maxParts, maxHeaderBytes, maxTextBytes });
  if (checkMediaType(request?.headers, TYPES) === TYPES[0]) return eventFromUrlencoded(request, info, rest);
  const { headers } = request;
  // Bun forgets the content type of a request that it made as soon as the body is read.
  const list: [string, string][] = [];
  headers.forEach((value, name) => {
    list.push([name, value]);
  });
  const all = { headers: list, userAgent: headers.get("user-agent") ?? "", ...info };
  const event: FormOptions = { ...rest, decode: true, maxBytes: undefined };
  formToEventBytes("", all, { ...event, maxOutput: undefined });
  const boundary = boundaryOf(headers.get("content-type") as string);
  const form = parse(await readBody(request, maxBytes), boundary, limits);
  try {
    return formToEventBytes(form.urlencoded, all, event);
  } catch (error) {
    throw relocated(error, form);
  }
}

const TYPES = ["application/x-www-form-urlencoded", "multipart/form-data"] as const;

// ---- Errors

function refused(code: FormErrorCode, offset: number, message: string, details?: object): FormError {
  return FormError.of(code, message, { offset, ...details });
}

const malformed = (offset: number, message: string): FormError => refused("malformed-multipart", offset, message);

const MAX_SHOWN = 40;

/** Shows the first {@link MAX_SHOWN} bytes of a Latin-1 text, and escapes characters that could forge a line of a log. */
function shown(sent: string): string {
  const start = utf8(sent.slice(0, MAX_SHOWN)).replace(
    /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu,
    (unsafe) => `\\u{${unsafe.charCodeAt(0).toString(16)}}`,
  );
  return `\`${start}${sent.length > MAX_SHOWN ? "…" : ""}\``;
}

// ---- The boundary

/** Returns the boundary in the value of a `Content-Type`. */
function boundaryOf(contentType: string): string {
  const wrong = (message: string): FormError => FormError.of("boundary", `the ${message}`);
  if (kindOf(contentType) !== TYPES[1]) throw FormError.of("media-type", `the content type is not ${TYPES[1]}`);
  let boundary: string | undefined;
  const fail = (at: number, expected: string): FormError => wrong(`content type is malformed at byte offset ${at}; expected ${expected}`);
  for (const { name, value, at } of parameters(contentType, fail)) {
    if (name !== "boundary") continue;
    if (boundary !== undefined) throw fail(at, "one boundary");
    boundary = value;
  }
  if (boundary === undefined) throw wrong("content type has no boundary");
  const { length } = boundary;
  if (!length || length > MAX_BOUNDARY) throw wrong(`boundary has ${length} bytes; it must have 1 to ${MAX_BOUNDARY}`);
  const other = /[^\w'()+,./:=? -]| $/.exec(boundary);
  if (!other) return boundary;
  throw wrong(
    `boundary has ${shown(other[0])} at byte offset ${other.index}; allowed are letters, digits, '()+_,-./:=? and spaces before other characters`,
  );
}

/**
 * Returns a function that finds the next delimiter, by Horspool's algorithm. Its time is in proportion to the bytes, since
 * the only LF of a delimiter is its first byte: no byte is compared twice.
 */
function finder(delimiter: Uint8Array): (bytes: Uint8Array, from: number) => number {
  const last = delimiter.length - 1;
  // How far the delimiter can move on, by the byte that is now at its end.
  const shifts = new Uint8Array(256).fill(delimiter.length);
  delimiter.subarray(0, last).forEach((byte, at) => {
    shifts[byte] = last - at;
  });
  return (bytes, from) => {
    for (let end = from + last; end < bytes.length; end += shifts[bytes[end] as number] as number) {
      let at = 0;
      while (at <= last && bytes[end - last + at] === delimiter[at]) at++;
      if (at > last) return end - last;
    }
    return -1;
  };
}

// ---- Headers. They are read as Latin-1, so that each byte is one character

/** The values in the headers of a part, in Latin-1. */
interface Head {
  readonly name: string;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  /** The end of the empty line after the headers. */
  readonly end: number;
}

interface Header {
  readonly value: string;
  /** The places of the header and of its value in the body. */
  readonly at: number;
  readonly valueAt: number;
}

const READ = ["content-disposition", "content-type", "content-transfer-encoding"];

// Browsers send this for a field of text.
const USUAL = 'Content-Disposition: form-data; name="';
const BEHIND = '"\r\n\r\n';

/** Reads headers that are as usual: this takes a quarter of the time. */
function usualHead(bytes: Uint8Array, offset: number, end: number): Head | undefined {
  const nameAt = offset + USUAL.length;
  for (let at = offset; at < nameAt; at++) if (bytes[at] !== USUAL.charCodeAt(at - offset)) return undefined;
  let at = nameAt;
  while (at < end && bytes[at] !== QUOTE && bytes[at] !== CR && bytes[at] !== LF) at++;
  const text = latin1(bytes.subarray(nameAt, Math.min(at + BEHIND.length, end)));
  if (!text.endsWith(BEHIND)) return undefined;
  const name = text.slice(0, -BEHIND.length);
  return { name, filename: undefined, contentType: undefined, end: at + BEHIND.length };
}

/** Reads the headers of the part from `offset` to `end`. */
function readHead(bytes: Uint8Array, offset: number, end: number, maxHeaderBytes: number): Head {
  const fail = (at: number, expected: string): FormError =>
    malformed(at, `the header is malformed at byte offset ${at}; expected ${expected}`);
  const unnamed = `the part at byte offset ${offset} has no name; it must have \`Content-Disposition: form-data; name="…"\``;
  const headers = new Map<string, Header>();
  let at = offset;
  for (let isEmpty = false; !isEmpty; ) {
    const start = at;
    while (at < end && bytes[at] !== CR && bytes[at] !== LF) at++;
    if (at === end) throw fail(at, "a line end, and an empty line after the headers");
    if (bytes[at] !== CR || at + 1 === end || bytes[at + 1] !== LF) throw fail(at, "CR LF");
    const line = latin1(bytes.subarray(start, at));
    at += 2;
    isEmpty = !line;
    const [, name = "", value] = HEADER.exec(line) as unknown as [string, string, string | undefined];
    if (!isEmpty && (!name || value === undefined)) throw fail(start + name.length, "`name: value` on one line");
    if (at - offset > maxHeaderBytes) {
      const message = `the headers of the part at byte offset ${offset} exceed maxHeaderBytes (${maxHeaderBytes} bytes)`;
      throw refused("too-many-header-bytes", offset, message, { limit: maxHeaderBytes });
    }
    const lower = name.toLowerCase();
    if (isEmpty || !READ.includes(lower)) continue;
    // Readers differ in which of the two they take.
    if (headers.has(lower)) throw fail(start, "one header of this name");
    headers.set(lower, { value: trim(value as string), at: start, valueAt: at - 2 - (value as string).replace(SPACES, "").length });
  }
  const [disposition, contentType, transferEncoding] = READ.map((name) => headers.get(name));
  if (transferEncoding && !/^(7bit|8bit|binary)$/i.test(transferEncoding.value)) {
    const sent = shown(transferEncoding.value);
    const message = `the part at byte offset ${offset} has the Content-Transfer-Encoding ${sent}; it may have 7bit, 8bit or binary`;
    throw malformed(offset, message);
  }
  if (!disposition) throw malformed(offset, unnamed);
  const { value, valueAt } = disposition;
  if (kindOf(value) !== "form-data") throw fail(disposition.at, "`form-data`");
  const names = new Map<string, Parameter>();
  const failIn = (at: number, expected: string): FormError => fail(valueAt + at, expected);
  for (const parameter of parameters(value, failIn)) {
    if (!/^((file)?name|filename\*)$/.test(parameter.name)) continue;
    if (names.has(parameter.name)) throw failIn(parameter.at, "one parameter of this name");
    names.set(parameter.name, parameter);
  }
  const filename = names.get("filename");
  const extended = names.get("filename*");
  // Text for a reader that follows the RFC, a file for others.
  if (!filename && extended) throw failIn(extended.at, "`filename`: RFC 7578 has no `filename*`");
  const name = names.get("name");
  if (!name) throw malformed(offset, unnamed);
  return { name: name.value, filename: filename?.value, contentType: contentType?.value, end: at };
}

// A name is a token: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
const HEADER = /^([\w!#$%&'*+.^`|~-]*)(?::(.*))?/s;
const TOKEN = /[\w!#$%&'*+.^`|~-]*/y;
const UNQUOTED = /[^;" \t\n\f\r]*/y;
const SPACE_AT = /[ \t\n\f\r]*/y;
const SPACES = /^[ \t\n\f\r]+/;

function trim(text: string): string {
  let end = text.length;
  // A pattern for spaces at the end would look at those before it again and again.
  while (end && SPACES.test(text[end - 1] as string)) end--;
  return text.slice(0, end).replace(SPACES, "");
}

/** Returns the first word of a value with parameters, in lower case. */
const kindOf = (value: string): string => trim(value.replace(/;.*/s, "")).toLowerCase();

interface Parameter {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  /** The place of the parameter. */
  readonly at: number;
}

/**
 * Reads the parameters behind the first word of a value, `;name=value` with spaces around the `;`: RFC 9110, section
 * 5.6.6, but a backslash is a character like others, since browsers escape a quote as `%22`.
 */
function* parameters(value: string, fail: (at: number, expected: string) => unknown): Generator<Parameter> {
  const match = (pattern: RegExp, at: number): string => {
    pattern.lastIndex = at;
    return (pattern.exec(value) as RegExpExecArray)[0];
  };
  const { length } = value;
  let next = value.indexOf(";");
  if (next < 0) next = length;
  while (next < length) {
    if (value[next] !== ";") throw fail(next, "`;`");
    const at = next + 1 + match(SPACE_AT, next + 1).length;
    const name = match(TOKEN, at);
    next = at + name.length;
    // Between two `;` there may be nothing.
    if (!name && (next === length || value[next] === ";")) continue;
    if (!name || value[next] !== "=") throw fail(next, "`name=value`");
    const isQuoted = value[next + 1] === '"';
    const valueAt = next + (isQuoted ? 2 : 1);
    const end = isQuoted ? value.indexOf('"', valueAt) : valueAt + match(UNQUOTED, valueAt).length;
    if (end < 0) throw fail(length, 'a closing `"`');
    if (!isQuoted && end === valueAt) throw fail(end, "a value");
    next = end + (isQuoted ? 1 : 0);
    next += match(SPACE_AT, next).length;
    yield { name: name.toLowerCase(), value: value.slice(valueAt, end), at };
  }
}

/** Returns the charset of a content type, as far as that is well-formed. */
function charsetOf(contentType: string): string | undefined {
  try {
    for (const { name, value } of parameters(contentType, () => undefined)) if (name === "charset") return value;
  } catch {
    // Malformed parameters are ignored.
  }
  return undefined;
}

// ---- Text

// As many arguments as `apply` can take.
const PIECE = 1 << 13;

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + PIECE) as unknown as number[]);
  }
  return text;
}

/** Turns Latin-1 into the text whose UTF-8 it is. */
const utf8 = (text: string): string =>
  /[^\0-\x7f]/.test(text) ? decoder.decode(Uint8Array.from(text, (character) => character.charCodeAt(0))) : text;

/** Undoes the escapes of browsers: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart/form-data-encoding-algorithm */
const unescaped = (name: string): string =>
  name.replace(/%0A|%0D|%22/g, (escaped) => String.fromCharCode(Number.parseInt(escaped.slice(1), 16)));

const nameText = (name: string): string => utf8(unescaped(name));

/** A field of text. */
interface Field {
  readonly part: MultipartPart;
  /** Its name as a urlencoded key, in Latin-1. */
  readonly key: string;
  /** The place of its pair in the urlencoded body, which {@link urlencode} sets. */
  pairAt: number;
}

/** Urlencodes a name. Escapes only what has a meaning there, and leaves the escapes of browsers. */
const keyOf = (name: string): string =>
  name.replace(/%(?!0A|0D|22)|[&+=]/g, (meant) => `%${meant.charCodeAt(0).toString(16).toUpperCase()}`).replaceAll(" ", "+");

/** Makes a urlencoded body of the fields. Escapes only what has a meaning there. */
function urlencode(fields: readonly Field[]): FormBytes {
  const out = new Uint8Array(fields.reduce((room, { part, key }) => room + key.length + 3 * part.bytes.length + 2, 0));
  let length = 0;
  for (const field of fields) {
    const { part, key } = field;
    if (length) out[length++] = AMPERSAND;
    field.pairAt = length;
    for (let at = 0; at < key.length; at++) out[length++] = key.charCodeAt(at);
    out[length++] = EQUALS;
    for (const byte of part.bytes) {
      if (byte === SPACE) out[length++] = PLUS;
      else if (byte === AMPERSAND || byte === PLUS || byte === EQUALS || byte === PERCENT) {
        out[length++] = PERCENT;
        out[length++] = HEX.charCodeAt(byte >> 4);
        out[length++] = HEX.charCodeAt(byte & 15);
      } else out[length++] = byte;
    }
  }
  return out.slice(0, length);
}

const HEX = "0123456789ABCDEF";
