// Reads the request's form.
import { FormError, type FormOptions, formToJson, readBody } from "formevent";
import { checkMediaType, type FormMediaType } from "formevent/media-type";
import type { MultipartForm } from "formevent/multipart";

import { Refusal } from "./answers.js";
import type { Config } from "./config.js";
import { multipart as parseMultipart } from "./features.js";
import type { Values } from "./guard.js";

const URLENCODED: FormMediaType = "application/x-www-form-urlencoded";
const MEDIA_TYPES: readonly FormMediaType[] = parseMultipart ? [URLENCODED, "multipart/form-data"] : [URLENCODED];

/** The headers of one part have the names of its field and of its file. In bytes. */
const MAX_HEADER_BYTES = 8_192;

export interface Form {
  /** The body as it was sent. */
  readonly body: Uint8Array;
  /** The form in the body, if that is multipart. */
  readonly multipart: MultipartForm | undefined;
  /** The fields of text, urlencoded. */
  readonly fields: Uint8Array;
  /** The options for `fields`. */
  readonly options: FormOptions;
}

/** Refuses a request whose headers do not announce a form in UTF-8. */
export const checkHeaders = ({ headers }: Request): FormMediaType => answering(() => checkMediaType(headers, MEDIA_TYPES));

/** Stops reading a body that is too long. */
export async function readPosted(request: Request, { options }: Config): Promise<Uint8Array> {
  try {
    return await readBody(request, options.maxBytes);
  } catch (error) {
    throw refused(error);
  }
}

export function readForm(request: Request, type: FormMediaType, body: Uint8Array, { options, files }: Config): Form {
  if (type === URLENCODED || !parseMultipart) return { body, multipart: undefined, fields: body, options };
  const limits = { files, maxParts: options.maxPairs, maxHeaderBytes: MAX_HEADER_BYTES };
  const parse = parseMultipart;
  const multipart = answering(() => parse(body, request.headers.get("content-type") ?? "", limits));
  // Its fields are encoded, and longer than they were sent.
  return { body, multipart, fields: multipart.urlencoded, options: { ...options, decode: true, maxBytes: undefined } };
}

/** Returns the values of each field, percent-decoded, as far as the event has them. */
export function valuesOf({ fields, options: { rules } }: Form): Values {
  return new Map(Object.entries(JSON.parse(formToJson(fields, { rules, decode: true, duplicates: "arrays" }))));
}

// Every other code is about a limit: 413.
const STATUSES: Partial<Record<FormError["code"], number>> = {
  "media-type": 415,
  charset: 415,
  "content-coding": 415,
  file: 415,
  boundary: 400,
  "malformed-multipart": 400,
  "invalid-utf8": 400,
  "unreadable-body": 400,
  "out-of-memory": 503,
};
// Headers that tell the client how to send the form instead.
const HEADERS: Partial<Record<FormError["code"], Record<string, string>>> = {
  "media-type": { accept: MEDIA_TYPES.join(", ") },
  charset: { accept: `${URLENCODED}; charset=utf-8` },
  "content-coding": { "accept-encoding": "identity" },
};

/** Makes an error of formevent, if there is one, the client's answer. */
export function answering<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw refused(error);
  }
}

function refused(error: unknown): unknown {
  if (!(error instanceof FormError)) return error;
  const { code, message, offset, limit, field } = error;
  const detail = code === "file" ? `${message}: send the form without it` : message;
  return new Refusal(STATUSES[code] ?? 413, code, detail, { offset, limit, field }, HEADERS[code]);
}
