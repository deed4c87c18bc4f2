import { BIT, MAX } from "./abi.js";
import { type FormRequest, headersOf, read } from "./body.js";
import { outOfMemory, refusal } from "./errors.js";
import { aroundPairs, bytesOut, text } from "./memory.js";
import {
  type EventInfo,
  type FormBody,
  type FormBytes,
  type FormOptions,
  type Numbers,
  numbers,
  type Strings,
  stringsOf,
} from "./options.js";
import { streaming } from "./streams.js";

/**
 * Returns the event for a body as JSON:
 * `{"headers":{…},"querystring":{…},"stage":"…","sourceIp":"…","userAgent":"…"}`, followed by the
 * members of `info.extra`. `querystring`, as the mapping template calls it, holds the pairs.
 *
 * By default a repeated key is written again, and common JSON readers keep only its last value. Set
 * `duplicates: "group"` to get them all.
 *
 * @throws {FormError} like {@link formToJson}, and if `info.extra` repeats a name of the event
 * @throws {TypeError} like {@link formToJson}
 * @example
 * formToEvent("name=Ada", { stage: "prod", sourceIp: "192.0.2.1" });
 */
export function formToEvent(body: FormBody, info?: EventInfo, options?: FormOptions): string {
  return text(body, numbers(options), stringsOf(info));
}

/** Like {@link formToEvent}, but returns UTF-8 bytes, without making a string first. */
export function formToEventBytes(body: FormBody, info?: EventInfo, options?: FormOptions): FormBytes {
  return bytesOut(body, numbers(options), stringsOf(info));
}

/**
 * Reads a request and returns its event in UTF-8. Headers and user agent are those of the request,
 * unless you set them in `info`. It does not check the content type: call `checkMediaType` of
 * `formevent/media-type` first.
 *
 * A body longer than 64 KiB is converted while it arrives, so memory grows with the event, not with
 * the body, and reading stops at the first error. The whole body is read first if `duplicates` is not
 * `"keep"`, if eight such bodies are already arriving, if the browser has no `request.body`, or in
 * workerd if Content-Length is at most 1 MiB. Of several errors in a body that is converted while it
 * arrives, you get the first.
 *
 * @throws {FormError} like {@link formToEvent}, and with the code `unreadable-body` if the body breaks off
 * @throws {TypeError} like {@link formToEvent}, without touching the body, and if the body is already used
 */
export async function eventFromRequest(request: FormRequest, info: EventInfo = {}, options: FormOptions = {}): Promise<FormBytes> {
  const own = headersOf(request);
  // Check the arguments before touching the body.
  const strings = stringsOf(info, own);
  const choices = numbers(options);
  let long: LongEvent | undefined;
  const drain = (bytes: Uint8Array): boolean => {
    long ??= longEvent(choices, strings);
    long?.push(bytes);
    return !!long;
  };
  try {
    // Merging repeated keys needs the whole body.
    const body = await read(request, options.maxBytes, choices[0] >> BIT.duplicates ? undefined : drain);
    if (long) return long.end(body);
    return bytesOut(body, choices, strings);
  } finally {
    long?.release();
  }
}

// How many more bodies may be converted while they arrive. Each needs an instance of the module; the
// limit keeps many slow uploads from taking more memory than the bytes they have sent.
let freeSlots = 8;
// A runtime may abandon a request silently: `release` is then never called.
const abandoned = typeof FinalizationRegistry === "function" ? new FinalizationRegistry(() => freeSlots++) : undefined;

/** An event that is written while its body arrives. */
interface LongEvent {
  push(bytes: Uint8Array): void;
  /** Converts the rest of the body and returns the event. */
  end(rest: Uint8Array): FormBytes;
  release(): void;
}

/** Starts an event, unless no slot is free. */
function longEvent(choices: Numbers, strings: Strings): LongEvent | undefined {
  if (!freeSlots) return undefined;
  const [before, after] = aroundPairs(strings);
  const max = choices[3];
  const parts: FormBytes[] = [];
  let length = 0;
  let read = 0;
  const write = (part: FormBytes, offset = 0): void => {
    parts.push(part);
    length += part.length;
    if (length > max) throw max < MAX ? refusal("too-much-output", offset, max) : outOfMemory();
  };
  write(before);
  const stream = streaming(choices, MAX, write, undefined, length);
  const event: LongEvent = {
    push(bytes) {
      read += bytes.length;
      stream.push(bytes);
    },
    end(rest) {
      event.push(rest);
      stream.end();
      write(after, read);
      const all = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
    release() {
      if (abandoned?.unregister(event) ?? true) freeSlots++;
    },
  };
  freeSlots--;
  abandoned?.register(event, undefined, event);
  return event;
}
